# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Puts damaged books by and begins new ones, so that delivery goes on. Opens, renames and writes files.

What was delivered is begun anew: all of it goes out once more, which does no harm where it arrived before. Anchors,
receipts and the history of runs are taken over row by row, as far as they can be read. The damaged file is kept for
good; what could not be taken over is told in a file beside it, for as long as both lie there.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path

from edge_daemon.buffer.trouble import faults
from edge_daemon.domain.faults import DamagedLog
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.secrets.private_file import write_private
from sync.delivery.places import ACCOUNT_TABLES
from sync.delivery.schema import connect

_SUFFIXES = ("-wal", "-shm", "")
_ANEW = frozenset({*ACCOUNT_TABLES, "landmark", "hour", "also"})
"""What follows from deliveries: it is found again when everything goes out again."""

_LOST = {
    "anchor": "anchors",
    "anchor_attempt": "transactions of anchors",
    "receipt_head": "receipts",
    "bundle": "stick bundles",
    "bundle_past": "stick bundles",
    "place": "destinations' places",
    "stick": "sticks",
}
"""What a table holds whose loss a person must know of. The history of runs is for show only."""

_PAID_TWICE = (
    ". What is on the chain is found there again, but a transaction that was under way just then may be made and "
    "paid a second time"
)


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
    kept = path.with_name(f"{path.name}.damaged-{rfc3339_from_ns(now_ns)[:19].replace(':', '')}Z")
    with faults(fresh):
        with closing(connect(fresh)) as connection:
            lost = _words_of(_take_over(path, connection), kept)
        if lost:
            write_private(_told(kept), lost.encode())
        for suffix in _SUFFIXES:
            with suppress(FileNotFoundError):
                path.with_name(path.name + suffix).replace(kept.with_name(kept.name + suffix))
        fresh.replace(path)
    return (
        f"the books of what was delivered were damaged; they are kept as {kept.name}, and new ones were begun. The "
        "record itself is in another file. Everything goes out once more, which does no harm where it arrived before"
        + (f". {lost}" if lost else "")
    )


def left_behind(path: Path) -> tuple[str, ...]:
    """What renewals of the books at `path` could not take over, in words, for as long as the damaged files lie there.

    Raises OSError.
    """
    found = sorted(path.parent.glob(f"{path.name}.damaged-*Z"))
    return tuple(_told(kept).read_text(encoding="utf-8") for kept in found if _told(kept).exists())


def _told(kept: Path) -> Path:
    return kept.with_name(f"{kept.name}.txt")


def _words_of(lost: Mapping[str, int], kept: Path) -> str:
    """`lost`: how many rows could be read of each table that was cut."""
    parts = {_LOST[table]: count for table, count in lost.items() if table in _LOST}
    if not parts:
        return ""
    told = ", ".join(f"of the {name} {f'only {count:,}' if count else 'none'}" for name, count in parts.items())
    advice = f"the others are only in {kept.name}, if anywhere: keep that file, and every copy of the books"
    return f"Not all could be taken over: {told} could be read; {advice}" + (
        _PAID_TWICE if {"anchor", "anchor_attempt"} & set(lost) else ""
    )


def _is_damaged(path: Path) -> bool:
    try:
        with faults(path), closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok")
    except DamagedLog:
        return True


def _take_over(path: Path, connection: sqlite3.Connection) -> dict[str, int]:
    """What of the damaged books can be read and does not follow from deliveries. Returns the tables that were cut, with
    how many of their rows are there."""
    present = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    cut: dict[str, int] = {}
    with closing(sqlite3.connect(path)) as source:
        try:
            tables = source.execute(
                "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC"
            ).fetchall()
            migrations = source.execute("SELECT * FROM _sqlite_migrations").fetchall()
        except sqlite3.DatabaseError:  # nobody can say what is in it
            return dict.fromkeys(_LOST, 0)
        connection.execute("BEGIN IMMEDIATE")
        for kind, name, table, sql in tables:
            if name not in present and not name.startswith("sqlite_"):
                connection.execute(sql)
            if kind == "table" and table not in _ANEW and not table.startswith(("sqlite_", "_sqlite_")):
                indices = [of for what, of, owner, _ in tables if what == "index" and owner == table]
                if not _copy(source, connection, table, indices):
                    cut[table] = 0
        if "anchor" in cut:
            # The numbers of anchors are given anew: an attempt must not come to be another anchor's.
            orphans = "DELETE FROM anchor_attempt WHERE anchor NOT IN (SELECT id FROM anchor)"
            if connection.execute(orphans).rowcount:
                cut.setdefault("anchor_attempt", 0)
        connection.execute("DELETE FROM _sqlite_migrations")
        connection.executemany(_inserting("_sqlite_migrations", migrations), migrations)
        connection.execute("COMMIT")
    return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in cut}


def _copy(source: sqlite3.Connection, connection: sqlite3.Connection, table: str, indices: list[str]) -> bool:
    """Whether that was the whole table."""
    rows, whole = _up_to_damage(source, f"SELECT * FROM {table}")
    if not whole:
        rows += _up_to_damage(source, f"SELECT * FROM {table} ORDER BY 1 DESC")[0]
        for index in indices:  # which knows of rows that lie between two damaged places
            numbers = _up_to_damage(source, f"SELECT rowid FROM {table} INDEXED BY {index}")[0]
            for number in numbers:
                rows += _up_to_damage(source, f"SELECT * FROM {table} WHERE rowid = ?", *number)[0]
    for row in rows:
        with suppress(sqlite3.IntegrityError):  # there already, or of a page that holds nonsense
            connection.execute(_inserting(table, [row]), row)
    return whole


def _up_to_damage(source: sqlite3.Connection, sql: str, *given: object) -> tuple[list[tuple[object, ...]], bool]:
    rows: list[tuple[object, ...]] = []
    try:
        rows.extend(source.execute(sql, given))
    except sqlite3.DatabaseError:
        return rows, False
    return rows, True


def _inserting(table: str, rows: list[tuple[object, ...]]) -> str:
    marks = ", ".join("?" * len(rows[0])) if rows else ""
    return f"INSERT OR IGNORE INTO {table} VALUES ({marks})"


def _remove(path: Path) -> None:
    for suffix in _SUFFIXES:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
