# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What of the acknowledged a far end may have lost: stored, and cleared by proof alone. Reads and writes the books.

A far end loses what it acknowledged when its process dies, not when a link breaks. So it is asked for its witness at
the beginning of each sync, after each break and every minute between (`sync.sinks.sink.Witness`). Everything is in
doubt until the same witness was seen long enough after it was acknowledged; another witness, or an older mark, and what
is in doubt becomes a debt that is sent again, and stays in doubt. A far end that does not say who it is may have died
with every break, and before every sync: what it took counts as kept once it was sent twice, which two deaths in a row
defeat; or, where it is `watched`, only once the connections to it have held for long enough, however often it is sent.
"""

import sqlite3
from dataclasses import dataclass, replace

from sync.delivery.books import Books
from sync.delivery.moment import Moment
from sync.sinks.sink import Mark, Witness

_HERE = "destination = ? AND origin = ?"
_FORGOTTEN = "~"
"""Before the name of a far end whose marks, if it keeps any, were left before something went out again."""

_COLUMNS = "witness, safe, late, coming, coming_late, boot, since_ns"


@dataclass(frozen=True, slots=True)
class Doubt:
    """What lies before `safe` is beyond doubt. What lies before `coming` had been acknowledged by `since`."""

    witness: str
    safe: Mark
    coming: Mark
    since: Moment


class Doubts:
    """The doubts about one destination's log. Every method is one transaction. Raises as `Books` does."""

    def __init__(self, books: Books, destination: str, origin: str) -> None:
        self._books = books
        self._key = (destination, origin)

    def witness(self) -> str:
        """The name that the far end had when it was last seen; empty if it had none, never was, or needs a new one."""
        with self._books.asking() as connection:
            name = self._read(connection).witness
        return "" if name.startswith(_FORGOTTEN) else name

    def pending(self) -> bool:
        """Whether anything that was acknowledged is in doubt."""
        with self._books.asking() as connection:
            safe, acknowledged = self._read(connection).safe, self._acknowledged(connection)
        return safe.acked < acknowledged.acked or safe.late < acknowledged.late

    def acknowledged(self) -> Mark:
        """Everything before this has been acknowledged, and is not to be sent again."""
        with self._books.asking() as connection:
            return self._acknowledged(connection)

    def seen(self, told: Witness, *, broke: bool) -> bool:
        """The far end showed this; `broke`: after a break, or before a sync. Returns whether it may have lost anything.

        That goes out again.
        """
        now = self._books.moment()
        with self._books.changing() as connection:
            before = self._read(connection)
            known = before.witness.removeprefix(_FORGOTTEN) if told.leave is None else before.witness
            same = told.name == known and bool(told.name or not broke)
            there = self._there(connection, before, told, same=same)
            owed = self._owe(connection, there)
            safe, coming = _least(before.safe, there), _least(before.coming, there)
            aged = now.seconds_since(before.since)
            if same and aged is not None and aged >= told.age_s:
                safe = _most(safe, coming)
            if not same or owed or aged is None or aged >= told.age_s:
                coming, since = self._acknowledged(connection), now
            else:
                since = before.since
            self._write(connection, Doubt(told.name, safe, coming, since))
        return owed

    def renewed(self) -> None:
        """All that was acknowledged by now has to be seen kept from now on."""
        now = self._books.moment()
        with self._books.changing() as connection:
            told = self._read(connection)
            self._write(connection, replace(told, coming=self._acknowledged(connection), since=now))

    def vouched(self, began: Mark) -> None:
        """Somebody vouches for all that moved the account on from there; what was in doubt before stays so."""
        with self._books.changing() as connection:
            told, now = self._read(connection), self._acknowledged(connection)
            safe = Mark(
                now.acked if told.safe.acked >= began.acked else told.safe.acked,
                now.late if told.safe.late >= began.late else told.safe.late,
            )
            self._write(connection, replace(told, safe=safe, coming=_most(told.coming, safe)))

    def ended(self, began: Mark) -> None:
        """A sync that began there has sent everything. A far end that does not say who it is was sent twice what came
        before: that is enough."""
        with self._books.changing() as connection:
            told, passed = self._read(connection), self._acknowledged(connection)
            if told.witness:
                return
            # What is delivered late a second time has a new number.
            safe = Mark(began.acked, passed.late if told.safe.late < began.late else began.late)
            safe = _most(told.safe, _least(safe, passed))
            self._write(connection, replace(told, safe=safe, coming=_most(told.coming, safe)))

    def _there(self, connection: sqlite3.Connection, before: Doubt, told: Witness, *, same: bool) -> Mark:
        """What the far end certainly has, as far as this witness goes."""
        if not same:
            return before.safe
        return self._passed(connection) if told.has is None else told.has

    def _passed(self, connection: sqlite3.Connection) -> Mark:
        (following, late) = connection.execute(
            f"SELECT coalesce((SELECT next FROM cursor WHERE {_HERE}), 0), "
            f"coalesce((SELECT max(id) FROM late WHERE {_HERE}), 0)",
            self._key * 2,
        ).fetchone()
        return Mark(following, late)

    def _acknowledged(self, connection: sqlite3.Connection) -> Mark:
        passed = self._passed(connection)
        (owed,) = connection.execute(f"SELECT min(first) FROM debt WHERE {_HERE}", self._key).fetchone()
        return passed if owed is None else Mark(min(passed.acked, owed), passed.late)

    def _owe(self, connection: sqlite3.Connection, there: Mark) -> bool:
        late = self._owe_late(connection, there.late)
        end = self._passed(connection).acked
        if there.acked >= end:
            return late
        begin = there.acked
        touching, place = f"{_HERE} AND last >= ? AND first <= ?", (*self._key, begin - 1, end)
        first, last = connection.execute(
            f"SELECT min(?, coalesce(min(first), ?)), max(?, coalesce(max(last), -1)) FROM debt WHERE {touching}",
            (begin, begin, end - 1, *place),
        ).fetchone()
        connection.execute(f"DELETE FROM debt WHERE {touching}", place)
        connection.execute(
            "INSERT INTO debt (destination, origin, first, last) VALUES (?, ?, ?, ?)", (*self._key, first, last)
        )
        return True

    def _owe_late(self, connection: sqlite3.Connection, there: int) -> bool:
        """What was delivered late waits once more."""
        values = (*self._key, there)
        moved = connection.execute(
            "INSERT INTO held (destination, origin, first, last, count, times, why, checked, tries) "
            f"SELECT destination, origin, first, last, count, NULL, 'retry', -1, 0 FROM late WHERE {_HERE} AND id > ?",
            values,
        ).rowcount
        connection.execute(f"DELETE FROM late WHERE {_HERE} AND id > ?", values)
        return moved > 0

    def _read(self, connection: sqlite3.Connection) -> Doubt:
        row = connection.execute(f"SELECT {_COLUMNS} FROM doubt WHERE {_HERE}", self._key).fetchone()
        if row is None:
            return Doubt("", Mark(0, 0), Mark(0, 0), Moment("", 0))
        witness, safe, late, coming, coming_late, boot, since_ns = row
        return Doubt(witness, Mark(safe, late), Mark(coming, coming_late), Moment(boot, since_ns))

    def _write(self, connection: sqlite3.Connection, told: Doubt) -> None:
        connection.execute(
            f"INSERT OR REPLACE INTO doubt (destination, origin, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *self._key,
                told.witness,
                *(told.safe.acked, told.safe.late, told.coming.acked, told.coming.late),
                *(told.since.boot, told.since.ns),
            ),
        )


def forget_mark(connection: sqlite3.Connection, account: tuple[str, str]) -> None:
    """What is to go out again for this destination and log is not vouched for by a mark that was left before."""
    connection.execute(
        f"UPDATE doubt SET witness = ? || witness WHERE {_HERE} AND witness != '' AND witness NOT LIKE ? || '%'",
        (_FORGOTTEN, *account, _FORGOTTEN),
    )


def _least(one: Mark, other: Mark) -> Mark:
    return Mark(min(one.acked, other.acked), min(one.late, other.late))


def _most(one: Mark, other: Mark) -> Mark:
    return Mark(max(one.acked, other.acked), max(one.late, other.late))
