# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Holds what a node of the chain said of each anchor against its record. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sync.anchor.call import NotCallable, StoreCall, address_of
from sync.anchor.chain import Absent, Committed, LedgerInfo, Pending, Seen, Stored
from sync.evidence.anchors import ReadAnchor, carried
from sync.evidence.finding import Finding
from sync.evidence.time_words import told as time_told

_S = 10**9


@dataclass(frozen=True, slots=True)
class ChainAnswer:
    """What the node at `node` said of one anchor, at its ledger state; `trouble` where it gave no usable answer.

    `seen` is what it knows of the transaction; `stored` what the contract has, where no transaction is known here.
    """

    node: str
    ledger: LedgerInfo | None = None
    seen: Seen | None = None
    stored: Stored | None = None
    trouble: str = ""


Answers = Mapping[str, ChainAnswer]
"""By data hash."""


@dataclass(slots=True)
class Online:
    """What was found for all anchors, by check. Mutable, for the time of one verification."""

    taken: int = 0
    nodes: set[str] = field(default_factory=set)
    unknown: Finding = field(default_factory=Finding)
    found: Finding = field(default_factory=Finding)
    elsewhere: Finding = field(default_factory=Finding)
    call: Finding = field(default_factory=Finding)
    arguments: Finding = field(default_factory=Finding)
    time: Finding = field(default_factory=Finding)

    @property
    def wrong(self) -> int:
        """How much was found wrong so far."""
        return self.found.count + self.call.count + self.arguments.count + self.time.count

    @property
    def against(self) -> int:
        """How much speaks against an anchor so far, or shows that it was looked for where it is not."""
        return self.wrong + self.elsewhere.count

    def kinds(self) -> Iterator[tuple[str, str, Finding, str]]:
        """(name, title, what failed, words when nothing did)."""
        asked = f" (asked: {', '.join(sorted(self.nodes))})"
        yield "anchor", "Anchor on the chain", self.found, f"is on the chain and succeeded{asked}"
        yield "anchor_call", "Contract of the anchor", self.call, "called the contract and function of its record"
        arguments = "passed project, digest of the record, quality, level and time as the record has them"
        yield "anchor_arguments", "Arguments of the anchor", self.arguments, arguments
        yield "anchor_time", "Time of the anchor", self.time, "came in after the end of its period, by the chain's time"


def held_against(online: Online, one: ReadAnchor, answer: ChainAnswer) -> int | None:
    """The chain's time of the anchor (UTC ns) where everything about it holds."""
    entry = one.size - 1
    if answer.trouble or answer.ledger is None:
        online.unknown.note(entry, answer.trouble or f"{answer.node} gave no answer")
        return None
    if answer.ledger.chain_id != one.chain_id:
        words = (
            f"{answer.node} belongs to chain {answer.ledger.chain_id}, and the anchor of {one.size} entries to chain "
            f"{one.chain_id}; give a node of that chain (a network that was wiped has lost its anchors)"
        )
        online.elsewhere.note(entry, words)
        return None
    if answer.stored is not None:
        _of_contract(online, one, answer, answer.stored)
        return None
    told = _of_transaction(online, one, answer)
    if told is None:
        return None
    success, function, arguments, at_ns = told
    wrong = online.wrong
    if not success:
        online.found.note(entry, f"the anchor of {one.size} entries was refused by the chain: {function}")
        return None
    online.taken += 1
    online.nodes.add(answer.node)
    if function != one.call.function:
        online.call.note(entry, f"it calls {function}, where the record names {one.call.function}")
    due = _arguments(one.call)
    if arguments != due:
        online.arguments.note(entry, f"it says {', '.join(arguments)}; the record gives {', '.join(due)}")
    if at_ns // _S < one.end_ns // _S:  # the contract counts whole seconds
        words = (
            f"the chain's time {time_told(at_ns)} is before the end of the period, "
            f"{time_told(one.end_ns)}: entries are dated later than they were made"
        )
        online.time.note(entry, words)
    return at_ns if online.wrong == wrong else None


_Told = tuple[bool, str, tuple[str, ...], int]


def _of_contract(online: Online, one: ReadAnchor, answer: ChainAnswer, stored: Stored) -> None:
    """What the contract has, where no transaction shows it. The record names the contract, and anyone can publish one.

    So it may be found wrong by it, and proves nothing.
    """
    entry = one.size - 1
    told = (one.call.project_id, one.call.data_hash)
    arguments = (*told, str(stored.quality_score), stored.verification_level, str(stored.timestamp))
    due = _arguments(one.call)
    if arguments != due:
        online.arguments.note(entry, f"the contract has {', '.join(arguments)}; the record gives {', '.join(due)}")
        return
    why = "has forgotten its transaction" if one.note.transaction else "was asked without its transaction"
    words = (
        f"{answer.node} {why}, and the contract that the record names has its digest since "
        f"{time_told(stored.anchored_s * _S)}; ask a node that keeps all transactions"
    )
    online.unknown.note(entry, words)


def _of_transaction(online: Online, one: ReadAnchor, answer: ChainAnswer) -> _Told | None:
    entry, seen = one.size - 1, answer.seen
    if isinstance(seen, Pending):
        online.unknown.note(entry, "the chain has the transaction and has not committed it yet")
    elif isinstance(seen, Committed):
        if not seen.success:
            return False, seen.vm_status, (), 0
        function, arguments = _payload(seen.plain)
        return True, function, arguments, seen.time_us * 1000
    elif isinstance(seen, Absent) and _lags(one, seen.ledger):
        online.unknown.note(entry, f"{answer.node} lags behind; ask again later, or another node")
    else:
        known = one.note.transaction_hash or "its digest"
        online.found.note(
            entry, f"the chain does not know the anchor of {one.size} entries ({known}), though its record says so"
        )
    return None


def _lags(one: ReadAnchor, ledger: LedgerInfo) -> bool:
    """Whether the node may not have come to the transaction yet. No chain takes one after its expiry."""
    if one.note.ledger_ns is None or ledger.time_us * 1000 >= one.note.ledger_ns:
        return False
    transaction = carried(one)
    return transaction is not None and ledger.time_us <= transaction.expires_s * 1_000_000


def _payload(plain: Mapping[str, object]) -> tuple[str, tuple[str, ...]]:
    """Function (its address in full) and arguments of a transaction as a node's JSON tells them."""
    payload = plain.get("payload")
    if not isinstance(payload, Mapping):
        return "nothing", ()
    address, separator, name = str(payload.get("function")).partition("::")
    try:
        function = f"{address_of(address)}{separator}{name}"
    except NotCallable:
        function = str(payload.get("function"))[:100]
    arguments = payload.get("arguments")
    return function, tuple(map(str, arguments)) if isinstance(arguments, Sequence) else ()


def _arguments(call: StoreCall) -> tuple[str, ...]:
    return (
        call.project_id,
        call.data_hash,
        str(call.quality_score),
        call.verification_level,
        str(call.timestamp),
    )
