# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks an evidence bundle as a stream, offline: bytes, leaves, root, signature, and what entries say. Pure.

Nothing is taken from the index that does not follow from the entries or is not proven against the checkpoint.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from edge_daemon.log.checkpoint import Checkpoint, SignedCheckpoint, read_checkpoint
from edge_daemon.log.entry import Entry, NotAnEntry, decode_entry, leaf_hash
from edge_daemon.log.range_proof import check_end_of_run
from edge_daemon.log.signed_note import NoteInvalid
from edge_daemon.log.tree import Frontier, ProofInvalid, verify_consistency, verify_inclusion
from sync.evidence import form
from sync.evidence.amendments_told import check_amendments
from sync.evidence.anchor_checks import RECORDS, check_anchors, check_periods
from sync.evidence.anchors import AnchorNote, ReadAnchor, anchor_of_line
from sync.evidence.chain import Chain, Contradiction, chain_of
from sync.evidence.context import ContextEntry, context_entry, note_of_line
from sync.evidence.dated import check_dated
from sync.evidence.entry_stream import check_entries, newest_in
from sync.evidence.exposure import Exposure, Fixed, fixed_by
from sync.evidence.form import Index, NotEvidence, Parts
from sync.evidence.given import NOTHING, Given, report_trust
from sync.evidence.heads import Heads
from sync.evidence.index_checks import LARGEST_NOTE, check_context, check_edges, check_index, check_index_note
from sync.evidence.instrument_checks import check_instruments
from sync.evidence.key_places import check_key_places
from sync.evidence.looker import Looker
from sync.evidence.remainder import NOT_CHECKED, not_proven
from sync.evidence.signers import check_signer, stretches_of
from sync.evidence.streams import checked, lines, whole
from sync.evidence.verdict import Sheet, Verdict

LARGEST_CONTEXT = 2**30
MOST_CHECKPOINTS = 100_000
"""One an hour for eleven years."""
MOST_ANCHORS = 100_000


def _silent(_done: int, _of: int) -> None:
    """Tells nobody."""


@dataclass(slots=True)
class _Run:
    """A verification under way. `growth` are the proofs that came with device keys, by the size that they begin at."""

    parts: Parts
    index: Index
    signed: SignedCheckpoint
    sheet: Sheet = field(default_factory=Sheet)
    growth: dict[int, tuple[bytes, ...]] = field(default_factory=dict)


def verify_bundle(parts: Parts, given: Given = NOTHING, progress: Callable[[int, int], None] = _silent) -> Verdict:
    """Check a bundle. Of `given`, the anchors are not looked at: those of the bundle are (`anchors_in`).

    `progress` gets (entries done, entries in all). Never raises for what a bundle may hold: that is in the verdict.
    """
    sheet = Sheet()
    try:
        data = whole(parts, form.INDEX, form.LARGEST_INDEX)
        index = form.read_index(data)
        signed = read_checkpoint(whole(parts, form.CHECKPOINT, LARGEST_NOTE).decode("utf-8"))
    except (NotEvidence, NoteInvalid, UnicodeDecodeError) as error:
        sheet.failed("form", "Form of the bundle", str(error))
        return Verdict("An evidence bundle that cannot be read.", tuple(sheet.checks), (), readable=False)
    run = _Run(parts, index, signed, sheet)
    _check_files(run)
    _check_head(run)
    chain = _check_context(run)
    notes = _anchors(run)
    heads = Heads(_earlier(run), given.witnesses)
    looker = None if chain is None else Looker(chain, notes, index, given.witnesses, newest_in(parts, index))
    frontier = check_entries(parts, index, sheet, looker, heads, progress)
    proven = _check_range(run, frontier, heads, chain)
    exposed: tuple[Exposure, ...] = ()
    fixed: list[Fixed] = []
    listed, signed_index = False, check_index_note(parts, sheet, data, index, chain, given.register)
    if chain is not None and looker is not None:
        checker = looker.checker
        listed = check_context(sheet, index, chain, signed=signed_index)
        checker.report(sheet)
        check_key_places(sheet, chain, partial(_began_so, run))
        check_index(sheet, index, checker, chain)
        check_edges(sheet, index, checker)
        check_amendments(sheet, chain, index.first, index.end)
        check_instruments(sheet, chain)
        heads.report(sheet, signed.checkpoint, index.first, chain.keys, proven=proven)
        head = signed.checkpoint
        outside = given.outside(index.device_id)
        fixed = check_anchors(
            sheet, notes, head, chain.keys, partial(_agrees, head), outside, project=chain.opened.project_id
        )
        fixed += heads.fixed(head.origin)
        heads.report_none(sheet, fixed)
        check_dated(sheet, fixed, looker.placed)
        stretches = stretches_of(chain, checker.times, index.end, partial(fixed_by, fixed=fixed))
        check_signer(sheet, chain, signed, given.register, stretches, refused=given.refused)
        check_periods(sheet, notes, looker.t_ns)
        looker.claims.report(sheet, index.end)
        looker.summaries.report(sheet)
        looker.attached.report(sheet, parts, index)
        if proven:
            exposed = looker.exposure(fixed)
    report_trust(sheet, given)
    for name, title, words in NOT_CHECKED:
        sheet.not_checked(name, title, words)
    open_words = not_proven(chain, signed.checkpoint.size, fixed, context_complete=listed, register=given.register)
    return Verdict(_about(index), tuple(sheet.checks), open_words, exposure=exposed)


def anchors_in(parts: Parts) -> list[AnchorNote]:
    """The anchors that a bundle tells of, unchecked. None where it cannot be read: its check will say so."""
    try:
        return _notes(parts, form.read_index(whole(parts, form.INDEX, form.LARGEST_INDEX)))
    except NotEvidence:
        return []


def _about(index: Index) -> str:
    kind = "SIMULATED instruments, no evidence" if index.demo else f"station {index.device_id} of {index.project_id}"
    return (
        f"Entries {index.first} to {index.end - 1} of the log {index.origin} ({kind}), which had {index.size} entries "
        f"and the root {index.root} at its checkpoint. {_claimed(index)}"
    )


def _claimed(index: Index) -> str:
    period = f"{index.start or 'its begin'} to {index.until or 'its end'}"
    held = (
        f"They are said to hold the period {period} of the log" if index.start or index.until else "No period is named"
    )
    return f"{held}; asked for were {', '.join(index.sensors) or 'all sensors'}."


def _check_files(run: _Run) -> None:
    title = "Files"
    named = {note.name for note in run.index.files}
    there = set(run.parts.names())
    missing = sorted({note.name for note in run.index.files if note.kind != "attachment"} - there)
    surplus = sorted(there - named - {form.INDEX, form.INDEX_NOTE, form.CHECKPOINT, "verify.html"})
    holes = _holes(run.index)
    if missing:
        run.sheet.failed("files", title, f"{missing[0]} is missing.", _first_of(run.index, missing[0]))
    elif holes:
        run.sheet.failed("files", title, holes)
    elif surplus:
        run.sheet.not_checked("files", title, f"Not part of the evidence and not looked at: {', '.join(surplus[:5])}.")
    else:
        run.sheet.passed("files", title, f"All {len(named & there)} files are there.")


def _holes(index: Index) -> str:
    for kind in ("entries", "leaves"):
        position = index.first
        for note in (note for note in index.files if note.kind == kind):
            if note.first != position or note.end <= note.first:
                return f"{note.name} does not go on where the file before it ends."
            position = note.end
        if position != index.end:
            return f"The files of {kind} end before entry {position}, the run before {index.end}."
    return ""


def _first_of(index: Index, name: str) -> int | None:
    return next((note.first for note in index.files if note.name == name and note.kind == "entries"), None)


def _check_head(run: _Run) -> None:
    head, index = run.signed.checkpoint, run.index
    if (head.origin, head.size, head.root.hex()) == (index.origin, index.size, index.root):
        run.sheet.passed("checkpoint", "Checkpoint", f"It is of this log, at {head.size} entries.")
    else:
        run.sheet.failed("checkpoint", "Checkpoint", "It is of another log, size or root than the index says.")


def _check_context(run: _Run) -> Chain | None:
    title, head = "Context", run.signed.checkpoint
    found: dict[int, Entry] = {}
    grown: dict[int, tuple[bytes, ...]] = {}
    newest = -1
    try:
        for one in _context(run):
            if one.index <= newest:
                raise NotEvidence(f"entry {one.index} does not come after entry {newest}")
            newest = one.index
            verify_inclusion(one.index, head.size, leaf_hash(one.data), one.proof, head.root)
            found[one.index] = decode_entry(one.data)
            if one.consistency:
                grown[one.index] = one.consistency
        chain = chain_of(head.origin, found.items())
        run.growth = {key.signed[0]: grown.get(key.index, ()) for key in chain.keys.named if key.signed}
    except Contradiction as error:
        run.sheet.failed("context", title, str(error), error.index)
        return None
    except (NotEvidence, ProofInvalid, NotAnEntry) as error:
        run.sheet.failed("context", title, f"What says how the readings are to be read is not proven: {error}")
        return None
    run.sheet.passed("context", title, f"{len(found)} entries that say how readings are to be read are in the log.")
    return chain


def _context(run: _Run) -> Iterator[ContextEntry]:
    note = next((note for note in run.index.files if note.kind == "context"), None)
    if note is None:
        raise NotEvidence("the bundle has no context")
    for found in lines(checked(run.parts, note), note.name, LARGEST_CONTEXT):
        yield from map(context_entry, found)


def _earlier(run: _Run) -> list[SignedCheckpoint]:
    note = next((note for note in run.index.files if note.kind == "checkpoints"), None)
    if note is None:
        return []
    found: list[SignedCheckpoint] = []
    try:
        for some in lines(checked(run.parts, note), note.name, LARGEST_CONTEXT):
            for line in some:
                one = read_checkpoint(note_of_line(line))
                if len(found) == MOST_CHECKPOINTS or (found and one.checkpoint.size <= found[-1].checkpoint.size):
                    raise NotEvidence(f"there are more than {MOST_CHECKPOINTS:,}, or their sizes do not rise")
                found.append(one)
    except (NotEvidence, NoteInvalid) as error:
        run.sheet.failed("earlier", "Earlier checkpoints", f"They cannot be read: {error}")
        return []
    return found


def _anchors(run: _Run) -> list[AnchorNote]:
    try:
        return _notes(run.parts, run.index)
    except NotEvidence as error:
        run.sheet.failed("anchor_records", RECORDS, f"They cannot be read: {error}")
        return []


def _notes(parts: Parts, index: Index) -> list[AnchorNote]:
    note = next((note for note in index.files if note.kind == "anchors"), None)
    if note is None:
        return []
    found: dict[str, AnchorNote] = {}
    for some in lines(checked(parts, note), note.name, LARGEST_CONTEXT):
        for one in map(anchor_of_line, some):
            if one.data_hash in found or len(found) == MOST_ANCHORS:
                raise NotEvidence(f"an anchor stands in it twice, or there are more than {MOST_ANCHORS:,}")
            found[one.data_hash] = one
    return list(found.values())


def _agrees(head: Checkpoint, one: ReadAnchor) -> bool:
    """Whether the anchored tree is the beginning of the one under the bundle's checkpoint."""
    at = one.signed.checkpoint
    try:
        verify_consistency(at.size, head.size, one.note.consistency, at.root, head.root)
    except ProofInvalid:
        return False
    return True


def _began_so(run: _Run, size: int, root: bytes) -> bool:
    """Whether the log under the bundle's checkpoint had this root at this size."""
    head = run.signed.checkpoint
    try:
        verify_consistency(size, head.size, run.growth[size], root, head.root)
    except ProofInvalid:
        return False
    return True


def _check_range(run: _Run, frontier: Frontier | None, heads: Heads, chain: Chain | None) -> bool:
    title, head = "Range proof", run.signed.checkpoint
    if frontier is None:
        run.sheet.not_checked("range", title, "Without all bytes of the entries the root cannot be computed.")
        heads.give_up()
        return False
    try:
        check_end_of_run(frontier, head.size, [bytes.fromhex(value) for value in run.index.after], head.root)
    except (ProofInvalid, ValueError):
        since = max(run.index.first, heads.agreed_up_to(chain.keys) if chain else 0)
        told = any(check.name == "bytes" and check.entry is not None for check in run.sheet.checks)
        words = (
            "The entries are not those of the signed log: something was changed, left out, put in or moved, at entry "
            f"{since} or after it."
        )
        run.sheet.failed("range", title, words, None if told else since)
        heads.give_up()
        return False
    named = f"{run.index.first} to {run.index.end - 1}"
    words = f"From the bytes follows the signed root: these are entries {named}, all of them."
    run.sheet.passed("range", title, words)
    return True
