# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated Sensirion SCD30 on Modbus RTU. Pure.

Source: Sensirion, Interface Description SCD30, version 1.0 D1, May 2020, section 1 (Modbus).
"""

import functools
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.physics import Air, settled

ADDRESS = 0x61
FIRMWARE = 0x0342
BOOT_S = 1.0
FRAME_GAP_S = 0.1
LONGEST_FRAME = 256
SELF_HEATING_K = 1.2

READ_HOLDING, READ_INPUT, WRITE_SINGLE = 3, 4, 6
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3

FIRMWARE_REGISTER, INTERVAL, READY, MEASUREMENT = 0x20, 0x25, 0x27, 0x28
RESET, START, STOP, ALTITUDE, REFERENCE, SELF_CALIBRATION, TEMPERATURE_OFFSET = 0x34, 0x36, 0x37, 0x38, 0x39, 0x3A, 0x3B
DEFAULT_REFERENCE_PPM = 400

WRITABLE: Mapping[int, Callable[[int], bool]] = {
    INTERVAL: lambda seconds: 2 <= seconds <= 1800,
    RESET: lambda value: value == 1,
    START: lambda mbar: mbar == 0 or 700 <= mbar <= 1400,
    STOP: lambda value: value == 1,
    ALTITUDE: lambda _metres: True,
    REFERENCE: lambda ppm: 400 <= ppm <= 2000,
    SELF_CALIBRATION: lambda switch: switch in {0, 1},
    TEMPERATURE_OFFSET: lambda _counts: True,
}
"""Which values a register takes, in its own unit: s, -, mbar, -, m, ppm, -, 0.01 K."""


def crc16(data: bytes) -> bytes:
    """CRC-16/MODBUS in wire order, low byte first (Modbus over Serial Line V1.02, section 6.2.2)."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc.to_bytes(2, "little")


@dataclass(frozen=True, slots=True)
class Request:
    """An intact frame: address, function and what follows, without the CRC."""

    address: int
    function: int
    body: bytes


class Scd30:
    """Registers, data-ready flag, calibration and the boot silence of one sensor.

    Args:
        air: what surrounds the sensor at a time.
        now: when it was switched on; it has booted already.
        settling_s: how long readings take to settle, three time constants of the response.
    """

    model = "sensirion_scd30"

    def __init__(self, air: Callable[[float], Air], now: float, *, settling_s: float = 60.0) -> None:
        self._air = air
        self._settling_s = settling_s
        self._kept = {INTERVAL: 2, START: 0, ALTITUDE: 0, SELF_CALIBRATION: 0, TEMPERATURE_OFFSET: 0}
        self._running = False
        self._correction_ppm = 0.0
        self._buffer = b""
        self._last_byte_at = now
        self.power_up(now)
        self._booted_at = now

    def power_up(self, now: float) -> None:
        """Boot; settings, calibration and a running measurement are kept, as in the real device."""
        self._booted_at = now + BOOT_S
        self._since = self._booted_at
        self._cycle = 0
        self._ready = 0
        self._measured = Air(0.0, 0.0, 0.0)
        self._reference_ppm = DEFAULT_REFERENCE_PPM
        self._buffer = b""

    def receive(self, data: bytes, now: float) -> bytes:
        """Answer every intact request among the bytes; a silence ends a frame, what is broken is skipped."""
        if now < self._booted_at:
            return b""
        if now - self._last_byte_at > FRAME_GAP_S:
            self._buffer = b""
        self._last_byte_at = now
        self._buffer += data
        answers = b""
        while request := self._next_request():
            if request.address == ADDRESS:
                answers += self._answer(request, now)
        return answers

    def due(self, now: float) -> bytes:  # noqa: ARG002 - the sensor never speaks unasked
        """Nothing: the sensor only answers."""
        return b""

    def next_due(self) -> float:
        """Never."""
        return math.inf

    def spoil(self, sent: bytes) -> bytes:
        """Invert the last byte of the CRC."""
        return sent[:-1] + bytes([sent[-1] ^ 0xFF]) if sent else sent

    def _next_request(self) -> Request | None:
        while len(self._buffer) >= 4:
            for length in (8, len(self._buffer)):
                frame = self._buffer[:length]
                if len(frame) == length and crc16(frame[:-2]) == frame[-2:]:
                    self._buffer = self._buffer[length:]
                    return Request(frame[0], frame[1], frame[2:-2])
            if len(self._buffer) < 8:
                return None
            self._buffer = self._buffer[-LONGEST_FRAME:][1:]
        return None

    def _answer(self, request: Request, now: float) -> bytes:
        self._measure(now)
        if len(request.body) != 4 or request.function not in {READ_HOLDING, READ_INPUT, WRITE_SINGLE}:
            return _refusal(request.function, ILLEGAL_FUNCTION)
        register, value = struct.unpack(">HH", request.body)
        if request.function == WRITE_SINGLE:
            code = self._write(register, value, now)
            return _refusal(request.function, code) if code else _frame(request.function, request.body)
        return self._read(request.function, register, value)

    def _read(self, function: int, first: int, count: int) -> bytes:
        if not 1 <= count <= 125:
            return _refusal(function, ILLEGAL_VALUE)
        readable = self._readable()
        wanted = range(first, first + count)
        if any(register not in readable for register in wanted):
            return _refusal(function, ILLEGAL_ADDRESS)
        if any(register >= MEASUREMENT and register < MEASUREMENT + 6 for register in wanted):
            self._ready = 0
        words = b"".join(readable[register].to_bytes(2, "big") for register in wanted)
        return _frame(function, bytes([len(words)]) + words)

    def _readable(self) -> dict[int, int]:
        air = self._measured
        words = struct.unpack(">6H", struct.pack(">3f", air.co2_ppm, air.temperature_degc, air.humidity_percent))
        measurement = {MEASUREMENT + index: word for index, word in enumerate(words)}
        own = {FIRMWARE_REGISTER: FIRMWARE, READY: self._ready, REFERENCE: self._reference_ppm}
        return {**self._kept, **own, **measurement}

    def _write(self, register: int, value: int, now: float) -> int:
        """Carry out a write; return 0 or the exception code."""
        accepts = WRITABLE.get(register)
        if accepts is None:
            return ILLEGAL_ADDRESS
        if not accepts(value):
            return ILLEGAL_VALUE
        if register in self._kept:
            self._kept[register] = value
        if register == START and not self._running:
            self._running = True
            self._restart(now)
        elif register == INTERVAL:
            self._restart(now)
        elif register == STOP:
            self._running = False
        elif register == RESET:
            self.power_up(now)
        elif register == REFERENCE:
            self._reference_ppm = value
            self._correction_ppm = value - self._air(now).co2_ppm
        return 0

    def _restart(self, now: float) -> None:
        self._since = now
        self._cycle = 0

    def _measure(self, now: float) -> None:
        """Take the measurement whose time has come; one that nobody read is replaced."""
        cycle = math.floor((now - self._since) / self._kept[INTERVAL])
        if not self._running or cycle <= self._cycle:
            return
        self._cycle = cycle
        at = self._since + cycle * self._kept[INTERVAL]
        air = self._air(at)
        reached = 0.85 + 0.15 * settled(at - self._booted_at, self._settling_s / 3.0)
        heat = SELF_HEATING_K - self._kept[TEMPERATURE_OFFSET] / 100.0
        co2 = max(air.co2_ppm + self._correction_ppm, 0.0) * reached
        self._measured = Air(co2, air.temperature_degc + heat, air.humidity_percent)
        self._ready = 1


def _frame(function: int, body: bytes) -> bytes:
    content = bytes([ADDRESS, function]) + body
    return content + crc16(content)


def _refusal(function: int, code: int) -> bytes:
    return _frame((function | 0x80) & 0xFF, bytes([code]))


def _make(seed: int, now: float, warm_up_s: float | None) -> Scd30:
    return Scd30(functools.partial(physics.air, seed), now, settling_s=60.0 if warm_up_s is None else warm_up_s)


SIMULATED: Mapping[str, Maker] = {"scd30": _make}
