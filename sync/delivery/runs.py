# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The history of runs: when each destination was synced, how much went out, how it ended. Changes the books."""

import math
from dataclasses import dataclass

from sync.delivery.books import Books

KEPT = 500
"""Runs kept of each destination."""

UNFINISHED = "unfinished"
_RECENT, _LONG_S, _REACH = 10, 10.0, 5.0


@dataclass(frozen=True, slots=True)
class Run:
    """One destination in one sync. Times are UTC ns of the laptop's clock; `end_ns` None: running, or it was killed.

    `ending` is one of done, cancelled, stopped, gave_up, put_off, failed, unfinished; `words` the last trouble, in
    words. `sending_s` is how long readings went out, without checks and waits.
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
    """What earlier runs say of a destination: bytes a reading, and readings a second.

    What is known from short runs alone, in which beginning took longest, says nothing of more than `most` readings.
    """

    bytes_a_reading: float
    readings_a_second: float
    most: float = math.inf


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


def end(books: Books, number: int, ending: str, words: str) -> None:
    """Note how the run ended."""
    with books.changing() as connection:
        connection.execute(
            "UPDATE run SET end_ns = ?, ending = ?, words = ? WHERE id = ?", (books.now_ns(), ending, words, number)
        )


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
    """How fast and how large the last runs were; None where nothing is known yet.

    Short runs say little of how fast: they count only where there is no long one, and then the longest of them does.
    """
    runs = [run for run in newest(books, destination, _RECENT) if run.delivered and run.sending_s > 0]
    if not runs:
        return None
    longest = max(runs, key=lambda run: run.sending_s)
    paced = [run for run in runs if run.sending_s >= _LONG_S] or [longest]
    most = math.inf if longest.sending_s >= _LONG_S else longest.delivered * _REACH
    return Rate(
        sum(run.sent_bytes for run in paced) / sum(run.delivered for run in paced),
        sum(run.delivered for run in paced) / sum(run.sending_s for run in paced),
        most,
    )
