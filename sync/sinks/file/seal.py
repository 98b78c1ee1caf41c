# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The station's signature under a bundle, and the checkpoint in it. Pure.

The manifest names the station's newest checkpoint (`checkpoint`, C2SP tlog-checkpoint) and the key that signs (`key`,
as C2SP signed-note writes a verifier key). `manifest.note` is a signed note of that key over the manifest's SHA-256.
That shows that nothing was changed since the key's holder wrote it; whether the key is the station's is said by the
project's register. A bundle without a note is one that the recorder was not there to sign.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from edge_daemon.log.checkpoint import Checkpoint, read_checkpoint
from edge_daemon.log.evidence_index import manifest_statement
from edge_daemon.log.signed_note import NoteInvalid, VerifierKey, parse_note, signer_of


@dataclass(frozen=True, slots=True)
class Sealer:
    """What a bundle is signed with: the newest checkpoint's note, the key, and who signs a SHA-256 in hexadecimal.

    `sign` gives a note, or "" where it cannot be had.
    """

    checkpoint: str
    key: str
    sign: Callable[[str], str]


SealSource = Callable[[], Sealer | None]
"""The sealer of this moment; None where nobody can sign."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A signature that fits: the key, and the checkpoint that came with it, which the same key has signed.

    The key's name is that of the log that was recorded then, which may be a later one than the bundle's.
    """

    key: VerifierKey
    checkpoint: Checkpoint


class NotSealed(ValueError):
    """A signature or checkpoint that does not fit what it stands under; the message says why."""


def sealed_fields(sealer: Sealer | None) -> dict[str, object]:
    """What the manifest says of its seal."""
    return {} if sealer is None else {"checkpoint": sealer.checkpoint, "key": sealer.key}


def seal_of(manifest: bytes, told: dict[str, object], note: str) -> Seal | None:
    """The seal under these bytes of a manifest, which say `told`. Raises NotSealed; None where nobody signed."""
    if not note:
        return None
    try:
        key = VerifierKey.parse(str(told["key"]))
        checkpoint = read_checkpoint(str(told["checkpoint"]))
        # A key signs a log's checkpoints under the log's name, and a closed log's bundle under the name of the present.
        signer_of(checkpoint.note, [VerifierKey(checkpoint.checkpoint.origin, key.public)])
        signed = parse_note(note)
        signer_of(signed, [key])
        expected = manifest_statement(hashlib.sha256(manifest).hexdigest())
    except (KeyError, NoteInvalid) as error:
        raise NotSealed(f"its signature does not fit: {error}") from error
    if signed.text != expected:
        raise NotSealed("its signature is of something else: it was changed after it was signed")
    if checkpoint.checkpoint.origin != told.get("log"):
        raise NotSealed("the checkpoint in it is of another log")
    return Seal(key, checkpoint.checkpoint)
