# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One destination's account of one log: its cursor, what it held up, refused, got late. Reads and writes the books."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sync.delivery.books import Books, times_of, times_text
from sync.delivery.doubt import Doubts
from sync.delivery.hours import HourBook, note_hours
from sync.delivery.position import NO_TIMES, Advance, Aside, Cursor, Held, Range, Times

WAYPOINTS_KEPT = 5_000
_MOST_JOINED = 1_000
"""Late deliveries that adjoin are one, up to so many readings."""

_HERE = "destination = ? AND origin = ?"
_NOT_THERE = "(counted = 1 OR summary = 1)"


@dataclass(frozen=True, slots=True)
class Sums:
    """What the account holds, in readings. `delivered` went out in order or late; `retry` is to be tried again.

    Everything from index `next` on was not looked at yet.
    """

    next: int
    delivered: int
    held: int
    retry: int
    aside: int


@dataclass(frozen=True, slots=True)
class Debt:
    """Readings from index `first` to `last` that are to be sent once more, because the far end may have lost them."""

    id: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What is passed over in log order: ranges held or delivered late (both ends included), and what was set aside."""

    ranges: tuple[tuple[int, int], ...]
    asides: frozenset[int]

    def out_of_order(self, index: int) -> bool:
        """Whether it is held, or was and has been delivered since."""
        return any(first <= index <= last for first, last in self.ranges)


NOTHING = Settled((), frozenset())


class Account:
    """Every method is one question or one transaction. Raises DiskFull, DamagedLog or BufferUnavailable."""

    def __init__(self, books: Books, destination: str, origin: str) -> None:
        self.destination = destination
        self.origin = origin
        self._books = books
        self._key = (destination, origin)
        self.hours = HourBook(books, origin)
        self.doubts = Doubts(books, destination, origin)

    def cursor(self) -> Cursor:
        """Where the destination stands; at the beginning when it never got anything of this log."""
        with self._books.asking() as connection:
            row = connection.execute(f"SELECT next, times, delivered FROM cursor WHERE {_HERE}", self._key).fetchone()
        return Cursor() if row is None else Cursor(row[0], times_of(row[1]), row[2])

    def sums(self) -> Sums:
        """Cursor, delivered, held and set aside, of one moment, each from its own table."""
        sql = (
            f"SELECT coalesce((SELECT next FROM cursor WHERE {_HERE}), 0), "
            f"coalesce((SELECT delivered FROM cursor WHERE {_HERE}), 0), "
            f"coalesce((SELECT sum(count) FROM late WHERE {_HERE}), 0), "
            f"coalesce((SELECT sum(count) FROM held WHERE {_HERE} AND why = 'time'), 0), "
            f"coalesce((SELECT sum(count) FROM held WHERE {_HERE} AND why = 'retry'), 0), "
            f"(SELECT count(*) FROM aside WHERE {_HERE} AND counted = 1)"
        )
        with self._books.asking() as connection:
            following, delivered, late, held, retry, aside = connection.execute(sql, self._key * 6).fetchone()
        return Sums(following, delivered + late, held, retry, aside)

    def held(self) -> list[Held]:
        """What the cursor passed over and waits, by index."""
        with self._books.asking() as connection:
            rows = connection.execute(
                f"SELECT id, first, last, count, times, why, checked, tries FROM held WHERE {_HERE} ORDER BY first",
                self._key,
            ).fetchall()
        return [Held(row[0], Range(*row[1:4]), None if row[4] is None else times_of(row[4]), *row[5:]) for row in rows]

    def settled(self, first: int, end: int) -> Settled:
        """What does not go out in log order from `first` to before `end`."""
        place = (*self._key, first, end)
        with self._books.asking() as connection:
            ranges: list[tuple[int, int]] = []
            for table in ("held", "late"):
                ranges += connection.execute(
                    f"SELECT first, last FROM {table} WHERE {_HERE} AND last >= ? AND first < ?", place
                )
            asides = connection.execute(
                f"SELECT idx FROM aside WHERE {_HERE} AND {_NOT_THERE} AND idx >= ? AND idx < ?", place
            ).fetchall()
        return Settled(tuple(ranges), frozenset(index for (index,) in asides))

    def missing(self, first: int, end: int) -> list[tuple[int, int]]:
        """Ranges (both ends included) of readings from `first` to before `end` that the destination has not got."""
        place = (*self._key, first, end)
        with self._books.asking() as connection:
            ranges: list[tuple[int, int]] = connection.execute(
                f"SELECT first, last FROM held WHERE {_HERE} AND last >= ? AND first < ?", place
            ).fetchall()
            asides = connection.execute(
                f"SELECT idx, idx FROM aside WHERE {_HERE} AND {_NOT_THERE} AND idx >= ? AND idx < ?", place
            ).fetchall()
        return [*ranges, *asides]

    def landmarks(self) -> list[int]:
        """Indices of the landmarks that any destination's delivery of this log came past."""
        with self._books.asking() as connection:
            rows = connection.execute("SELECT idx FROM landmark WHERE origin = ?", (self.origin,))
            return [index for (index,) in rows]

    def waypoint(self, at_most: int) -> tuple[int, Times]:
        """The last waypoint up to this index, and the times before it; the log's beginning where there is none."""
        with self._books.asking() as connection:
            row = connection.execute(
                f"SELECT idx, times FROM waypoint WHERE {_HERE} AND idx <= ? ORDER BY idx DESC LIMIT 1",
                (*self._key, at_most),
            ).fetchone()
        return (0, NO_TIMES) if row is None else (row[0], times_of(row[1]))

    def next_waypoint(self, after: int) -> int | None:
        """The first waypoint beyond this index: where the packets that were sent before did not reach across."""
        with self._books.asking() as connection:
            (found,) = connection.execute(
                f"SELECT min(idx) FROM waypoint WHERE {_HERE} AND idx > ?", (*self._key, after)
            ).fetchone()
        return None if found is None else int(found)

    def advance(self, steps: Sequence[Advance]) -> None:
        """Move the cursor by these steps."""
        if not steps:
            return
        with self._books.changing() as connection:
            self._ensure_cursor(connection)
            for step in steps:
                self._write(connection, step)
                if step.waypoint:
                    connection.execute(
                        "INSERT OR REPLACE INTO waypoint (destination, origin, idx, times, at_ns) "
                        "VALUES (?, ?, ?, ?, ?)",
                        (*self._key, step.upto, times_text(step.times), self._books.now_ns()),
                    )
            delivered = sum(step.delivered for step in steps)
            connection.execute(
                f"UPDATE cursor SET next = ?, times = ?, delivered = delivered + ?, moved_ns = ? WHERE {_HERE}",
                (steps[-1].upto, times_text(steps[-1].times), delivered, self._books.now_ns(), *self._key),
            )

    def advance_held(self, held: Held, steps: Sequence[Advance]) -> Held | None:
        """Settle a part of `held` by these steps; returns what is left of it, None when nothing is.

        What stays held is written as ranges of its own, asked for again when a new entry tells of clocks.
        """
        if not steps:
            return held
        rest = held
        with self._books.changing() as connection:
            for step in steps:
                rest = self._settle_held(connection, rest, step, summary=not held.range.count)
            if rest.range.first > rest.range.last or (held.range.count and not rest.range.count):
                connection.execute("DELETE FROM held WHERE id = ?", (held.id,))
                return None
            connection.execute(
                "UPDATE held SET first = ?, count = ?, times = ? WHERE id = ?",
                (rest.range.first, rest.range.count, times_text(rest.times or {}), held.id),
            )
        return rest

    def debts(self) -> list[Debt]:
        """What is to be sent again, by index."""
        with self._books.asking() as connection:
            rows = connection.execute(
                f"SELECT id, first, last FROM debt WHERE {_HERE} ORDER BY first", self._key
            ).fetchall()
        return [Debt(*row) for row in rows]

    def pay(self, debt: Debt, upto: int, corrected: Iterable[int] = ()) -> None:
        """The debt was sent again to before index `upto`, and of the readings `corrected` what corrects them."""
        with self._books.changing() as connection:
            self._let_go(connection, corrected)
            if upto > debt.last:
                connection.execute("DELETE FROM debt WHERE id = ?", (debt.id,))
            else:
                connection.execute("UPDATE debt SET first = ? WHERE id = ?", (upto, debt.id))

    def put_aside(self, told: Aside) -> None:
        """Note what was refused without moving on."""
        with self._books.changing() as connection:
            self._put_aside(connection, [told])

    def lost(self, told: Aside) -> None:
        """What went out in order was to go out again, and the far end, which may have lost it, takes it no more.

        What is held or went out late is accounted for there.
        """
        place = (*self._key, told.index, told.index)
        with self._books.changing() as connection:
            for table in ("held", "late"):
                there = f"SELECT 1 FROM {table} WHERE {_HERE} AND first <= ? AND last >= ?"
                if connection.execute(there, place).fetchone() is not None:
                    return
            known = f"SELECT 1 FROM aside WHERE {_HERE} AND idx = ? AND counted = 1"
            if told.counted and connection.execute(known, place[:3]).fetchone() is None:
                connection.execute(f"UPDATE cursor SET delivered = delivered - 1 WHERE {_HERE}", self._key)
            self._put_aside(connection, [told])

    def prune(self) -> None:
        """Forget waypoints that nobody will go back to."""
        with self._books.changing() as connection:
            connection.execute(
                f"DELETE FROM waypoint WHERE {_HERE} AND idx < (SELECT idx FROM waypoint WHERE {_HERE} "
                "ORDER BY idx DESC LIMIT 1 OFFSET ?)",
                (*self._key, *self._key, WAYPOINTS_KEPT),
            )

    def _ensure_cursor(self, connection: sqlite3.Connection) -> None:
        connection.execute(
            "INSERT OR IGNORE INTO cursor (destination, origin, next, times, delivered, moved_ns) "
            "VALUES (?, ?, 0, '{}', 0, 0)",
            self._key,
        )

    def _write(self, connection: sqlite3.Connection, step: Advance) -> None:
        for held, times in step.held:
            self._hold(connection, held, times, "time", step.clock_news, 0)
        self._put_aside(connection, step.aside)
        self._let_go(connection, step.corrected)
        connection.executemany(
            "INSERT OR IGNORE INTO landmark (origin, idx) VALUES (?, ?)",
            [(self.origin, index) for index in step.landmarks],
        )
        note_hours(connection, self.origin, step.hours)

    def _settle_held(self, connection: sqlite3.Connection, rest: Held, step: Advance, *, summary: bool) -> Held:
        begun, left = rest.range.first, rest.range.count
        again = sum(held.count for held, _ in step.held)
        aside = sum(1 for told in step.aside if told.counted)
        self._write(connection, step)
        if step.delivered:
            self._got_late(connection, Range(begun, step.upto - 1, step.delivered))
        elif summary and step.upto > begun and not self._is_aside(connection, begun):
            self._got_late(connection, Range(begun, begun, 0))
        settled = Range(step.upto, rest.range.last, left - step.delivered - again - aside)
        return Held(rest.id, settled, step.times, rest.why, rest.checked, rest.tries)

    def _is_aside(self, connection: sqlite3.Connection, index: int) -> bool:
        found = connection.execute(f"SELECT 1 FROM aside WHERE {_HERE} AND idx = ?", (*self._key, index))
        return found.fetchone() is not None

    def _got_late(self, connection: sqlite3.Connection, got: Range) -> None:
        joined = connection.execute(
            f"SELECT id, first, count FROM late WHERE {_HERE} AND last = ? AND count BETWEEN 1 AND ?",
            (*self._key, got.first - 1, _MOST_JOINED if got.count else 0),
        ).fetchone()
        if joined is not None:
            # Under a new number: those that were seen to have arrived do not grow.
            connection.execute("DELETE FROM late WHERE id = ?", joined[:1])
            got = Range(joined[1], got.last, joined[2] + got.count)
        connection.execute(
            "INSERT INTO late (destination, origin, first, last, count, at_ns) VALUES (?, ?, ?, ?, ?, ?)",
            (*self._key, got.first, got.last, got.count, self._books.now_ns()),
        )

    def _hold(
        self,
        connection: sqlite3.Connection,
        held: Range,
        times: Times | None,
        why: str,
        checked: int,
        tries: int,
    ) -> None:
        connection.execute(
            "INSERT INTO held (destination, origin, first, last, count, times, why, checked, tries) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *self._key,
                held.first,
                held.last,
                held.count,
                None if times is None else times_text(times),
                why,
                checked,
                tries,
            ),
        )

    def _let_go(self, connection: sqlite3.Connection, corrected: Iterable[int]) -> None:
        """Corrections that were refused before a newer one, which holds them too, was taken."""
        connection.executemany(
            f"DELETE FROM aside WHERE {_HERE} AND idx = ? AND counted = 0 AND summary = 0 AND damaged = 0",
            [(*self._key, index) for index in corrected],
        )

    def _put_aside(self, connection: sqlite3.Connection, asides: Iterable[Aside]) -> None:
        connection.executemany(
            "INSERT INTO aside (destination, origin, idx, counted, damaged, words, tries, at_ns, summary) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (destination, origin, idx, counted) DO UPDATE SET "
            "words = excluded.words, tries = tries + 1, at_ns = excluded.at_ns",
            [
                (
                    *self._key,
                    *(told.index, told.counted, told.damaged, told.words, told.tries),
                    self._books.now_ns(),
                    told.summary,
                )
                for told in asides
            ],
        )
