# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The proof that a bundle holds for each device key: that the log in which it was put in force is the beginning of the
one that is bundled. Reads a log's hashes."""

from edge_daemon.log.bodies import KeyBody, from_json
from edge_daemon.log.entry import EntryType, NotAnEntry, decode_entry
from edge_daemon.log.tree import ReadHashes, consistency_proof


def growth(data: bytes, size: int, hashes: ReadHashes) -> tuple[bytes, ...]:
    """The consistency proof from the place that the key entry `data` was signed at to `size` entries.

    Empty for any other entry, and where the entry names no place before it: the check says so.
    """
    try:
        entry = decode_entry(data)
        signed = from_json(KeyBody, entry.body).size if entry.type == EntryType.KEY else 0
    except (NotAnEntry, ValueError):
        return ()
    return tuple(consistency_proof(signed, size, hashes)) if 1 <= signed <= size else ()
