# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The contract's entry function and what it takes. Pure.

`{contract}::iot_verification::store_iot_data_hash(project_id: String, data_hash: String, quality_score: u64 hundredths,
verification_level: String, timestamp: u64 seconds)`, after the signer. The names are other programs' names too.
"""

import re
from dataclasses import dataclass
from typing import NewType

Address = NewType("Address", str)
"""An account's address: `0x` and 64 lower-case hex digits."""

MODULE = "iot_verification"
FUNCTION = "store_iot_data_hash"
IS_ANCHORED = "is_anchored"
GET_ANCHOR = "get_anchor"

PARAMETERS = ("&signer", "0x1::string::String", "0x1::string::String", "u64", "0x1::string::String", "u64")
"""The entry function's parameters as a node's ABI writes them."""

LARGEST_U64 = 2**64 - 1
LARGEST_SCORE = 100
LONGEST_PROJECT_BYTES = 128

_ADDRESS = re.compile(r"0x[0-9a-fA-F]{1,64}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class NotCallable(ValueError):
    """An argument that the contract would refuse; the message names it."""


def address_of(text: str) -> Address:
    """The address in full, from the full or a short form (AIP-40). Raises NotCallable."""
    if not _ADDRESS.fullmatch(text):
        raise NotCallable(f"{text[:80]!r} is not an address: 0x and up to 64 hexadecimal digits are needed")
    return Address("0x" + text[2:].lower().rjust(64, "0"))


@dataclass(frozen=True, slots=True)
class StoreCall:
    """One call of the entry function. Raises NotCallable for arguments that the contract refuses."""

    contract: Address
    project_id: str
    data_hash: str
    quality_score: int
    verification_level: str
    timestamp: int

    def __post_init__(self) -> None:
        if not 0 < len(self.project_id.encode()) <= LONGEST_PROJECT_BYTES:
            raise NotCallable(f"the project's id needs 1 to {LONGEST_PROJECT_BYTES} bytes")
        if not _DIGEST.fullmatch(self.data_hash):
            raise NotCallable("the digest needs 64 lower-case hexadecimal digits")
        if isinstance(self.quality_score, bool) or not 0 <= self.quality_score <= LARGEST_SCORE:
            raise NotCallable(f"the quality score is 0 to {LARGEST_SCORE} hundredths, not {self.quality_score!r}")
        if self.verification_level not in {"high", "medium", "basic"}:
            raise NotCallable(f"{self.verification_level!r} is no verification level")
        if isinstance(self.timestamp, bool) or not 0 <= self.timestamp <= LARGEST_U64:
            raise NotCallable(f"the time stamp is a number of seconds since 1970, not {self.timestamp!r}")

    @property
    def function(self) -> str:
        """The entry function's full name."""
        return f"{self.contract}::{MODULE}::{FUNCTION}"

    @property
    def arguments(self) -> tuple[bytes, ...]:
        """The arguments after the signer, each in BCS (text: ULEB128 length and UTF-8; u64: 8 bytes little-endian)."""
        return (
            text_bytes(self.project_id),
            text_bytes(self.data_hash),
            self.quality_score.to_bytes(8, "little"),
            text_bytes(self.verification_level),
            self.timestamp.to_bytes(8, "little"),
        )


def text_bytes(text: str) -> bytes:
    """A text in BCS."""
    data = text.encode()
    return uleb128(len(data)) + data


def uleb128(number: int) -> bytes:
    """A length in BCS: seven bits a byte, lowest first."""
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
