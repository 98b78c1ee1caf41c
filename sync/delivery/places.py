# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which place each account is of, and how an account is ended so that a new one begins. Changes the books.

An account is kept under its destination's name. When that name comes to mean another server, bucket or folder, or a
place has lost what it had, the account is put by under a name that no destination can have, and nothing of it is lost:
the new one begins with nothing delivered.
"""

import sqlite3
from collections.abc import Sequence

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from edge_daemon.domain.destination import Destination, account_identity
from edge_daemon.domain.time import rfc3339_from_ns
from sync.delivery.books import Books

ACCOUNT_TABLES = ("cursor", "held", "late", "aside", "waypoint", "debt", "doubt")
_TABLES = (*ACCOUNT_TABLES, "run")
_TABLE = "CREATE TABLE place (destination TEXT PRIMARY KEY, identity TEXT NOT NULL) WITHOUT ROWID"

PRESENT = "instr(destination, ' ') = 0"
"""What a row of an account that has not been put by fulfils: no destination's name has a space in it."""


def name_of(books: Books, destination: Destination) -> str:
    """The name of this place's account: one without an account where the name's account is of another place."""
    with books.asking() as connection:
        before = _identity(connection, destination.name)
    return f"{destination.name} (new)" if before not in {None, account_identity(destination)} else destination.name


def take_place(books: Books, destination: Destination) -> str | None:
    """Make the account under the destination's name the one of its place.

    Returns the name under which another place's account was put by; None where there was none.
    """
    with books.asking() as connection:
        _migrations().apply(Database(connection, execute_plugins=False))
        before = _identity(connection, destination.name)
    now = account_identity(destination)
    if before == now:
        return None
    with books.changing() as connection:
        put_by = None if before is None else put_account_by(connection, destination.name, books.now_ns())
        connection.execute("INSERT OR REPLACE INTO place VALUES (?, ?)", (destination.name, now))
    return put_by


def put_account_by(
    connection: sqlite3.Connection, destination: str, now_ns: int, tables: Sequence[str] = _TABLES
) -> str:
    """End the destination's account; returns the name that it is kept under. To be called in a transaction."""
    name = put_by_name(destination, now_ns)
    for table in tables:
        connection.execute(f"UPDATE {table} SET destination = ? WHERE destination = ?", (name, destination))
    return name


def put_by_name(destination: str, now_ns: int) -> str:
    """What an account that ends now is kept under."""
    return f"{destination} (until {rfc3339_from_ns(now_ns)})"


def _identity(connection: sqlite3.Connection, destination: str) -> str | None:
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'place'").fetchone() is None:
        return None
    row = connection.execute("SELECT identity FROM place WHERE destination = ?", (destination,)).fetchone()
    return None if row is None else str(row[0])


def _migrations() -> Migrations:
    migrations = Migrations("places")

    @migrations(name="0001_place")
    def place(db: Database) -> None:
        db.conn.execute(_TABLE)

    return migrations
