# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the local ledger knows, in one SQLite file: accounts, operators, transactions, anchors, its clock. Writes it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.buffer.schema import transaction
from sync.anchor.call import Address
from sync.anchor.chain import Stored

_TABLES = """
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS account (address TEXT PRIMARY KEY, sequence INTEGER NOT NULL, octas INTEGER NOT NULL,
  key TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS operator (project TEXT NOT NULL, address TEXT NOT NULL,
  PRIMARY KEY (project, address)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS waiting (hash TEXT PRIMARY KEY, signed BLOB NOT NULL, sender TEXT NOT NULL,
  sequence INTEGER NOT NULL, due_us INTEGER NOT NULL, UNIQUE (sender, sequence)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS committed (version INTEGER PRIMARY KEY, hash TEXT NOT NULL UNIQUE, signed BLOB NOT NULL,
  time_us INTEGER NOT NULL, success INTEGER NOT NULL, gas_used INTEGER NOT NULL, vm_status TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS anchor (project TEXT NOT NULL, digest BLOB NOT NULL, score INTEGER NOT NULL,
  level TEXT NOT NULL, timestamp INTEGER NOT NULL,
  anchored_s INTEGER NOT NULL, operator TEXT NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY (project, digest)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A committed transaction. `version` is its place in the ledger, `time_us` the ledger's time of its block."""

    version: int
    hash: str
    signed: bytes
    time_us: int
    success: bool
    gas_used: int
    vm_status: str


class State:
    """The open file. Used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        """Raises sqlite3.Error, also when another ledger has the file."""
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
        try:
            self._connection.execute("PRAGMA journal_mode = WAL").fetchone()
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_TABLES)
        except sqlite3.Error:
            self._connection.close()
            raise

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """All that the block changes, or nothing."""
        with transaction(self._connection):
            yield

    def fact(self, name: str, default: int) -> int:
        """A number by its name."""
        row = self._connection.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return default if row is None else int(row[0])

    def put_fact(self, name: str, value: int) -> None:
        self._connection.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))

    def version(self) -> int:
        """The newest version; the ledger begins with version 0."""
        return int(self._connection.execute("SELECT coalesce(max(version), 0) FROM committed").fetchone()[0])

    def account(self, address: str) -> tuple[int, int, str]:
        """Sequence number, octas and authentication key; an account nobody used has 0, 0 and its address."""
        row = self._connection.execute(
            "SELECT sequence, octas, key FROM account WHERE address = ?", (address,)
        ).fetchone()
        return (0, 0, address) if row is None else (int(row[0]), int(row[1]), str(row[2]))

    def put_account(self, address: str, sequence: int, octas: int, key: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO account VALUES (?, ?, ?, ?)", (address, sequence, octas, key))

    def grant(self, project: str, address: str) -> None:
        self._connection.execute("INSERT OR IGNORE INTO operator VALUES (?, ?)", (project, address))

    def revoke(self, project: str, address: str) -> None:
        self._connection.execute("DELETE FROM operator WHERE project = ? AND address = ?", (project, address))

    def is_operator(self, project: str, address: str) -> bool:
        return (
            self._connection.execute(
                "SELECT 1 FROM operator WHERE project = ? AND address = ?", (project, address)
            ).fetchone()
            is not None
        )

    def wait(self, hash_: str, signed: bytes, sender: str, sequence: int, due_us: int) -> None:
        self._connection.execute(
            "INSERT INTO waiting VALUES (?, ?, ?, ?, ?)", (hash_, signed, sender, sequence, due_us)
        )

    def waiting(self) -> list[tuple[str, bytes, int]]:
        """Hash, signed bytes and due time of what has not been committed, by account and sequence number."""
        return self._connection.execute("SELECT hash, signed, due_us FROM waiting ORDER BY sender, sequence").fetchall()

    def waiting_with(self, sender: str, sequence: int) -> str | None:
        """The hash of the waiting transaction with this number."""
        row = self._connection.execute(
            "SELECT hash FROM waiting WHERE sender = ? AND sequence = ?", (sender, sequence)
        ).fetchone()
        return None if row is None else str(row[0])

    def waiting_bytes(self, hash_: str) -> bytes | None:
        row = self._connection.execute("SELECT signed FROM waiting WHERE hash = ?", (hash_,)).fetchone()
        return None if row is None else bytes(row[0])

    def forget(self, hash_: str) -> None:
        """Drop a waiting transaction."""
        self._connection.execute("DELETE FROM waiting WHERE hash = ?", (hash_,))

    def commit(self, row: Row) -> None:
        self._connection.execute(
            "INSERT INTO committed VALUES (?, ?, ?, ?, ?, ?, ?)",
            (row.version, row.hash, row.signed, row.time_us, row.success, row.gas_used, row.vm_status),
        )

    def committed(self, *, hash_: str = "", version: int = -1, up_to: int | None = None) -> Row | None:
        """The committed transaction of this hash or version, if it came in by the version `up_to`."""
        row = self._connection.execute(
            "SELECT version, hash, signed, time_us, success, gas_used, vm_status FROM committed "
            "WHERE (hash = ? OR version = ?) AND version <= ?",
            (hash_, version, up_to if up_to is not None else 2**62),
        ).fetchone()
        return None if row is None else Row(row[0], row[1], row[2], row[3], bool(row[4]), row[5], row[6])

    def put_anchor(self, project: str, digest: bytes, stored: Stored, version: int) -> None:
        self._connection.execute(
            "INSERT INTO anchor VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                project,
                digest,
                stored.quality_score,
                stored.verification_level,
                stored.timestamp,
                stored.anchored_s,
                stored.operator,
                version,
            ),
        )

    def anchor(self, project: str, digest: bytes, up_to: int | None = None) -> Stored | None:
        """The anchor under this key, as a node that has the versions up to `up_to` knows it."""
        row = self._connection.execute(
            "SELECT score, level, timestamp, anchored_s, operator FROM anchor "
            "WHERE project = ? AND digest = ? AND version <= ?",
            (project, digest, up_to if up_to is not None else 2**62),
        ).fetchone()
        return None if row is None else Stored(row[0], row[1], row[2], row[3], Address(row[4]))

    def anchors(self) -> list[tuple[str, str]]:
        """Project and digest of every anchor, in the order in which they came in."""
        rows = self._connection.execute("SELECT project, digest FROM anchor ORDER BY version").fetchall()
        return [(str(project), bytes(digest).hex()) for project, digest in rows]
