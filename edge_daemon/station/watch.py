# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A slow, steady thread: looks at the clock every second and keeps the head witnessed. Never in the way of sampling."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable

from edge_daemon.acquisition.clock import Clock
from edge_daemon.acquisition.clock_watch import ClockEvent, ClockWatch

log = logging.getLogger(__name__)

TICK_S = 1.0
WITNESS_EVERY = 5
MAX_UNRECORDED = 1_000


class Watch:
    """`notice` gets each clock event when it is seen. `record` puts it into the log and returns False when it cannot.

    What could not be recorded is kept and recorded first at a later look, so that the log tells the clock's story in
    order. `witness` is called about every five seconds and may raise OSError.
    """

    def __init__(
        self,
        clock: Clock,
        clock_watch: ClockWatch,
        *,
        notice: Callable[[ClockEvent], None],
        record: Callable[[ClockEvent], bool],
        witness: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._clock_watch = clock_watch
        self._notice = notice
        self._record = record
        self._witness = witness
        self._unrecorded: deque[ClockEvent] = deque(maxlen=MAX_UNRECORDED)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._main, name="watch", daemon=True)

    def start(self) -> None:
        """Begin in a thread of its own, after the clock watch was started and its events were taken in."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join()

    def take_in(self, events: Iterable[ClockEvent]) -> None:
        """Notice these events and record them after those that wait. Waits for the disk."""
        for event in events:
            self._notice(event)
            self._unrecorded.append(event)
        while self._unrecorded and self._record(self._unrecorded[0]):
            self._unrecorded.popleft()

    def _main(self) -> None:
        ticks = 0
        while not self._stop.wait(TICK_S):
            ticks += 1
            self.take_in(self._clock_watch.tick(self._clock.now(), synchronised=self._clock.synchronised()))
            if ticks % WITNESS_EVERY == 0:
                self._keep_witness()

    def _keep_witness(self) -> None:
        try:
            self._witness()
        except OSError as error:
            log.warning("the log's head could not be kept outside the home: %s", error)
