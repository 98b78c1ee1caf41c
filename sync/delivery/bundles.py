# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The bundles that this station wrote, so that only a receipt for one of them moves a cursor. Reads, writes the books.

A bundle is known by the sum of its manifest, and one whose writing was cut off by the sum over its whole parts. What
was on its way when a destination was to be sent everything again counts no more for that destination.
"""

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from sync.delivery.books import Books

_TABLES = (
    "CREATE TABLE bundle (id INTEGER PRIMARY KEY AUTOINCREMENT, sum TEXT NOT NULL UNIQUE, origin TEXT NOT NULL, "
    "first INTEGER NOT NULL, last INTEGER NOT NULL)",
    # Bundles up to this number say nothing any more of what the destination has.
    "CREATE TABLE bundle_past (destination TEXT PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID",
)


class Bundles:
    """The bundles in these books; missing tables are made. Raises DiskFull, DamagedLog, BufferUnavailable."""

    def __init__(self, books: Books) -> None:
        self._books = books
        with books.asking() as connection:
            _migrations().apply(Database(connection, execute_plugins=False))

    def note(self, sum_: str, origin: str, first: int, last: int) -> None:
        """A bundle of this log holds readings between these indices (both included)."""
        with self._books.changing() as connection:
            connection.execute(
                "INSERT INTO bundle (sum, origin, first, last) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (sum_, origin, first, last),
            )

    def range_of(self, sum_: str, origin: str) -> tuple[int, int] | None:
        """Between which indices the bundle holds readings; None where this station wrote no such bundle of the log."""
        with self._books.asking() as connection:
            row = connection.execute(
                "SELECT first, last FROM bundle WHERE sum = ? AND origin = ?", (sum_, origin)
            ).fetchone()
        return None if row is None else (int(row[0]), int(row[1]))

    def counts_for(self, sum_: str, destination: str) -> bool:
        """Whether what the bundle brought to this destination is to be believed still."""
        with self._books.asking() as connection:
            (found,) = connection.execute(
                "SELECT count(*) FROM bundle WHERE sum = ? "
                "AND id > coalesce((SELECT id FROM bundle_past WHERE destination = ?), 0)",
                (sum_, destination),
            ).fetchone()
        return bool(found)

    def forget_for(self, destination: str) -> None:
        """The destination has lost what it had: bundles that were written so far speak for it no more."""
        with self._books.changing() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO bundle_past SELECT ?, coalesce(max(id), 0) FROM bundle", (destination,)
            )


def _migrations() -> Migrations:
    migrations = Migrations("bundles")

    @migrations(name="0001_bundle")
    def bundle(db: Database) -> None:
        for statement in _TABLES:
            db.conn.execute(statement)

    return migrations
