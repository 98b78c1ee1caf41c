# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated Winsen ZE07-CH2O or ZE25-O3. Pure.

Source: Winsen, ZE07-CH2O user manual: uploads once a second until told to answer only.
"""

import functools
import math
from collections.abc import Mapping
from dataclasses import dataclass

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.instrument import Maker

UPLOAD_S = 1.0
LONGEST_WAIT = 64
WARM_UP_S = 180.0
FULL_SCALE_PPB = 2000


@dataclass(frozen=True, slots=True)
class Variant:
    """Catalogue key, gas code of the upload, µg/m³ per ppb, usual and swinging share in ppb."""

    model: str
    code: int
    ug_m3_per_ppb: float
    usual_ppb: float
    swing_ppb: float


CH2O = Variant("winsen_ze07_ch2o", 0x17, 1.25, 22.0, 8.0)
O3 = Variant("winsen_ze25_o3", 0x2A, 2.0, 28.0, 22.0)


def sealed(content: bytes) -> bytes:
    """Start byte, content, and the two's complement of the content's sum."""
    return b"\xff" + content + bytes([(0x100 - sum(content) % 0x100) % 0x100])


class ZeModule:
    """Uploads, answers, and the mode between them, which it forgets.

    Args:
        variant: which gas.
        seed: another number gives other air.
        now: when it was switched on.
        warm_up_s: how long values rise.
    """

    def __init__(self, variant: Variant, seed: int, now: float, *, warm_up_s: float = WARM_UP_S) -> None:
        self.model = variant.model
        self._variant = variant
        self._seed = seed
        self._warm_up_s = warm_up_s
        self.power_up(now)

    def power_up(self, now: float) -> None:
        """Warm up and upload again."""
        self._on_since = now
        self._next_at = now + UPLOAD_S
        self._buffer = b""

    def receive(self, data: bytes, now: float) -> bytes:
        """Answer every intact request among the bytes."""
        self._buffer += data
        answers = b""
        while len(self._buffer) >= 9:
            frame = self._buffer[:9]
            if frame[:2] == b"\xff\x01" and sealed(frame[1:-1]) == frame:
                self._buffer = self._buffer[9:]
                answers += self._obey(frame[2], frame[3], now)
            else:
                self._buffer = self._buffer[-LONGEST_WAIT:][1:]
        return answers

    def due(self, now: float) -> bytes:
        """An upload when it is time for one."""
        if now < self._next_at:
            return b""
        self._next_at = now + UPLOAD_S
        share = self._ppb(now).to_bytes(2, "big")
        return sealed(bytes([self._variant.code, 0x04, 0x00]) + share + FULL_SCALE_PPB.to_bytes(2, "big"))

    def next_due(self) -> float:
        """The time of the next upload; never while it only answers."""
        return self._next_at

    def spoil(self, sent: bytes) -> bytes:
        """Invert the last byte of every frame."""
        frames = [sent[at : at + 9] for at in range(0, len(sent), 9)]
        return b"".join(frame[:-1] + bytes([frame[-1] ^ 0xFF]) for frame in frames)

    def _obey(self, command: int, value: int, now: float) -> bytes:
        if command == 0x78 and value in {0x40, 0x41}:
            self._next_at = math.inf if value == 0x41 else now + UPLOAD_S
        if command != 0x86:
            return b""
        share = self._ppb(now)
        mass = round(share * self._variant.ug_m3_per_ppb)
        return sealed(b"\x86" + mass.to_bytes(2, "big") + bytes(2) + share.to_bytes(2, "big"))

    def _ppb(self, now: float) -> int:
        reached = physics.settled(now - self._on_since, self._warm_up_s / 3.0)
        swing = self._variant.swing_ppb * physics.diurnal(now, 15.0)
        return max(round((self._variant.usual_ppb + swing + physics.noise(self._seed, "gas", now, 120.0)) * reached), 0)


def _make(variant: Variant, seed: int, now: float, warm_up_s: float | None) -> ZeModule:
    return ZeModule(variant, seed, now, warm_up_s=WARM_UP_S if warm_up_s is None else warm_up_s)


SIMULATED: Mapping[str, Maker] = {"ze07_ch2o": functools.partial(_make, CH2O), "ze25_o3": functools.partial(_make, O3)}
