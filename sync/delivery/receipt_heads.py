# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Heads of a log that receipts tell of: who took delivery of it saw this size and root. Writes `delivery.sqlite3`.

Nothing is ever taken out. They lie on this laptop, so that whoever has it could write them anew: what they show against
is an older copy and a mistake; against a thief they stand only together with the receipt itself, where it was given.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from edge_daemon.log.checkpoint import Checkpoint
from sync.delivery.books import Books

_TABLE = (
    "CREATE TABLE receipt_head (origin TEXT NOT NULL, size INTEGER NOT NULL, root TEXT NOT NULL, giver TEXT NOT NULL, "
    "at_ns INTEGER NOT NULL, PRIMARY KEY (origin, size, root, giver)) WITHOUT ROWID"
)
_DISPUTED = "ALTER TABLE receipt_head ADD COLUMN disputed INTEGER NOT NULL DEFAULT 0"


@dataclass(frozen=True, slots=True)
class ReceiptHead:
    """`giver` is who saw this head, in words; `at_ns` when they first said so (UTC, by their clock).

    `disputed`: the log was another one whenever they said so. Receipts are not signed: by itself that shows no change.
    """

    head: Checkpoint
    giver: str
    at_ns: int
    disputed: bool = False

    @property
    def alarm(self) -> str:
        """What a disputed head may mean, and what to do."""
        return (
            f"{self.giver}: a receipt names another root for {self.head.size:,} entries of {self.head.origin} than "
            "this log has. A receipt is not signed: it is false, or the log was altered before. Ask who gave it, "
            "and check the log against a checkpoint or an anchor that lies elsewhere."
        )


class ReceiptHeads:
    """The heads kept in these books."""

    def __init__(self, books: Books, *, reading: bool = False) -> None:
        """Use these books; a missing table is made. Raises DiskFull, DamagedLog, BufferUnavailable."""
        self._books = books
        if not reading:
            with books.asking() as connection:
                _migrations().apply(Database(connection, execute_plugins=False))

    def keep(self, told: ReceiptHead) -> None:
        """Note a head; the same from the same giver again changes nothing, but that one which agreed once, agreed."""
        row = (told.head.origin, told.head.size, told.head.root.hex(), told.giver, told.at_ns, told.disputed)
        statement = (
            "INSERT INTO receipt_head VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET disputed = min(disputed, excluded.disputed)"
        )
        with self._books.changing() as connection:
            connection.execute(statement, row)

    def of(self, origin: str) -> list[ReceiptHead]:
        """Those of a log, smallest first; in books opened for reading the table may be missing."""
        with self._books.asking() as connection:
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'receipt_head'").fetchone() is None:
                return []
            question = (
                "SELECT size, root, giver, at_ns, disputed FROM receipt_head WHERE origin = ? ORDER BY size, at_ns"
            )
            rows = connection.execute(question, (origin,)).fetchall()
        return [
            ReceiptHead(Checkpoint(origin, size, bytes.fromhex(root)), giver, at_ns, bool(disputed))
            for size, root, giver, at_ns, disputed in rows
        ]


def keeper(books: Books, destination: str, differs: Callable[[Checkpoint], bool]) -> Callable[[Checkpoint], None]:
    """Keeps each new head that this destination says it has; `differs` tells whether the log is another one."""
    newest: list[Checkpoint] = []
    heads: list[ReceiptHeads] = []

    def keep(head: Checkpoint) -> None:
        if newest != [head]:
            if not heads:  # most destinations never say so, and need no table
                heads.append(ReceiptHeads(books))
            told = ReceiptHead(head, f"The receiver behind {destination}", books.now_ns(), differs(head))
            heads[0].keep(told)
            newest[:] = [head]

    return keep


def _migrations() -> Migrations:
    migrations = Migrations("receipt heads")

    @migrations(name="0001_receipt_head")
    def receipt_head(db: Database) -> None:
        db.conn.execute(_TABLE)

    @migrations(name="0002_disputed")
    def disputed(db: Database) -> None:
        db.conn.execute(_DISPUTED)

    return migrations
