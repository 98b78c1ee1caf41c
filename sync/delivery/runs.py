# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The history of runs: when each destination was synced, how much went out, how it ended. Changes the books."""

from dataclasses import dataclass

from sync.delivery.books import Books

KEPT = 500
"""Runs kept of each destination."""

UNFINISHED = "unfinished"
_RECENT = 10


@dataclass(frozen=True, slots=True)
class Run:
    """One destination in one sync. Times are UTC ns of the laptop's clock; `end_ns` None: running, or it was killed.

    `ending` is one of done, cancelled, stopped, gave_up, failed, unfinished; `words` the last trouble, in words.
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


@dataclass(frozen=True, slots=True)
class Rate:
    """What earlier runs say of a destination: bytes a reading, and readings a second."""

    bytes_a_reading: float
    readings_a_second: float


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


def note(books: Books, number: int, delivered: int, sent_bytes: int, words: str) -> None:
    """Note how far the run is."""
    with books.changing() as connection:
        connection.execute(
            "UPDATE run SET moved_ns = ?, delivered = ?, sent_bytes = ?, words = ? WHERE id = ?",
            (books.now_ns(), delivered, sent_bytes, words, number),
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
            "SELECT id, destination, start_ns, end_ns, moved_ns, delivered, sent_bytes, ending, words FROM run "
            "WHERE ? = '' OR destination = ? ORDER BY id DESC LIMIT ?",
            (destination, destination, limit),
        ).fetchall()
    return [Run(*row) for row in rows]


def killed(books: Books, destination: str) -> Run | None:
    """The destination's last run, if it did not come to an end of its own."""
    last = next(iter(newest(books, destination, 1)), None)
    return last if last is not None and last.end_ns is None else None


def rate(books: Books, destination: str) -> Rate | None:
    """How fast and how large the last runs were; None where nothing is known yet."""
    runs = [run for run in newest(books, destination, _RECENT) if run.delivered and run.moved_ns > run.start_ns]
    delivered = sum(run.delivered for run in runs)
    if not delivered:
        return None
    seconds = sum(run.moved_ns - run.start_ns for run in runs) / 1e9
    return Rate(sum(run.sent_bytes for run in runs) / delivered, delivered / seconds)
