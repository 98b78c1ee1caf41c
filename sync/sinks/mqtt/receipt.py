# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How a receiver says what it has stored. Pure.

On the destination's receipt topic it publishes, with QoS 1 and best retained, one message for each log:

    {"log": "verifield/log/…", "stored": 123456}

It means: every packet of this log up to and with index 123456 lies on my disk for good. `log` and the index are those
of the packets (`log`, `last`). The number never goes down; other fields are ignored.
"""

import json


def stored_index(payload: bytes, origin: str) -> int | None:
    """The index that a receipt names; None where it is about another log.

    Raises ValueError saying what is wrong with one that cannot be read.
    """
    try:
        told = json.loads(payload)
    except ValueError as error:
        raise ValueError("it is not JSON") from error
    match told:
        case {"log": str(log)} if log != origin:
            return None
        case {"log": str(), "stored": int(stored)} if stored >= 0 and not isinstance(stored, bool):
            return stored
    raise ValueError("it needs 'log', a text, and 'stored', an index")
