# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Rebuilds the query columns and roll-ups of a log from its bytes. Writes to a file that no writer has open.

All in one transaction: whoever opens the file after a kill finds the columns as they were, never half of them, from
which a recorder would conclude that readings are missing.
"""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.buffer.columns import ColumnWriter, decoded
from edge_daemon.buffer.record import Committed
from edge_daemon.buffer.schema import COLUMN_TABLES, connect_writer, migrate, transaction
from edge_daemon.buffer.stored import RANGE, size_of
from edge_daemon.buffer.trouble import faults


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did: entries read, how many of them gave no columns because they cannot be decoded, and how many
    rows each table had before and has now."""

    entries: int
    unreadable: int
    before: Mapping[str, int]
    now: Mapping[str, int]


def rebuild_columns(path: Path, progress: Callable[[int, int], None] = lambda _done, _of: None) -> Rebuilt:
    """Rebuild the columns of the log in `path`: all of them, or on any error none.

    `progress` gets (entries done, entries in all); what it raises ends the rebuild. Needs room beside the file for as
    much again as the columns take. Raises DiskFull, DamagedLog, BufferUnavailable.
    """
    with faults(path), closing(connect_writer(path)) as connection:
        migrate(connection)
        with transaction(connection):
            before = _rows(connection)
            for table in COLUMN_TABLES:
                connection.execute(f"DELETE FROM {table}")
            size = size_of(connection)
            unreadable = _rebuild(connection, size, progress)
            return Rebuilt(size, unreadable, before, _rows(connection))


def _rebuild(connection: sqlite3.Connection, size: int, progress: Callable[[int, int], None]) -> int:
    columns = ColumnWriter(connection)
    unreadable = 0
    for first in range(0, size, RANGE):
        end = min(first + RANGE, size)
        rows = connection.execute("SELECT idx, bytes FROM entry WHERE idx >= ? AND idx < ?", (first, end)).fetchall()
        entries = [entry for entry in decoded(rows) if isinstance(entry, Committed)]
        columns.insert(entries)
        unreadable += len(rows) - len(entries)
        progress(end, size)
    return unreadable


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    counted = {}
    for table in COLUMN_TABLES:
        (counted[table],) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return counted
