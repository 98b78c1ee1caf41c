# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A simulated Winsen ZPHS01B. Pure.

Source: the layout on which several open drivers agree.
"""

import math
import struct
from collections.abc import Mapping

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.instrument import Maker

QUESTION = bytes.fromhex("FF0186000000000079")
WARM_UP_S = 180.0


def sealed(content: bytes) -> bytes:
    """Start byte, content, and the two's complement of the content's sum."""
    return b"\xff" + content + bytes([(0x100 - sum(content) % 0x100) % 0x100])


class Zphs01b:
    """Answers its one question; gases are low until it is warm.

    Args:
        seed: another number gives other air.
        now: when it was switched on.
        warm_up_s: how long values rise.
    """

    model = "winsen_zphs01b"

    def __init__(self, seed: int, now: float, *, warm_up_s: float = WARM_UP_S) -> None:
        self._seed = seed
        self._warm_up_s = warm_up_s
        self.power_up(now)

    def power_up(self, now: float) -> None:
        """Warm up again."""
        self._on_since = now
        self._buffer = b""

    def receive(self, data: bytes, now: float) -> bytes:
        """Answer every question among the bytes."""
        self._buffer += data
        count = self._buffer.count(QUESTION)
        self._buffer = self._buffer.rpartition(QUESTION)[2][1 - len(QUESTION) :]
        return self._reply(now) * count

    def due(self, now: float) -> bytes:  # noqa: ARG002 - the module never speaks unasked here
        """Nothing."""
        return b""

    def next_due(self) -> float:
        """Never."""
        return math.inf

    def spoil(self, sent: bytes) -> bytes:
        """Invert the last byte of every reply."""
        frames = [sent[at : at + 26] for at in range(0, len(sent), 26)]
        return b"".join(frame[:-1] + bytes([frame[-1] ^ 0xFF]) for frame in frames)

    def _reply(self, now: float) -> bytes:
        reached = physics.settled(now - self._on_since, self._warm_up_s / 3.0)
        dust, air = physics.fine_dust(self._seed, now) * reached, physics.air(self._seed, now)
        sun = 0.5 + 0.5 * physics.diurnal(now, 15.0)
        words = (
            *(round(dust * share) for share in (0.7, 1.0, 1.3)),
            round(air.co2_ppm * (0.9 + 0.1 * reached)),
            1,
            round(air.temperature_degc * 10) + 435,
            round(air.humidity_percent),
            *(round(value * reached) for value in (12, 4, 4 * sun, 2)),
        )
        return sealed(b"\x86" + struct.pack(">4HB6H2x", *words))


def _make(seed: int, now: float, warm_up_s: float | None) -> Zphs01b:
    return Zphs01b(seed, now, warm_up_s=WARM_UP_S if warm_up_s is None else warm_up_s)


SIMULATED: Mapping[str, Maker] = {"zphs01b": _make}
