# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The form of an evidence bundle: its files and its index. Pure.

A bundle is a folder or a ZIP file (stored, not compressed again) of:

- `index.json`: what the others are, as RFC 8785 JSON. `index.note`: a signed note of the device key over its SHA-256,
  where the recorder could be asked for one.
- `checkpoint.note`: the signed checkpoint (C2SP tlog-checkpoint) that everything is proven against.
- `entries-NNNN.jsonl.gz`: the bytes of the entries of one run, in order, a line each (RFC 8785 JSON holds no line
  break), in gzip members (RFC 1952) of at most 64 MiB before compression.
- `leaves-NNNN.bin`: the first four bytes of each of these entries' leaf hashes. They prove nothing; where a file is
  damaged they tell which entry.
- `context.jsonl.gz`: the entries of the whole log that say how readings are to be read, each with its inclusion proof.
- `checkpoints.jsonl.gz`: the log's earlier signed checkpoints.
- `anchors.jsonl.gz`: its anchors, where it has any (`anchors` says what a line holds).
- `attachment-SHA256`: a file that an entry of the run or the context names, as it was attached.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from pydantic import TypeAdapter, ValidationError

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.canonical import JsonValue, NotCanonical, canonical
from edge_daemon.log.entry import EntryType
from edge_daemon.log.strict_json import NotJson, parse_json
from sync.evidence.form_words import why

FORMAT = "verifield evidence/1"
INDEX = "index.json"
INDEX_NOTE = "index.note"
CHECKPOINT = "checkpoint.note"
CONTEXT = "context.jsonl.gz"
CHECKPOINTS = "checkpoints.jsonl.gz"
ANCHORS = "anchors.jsonl.gz"
ATTACHMENT = "attachment-"
LARGEST_CHUNK = 64 * 2**20
LARGEST_INDEX = 64 * 2**20
LEAF_HINT_BYTES = 4

FileKind = Literal["entries", "leaves", "context", "checkpoints", "anchors", "attachment"]


class NotEvidence(ValueError):
    """Files that are no bundle of a known form; the message says why."""


class Parts(Protocol):
    """The files of a bundle, read as streams."""

    def names(self) -> Sequence[str]:
        """Every file there is. Raises NotEvidence."""

    def read(self, name: str) -> Iterator[bytes]:
        """A file's bytes in blocks of at most a megabyte. Raises NotEvidence when it is missing or cannot be read."""


@dataclass(frozen=True, slots=True)
class FileNote:
    """A file, its SHA-256 (hex) and size in bytes; it holds the entries from `first` to before `end`, if any."""

    name: str
    kind: FileKind
    sha256: str
    size: int
    first: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class PredecessorNote:
    """A log that came before this one in the same home, as the log's first entry names it. `root` is hexadecimal."""

    origin: str
    size: int
    root: str
    cause: str


@dataclass(frozen=True, slots=True)
class Index:
    """What a bundle holds. Hashes are hexadecimal, times RFC 3339 or empty.

    Entries from `first` to before `end` of the log `origin`, which had `size` entries and the root `root` at the
    checkpoint. They are all entries whose `t` lies from `start` to before `until`, and one more at each side. `sensors`
    are those that the bundle was asked for (none named: all). `context` are the indices of all entries of the context,
    so that a signed index shows that none is missing. `counts` is how many entries of each type the run holds;
    `notable` the indices of its gaps, calibrations, standards, amendments and summaries; `in_force` what held for each
    sensor at `first` (indices). `before` and `after` are the range proof.
    """

    format: str
    origin: str
    size: int
    root: str
    first: int
    end: int
    before: tuple[str, ...]
    after: tuple[str, ...]
    start: str
    until: str
    sensors: tuple[str, ...]
    demo: bool
    device_id: str
    project_id: str
    program: str
    predecessors: tuple[PredecessorNote, ...]
    counts: Mapping[str, int]
    notable: Mapping[str, tuple[int, ...]]
    in_force: Mapping[str, Mapping[str, int]]
    files: tuple[FileNote, ...]
    context: tuple[int, ...] = ()


NOTABLE_TYPES = (
    EntryType.GAP,
    EntryType.CALIBRATION,
    EntryType.STANDARD,
    EntryType.AMENDMENT,
    EntryType.SUMMARY,
)

_INDEX: TypeAdapter[Index] = TypeAdapter(Index)


def index_bytes(index: Index) -> bytes:
    """The index as its file holds it."""
    document: JsonValue = _INDEX.dump_python(index, mode="json")
    return canonical(document)


def read_index(data: bytes) -> Index:
    """The index that these bytes write. Raises NotEvidence."""
    try:
        document = parse_json(data)
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise NotEvidence(f"its index does not say that it is {FORMAT!r}")
        if canonical(document) != data:
            raise NotEvidence("its index is not written as RFC 8785 demands")
        index = _INDEX.validate_python(document)
    except (NotJson, NotCanonical, ValidationError) as error:
        raise NotEvidence(f"its index does not have its form: {why(error)}") from error
    _check_period(index)
    kinds = [note.kind for note in index.files if note.kind in {"context", "checkpoints", "anchors"}]
    if len(kinds) != len(set(kinds)) or len(index.files) != len({note.name for note in index.files}):
        raise NotEvidence("its index names two files where one is known")
    if not 0 <= index.first < index.end <= index.size:
        raise NotEvidence("its index names a run of entries that a log of this size does not have")
    return index


def _check_period(index: Index) -> None:
    try:
        start, until = (ns_from_rfc3339(text) if text else None for text in (index.start, index.until))
    except ValueError as error:
        raise NotEvidence(f"its index claims a period that is none: {error}") from error
    if start is not None and until is not None and start >= until:
        raise NotEvidence("its index claims a period that ends before it begins")
