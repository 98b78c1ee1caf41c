# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated TFmini-S above a canopy. Pure.

Source: Benewake, TFmini-S product manual A00. Settings are forgotten without power unless they were saved.
"""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.instrument import Maker

FIRMWARE = bytes([1, 2, 3])
LONGEST_COMMAND = 8
WEAK = 100


@dataclass(frozen=True, slots=True)
class Held:
    """The settings of the device, as delivered."""

    rate_hz: int = 100
    millimetres: bool = False
    sending: bool = True


class TfminiS:
    """Sends data frames at its rate and obeys the commands of its manual.

    Args:
        seed: of the canopy's movement.
        now: when it was switched on.
        model: its key in the catalogue.
    """

    def __init__(self, seed: int, now: float, model: str = "benewake_tfmini_s") -> None:
        self.model = model
        self._seed = seed
        self._saved = Held()
        self.power_up(now)

    def power_up(self, now: float) -> None:
        """The saved settings hold again."""
        self._held = self._saved
        self._buffer = b""
        self._next_at = now + 1.0 / self._held.rate_hz

    def receive(self, data: bytes, now: float) -> bytes:
        """Carry out every intact command and return the answers."""
        self._buffer += data
        answers = b""
        while (start := self._buffer.find(0x5A)) >= 0 and len(self._buffer) >= start + 2:
            length = self._buffer[start + 1]
            whole = 4 <= length <= LONGEST_COMMAND
            if whole and len(self._buffer) < start + length:
                break
            command = self._buffer[start : start + length]
            if whole and _sealed(command[:-1]) == command:
                self._buffer = self._buffer[start + length :]
                answers += self._obey(command, now)
            else:
                self._buffer = self._buffer[start + 1 :]
        self._buffer = self._buffer[-LONGEST_COMMAND:]
        return answers

    def due(self, now: float) -> bytes:
        """The data frame whose time has come; frames that were missed are not made up."""
        if now < self.next_due():
            return b""
        period = 1.0 / self._held.rate_hz
        self._next_at += period * (math.floor((now - self._next_at) / period) + 1)
        return self._frame(now)

    def next_due(self) -> float:
        """The time of the next frame; never while its output is off or waits for a trigger."""
        return self._next_at if self._held.sending and self._held.rate_hz else math.inf

    def spoil(self, sent: bytes) -> bytes:
        """Invert the last byte of every frame."""
        spoiled, rest = b"", sent
        while len(rest) > 4:
            length = 9 if rest[0] == 0x59 else rest[1]
            spoiled += rest[: length - 1] + bytes([rest[length - 1] ^ 0xFF])
            rest = rest[length:]
        return spoiled + rest

    def _obey(self, command: bytes, now: float) -> bytes:
        code, data = command[2], command[3:-1]
        if code == 0x01:
            return _sealed(b"\x5a\x07\x01" + FIRMWARE)
        if code == 0x02:
            self.power_up(now)
            return _sealed(b"\x5a\x05\x02\x00")
        if code == 0x11:
            self._saved = self._held
            return _sealed(b"\x5a\x05\x11\x00")
        if code == 0x04 and self._held.rate_hz == 0:
            return self._frame(now)
        changed = self._changed(code, data)
        if changed is None:
            return b""
        self._held = changed
        self._next_at = now + (1.0 / changed.rate_hz if changed.rate_hz else 0.0)
        return command

    def _changed(self, code: int, data: bytes) -> Held | None:
        held = self._held
        if code == 0x03 and len(data) == 2:
            rate = int.from_bytes(data, "little")
            return Held(rate, held.millimetres, held.sending) if rate == 0 or 1000 % rate == 0 else None
        if code == 0x05 and data in {b"\x01", b"\x06"}:
            return Held(held.rate_hz, data == b"\x06", held.sending)
        if code == 0x07 and data in {b"\x00", b"\x01"}:
            return Held(held.rate_hz, held.millimetres, data == b"\x01")
        return None

    def _frame(self, now: float) -> bytes:
        metres = 6.2 + 0.05 * physics.noise(self._seed, "sway", now, 3.0)
        strength = round(max(900.0 + 250.0 * physics.noise(self._seed, "leaf", now, 1.5), 40.0))
        count = -1 if strength <= WEAK else round(metres * (1000 if self._held.millimetres else 100))
        warmth = physics.air(self._seed, now).temperature_degc + 12.0
        body = b"\x59\x59" + count.to_bytes(2, "little", signed=True) + strength.to_bytes(2, "little")
        return _sealed(body + round((warmth + 256.0) * 8.0).to_bytes(2, "little"))


def _sealed(content: bytes) -> bytes:
    return content + bytes([sum(content) & 0xFF])


def _make(model: str, seed: int, now: float, _warm_up_s: float | None) -> TfminiS:
    return TfminiS(seed, now, model)


SIMULATED: Mapping[str, Maker] = {
    "tfmini_s": functools.partial(_make, "benewake_tfmini_s"),
    "tfmini_plus": functools.partial(_make, "benewake_tfmini_plus"),
}
