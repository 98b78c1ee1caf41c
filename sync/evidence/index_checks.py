# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Holds a bundle's index against what the entries gave. Pure."""

from hashlib import sha256

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.evidence_index import index_statement
from edge_daemon.log.signed_note import NoteInvalid, parse_note, signer_of
from sync.evidence import form
from sync.evidence.chain import Chain, in_force, predecessors
from sync.evidence.entry_checks import EntryChecker, same_counts
from sync.evidence.form import Index, NotEvidence, Parts
from sync.evidence.streams import whole
from sync.evidence.verdict import Sheet

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
    if not index.start and not index.until:
        words = "No period is claimed." if index.first or index.end < index.size else "It is the whole log."
        sheet.passed("edges", title, words)
        return
    start_ns, until_ns = _edge_ns(index.start, -(1 << 63)), _edge_ns(index.until, 1 << 63)
    if checker.first_t_ns is None or (index.first > 0 and checker.first_t_ns >= start_ns):
        words = "The run does not begin before the period: entries of the period may have been left out."
        sheet.failed("edges", title, words, index.first)
    elif index.end < index.size and checker.last_t_ns < until_ns:
        words = "The run ends before the period does: entries of the period may have been left out."
        sheet.failed("edges", title, words, index.end - 1)
    elif index.end == index.size and checker.last_t_ns < until_ns:
        sheet.not_checked(
            "edges", title, "The checkpoint is older than the period's end: the last part may be missing."
        )
    else:
        sheet.passed("edges", title, "The run reaches beyond the period at both ends, or to the log's own.")


def check_index_note(parts: Parts, sheet: Sheet, data: bytes, index: Index, chain: Chain | None) -> None:
    """The signature of the index, where it has one."""
    title = "Signature of the index"
    if form.INDEX_NOTE not in parts.names():
        words = "It is not signed. All that it says was held against the entries."
        sheet.not_checked("index_note", title, words)
        return
    try:
        note = parse_note(whole(parts, form.INDEX_NOTE, LARGEST_NOTE).decode("utf-8"))
        key = None if chain is None else chain.keys.in_force(index.size)
        signer_of(note, [key] if key else [])
        if note.text != index_statement(sha256(data).hexdigest()):
            raise NoteInvalid("it is the signature of another index")
    except (NoteInvalid, NotEvidence, UnicodeDecodeError) as error:
        sheet.failed("index_note", title, f"It does not hold: {error}.")
        return
    sheet.passed("index_note", title, "The device key in force signed it.")


def _edge_ns(text: str, open_ns: int) -> int:
    try:
        return ns_from_rfc3339(text) if text else open_ns
    except ValueError:
        return open_ns
