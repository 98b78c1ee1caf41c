# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The anchor record: what an anchor says of a log, as canonical bytes, and the call that brings its digest there. Pure.

The record is RFC 8785 JSON. `data_hash` is its SHA-256; the record itself stays with the evidence and is shown beside
it. Version 2 also says which entries are covered anew (`since`) and which hours the metrics and the quality are of.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.canonical import JsonValue, canonical
from edge_daemon.log.checkpoint import read_checkpoint
from edge_daemon.log.signed_note import NoteInvalid
from edge_daemon.log.strict_json import parse_json
from sync.anchor.call import Address, StoreCall

VERSION = 2
LEVELS = ("high", "medium", "basic")
NO_CLAIM = "basic"
"""What the interface is told where the period supports no claim; the record then says `claim: false`."""

_NS = 10**9


class NotAnAnchorRecord(ValueError):
    """The parts do not make an anchor record, or bytes are none; the message says why."""


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of the period: score in hundredths (0 to 100) and level, None where no claim can be made."""

    score: int | None = None
    level: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """A signed state of a log, and the period (UTC ns) that its entries since the last anchor cover.

    `checkpoint` is the whole signed note; `device_key` the 32-byte public key that signed it. `since` entries were
    anchored before. `metrics` and `quality` are those of the whole `hours` (UTC ns, from and to before; both 0: none)
    that this anchor is the first to cover, by the rule of `period_claim`.
    """

    origin: str
    size: int
    root: bytes
    checkpoint: str
    device_key: bytes
    project: str
    start_ns: int
    end_ns: int
    metrics: Mapping[str, float] = field(default_factory=dict)
    quality: Quality = Quality()
    since: int = 0
    hours: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class AnchorRecord:
    """A head bound to one chain, one contract and the account that pays (its 32-byte public key)."""

    head: Head
    chain_id: int
    contract: Address
    paying_key: bytes

    def __post_init__(self) -> None:
        """Raises NotAnAnchorRecord when the parts contradict each other."""
        _check(self)

    @property
    def data(self) -> bytes:
        """The canonical bytes."""
        return canonical(_plain(self))

    @property
    def data_hash(self) -> str:
        """SHA-256 of the canonical bytes: 64 lower-case hex digits."""
        return sha256(self.data).hexdigest()

    @property
    def call(self) -> StoreCall:
        """The contract call for this record, with the interface's arguments. `timestamp` is the end of the period."""
        quality = self.head.quality
        return StoreCall(
            contract=self.contract,
            project_id=self.head.project,
            data_hash=self.data_hash,
            quality_score=quality.score or 0,
            verification_level=quality.level or NO_CLAIM,
            timestamp=self.head.end_ns // _NS,
        )


def quality_told(quality: Quality) -> dict[str, JsonValue]:
    """The quality as a record says it."""
    return {"score": quality.score, "level": quality.level or NO_CLAIM, "claim": quality.level is not None}


def summary_of(data: bytes) -> Mapping[str, JsonValue]:
    """What a stored record says, for showing. Raises NotAnAnchorRecord for bytes that are not canonical JSON of one."""
    try:
        found = parse_json(data)
    except ValueError as error:
        raise NotAnAnchorRecord(f"this is no anchor record: {error}") from error
    if not isinstance(found, Mapping) or found.get("type") != "anchor" or canonical(found) != data:
        raise NotAnAnchorRecord("this is no anchor record in canonical form")
    return found


def _plain(record: AnchorRecord) -> dict[str, JsonValue]:
    head = record.head
    start, end = map(rfc3339_from_ns, head.hours)
    return {
        "v": VERSION,
        "type": "anchor",
        "origin": head.origin,
        "since": head.since,
        "size": head.size,
        "root": head.root.hex(),
        "checkpoint": head.checkpoint,
        "project": head.project,
        "period": {"start": rfc3339_from_ns(head.start_ns), "end": rfc3339_from_ns(head.end_ns)},
        "hours": None if head.hours == (0, 0) else {"start": start, "end": end},
        "metrics": dict(head.metrics),
        "quality": quality_told(head.quality),
        "chain": {"id": record.chain_id, "contract": record.contract},
        "keys": {"device": head.device_key.hex(), "paying": record.paying_key.hex()},
    }


def _check(record: AnchorRecord) -> None:
    head, quality = record.head, record.head.quality
    try:
        said = read_checkpoint(head.checkpoint).checkpoint
    except NoteInvalid as error:
        raise NotAnAnchorRecord(f"the checkpoint is not valid: {error}") from error
    if (said.origin, said.size, said.root) != (head.origin, head.size, head.root):
        raise NotAnAnchorRecord("the checkpoint says another origin, size or root than the record")
    if len(head.device_key) != 32 or len(record.paying_key) != 32:
        raise NotAnAnchorRecord("a public key has 32 bytes")
    if not 0 <= head.start_ns <= head.end_ns:
        raise NotAnAnchorRecord("the period ends before it starts")
    if not 0 <= head.since <= head.size:
        raise NotAnAnchorRecord("more entries were anchored before than the log has")
    if (quality.score is None) != (quality.level is None):
        raise NotAnAnchorRecord("a score comes with a level, and a level with a score")
    if quality.level is not None and quality.level not in LEVELS:
        raise NotAnAnchorRecord(f"{quality.level!r} is not one of {', '.join(LEVELS)}")
