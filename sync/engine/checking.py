# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Follows a destination's check without being held up by it. Starts threads; the check itself uses the network."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, wait

from sync.sinks.sink import Check

_LOOK_S = 0.05


def lines_of(checks: Iterator[Check], cancelled: threading.Event) -> Iterator[Check]:
    """The lines as they come; none any more within a moment of `cancelled`, whatever the far end is waited for."""
    while (line := _next(checks, cancelled)) is not None:
        yield line


def _next(checks: Iterator[Check], cancelled: threading.Event) -> Check | None:
    """The next line, made in a thread that is left to itself once nobody waits for it any more."""
    made: Future[Check | None] = Future()

    def make() -> None:
        try:
            made.set_result(next(checks, None))
        finally:
            if not made.done():
                made.set_exception(RuntimeError("a check failed by a fault of this program, told by its thread"))

    threading.Thread(target=make, name="check", daemon=True).start()
    while not wait([made], timeout=_LOOK_S).done:
        if cancelled.is_set():
            return None
    return made.result()
