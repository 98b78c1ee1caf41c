# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Readings and summaries that were set aside: shown, tried again, exported. Reads and writes the books."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sync.delivery.books import Books
from sync.delivery.doubt import forget_mark
from sync.delivery.places import PRESENT

_MOST_JOINED = 1_000


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
    books: Books, destination: str = "", *, limit: int = 1_000, after: tuple[str, str, int, bool] = ("", "", -1, False)
) -> list[SetAside]:
    """At most `limit` of them, of one destination if named, in order, behind the key (destination, origin, index,
    counted)."""
    with books.asking() as connection:
        rows = connection.execute(
            "SELECT destination, origin, idx, counted, damaged, words, tries, at_ns, summary FROM aside "
            f"WHERE {PRESENT} AND (? = '' OR destination = ?) "
            "AND (destination, origin, idx, counted) > (?, ?, ?, ?) "
            "ORDER BY destination, origin, idx, counted LIMIT ?",
            (destination, destination, *after, limit),
        ).fetchall()
    return [
        SetAside(place, origin, index, bool(counted), bool(damaged), words, tries, at_ns, bool(summary))
        for place, origin, index, counted, damaged, words, tries, at_ns, summary in rows
    ]


@dataclass(frozen=True, slots=True)
class Trace:
    """What setting aside leaves behind it: how many tries were in vain, and when the last was (UTC ns)."""

    tries: int
    newest_ns: int

    def shows_more_than(self, before: "Trace") -> bool:
        """Whether anything was set aside since."""
        return self.tries > before.tries or self.newest_ns > before.newest_ns


def trace(books: Books) -> Trace:
    """That of everything that is set aside now."""
    with books.asking() as connection:
        sql = f"SELECT coalesce(sum(tries), 0), coalesce(max(at_ns), 0) FROM aside WHERE {PRESENT}"
        tries, newest_ns = connection.execute(sql).fetchone()
    return Trace(int(tries), int(newest_ns))


def retry(books: Books, destination: str = "") -> int:
    """Let the next sync try them again, those of one destination if named; returns how many.

    A reading whose correction was refused goes out once more with all that corrects it, as what is in doubt does.
    """
    chosen = f"{PRESENT} AND (? = '' OR destination = ?)"
    with books.changing() as connection:
        rows = connection.execute(
            "SELECT destination, origin, counted, summary, tries, idx FROM aside "
            f"WHERE {chosen} ORDER BY destination, origin, counted, summary, tries, idx",
            (destination, destination),
        ).fetchall()
        connection.execute(f"DELETE FROM aside WHERE {chosen}", (destination, destination))
        for (place, origin, counted, summary, tries), first, last in _stretches(rows):
            if counted or summary:
                connection.execute(
                    "INSERT INTO held (destination, origin, first, last, count, times, why, checked, tries) "
                    "VALUES (?, ?, ?, ?, ?, NULL, 'retry', -1, ?)",
                    (place, origin, first, last, last - first + 1 if counted else 0, tries),
                )
            else:
                connection.execute(
                    "INSERT INTO debt (destination, origin, first, last) VALUES (?, ?, ?, ?)",
                    (place, origin, first, last),
                )
                forget_mark(connection, (place, origin))
    return len(rows)


_Kind = tuple[str, str, int, int, int]


def _stretches(rows: Sequence[tuple[str, str, int, int, int, int]]) -> Iterator[tuple[_Kind, int, int]]:
    """What adjoins and is alike, from its first index to its last, as long as a late delivery; a summary by itself."""
    begun: tuple[_Kind, int, int] | None = None
    for place, origin, counted, summary, tries, index in rows:
        kind = (place, origin, counted, summary, tries)
        if begun is not None:
            before, first, last = begun
            if kind == before and index == last + 1 and index - first < _MOST_JOINED and not summary:
                begun = (kind, first, index)
                continue
            yield begun
        begun = (kind, index, index)
    if begun is not None:
        yield begun
