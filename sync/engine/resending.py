# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Has a destination sent again what it no longer has: a lost stick, a database restored from a copy. Changes the books.

What was accounted for is kept under a name that no destination can have.
"""

import sqlite3
from dataclasses import dataclass

from sync.delivery.account import Account
from sync.delivery.books import Books, times_of, times_text
from sync.delivery.doubt import forget_mark
from sync.delivery.places import ACCOUNT_TABLES, put_account_by, put_by_name
from sync.delivery.position import NO_TIMES, Times
from sync.engine.ledger import balance, check
from sync.engine.pages import LogPages

_HERE = "destination = ? AND origin = ?"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where delivery goes back to, and what was known there."""

    index: int
    times: Times


def resend_all(books: Books, destination: str) -> str:
    """Let the next sync deliver every log from its beginning; returns the name that the old account is kept under."""
    with books.changing() as connection:
        return put_account_by(connection, destination, books.now_ns(), tables=ACCOUNT_TABLES)


def resend_since(account: Account, books: Books, pages: LogPages, since_ns: int) -> int:
    """Let the next sync deliver again what it delivered of this log since then (UTC ns, by the laptop's clock).

    Whole packets, so rather more than that. Returns how many readings are to be delivered again. Raises Unbalanced
    where the accounts do not add up before: then only all of it can be sent again.
    """
    before = check(balance(account, pages))
    key = (account.destination, account.origin)
    with books.changing() as connection:
        (following,) = connection.execute(
            f"SELECT coalesce((SELECT next FROM cursor WHERE {_HERE}), 0)", key
        ).fetchone()
        place = _place(connection, key, since_ns, following)
        accepted, beyond = pages.tally(place.index)
        _keep_copy(connection, key, books.now_ns())
        _cut(connection, key, place)
        _try_again(connection, key, since_ns)
        forget_mark(connection, key)
        (settled,) = connection.execute(
            f"SELECT (SELECT coalesce(sum(count), 0) FROM held WHERE {_HERE}) "
            f"+ (SELECT coalesce(sum(count), 0) FROM late WHERE {_HERE}) "
            f"+ (SELECT count(*) FROM aside WHERE {_HERE} AND counted = 1)",
            key * 3,
        ).fetchone()
        connection.execute(
            f"UPDATE cursor SET next = ?, times = ?, delivered = ?, moved_ns = ? WHERE {_HERE}",
            (place.index, times_text(place.times), accepted - beyond - settled, books.now_ns(), *key),
        )
    return check(balance(account, pages)).waiting - before.waiting


def _place(connection: sqlite3.Connection, key: tuple[str, str], since_ns: int, following: int) -> _Place:
    """The last waypoint before everything that was delivered since, which no stretch in the books reaches across."""
    (first,) = connection.execute(
        f"SELECT coalesce(min(idx), ?) FROM waypoint WHERE {_HERE} AND at_ns > ?", (following + 1, *key, since_ns)
    ).fetchone()
    while True:
        row = connection.execute(
            f"SELECT idx, times FROM waypoint WHERE {_HERE} AND idx < ? AND idx <= ? ORDER BY idx DESC LIMIT 1",
            (*key, first, following),
        ).fetchone()
        place = _Place(0, NO_TIMES) if row is None else _Place(row[0], times_of(row[1]))
        (crossing,) = connection.execute(
            "SELECT min(first) FROM ("
            + " UNION ALL ".join(
                f"SELECT first FROM {table} WHERE {_HERE} AND first < ? AND last >= ?" for table in ("held", "late")
            )
            + ")",
            (*key, place.index, place.index) * 2,
        ).fetchone()
        if crossing is None:
            return place
        first = place.index


def _keep_copy(connection: sqlite3.Connection, key: tuple[str, str], now_ns: int) -> None:
    """What stays has to keep its numbers, so that the copy bears the other name."""
    columns = {table: _columns(connection, table) for table in ACCOUNT_TABLES}
    rows = {
        table: connection.execute(f"SELECT {', '.join(columns[table])} FROM {table} WHERE {_HERE}", key).fetchall()
        for table in ACCOUNT_TABLES
    }
    name = put_by_name(key[0], now_ns)
    for table in ACCOUNT_TABLES:
        place = columns[table].index("destination")
        kept = [(*row[:place], name, *row[place + 1 :]) for row in rows[table]]
        marks = ", ".join("?" * len(columns[table]))
        connection.executemany(f"INSERT INTO {table} ({', '.join(columns[table])}) VALUES ({marks})", kept)


def _columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})") if name != "id"]


def _cut(connection: sqlite3.Connection, key: tuple[str, str], place: _Place) -> None:
    """Take out what lies behind the place; what the far end has before it is as much in doubt as it was."""
    index = place.index
    for table, column in (("held", "first"), ("late", "first"), ("aside", "idx"), ("debt", "first")):
        connection.execute(f"DELETE FROM {table} WHERE {_HERE} AND {column} >= ?", (*key, index))
    connection.execute(f"DELETE FROM waypoint WHERE {_HERE} AND idx > ?", (*key, index))
    connection.execute(f"UPDATE debt SET last = min(last, ?) WHERE {_HERE}", (index - 1, *key))
    connection.execute(
        f"UPDATE doubt SET safe = min(safe, ?), coming = min(coming, ?) WHERE {_HERE}", (index, index, *key)
    )


def _try_again(connection: sqlite3.Connection, key: tuple[str, str], since_ns: int) -> None:
    """What was delivered late since then waits once more."""
    late = f"FROM late WHERE {_HERE} AND at_ns > ?"
    connection.execute(
        "INSERT INTO held (destination, origin, first, last, count, times, why, checked, tries) "
        f"SELECT destination, origin, first, last, count, NULL, 'retry', -1, 0 {late}",
        (*key, since_ns),
    )
    connection.execute(f"DELETE {late}", (*key, since_ns))
