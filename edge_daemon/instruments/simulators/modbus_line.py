# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Simulated Modbus devices on one line: framing, functions and refusals. Pure, and apart from what drivers use.

Sources: MODBUS Application Protocol V1.1b3, 6 and 7; MODBUS over Serial Line V1.02, 2.5.1; MODBUS Messaging on TCP/IP
Implementation Guide V1.0b, 3.1.3.
"""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

FRAME_GAP_S = 0.1
LONGEST_BUFFER = 520
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3


class Refusal(Exception):
    """The device answers with this exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Device(Protocol):
    """What lies behind one address."""

    @property
    def model(self) -> str:
        """The key of its model in the catalogue."""

    @property
    def address(self) -> int:
        """Where it answers."""

    def power_up(self, now: float) -> None:
        """Power comes back."""

    def registers(self, now: float) -> Mapping[int, int]:
        """Holding and input registers that there are now, by wire address."""

    def most_registers(self) -> int:
        """The longest read it answers."""

    def write(self, register: int, value: int, now: float) -> None:
        """Take one register. Raises Refusal."""


def crc16(data: bytes) -> bytes:
    """CRC-16/MODBUS in wire order, low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


def words(kind: str, value: float) -> tuple[int, ...]:
    """A number as big-endian registers; `kind` as in `struct`, whole numbers are rounded and held in their range."""
    if kind in "fd":
        data = struct.pack(f">{kind}", value)
    else:
        size, signed = struct.calcsize(f">{kind}"), kind.islower()
        lowest, highest = (-(1 << 8 * size - 1), (1 << 8 * size - 1) - 1) if signed else (0, (1 << 8 * size) - 1)
        data = struct.pack(f">{kind}", min(max(round(value), lowest), highest))
    return struct.unpack(f">{len(data) // 2}H", data)


def placed(first: int, numbers: Sequence[int]) -> dict[int, int]:
    """Registers from `first` on."""
    return {first + place: number for place, number in enumerate(numbers)}


@dataclass(slots=True)
class ModbusLine:
    """Devices that share a line, or one alone, or one on a network when `tcp` is set.

    `silent` holds the addresses of devices that have lost their power or their wire, the others answer on.
    """

    devices: Sequence[Device]
    tcp: bool = False
    silent: set[int] = field(default_factory=set)
    _buffer: bytes = field(default=b"", init=False)
    _last_byte_at: float = field(default=-math.inf, init=False)

    @property
    def model(self) -> str:
        """The key of the first device's model."""
        return self.devices[0].model

    def power_up(self, now: float) -> None:
        """All devices start again."""
        self._buffer = b""
        for device in self.devices:
            device.power_up(now)

    def receive(self, data: bytes, now: float) -> bytes:
        """Answer every intact request; a silence ends a frame, what is broken is skipped."""
        if now - self._last_byte_at > FRAME_GAP_S:
            self._buffer = b""
        self._last_byte_at = now
        self._buffer = (self._buffer + data)[-LONGEST_BUFFER:]
        return self._receive_tcp(now) if self.tcp else self._receive_rtu(now)

    def due(self, now: float) -> bytes:  # noqa: ARG002 - these devices never speak unasked
        """Nothing."""
        return b""

    def next_due(self) -> float:
        """Never."""
        return math.inf

    def spoil(self, sent: bytes) -> bytes:
        """Invert the last byte of the CRC; over TCP there is none."""
        return sent if self.tcp or not sent else sent[:-1] + bytes([sent[-1] ^ 0xFF])

    def _receive_rtu(self, now: float) -> bytes:
        answers = b""
        while len(self._buffer) >= 4:
            length = _request_length(self._buffer)
            if length is None:
                break
            frame = self._buffer[:length]
            if len(frame) < length:
                break
            if crc16(frame[:-2]) != frame[-2:]:
                self._buffer = self._buffer[1:]
                continue
            self._buffer = self._buffer[length:]
            answer = self._answer(frame[0], frame[1:-2], now)
            if answer:
                answers += frame[:1] + answer + crc16(frame[:1] + answer)
        return answers

    def _receive_tcp(self, now: float) -> bytes:
        answers = b""
        while len(self._buffer) >= 8:
            transaction, protocol, following = struct.unpack(">HHH", self._buffer[:6])
            if protocol != 0 or not 2 <= following <= 254:
                self._buffer = b""
                break
            if len(self._buffer) < 6 + following:
                break
            unit, request = self._buffer[6], self._buffer[7 : 6 + following]
            self._buffer = self._buffer[6 + following :]
            answer = self._answer(unit, request, now)
            if answer:
                answers += struct.pack(">HHHB", transaction, 0, len(answer) + 1, unit) + answer
        return answers

    def _answer(self, address: int, request: bytes, now: float) -> bytes:
        device = next((device for device in self.devices if device.address == address), None)
        if device is None or address in self.silent:
            return b""
        try:
            return _served(device, request, now)
        except Refusal as refusal:
            return bytes([(request[0] | 0x80) & 0xFF, refusal.code])


def _served(device: Device, request: bytes, now: float) -> bytes:
    function, data = request[0], request[1:]
    if function in {3, 4} and len(data) == 4:
        first, count = struct.unpack(">HH", data)
        return bytes([function, 2 * count]) + _read(device, first, count, now)
    if function == 6 and len(data) == 4:
        register, value = struct.unpack(">HH", data)
        device.write(register, value, now)
        return request
    if function == 16 and len(data) > 5 and len(data) == 5 + data[4]:
        first, count = struct.unpack(">HH", data[:4])
        if 2 * count != data[4]:
            raise Refusal(ILLEGAL_VALUE)
        for place, value in enumerate(struct.unpack(f">{count}H", data[5:])):
            device.write(first + place, value, now)
        return request[:5]
    raise Refusal(ILLEGAL_FUNCTION)


def _read(device: Device, first: int, count: int, now: float) -> bytes:
    if not 1 <= count <= device.most_registers():
        raise Refusal(ILLEGAL_VALUE)
    registers = device.registers(now)
    wanted = range(first, first + count)
    if any(register not in registers for register in wanted):
        raise Refusal(ILLEGAL_ADDRESS)
    return b"".join(registers[register].to_bytes(2, "big") for register in wanted)


def _request_length(buffer: bytes) -> int | None:
    """How long the request at the start of the buffer is; None while too little is there to tell."""
    function = buffer[1]
    if function in {15, 16}:
        return 9 + buffer[6] if len(buffer) > 6 else None
    return 7 if function == 0x2B else 8
