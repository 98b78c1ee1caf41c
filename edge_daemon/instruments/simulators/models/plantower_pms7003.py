# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated Plantower PMS7003, or a relative that sends the same frame. Pure.

Source: Plantower, PMS7003 series data manual v2.5 (2016), appendix I (transport protocol, active and passive mode).
"""

import functools
import math
import struct
from collections.abc import Callable, Mapping

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.instrument import Maker

START = b"\x42\x4d"
VERSION = 0x97
STEADY_S = 2.3
CHANGING_S = 0.8
QUICK_CHANGE = 2.0
COMMAND_LENGTH = 7
LONGEST_WAIT = 64

MODE, READ_ONCE, SLEEP = 0xE1, 0xE2, 0xE4


def sealed(content: bytes) -> bytes:
    """The content followed by the 16-bit sum of all its bytes, high byte first."""
    return content + (sum(content) & 0xFFFF).to_bytes(2, "big")


class Pms7003:
    """Active, passive and sleeping mode, and the warm-up of the fan: first all-zero frames, then rising values.

    Args:
        fine_dust: PM2.5 in µg/m³ at a time.
        now: when it was switched on.
        warm_up_s: how long after power-up or wake-up values are not yet true; zeros for the first third of it.
        model: its key in the catalogue. `plantower_passive` is the same device, read in another way.
    """

    def __init__(
        self,
        fine_dust: Callable[[float], float],
        now: float,
        *,
        warm_up_s: float = 30.0,
        model: str = "plantower_pms7003",
    ) -> None:
        self.model = model
        self._fine_dust = fine_dust
        self._warm_up_s = warm_up_s
        self._last_dust = 0.0
        self.power_up(now)

    def power_up(self, now: float) -> None:
        """Awake and in active mode: the mode is not stored."""
        self._active = True
        self._buffer = b""
        self._wake(now)

    def receive(self, data: bytes, now: float) -> bytes:
        """Carry out every intact command among the bytes and return the acknowledgements or the frame asked for."""
        self._buffer += data
        answers = b""
        while (start := self._buffer.find(START)) >= 0 and len(self._buffer) >= start + COMMAND_LENGTH:
            command = self._buffer[start : start + COMMAND_LENGTH]
            if sealed(command[:-2]) == command:
                self._buffer = self._buffer[start + COMMAND_LENGTH :]
                answers += self._obey(command[2], command[4], now)
            else:
                self._buffer = self._buffer[start + 1 :]
        self._buffer = self._buffer[-LONGEST_WAIT:]
        return answers

    def due(self, now: float) -> bytes:
        """A data frame when it is time for one in active mode."""
        if now < self.next_due():
            return b""
        dust = self._shown(now)
        self._next_at = now + (CHANGING_S if abs(dust - self._last_dust) >= QUICK_CHANGE else STEADY_S)
        self._last_dust = dust
        return _data_frame(dust)

    def next_due(self) -> float:
        """The time of the next frame; never in passive mode or asleep."""
        return self._next_at if self._active and not self._asleep else math.inf

    def spoil(self, sent: bytes) -> bytes:
        """Invert the last byte of every frame's sum, whether data or acknowledgement."""
        spoiled, rest = b"", sent
        while len(rest) > 4:
            length = 4 + int.from_bytes(rest[2:4], "big")
            spoiled += rest[: length - 1] + bytes([rest[length - 1] ^ 0xFF])
            rest = rest[length:]
        return spoiled + rest

    def _wake(self, now: float) -> None:
        self._asleep = False
        self._awake_since = now
        self._last_dust = 0.0
        self._next_at = now + CHANGING_S

    def _obey(self, command: int, value: int, now: float) -> bytes:
        if self._asleep:
            if (command, value) == (SLEEP, 1):
                self._wake(now)
            return b""
        if command == READ_ONCE and not self._active:
            return _data_frame(self._shown(now))
        if command == MODE and value in {0, 1}:
            self._active = value == 1
            self._next_at = now + CHANGING_S
            return _acknowledgement(command, value)
        if (command, value) == (SLEEP, 0):
            self._asleep = True
            return _acknowledgement(command, value)
        return b""

    def _shown(self, now: float) -> float:
        elapsed = now - self._awake_since
        if elapsed >= self._warm_up_s:
            return self._fine_dust(now)
        zeros_s = self._warm_up_s / 3.0
        return self._fine_dust(now) * max(elapsed - zeros_s, 0.0) / (self._warm_up_s - zeros_s)


def _acknowledgement(command: int, value: int) -> bytes:
    return sealed(START + bytes([0, 4, command, value]))


def _data_frame(pm2_5: float) -> bytes:
    """One frame of 13 words; nothing measured yet is all zeros, the version included, as captured devices send it."""
    if round(pm2_5) == 0:
        return sealed(START + struct.pack(">H", 28) + bytes(26))
    standard = [round(pm2_5 * share) for share in (0.68, 1.0, 1.25)]
    ambient = [round(min(mass, 30.0) + max(mass - 30.0, 0.0) * 0.66) for mass in standard]
    counts = [round(pm2_5 * per_mass) for per_mass in (88.0, 26.0, 5.0, 0.9, 0.25, 0.08)]
    words = [min(word, 0xFFFF) for word in (*standard, *ambient, *counts)]
    return sealed(START + struct.pack(">13HBB", 28, *words, VERSION, 0))


def _make(model: str, seed: int, now: float, warm_up_s: float | None) -> Pms7003:
    dust = functools.partial(physics.fine_dust, seed)
    return Pms7003(dust, now, warm_up_s=30.0 if warm_up_s is None else warm_up_s, model=model)


SIMULATED: Mapping[str, Maker] = {
    "pms7003": functools.partial(_make, "plantower_pms7003"),
    "pms5003": functools.partial(_make, "plantower_pms5003"),
    "pms_passive": functools.partial(_make, "plantower_passive"),
}
