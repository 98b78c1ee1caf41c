# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Lines of the bundle's smaller files: entries with their own proof, and signed notes. Pure."""

from dataclasses import dataclass

from edge_daemon.log.canonical import JsonValue, NotCanonical, canonical
from edge_daemon.log.signed_note import NoteInvalid, from_base64, to_base64
from edge_daemon.log.strict_json import NotJson, parse_json
from sync.evidence.form import NotEvidence


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """An entry's bytes, its index, and its inclusion proof against the bundle's checkpoint.

    With a device key goes the proof that the log at which it was put in force is the beginning of the one under the
    checkpoint (RFC 6962 2.1.2).
    """

    index: int
    data: bytes
    proof: tuple[bytes, ...]
    consistency: tuple[bytes, ...] = ()


def context_line(entry: ContextEntry) -> bytes:
    """The entry as a line, without its end."""
    proof: list[JsonValue] = [to_base64(value) for value in entry.proof]
    told: dict[str, JsonValue] = {"entry": entry.data.decode("utf-8"), "index": entry.index, "proof": proof}
    if entry.consistency:
        told["consistency"] = [to_base64(value) for value in entry.consistency]
    return canonical(told)


def context_entry(line: bytes) -> ContextEntry:
    """The entry that a line holds, its proof unchecked. Raises NotEvidence."""
    document = _object(line)
    index, data, proof = document.get("index"), document.get("entry"), document.get("proof")
    growth = document.get("consistency", [])
    if type(index) is not int or not isinstance(data, str) or not isinstance(proof, list):
        raise NotEvidence("a line of the context does not have its form")
    if not isinstance(growth, list):
        raise NotEvidence("a line of the context does not have its form")
    try:
        hashes = [tuple(from_base64(str(value)) for value in some) for some in (proof, growth)]
        return ContextEntry(index, data.encode("utf-8"), *hashes)
    except NoteInvalid as error:
        raise NotEvidence(f"a line of the context does not have its form: {error}") from error


def note_line(note: str) -> bytes:
    """A signed note as a line, without its end."""
    return canonical({"note": note})


def note_of_line(line: bytes) -> str:
    """The signed note that a line holds, unchecked. Raises NotEvidence."""
    note = _object(line).get("note")
    if not isinstance(note, str):
        raise NotEvidence("a line of the earlier checkpoints does not have its form")
    return note


def _object(line: bytes) -> dict[str, JsonValue]:
    try:
        document = parse_json(line)
        if isinstance(document, dict) and canonical(document) == line:
            return document
    except (NotJson, NotCanonical) as error:
        raise NotEvidence(f"a line is not readable: {error}") from error
    raise NotEvidence("a line is not an object in its RFC 8785 form")
