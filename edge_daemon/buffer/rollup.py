# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Rebuilds the query columns and roll-ups of a log from its bytes. Writes to a file that no writer has open.

Works in short transactions and remembers how far it came, so that it can be killed and started again at any time.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from edge_daemon.buffer.columns import ColumnWriter, decoded
from edge_daemon.buffer.record import Committed
from edge_daemon.buffer.schema import (
    COLUMN_TABLES,
    connect_writer,
    migrate,
    read_meta,
    transaction,
    write_meta,
)
from edge_daemon.buffer.stored import RANGE, size_of
from edge_daemon.buffer.trouble import faults

_PROGRESS = "columns_rebuilt_to"


def rebuild_columns(path: Path, progress: Callable[[int, int], None] = lambda _done, _of: None) -> int:
    """Rebuild the columns of the log in `path`; returns how many entries gave none because they cannot be read.

    `progress` gets (entries done, entries in all). Raises DiskFull, DamagedLog, BufferUnavailable.
    """
    with faults(path), closing(connect_writer(path)) as connection:
        migrate(connection)
        if read_meta(connection, _PROGRESS) is None:
            with transaction(connection):
                for table in COLUMN_TABLES:
                    connection.execute(f"DELETE FROM {table}")
                write_meta(connection, _PROGRESS, "0")
        unreadable = _rebuild_rest(connection, progress)
        with transaction(connection):
            connection.execute("DELETE FROM meta WHERE key = ?", (_PROGRESS,))
        return unreadable


def _rebuild_rest(connection: sqlite3.Connection, progress: Callable[[int, int], None]) -> int:
    columns = ColumnWriter(connection)
    size = size_of(connection)
    first = int(read_meta(connection, _PROGRESS) or 0)
    unreadable = 0
    while first < size:
        end = min(first + RANGE, size)
        rows = connection.execute("SELECT idx, bytes FROM entry WHERE idx >= ? AND idx < ?", (first, end)).fetchall()
        entries = [entry for entry in decoded(rows) if isinstance(entry, Committed)]
        with transaction(connection):
            columns.insert(entries)
            write_meta(connection, _PROGRESS, str(end))
        columns.accept()
        unreadable += len(rows) - len(entries)
        first = end
        progress(first, size)
    return unreadable
