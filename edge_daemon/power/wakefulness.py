# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Keeps the computer awake while sensors are recorded. One thread, which alone talks to the system.

Where the system refuses, that is one trouble in the recorder's health and one line in its log, however often it is
tried again.
"""

import logging
import threading
from collections.abc import Callable

from edge_daemon.domain.faults import Fault
from edge_daemon.power.inhibitor import Inhibitor

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 30.0
LONGEST_PAUSE = 20
"""In units of the usual one: what was refused again and again is asked for more and more rarely."""


class MaySleep(Fault):
    """The system did not grant that it stays awake. `str()` is the system's reason."""

    code = "may_sleep"
    title = "This computer may fall asleep while recording"
    advice = (
        "Turn off automatic sleep, and sleep at a closed lid, in the system's power settings. Time that it sleeps "
        "becomes a gap with that cause."
    )


class Wakefulness:
    """`want` says whether anything records; `fault` says whether the computer may sleep all the same.

    `can_sleep` is asked after a refusal: a computer that has no sleep needs nobody to prevent it.
    """

    def __init__(self, inhibitor: Inhibitor, can_sleep: Callable[[], bool], look_again_s: float = LOOK_AGAIN_S) -> None:
        """Act through `inhibitor`, and look every `look_again_s` seconds whether it still holds."""
        self._inhibitor = inhibitor
        self._can_sleep = can_sleep
        self._look_again_s = look_again_s
        self._wanted = False
        self._pause = 1
        self._fault: MaySleep | None = None
        self._ending = False
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._main, name="wakefulness", daemon=True)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Let the computer sleep again, and end the thread."""
        self._ending = True
        self._news.set()
        self._thread.join()

    def want(self, awake: bool) -> None:
        """Whether the computer is to stay awake from now on. Returns at once."""
        if awake != self._wanted:
            self._wanted = awake
            self._news.set()

    def fault(self) -> Fault | None:
        """Why the computer may sleep although it should not."""
        return self._fault

    def _main(self) -> None:
        while not self._ending:
            self._settle()
            self._news.wait(self._look_again_s * self._pause)
            self._news.clear()
        self._inhibitor.release()

    def _settle(self) -> None:
        if not self._wanted:
            self._inhibitor.release()
            self._judge("")
        elif not self._inhibitor.held():
            self._judge(self._inhibitor.hold())

    def _judge(self, refusal: str) -> None:
        fault = MaySleep(refusal) if refusal and self._can_sleep() else None
        if fault is not None and self._fault is None:
            log.warning("the computer may fall asleep while recording: %s", refusal)
        self._fault = fault
        self._pause = min(self._pause * 2, LONGEST_PAUSE) if refusal else 1
