# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The proof, as one text, that an entry is in a log. Pure.

Source: C2SP tlog-proof (c2sp.org/tlog-proof@v1): header, optional `extra` line in base64, `index` line, the hashes of
the inclusion proof (RFC 6962 section 2.1.1) in base64 from leaf to root, an empty line, and the signed checkpoint.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from edge_daemon.log.checkpoint import SignedCheckpoint, read_checkpoint
from edge_daemon.log.signed_note import NoteInvalid, VerifierKey, from_base64, signer_of, to_base64
from edge_daemon.log.tree import HASH_BYTES, hash_leaf, verify_inclusion

HEADER = "c2sp.org/tlog-proof@v1"
MOST_HASHES = 63
FILE_ENDING = ".tlog-proof"

_INDEX = re.compile("index (0|[1-9][0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class TlogProof:
    """Entry `index` is in the tree of `checkpoint`; `extra` proves nothing and means what its writer says."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: SignedCheckpoint
    extra: bytes = b""

    def __str__(self) -> str:
        extra = [f"extra {to_base64(self.extra)}"] if self.extra else []
        lines = [HEADER, *extra, f"index {self.index}", *map(to_base64, self.hashes)]
        return "".join(f"{line}\n" for line in lines) + f"\n{self.checkpoint}"

    def verify(self, data: bytes, keys: Iterable[VerifierKey]) -> VerifierKey:
        """Check that `data` are the bytes of this entry, and say which of `keys` vouches for it.

        Raises ProofInvalid or NoteInvalid with the reason.
        """
        signer = signer_of(self.checkpoint.note, keys)
        head = self.checkpoint.checkpoint
        if signer.name != head.origin:
            raise NoteInvalid("the key that signed it speaks for another log")
        verify_inclusion(self.index, head.size, hash_leaf(data), self.hashes, head.root)
        return signer


def parse_proof(text: str) -> TlogProof:
    """The proof that `text` writes, unchecked. Raises NoteInvalid."""
    head, separator, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    if not separator or lines.pop(0) != HEADER or not lines:
        raise NoteInvalid(f"a proof begins with {HEADER} and has an empty line before its checkpoint")
    extra = b""
    if lines[0].startswith("extra "):
        extra = from_base64(lines.pop(0).removeprefix("extra "))
    match = _INDEX.fullmatch(lines[0]) if lines else None
    if match is None:
        raise NoteInvalid("a proof says the index of its entry")
    hashes = tuple(from_base64(line) for line in lines[1:])
    if len(hashes) > MOST_HASHES or any(len(value) != HASH_BYTES for value in hashes):
        raise NoteInvalid(f"a proof has at most {MOST_HASHES} hashes of {HASH_BYTES} bytes")
    return TlogProof(int(match[1]), hashes, read_checkpoint(checkpoint), extra)
