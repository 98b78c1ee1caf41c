# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One transaction of the log: entries, tree, columns, roll-ups, all or nothing. Owns the file's writing connection."""

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

from edge_daemon.buffer.bulk import insert_rows
from edge_daemon.buffer.columns import ColumnWriter
from edge_daemon.buffer.record import Committed, Head, Record
from edge_daemon.buffer.schema import connect_for_a_moment, connect_writer, migrate, read_meta, transaction, write_meta
from edge_daemon.buffer.stored import (
    Mark,
    mark_of,
    origin_of,
    problems,
    read_hashes,
    size_of,
    surplus,
    text_of_mark,
)
from edge_daemon.domain.faults import Conflict, DamagedLog
from edge_daemon.log.entry import leaf_hash
from edge_daemon.log.tree import HASH_BYTES, Frontier, stored_count

# All hashes are of one length: one text of them, cut up by SQLite, takes one step.
_INSERT_HASHES = (
    "WITH RECURSIVE nth (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM nth WHERE n + 1 < ?3) "
    f"INSERT INTO tree_hash (position, hash) SELECT ?1 + n, substr(?2, 1 + {HASH_BYTES} * n, {HASH_BYTES}) FROM nth"
)

MARK_EVERY = 50_000
"""The verified mark trails the head by one to two times this many entries, which is what an opening reads again."""


class Appender:
    """The end of a log in its file. Not thread-safe; used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file and verify what came after its mark.

        Raises DamagedLog, naming the first bad index; Conflict for a salvaged copy; sqlite3.Error, OSError.
        """
        self._path = path
        self._connection = connect_writer(path)
        with ExitStack() as opening:
            opening.callback(self._connection.close)
            migrate(self._connection)
            if read_meta(self._connection, "salvaged_size") is not None:
                raise Conflict(f"{path} is a salvaged copy: it can be read, but a log goes on in a new file only")
            self._identity = _identity(path)
            self._frontier = _verified_frontier(self._connection, path)
            self._origin = origin_of(self._connection)
            self._columns = ColumnWriter(self._connection)
            self._snapshot = Mark(self._frontier.size, self._frontier.root())
            with transaction(self._connection):
                write_meta(self._connection, "verified", text_of_mark(self._snapshot))
            opening.pop_all()

    @property
    def head(self) -> Head:
        """Head of what is committed."""
        return Head(self._origin, self._frontier.size, self._frontier.root())

    def append(self, records: Sequence[Record]) -> list[Committed]:
        """Commit `records` in order. On any error nothing of them is in the file and this object is as it was.

        Raises sqlite3.Error, and OSError when the file is no longer at its path (SQLite would write on unseen).
        """
        if _identity(self._path) != self._identity:
            raise FileNotFoundError(f"{self._path} was replaced by another file")
        grown = self._frontier.copy()
        hashes = grown.extend([leaf_hash(record.data) for record in records])
        size = self._frontier.size
        committed = [Committed(index, record) for index, record in enumerate(records, size)]
        moves_mark = size - self._snapshot.size >= MARK_EVERY
        with ExitStack() as undoing:
            undoing.callback(self._columns.reject)
            with transaction(self._connection):
                insert_log_rows(self._connection, committed, hashes)
                self._columns.insert(committed)
                if moves_mark:
                    write_meta(self._connection, "verified", text_of_mark(self._snapshot))
            undoing.pop_all()
        self._columns.accept()
        if moves_mark:
            self._snapshot = Mark(size, self._frontier.root())
        self._frontier = grown
        return committed

    def probe(self) -> None:
        """Write a little, to learn whether the file can be written. Raises sqlite3.Error, OSError."""
        if _identity(self._path) != self._identity:
            raise FileNotFoundError(f"{self._path} was replaced by another file")
        with transaction(self._connection):
            write_meta(self._connection, "verified", text_of_mark(self._snapshot))

    def close(self, fold_wal: bool = True) -> None:
        """Close the file, folding the write-ahead log into it where there is room. Raises sqlite3.Error."""
        try:
            if fold_wal:
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            self._connection.close()


def insert_log_rows(connection: sqlite3.Connection, entries: Sequence[Committed], hashes: Sequence[bytes]) -> None:
    """Insert consecutive entries and the `hashes` they add to the tree. Raises sqlite3.Error."""
    insert_rows(
        connection,
        "INSERT INTO entry (idx, bytes)",
        2,
        [cell for entry in entries for cell in (entry.index, entry.record.data)],
    )
    connection.execute(_INSERT_HASHES, (stored_count(entries[0].index), b"".join(hashes), len(hashes)))


def write_first(connection: sqlite3.Connection, origin: str, records: Sequence[Record]) -> None:
    """Put origin and first entries into a new file's tables. Raises sqlite3.Error."""
    frontier = Frontier()
    hashes = frontier.extend([leaf_hash(record.data) for record in records])
    entries = [Committed(index, record) for index, record in enumerate(records)]
    with transaction(connection):
        write_meta(connection, "origin", origin)
        write_meta(connection, "verified", text_of_mark(Mark(len(records), frontier.root())))
        insert_log_rows(connection, entries, hashes)
        ColumnWriter(connection).insert(entries)


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def first_head(origin: str, records: Sequence[Record]) -> Head:
    """Head of a new log that begins with these entries."""
    frontier = Frontier()
    frontier.extend([leaf_hash(record.data) for record in records])
    return Head(origin, frontier.size, frontier.root())


def verified_head(path: Path) -> Head:
    """Head of the log in a file that cannot be written now, verified as an opening does.

    Raises DamagedLog, naming the first bad index, and sqlite3.Error.
    """
    connection, _ = connect_for_a_moment(path)
    with closing(connection):
        frontier = _verified_frontier(connection, path)
        return Head(origin_of(connection), frontier.size, frontier.root())


def _verified_frontier(connection: sqlite3.Connection, path: Path) -> Frontier:
    try:
        mark = mark_of(connection)
        frontier = Frontier.load(mark.size, lambda positions: read_hashes(connection, positions))
    except (LookupError, ValueError) as error:
        raise DamagedLog(f"{path}: {error}") from error
    size = size_of(connection)
    if size < mark.size:
        raise DamagedLog(f"{path}: entry {size}: its bytes are missing, and so are all up to {mark.size - 1}")
    if frontier.root() != mark.root:
        raise DamagedLog(f"{path}: the tree of the first {mark.size} entries no longer gives the root seen before")
    for problem in problems(connection, frontier, size, lambda _done, _of: None):
        raise DamagedLog(f"{path}: {problem}")
    for problem in surplus(connection, size):
        raise DamagedLog(f"{path}: {problem}")
    return frontier
