# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated Winsen MH-Z19B or MH-Z19C. Pure.

Source: Winsen, MH-Z19B user manual v1.5 (2019); temperature, firmware and range replies as open drivers know them.
"""

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.instrument import Maker
from edge_daemon.instruments.simulators.physics import Air, settled

REQUEST_LENGTH = 9
LONGEST_WAIT = 64
FRESH_AIR_PPM = 400.0
PLACEHOLDER_PPM = 410
BOOT_COUNT = 15_000
BOOT_SHARE = 0.1
SELF_HEATING_K = 4.0
RESPONSE_S = 40.0

READ, FIRMWARE, RANGE = 0x86, 0xA0, 0x9B
ABC, ZERO, SPAN, SET_RANGE = 0x79, 0x87, 0x88, 0x99
RANGES_PPM = (2000, 5000, 10_000)


@dataclass(frozen=True, slots=True)
class Variant:
    """What sets the two models apart: catalogue key, firmware digits, preheat in s, least CO2 shown in ppm."""

    model: str
    firmware: bytes
    preheat_s: float
    least_ppm: int


B = Variant("winsen_mhz19b", b"0443", 180.0, 0)
C = Variant("winsen_mhz19c", b"0512", 60.0, 400)


def sealed(content: bytes) -> bytes:
    """Start byte, content, and the two's complement of the content's sum."""
    return b"\xff" + content + bytes([(0x100 - sum(content) % 0x100) % 0x100])


class Mhz19:
    """Preheat with placeholder values, range, calibration, and self-calibration that is on after each power-up.

    Args:
        air: what surrounds the module at a time.
        now: when it was switched on.
        variant: which of the two models.
        preheat_s: how long its values are placeholders.
    """

    def __init__(
        self, air: Callable[[float], Air], now: float, variant: Variant, *, preheat_s: float | None = None
    ) -> None:
        self.model = variant.model
        self.range_ppm = 5000
        self._air = air
        self._variant = variant
        self._preheat_s = variant.preheat_s if preheat_s is None else preheat_s
        self._offset_ppm = 0.0
        self._factor = 1.0
        self.power_up(now)

    def power_up(self, now: float) -> None:
        """Preheat again; calibration and range stay, self-calibration is on."""
        self.self_calibrating = True
        self._on_since = now
        self._buffer = b""

    def receive(self, data: bytes, now: float) -> bytes:
        """Answer every intact request among the bytes; what is broken is skipped."""
        self._buffer += data
        answers = b""
        while len(self._buffer) >= REQUEST_LENGTH:
            frame = self._buffer[:REQUEST_LENGTH]
            if frame[:2] == b"\xff\x01" and sealed(frame[1:-1]) == frame:
                self._buffer = self._buffer[REQUEST_LENGTH:]
                answers += self._obey(frame[2], frame[3:8], now)
            else:
                self._buffer = self._buffer[1:]
        return answers

    def due(self, now: float) -> bytes:  # noqa: ARG002 - the module never speaks unasked
        """Nothing: the module only answers."""
        return b""

    def next_due(self) -> float:
        """Never."""
        return math.inf

    def spoil(self, sent: bytes) -> bytes:
        """Invert the last byte of every reply."""
        frames = [sent[at : at + REQUEST_LENGTH] for at in range(0, len(sent), REQUEST_LENGTH)]
        return b"".join(frame[:-1] + bytes([frame[-1] ^ 0xFF]) for frame in frames)

    def _obey(self, command: int, data: bytes, now: float) -> bytes:
        if command == READ:
            return sealed(bytes([READ]) + self._reading(now))
        if command == FIRMWARE:
            return sealed(bytes([FIRMWARE]) + self._variant.firmware + bytes(2))
        if command == RANGE:
            return sealed(bytes([RANGE, 0, 0]) + self.range_ppm.to_bytes(2, "big") + bytes(2))
        if command == ABC and data[0] in {0x00, 0xA0}:
            self.self_calibrating = data[0] == 0xA0
        elif command == ZERO:
            self._offset_ppm = FRESH_AIR_PPM - self._air(now).co2_ppm
        elif command == SPAN:
            shown = self._air(now).co2_ppm + self._offset_ppm
            self._factor = int.from_bytes(data[:2], "big") / shown
        elif command == SET_RANGE and int.from_bytes(data[1:], "big") in RANGES_PPM:
            self.range_ppm = int.from_bytes(data[1:], "big")
        return b""

    def _reading(self, now: float) -> bytes:
        elapsed = now - self._on_since
        air = self._air(now)
        warmth = round(air.temperature_degc + SELF_HEATING_K * settled(elapsed, 120.0)) + 40
        temperature = bytes([min(max(warmth, 1), 255)])
        if elapsed < self._preheat_s * BOOT_SHARE:
            return PLACEHOLDER_PPM.to_bytes(2, "big") + temperature + b"\0" + BOOT_COUNT.to_bytes(2, "big")
        if elapsed < self._preheat_s:
            return PLACEHOLDER_PPM.to_bytes(2, "big") + temperature + bytes(3)
        # What the preheat leaves of the way to the true value is gone after a few response times.
        left = 0.1 * (1.0 - settled(elapsed - self._preheat_s, RESPONSE_S)) if self._preheat_s > 0 else 0.0
        co2 = (air.co2_ppm + self._offset_ppm) * self._factor * (1.0 - left)
        shown = min(max(round(co2), self._variant.least_ppm), self.range_ppm)
        return shown.to_bytes(2, "big") + temperature + bytes(3)


def _make(variant: Variant, seed: int, now: float, warm_up_s: float | None) -> Mhz19:
    return Mhz19(functools.partial(physics.air, seed), now, variant, preheat_s=warm_up_s)


SIMULATED: Mapping[str, Maker] = {"mhz19b": functools.partial(_make, B), "mhz19c": functools.partial(_make, C)}
