# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Reported time at any place of the log, without reading it from its beginning: a reading may be held because of one
before it (rule 7 of `reported_time`). Reads the log in short ranges."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.clock_history import ClockHistory
from edge_daemon.log.reported_time import Release, ReportedTime
from edge_daemon.station.hour_index import reading_of

MOST = 5_000
"""Entries read at most; while the log is still being read after a start, what lies further ahead is not known."""

FoldBefore = Callable[[int, Sequence[Release]], ReportedTime]
"""The fold as it stands before the entry at an index, with these releases."""


class KnowsTimes(Protocol):
    """Whoever has read the log."""

    def newest_before(self, index: int) -> tuple[int, Mapping[str, int]]:
        """An entry at or before `index`, and each sensor's newest reported time (UTC ns) before that entry."""
        ...


def fold_before(reader: LogReader, known: KnowsTimes, history: ClockHistory) -> FoldBefore:
    """Folds of the log that `reader` reads. `history` is the whole log's."""

    def fold(index: int, releases: Sequence[Release]) -> ReportedTime:
        first, last_ns = known.newest_before(index)
        if index - first > MOST:
            return ReportedTime(history, releases)
        found = ReportedTime(history, releases, last_ns)
        for at, data in reader.entries(first, index - first) if index > first else ():
            reading = reading_of(data) if at < index else None
            if reading is not None:
                found = found.after(at, reading[1])
        return found

    return fold
