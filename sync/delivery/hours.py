# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which summaries of a log any destination's delivery came past, by sensor and hour. Reads and writes the books.

A summary speaks of hours that earlier ones speak of too, so that the earlier have to be found again: by these indices,
whose bytes then count. The log's own query columns are never asked.
"""

import sqlite3
from collections.abc import Iterable

from edge_daemon.log.summary_air import INDEX_HOURS
from sync.delivery.books import Books
from sync.delivery.position import HourAt

MOST_AFFECTED = INDEX_HOURS - 1
"""So many hours behind its own a summary can change: their air quality index is made of it, too."""

_LATER = f"""
WITH RECURSIVE told (sensor, hour, idx) AS (
    SELECT sensor, hour, idx FROM hour WHERE origin = :origin AND idx BETWEEN :first AND :last
    UNION
    SELECT later.sensor, later.hour, later.idx FROM told JOIN hour AS later
        ON later.origin = :origin AND later.sensor = told.sensor
        AND later.idx > told.idx AND later.idx < :before
        AND later.hour BETWEEN told.hour - {MOST_AFFECTED} AND told.hour + CASE WHEN EXISTS (
            SELECT 1 FROM hour AS known WHERE known.origin = :origin AND known.sensor = told.sensor
                AND known.hour BETWEEN told.hour + 1 AND told.hour + {MOST_AFFECTED} AND known.idx < told.idx
        ) THEN {MOST_AFFECTED} ELSE 0 END
)
SELECT DISTINCT idx FROM told WHERE idx > :last ORDER BY idx
"""
"""A summary speaks of its own hour, and of those behind it that were known before it; each that speaks of one of them
later has the last word, and brings those behind its own hour with it."""


class HourBook:
    """The summaries of one log. Raises DamagedLog or BufferUnavailable."""

    def __init__(self, books: Books, origin: str) -> None:
        self._books = books
        self._origin = origin

    def known(self, sensor: str, first: int, last: int, before: int) -> dict[int, int]:
        """The newest summary below index `before` of each hour from `first` to `last` (numbers since 1970)."""
        with self._books.asking() as connection:
            rows = connection.execute(
                "SELECT hour, max(idx) FROM hour WHERE origin = ? AND sensor = ? AND hour BETWEEN ? AND ? AND idx < ? "
                "GROUP BY hour",
                (self._origin, sensor, first, last, before),
            ).fetchall()
        return dict(rows)

    def later(self, first: int, last: int, before: int) -> list[int]:
        """Summaries behind index `last` and below `before` that speak of what those from `first` to `last` say, too."""
        with self._books.asking() as connection:
            rows = connection.execute(_LATER, {"origin": self._origin, "first": first, "last": last, "before": before})
            return [index for (index,) in rows.fetchall()]


def note_hours(connection: sqlite3.Connection, origin: str, hours: Iterable[HourAt]) -> None:
    """Delivery came past these."""
    connection.executemany(
        "INSERT OR IGNORE INTO hour (origin, sensor, hour, idx) VALUES (?, ?, ?, ?)",
        [(origin, *told) for told in hours],
    )
