# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The signed heads of a home's logs that wait for an anchor, read from its checkpoints and logs. Reads files."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.buffer.checkpoint_files import FOLDER, CheckpointFiles, KeptCheckpoint
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import BufferUnavailable, DamagedLog
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.bodies import LogBody, from_json
from edge_daemon.log.device_keys import DeviceKeys, KeyRefused, device_keys
from edge_daemon.log.entry import Entry, EntryType, NotAnEntry, decode_entry
from edge_daemon.log.plan import plan_of
from edge_daemon.log.signed_note import NoteInvalid, signer_of
from sync.anchor.period_claim import PeriodClaim, claim_of
from sync.anchor.record import Head
from sync.engine.logs import LogFile

_PAGE = 500


@dataclass(frozen=True, slots=True)
class SignedHeads:
    """`heads` can be anchored, the present log's first, then older ones. `troubles` tell in words what cannot be."""

    heads: tuple[Head, ...] = ()
    troubles: tuple[str, ...] = ()


def heads_of(
    home: Path,
    logs: Sequence[LogFile],
    anchored_size: Callable[[str], int],
    until_s: int | None = None,
    *,
    claims: bool = True,
) -> SignedHeads:
    """The newest checkpoint of every log that has one beyond what is anchored.

    With `until_s` (seconds since 1970) the newest of those whose last entry is not of a later second, by the laptop's
    clock. Each was signed by the device key that the log names. Without `claims` nothing is computed from the
    summaries: for telling how things stand. A log that is damaged is told of and keeps no other one back.
    """
    files = CheckpointFiles(home / FOLDER)
    heads, troubles = [], []
    for log in reversed(logs):
        try:
            head, trouble = _head(files, log, anchored_size(log.origin), until_s, claims=claims)
        except (DamagedLog, BufferUnavailable) as fault:
            head, trouble = None, f"{log.origin} cannot be anchored: {fault}"
        heads += [head] if head else []
        troubles += [trouble] if trouble else []
    return SignedHeads(tuple(heads), tuple(troubles))


def _head(
    files: CheckpointFiles, log: LogFile, covered: int, until_s: int | None, *, claims: bool
) -> tuple[Head | None, str]:
    try:
        sizes = files.sizes(log.origin, covered)
        if not sizes:
            return None, ""
        with LogReader(log.path) as reader:
            entries = reader.head().size
            fitting = [size for size in sizes if size <= entries]
            trouble = "" if len(fitting) == len(sizes) else _too_long(log, sizes[-1], entries)
            size = _newest(reader, fitting, until_s)
            if size is None:
                return None, trouble
            return _signed_head(reader, files.at(log.origin, size), covered, claims=claims), trouble
    except OSError as error:
        raise BufferUnavailable(f"its checkpoints cannot be read: {error}") from error


def _newest(reader: LogReader, sizes: Sequence[int], until_s: int | None) -> int | None:
    if until_s is None:
        return sizes[-1] if sizes else None
    try:
        return next((size for size in reversed(sizes) if _entry(reader, size - 1).t_ns // NS_PER_S <= until_s), None)
    except NotAnEntry as error:
        raise DamagedLog(f"the last entry of a checkpoint cannot be read: {error}") from error


def _too_long(log: LogFile, signed: int, entries: int) -> str:
    return (
        f"{log.origin} was signed with {signed} entries and has {entries}: its end is lost, or an older copy was put "
        "back. What is left is anchored up to the last checkpoint that fits it"
    )


def _signed_head(reader: LogReader, kept: KeptCheckpoint, covered: int, *, claims: bool) -> Head:
    checkpoint = kept.signed.checkpoint
    try:
        body = from_json(LogBody, _entry(reader, 0).body)
        key = keys_of(reader, checkpoint.origin).in_force(checkpoint.size)
        signer = signer_of(kept.signed.note, [key] if key else [])
        start_ns, end_ns = _period(reader, covered, checkpoint.size)
        claim = claim_at(reader, covered, checkpoint.size) if claims else PeriodClaim()
    except (NoteInvalid, KeyRefused, ValueError) as error:
        raise DamagedLog(f"the checkpoint of {checkpoint.size} entries does not fit the log: {error}") from error
    return Head(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root,
        checkpoint=str(kept.signed),
        device_key=signer.public,
        project=body.project_id,
        start_ns=start_ns,
        end_ns=end_ns,
        metrics=claim.metrics,
        quality=claim.quality,
        since=covered,
        hours=(claim.start_ns, claim.end_ns),
    )


def claim_at(reader: LogReader, since: int, size: int) -> PeriodClaim:
    """What the summaries among the first `size` entries say of the hours that an anchor is the first to cover.

    Raises ValueError, DamagedLog, BufferUnavailable.
    """
    plans = list(_of_type(reader, EntryType.PLAN, size))
    before = plan_of((index, entry) for index, entry in plans if index < since)
    return claim_of(since, _of_type(reader, EntryType.SUMMARY, size), plan_of(plans), before)


def _period(reader: LogReader, first: int, size: int) -> tuple[int, int]:
    """The laptop's times of the first and last entry that are covered anew; the log's order is not the clock's."""
    start_ns, end_ns = _entry(reader, first).t_ns, _entry(reader, size - 1).t_ns
    return min(start_ns, end_ns), end_ns


def _entry(reader: LogReader, index: int) -> Entry:
    rows = reader.entries(index, 1)
    if not rows:
        raise NotAnEntry(f"there is no entry {index}")
    return decode_entry(rows[0][1])


def keys_of(reader: LogReader, origin: str) -> DeviceKeys:
    """The device keys that the log names. Raises KeyRefused, NotAnEntry, DamagedLog, BufferUnavailable."""
    return device_keys(origin, _of_type(reader, EntryType.KEY))


def _of_type(reader: LogReader, kind: EntryType, size: int | None = None) -> Iterator[tuple[int, Entry]]:
    after = -1
    while events := reader.events([kind], after=after, limit=_PAGE):
        for event in events:
            after = event.index
            if size is not None and after >= size:
                return
            yield after, _entry(reader, after)
