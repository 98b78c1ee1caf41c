# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which device key a log names at which of its sizes, and what a `key` entry must show to be believed. Pure.

`made`: a key that is new; `continued`: a log begins with the key that the station has already. Both are signed with the
key itself, which shows that the station had it. `rotated`: the new key, signed with the one before.

What is signed names the log's size and root at that time: whoever has only the new key cannot put the statement behind
a past that he wrote himself. Whether the log had that root is for whoever has its hashes to check.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from edge_daemon.log.bodies import KeyBody, KeyEvent, from_json
from edge_daemon.log.canonical import JsonValue, canonical
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.signed_note import NoteInvalid, VerifierKey, check_signature, from_base64, to_base64

STATEMENT = b"verifield device key/1\n"
"""Goes before what a key signs about keys, so that the signature can mean nothing else."""

_ROOT = re.compile("[0-9a-f]{64}", re.ASCII)


class KeyRefused(ValueError):
    """A `key` entry that does not show what it must; the message says why."""


@dataclass(frozen=True, slots=True)
class NamedKey:
    """From index `index` + 1 on, checkpoints are signed with this key (32 bytes).

    `signed` is the log's size and root (32 bytes) when its statement was signed; None: an older one, bound to no place.
    """

    index: int
    public: bytes
    signed: tuple[int, bytes] | None = None


@dataclass(frozen=True, slots=True)
class DeviceKeys:
    """The keys that a log names, in its order."""

    origin: str
    named: tuple[NamedKey, ...] = ()

    @property
    def latest(self) -> bytes | None:
        """The key in force at the log's end."""
        return self.named[-1].public if self.named else None

    def in_force(self, size: int) -> VerifierKey | None:
        """The key that signs a checkpoint of `size` entries; None before the log names one."""
        before = [key.public for key in self.named if key.index < size]
        return VerifierKey(self.origin, before[-1]) if before else None

    def after(self, index: int, entry: Entry) -> "DeviceKeys":
        """The keys once this entry is in the log. Raises KeyRefused; entries of other types change nothing."""
        if entry.type != EntryType.KEY:
            return self
        try:
            body = from_json(KeyBody, entry.body)
            public = from_base64(body.public_key)
            previous = from_base64(body.previous) if body.previous else None
            if previous != self.latest:
                raise KeyRefused(f"entry {index} names another key before it than the log does")
            place = _place(index, body)
            signed = statement(self.origin, body.event, public, previous, place)
            check_signature(previous or public, signed, from_base64(body.signature))
            VerifierKey(self.origin, public)
        except NoteInvalid as error:
            raise KeyRefused(f"the device key in entry {index} is not shown to be the station's: {error}") from error
        except KeyRefused:
            raise
        except ValueError as error:
            raise KeyRefused(f"entry {index} does not have the form of a key entry") from error
        return replace(self, named=(*self.named, NamedKey(index, public, place)))


def statement(
    origin: str, event: KeyEvent, public: bytes, previous: bytes | None, place: tuple[int, bytes] | None = None
) -> bytes:
    """What is signed about a key. `place` is the log's size and root (32 bytes); older statements have none."""
    told: dict[str, JsonValue] = {"origin": origin, "event": event, "public_key": to_base64(public)}
    if place is not None:
        told |= {"size": place[0], "root": place[1].hex()}
    return STATEMENT + canonical({**told, "previous": to_base64(previous or b"")})


def _place(index: int, body: KeyBody) -> tuple[int, bytes] | None:
    if not body.size and not body.root:
        return None
    if not 1 <= body.size <= index or not _ROOT.fullmatch(body.root):
        raise KeyRefused(f"the key entry {index} was signed at a size or root that the log did not have before it")
    return body.size, bytes.fromhex(body.root)


def device_keys(origin: str, entries: Iterable[tuple[int, Entry]]) -> DeviceKeys:
    """The keys that these entries name, in log order. Raises KeyRefused."""
    keys = DeviceKeys(origin)
    for index, entry in entries:
        keys = keys.after(index, entry)
    return keys
