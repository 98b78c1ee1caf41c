# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How a driver talks to one Modbus device, over RTU or TCP. Pure: yields requests, never opens a port."""

import struct
from dataclasses import dataclass
from functools import partial

from edge_daemon.domain.faults import BadInput, DeviceRefused, NoReply
from edge_daemon.instruments import modbus, modbus_tcp
from edge_daemon.instruments import modbus_pdu as pdu
from edge_daemon.instruments.driver import Dialogue, Exchange, Identity, Options, Setting

RTU = "rtu"
TCP = "tcp"

LOWEST_ADDRESS = 1
HIGHEST_ADDRESS = 247
HIGHEST_TCP_UNIT = 255
REPLY_TIMEOUT_S = 0.5
LINE_SILENCE_S = 0.03

_VENDOR, _PRODUCT, _REVISION = 0, 1, 2
_MOST_ASKED = 8


@dataclass(frozen=True, slots=True)
class Unit:
    """One device on a line or behind a network address.

    `timeout_s` is short beside the sampling intervals of a bus, so that a silent device costs the others little.
    """

    address: int
    framing: str = RTU
    timeout_s: float = REPLY_TIMEOUT_S
    tries: int = 3

    def ask(self, request: bytes) -> Dialogue[bytes]:
        """Send a PDU and return the reply's, known to be of this device and whole.

        Raises ChecksumMismatch, MalformedFrame, DeviceRefused, NoReply.
        """
        if self.framing == TCP:
            sent = modbus_tcp.framed(self.address, request)
            reply = yield Exchange(sent, modbus_tcp.reply_length, self.timeout_s, self.tries, silence_s=0.0)
            return pdu.checked(request, modbus_tcp.opened(sent, reply))
        sent = modbus.framed(self.address, request)
        length = partial(modbus.reply_length_after_echo, sent)
        reply = yield Exchange(sent, length, self.timeout_s, self.tries, LINE_SILENCE_S)
        return pdu.checked(request, modbus.opened(sent, modbus.without_echo(sent, reply)))

    def register_bytes(self, first: int, count: int, function: int = pdu.READ_HOLDING) -> Dialogue[bytes]:
        """The bytes of `count` registers from wire address `first` on, all of one instant. Raises as `ask`."""
        request = pdu.read(function, first, count)
        return pdu.register_bytes(request, (yield from self.ask(request)))

    def registers(self, first: int, count: int, function: int = pdu.READ_HOLDING) -> Dialogue[tuple[int, ...]]:
        """As `register_bytes`, as unsigned 16-bit numbers."""
        data = yield from self.register_bytes(first, count, function)
        return struct.unpack(f">{len(data) // 2}H", data)

    def bits(self, first: int, count: int, function: int = pdu.READ_COILS) -> Dialogue[tuple[bool, ...]]:
        """The states of `count` coils or discrete inputs. Raises as `ask`."""
        request = pdu.read(function, first, count)
        return pdu.bits(request, (yield from self.ask(request)))

    def write(self, request: bytes) -> Dialogue[None]:
        """Send a writing PDU; only its own confirmation is accepted. Raises as `ask`."""
        pdu.check_written(request, (yield from self.ask(request)))

    def identification(self) -> Dialogue[Identity]:
        """What the device tells by function 43/14; empty where it does not know that function or ignores it."""
        once = Unit(self.address, self.framing, self.timeout_s, tries=1)
        objects: dict[int, str] = {}
        first: int | None = 0
        for _ in range(_MOST_ASKED):
            if first is None:
                break
            request = pdu.identify(first)
            try:
                found, first = pdu.identification(request, (yield from once.ask(request)))
            except (DeviceRefused, NoReply):
                break
            objects.update(found)
        named = {"maker": objects.get(_VENDOR, ""), "product": objects.get(_PRODUCT, "")}
        details = {name: text for name, text in named.items() if text}
        return Identity(firmware=objects.get(_REVISION, ""), details=details)


def unit_of(options: Options, default_address: int) -> Unit:
    """The unit that the options `address` and `framing` name. Raises BadInput."""
    framing = options.get("framing", RTU)
    if framing not in {RTU, TCP}:
        raise BadInput("framing", framing, f"{RTU} (a serial line, or its bytes over a network) or {TCP} is allowed")
    address = whole(options, "address", default_address)
    lowest, highest = (LOWEST_ADDRESS, HIGHEST_ADDRESS) if framing == RTU else (0, HIGHEST_TCP_UNIT)
    if not lowest <= address <= highest:
        raise BadInput("address", address, f"{lowest} to {highest} is allowed with framing {framing}")
    return Unit(address, str(framing))


def unit_settings(default_address: int) -> tuple[Setting, Setting]:
    """The two settings that `unit_of` reads, for a driver to declare."""
    return (
        Setting(
            "address",
            "Modbus address",
            "whole",
            default_address,
            minimum=0,
            maximum=HIGHEST_TCP_UNIT,
            help="The address that is set in the device. Over a serial line 1 to 247.",
            alters_values=False,
        ),
        Setting(
            "framing",
            "Framing",
            "choice",
            RTU,
            choices=(RTU, TCP),
            help="rtu on a serial line or a transparent network adapter, tcp for Modbus TCP.",
            alters_values=False,
        ),
    )


def whole(options: Options, name: str, default: int) -> int:
    """An option that is a whole number. Raises BadInput."""
    value = options.get(name, default)
    if isinstance(value, bool | str) or not float(value).is_integer():
        raise BadInput(name, value, "a whole number is allowed")
    return int(value)


def choice(options: Options, name: str, allowed: tuple[str, ...]) -> str:
    """An option that is one of a few texts, the first by default. Raises BadInput."""
    value = options.get(name, allowed[0])
    if value not in allowed:
        raise BadInput(name, value, f"one of {', '.join(allowed)} is allowed")
    return str(value)
