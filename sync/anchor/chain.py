# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What anchoring asks of a chain's node: our own interface, whatever library or server is behind it. Types only.

Every method may wait for the network and raises Unreachable, ChainRateLimited, ChainCongested or NodeTrouble when
there is no usable answer: what was asked may then have happened or not. Ledger times are the chain's own, in UTC
microseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from edge_daemon.domain.faults import Unreachable
from sync.anchor.call import Address
from sync.anchor.faults import ChainCongested, ChainRateLimited, NodeTrouble

PASSING = (Unreachable, ChainRateLimited, ChainCongested, NodeTrouble)
"""Faults that say nothing of the transaction and end by waiting."""


@dataclass(frozen=True, slots=True)
class LedgerInfo:
    """The state of the ledger that the answering node has: chain id, version, time (UTC microseconds)."""

    chain_id: int
    version: int
    time_us: int


@dataclass(frozen=True, slots=True)
class AccountState:
    """The next sequence number of an account, and the key (as 0x and 64 hex digits) that opens it."""

    sequence_number: int
    authentication_key: str


@dataclass(frozen=True, slots=True)
class Simulated:
    """What the call would do now. Gas in units, price in octas per unit, `vm_status` in the chain's words."""

    success: bool
    gas_used: int
    gas_price: int
    vm_status: str


@dataclass(frozen=True, slots=True)
class Stored:
    """An anchor as the contract has it. `anchored_s` is the chain's time when it came in (Unix seconds)."""

    quality_score: int
    verification_level: str
    timestamp: int
    anchored_s: int
    operator: Address


class Answer(StrEnum):
    """What a node says to signed bytes. Anything but TAKEN leaves open whether another node has taken them."""

    TAKEN = "taken"
    NUMBER_USED = "number_used"
    NUMBER_WAITING = "number_waiting"
    EXPIRED = "expired"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Submission:
    """The answer to signed bytes, in the node's words, from a node at this ledger state. `vm_code`: the VM's status."""

    answer: Answer
    words: str
    ledger: LedgerInfo
    vm_code: int | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """The node has the transaction and has not committed it."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The answering node, at this ledger state, does not know the transaction."""

    ledger: LedgerInfo


@dataclass(frozen=True, slots=True)
class Committed:
    """The transaction is part of the chain for good, succeeded or not. `plain` is the node's JSON, for the evidence."""

    success: bool
    version: int
    time_us: int
    gas_used: int
    gas_price: int
    vm_status: str
    plain: Mapping[str, object]

    @property
    def fee_octas(self) -> int:
        """What it cost, storage included."""
        return self.gas_used * self.gas_price


Seen = Pending | Absent | Committed


class Fullnode(Protocol):
    """A node of the chain."""

    def ledger(self) -> LedgerInfo:
        """The node's present state."""

    def account(self, address: Address) -> AccountState:
        """An account; one that nobody used yet has the sequence number 0."""

    def balance(self, address: Address) -> int:
        """Octas (10⁻⁸ APT) of the account."""

    def gas_price(self) -> int:
        """Octas per gas unit that usually get a transaction committed at once."""

    def anchored(self, contract: Address, project_id: str, data_hash: str) -> Stored | None:
        """The contract's record of this digest. Raises ContractMissing where there is no such contract."""

    def simulate(self, unsigned: bytes) -> Simulated:
        """Try the transaction, which carries a signature of zeros, without committing it."""

    def submit(self, signed: bytes) -> Submission:
        """Hand in signed bytes. Doing so again is harmless: they commit at most once."""

    def by_hash(self, transaction: str) -> Seen:
        """What the node knows of the transaction."""

    def close(self) -> None:
        """Let go of connections."""
