# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether anybody wants hourly summaries, so that those who do not keep no reading back. Pure but for its clock.

Who took some a while ago, and takes none now, is waited for: after a broker's restart its consumers come back. Some
brokers answer what a station may not publish by ending the connection, without saying to what. After such an end each
summary is sent with nothing else under way, so that it shows; then no more of them are sent by this sink.
"""

import time
from collections.abc import Callable, Sequence

from sync.sinks.sink import Chunk

MOST_ENDS = 2
WAIT_SECONDS = 60.0
_WORDS = "the broker ends the connection whenever an hourly summary is sent; may this station publish to {}?"


class HoursGuard:
    """One broker. Chunks with a `place` are summaries."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.refusal = ""
        self._clock = clock
        self._taker, self._missed_s = False, 0.0
        self._careful = False
        self._ends = 0

    def waits(self, chunk: Chunk, under_way: Sequence[Chunk]) -> bool:
        """Whether this one is sent only once what is under way has been answered."""
        return self._careful and bool(under_way) and bool(chunk.place or under_way[-1].place)

    def answered(self, *, taken: bool) -> None:
        """The broker has answered a summary; `taken`: and delivers it."""
        self._careful, self._ends = False, 0
        if taken:
            self._taker, self._missed_s = True, 0.0

    def wanted(self) -> bool:
        """Nobody takes summaries now: whether it is worth waiting for who did."""
        self._missed_s = self._missed_s or self._clock()
        return self._taker and self._clock() - self._missed_s < WAIT_SECONDS

    def ended(self, under_way: Sequence[Chunk]) -> Chunk | None:
        """The connection was ended, and not by a link that faded. The summary that it was for, if that is clear now."""
        if not any(chunk.place for chunk in under_way):
            return None
        alone = self._careful and len(under_way) == 1
        self._ends = self._ends + 1 if alone else 0
        self._careful = True
        if self._ends < MOST_ENDS:
            return None
        self.refusal = _WORDS.format(under_way[0].place)
        return under_way[0]
