# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Switchable faults of a line between an instrument and its port. Pure."""

import math
import random
from enum import StrEnum

from edge_daemon.instruments.simulators.instrument import SimulatedInstrument

DRIP_S = 0.03
LONGEST_QUEUE = 4096


class LineFault(StrEnum):
    """What is wrong with the line; unplugging is not among them because it is done to the port."""

    NONE = "none"
    SILENCE = "silence"
    GARBAGE = "garbage"
    WRONG_CHECKSUM = "wrong_checksum"
    SLOW_DRIP = "slow_drip"


class FaultyLine:
    """An instrument seen through a line that can be made bad; the instrument itself runs on undisturbed.

    Args:
        instrument: the far end.
        seed: makes the garbage repeatable.
    """

    def __init__(self, instrument: SimulatedInstrument, seed: int) -> None:
        self.instrument = instrument
        self.fault = LineFault.NONE
        self._random = random.Random(seed)
        self._queue = bytearray()
        self._drop_at = math.inf

    def switch(self, fault: LineFault) -> None:
        """Change the fault; what was still dripping is lost."""
        self.fault = fault
        self._queue.clear()
        self._drop_at = math.inf

    def receive(self, data: bytes, now: float) -> bytes:
        """Pass what the host sent to the instrument and return what arrives at the host at once."""
        if self.fault is LineFault.SILENCE:
            return b""
        return self._carry(self.instrument.receive(data, now), now)

    def due(self, now: float) -> bytes:
        """What arrives at the host unasked at this time."""
        sent = self._carry(self.instrument.due(now), now)
        return sent + self._drip(now)

    def next_due(self) -> float:
        """When `due` has something next, in seconds since 1970."""
        return min(self.instrument.next_due(), self._drop_at)

    def _carry(self, sent: bytes, now: float) -> bytes:
        match self.fault:
            case LineFault.NONE:
                return sent
            case LineFault.SILENCE:
                return b""
            case LineFault.GARBAGE:
                return self._random.randbytes(len(sent))
            case LineFault.WRONG_CHECKSUM:
                return self.instrument.spoil(sent)
            case LineFault.SLOW_DRIP:
                self._hold(sent, now)
                return b""

    def _hold(self, sent: bytes, now: float) -> None:
        if sent and not self._queue:
            self._drop_at = now + DRIP_S
        self._queue += sent
        del self._queue[:-LONGEST_QUEUE]

    def _drip(self, now: float) -> bytes:
        if now < self._drop_at:
            return b""
        drop = bytes(self._queue[:1])
        del self._queue[:1]
        self._drop_at = now + DRIP_S if self._queue else math.inf
        return drop
