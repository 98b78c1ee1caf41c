# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A connection: a stable port identity, never just a port name; and the line settings used on it. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from edge_daemon.domain.faults import BadInput

_USB_KEY = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4})(?::(.+)|@(.*))")
_NETWORK_PLACE = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\]):([0-9]{1,5})")
_HIGHEST_TCP_PORT = 65_535


class PortKind(StrEnum):
    """A real home marks every port that is not physical, and verdicts repeat it.

    A network port is an instrument, or an adapter, reached over TCP. It is never listed and needs no looking for.
    Readings that are computed from another sensor's have no port: its name stands in the place of one.
    """

    PHYSICAL = "physical"
    PSEUDO_TERMINAL = "pseudo_terminal"
    SOCKET = "socket"
    NETWORK = "network"
    COMPUTED = "computed"


class Parity(StrEnum):
    NONE = "N"
    EVEN = "E"
    ODD = "O"


_PREFIXES = {
    PortKind.PSEUDO_TERMINAL: "pty",
    PortKind.SOCKET: "socket",
    PortKind.NETWORK: "tcp",
    PortKind.COMPUTED: "computed",
    PortKind.PHYSICAL: "port",
}


@dataclass(frozen=True, slots=True)
class LineSettings:
    """Serial line: baud rate in bits per second, data bits 7 or 8, stop bits 1 or 2."""

    baud: int
    data_bits: int = 8
    parity: Parity = Parity.NONE
    stop_bits: int = 1

    def __str__(self) -> str:
        return f"{self.baud} {self.data_bits}{self.parity.value}{self.stop_bits}"


@dataclass(frozen=True, slots=True)
class PortIdentity:
    """What stays the same when an adapter comes back under another port name.

    `vendor` and `product` are USB ids as four lower-case hex digits, empty where there is no USB device; `serial` the
    adapter's serial number; `location` the USB path, which tells adapters without serial numbers apart. For a port that
    is not on USB, `location` is its stable name, of a network port `HOST:PORT`.
    """

    kind: PortKind
    vendor: str = ""
    product: str = ""
    serial: str = ""
    location: str = ""

    @property
    def key(self) -> str:
        """One text that names the identity, e.g. `usb:0403:6001:A50285BI`, `usb:1a86:7523@1-2.3`, `tcp:meter:502`."""
        if self.vendor:
            tail = f":{self.serial}" if self.serial else f"@{self.location}"
            return f"usb:{self.vendor}:{self.product}{tail}"
        return f"{_PREFIXES[self.kind]}:{self.location}"

    @classmethod
    def from_key(cls, key: str) -> Self:
        """The identity that `key` names, for a port that may not be there now.

        Raises BadInput for a text that is no key.
        """
        prefix, _, rest = key.partition(":")
        if prefix == "usb":
            return cls._from_usb_key(key, rest)
        kind = next((kind for kind, known in _PREFIXES.items() if known == prefix), None)
        if kind is None or not rest:
            raise BadInput("port", key, "a port's key such as usb:0403:6001:A50285BI or port:/dev/ttyS0 is needed")
        if kind is PortKind.NETWORK and not _is_network_place(rest):
            raise BadInput("port", key, "tcp:HOST:PORT is needed, e.g. tcp:192.168.1.20:502")
        return cls(kind, location=rest)

    @classmethod
    def _from_usb_key(cls, key: str, rest: str) -> Self:
        match = _USB_KEY.fullmatch(rest)
        if match is None:
            raise BadInput("port", key, "usb:vendor:product:serial or usb:vendor:product@location is needed")
        vendor, product, serial, location = match.groups(default="")
        return cls(PortKind.PHYSICAL, vendor, product, serial, location)


@dataclass(frozen=True, slots=True)
class Port:
    """A port as it is present now: `device` is what is opened (`/dev/ttyUSB0`, `COM3`, `socket://127.0.0.1:4001`)."""

    device: str
    identity: PortIdentity
    description: str = ""


def network_port(identity: PortIdentity) -> Port | None:
    """The port of a network identity: nothing lists it, and it can be tried at any time. None for any other kind."""
    if identity.kind is not PortKind.NETWORK:
        return None
    return Port(f"socket://{identity.location}", identity, f"network device {identity.location}")


def terminal_port(identity: PortIdentity) -> Port | None:
    """The port of a pseudo-terminal named by its device, such as a capture that is played; nothing lists these."""
    if identity.kind is not PortKind.PSEUDO_TERMINAL or not identity.location.startswith("/dev/"):
        return None
    return Port(identity.location, identity, f"pseudo-terminal {identity.location}")


def _is_network_place(text: str) -> bool:
    match = _NETWORK_PLACE.fullmatch(text)
    return match is not None and 1 <= int(match[1]) <= _HIGHEST_TCP_PORT
