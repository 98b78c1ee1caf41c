# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The history of runs: when each destination was synced, how much went out, how it ended. Changes the books."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from edge_daemon.domain.time import NS_PER_S
from sync.delivery.books import Books

KEPT = 500
"""Runs kept of each destination."""

UNFINISHED = "unfinished"
_RECENT, _LONG_S, _REACH = 10, 10.0, 5.0

_DIFFERENT, _LEAST_S = 2, 1e-6
"""The largest of runs that are of different sizes has twice as many readings as the smallest. Readings that take no
time at all are no pace: the differences between such runs have other causes."""


@dataclass(frozen=True, slots=True)
class Run:
    """One destination in one sync. Times are UTC ns of the laptop's clock; `end_ns` None: running, or it was killed.

    `ending` is one of done, cancelled, stopped, gave_up, put_off, failed, unfinished; `words` the last trouble, in
    words. `sending_s` is how long readings went out, with short pauses, without checks and long waits.
    """

    id: int
    destination: str
    start_ns: int
    end_ns: int | None
    moved_ns: int
    delivered: int
    sent_bytes: int
    ending: str
    words: str
    sending_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Rate:
    """What earlier runs say of a destination: bytes a reading, seconds a run whatever its size, and readings a second.

    What is known from short runs alone says nothing of more than `most` readings.
    """

    bytes_a_reading: float
    readings_a_second: float
    most: float = math.inf
    fixed_s: float = 0.0

    def seconds(self, readings: int) -> float | None:
        """How long so many readings will take; None where the earlier runs say too little."""
        if not readings:
            return 0.0
        return None if readings > self.most else self.fixed_s + readings / self.readings_a_second


def begin(books: Books, destination: str) -> int:
    """Note that a run begins; returns its number."""
    now = books.now_ns()
    with books.changing() as connection:
        connection.execute(
            "DELETE FROM run WHERE destination = ? AND id <= (SELECT id FROM run WHERE destination = ? "
            "ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (destination, destination, KEPT),
        )
        number = connection.execute(
            "INSERT INTO run (destination, start_ns, moved_ns, delivered, sent_bytes, ending, words) "
            "VALUES (?, ?, ?, 0, 0, ?, '')",
            (destination, now, now, UNFINISHED),
        ).lastrowid
    return int(number or 0)


def note(books: Books, number: int, delivered: int, sent_bytes: int, words: str, sending_s: float = 0.0) -> None:
    """Note how far the run is, after so many seconds of sending."""
    with books.changing() as connection:
        connection.execute(
            "UPDATE run SET moved_ns = ?, delivered = ?, sent_bytes = ?, words = ?, sending_s = ? WHERE id = ?",
            (books.now_ns(), delivered, sent_bytes, words, sending_s, number),
        )


def end(books: Books, number: int, ending: str, words: str, after_s: float = 0.0) -> None:
    """Note how the run ended, and for how many seconds from now on the destination asked to be left alone."""
    now_ns = books.now_ns()
    with books.changing() as connection:
        connection.execute(
            "UPDATE run SET end_ns = ?, ending = ?, words = ?, rest_until_ns = ? WHERE id = ?",
            (now_ns, ending, words, now_ns + round(after_s * NS_PER_S) if after_s else 0, number),
        )


def rest_s(books: Books, destination: str) -> float:
    """For how many seconds from now on the destination asked to be left alone when it was last synced; 0: it did not.

    Nor does it where the laptop's clock was set back since: nobody knows how long ago that was.
    """
    with books.asking() as connection:
        row = connection.execute(
            "SELECT end_ns, rest_until_ns FROM run WHERE destination = ? ORDER BY id DESC LIMIT 1", (destination,)
        ).fetchone()
    now_ns = books.now_ns()
    if row is None or row[0] is None or now_ns < row[0]:
        return 0.0
    return max(float(row[1] - now_ns) / NS_PER_S, 0.0)


def newest(books: Books, destination: str = "", limit: int = 20) -> list[Run]:
    """The last runs, newest first, of one destination if named."""
    with books.asking() as connection:
        rows = connection.execute(
            "SELECT id, destination, start_ns, end_ns, moved_ns, delivered, sent_bytes, ending, words, sending_s "
            "FROM run "
            "WHERE ? = '' OR destination = ? ORDER BY id DESC LIMIT ?",
            (destination, destination, limit),
        ).fetchall()
    return [Run(*row) for row in rows]


def rate(books: Books, destination: str) -> Rate | None:
    """How fast and how large the last runs were; None where nothing is known yet."""
    return rate_of(newest(books, destination, _RECENT))


def rate_of(runs: Sequence[Run]) -> Rate | None:
    """What these runs say.

    Where they are of different sizes: the line through them. Otherwise, and where no line fits, short runs say little
    of how fast, since beginning took longest in them: they count only where there is no long one, and then the longest
    of them does.
    """
    runs = [run for run in runs if run.delivered and run.sending_s > 0]
    if not runs:
        return None
    longest = max(runs, key=lambda run: run.sending_s)
    paced = [run for run in runs if run.sending_s >= _LONG_S] or [longest]
    most = math.inf if longest.sending_s >= _LONG_S else longest.delivered * _REACH
    bytes_a_reading = sum(run.sent_bytes for run in paced) / sum(run.delivered for run in paced)
    line = _line(runs)
    if line is not None:
        return Rate(bytes_a_reading, 1 / line[1], most, line[0])
    pace = sum(run.delivered for run in paced) / sum(run.sending_s for run in paced)
    return Rate(bytes_a_reading, pace, most)


def _line(runs: Sequence[Run]) -> tuple[float, float] | None:
    """Seconds a run and seconds a reading, by least squares; None where the runs show no such thing."""
    sizes = [run.delivered for run in runs]
    if max(sizes) < _DIFFERENT * min(sizes):
        return None
    a_reading, a_run = statistics.linear_regression(sizes, [run.sending_s for run in runs])
    return (a_run, a_reading) if a_run >= 0 and a_reading * min(sizes) > _LEAST_S else None
