# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Holds anchors against the log, and against what was answered where a node of the chain was asked. Pure."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from edge_daemon.log.checkpoint import Checkpoint
from edge_daemon.log.device_keys import DeviceKeys
from edge_daemon.log.signed_note import NoteInvalid, signer_of
from sync.anchor.networks import is_public, warning_of
from sync.evidence.anchor_online import Answers, Online, held_against
from sync.evidence.anchors import AnchorNote, ReadAnchor, carried, read_anchor
from sync.evidence.exposure import NO_WITNESS, Basis, Fixed
from sync.evidence.form import NotEvidence
from sync.evidence.heads import END, cut_short
from sync.evidence.register import RegisteredLedger
from sync.evidence.time_words import told as time_told
from sync.evidence.verdict import TRUNCATED, Sheet

_S = 10**9
RECORDS, CHAIN = "Anchor records", "Chain of the anchor"


@dataclass(frozen=True, slots=True)
class Outside:
    """What is known of anchors from outside the evidence.

    `answers` None: no chain was asked. `accounts` are those that the project's register names for the station (none: it
    names none). `trusted` are networks that count as outside though they are no public chains. `ledgers` are the chains
    and contracts that the register names for the station's anchors (none: it says nothing of them). `closed` is what
    the log after this one says of why it was closed, where that names it just as it is.
    """

    answers: Answers | None = None
    accounts: Collection[str] = ()
    trusted: Collection[str] = ()
    ledgers: Collection[RegisteredLedger] = ()
    closed: str = ""

    def vouches(self, one: ReadAnchor) -> bool:
        """Whether the register does not speak against the chain and contract of an anchor."""
        return not self.ledgers or RegisteredLedger(one.chain_id, one.call.contract) in self.ledgers

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
    *,
    project: str,
) -> list[Fixed]:
    """Put the checks on the sheet; gives since when each anchor that holds fixes the log's beginning.

    `agrees` says whether the log's beginning has the anchored root. `project` is the log's.
    """
    good = _check_records(sheet, notes, head, keys, agrees, outside, project)
    _check_public(sheet, good, outside)
    _check_ledgers(sheet, good, outside)
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


def _check_ledgers(sheet: Sheet, anchors: Sequence[ReadAnchor], outside: Outside) -> None:
    other = [one for one in anchors if not outside.vouches(one)]
    title = "Contract and chain of the anchors"
    if other:
        used = RegisteredLedger(other[0].chain_id, other[0].call.contract)
        named = "; ".join(sorted(map(str, outside.ledgers)))
        words = (
            f"{len(other)} of {len(anchors)} are not vouched for: they went through the {used} (first: that of "
            f"{other[0].size} entries), and the register names for this station only the {named}. They count as no "
            "outside witness."
        )
        sheet.not_checked("anchor_ledger", title, words)
    elif anchors and outside.ledgers:
        words = f"All {len(anchors)} are through a contract and on a chain that the register names for this station."
        sheet.passed("anchor_ledger", title, words)


def check_periods(sheet: Sheet, notes: Sequence[AnchorNote], t_ns: Callable[[int], int | None]) -> None:
    """Whether each anchor's period is that of the entries that it covers anew. `t_ns`: an entry's laptop time (UTC ns).

    An anchor whose last entry is not at hand (None) is passed over, and its begin where the first is not.
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
        begun = None if one.since is None or one.since >= one.size else t_ns(one.since)
        if found is not None and begun is not None and min(begun, found) != one.start_ns:
            told, due = time_told(one.start_ns), time_told(min(begun, found))
            words = f"The anchor of {one.size} entries says that they begin at {told}; the first of them is of {due}."
            sheet.failed("anchor_period", title, words, one.since)
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
    outside: Outside,
    project: str,
) -> list[ReadAnchor]:
    good: list[ReadAnchor] = []
    for note in notes:
        try:
            one = read_anchor(note)
            if one.signed.checkpoint.origin != head.origin:
                raise NotEvidence(f"an anchor is of another log, {one.signed.checkpoint.origin}")
            if one.call.project_id != project:
                raise NotEvidence(
                    f"an anchor of {one.size} entries was made for the project {one.call.project_id}, and the log is "
                    f"of {project}: what was recorded for one is claimed for another"
                )
            key = keys.in_force(one.size)
            signer = signer_of(one.signed.note, [key] if key else [])
            if signer.public != one.device:
                raise NotEvidence("an anchor record names another device key than the one that signed its checkpoint")
            transaction = carried(one)
            paid_by = one.account if transaction is None else transaction.sender
            taken_ns = one.note.ledger_ns
            if transaction is not None and taken_ns is not None and taken_ns // _S > transaction.expires_s:
                raise NotEvidence("an anchor is said to have been taken after its transaction had expired")
            if outside.accounts and paid_by not in outside.accounts:
                raise NotEvidence(f"{paid_by} paid for an anchor, an account that the register does not name")
        except (NotEvidence, NoteInvalid) as error:
            sheet.failed("anchor_records", RECORDS, f"{error}.")
            return good
        if one.size > head.size and outside.closed:
            words = f"{one.size} entries were anchored ({_when(one)}), and the log has {head.size}."
            sheet.not_checked(TRUNCATED, END, f"{words} {cut_short(head, outside.closed)}")
            continue
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
    sent = sum(bool(one.note.transaction) for one in good)
    if sent:
        words = (
            f"{sent} agree with these entries; each carries a checkpoint signed by the device key, in a transaction "
            "signed by the account that paid."
        )
        sheet.passed("anchor_records", RECORDS, words)
    if sent < len(good):
        words = (
            f"{len(good) - sent} agree with these entries, and each carries a checkpoint signed by the device key; "
            "they are named without their transaction: nobody signed that they were sent."
        )
        sheet.not_checked("anchor_unsent", RECORDS, words)
    return sorted(good, key=lambda one: one.size)


def _check_online(sheet: Sheet, anchors: Sequence[ReadAnchor], outside: Outside, answers: Answers) -> list[Fixed]:
    online, fixed = Online(), []
    for one in anchors:
        answer, against = answers.get(one.call.data_hash), online.against
        at_ns = None if answer is None else held_against(online, one, answer)
        if answer is None:
            online.unknown.note(one.size - 1, "it was not asked about")
        if at_ns is not None:
            fixed.append(_fixed(one, at_ns, "chain", outside))
        elif online.against == against:
            fixed.append(_fixed(one, one.note.ledger_ns, "told", outside, "the chain could not be asked"))
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


def _fixed(
    one: ReadAnchor, at_ns: int | None, basis: Basis, outside: Outside, why: str = "the chain was not asked"
) -> Fixed:
    warning = warning_of(one.note.network)
    by = f"anchor on {one.note.network}, chain {one.chain_id}" + (f" ({warning})" if warning else "")
    if basis == "told":
        by += f", as the evidence tells: {why}"
    if not outside.vouches(one):
        return Fixed(one.size, at_ns, by, "unvouched")
    return Fixed(one.size, at_ns, by, basis if outside.counts(one.note.network) else "local")


def _when(one: ReadAnchor) -> str:
    told = one.note.ledger_ns
    return "at a time that is not told" if told is None else time_told(told)
