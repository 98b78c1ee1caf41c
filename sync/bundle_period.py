# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Where a period lies in a log, by its query columns. Reads a log's file (`mode=ro`)."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.buffer.schema import connect_reader
from edge_daemon.buffer.trouble import faults
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import rfc3339_from_ns

_EVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Period:
    """From `start_ns` to before `until_ns` (UTC ns of the laptop's clock); None: no bound."""

    start_ns: int | None = None
    until_ns: int | None = None

    def __str__(self) -> str:
        start = "the log's begin" if self.start_ns is None else rfc3339_from_ns(self.start_ns)
        until = "its end" if self.until_ns is None else rfc3339_from_ns(self.until_ns)
        return f"{start} to {until}"


def run_of(buffer: Path, period: Period, size: int) -> tuple[int, int]:
    """The run of entries that shows this period, of the first `size` of a log: those that lie in it, and the one before
    and after.

    Where none lies in it, its neighbours show just that, and what is told after it says why. Raises BadInput for a
    period outside the log, BufferUnavailable.
    """
    if period.start_ns is None and period.until_ns is None:
        return 0, size
    since = -_EVER if period.start_ns is None else period.start_ns
    until = _EVER if period.until_ns is None else period.until_ns
    found = indices_between(buffer, since, until)
    if found and min(found) < size:
        return max(0, min(found) - 1), min(size, max(found) + 2)
    around = None if found or since >= until else _around(buffer, since, until)
    if around is None or around[0] >= size - 1:
        raise BadInput("period", str(period), "no entry of this log under a checkpoint lies in it, or after it")
    return around[0], min(size, around[1] + 1)


def indices_between(buffer: Path, since: int, until: int) -> list[int]:
    """The lowest and highest index that the columns of each series and of events name for the period."""
    with faults(buffer), closing(connect_reader(buffer)) as connection:
        found = _ends(connection, "SELECT min(idx), max(idx) FROM event WHERE t_ns >= ? AND t_ns < ?", (since, until))
        for (series,) in connection.execute("SELECT id FROM series").fetchall():
            question = "SELECT min(idx), max(idx) FROM sample WHERE series = ? AND t_ns >= ? AND t_ns < ?"
            found += _ends(connection, question, (series, since, until))
    return found


def _around(buffer: Path, since: int, until: int) -> tuple[int, int] | None:
    """The last entry before an empty period, and the first reading after it: the gap between is told before that."""
    with faults(buffer), closing(connect_reader(buffer)) as connection:
        sample = "SELECT idx FROM sample WHERE series = ? AND t_ns < ? ORDER BY t_ns DESC LIMIT 1"
        earlier = [*_one(connection, "SELECT max(idx) FROM event WHERE t_ns < ?", (since,))]
        earlier += _of_each_series(connection, sample, (since,))
        if not earlier:
            return None
        before = max(earlier)
        sample = "SELECT idx FROM sample WHERE series = ? AND t_ns >= ? AND idx > ? ORDER BY t_ns LIMIT 1"
        event = "SELECT min(idx) FROM event WHERE t_ns >= ? AND idx > ?"
        later = [*_of_each_series(connection, sample, (until, before))] or [*_one(connection, event, (until, before))]
        return (before, min(later)) if later else None


def _of_each_series(connection: sqlite3.Connection, question: str, values: tuple[int, ...]) -> Iterator[int]:
    for (series,) in connection.execute("SELECT id FROM series").fetchall():
        yield from _one(connection, question, (series, *values))


def _one(connection: sqlite3.Connection, question: str, values: tuple[int, ...]) -> Iterator[int]:
    row = connection.execute(question, values).fetchone()
    if row is not None and row[0] is not None:
        yield row[0]


def _ends(connection: sqlite3.Connection, question: str, values: tuple[int, ...]) -> list[int]:
    return [index for index in connection.execute(question, values).fetchone() if index is not None]
