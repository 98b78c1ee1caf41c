# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What an amendment would change, told before it is written: how many readings, and some of them before and after.

Reads the log; writes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import to_json
from edge_daemon.log.clock_history import ClockHistory, Reported
from edge_daemon.log.effective import Amendment, Amendments, Change
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.reported_time import ReportedTime
from edge_daemon.station.hour_index import reading_of
from edge_daemon.station.reasons import Explained, explain
from edge_daemon.station.reported_at import FoldBefore

EDGE = 1_000
"""Entries that are looked at one by one at each end of what is concerned; what lies between is counted by columns."""

EXAMPLES = 3
PROBE = 200
"""Entries that are looked through for an example near a place."""


@dataclass(frozen=True, slots=True)
class Preview:
    """`body` with the indices it would be written with, and what it changes.

    `readings` is how many, to the last one where `exact`. `examples` are readings that change, as they are to be read
    now and as they would be then, in the log's order.
    """

    body: AmendmentBody
    readings: int
    exact: bool
    examples: tuple[tuple[Explained, Explained], ...]


def preview(
    reader: LogReader,
    history: ClockHistory,
    before: Amendments,
    body: AmendmentBody,
    index: int,
    fold: FoldBefore | None = None,
) -> Preview:
    """What `body`, checked and written at `index`, would change. Raises what the log's reader does.

    `fold` tells what is known of the readings before another; without, nothing.
    """
    known: FoldBefore = fold or (lambda _, releases: ReportedTime(history, releases))
    after = before.after(index, Entry(1, EntryType.AMENDMENT, 0, 0, b"", to_json(body)))
    concerned = [after.told[-1]] if body.kind != "withdrawal" else []
    concerned += [one for one in before.told if one.index == body.replaces]
    look = _Look(reader, known, before, after, concerned)
    readings, exact = look.count()
    examples = tuple(
        (
            explain(reader, sensor, at, history, before, before=known),
            explain(reader, sensor, at, history, after, before=known),
        )
        for at, sensor in look.examples()
    )
    return Preview(body, readings, exact, examples)


class _Look:
    """At the readings that `concerned` name."""

    def __init__(
        self,
        reader: LogReader,
        fold: FoldBefore,
        before: Amendments,
        after: Amendments,
        concerned: list[Amendment],
    ) -> None:
        self._reader = reader
        self._fold = fold
        self._both = (before, after)
        self._first = min((one.body.first for one in concerned), default=0)
        self._last = max((min(one.body.last, one.index - 1) for one in concerned), default=-1)
        named = [set(one.body.sensors) for one in concerned]
        self._sensors = set[str]().union(*named) if all(named) else set[str]()

    def count(self) -> tuple[int, bool]:
        """Readings that change, and whether each was looked at."""
        if self._last - self._first < 2 * EDGE:
            return sum(changes for changes, _, _ in self._rows(self._first, self._last)), True
        total = self._reader.count(sorted(self._sensors), self._first, self._last)
        edges = ((self._first, self._first + EDGE - 1), (self._last - EDGE + 1, self._last))
        same = sum(not changes for edge in edges for changes, _, _ in self._rows(*edge))
        return max(total - same, 0), False

    def examples(self) -> Iterator[tuple[int, str]]:
        """Index and sensor of some readings that change, spread over what is concerned."""
        length = self._last - self._first + 1
        found: dict[int, str] = {}
        for place in range(EXAMPLES):
            at = self._first + place * max(length - 1, 0) // max(EXAMPLES - 1, 1)
            start = max(self._first, min(at, self._last - PROBE + 1))
            rows = [(index, sensor) for changes, index, sensor in self._rows(start, start + PROBE - 1) if changes]
            if place == EXAMPLES - 1:
                rows.reverse()
            found.update(rows[:1])
        yield from sorted(found.items())

    def _rows(self, first: int, last: int) -> Iterator[tuple[bool, int, str]]:
        """Whether the reading changes, its index and sensor, of each reading of the sensors concerned."""
        last = min(last, self._last)
        if last < first:
            return
        folds = [self._fold(first, one.releases) for one in self._both]
        for index, data in self._reader.entries(first, last - first + 1):
            found = reading_of(data) if index <= last else None
            if found is None:
                continue
            reading, entry = found
            if not self._sensors or reading.sensor in self._sensors:
                folds = [fold.after(index, entry) for fold in folds]
                before, after = (
                    _read_as(index, reading.sensor, fold.reported, one)
                    for fold, one in zip(folds, self._both, strict=True)
                )
                yield before != after, index, reading.sensor


def _read_as(
    index: int, sensor: str, told: Reported | None, amendments: Amendments
) -> tuple[Reported | None, Change | None]:
    return told, amendments.change(index, sensor, told.time_ns if told and not told.held else None)
