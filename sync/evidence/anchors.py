# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Anchors as evidence holds them, and what follows from their own bytes: the record, its checkpoint, the signed
transaction. Pure.

A line of `anchors.jsonl.gz` is an RFC 8785 object: `record` (the anchor record's bytes as text), `network`,
`transaction` (the signed transaction's bytes, base64; empty where it is not known), `ledger_ns` (when the chain is said
to have taken it, UTC nanoseconds as text, or null) and `consistency` (proof that the anchored tree is the beginning of
the one under the bundle's checkpoint, RFC 6962 2.1.2).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from edge_daemon.domain.time import ns_from_rfc3339, rfc3339_from_ns
from edge_daemon.log.canonical import JsonValue, NotCanonical, canonical
from edge_daemon.log.checkpoint import SignedCheckpoint, read_checkpoint
from edge_daemon.log.signed_note import NoteInvalid, from_base64, to_base64
from edge_daemon.log.strict_json import NotJson, parse_json
from sync.anchor.call import Address, NotCallable, StoreCall, address_of
from sync.anchor.networks import CUSTOM, chain_id_of, name_of
from sync.anchor.record import NotAnAnchorRecord, summary_of
from sync.anchor.transaction import NotATransaction, Transaction, account_of, read_transaction, transaction_hash
from sync.evidence.form import NotEvidence

_NS = 10**9


@dataclass(frozen=True, slots=True)
class AnchorNote:
    """An anchor as the station kept it; nothing in it is believed. `ledger_ns` is UTC ns, None where it is not told."""

    record: bytes
    network: str
    transaction: bytes = b""
    ledger_ns: int | None = None
    consistency: tuple[bytes, ...] = ()

    @property
    def data_hash(self) -> str:
        """SHA-256 of the record: what the chain was told."""
        return sha256(self.record).hexdigest()

    @property
    def transaction_hash(self) -> str:
        """By which the chain knows the transaction; empty where that is not known."""
        return transaction_hash(self.transaction) if self.transaction else ""


@dataclass(frozen=True, slots=True)
class ReadAnchor:
    """What a record says that can be read. `hours` are UTC ns; None where it carries no summaries. `device` is the
    device key (32 bytes) that it names."""

    note: AnchorNote
    signed: SignedCheckpoint
    call: StoreCall
    chain_id: int
    account: Address
    device: bytes
    since: int | None
    start_ns: int
    end_ns: int
    hours: tuple[int, int] | None
    metrics: Mapping[str, JsonValue]
    quality: Mapping[str, JsonValue]

    @property
    def size(self) -> int:
        """How many entries it covers."""
        return self.signed.checkpoint.size


def read_anchor(note: AnchorNote) -> ReadAnchor:
    """What the note's record says. Raises NotEvidence."""
    try:
        told = summary_of(note.record)
        signed = read_checkpoint(str(told["checkpoint"]))
        head = signed.checkpoint
        if (told["origin"], told["size"], told["root"]) != (head.origin, head.size, head.root.hex()):
            raise NotEvidence("an anchor record says another log, size or root than the checkpoint in it")
        quality, chain, end_ns = _object(told, "quality"), _object(told, "chain"), _end_ns(told)
        score, metrics, since = quality["score"], _object(told, "metrics"), told.get("since")
        call = StoreCall(
            contract=address_of(str(chain["contract"])),
            project_id=str(told["project"]),
            data_hash=note.data_hash,
            quality_score=score if isinstance(score, int) else 0,
            verification_level=str(quality["level"]),
            timestamp=end_ns // _NS,
        )
        paying, device = (bytes.fromhex(str(_object(told, "keys")[name])) for name in ("paying", "device"))
        note = _on_its_network(note, int(str(chain["id"])))
        if note.ledger_ns is not None:
            taken = rfc3339_from_ns(note.ledger_ns)  # raises for a time that is in no calendar
            if note.ledger_ns // _NS < end_ns // _NS:
                words = f"an anchor is said to have been taken ({taken}) before the period that it covers ended"
                raise NotEvidence(words)
        return ReadAnchor(
            note,
            signed,
            call,
            int(str(chain["id"])),
            account_of(paying),
            device,
            since if isinstance(since, int) else None,
            ns_from_rfc3339(str(_object(told, "period")["start"])),
            end_ns,
            _hours(told),
            metrics,
            quality,
        )
    except (NotAnAnchorRecord, NoteInvalid, NotCallable, KeyError, ValueError) as error:
        raise NotEvidence(f"an anchor record does not have its form: {error}") from error


def _on_its_network(note: AnchorNote, chain_id: int) -> AnchorNote:
    # The record is under the digest; the network's name stands beside it and is nobody's word.
    known = name_of(chain_id)
    if known is not None and note.network == CUSTOM:  # a node of one's own may belong to a chain that is known
        return replace(note, network=known)
    named = chain_id_of(note.network)
    if (known is not None and known != note.network) or (named is not None and named != chain_id):
        raise NotEvidence(f"an anchor is said to be on {note.network!r}, and its record names chain {chain_id}")
    return note


def sizes_of(notes: Iterable[AnchorNote]) -> Iterator[int]:
    """How many entries each anchor covers; those whose record cannot be read are left out."""
    for note in notes:
        try:
            yield read_anchor(note).size
        except NotEvidence:
            continue  # the check of the records says so


def carried(anchor: ReadAnchor) -> Transaction | None:
    """The signed transaction that carries the record; None where it is not at hand.

    Raises NotEvidence when the one at hand carries something else, or is not signed by the account's key.
    """
    if not anchor.note.transaction:
        return None
    try:
        found = read_transaction(anchor.note.transaction)
        if found.call != anchor.call or found.chain_id != anchor.chain_id:
            raise NotEvidence("the signed transaction says something else than the anchor record")
    except NotATransaction as error:
        raise NotEvidence(f"the signed transaction of an anchor is none: {error}") from error
    if not found.signature_is_valid or account_of(found.public_key) != anchor.account:
        raise NotEvidence("the transaction of an anchor is not signed by the key that its record names")
    return found


def anchor_line(note: AnchorNote) -> bytes:
    """The anchor as a line, without its end. Raises NotEvidence for a record that is no text."""
    try:
        record = note.record.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotEvidence("an anchor record is no text") from error
    proof: list[JsonValue] = [to_base64(value) for value in note.consistency]
    return canonical(
        {
            "consistency": proof,
            "ledger_ns": None if note.ledger_ns is None else str(note.ledger_ns),
            "network": note.network,
            "record": record,
            "transaction": to_base64(note.transaction),
        }
    )


def anchor_of_line(line: bytes) -> AnchorNote:
    """The anchor that a line holds, unchecked. Raises NotEvidence."""
    try:
        told = parse_json(line)
        if not isinstance(told, dict) or canonical(told) != line:
            raise NotEvidence("a line of the anchors is not an object in its RFC 8785 form")
        record, network, time, proof = told["record"], told["network"], told["ledger_ns"], told["consistency"]
        if not isinstance(record, str) or not isinstance(network, str) or not isinstance(proof, Sequence):
            raise NotEvidence("a line of the anchors does not have its form")
        hashes = tuple(from_base64(str(value)) for value in proof)
        transaction = from_base64(str(told["transaction"]))
        ledger_ns = None if time is None else int(str(time))
        if ledger_ns is not None:
            rfc3339_from_ns(ledger_ns)  # raises for a time that is in no calendar
        return AnchorNote(record.encode(), network, transaction, ledger_ns, hashes)
    except (NotJson, NotCanonical, NoteInvalid, KeyError, ValueError) as error:
        raise NotEvidence(f"a line of the anchors does not have its form: {error}") from error


def _object(told: Mapping[str, JsonValue], name: str) -> Mapping[str, JsonValue]:
    found = told[name]
    if not isinstance(found, Mapping):
        raise NotAnAnchorRecord(f"{name!r} is no object")
    return found


def _end_ns(told: Mapping[str, JsonValue]) -> int:
    return ns_from_rfc3339(str(_object(told, "period")["end"]))


def _hours(told: Mapping[str, JsonValue]) -> tuple[int, int] | None:
    if told.get("hours") is None:
        return None
    hours = _object(told, "hours")
    return ns_from_rfc3339(str(hours["start"])), ns_from_rfc3339(str(hours["end"]))
