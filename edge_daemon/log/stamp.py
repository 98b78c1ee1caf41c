# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What every entry carries besides its body: version, type, times and salt, as they stand in the bytes. Pure."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from enum import StrEnum

from edge_daemon.log.canonical import LARGEST_EXACT_INT

ENTRY_VERSION = 1
SALT_BYTES = 16
RESERVED_KEYS = frozenset({"v", "type", "t", "mono", "salt"})


class EntryType(StrEnum):
    """The entry types of version 1."""

    LOG = "log"
    BOOT = "boot"
    CLOCK = "clock"
    CONFIGURATION = "configuration"
    INSTALLATION = "installation"
    READING = "reading"
    GAP = "gap"
    CALIBRATION = "calibration"
    STANDARD = "standard"
    NOTE = "note"
    VISIT = "visit"
    AMENDMENT = "amendment"
    SUMMARY = "summary"
    KEY = "key"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Stamp:
    """When an entry was made, and what keeps its hash from being guessed.

    `t_ns`: the laptop's wall clock, UTC nanoseconds since 1970. `mono_us`: microseconds since boot of a clock that
    counts suspend. `salt`: 16 random bytes, drawn anew for every entry by the caller.
    """

    t_ns: int
    mono_us: int
    salt: bytes


def check_stamp(stamp: Stamp) -> None:
    """Raises ValueError for a salt that is not 16 bytes, or a `mono` that is negative or too large to write exactly."""
    if len(stamp.salt) != SALT_BYTES:
        raise ValueError(f"an entry's salt is {SALT_BYTES} bytes, not {len(stamp.salt)}")
    if not 0 <= stamp.mono_us <= LARGEST_EXACT_INT:
        raise ValueError(f"mono is {stamp.mono_us} µs; it must lie between 0 and 2^53 - 1")


def text_from_salt(salt: bytes) -> str:
    """The salt as base64url without padding (RFC 4648 section 5)."""
    return urlsafe_b64encode(salt).decode("ascii").rstrip("=")


def salt_from_text(text: str) -> bytes:
    """The 16 bytes of a salt. Raises ValueError unless `text` is exactly how those bytes are written."""
    try:
        salt = urlsafe_b64decode(text + "==")
    except (Base64Error, ValueError) as error:
        raise ValueError(f"salt {text!r} is not base64url") from error
    if len(salt) != SALT_BYTES or text_from_salt(salt) != text:
        raise ValueError(f"salt {text!r} is not the base64url form of {SALT_BYTES} bytes")
    return salt
