# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Ends this process when a cancelled step does not end by itself. Starts a thread; may end the process.

A request that is under way to a chain's node, or a stick that answers no more, cannot be called off. Whatever is given
up here is as after a kill: the books hold the truth, and the next sync goes on from it.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK_S = 0.05


@contextmanager
def ends_within(
    seconds: float, cancelled: threading.Event, status: int, end: Callable[[int], object] = os._exit
) -> Iterator[None]:
    """Have the process end with this status when the block still runs so many seconds after `cancelled` was set."""
    over = threading.Event()

    def watch() -> None:
        while not cancelled.wait(_LOOK_S):
            if over.is_set():
                return
        if not over.wait(seconds):
            end(status)

    watching = threading.Thread(target=watch, name="cancel watch", daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()
