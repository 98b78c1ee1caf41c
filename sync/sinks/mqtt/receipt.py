# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How a receiver says what it has stored. Pure.

On the destination's receipt topic it publishes, with QoS 1 and best retained, one message for each log:

    {"log": "verifield/log/…", "stored": 123456}

It means: every packet of this log up to and with index 123456 lies on my disk for good. `log` and the index are those
of the packets (`log`, `last`). The number never goes down; other fields are ignored.

A receiver that keeps the station's checkpoints (`checkpoint` in its status) may say which it has, as
`"size": 123457, "root": "…"` (64 hexadecimal digits): that makes the receipt a witness to what the log was then.
"""

import json
import sys

from edge_daemon.log.canonical import LARGEST_EXACT_INT
from edge_daemon.log.checkpoint import Checkpoint
from edge_daemon.log.tree import HASH_BYTES


def stored_index(payload: bytes, origin: str, size: int = sys.maxsize) -> int | None:
    """The index that a receipt names; None where it is about another log. The log has `size` entries.

    Raises ValueError saying what is wrong with one that cannot be read.
    """
    try:
        told = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is not JSON") from error
    match told:
        case {"log": str(log)} if log != origin:
            return None
        case {"log": str(), "stored": int(stored)} if stored >= size:
            raise ValueError(
                f"it tells of entry {stored}, and this log has {size}: it is not this station's receiver's"
            )
        case {"log": str(), "stored": int(stored)} if stored >= 0 and not isinstance(stored, bool):
            return stored
    raise ValueError("it needs 'log', a text, and 'stored', an index")


def seen_head(payload: bytes, origin: str, size: int = LARGEST_EXACT_INT) -> Checkpoint | None:
    """The head that a receipt tells of; None where it tells none, or is about another log. The log has `size` entries.

    Raises ValueError saying what is wrong with one that cannot be read.
    """
    if stored_index(payload, origin) is None:
        return None
    match json.loads(payload):
        case {"size": int(seen), "root": str()} if seen > size:
            raise ValueError(f"it tells of more entries than the {size} that this log has: it is not of this log")
        case {"size": int(seen), "root": str(root)} if not isinstance(seen, bool) and seen > 0:
            if len(root) == 2 * HASH_BYTES and len(seen_root := bytes.fromhex(root)) == HASH_BYTES:
                return Checkpoint(origin, seen, seen_root)
        case told if "root" not in told:
            return None
    raise ValueError("its 'root' needs 'size', a number of entries, and 64 hexadecimal digits")
