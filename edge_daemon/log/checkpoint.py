# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Checkpoints: the log's origin, size and root as a signed note. Pure.

Source: C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint). The text is `ORIGIN`, the size in decimal, the root in base64,
and any extension lines, each ended by a line break. The key that signs carries the log's origin as its name. Our own
checkpoints have no extension lines; those of others are kept.
"""

import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.log.signed_note import (
    NoteInvalid,
    SignedNote,
    check_name,
    from_base64,
    parse_note,
    sign_note,
    to_base64,
)
from edge_daemon.log.tree import HASH_BYTES

_SIZE = re.compile("0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log `origin` had `size` entries with the 32-byte tree head `root`."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises NoteInvalid for what a checkpoint cannot say."""
        check_name(self.origin)
        if self.size < 0 or len(self.root) != HASH_BYTES:
            raise NoteInvalid(f"a checkpoint has a size from 0 on and a root of {HASH_BYTES} bytes")
        if any(not line or "\n" in line for line in self.extensions):
            raise NoteInvalid("an extension line of a checkpoint is one line and not empty")

    @property
    def text(self) -> str:
        """The text that is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, to_base64(self.root), *self.extensions))


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A checkpoint and the note that it came in, whose signatures are not checked by reading it."""

    checkpoint: Checkpoint
    note: SignedNote

    def __str__(self) -> str:
        return str(self.note)


def parse_checkpoint(text: str) -> Checkpoint:
    """The checkpoint that a note's text writes. Raises NoteInvalid."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1]:
        raise NoteInvalid("a checkpoint has three lines at least: origin, size and root")
    origin, size, root, *extensions = lines[:-1]
    if not _SIZE.fullmatch(size):
        raise NoteInvalid(f"{size[:40]!r} is not a size in decimal without leading zeros")
    return Checkpoint(origin, int(size), from_base64(root), tuple(extensions))


def read_checkpoint(text: str) -> SignedCheckpoint:
    """The checkpoint in a signed note, unchecked: `signer_of(found.note, keys)` checks it. Raises NoteInvalid.

    Refuses a note in which no signature carries the log's own name.
    """
    note = parse_note(text)
    checkpoint = parse_checkpoint(note.text)
    if all(signature.name != checkpoint.origin for signature in note.signatures):
        raise NoteInvalid("the checkpoint has no signature in the name of its own log")
    return SignedCheckpoint(checkpoint, note)


def sign_checkpoint(checkpoint: Checkpoint, key: Ed25519PrivateKey) -> SignedCheckpoint:
    """The checkpoint, signed in the name of its log."""
    return SignedCheckpoint(checkpoint, sign_note(checkpoint.text, checkpoint.origin, key))
