# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Anchors and the transactions signed for them, as stored state. Writes `delivery.sqlite3`.

A transaction is here before it is sent. Nothing is ever taken out; after a kill this is the truth.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from sync.anchor.call import Address
from sync.anchor.chain import Committed, Stored
from sync.anchor.record import AnchorRecord
from sync.anchor.signing import Signed, Terms
from sync.delivery.books import Books

WAITING, DONE, REFUSED, SUPERSEDED = "waiting", "done", "refused", "superseded"
CONFIRMED, ABORTED, EXPIRED, DISPLACED = "confirmed", "aborted", "expired", "displaced"

_TABLES = (
    "CREATE TABLE anchor (id INTEGER PRIMARY KEY, origin TEXT NOT NULL, size INTEGER NOT NULL, root TEXT NOT NULL, "
    "end_ns INTEGER NOT NULL, record BLOB NOT NULL, data_hash TEXT NOT NULL, network TEXT NOT NULL, "
    "chain_id INTEGER NOT NULL, contract TEXT NOT NULL, project TEXT NOT NULL, quality INTEGER NOT NULL, "
    "level TEXT NOT NULL, timestamp INTEGER NOT NULL, made_ns INTEGER NOT NULL, state TEXT NOT NULL, "
    "words TEXT NOT NULL, transaction_hash TEXT, version INTEGER, ledger_us INTEGER, fee_octas INTEGER, "
    "UNIQUE (chain_id, contract, project, data_hash))",
    "CREATE INDEX anchor_place ON anchor (origin, chain_id, contract, size)",
    # What was signed, before it was sent. `ending` is empty as long as it may still be committed.
    "CREATE TABLE anchor_attempt (id INTEGER PRIMARY KEY, anchor INTEGER NOT NULL REFERENCES anchor, "
    "signed BLOB NOT NULL, "
    "hash TEXT NOT NULL UNIQUE, sender TEXT NOT NULL, sequence INTEGER NOT NULL, expires_s INTEGER NOT NULL, "
    "chain_id INTEGER NOT NULL, max_gas INTEGER NOT NULL, gas_price INTEGER NOT NULL, forecast_octas INTEGER NOT NULL, "
    "made_ns INTEGER NOT NULL, ending TEXT NOT NULL, words TEXT NOT NULL, fee_octas INTEGER NOT NULL, told TEXT)",
    "CREATE INDEX anchor_attempt_place ON anchor_attempt (anchor, id)",
)
_ANCHOR = (
    "id, origin, size, root, end_ns, record, data_hash, network, chain_id, contract, project, quality, level, "
    "timestamp, made_ns, state, words, transaction_hash, version, ledger_us, fee_octas"
)
_ATTEMPT = "id, anchor, signed, hash, sender, sequence, expires_s, forecast_octas, ending"


@dataclass(frozen=True, slots=True)
class Anchor:
    """One anchor. `state` is waiting, done, refused or superseded; the last four fields are known once it is done.

    An anchor found on the chain whose transaction is not known (the books were put back from a copy) is done without
    them.
    """

    id: int
    origin: str
    size: int
    root: str
    end_ns: int
    record: bytes
    data_hash: str
    network: str
    chain_id: int
    contract: Address
    project: str
    quality: int
    level: str
    timestamp: int
    made_ns: int
    state: str
    words: str
    transaction_hash: str | None
    version: int | None
    ledger_us: int | None
    fee_octas: int | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A signed transaction. `ending` is empty as long as it may still be committed."""

    id: int
    anchor: int
    signed: bytes
    hash: str
    sender: Address
    sequence: int
    expires_s: int
    forecast_octas: int
    ending: str


def _migrations() -> Migrations:
    migrations = Migrations("anchor")

    @migrations(name="0001_anchor")
    def anchor(db: Database) -> None:
        for statement in _TABLES:
            db.conn.execute(statement)

    return migrations


class AnchorBooks:
    """The anchors in the open books of a home."""

    def __init__(self, books: Books, *, reading: bool = False) -> None:
        """Use these books; missing tables are made. Raises DiskFull, DamagedLog, BufferUnavailable."""
        self._books = books
        if not reading:
            with books.asking() as connection:
                _migrations().apply(Database(connection, execute_plugins=False))

    def begun(self) -> bool:
        """Whether anything was ever anchored from here; in books opened for reading the tables may be missing."""
        with self._books.asking() as connection:
            row = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'anchor'").fetchone()
        return row is not None

    def prepare(self, record: AnchorRecord, network: str) -> Anchor:
        """Note that this record is to be anchored. The same record again is the same anchor."""
        call, head = record.call, record.head
        with self._books.changing() as connection:
            _insert(
                connection,
                "INSERT OR IGNORE INTO anchor",
                {
                    "origin": head.origin,
                    "size": head.size,
                    "root": head.root.hex(),
                    "end_ns": head.end_ns,
                    "record": record.data,
                    "data_hash": call.data_hash,
                    "network": network,
                    "chain_id": record.chain_id,
                    "contract": record.contract,
                    "project": call.project_id,
                    "quality": call.quality_score,
                    "level": call.verification_level,
                    "timestamp": call.timestamp,
                    "made_ns": self._books.now_ns(),
                    "state": WAITING,
                    "words": "",
                },
            )
            row = connection.execute(
                f"SELECT {_ANCHOR} FROM anchor WHERE chain_id = ? AND contract = ? AND project = ? AND data_hash = ?",
                (record.chain_id, record.contract, call.project_id, call.data_hash),
            ).fetchone()
        return Anchor(*row)

    def anchor(self, number: int) -> Anchor:
        """The anchor of this number."""
        with self._books.asking() as connection:
            return Anchor(*connection.execute(f"SELECT {_ANCHOR} FROM anchor WHERE id = ?", (number,)).fetchone())

    def waiting(self, chain_id: int, contract: Address) -> list[Anchor]:
        """Anchors for this contract that are neither done nor given up, oldest first."""
        return self._anchors("chain_id = ? AND contract = ? AND state = ? ORDER BY id", (chain_id, contract, WAITING))

    def newest(self, chain_id: int, contract: Address, origin: str | None = None) -> Anchor | None:
        """The newest anchor that is done, of one log if named."""
        where = "chain_id = ? AND contract = ? AND state = ? AND (? IS NULL OR origin = ?) ORDER BY id DESC LIMIT 1"
        found = self._anchors(where, (chain_id, contract, DONE, origin, origin))
        return found[0] if found else None

    def history(self, limit: int = 100) -> list[Anchor]:
        """The last anchors, newest first."""
        return self._anchors("1 ORDER BY id DESC LIMIT ?", (limit,))

    def sizes(self, network: str) -> dict[str, int]:
        """How many entries of each log (by its origin) are anchored on that network."""
        found: dict[str, int] = {}
        for each in self._anchors("network = ? AND state = ? ORDER BY size", (network, DONE)):
            found[each.origin] = each.size
        return found

    def done(self, origin: str) -> list[Anchor]:
        """Every anchor of the log that is on a chain, smallest first."""
        return self._anchors("origin = ? AND state = ? ORDER BY size, id", (origin, DONE))

    def supersede(self, number: int) -> None:
        """A newer record takes this anchor's place; nothing signed for it can be committed any more."""
        self._set_state(number, SUPERSEDED, "a newer anchor covers it")

    def refuse(self, number: int, words: str) -> None:
        """The contract refused it; it is not repeated by itself."""
        self._set_state(number, REFUSED, words)

    def try_again(self, number: int) -> None:
        """A person asked to repeat it."""
        self._set_state(number, WAITING, "")

    def sign(self, number: int, signed: Signed, terms: Terms, forecast_octas: int) -> Attempt:
        """Note what was signed for the anchor. When this returns, it is on disk: now it may be sent."""
        with self._books.changing() as connection:
            _insert(
                connection,
                "INSERT INTO anchor_attempt",
                {
                    "anchor": number,
                    "signed": signed.data,
                    "hash": signed.hash,
                    "sender": terms.sender,
                    "sequence": terms.sequence_number,
                    "expires_s": terms.expires_s,
                    "chain_id": terms.chain_id,
                    "max_gas": terms.max_gas,
                    "gas_price": terms.gas_price,
                    "forecast_octas": forecast_octas,
                    "made_ns": self._books.now_ns(),
                    "ending": "",
                    "words": "",
                    "fee_octas": 0,
                },
            )
            return self._attempt(connection, number)

    def open_attempt(self, number: int) -> Attempt | None:
        """What was signed for the anchor and may still be committed."""
        with self._books.asking() as connection:
            row = connection.execute(
                f"SELECT {_ATTEMPT} FROM anchor_attempt WHERE anchor = ? AND ending = '' ORDER BY id DESC LIMIT 1",
                (number,),
            ).fetchone()
        return None if row is None else Attempt(*row)

    def attempt(self, transaction: str) -> Attempt:
        """The attempt of this hash."""
        with self._books.asking() as connection:
            row = connection.execute(f"SELECT {_ATTEMPT} FROM anchor_attempt WHERE hash = ?", (transaction,)).fetchone()
        return Attempt(*row)

    def hashes(self, number: int) -> list[str]:
        """The hashes of everything ever signed for the anchor, newest first."""
        with self._books.asking() as connection:
            rows = connection.execute("SELECT hash FROM anchor_attempt WHERE anchor = ? ORDER BY id DESC", (number,))
            return [str(row[0]) for row in rows]

    def close_attempt(self, attempt: Attempt, ending: str, words: str, committed: Committed | None = None) -> None:
        """Note that the attempt ended without the anchor: aborted, expired or displaced."""
        with self._books.changing() as connection:
            _end(connection, attempt.id, ending, words, committed)

    def confirm(self, attempt: Attempt, committed: Committed) -> Anchor:
        """Note that the attempt anchored."""
        with self._books.changing() as connection:
            _end(connection, attempt.id, CONFIRMED, committed.vm_status, committed)
            connection.execute(
                "UPDATE anchor SET state = ?, words = '', transaction_hash = ?, version = ?, ledger_us = ?, "
                "fee_octas = ? WHERE id = ?",
                (DONE, attempt.hash, committed.version, committed.time_us, committed.fee_octas, attempt.anchor),
            )
        return self.anchor(attempt.anchor)

    def found(self, number: int, stored: Stored) -> Anchor:
        """Note that the chain has the anchor, though no transaction of ours is known to have brought it there."""
        words = "found on the chain; the transaction that brought it there is not known here"
        with self._books.changing() as connection:
            connection.execute(
                "UPDATE anchor SET state = ?, words = ?, ledger_us = ? WHERE id = ?",
                (DONE, words, stored.anchored_s * 1_000_000, number),
            )
        return self.anchor(number)

    def transaction(self, number: int) -> tuple[bytes, dict[str, object]] | None:
        """The signed bytes that anchored, and the node's JSON of them: for the evidence."""
        with self._books.asking() as connection:
            row = connection.execute(
                "SELECT signed, told FROM anchor_attempt WHERE anchor = ? AND ending = ?", (number, CONFIRMED)
            ).fetchone()
        return None if row is None else (bytes(row[0]), json.loads(row[1]))

    def spent_since(self, chain_id: int, since_s: int) -> int:
        """Octas spent since then, by the chain's time (Unix seconds); what may still be committed counts in full."""
        with self._books.asking() as connection:
            row = connection.execute(
                "SELECT coalesce(sum(CASE ending WHEN '' THEN max_gas * gas_price ELSE fee_octas END), 0) "
                "FROM anchor_attempt WHERE chain_id = ? AND expires_s >= ?",
                (chain_id, since_s),
            ).fetchone()
        return int(row[0])

    def _anchors(self, where: str, values: tuple[object, ...]) -> list[Anchor]:
        with self._books.asking() as connection:
            return [Anchor(*row) for row in connection.execute(f"SELECT {_ANCHOR} FROM anchor WHERE {where}", values)]

    def _attempt(self, connection: sqlite3.Connection, number: int) -> Attempt:
        row = connection.execute(
            f"SELECT {_ATTEMPT} FROM anchor_attempt WHERE anchor = ? ORDER BY id DESC LIMIT 1", (number,)
        ).fetchone()
        return Attempt(*row)

    def _set_state(self, number: int, state: str, words: str) -> None:
        with self._books.changing() as connection:
            connection.execute("UPDATE anchor SET state = ?, words = ? WHERE id = ?", (state, words, number))


def _insert(connection: sqlite3.Connection, verb: str, row: Mapping[str, object]) -> None:
    connection.execute(f"{verb} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", tuple(row.values()))


def _end(connection: sqlite3.Connection, number: int, ending: str, words: str, committed: Committed | None) -> None:
    told = json.dumps(committed.plain) if committed else None
    fee = committed.fee_octas if committed else 0
    connection.execute(
        "UPDATE anchor_attempt SET ending = ?, words = ?, fee_octas = ?, told = ? WHERE id = ?",
        (ending, words, fee, told, number),
    )
