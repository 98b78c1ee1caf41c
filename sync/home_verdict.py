# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks a home's log where it lies: bytes, tree, columns, checkpoints, and what the entries say. Reads only."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from edge_daemon.buffer.check import CheckReport, check_log
from edge_daemon.buffer.checkpoint_files import CheckpointFiles
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import DamagedLog
from edge_daemon.log.checkpoint import Checkpoint, SignedCheckpoint
from edge_daemon.log.clock_history import Reported
from edge_daemon.log.entry import Entry, NotAnEntry, decode_entry, leaf_hash
from edge_daemon.log.evidence_index import CONTEXT_TYPES
from edge_daemon.log.tree import Frontier
from sync.engine.pages import LogPages
from sync.evidence import form
from sync.evidence.amendments_told import check_amendments
from sync.evidence.anchor_checks import check_anchors, check_periods
from sync.evidence.anchors import AnchorNote, ReadAnchor, sizes_of
from sync.evidence.chain import Chain, Contradiction, chain_of
from sync.evidence.claim_checks import ClaimChecker, plans_of
from sync.evidence.dated import check_dated
from sync.evidence.entry_checks import EntryChecker
from sync.evidence.exposure import Exposure, Fixed, exposure, fixed_by
from sync.evidence.form import PredecessorNote
from sync.evidence.given import NOTHING, Given, report_trust
from sync.evidence.heads import END, Heads, cut_short
from sync.evidence.instrument_checks import check_instruments
from sync.evidence.key_places import check_key_places
from sync.evidence.known_time import known_time
from sync.evidence.reading_form import is_reading
from sync.evidence.remainder import NOT_CHECKED, not_proven
from sync.evidence.signers import Stretches, check_signer
from sync.evidence.summary_checks import SummaryChecker, newest_summaries
from sync.evidence.verdict import TRUNCATED, Sheet, Verdict

PAGE = 2_000


def _silent(_done: int, _of: int) -> None:
    """Tells nobody."""


def verify_log(
    buffer: Path,
    checkpoints: CheckpointFiles,
    given: Given = NOTHING,
    progress: Callable[[int, int], None] = _silent,
    *,
    closed: PredecessorNote | None = None,
) -> Verdict:
    """Check the log in `buffer` up to its end.

    `closed` is what the log after it says of how it ended, where it was closed.

    Raises DamagedLog when the file is no log at all, BufferUnavailable.
    """
    with LogPages(buffer) as pages:
        origin = pages.origin()
    # Before the log's size is told: the recorder may sign more meanwhile.
    signed, troubles = _signed(checkpoints, origin)
    report = check_log(buffer, 0, progress)
    sheet = Sheet()
    _report_file(sheet, report)
    for trouble in troubles:
        sheet.failed("checkpoints", "Checkpoints", trouble)
    chain: Chain | None = None
    exposed: tuple[Exposure, ...] = ()
    fixed: list[Fixed] = []
    with LogReader(buffer) as reader:
        try:
            chain = chain_of(report.origin, _landmarks(reader, report.size))
        except Contradiction as error:
            sheet.failed("context", "Context", str(error), error.index)
        except NotAnEntry as error:
            sheet.failed("context", "Context", f"An entry on log, clock or sensors cannot be read: {error}")
        if chain is not None:
            head = Checkpoint(report.origin, report.size, bytes.fromhex(report.root))
            cause = _check_end(sheet, head, signed, closed)
            exposed, fixed = _check_entries(sheet, reader, report.size, chain, signed, given, progress, cause)
    report_trust(sheet, given)
    for name, title, words in NOT_CHECKED:
        sheet.not_checked(name, title, words)
    size = signed[-1].checkpoint.size if signed else 0
    what = "The SIMULATED log" if chain is not None and chain.opened.demo else "The log"
    about = f"{what} {report.origin} with {report.size} entries and the root {report.root}; {size} of them are signed."
    open_words = not_proven(chain, report.size, fixed, register=given.register)
    return Verdict(about, tuple(sheet.checks), open_words, exposure=exposed)


def _report_file(sheet: Sheet, report: CheckReport) -> None:
    title = "Bytes, hashes and tree"
    of_entries = [problem for problem in report.problems if problem.index is not None or "column" not in problem.what]
    of_columns = [problem for problem in report.problems if problem.index is None and "column" in problem.what]
    if of_entries:
        named = [problem.index for problem in of_entries if problem.index is not None]
        words = f"{report.problem_count} disagreements. {'. '.join(str(problem) for problem in of_entries[:5])}."
        sheet.failed("bytes", title, words, min(named, default=None))
    else:
        sheet.passed("bytes", title, f"The bytes of all {report.size} entries match their hashes and the tree.")
    title = "Columns against the bytes"
    if of_columns:
        sheet.failed("columns", title, f"{'. '.join(str(problem) for problem in of_columns[:5])}.")
    elif report.columns_checked:
        sheet.passed("columns", title, "The tables behind plots and queries follow from the bytes.")
    else:
        words = f"{report.undecoded} entries are of a form that this program does not know."
        sheet.not_checked("columns", title, words)


def _signed(files: CheckpointFiles, origin: str) -> tuple[list[SignedCheckpoint], list[str]]:
    found, troubles = [], []
    for size in files.sizes(origin):
        try:
            found.append(files.at(origin, size).signed)
        except DamagedLog as error:
            troubles.append(f"{error}.")
    return found, troubles


def _landmarks(reader: LogReader, size: int) -> Iterator[tuple[int, Entry]]:
    """By their bytes, every one of them: the columns may be what was altered."""
    for index, data in _entries(reader, size):
        if not is_reading(data):
            entry = decode_entry(data)
            if entry.type in CONTEXT_TYPES:
                yield index, entry


def _check_entries(
    sheet: Sheet,
    reader: LogReader,
    size: int,
    chain: Chain,
    signed: Sequence[SignedCheckpoint],
    given: Given,
    progress: Callable[[int, int], None],
    closed: str,
) -> tuple[tuple[Exposure, ...], list[Fixed]]:
    checker = EntryChecker(chain, form.NOTABLE_TYPES)
    anchors = _up_to(size, given.anchors) if closed else given.anchors
    places = [key.signed[0] for key in chain.keys.named if key.signed]
    heads = Heads(signed, given.witnesses, [*sizes_of(given.anchors), *places])
    summaries = SummaryChecker(chain, dict(newest_summaries(_entries(reader, size))), 0)
    claims = ClaimChecker(anchors, 0, plans_of(chain.entries), summaries.unsettled)
    tree = Frontier()
    while tree.size < size:
        page = reader.entries(tree.size, min(PAGE, size - tree.size))
        if not page or [index for index, _ in page] != list(range(tree.size, tree.size + len(page))):
            sheet.failed("complete", "Entries", f"Entry {tree.size} or one soon after it is missing.", tree.size)
            return (), []
        for index, data in page:
            told = checker.take(index, data)
            if isinstance(told, Entry):
                claims.take(index, told)
            summaries.take(index, data, told)
        heads.extend(tree, [leaf_hash(data) for _, data in page])
        progress(tree.size, size)
    checker.report(sheet)
    check_amendments(sheet, chain, 0, size)
    check_instruments(sheet, chain)
    check_key_places(sheet, chain, lambda size, root: heads.roots.get(size) == root)
    head = Checkpoint(chain.opened.origin, size, tree.root())
    heads.report(sheet, head, 0, chain.keys, proven=True, whole=True, closed=closed)

    def agrees(one: ReadAnchor) -> bool:
        return heads.roots.get(one.size) == one.signed.checkpoint.root

    outside = replace(given.outside(chain.opened.device_id), closed=closed)
    project = chain.opened.project_id
    fixed = check_anchors(sheet, given.anchors, head, chain.keys, agrees, outside, project=project)
    fixed += heads.fixed(head.origin)
    heads.report_none(sheet, fixed)
    check_dated(sheet, fixed, lambda index: _placed(reader, chain, index) if index < size else None)
    if signed:
        end = min(signed[-1].checkpoint.size, size)
        stretches = Stretches(checker.times.by_key, end, partial(fixed_by, fixed=fixed))
        check_signer(sheet, chain, signed[-1], given.register, stretches, refused=given.refused)
    else:
        words = "No checkpoint was signed yet: nothing says who recorded this."
        sheet.not_checked("signature", "Signature", words)
    check_periods(sheet, anchors, lambda index: _t_ns(reader, index) if index < size else None)
    claims.report(sheet, size)
    summaries.report(sheet)

    def at(index: int) -> Reported:
        entry = decode_entry(reader.entries(index, 1)[0][1])
        return known_time(chain.history, index, entry.t_ns, entry.mono_us)

    return exposure(0, size, fixed, lambda index: at(index).time_ns, lambda index: at(index).held), fixed


def _entries(reader: LogReader, size: int) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < size and (page := reader.entries(at, min(PAGE, size - at))):
        yield from page
        at = page[-1][0] + 1


def _t_ns(reader: LogReader, index: int) -> int:
    return decode_entry(reader.entries(index, 1)[0][1]).t_ns


def _up_to(size: int, anchors: Sequence[AnchorNote]) -> list[AnchorNote]:
    """Without what speaks of more entries than a log has that is known to have lost its end."""
    return [note for note in anchors if all(covered <= size for covered in sizes_of([note]))]


def _placed(reader: LogReader, chain: Chain, index: int) -> Reported:
    entry = decode_entry(reader.entries(index, 1)[0][1])
    return chain.history.placed(index, entry.t_ns, entry.mono_us)


def _check_end(
    sheet: Sheet, head: Checkpoint, signed: Sequence[SignedCheckpoint], closed: PredecessorNote | None
) -> str:
    """Put it on the sheet. Gives why it was closed, as the log after it says where that names it as it is; else ""."""
    size, last = head.size, signed[-1].checkpoint.size if signed else 0
    named = closed is not None and (closed.origin, closed.size, closed.root) == (head.origin, size, head.root.hex())
    if closed is not None and named and last > size:
        words = f"{last} entries were signed, and the log has {size}. {cut_short(head, closed.cause)}"
        sheet.not_checked(TRUNCATED, END, words)
        return closed.cause or "no cause is told"
    if last > size:
        words = (
            f"{last} entries were signed, and the log has {size}: its end was cut off, or an older copy was put back."
        )
        sheet.failed(TRUNCATED, END, words, size)
    elif last < size:
        sheet.not_checked("tail", END, f"The entries from {last} on are not signed yet.")
    if closed is None or not named:
        return ""
    words = (
        f"It was closed at {size} entries; the log after it names this size and root and says why: {closed.cause}. "
        "That nothing was recorded after that is what that log says."
    )
    sheet.not_checked("closed", END, words)
    return closed.cause or "no cause is told"
