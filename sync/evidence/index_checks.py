# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Holds a bundle's index against what the entries gave. Pure."""

from collections.abc import Iterable, Iterator
from hashlib import sha256

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.evidence_index import index_statement, without_a_list
from edge_daemon.log.signed_note import NoteInvalid, SignedNote, VerifierKey, parse_note, signer_of
from sync.evidence import form
from sync.evidence.chain import Chain, in_force, predecessors
from sync.evidence.entry_checks import EntryChecker, same_counts
from sync.evidence.form import Index, NotEvidence, Parts
from sync.evidence.register import Register
from sync.evidence.streams import whole
from sync.evidence.verdict import INDEX_NOTE, Sheet

LARGEST_NOTE = 2**20


def check_index(sheet: Sheet, index: Index, checker: EntryChecker, chain: Chain) -> None:
    """The index says nothing that the entries do not."""
    opened = chain.opened
    notable = {kind: tuple(found) for kind, found in checker.notable.items()}
    told = {kind: tuple(found) for kind, found in index.notable.items() if found}
    same = (
        same_counts(index.counts, checker.counts)
        and told == notable
        and (index.device_id, index.project_id, index.demo) == (opened.device_id, opened.project_id, opened.demo)
        and index.program == opened.program
        and index.predecessors == predecessors(opened)
        and index.in_force == in_force(index.first, chain.entries)
        and set(index.sensors) <= {form.sensor for form in chain.forms.values()}
    )
    title = "Index"
    if checker.context.count:
        sheet.failed("index", title, f"{checker.context.words}.", checker.context.entry)
    elif same:
        sheet.passed("index", title, "What it says of station, counts, gaps and amendments follows from the entries.")
    else:
        sheet.failed("index", title, "It says something else of station, counts, gaps or amendments than the entries.")


def check_edges(sheet: Sheet, index: Index, checker: EntryChecker) -> None:
    """The run holds every entry of the period, as far as the checkpoint goes."""
    title = "Edges of the period"
    if not checker.times.by_key or not any(times.begun for times in checker.times.by_key.values()):
        sheet.not_checked("edges", title, "No entry could be read: there is nothing to hold the period against.")
        return
    if not index.start and not index.until:
        words = "No period is claimed." if index.first or index.end < index.size else "It is the whole log."
        sheet.passed("edges", title, words)
        return
    start_ns, until_ns = _edge_ns(index.start, -(1 << 63)), _edge_ns(index.until, 1 << 63)
    run = checker.times.run
    begins = index.first == 0 or (run.first_ns is not None and run.first_ns < start_ns)
    ends = run.last_ns is not None and run.last_ns >= until_ns
    if not begins and run.first_known:
        words = "The run does not begin before the period: entries of the period may have been left out."
        sheet.failed("edges", title, words, index.first)
    elif index.end < index.size and not ends and run.last_known:
        words = "The run ends before the period does: entries of the period may have been left out."
        sheet.failed("edges", title, words, index.end - 1)
    elif not begins or (index.end < index.size and not ends):
        where = "begin" if not begins else "end"
        words = (
            f"At the {where} of the run the computer's clock was not to be trusted: whether entries of the period were "
            "left out there cannot be told. Ask for a bundle of a longer period."
        )
        sheet.not_checked("edges", title, words)
    elif not ends and index.until:
        sheet.not_checked(
            "edges", title, "The checkpoint is older than the period's end: the last part may be missing."
        )
    else:
        sheet.passed("edges", title, "The run reaches beyond the period at both ends, or to the log's own.")


def check_context(sheet: Sheet, index: Index, chain: Chain, *, signed: bool) -> bool:
    """Whether the context holds every entry of the log that changes how others are read; puts it on the sheet.

    A proof shows that an entry is in the log, not that there is no other. Where the run is not the whole log, only the
    list in a signed index shows that; `signed` tells that the index is.
    """
    title = "Context is complete"
    if index.first == 0 and index.end == index.size:
        sheet.passed("context_complete", title, "The run is the whole log, and all such entries of it are there.")
        return True
    if not signed or not index.context:
        words = (
            "Outside the run an amendment, a calibration or the like may have been left out: no index that the device "
            "signed lists them."
        )
        sheet.not_checked("context_complete", title, words)
        return False
    there = chain.entries.keys() | chain.unread
    if index.context != tuple(sorted(there)):
        missing = sorted(set(index.context) - there) or sorted(there - {*index.context})
        first = missing[0] if missing else None
        words = "It is not the list of entries that the device signed in the index: entries were left out or put in."
        sheet.failed("context_complete", title, words, first)
        return False
    sheet.passed("context_complete", title, "It holds every entry that the recorder listed when it signed the index.")
    return True


def check_index_note(
    parts: Parts, sheet: Sheet, data: bytes, index: Index, chain: Chain | None, register: Register | None = None
) -> bool:
    """The signature of the index, which every bundle has that was written in full. Gives whether it holds.

    A log that was closed because its key was lost or exchanged has no own signature any more: its bytes stay proven by
    its last checkpoint, and the key that the station has now signs for the list of context, if the register knows it.
    """
    title = "Signature of the index"
    if form.INDEX_NOTE not in parts.names():
        words = (
            f"{form.INDEX_NOTE} is missing. What the index says was held against the entries; whether the bundle holds "
            "all that the index listed when it was written is not shown."
        )
        sheet.not_checked(INDEX_NOTE, title, words)
        return False
    if chain is None:
        words = "Without a context that can be read, nothing says which key it must be of."
        sheet.not_checked(INDEX_NOTE, title, words)
        return False
    try:
        note = parse_note(whole(parts, form.INDEX_NOTE, LARGEST_NOTE).decode("utf-8"))
        later = _later_key(note, index, chain, register)
        digest = sha256(data).hexdigest()
        if note.text == without_a_list(digest):
            words = "It is by an older program, which made no list of its own of the context."
            sheet.not_checked(INDEX_NOTE, title, words)
            return False
        if note.text != index_statement(digest, index.origin, index.size, index.context):
            raise NoteInvalid("it is the signature of another index")
    except _NotKnown as error:
        sheet.not_checked(INDEX_NOTE, title, f"{error}.")
        return False
    except (NoteInvalid, NotEvidence, UnicodeDecodeError) as error:
        sheet.failed(INDEX_NOTE, title, f"It does not hold: {error}.")
        return False
    words = "The device key in force signed it, with a list of its own of the context."
    if later is not None:
        words = (
            f"A later key of the station, {later.key_id.hex()}, which the register vouches for, signed it, with a list "
            "of its own of the context: this log's own key is no more. The entries are proven by the log's own last "
            "checkpoint; that the list is whole rests on the copy of the log that the station kept."
        )
    sheet.passed(INDEX_NOTE, title, words)
    return True


class _NotKnown(Exception):
    """Nothing that was given says whose the key is; the message says it."""


def _later_key(note: SignedNote, index: Index, chain: Chain, register: Register | None) -> VerifierKey | None:
    """The key that signed where it is not the log's own; None where it is. Raises _NotKnown, NoteInvalid."""
    key = chain.keys.in_force(index.size)
    # A closed log's bundle is signed in the name of the log of the present.
    try:
        signer_of(note, [VerifierKey(one.name, key.public) for one in note.signatures] if key else [])
    except NoteInvalid:
        names = {one.name for one in note.signatures}
        try:
            return signer_of(note, list(_registered(names - {index.origin}, chain, register)))
        except NoteInvalid as error:
            if names == {index.origin}:
                raise
            words = (
                "A key signed it that is not this log's, as of a log that was closed because its key was lost or "
                "exchanged. No register that the project signed vouches for it as one that this station has had only "
                "since this log began, and has now"
            )
            raise _NotKnown(words) from error
    return None


def _registered(names: Iterable[str], chain: Chain, register: Register | None) -> Iterator[VerifierKey]:
    """The keys that the project says the station has only since this log began, and has neither ended nor revoked.

    None of the log's own that was rotated away, and none of an earlier log: who has an old key could leave out of a
    bundle whatever he likes.
    """
    if register is None or register.signed_by is None:
        return
    own = {key.public for key in chain.keys.named}
    began_ns = chain.entries[0].t_ns
    for name in sorted(names):
        for public in register.keys_of(chain.opened.device_id) - own:
            told = register.key(public, name, chain.opened.device_id)
            if told is not None and not told.until and not told.revoked and _edge_ns(told.start, 0) > began_ns:
                yield VerifierKey(name, public)


def _edge_ns(text: str, open_ns: int) -> int:
    try:
        return ns_from_rfc3339(text) if text else open_ns
    except ValueError:
        return open_ns
