# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated SenseAir S8 or K30. Pure.

Sources: SenseAir, Modbus on Senseair S8 (TDE2067); SenseAir sample code for K-series sensors (RAM read).
"""

import functools
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.physics import Air, settled

ANY_ADDRESS = 0xFE
REQUEST_LENGTHS = (8, 7)
LONGEST_WAIT = 64
MOST_REGISTERS = 8

READ_HOLDING, READ_INPUT, WRITE_SINGLE, READ_RAM = 3, 4, 6, 0x44
ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_QUANTITY = 1, 2, 3

ACKNOWLEDGEMENT, COMMAND, PERIOD = 0x0000, 0x0001, 0x001F
OUT_OF_RANGE = 0x20
CALIBRATIONS: Mapping[int, tuple[float, int]] = {0x7C06: (400.0, 0x20), 0x7C07: (0.0, 0x40)}
CO2_IN_RAM = 0x0008
FIRMWARE = 0x0154
START_S = 6.0
UNSETTLED_SHARE = 0.12


@dataclass(frozen=True, slots=True)
class Variant:
    """What sets the models apart: catalogue key, response in s, lamp cycle in s, identity registers by address."""

    model: str
    response_s: float
    lamp_s: float
    identity: Mapping[int, int]


def _s8_identity(kind: int, serial: int) -> Mapping[int, int]:
    return {0x19: 0x0001, 0x1A: kind, 0x1B: 0x0003, 0x1C: FIRMWARE, 0x1D: serial >> 16, 0x1E: serial & 0xFFFF}


S8 = Variant("senseair_s8", 20.0, 2.0, _s8_identity(0x0177, 0x01234567))
S8_LP = Variant("senseair_s8_lp", 40.0, 4.0, _s8_identity(0x0E03, 0x0142A6F1))
K30 = Variant("senseair_k30", 20.0, 2.0, {})


def sealed(content: bytes) -> bytes:
    """The content and its CRC-16/MODBUS, low byte first."""
    crc = 0xFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return content + crc.to_bytes(2, "little")


class SenseAir:
    """Meter status, CO2, calibration by command and the period of self-calibration of one sensor.

    Args:
        air: what surrounds the sensor at a time.
        now: when it was switched on.
        variant: which model.
        settling_s: how long readings take to settle.
    """

    def __init__(self, air: Callable[[float], Air], now: float, variant: Variant, *, settling_s: float = 60.0) -> None:
        self.model = variant.model
        self._air = air
        self._variant = variant
        self._settling_s = settling_s
        self._period_h = 180
        self._offset_ppm = 0.0
        self.power_up(now)

    def power_up(self, now: float) -> None:
        """Start again: calibration and period stay, acknowledgements are gone."""
        self._on_since = now
        self._done = 0
        self._doing: tuple[float, int] = (math.inf, 0)
        self._buffer = b""

    def receive(self, data: bytes, now: float) -> bytes:
        """Answer every intact request among the bytes; one with a wrong CRC gets no answer at all."""
        self._buffer += data
        answers = b""
        while frame := self._next_frame():
            if frame[0] == ANY_ADDRESS:
                answers += self._answer(frame[1], frame[2:-2], now)
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

    def _next_frame(self) -> bytes:
        while len(self._buffer) >= min(REQUEST_LENGTHS):
            for length in REQUEST_LENGTHS:
                frame = self._buffer[:length]
                if len(frame) == length and sealed(frame[:-2]) == frame:
                    self._buffer = self._buffer[length:]
                    return frame
            if len(self._buffer) < max(REQUEST_LENGTHS):
                return b""
            self._buffer = self._buffer[-LONGEST_WAIT:][1:]
        return b""

    def _answer(self, function: int, body: bytes, now: float) -> bytes:
        if function == READ_RAM and len(body) == 3:
            at, count = struct.unpack(">HB", body)
            return self._ram(at, count, now)
        if len(body) != 4 or function not in {READ_HOLDING, READ_INPUT, WRITE_SINGLE}:
            return _refusal(function, ILLEGAL_FUNCTION)
        register, word = struct.unpack(">HH", body)
        if function == WRITE_SINGLE:
            code = self._write(register, word, now)
            return _refusal(function, code) if code else _frame(function, body)
        return self._read(function, register, word, now)

    def _ram(self, at: int, count: int, now: float) -> bytes:
        if at != CO2_IN_RAM or count != 2:
            return _refusal(READ_RAM, ILLEGAL_ADDRESS)
        return _frame(READ_RAM, bytes([2]) + (self._co2(now) & 0xFFFF).to_bytes(2, "big"))

    def _read(self, function: int, first: int, count: int, now: float) -> bytes:
        if not 1 <= count <= MOST_REGISTERS:
            return _refusal(function, ILLEGAL_QUANTITY)
        held = self._inputs(now) if function == READ_INPUT else self._holding(now)
        wanted = range(first, first + count)
        if any(register not in held for register in wanted):
            return _refusal(function, ILLEGAL_ADDRESS)
        words = b"".join((held[register] & 0xFFFF).to_bytes(2, "big") for register in wanted)
        return _frame(function, bytes([len(words)]) + words)

    def _inputs(self, now: float) -> dict[int, int]:
        starting = now - self._on_since < min(START_S, self._settling_s)
        return {0: OUT_OF_RANGE if starting else 0, 1: 0, 2: 0, 3: self._co2(now), **self._variant.identity}

    def _holding(self, now: float) -> dict[int, int]:
        done_at, bit = self._doing
        if now >= done_at:
            self._done |= bit
        return {ACKNOWLEDGEMENT: self._done, PERIOD: self._period_h}

    def _write(self, register: int, word: int, now: float) -> int:
        """Carry out a write; return 0 or the exception code."""
        if register == PERIOD:
            self._period_h = word
        elif register == ACKNOWLEDGEMENT:
            self._done, self._doing = word, (math.inf, 0)
        elif register == COMMAND and word in CALIBRATIONS:
            target, bit = CALIBRATIONS[word]
            self._offset_ppm = target - self._air(now).co2_ppm
            self._doing = (now + self._variant.lamp_s, bit)
        else:
            return ILLEGAL_ADDRESS
        return 0

    def _co2(self, now: float) -> int:
        # A reading lasts one lamp cycle.
        at = math.floor((now - self._on_since) / self._variant.lamp_s) * self._variant.lamp_s
        reached = 1.0 - UNSETTLED_SHARE * (1.0 - settled(at, min(self._variant.response_s, self._settling_s / 3.0)))
        return round((self._air(self._on_since + at).co2_ppm + self._offset_ppm) * reached)


def _frame(function: int, body: bytes) -> bytes:
    return sealed(bytes([ANY_ADDRESS, function]) + body)


def _refusal(function: int, code: int) -> bytes:
    return _frame((function | 0x80) & 0xFF, bytes([code]))


def _make(variant: Variant, seed: int, now: float, warm_up_s: float | None) -> SenseAir:
    air = functools.partial(physics.air, seed)
    return SenseAir(air, now, variant, settling_s=60.0 if warm_up_s is None else warm_up_s)


SIMULATED: Mapping[str, Maker] = {
    "s8": functools.partial(_make, S8),
    "s8_lp": functools.partial(_make, S8_LP),
    "k30": functools.partial(_make, K30),
}
