# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Tables of `delivery.sqlite3`, their migrations, and how it is opened. Opens and changes that file."""

import sqlite3
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

_BUSY_S = 5.0
_KEY = "destination TEXT NOT NULL, origin TEXT NOT NULL"

_TABLES = (
    # Times are JSON objects of sensor: UTC nanoseconds.
    f"CREATE TABLE cursor ({_KEY}, next INTEGER NOT NULL, times TEXT NOT NULL, delivered INTEGER NOT NULL, "
    "moved_ns INTEGER NOT NULL, "
    "PRIMARY KEY (destination, origin)) WITHOUT ROWID",
    f"CREATE TABLE held (id INTEGER PRIMARY KEY, {_KEY}, first INTEGER NOT NULL, last INTEGER NOT NULL, "
    "count INTEGER NOT NULL, times TEXT, why TEXT NOT NULL, checked INTEGER NOT NULL, tries INTEGER NOT NULL)",
    "CREATE INDEX held_place ON held (destination, origin, first)",
    # What was held or set aside once and delivered later, out of the log's order. A number is never given twice.
    f"CREATE TABLE late (id INTEGER PRIMARY KEY AUTOINCREMENT, {_KEY}, first INTEGER NOT NULL, last INTEGER NOT NULL, "
    "count INTEGER NOT NULL, at_ns INTEGER NOT NULL)",
    "CREATE INDEX late_place ON late (destination, origin, first)",
    f"CREATE TABLE aside ({_KEY}, idx INTEGER NOT NULL, counted INTEGER NOT NULL, damaged INTEGER NOT NULL, "
    "words TEXT NOT NULL, tries INTEGER NOT NULL, at_ns INTEGER NOT NULL, "
    "PRIMARY KEY (destination, origin, idx, counted)) WITHOUT ROWID",
    # Where packets begin, what was known there, and when that was: places that delivery can go back to.
    f"CREATE TABLE waypoint ({_KEY}, idx INTEGER NOT NULL, times TEXT NOT NULL, at_ns INTEGER NOT NULL, "
    "PRIMARY KEY (destination, origin, idx)) WITHOUT ROWID",
    # What the far end may have lost and is sent again, from first on.
    f"CREATE TABLE debt (id INTEGER PRIMARY KEY AUTOINCREMENT, {_KEY}, first INTEGER NOT NULL, last INTEGER NOT NULL)",
    "CREATE INDEX debt_place ON debt (destination, origin, first)",
    "CREATE TABLE landmark (origin TEXT NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY (origin, idx)) WITHOUT ROWID",
    "CREATE TABLE run (id INTEGER PRIMARY KEY, destination TEXT NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER, "
    "moved_ns INTEGER NOT NULL, delivered INTEGER NOT NULL, sent_bytes INTEGER NOT NULL, ending TEXT NOT NULL, "
    "words TEXT NOT NULL)",
    "CREATE INDEX run_place ON run (destination, id)",
)

_SUMMARIES = (
    # Summaries are set aside like readings and are in no account of theirs.
    "ALTER TABLE aside ADD COLUMN summary INTEGER NOT NULL DEFAULT 0",
    # Which summaries delivery came past; `hour` is a number since 1970.
    "CREATE TABLE hour (origin TEXT NOT NULL, sensor TEXT NOT NULL, hour INTEGER NOT NULL, idx INTEGER NOT NULL, "
    "PRIMARY KEY (origin, sensor, hour, idx)) WITHOUT ROWID",
    "CREATE INDEX hour_place ON hour (origin, idx)",
)

_DOUBTS = (
    # What of the acknowledged is beyond doubt: everything below `safe`, and late deliveries up to number `late`. What
    # lies below `coming` (up to `coming_late`) was acknowledged by `since_ns` on the clock of `boot`.
    f"CREATE TABLE doubt ({_KEY}, witness TEXT NOT NULL, safe INTEGER NOT NULL, late INTEGER NOT NULL, "
    "coming INTEGER NOT NULL, coming_late INTEGER NOT NULL, boot TEXT NOT NULL, since_ns INTEGER NOT NULL, "
    "PRIMARY KEY (destination, origin)) WITHOUT ROWID",
)


_PACE = ("ALTER TABLE run ADD COLUMN sending_s REAL NOT NULL DEFAULT 0",)


_REST = ("ALTER TABLE run ADD COLUMN rest_until_ns INTEGER NOT NULL DEFAULT 0",)


def _migrations() -> Migrations:
    migrations = Migrations("delivery")

    @migrations(name="0001_delivery")
    def delivery(db: Database) -> None:
        for statement in _TABLES:
            db.conn.execute(statement)

    @migrations(name="0002_summaries")
    def summaries(db: Database) -> None:
        for statement in _SUMMARIES:
            db.conn.execute(statement)

    @migrations(name="0003_doubts")
    def doubts(db: Database) -> None:
        for statement in _DOUBTS:
            db.conn.execute(statement)

    @migrations(name="0004_pace")
    def pace(db: Database) -> None:
        for statement in _PACE:
            db.conn.execute(statement)

    @migrations(name="0005_rest")
    def rest(db: Database) -> None:
        for statement in _REST:
            db.conn.execute(statement)

    return migrations


def connect(path: Path) -> sqlite3.Connection:
    """The writing connection, with the tables of this program; the file is made where it is missing.

    WAL, every commit synced, transactions begun by hand. Raises sqlite3.Error, OSError.
    """
    if not path.exists():
        path.touch(mode=0o600)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=_BUSY_S)
    try:
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = FULL")
        _migrations().apply(Database(connection, execute_plugins=False))
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_reading(path: Path) -> sqlite3.Connection:
    """A connection that can change nothing; without a file, to empty tables in memory. Raises sqlite3.Error."""
    if not path.exists():
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        _migrations().apply(Database(connection, execute_plugins=False))
        connection.execute("PRAGMA query_only = ON")
        return connection
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False, timeout=_BUSY_S
    )
