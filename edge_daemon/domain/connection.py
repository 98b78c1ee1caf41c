# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A connection: a stable port identity, never just a port name; and the line settings used on it. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from edge_daemon.domain.faults import BadInput

_USB_KEY = re.compile(r"([0-9a-f]{4}):([0-9a-f]{4})(?::(.+)|@(.*))")


class PortKind(StrEnum):
    """A real home marks every port that is not physical, and verdicts repeat it."""

    PHYSICAL = "physical"
    PSEUDO_TERMINAL = "pseudo_terminal"
    SOCKET = "socket"


class Parity(StrEnum):
    NONE = "N"
    EVEN = "E"
    ODD = "O"


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
    is not on USB, `location` is its stable name.
    """

    kind: PortKind
    vendor: str = ""
    product: str = ""
    serial: str = ""
    location: str = ""

    @property
    def key(self) -> str:
        """One text that names the identity, e.g. `usb:0403:6001:A50285BI` or `usb:1a86:7523@1-2.3` or `pty:scd30`."""
        if self.vendor:
            tail = f":{self.serial}" if self.serial else f"@{self.location}"
            return f"usb:{self.vendor}:{self.product}{tail}"
        prefix = {PortKind.PSEUDO_TERMINAL: "pty", PortKind.SOCKET: "socket", PortKind.PHYSICAL: "port"}[self.kind]
        return f"{prefix}:{self.location}"

    @classmethod
    def from_key(cls, key: str) -> Self:
        """The identity that `key` names, for a port that may not be there now.

        Raises BadInput for a text that is no key.
        """
        prefix, _, rest = key.partition(":")
        if prefix == "usb":
            return cls._from_usb_key(key, rest)
        kinds = {"pty": PortKind.PSEUDO_TERMINAL, "socket": PortKind.SOCKET, "port": PortKind.PHYSICAL}
        if prefix not in kinds or not rest:
            raise BadInput("port", key, "a port's key such as usb:0403:6001:A50285BI or port:/dev/ttyS0 is needed")
        return cls(kinds[prefix], location=rest)

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
