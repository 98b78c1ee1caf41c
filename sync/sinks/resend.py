# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What to send again after an unclean break: an acknowledgement is not durability. Pure but for the clock it is given.

A server that dies may lose what it acknowledged in the minutes before. Each reading goes out again for this reason at
most once, so that a link that breaks every half minute still moves forward.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

WINDOW_SECONDS = 180.0


@dataclass(slots=True)
class _Second:
    began: float
    first: int
    last: int


class ResendWindow:
    """The log indices of one log that were acknowledged in the last `seconds`, one note a second."""

    def __init__(self, seconds: float = WINDOW_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._notes: deque[_Second] = deque()
        self._sent_again = -1

    def acknowledged(self, first: int, last: int) -> None:
        """The far end has said that it has the readings `first` to `last`."""
        now = self._clock()
        while self._notes and now - self._notes[0].began > self._seconds:
            self._notes.popleft()
        if last <= self._sent_again:
            return
        newest = self._notes[-1] if self._notes else None
        if newest is None or now - newest.began >= 1:
            self._notes.append(_Second(now, first, last))
        else:
            newest.first, newest.last = min(newest.first, first), max(newest.last, last)

    def broken(self) -> int | None:
        """The connection broke: the index to send again from, None where nothing was acknowledged lately."""
        now = self._clock()
        recent = [note for note in self._notes if now - note.began <= self._seconds]
        self._notes.clear()
        if not recent:
            return None
        self._sent_again = max(note.last for note in recent)
        return min(note.first for note in recent)
