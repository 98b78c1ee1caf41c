# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A slow, steady thread: looks at the clock every second and keeps the head witnessed. Never in the way of sampling."""

import logging
import threading
from collections.abc import Callable

from edge_daemon.acquisition.clock import Clock
from edge_daemon.acquisition.clock_watch import ClockEvent, ClockWatch

log = logging.getLogger(__name__)

TICK_S = 1.0
WITNESS_EVERY = 60


class Watch:
    """`on_event` gets each clock event; `witness` is called about every minute and may raise OSError."""

    def __init__(
        self,
        clock: Clock,
        clock_watch: ClockWatch,
        on_event: Callable[[ClockEvent], None],
        witness: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._clock_watch = clock_watch
        self._on_event = on_event
        self._witness = witness
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._main, name="watch", daemon=True)

    def start(self) -> None:
        """Begin in a thread of its own, after the clock watch was started."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join()

    def _main(self) -> None:
        ticks = 0
        while not self._stop.wait(TICK_S):
            ticks += 1
            for event in self._clock_watch.tick(self._clock.now(), synchronised=self._clock.synchronised()):
                self._on_event(event)
            if ticks % WITNESS_EVERY == 0:
                self._keep_witness()

    def _keep_witness(self) -> None:
        try:
            self._witness()
        except OSError as error:
            log.warning("the log's head could not be kept outside the home: %s", error)
