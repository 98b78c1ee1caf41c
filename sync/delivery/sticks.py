# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which folders of file destinations lay on a disk of their own. Asks the file system; reads and writes the books.

Where a stick's mount point stays when the stick is out, its folder is there all the same, on the computer's own disk:
what is written to it then has gone nowhere.
"""

from pathlib import Path
from typing import Literal

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from sync.delivery.books import Books

_TABLE = "CREATE TABLE stick (destination TEXT NOT NULL, folder TEXT NOT NULL, PRIMARY KEY (destination, folder))"

Lies = Literal["apart", "beside", "gone"]
"""A folder lies on a disk of its own, on that of the record, or there where it was apart before: its stick is out."""


class Sticks:
    """The folders in these books, held against the disk of the home. Raises as `Books` does."""

    def __init__(self, books: Books, home: Path) -> None:
        self._books = books
        self._home = home

    def lies(self, destination: str, folder: Path) -> Lies:
        """How the folder lies now. Raises OSError besides."""
        apart = folder.stat().st_dev != self._home.stat().st_dev
        with self._books.asking() as connection:
            _migrations().apply(Database(connection, execute_plugins=False))
            place = (destination, str(folder))
            sql = "SELECT 1 FROM stick WHERE destination = ? AND folder = ?"
            before = connection.execute(sql, place).fetchone() is not None
        if apart and not before:
            with self._books.changing() as connection:
                connection.execute("INSERT INTO stick VALUES (?, ?)", place)
        return "apart" if apart else "gone" if before else "beside"


def _migrations() -> Migrations:
    migrations = Migrations("sticks")

    @migrations(name="0001_stick")
    def stick(db: Database) -> None:
        db.conn.execute(_TABLE)

    return migrations
