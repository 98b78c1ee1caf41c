# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Where a period lies in a log, by its query columns and by what it says of the clock. Reads a log's file (`mode=ro`).

The columns have the laptop's clock. Where that was wrong and was fixed later, the log's own time is another one, and a
period is one of the log's time.
"""

import sqlite3
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.schema import connect_reader
from edge_daemon.buffer.trouble import faults
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.clock_history import CLOCK_TYPES, SAME_CLOCK_NS, ClockHistory, Reported, clock_history
from edge_daemon.log.entry import Entry, decode_entry

_EVER = 1 << 62
_SLACK_NS = 2 * SAME_CLOCK_NS
"""A clock that is off by less was not noticed being set."""

_MOST_STEPS = 1_000
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class Period:
    """From `start_ns` to before `until_ns` (UTC ns by the log's clock); None: no bound."""

    start_ns: int | None = None
    until_ns: int | None = None

    def __str__(self) -> str:
        start = "the log's begin" if self.start_ns is None else rfc3339_from_ns(self.start_ns)
        until = "its end" if self.until_ns is None else rfc3339_from_ns(self.until_ns)
        return f"{start} to {until}"


@dataclass(frozen=True, slots=True)
class _Segment:
    """Entries from `first` to before `end` whose time is the laptop's plus `shift_ns`.

    Where their time is not known it is 0: what the laptop showed is all there is to go by.
    """

    first: int
    end: int
    shift_ns: int


def run_of(buffer: Path, period: Period, size: int) -> tuple[int, int]:
    """The run of entries that shows this period, of the first `size` of a log: those that lie in it, and the one before
    and after whose time is known.

    Where none lies in it, its neighbours show just that, and what is told after it says why. Raises BadInput for a
    period outside the log, BufferUnavailable.
    """
    if period.start_ns is None and period.until_ns is None:
        return 0, size
    since = -_EVER if period.start_ns is None else period.start_ns
    until = _EVER if period.until_ns is None else period.until_ns
    with LogReader(buffer) as reader:
        known = _Known(reader, _history(reader, size), size)
        found = _within(buffer, known, since, until)
        around = None if found or since >= until else _around(buffer, known.segments, since, until)
        if found and min(found) < size:
            first, last = min(found) - 1, max(found) + 1
        elif around is not None and around[0] < size - 1:
            first, last = around
        else:
            raise BadInput("period", str(period), "no entry of this log under a checkpoint lies in it, or after it")
        return known.before(first, since), min(size, known.after(last, until) + 1)


def indices_between(buffer: Path, since: int, until: int, first: int = 0, end: int = _EVER) -> list[int]:
    """The lowest and highest index that the columns of each series and of events name for the period, by the laptop's
    clock; of the entries from `first` to before `end` alone."""
    where = "t_ns >= ? AND t_ns < ? AND idx >= ? AND idx < ?"
    asked = (since, until, first, end)
    with faults(buffer), closing(connect_reader(buffer)) as connection:
        found = _ends(connection, f"SELECT min(idx), max(idx) FROM event WHERE {where}", asked)
        for (series,) in connection.execute("SELECT id FROM series").fetchall():
            question = f"SELECT min(idx), max(idx) FROM sample WHERE series = ? AND {where}"
            found += _ends(connection, question, (series, *asked))
    return found


class _Known:
    """What is known of the time of the first `size` entries of a log."""

    def __init__(self, reader: LogReader, history: ClockHistory, size: int) -> None:
        self._reader = reader
        self._history = history
        self._size = size
        self._edges = _edges(history, size)
        self.segments = _segments(history, self._edges)

    def before(self, index: int, since: int) -> int:
        """This entry, or one before it whose time is known and before `since`; 0 where there is none."""
        for step in range(_MOST_STEPS):
            if index <= 0:
                return 0
            placed = self._placed(index)
            if not placed.held and placed.time_ns < since:
                return index
            index = self._begin_of(index) - 1 if placed.held or step == _MOST_STEPS - 1 else index - 1
        return max(index, 0)

    def after(self, index: int, until: int) -> int:
        """This entry, or one after it whose time is known and not before `until`; the last where there is none."""
        for step in range(_MOST_STEPS):
            if index >= self._size - 1:
                return self._size - 1
            placed = self._placed(index)
            if not placed.held and placed.time_ns >= until:
                return index
            index = self._end_of(index) if placed.held or step == _MOST_STEPS - 1 else index + 1
        return min(index, self._size - 1)

    def window(self, segment: _Segment, since: int, until: int) -> tuple[int, int] | None:
        """The period by the segment's laptop clock; None where it lies outside. A wrong clock may also run unevenly."""
        if segment.shift_ns == 0:
            return since, until
        ends = [self._both(index) for index in (segment.first, segment.end - 1)]
        (begun_ns, _), (ended_ns, _) = ends
        if begun_ns - _SLACK_NS >= until or ended_ns + _SLACK_NS < since:
            return None
        shifts = [placed_ns - t_ns for placed_ns, t_ns in ends]
        return since - max(shifts) - _SLACK_NS, until - min(shifts) + _SLACK_NS

    def _begin_of(self, index: int) -> int:
        """The first entry that is dated as this one is."""
        return self._edges[bisect_right(self._edges, index) - 1]

    def _end_of(self, index: int) -> int:
        return self._edges[bisect_right(self._edges, index)]

    def _both(self, index: int) -> tuple[int, int]:
        """An entry's time by the log and by the laptop."""
        entry = self._entry(index)
        return self._history.placed(index, entry.t_ns, entry.mono_us).time_ns, entry.t_ns

    def _placed(self, index: int) -> Reported:
        entry = self._entry(index)
        return self._history.placed(index, entry.t_ns, entry.mono_us)

    def _entry(self, index: int) -> Entry:
        return decode_entry(self._reader.entries(index, 1)[0][1])


def _edges(history: ClockHistory, size: int) -> list[int]:
    told = {one.first for one in history.stretches} | {one.index for one in history.fixes}
    return sorted({0, size, *(index for index in told if 0 < index < size)})


def _segments(history: ClockHistory, edges: Sequence[int]) -> tuple[_Segment, ...]:
    """The log by how its laptop's clock is to be read; what lies side by side and has the same shift is one."""
    found: list[_Segment] = []
    for first, end in pairwise(edges):
        stretch = history.stretch_at(first)
        placed = None if stretch is None else history.placed(first, stretch.t_ns, stretch.mono_us)
        shift = 0 if stretch is None or placed is None else placed.time_ns - stretch.t_ns
        if found and found[-1].shift_ns == shift:
            found[-1] = _Segment(found[-1].first, end, shift)
        else:
            found.append(_Segment(first, end, shift))
    return tuple(found)


def _history(reader: LogReader, size: int) -> ClockHistory:
    return clock_history(_clock_entries(reader, size))


def _clock_entries(reader: LogReader, size: int) -> Iterator[tuple[int, Entry]]:
    after = -1
    while page := reader.events(list(CLOCK_TYPES), after=after, limit=_PAGE):
        for event in page:
            if event.index < size:
                yield event.index, decode_entry(reader.entries(event.index, 1)[0][1])
        after = page[-1].index


def _within(buffer: Path, known: _Known, since: int, until: int) -> list[int]:
    found: list[int] = []
    for one in known.segments:
        window = known.window(one, since, until)
        if window is not None:
            found += indices_between(buffer, *window, one.first, one.end)
    return found


def _around(buffer: Path, segments: Sequence[_Segment], since: int, until: int) -> tuple[int, int] | None:
    """The last entry before an empty period, and the first reading after it: the gap between is told before that."""
    with faults(buffer), closing(connect_reader(buffer)) as connection:
        earlier = [
            index for one in segments for index in _last_before(connection, since - one.shift_ns, one.first, one.end)
        ]
        if not earlier:
            return None
        before = max(earlier)
        later = [
            index
            for one in segments
            if one.end > before + 1
            for index in _first_from(connection, until - one.shift_ns, max(one.first, before + 1), one.end)
        ]
        return (before, min(later)) if later else None


def _last_before(connection: sqlite3.Connection, t_ns: int, first: int, end: int) -> Iterator[int]:
    where = "t_ns < ? AND idx >= ? AND idx < ?"
    yield from _one(connection, f"SELECT max(idx) FROM event WHERE {where}", (t_ns, first, end))
    sample = f"SELECT idx FROM sample WHERE series = ? AND {where} ORDER BY t_ns DESC LIMIT 1"
    yield from _of_each_series(connection, sample, (t_ns, first, end))


def _first_from(connection: sqlite3.Connection, t_ns: int, first: int, end: int) -> list[int]:
    where = "t_ns >= ? AND idx >= ? AND idx < ?"
    sample = f"SELECT idx FROM sample WHERE series = ? AND {where} ORDER BY t_ns LIMIT 1"
    found = list(_of_each_series(connection, sample, (t_ns, first, end)))
    return found or [*_one(connection, f"SELECT min(idx) FROM event WHERE {where}", (t_ns, first, end))]


def _of_each_series(connection: sqlite3.Connection, question: str, values: tuple[int, ...]) -> Iterator[int]:
    for (series,) in connection.execute("SELECT id FROM series").fetchall():
        yield from _one(connection, question, (series, *values))


def _one(connection: sqlite3.Connection, question: str, values: tuple[int, ...]) -> Iterator[int]:
    row = connection.execute(question, values).fetchone()
    if row is not None and row[0] is not None:
        yield row[0]


def _ends(connection: sqlite3.Connection, question: str, values: tuple[int, ...]) -> list[int]:
    return [index for index in connection.execute(question, values).fetchone() if index is not None]
