# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Where the amendments that later logs hold of a closed log follow its own entries. Reads and writes the books.

A closed log takes no entry any more, so that what is found about its readings stands in a later one. Delivery goes on
past its last entry with these, each under an index of its own that it keeps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from sync.delivery.books import Books

_TABLE = (
    "CREATE TABLE also (origin TEXT NOT NULL, idx INTEGER NOT NULL, other TEXT NOT NULL, entry INTEGER NOT NULL, "
    "part TEXT NOT NULL, PRIMARY KEY (origin, idx), UNIQUE (origin, other, entry, part)) WITHOUT ROWID"
)


@dataclass(frozen=True, slots=True)
class Source:
    """A part of what the entry at the index `entry` of the log `other` says."""

    other: str
    entry: int
    part: str


class AlsoBook:
    """The indices in these books. `reading`: nothing is written, and what is new has the indices that it would get.

    Raises DiskFull, DamagedBooks, BufferUnavailable.
    """

    def __init__(self, books: Books, *, reading: bool) -> None:
        self._books = books
        self._reading = reading
        if not reading:
            with books.asking() as connection:
                _migrations().apply(Database(connection, execute_plugins=False))

    def indices(self, origin: str, size: int, sources: Sequence[Source]) -> dict[Source, int]:
        """The index of each source behind the `size` entries of the log `origin`; those that are new come last."""
        known = self._known(origin)
        following = max(size, *(index + 1 for index in known.values()), 0)
        new = {source: following + place for place, source in enumerate(one for one in sources if one not in known)}
        if new and not self._reading:
            with self._books.changing() as connection:
                rows = [(origin, index, told.other, told.entry, told.part) for told, index in new.items()]
                connection.executemany(
                    "INSERT INTO also (origin, idx, other, entry, part) VALUES (?, ?, ?, ?, ?)", rows
                )
        every = known | new
        return {source: every[source] for source in sources}

    def _known(self, origin: str) -> dict[Source, int]:
        with self._books.asking() as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'also'").fetchone() is None:
                return {}
            rows = connection.execute("SELECT other, entry, part, idx FROM also WHERE origin = ?", (origin,)).fetchall()
        return {Source(other, entry, part): index for other, entry, part, index in rows}


def _migrations() -> Migrations:
    migrations = Migrations("also")

    @migrations(name="0001_also")
    def also(db: Database) -> None:
        db.conn.execute(_TABLE)

    return migrations
