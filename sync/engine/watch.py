# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Stays with a far end that says nothing of itself until what it took is beyond doubt. Waits, and changes the books.

What it acknowledged is kept if its connections held for long enough after it (`sync.sinks.sink.Witness.watched`).
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from sync.delivery.account import Account
from sync.engine.ending import Ending
from sync.engine.meter import Meter

WATCH_S = 4.0
"""So often it is looked at: before its connections are closed for want of use."""

_LEAST_S = 0.1
_CERTAIN = "everything is delivered; in {:.0f} s it is certain that it is kept there"
_NOT_CERTAIN = (
    "everything is delivered, but the connections broke again and again: whether it is kept there is not certain, and "
    "what is in doubt goes out again with the next sync"
)

_SHORTER = (
    "Sync again where the connection holds for {:.0f} s. If it never does, set resend_window_s of this destination to "
    "what it holds: less goes out again, and less is certain."
)


@dataclass(frozen=True, slots=True)
class Watch:
    """One destination and one log, once everything went out. `look` sees whether the far end is the same still, and
    returns how it ends where that cannot be seen."""

    account: Account
    meter: Meter
    cancelled: threading.Event
    look: Callable[[], Ending | None]

    def ending(self, age_s: float) -> Ending | None:
        """Wait for so many seconds without a break; how it ends. None where something has to go out again."""
        doubts = self.account.doubts
        doubts.renewed()
        until_s = time.monotonic() + age_s
        while doubts.pending() and not self.account.debts():
            left_s = max(0.0, until_s - time.monotonic())
            self.meter.state("watching", _CERTAIN.format(left_s))
            if self.cancelled.wait(min(max(left_s, _LEAST_S), WATCH_S)):
                return Ending("cancelled")
            ending = self.look()
            if ending is not None:
                return ending
        self.meter.state("sending", "")
        return None if self.account.debts() else Ending("done")

    def given_up(self, age_s: float) -> Ending:
        """How it ends where that was tried often enough. A link that breaks looks as a server that dies: nothing of
        what is in doubt is believed, however often it went out."""
        if not self.account.doubts.pending():
            return Ending("done")
        return Ending("put_off", _NOT_CERTAIN, _SHORTER.format(age_s))
