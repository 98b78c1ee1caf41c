# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a device key signs for the index of an evidence bundle, and for the manifest of a delivery by file. Pure.

Their first lines, and that they have two, keep them apart from each other and from a checkpoint, which has three.
"""

import re
from collections.abc import Iterable
from hashlib import sha256

from edge_daemon.log.entry import EntryType
from edge_daemon.log.signed_note import NoteInvalid

INDEX = "verifield evidence index/2"
MANIFEST = "verifield delivery manifest/1"
CONTEXT_TYPES = (
    EntryType.LOG,
    EntryType.KEY,
    EntryType.BOOT,
    EntryType.CLOCK,
    EntryType.CONFIGURATION,
    EntryType.INSTALLATION,
    EntryType.CALIBRATION,
    EntryType.STANDARD,
    EntryType.AMENDMENT,
    EntryType.PLAN,
)
"""Entries that change how others are read: all of the log are in a bundle's context, whatever its run."""

_DIGEST = re.compile("[0-9a-f]{64}", re.ASCII)


def index_statement(digest: str, origin: str, size: int, context: Iterable[int]) -> str:
    """The text to sign for an index with this SHA-256 in hexadecimal, of a log at this size.

    `context` are the indices of that log's entries of CONTEXT_TYPES, in order, as the signer itself finds them: whoever
    wrote the index cannot leave one out. Raises NoteInvalid for a digest that is none.
    """
    listed = sha256(",".join(map(str, context)).encode("ascii")).hexdigest()
    return f"{INDEX}\n{_checked(digest)} {origin} {size} {listed}\n"


def without_a_list(digest: str) -> str:
    """What version 1 of the index statement said: nothing but the digest. It is read, and never written."""
    return f"verifield evidence index/1\n{_checked(digest)}\n"


def manifest_statement(digest: str) -> str:
    """The text to sign for a manifest with this SHA-256 in hexadecimal. Raises NoteInvalid for anything else."""
    return f"{MANIFEST}\n{_checked(digest)}\n"


def _checked(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise NoteInvalid("a SHA-256 is written as 64 hexadecimal digits")
    return digest
