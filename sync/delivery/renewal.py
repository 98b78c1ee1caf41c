# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Puts damaged books by and begins new ones, so that delivery goes on. Opens, renames and writes files.

What was delivered is begun anew: all of it goes out once more, which does no harm where it arrived before. Anchors,
receipts and the history of runs are taken over as far as they can be read. The damaged file is kept for good.
"""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from edge_daemon.buffer.trouble import faults
from edge_daemon.domain.faults import DamagedLog
from edge_daemon.domain.time import rfc3339_from_ns
from sync.delivery.places import ACCOUNT_TABLES
from sync.delivery.schema import connect

_SUFFIXES = ("-wal", "-shm", "")
_ANEW = frozenset({*ACCOUNT_TABLES, "landmark", "hour", "also"})
"""What follows from deliveries: it is found again when everything goes out again."""


def renewed_if_damaged(path: Path, now_ns: int) -> str:
    """Renew the books at `path` if SQLite finds them damaged; says so in words, empty where they are sound.

    Nobody may have them open. Raises DiskFull, BufferUnavailable.
    """
    fresh = path.with_name(f"{path.name}.new")
    if not path.exists() and fresh.exists():  # it was cut off between its two steps
        fresh.replace(path)
    if not path.exists() or not _is_damaged(path):
        return ""
    _remove(fresh)
    with faults(fresh):
        with closing(connect(fresh)) as connection:
            _take_over(path, connection)
        kept = path.with_name(f"{path.name}.damaged-{rfc3339_from_ns(now_ns)[:19].replace(':', '')}Z")
        for suffix in _SUFFIXES:
            with suppress(FileNotFoundError):
                path.with_name(path.name + suffix).replace(kept.with_name(kept.name + suffix))
        fresh.replace(path)
    return (
        f"the books of what was delivered were damaged; they are kept as {kept.name}, and new ones were begun. The "
        "record itself is in another file. Everything goes out once more, which does no harm where it arrived before"
    )


def _is_damaged(path: Path) -> bool:
    try:
        with faults(path), closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok")
    except DamagedLog:
        return True


def _take_over(path: Path, connection: sqlite3.Connection) -> None:
    """What of the damaged books can be read and does not follow from deliveries; each table up to its damage."""
    present = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    with closing(sqlite3.connect(path)) as source:
        try:
            tables = source.execute(
                "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC"
            ).fetchall()
            migrations = source.execute("SELECT * FROM _sqlite_migrations").fetchall()
        except sqlite3.DatabaseError:  # nobody can say what is in it
            return
        connection.execute("BEGIN IMMEDIATE")
        for kind, name, table, sql in tables:
            if name not in present and not name.startswith("sqlite_"):
                connection.execute(sql)
            if kind == "table" and table not in _ANEW and not table.startswith(("sqlite_", "_sqlite_")):
                _copy(source, connection, table)
        connection.execute("DELETE FROM _sqlite_migrations")
        connection.executemany(_inserting("_sqlite_migrations", migrations), migrations)
        connection.execute("COMMIT")


def _copy(source: sqlite3.Connection, connection: sqlite3.Connection, table: str) -> None:
    rows: list[tuple[object, ...]] = []
    with suppress(sqlite3.DatabaseError):
        rows.extend(source.execute(f"SELECT * FROM {table}"))
    with suppress(sqlite3.DatabaseError):  # from the other end, up to the damage
        rows.extend(source.execute(f"SELECT * FROM {table} ORDER BY 1 DESC"))
    for row in rows:
        with suppress(sqlite3.IntegrityError):  # there already, or of a page that holds nonsense
            connection.execute(_inserting(table, [row]), row)


def _inserting(table: str, rows: list[tuple[object, ...]]) -> str:
    marks = ", ".join("?" * len(rows[0])) if rows else ""
    return f"INSERT OR IGNORE INTO {table} VALUES ({marks})"


def _remove(path: Path) -> None:
    for suffix in _SUFFIXES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
