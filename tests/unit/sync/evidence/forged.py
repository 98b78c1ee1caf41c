# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Bundles made anew by a thief who has the device key, and values that nobody expects, for tests of evidence."""

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from edge_daemon.log.canonical import JsonValue
from edge_daemon.log.checkpoint import Checkpoint, sign_checkpoint
from edge_daemon.log.entry import leaf_hash
from edge_daemon.log.evidence_index import CONTEXT_TYPES
from edge_daemon.log.strict_json import NotJson, parse_json
from edge_daemon.log.tree import Frontier, inclusion_proof
from sync.bundle_keys import growth
from sync.evidence.context import ContextEntry, context_line
from sync.evidence.form import CHECKPOINT, CONTEXT
from tests.support.verify_page import Altered
from tests.unit.sync.signed_logs import DEVICE_KEY, signed_index

STRANGE_VALUES: tuple[JsonValue, ...] = (
    None, True, -1, 0, 10**15, 2.5e300, -1e-300, "", "x", "\u0000", "9999-12-31T23:59:59.999999999Z",
    "0001-01-01T00:00:00.000000000Z", "9" * 400, [], {}, [[]], {"": {}}, [1, 2, 3], {"co2": [1, 1, 1]},
)  # fmt: skip

Place = tuple[str | int, ...]


def places(value: JsonValue, at: Place = ()) -> Iterator[Place]:
    """Where the values of a document stand."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*at, key)
            yield from places(item, (*at, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield (*at, number)
            yield from places(item, (*at, number))


def with_value(value: JsonValue, at: Place, new: JsonValue) -> JsonValue:
    """The document with another value at this place."""
    if not at:
        return new
    if isinstance(value, dict):
        return {key: with_value(item, at[1:], new) if key == at[0] else item for key, item in value.items()}
    assert isinstance(value, list)
    return [with_value(item, at[1:], new) if number == at[0] else item for number, item in enumerate(value)]


def put_log(altered: Altered, entries: Sequence[bytes]) -> None:
    """Make these the entries of a bundle of a whole log in one file: hints, context, root, checkpoint and index follow
    from them and are signed."""
    frontier = Frontier()
    stored = frontier.extend(leaf_hash(data) for data in entries)
    size = len(entries)

    def read(positions: Sequence[int]) -> list[bytes]:
        return [stored[position] for position in positions]

    context = [
        ContextEntry(index, data, tuple(inclusion_proof(index, size, read)), growth(data, size, read))
        for index, data in enumerate(entries)
        if type_of(data) in CONTEXT_TYPES
    ]
    index = altered.index
    head = Checkpoint(index.origin, size, frontier.root())
    (altered.folder / CHECKPOINT).write_text(str(sign_checkpoint(head, DEVICE_KEY)), encoding="utf-8", newline="\n")
    files = tuple(replace(one, end=size) if one.kind in {"entries", "leaves"} else one for one in index.files)
    listed = tuple(one.index for one in context)
    altered.put_index(replace(index, size=size, end=size, root=head.root.hex(), files=files, context=listed))
    altered.put_entries(entries)
    altered.put("leaves-0001.bin", b"".join(leaf_hash(data)[:4] for data in entries))
    altered.put(CONTEXT, packed(map(context_line, context)))
    sign_again(altered.folder)


def sign_again(folder: Path) -> None:
    """Sign the index as it is now."""
    note = signed_index((folder / "index.json").read_bytes())
    (folder / "index.note").write_text(note, encoding="utf-8", newline="\n")


def packed(lines: Iterator[bytes] | Sequence[bytes]) -> bytes:
    return gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)


def type_of(data: bytes) -> object:
    """The type that an entry's bytes name; None where they cannot be read."""
    try:
        document = parse_json(data)
    except NotJson:
        return None
    kind = document.get("type") if isinstance(document, dict) else None
    return kind if isinstance(kind, str) else None
