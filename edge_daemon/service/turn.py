# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Waiting until a home is free, for a recorder that the system starts. Waits, and says once for what.

The system restarts a service that ends. So one that finds the home taken, by a recorder that the window started, does
not end again and again: it waits, and takes over when the other one ends. Nothing is missed in between.
"""

import time
from collections.abc import Callable
from typing import TypeVar

from edge_daemon.domain.faults import AlreadyRunning

T = TypeVar("T")

PAUSE_S = 2.0


def wait_for_turn(take: Callable[[], T], told: Callable[[str], object], pause_s: float = PAUSE_S) -> T:
    """What `take` returns, once it stops to raise `AlreadyRunning`. `told` gets the reason for waiting, once.

    Raises:
        SystemExit: told to end while waiting. Nothing was begun, so that is no failure.
    """
    waiting = False
    try:
        while True:
            try:
                return take()
            except AlreadyRunning as fault:
                if not waiting:
                    told(f"{fault} Waiting until it ends, then recording goes on here.")
                waiting = True
            time.sleep(pause_s)
    except KeyboardInterrupt:
        raise SystemExit(0) from None
