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
"""So often it is looked at: before its connections are closed for want of use. The least patience of a look, too."""

_LEAST_S = 0.1
_CERTAIN = "everything is delivered; in {:.0f} s it is certain that it is kept there"
_NOT_CERTAIN = (
    "everything is delivered, but the connections broke again and again: whether it is kept there is not certain, and "
    "what is in doubt goes out again with the next sync"
)

_CANCELLED = (
    "everything went out; it was not waited for until it is certain that it is kept there, and what is in doubt goes "
    "out again with the next sync"
)
_GONE = (
    "everything is delivered; whether it is kept there is not certain, since the connection went before that could be "
    "seen ({}). What is in doubt goes out again with the next sync"
)
_CALM = "Nothing is lost: sync again when the network is there."

_SHORTER = (
    "Sync again where the connection holds for {:.0f} s. If it never does, set resend_window_s of this destination to "
    "what it holds: less goes out again, and less is certain."
)


@dataclass(frozen=True, slots=True)
class Watch:
    """One destination and one log, once everything went out. `look` sees whether the far end is the same still, tries
    so for as many seconds as it is given, and returns how it ends where that cannot be seen."""

    account: Account
    meter: Meter
    cancelled: threading.Event
    look: Callable[[float], Ending | None]

    def ending(self, age_s: float) -> Ending | None:
        """Wait for so many seconds without a break; how it ends. None where something has to go out again."""
        doubts = self.account.doubts
        doubts.renewed()
        until_s = time.monotonic() + age_s
        while doubts.pending() and not self.account.debts():
            left_s = max(0.0, until_s - time.monotonic())
            self.meter.state("watching", _CERTAIN.format(left_s))
            if self.cancelled.wait(min(max(left_s, _LEAST_S), WATCH_S)):
                return Ending("cancelled", _CANCELLED)
            ending = self.look(max(until_s - time.monotonic(), WATCH_S))
            if ending is not None:
                return _calm(ending)
        self.meter.state("sending", "")
        return None if self.account.debts() else Ending("done")

    def given_up(self, age_s: float) -> Ending:
        """How it ends where that was tried often enough. A link that breaks looks as a server that dies: nothing of
        what is in doubt is believed, however often it went out."""
        if not self.account.doubts.pending():
            return Ending("done")
        return Ending("put_off", _NOT_CERTAIN, _SHORTER.format(age_s))


def _calm(ending: Ending) -> Ending:
    """Everything was delivered before: neither a link that went nor a cancel is told as if readings had stayed here."""
    match ending.how:
        case "cancelled":
            return Ending("cancelled", _CANCELLED)
        case "gave_up" | "put_off":
            return Ending("put_off", _GONE.format(ending.words), _CALM, ending.after_s)
        case _:
            return ending
