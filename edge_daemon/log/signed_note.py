# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Signed notes: text that a key with a name stands for. Pure.

Source: C2SP signed-note (c2sp.org/signed-note), Ed25519 only (signature type 0x01). A note is its text, an empty line,
and one line a signature: `— NAME base64(KEY ID ‖ SIGNATURE)`, where the key id is the first four bytes of
SHA-256(NAME ‖ 0x0A ‖ 0x01 ‖ PUBLIC KEY).
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
KEY_ID_BYTES = 4
PUBLIC_KEY_BYTES = 32
LARGEST_NOTE_CHARACTERS = 1_000_000
MOST_SIGNATURES = 100

_DASH = "\u2014 "
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
_NOT_IN_NAME = re.compile(r"[\s+]")


class NoteInvalid(ValueError):
    """A text that is no signed note, or one that is not signed as it must be; the message says why."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who is said to have signed, with which key (4 bytes), and the signature's bytes."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A note's text, line break at its end included, and its signatures, none of them checked yet."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        lines = (f"{_DASH}{one.name} {to_base64(one.key_id + one.signature)}\n" for one in self.signatures)
        return f"{self.text}\n{''.join(lines)}"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """The public half of a key, under the name that it signs for."""

    name: str
    public: bytes

    def __post_init__(self) -> None:
        """Raises NoteInvalid for a name that a note cannot carry or a key that is not 32 bytes."""
        check_name(self.name)
        if len(self.public) != PUBLIC_KEY_BYTES:
            raise NoteInvalid(f"an Ed25519 public key has {PUBLIC_KEY_BYTES} bytes, not {len(self.public)}")

    @property
    def key_id(self) -> bytes:
        """The four bytes that tell signatures of this key from others of the same name."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        """As C2SP writes it: `NAME+HEX KEY ID+base64(0x01 ‖ PUBLIC KEY)`."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """The key that `text` writes. Raises NoteInvalid."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise NoteInvalid("a verifier key is written NAME+KEY ID+BASE64")
        name, key_id, key = parts[0], parts[1], from_base64(parts[2])
        if key[:1] != ED25519:
            raise NoteInvalid(f"the verifier key of {name!r} is not an Ed25519 key")
        found = cls(name, key[1:])
        if found.key_id.hex() != key_id:
            raise NoteInvalid(f"the key id {key_id!r} does not belong to this key of {name!r}")
        return found


def parse_note(text: str) -> SignedNote:
    """The note that `text` writes; its signatures are not checked. Raises NoteInvalid."""
    if len(text) > LARGEST_NOTE_CHARACTERS or _CONTROL.search(text):
        raise NoteInvalid("a note has at most a million characters and no control characters but line breaks")
    body, separator, block = text.rpartition("\n\n")
    if not separator or not block.endswith("\n"):
        raise NoteInvalid("a note ends with an empty line and its signature lines")
    lines = block[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise NoteInvalid(f"a note has at most {MOST_SIGNATURES} signatures")
    return SignedNote(body + "\n", tuple(_signature(line) for line in lines))


def sign_note(text: str, name: str, key: Ed25519PrivateKey) -> SignedNote:
    """`text`, which ends with a line break, signed under `name`. Raises NoteInvalid."""
    if not text.endswith("\n") or _CONTROL.search(text):
        raise NoteInvalid("a note's text ends with a line break and has no control characters but line breaks")
    verifier = VerifierKey(name, key.public_key().public_bytes_raw())
    return SignedNote(text, (Signature(name, verifier.key_id, key.sign(text.encode())),))


def signer_of(note: SignedNote, keys: Iterable[VerifierKey]) -> VerifierKey:
    """The first of `keys` that signed the note; signatures of other keys are passed over, as the format demands.

    Raises NoteInvalid where none of them did, or where a signature that claims to be of one of them is not.
    """
    known = {(key.name, key.key_id): key for key in keys}
    found: list[VerifierKey] = []
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is not None:
            check_signature(key.public, note.text.encode(), signature.signature)
            found.append(key)
    if not found:
        raise NoteInvalid("none of the known keys has signed it")
    return found[0]


def check_signature(public: bytes, message: bytes, signature: bytes) -> None:
    """Raises NoteInvalid unless `signature` is that of the Ed25519 key `public` over `message`."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise NoteInvalid("the signature does not belong to this text and this key") from error


def check_name(name: str) -> None:
    """Raises NoteInvalid for a key's name that a note cannot carry."""
    if not name or _NOT_IN_NAME.search(name) or _CONTROL.search(name):
        raise NoteInvalid(f"{name!r} cannot name a key: no spaces, no plus sign, not empty")


def to_base64(data: bytes) -> str:
    """Standard base64 (RFC 4648 section 4)."""
    return b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes:
    """The bytes that `text` writes. Raises NoteInvalid unless it is exactly how they are written."""
    try:
        data = b64decode(text, validate=True)
    except (Base64Error, ValueError) as error:
        raise NoteInvalid(f"{text[:60]!r} is not base64") from error
    if to_base64(data) != text:
        raise NoteInvalid(f"{text[:60]!r} is not base64 in its one valid form")
    return data


def _signature(line: str) -> Signature:
    if not line.startswith(_DASH):
        raise NoteInvalid("a signature line begins with an em dash and a space")
    name, separator, encoded = line.removeprefix(_DASH).partition(" ")
    check_name(name)
    data = from_base64(encoded) if separator else b""
    if len(data) <= KEY_ID_BYTES:
        raise NoteInvalid(f"the signature line of {name!r} is too short")
    return Signature(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])
