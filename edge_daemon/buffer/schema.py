# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Tables of a log's file, their migrations, and how the file is opened. Opens and changes SQLite files.

The bytes in `entry` and the hashes in `tree_hash` are the log; every other table is derived from them and can be
rebuilt. Migrations add to the derived tables only and never touch those two.
"""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from edge_daemon.buffer.trouble import lacks_room

COLUMN_TABLES = ("event", "sample", "minute", "hour", "sensor_total")
"""The derived tables, without `series`, whose numbers may be referred to and so stay."""

_WAL_PAGES_BEFORE_CHECKPOINT = 4_000
_WAL_BYTES_KEPT = 64 * 2**20
_BUSY_S = 5.0

_LOG_TABLES = (
    "CREATE TABLE entry (idx INTEGER PRIMARY KEY, bytes BLOB NOT NULL)",
    "CREATE TABLE tree_hash (position INTEGER PRIMARY KEY, hash BLOB NOT NULL)",
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
)

_COLUMNS = {
    "event": "(idx INTEGER PRIMARY KEY, type TEXT NOT NULL, t_ns INTEGER NOT NULL, sensor TEXT NOT NULL)",
    "series": "(id INTEGER PRIMARY KEY, sensor TEXT NOT NULL, channel TEXT NOT NULL, UNIQUE (sensor, channel))",
    "sample": (
        "(series INTEGER NOT NULL, t_ns INTEGER NOT NULL, idx INTEGER NOT NULL, value REAL, flag INTEGER NOT NULL, "
        "PRIMARY KEY (series, t_ns, idx)) WITHOUT ROWID"
    ),
    "sensor_total": (
        "(sensor TEXT PRIMARY KEY, readings INTEGER NOT NULL, last_idx INTEGER NOT NULL, last_t_ns INTEGER NOT NULL) "
        "WITHOUT ROWID"
    ),
    **dict.fromkeys(
        ("minute", "hour"),
        "(series INTEGER NOT NULL, start_ns INTEGER NOT NULL, count INTEGER NOT NULL, good INTEGER NOT NULL, "
        "minimum REAL, maximum REAL, total REAL NOT NULL, worst INTEGER NOT NULL, "
        "PRIMARY KEY (series, start_ns)) WITHOUT ROWID",
    ),
}


def create_column_tables(connection: sqlite3.Connection, database: Literal["main", "temp"]) -> None:
    """Create the derived tables, empty, in the file or in the connection's temporary database."""
    for table, definition in _COLUMNS.items():
        connection.execute(f"CREATE TABLE {database}.{table} {definition}")


def _migrations() -> Migrations:
    migrations = Migrations("buffer")

    @migrations(name="0001_log")
    def log(db: Database) -> None:
        for statement in _LOG_TABLES:
            db.conn.execute(statement)

    @migrations(name="0002_columns")
    def columns(db: Database) -> None:
        create_column_tables(db.conn, "main")
        db.conn.execute("CREATE INDEX event_type ON event (type, idx)")

    return migrations


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file's tables up to this program's. Each step is one transaction, so a kill leaves whole steps.

    Raises sqlite3.Error.
    """
    _migrations().apply(Database(connection, execute_plugins=False))


def connect_writer(path: Path) -> sqlite3.Connection:
    """The one writing connection of an existing file: WAL, every commit synced, transactions begun by hand.

    Raises sqlite3.Error, also when there is no such file.
    """
    connection = _connect(path, "rw")
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
        if mode != "wal":
            raise sqlite3.OperationalError(f"{path} is on a file system that cannot hold a write-ahead log")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES_BEFORE_CHECKPOINT}")
        connection.execute(f"PRAGMA journal_size_limit = {_WAL_BYTES_KEPT}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that can change nothing in the file. Raises sqlite3.Error, also when there is no such file."""
    connection = _connect(path, "ro")
    try:
        # The first question is what opens the files beside the log.
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_for_a_moment(path: Path) -> tuple[sqlite3.Connection, bool]:
    """A reading connection, and whether it may be kept.

    On a full disk there is no room for the shared-memory file that readers of a write-ahead log need. As long as
    nothing waits in that log the file can be read without, but such a connection sees no change made meanwhile.
    Raises sqlite3.Error.
    """
    try:
        return connect_reader(path), True
    except sqlite3.OperationalError as error:
        wal = path.with_name(path.name + "-wal")
        if not lacks_room(error) or (wal.exists() and wal.stat().st_size):
            raise
    return _connect(path, "ro&immutable=1"), False


def create_file(path: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Create the file `path` with its tables and what `fill` writes: whole, or not at all, whenever the power goes.

    Raises FileExistsError, OSError, sqlite3.Error.
    """
    if path.exists():
        raise FileExistsError(f"{path} exists already; a log is never written over")
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    try:
        with closing(_connect(unfinished, "rw")) as connection:
            connection.execute("PRAGMA synchronous = FULL")
            migrate(connection)
            fill(connection)
        # A link, unlike a rename, fails when someone else has made the file meanwhile.
        os.link(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(path.parent)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write transaction that is committed at the end of the block and rolled back by any exception."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def read_meta(connection: sqlite3.Connection, key: str) -> str | None:
    """The value of a key in `meta`, or None."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def write_meta(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Set a key in `meta`."""
    connection.execute(
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=_BUSY_S,
    )


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows neither needs nor allows it
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
