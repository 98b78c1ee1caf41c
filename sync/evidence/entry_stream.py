# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The entries of a bundle as one stream: bytes into leaves, leaves into the tree, every entry looked at. Pure."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from edge_daemon.log.entry import leaf_hash
from edge_daemon.log.range_proof import start_of_run
from edge_daemon.log.summary_fold import Key
from edge_daemon.log.tree import Frontier, ProofInvalid
from sync.evidence import form
from sync.evidence.form import FileNote, Index, NotEvidence, Parts
from sync.evidence.heads import Heads
from sync.evidence.looker import Looker
from sync.evidence.streams import checked, lines
from sync.evidence.summary_checks import newest_summaries
from sync.evidence.verdict import Sheet


def check_entries(
    parts: Parts,
    index: Index,
    sheet: Sheet,
    looker: Looker | None,
    heads: Heads,
    progress: Callable[[int, int], None],
) -> Frontier | None:
    """The tree up to the run's end as the bytes give it; None where that cannot be told."""
    title = "Bytes of the entries"
    try:
        frontier = start_of_run(index.first, [bytes.fromhex(value) for value in index.before])
    except (ProofInvalid, ValueError) as error:
        sheet.failed("bytes", title, f"The range proof does not fit: {error}")
        return None
    at, damaged = index.first, False
    hints = _Hints(parts, index, sheet)
    for note in (note for note in index.files if note.kind == "entries"):
        hints.open(note)
        try:
            for some in lines(checked(parts, note), note.name, form.LARGEST_CHUNK):
                hashes = list(map(leaf_hash, some))
                hints.compare(at, hashes)
                heads.extend(frontier, hashes)
                if looker is not None:
                    looker.look(at, some)
                at += len(some)
                progress(at - index.first, index.end - index.first)
        except NotEvidence as error:
            damaged = True
            words = f"{error}. {hints.words(at)}"
            sheet.failed("bytes", title, words, hints.first if hints.first is not None else at)
            break
        if at != note.end:
            damaged = True
            sheet.failed(
                "bytes", title, f"{note.name} holds {at - note.first} entries, not {note.end - note.first}.", at
            )
            break
    if damaged:
        return None
    if hints.first is not None:
        sheet.failed("bytes", title, hints.words(at), hints.first)
    else:
        sheet.passed("bytes", title, f"All {index.end - index.first} entries are there, in files that are whole.")
    return frontier


def newest_in(parts: Parts, index: Index) -> dict[Key, int]:
    """The last summary of each sensor's hour in the run. Where a file is damaged it ends there: the check says so."""

    def entries() -> Iterator[tuple[int, bytes]]:
        for note in (note for note in index.files if note.kind == "entries"):
            at = note.first
            for some in lines(checked(parts, note), note.name, form.LARGEST_CHUNK):
                yield from enumerate(some, at)
                at += len(some)

    found: dict[Key, int] = {}
    with suppress(NotEvidence):
        found.update(newest_summaries(entries()))
    return found


class _Hints:
    """Tells which entry is the first whose bytes are not those that were bundled. Proves nothing."""

    def __init__(self, parts: Parts, index: Index, sheet: Sheet) -> None:
        self._parts = parts
        self._index = index
        self._sheet = sheet
        self._hints = b""
        self._start = 0
        self.first: int | None = None

    def open(self, entries: FileNote) -> None:
        """Go on with the file of entries."""
        self._hints, self._start = b"", entries.first
        note = next((n for n in self._index.files if n.kind == "leaves" and n.first == entries.first), None)
        try:
            if note is not None and note.size <= form.LARGEST_CHUNK:
                self._hints = b"".join(checked(self._parts, note))
        except NotEvidence as error:
            self._sheet.failed("hints", "Which entry was changed", f"This could not be told: {error}.")

    def compare(self, at: int, hashes: Sequence[bytes]) -> None:
        """The leaf hashes of the entries from `at` on."""
        if self.first is not None or not self._hints:
            return
        step = form.LEAF_HINT_BYTES
        start = (at - self._start) * step
        told = b"".join([value[:step] for value in hashes])
        expected = self._hints[start : start + len(told)]
        if told != expected:
            same = (
                i
                for i in range(len(hashes))
                if told[i * step : i * step + step] != expected[i * step : i * step + step]
            )
            self.first = at + next(same)

    def words(self, at: int) -> str:
        """Where it fails."""
        if self.first is not None:
            return f"Entry {self.first} is the first that is not what was bundled."
        return f"The entries up to {at - 1} are what was bundled." if at else "No entry could be read."
