# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Holds anchors against the log, and against what a node of the chain said of them where one was asked. Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from edge_daemon.log.checkpoint import Checkpoint
from edge_daemon.log.device_keys import DeviceKeys
from edge_daemon.log.signed_note import NoteInvalid, signer_of
from sync.anchor.call import NotCallable, StoreCall, address_of
from sync.anchor.chain import Absent, Committed, LedgerInfo, Pending, Seen, Stored
from sync.anchor.networks import is_public, warning_of
from sync.evidence.anchors import AnchorNote, ReadAnchor, carried, read_anchor
from sync.evidence.exposure import NO_WITNESS, Basis, Fixed
from sync.evidence.finding import Finding
from sync.evidence.form import NotEvidence
from sync.evidence.time_words import told as time_told
from sync.evidence.verdict import Sheet

_S = 10**9
RECORDS, CHAIN = "Anchor records", "Chain of the anchor"


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


@dataclass(frozen=True, slots=True)
class Outside:
    """What is known of anchors from outside the evidence.

    `answers` None: no chain was asked. `accounts` are those that the project's register names for the station (none: it
    names none). `trusted` are networks that count as outside though they are no public chains.
    """

    answers: Answers | None = None
    accounts: Collection[str] = ()
    trusted: Collection[str] = ()

    def counts(self, network: str) -> bool:
        """Whether an anchor on this network shows something to others."""
        return is_public(network) or network in self.trusted


NOTHING = Outside()


def check_anchors(
    sheet: Sheet,
    notes: Sequence[AnchorNote],
    head: Checkpoint,
    keys: DeviceKeys,
    agrees: Callable[[ReadAnchor], bool],
    outside: Outside = NOTHING,
) -> list[Fixed]:
    """Put the checks on the sheet; gives since when each anchor that holds fixes the log's beginning.

    `agrees` says whether the log's beginning has the anchored root.
    """
    good = _check_records(sheet, notes, head, keys, agrees, outside.accounts)
    _check_public(sheet, good, outside)
    if not notes:
        sheet.not_checked("anchor", "Anchor on the chain", "This evidence holds no anchor.")
    elif outside.answers is None:
        words = f"{len(good)} anchors are told; the chain was not asked whether it has them: this check is offline."
        sheet.not_checked("anchor", "Anchor on the chain", words)
    else:
        return _check_online(sheet, good, outside, outside.answers)
    return [_fixed(one, one.note.ledger_ns, "told", outside) for one in good]


def _check_public(sheet: Sheet, anchors: Sequence[ReadAnchor], outside: Outside) -> None:
    names = [one.note.network for one in anchors if not outside.counts(one.note.network)]
    if names:
        words = (
            f"{len(names)} of {len(anchors)} are on a network that is no public chain ({', '.join(sorted({*names}))}): "
            f"{NO_WITNESS}. If somebody else keeps it whom you trust, check again with --trust-network {min(names)}."
        )
        sheet.not_checked("anchor_public", "Anchors that others can see", words)


def check_periods(sheet: Sheet, notes: Sequence[AnchorNote], t_ns: Callable[[int], int | None]) -> None:
    """Whether the end of each anchor's period is the time of its last entry. `t_ns`: an entry's laptop time (UTC ns).

    An anchor whose last entry is not at hand (None) is passed over.
    """
    title, same = "Periods of anchors", 0
    for note in notes:
        try:
            one = read_anchor(note)
        except NotEvidence:
            continue  # the check of the records says so
        found = t_ns(one.size - 1)
        if found is not None and found != one.end_ns:
            told, due = time_told(one.end_ns), time_told(found)
            words = f"The anchor of {one.size} entries says that they end at {told}; the last of them is of {due}."
            sheet.failed("anchor_period", title, words, one.size - 1)
            return
        same += found is not None
    if same:
        sheet.passed("anchor_period", title, f"{same} end when the last entry that they cover was made.")


def _check_records(
    sheet: Sheet,
    notes: Sequence[AnchorNote],
    head: Checkpoint,
    keys: DeviceKeys,
    agrees: Callable[[ReadAnchor], bool],
    accounts: Collection[str],
) -> list[ReadAnchor]:
    good: list[ReadAnchor] = []
    unsigned = 0
    for note in notes:
        try:
            one = read_anchor(note)
            if one.signed.checkpoint.origin != head.origin:
                raise NotEvidence(f"an anchor is of another log, {one.signed.checkpoint.origin}")
            key = keys.in_force(one.size)
            signer_of(one.signed.note, [key] if key else [])
            transaction = carried(one)
            unsigned += transaction is None
            paid_by = one.account if transaction is None else transaction.sender
            if accounts and paid_by not in accounts:
                raise NotEvidence(f"{paid_by} paid for an anchor, an account that the register does not name")
        except (NotEvidence, NoteInvalid) as error:
            sheet.failed("anchor_records", RECORDS, f"{error}.")
            return good
        if one.size > head.size:
            words = (
                f"{one.size} entries were anchored ({_when(one)}), and this has {head.size}: the log ended later than "
                "this shows. An older copy was put back, or its end was cut off."
            )
            sheet.failed("anchor_records", RECORDS, words, head.size)
            return good
        if not agrees(one):
            since = max((other.size for other in good), default=0)
            words = (
                f"At {one.size} entries another root was anchored ({_when(one)}): what stands among the entries "
                f"{since} to {one.size - 1} was written anew after that, with the device key."
            )
            sheet.failed("anchor_records", RECORDS, words, since)
            return good
        good.append(one)
    if good:
        more = f" Of {unsigned} the signed transaction is not at hand." if unsigned else ""
        words = (
            f"{len(good)} agree with these entries; each carries a checkpoint signed by the device key, in a "
            f"transaction signed by the account that paid.{more}"
        )
        sheet.passed("anchor_records", RECORDS, words)
    return sorted(good, key=lambda one: one.size)


@dataclass(slots=True)
class _Online:
    """What was found for all anchors, by check."""

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

    def kinds(self) -> Iterator[tuple[str, str, Finding, str]]:
        """(name, title, what failed, words when nothing did)."""
        asked = f" (asked: {', '.join(sorted(self.nodes))})"
        yield "anchor", "Anchor on the chain", self.found, f"is on the chain and succeeded{asked}"
        yield "anchor_call", "Contract of the anchor", self.call, "called the contract and function of its record"
        arguments = "passed project, digest of the record, quality, level and time as the record has them"
        yield "anchor_arguments", "Arguments of the anchor", self.arguments, arguments
        yield "anchor_time", "Time of the anchor", self.time, "came in after the end of its period, by the chain's time"


def _check_online(sheet: Sheet, anchors: Sequence[ReadAnchor], outside: Outside, answers: Answers) -> list[Fixed]:
    online, fixed = _Online(), []
    for one in anchors:
        answer = answers.get(one.call.data_hash)
        at_ns = None if answer is None else _held_against(online, one, answer)
        if answer is None:
            online.unknown.note(one.size - 1, "it was not asked about")
        if at_ns is not None:
            fixed.append(_fixed(one, at_ns, "chain", outside))
    for name, title, failed, words in online.kinds():
        if failed.count:
            sheet.failed(name, title, f"{failed.count} of {len(anchors)}: {failed.words}.", failed.entry)
        elif online.taken:
            sheet.passed(name, title, f"{online.taken} of {len(anchors)}: each {words}.")
    if online.elsewhere.count:
        words = f"{online.elsewhere.count} of {len(anchors)}: {online.elsewhere.words}."
        sheet.not_checked("anchor_chain", CHAIN, words)
    elif online.taken:
        sheet.passed("anchor_chain", CHAIN, f"{online.taken} of {len(anchors)}: the node names the record's chain id.")
    if online.unknown.count:
        words = f"{online.unknown.count} of {len(anchors)} could not be asked about: {online.unknown.words}."
        sheet.not_checked("anchor_open", "Anchors that the chain did not answer for", words)
    return fixed


def _held_against(online: _Online, one: ReadAnchor, answer: ChainAnswer) -> int | None:
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


def _of_contract(online: _Online, one: ReadAnchor, answer: ChainAnswer, stored: Stored) -> None:
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


def _of_transaction(online: _Online, one: ReadAnchor, answer: ChainAnswer) -> _Told | None:
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
    return one.note.ledger_ns is not None and ledger.time_us * 1000 < one.note.ledger_ns


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


def _fixed(one: ReadAnchor, at_ns: int | None, basis: Basis, outside: Outside) -> Fixed:
    warning = warning_of(one.note.network)
    by = f"anchor on {one.note.network}, chain {one.chain_id}" + (f" ({warning})" if warning else "")
    if basis == "told":
        by += ", as the evidence tells: the chain was not asked"
    return Fixed(one.size, at_ns, by, basis if outside.counts(one.note.network) else "local")


def _when(one: ReadAnchor) -> str:
    told = one.note.ledger_ns
    return "at a time that is not told" if told is None else time_told(told)
