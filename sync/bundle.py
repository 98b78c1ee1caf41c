# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Writes an evidence bundle. Reads a log's file (`mode=ro`, short ranges) and writes a folder or a ZIP file.

The query columns say where a period lies; what is bundled are the bytes, and the bundle is written only if they give
the root that was signed.
"""

import shutil
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from edge_daemon.buffer.checkpoint_files import CheckpointFiles
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import BadInput, DamagedLog
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.attachment_body import AttachmentBody
from edge_daemon.log.bodies import LogBody, from_json
from edge_daemon.log.checkpoint import SignedCheckpoint
from edge_daemon.log.entry import Entry, EntryType, decode_entry, leaf_hash
from edge_daemon.log.evidence_index import CONTEXT_TYPES
from edge_daemon.log.range_proof import RangeProof, check_end_of_run, range_proof, start_of_run
from edge_daemon.log.tree import ProofInvalid, consistency_proof, inclusion_proof
from sync.bundle_attachments import copy_attachments
from sync.bundle_keys import growth
from sync.bundle_period import Period, run_of
from sync.evidence import form
from sync.evidence.anchors import AnchorNote, anchor_line, sizes_of
from sync.evidence.attachments import attachments_of
from sync.evidence.chain import in_force, predecessors
from sync.evidence.context import ContextEntry, context_line, note_line
from sync.evidence.form import FileKind, FileNote, Index
from sync.evidence.reading_form import is_reading

__all__ = ["PAGE", "Period", "Source", "Written", "write_bundle"]

PAGE = 2_000
_GZIP = 31
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Source:
    """The log to bundle from, the checkpoint to prove it against, the log's anchors, and the folder of the files that
    its entries name, if there is one."""

    buffer: Path
    checkpoints: CheckpointFiles
    signed: SignedCheckpoint
    anchors: Sequence[AnchorNote] = ()
    attachments: Path | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What was bundled, and its size on disk in bytes."""

    path: Path
    index: Index
    size: int


def _silent(_done: int, _of: int) -> None:
    """Tells nobody."""


def _unsigned(_index: bytes) -> str:
    """Nobody to sign."""
    return ""


def write_bundle(
    source: Source,
    period: Period,
    sensors: Sequence[str],
    target: Path,
    *,
    sign: Callable[[bytes], str] = _unsigned,
    progress: Callable[[int, int], None] = _silent,
    chunk_bytes: int = form.LARGEST_CHUNK,
) -> Written:
    """Write the bundle to `target`: a ZIP file where its name ends with `.zip`, else a folder.

    `sign` gives a signed note over the index's bytes, or an empty text. `chunk_bytes` bounds a file of entries before
    compression.

    Raises BadInput when `target` exists or the period holds no entry, DamagedLog when the bytes are not what was
    signed, BufferUnavailable, OSError.
    """
    if target.exists():
        raise BadInput("output", str(target), "it exists already; choose another name")
    draft = target.with_name(f".{target.name}.unfinished")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        with LogReader(source.buffer) as reader:
            index = _Bundle(source, reader, draft, chunk_bytes).write(period, sensors, progress)
        data = form.index_bytes(index)
        (draft / form.INDEX).write_bytes(data)
        note = sign(data)
        if note:
            (draft / form.INDEX_NOTE).write_text(note, encoding="utf-8", newline="\n")
        (draft / form.CHECKPOINT).write_text(str(source.signed), encoding="utf-8", newline="\n")
        size = _put(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Written(target, index, size)


@dataclass(slots=True)
class _Seen:
    """What passed by while the entries were written."""

    counts: Counter[str] = field(default_factory=Counter)
    notable: dict[str, list[int]] = field(default_factory=dict)
    attached: dict[str, AttachmentBody] = field(default_factory=dict)

    def attach(self, entry: Entry) -> None:
        self.attached |= {one.sha256: one for one in attachments_of(entry.body)}


class _Bundle:
    """One bundle being written into the folder `draft`."""

    def __init__(self, source: Source, reader: LogReader, draft: Path, chunk_bytes: int) -> None:
        self._source = source
        self._reader = reader
        self._draft = draft
        self._chunk_bytes = chunk_bytes
        self._head = source.signed.checkpoint
        self._seen = _Seen()

    def write(self, period: Period, sensors: Sequence[str], progress: Callable[[int, int], None]) -> Index:
        """Everything but the index."""
        head = self._head
        first, end = run_of(self._source.buffer, period, head.size)
        proof = range_proof(first, end, head.size, self._reader.hashes)
        entries = list(self._entries(first, end, proof, progress))
        landmarks = list(self._landmarks())
        told = {index: decode_entry(data) for index, data in landmarks}
        for entry in told.values():
            self._seen.attach(entry)
        attached = copy_attachments(self._source.attachments, self._draft, self._seen.attached.values())
        files = [*entries, self._context(landmarks), self._earlier(), *self._anchors(), *attached]
        opened = from_json(LogBody, told[0].body)
        _check_sensors(sensors, told)
        return Index(
            format=form.FORMAT,
            origin=head.origin,
            size=head.size,
            root=head.root.hex(),
            first=first,
            end=end,
            before=tuple(value.hex() for value in proof.before),
            after=tuple(value.hex() for value in proof.after),
            start="" if period.start_ns is None else rfc3339_from_ns(period.start_ns),
            until="" if period.until_ns is None else rfc3339_from_ns(period.until_ns),
            sensors=tuple(sensors),
            demo=opened.demo,
            device_id=opened.device_id,
            project_id=opened.project_id,
            program=opened.program,
            predecessors=predecessors(opened),
            counts=dict(self._seen.counts),
            notable={kind: tuple(found) for kind, found in self._seen.notable.items()},
            in_force=in_force(first, told),
            files=tuple(files),
            context=tuple(sorted(told)),
        )

    def _entries(
        self, first: int, end: int, proof: RangeProof, progress: Callable[[int, int], None]
    ) -> Iterator[FileNote]:
        tree = start_of_run(first, proof.before)
        chunk = _Chunk(self._draft, 1, first)
        for page in self._pages(first, end):
            hashes = []
            for index, data in page:
                if chunk.plain and chunk.plain + len(data) + 1 > self._chunk_bytes:
                    yield from chunk.close(index)
                    chunk = _Chunk(self._draft, chunk.number + 1, index)
                value = leaf_hash(data)
                hashes.append(value)
                chunk.add(data, value)
                self._note(index, data)
            tree.extend(hashes)
            progress(tree.size - first, end - first)
        yield from chunk.close(end)
        try:
            check_end_of_run(tree, self._head.size, proof.after, self._head.root)
        except ProofInvalid as error:
            raise DamagedLog(
                f"the entries {first} to {end - 1} do not give the root that was signed: {error}. Verify the log"
            ) from error

    def _pages(self, first: int, end: int) -> Iterator[list[tuple[int, bytes]]]:
        at = first
        while at < end:
            page = self._reader.entries(at, min(PAGE, end - at))
            if [index for index, _ in page] != list(range(at, at + len(page))) or not page:
                raise DamagedLog(f"entry {at} or one soon after it is missing")
            yield page
            at += len(page)

    def _note(self, index: int, data: bytes) -> None:
        if b"\n" in data:
            raise DamagedLog(f"entry {index} is not written as RFC 8785 demands")
        if is_reading(data):
            self._seen.counts[EntryType.READING.value] += 1
            return
        entry = decode_entry(data)
        self._seen.attach(entry)
        kind = entry.type
        self._seen.counts[kind] += 1
        if kind in form.NOTABLE_TYPES:
            self._seen.notable.setdefault(kind, []).append(index)

    def _landmarks(self) -> Iterator[tuple[int, bytes]]:
        after, types = -1, [kind.value for kind in CONTEXT_TYPES]
        while found := self._reader.events(types, after=after):
            for event in found:
                if event.index < self._head.size:
                    yield self._reader.entries(event.index, 1)[0]
            after = found[-1].index

    def _context(self, landmarks: Iterable[tuple[int, bytes]]) -> FileNote:
        size, hashes = self._head.size, self._reader.hashes
        entries = (
            ContextEntry(index, data, tuple(inclusion_proof(index, size, hashes)), growth(data, size, hashes))
            for index, data in landmarks
        )
        return _lines_file(self._draft / form.CONTEXT, "context", map(context_line, entries))

    def _earlier(self) -> FileNote:
        origin, files = self._head.origin, self._source.checkpoints
        sizes = [size for size in files.sizes(origin) if size < self._head.size]
        lines = (note_line(str(files.at(origin, size).signed)) for size in sizes)
        return _lines_file(self._draft / form.CHECKPOINTS, "checkpoints", lines)

    def _anchors(self) -> Iterator[FileNote]:
        size, hashes = self._head.size, self._reader.hashes
        anchors = {note.data_hash: note for note in self._source.anchors}.values()
        sized = ((note, covered) for note in anchors for covered in sizes_of([note]))
        notes = [
            replace(note, consistency=tuple(consistency_proof(covered, size, hashes)))
            for note, covered in sized
            if covered <= size
        ]
        if notes:
            yield _lines_file(self._draft / form.ANCHORS, "anchors", map(anchor_line, notes))


class _Chunk:
    """A file of entries and the one of its leaf hints, while they are written."""

    def __init__(self, folder: Path, number: int, first: int) -> None:
        self.number = number
        self.plain = 0
        self._first = first
        self._entries = _Gzip(folder / f"entries-{number:04d}.jsonl.gz")
        self._leaves = folder / f"leaves-{number:04d}.bin"
        self._hints = bytearray()

    def add(self, data: bytes, leaf: bytes) -> None:
        """The next entry."""
        self._entries.add(data + b"\n")
        self._hints += leaf[: form.LEAF_HINT_BYTES]
        self.plain += len(data) + 1

    def close(self, end: int) -> Iterator[FileNote]:
        """Both files, whole."""
        digest, size = self._entries.close()
        self._leaves.write_bytes(self._hints)
        leaves = sha256(self._hints).hexdigest()
        yield FileNote(self._entries.path.name, "entries", digest, size, self._first, end)
        yield FileNote(self._leaves.name, "leaves", leaves, len(self._hints), self._first, end)


class _Gzip:
    """A gzip file of one member without a time in it, hashed while it is written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("wb")
        self._deflator = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
        self._digest = sha256()
        self._size = 0

    def add(self, data: bytes) -> None:
        """More of the content."""
        self._put(self._deflator.compress(data))

    def close(self) -> tuple[str, int]:
        """SHA-256 (hex) and size of the file."""
        self._put(self._deflator.flush())
        self._file.close()
        return self._digest.hexdigest(), self._size

    def _put(self, block: bytes) -> None:
        if block:
            self._file.write(block)
            self._digest.update(block)
            self._size += len(block)


def _lines_file(path: Path, kind: FileKind, lines: Iterable[bytes]) -> FileNote:
    file = _Gzip(path)
    for line in lines:
        file.add(line + b"\n")
    digest, size = file.close()
    return FileNote(path.name, kind, digest, size)


def _check_sensors(sensors: Sequence[str], told: dict[int, Entry]) -> None:
    known = {str(entry.body.get("sensor")) for entry in told.values() if entry.type == EntryType.CONFIGURATION}
    for sensor in sensors:
        if sensor not in known:
            raise BadInput("sensor", sensor, f"this log knows {', '.join(sorted(known - {'None'})) or 'none'}")


def _put(draft: Path, target: Path) -> int:
    files = sorted(draft.iterdir(), key=lambda path: (not path.name.startswith("index"), path.name))
    size = sum(path.stat().st_size for path in files)
    if target.suffix.lower() != ".zip":
        draft.rename(target)
        return size
    packed = draft / "packed.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in files:
            archive.write(path, path.name)
    size = packed.stat().st_size
    packed.rename(target)
    with suppress(OSError):
        shutil.rmtree(draft)
    return size
