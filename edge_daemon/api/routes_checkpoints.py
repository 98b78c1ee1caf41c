# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on checkpoints and proofs. Each may wait for the disk or the place of the key, in a thread of the pool."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse

from edge_daemon.api.messages_checkpoints import (
    CheckpointMessage,
    ConsistencyMessage,
    DeliveryManifest,
    EvidenceIndex,
    KeyMessage,
    KeyRotation,
    NoteMessage,
)
from edge_daemon.api.routes_station import Wired
from edge_daemon.api.services import Services
from edge_daemon.buffer.checkpoint_files import KeptCheckpoint
from edge_daemon.buffer.closed import closed_logs
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import BadInput, BufferUnavailable, DamagedLog, Unknown
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.device_keys import DeviceKeys, device_keys
from edge_daemon.log.entry import EntryType
from edge_daemon.log.evidence_index import CONTEXT_TYPES, index_statement, manifest_statement
from edge_daemon.log.signed_note import VerifierKey, sign_note
from edge_daemon.log.tlog_proof import TlogProof
from edge_daemon.log.tree import consistency_proof, inclusion_proof, root_of
from edge_daemon.station.entries import entries_of

router = APIRouter(prefix="/api/log", tags=["log"])
MOST_AT_ONCE = 500


@router.post("/checkpoint", status_code=201)
def make_checkpoint(wired: Wired) -> CheckpointMessage:
    """Sign the log as it is durable now. Where nothing was added since the last checkpoint, that one is the answer."""
    kept = wired.signing.checkpoints.make()
    with wired.reader() as reader:
        return _message(kept, _keys(reader))


@router.get("/checkpoint")
def newest_checkpoint(wired: Wired) -> CheckpointMessage:
    """The newest signed checkpoint of the log."""
    with wired.reader() as reader:
        return _message(_newest(wired), _keys(reader))


@router.get("/checkpoints")
def checkpoints(
    wired: Wired,
    after: Annotated[int, Query(ge=-1)] = -1,
    limit: Annotated[int, Query(ge=1, le=MOST_AT_ONCE)] = MOST_AT_ONCE,
) -> list[CheckpointMessage]:
    """The log's checkpoints of more than `after` entries, in order."""
    with wired.reader() as reader:
        keys = _keys(reader)
    return [_message(kept, keys) for kept in wired.signing.checkpoints.files.after(wired.head().origin, after, limit)]


@router.get("/proof", response_class=PlainTextResponse)
def proof(wired: Wired, index: Annotated[int, Query(ge=0)]) -> str:
    """The proof that entry `index` is under the newest checkpoint, as the text of c2sp.org/tlog-proof@v1."""
    signed = _newest(wired).signed
    size = signed.checkpoint.size
    if index >= size:
        raise BadInput("index", index, f"the newest checkpoint covers the entries up to {size - 1}; ask for a new one")
    with wired.reader() as reader:
        return str(TlogProof(index, tuple(inclusion_proof(index, size, reader.hashes)), signed))


@router.get("/consistency")
def consistency(
    wired: Wired, old: Annotated[int, Query(ge=1)], new: Annotated[int | None, Query(ge=1)] = None
) -> ConsistencyMessage:
    """The proof that the log of `new` entries (none stated: all that are durable) only adds to that of `old`."""
    with wired.reader() as reader:
        head = reader.head()
        size = head.size if new is None else new
        if not old <= size <= head.size:
            raise BadInput("old", old, f"both sizes must lie between 1 and {head.size}, the old one first")
        hashes = consistency_proof(old, size, reader.hashes)
        return ConsistencyMessage(
            origin=head.origin,
            old=old,
            old_root=root_of(old, reader.hashes).hex(),
            new=size,
            new_root=root_of(size, reader.hashes).hex(),
            hashes=tuple(value.hex() for value in hashes),
        )


@router.post("/evidence-index", status_code=201)
def sign_index(index: EvidenceIndex, wired: Wired) -> NoteMessage:
    """Sign the index of an evidence bundle, so that it can be told from one that somebody else put together.

    What says how readings are to be read is listed here, from the log: an index that left some of it out does not fit.
    """
    with _log_named(wired, index.origin) as reader:
        if index.size > reader.head().size:
            raise BadInput("size", index.size, f"the log has {reader.head().size} entries")
        statement = index_statement(index.sha256, index.origin, index.size, _context(reader, index.size))
    return _signed(wired, statement)


@router.post("/delivery-manifest", status_code=201)
def sign_manifest(manifest: DeliveryManifest, wired: Wired) -> NoteMessage:
    """Sign the manifest of a file for a stick, so that a change on the way shows."""
    return _signed(wired, manifest_statement(manifest.sha256))


@router.post("/key/rotation", status_code=201)
def rotate_key(order: KeyRotation, wired: Wired) -> KeyMessage:
    """Replace the device key by a new one, and sign a checkpoint with it."""
    public = wired.signing.key.rotate(order.person).public_key().public_bytes_raw()
    kept = wired.signing.checkpoints.make()
    return KeyMessage(key=str(VerifierKey(kept.signed.checkpoint.origin, public)))


def _signed(wired: Services, statement: str) -> NoteMessage:
    return NoteMessage(note=str(sign_note(statement, wired.head().origin, wired.signing.key.get())))


def _log_named(wired: Services, origin: str) -> LogReader:
    if origin == wired.head().origin:
        return wired.reader()
    for log in closed_logs(wired.closed_folder):
        with suppress(DamagedLog, BufferUnavailable):
            reader = LogReader(log.readable)
            if reader.head().origin == origin:
                return reader
            reader.close()
    raise Unknown(f"this home has no log {origin!r} that can be read")


def _context(reader: LogReader, size: int) -> Iterator[int]:
    after, types = -1, [kind.value for kind in CONTEXT_TYPES]
    while found := reader.events(types, after=after):
        yield from (event.index for event in found if event.index < size)
        after = found[-1].index


def _newest(wired: Services) -> KeptCheckpoint:
    kept = wired.signing.checkpoints.files.newest(wired.head().origin)
    if kept is None:
        fault = wired.signing.checkpoints.fault()
        raise Unknown(f"this log has no checkpoint yet{f': {fault}' if fault else '; ask for one'}")
    return kept


def _keys(reader: LogReader) -> DeviceKeys:
    try:
        return device_keys(reader.head().origin, entries_of(reader, (EntryType.KEY.value,)))
    except (ValueError, LookupError) as error:
        raise DamagedLog(f"what the log says of its device key cannot be read: {error}") from error


def _message(kept: KeptCheckpoint, keys: DeviceKeys) -> CheckpointMessage:
    head = kept.signed.checkpoint
    return CheckpointMessage(
        origin=head.origin,
        size=head.size,
        root=head.root.hex(),
        made=rfc3339_from_ns(kept.made_ns),
        key=str(keys.in_force(head.size) or ""),
        note=str(kept.signed),
    )
