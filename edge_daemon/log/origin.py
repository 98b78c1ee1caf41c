# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The name of a log, shown in every checkpoint. Pure: the randomness comes from the caller.

A demo log says so in its origin, so that no proof drawn from it can pass for a measurement.
"""

import re

ORIGIN_RANDOM_BYTES = 16

_ORIGIN = re.compile(r"verifield/(?P<kind>log|demo)/[0-9a-f]{32}")


def new_origin(random: bytes, demo: bool) -> str:
    """The origin of a new log: `verifield/log/<32 hex>`, or `verifield/demo/<32 hex>` for simulated instruments.

    Raises ValueError unless `random` is 16 bytes.
    """
    if len(random) != ORIGIN_RANDOM_BYTES:
        raise ValueError(f"a log's origin takes {ORIGIN_RANDOM_BYTES} random bytes, not {len(random)}")
    return f"verifield/{'demo' if demo else 'log'}/{random.hex()}"


def is_demo(origin: str) -> bool:
    """Whether the log was recorded from simulated instruments. Raises ValueError for a text that is no origin."""
    match = _ORIGIN.fullmatch(origin)
    if match is None:
        raise ValueError(
            f"{origin!r} is not the origin of a log: expected verifield/log/ or verifield/demo/ and 32 hex digits"
        )
    return match["kind"] == "demo"
