# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Readings and summaries that were set aside: shown, tried again, exported. Reads and writes the books."""

from dataclasses import dataclass

from sync.delivery.books import Books
from sync.delivery.places import PRESENT


@dataclass(frozen=True, slots=True)
class SetAside:
    """One reading of a log that a destination has not, in whose words, when (UTC ns), after how many tries.

    Not `counted`: the destination has the reading and refused only its correction, or it is an hourly `summary`, which
    is in no account of readings. `damaged`: it was never sent,
    because its bytes here are not those that were recorded.
    """

    destination: str
    origin: str
    index: int
    counted: bool
    damaged: bool
    words: str
    tries: int
    at_ns: int
    summary: bool = False


def asides(
    books: Books, destination: str = "", *, limit: int = 1_000, after: tuple[str, str, int] = ("", "", -1)
) -> list[SetAside]:
    """At most `limit` of them, of one destination if named, in order, behind the key (destination, origin, index)."""
    with books.asking() as connection:
        rows = connection.execute(
            "SELECT destination, origin, idx, counted, damaged, words, tries, at_ns, summary FROM aside "
            f"WHERE {PRESENT} AND (? = '' OR destination = ?) AND (destination, origin, idx) > (?, ?, ?) "
            "ORDER BY destination, origin, idx LIMIT ?",
            (destination, destination, *after, limit),
        ).fetchall()
    return [
        SetAside(place, origin, index, bool(counted), bool(damaged), words, tries, at_ns, bool(summary))
        for place, origin, index, counted, damaged, words, tries, at_ns, summary in rows
    ]


def retry(books: Books, destination: str = "") -> int:
    """Let the next sync try them again, those of one destination if named; returns how many.

    A correction that was refused is tried again by itself when the reading is corrected once more.
    """
    chosen = f"{PRESENT} AND (? = '' OR destination = ?) AND (counted = 1 OR summary = 1)"
    with books.changing() as connection:
        changed = connection.execute(
            "INSERT INTO held (destination, origin, first, last, count, times, why, checked, tries) "
            f"SELECT destination, origin, idx, idx, counted, NULL, 'retry', -1, tries FROM aside WHERE {chosen}",
            (destination, destination),
        ).rowcount
        connection.execute(f"DELETE FROM aside WHERE {chosen}", (destination, destination))
    return int(changed)
