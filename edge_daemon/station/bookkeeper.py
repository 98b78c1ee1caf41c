# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the recorder itself puts on record, whatever the disk: starts and stops, the clock, who an instrument is.

Such entries are kept by the writer until there is room. Writes to the log.
"""

import logging
from collections.abc import Callable

from edge_daemon.acquisition.clock import Instant
from edge_daemon.acquisition.clock_watch import ClockEvent, clock_body
from edge_daemon.buffer.writer import LogWriter
from edge_daemon.domain.faults import BufferUnavailable, Overloaded
from edge_daemon.log.bodies import Body, BootBody
from edge_daemon.log.entry import Stamp
from edge_daemon.station.journal import record_of

log = logging.getLogger(__name__)


class Bookkeeper:
    """`stamp` makes an entry's stamp from an instant, `now` is this moment."""

    def __init__(self, writer: LogWriter, now: Callable[[], Instant], stamp: Callable[[Instant], Stamp]) -> None:
        self._writer = writer
        self._now = now
        self._stamp = stamp

    def stamp(self) -> Stamp:
        """Time and salt of an entry made now."""
        return self._stamp(self._now())

    def keep(self, body: Body) -> None:
        """Put it on record now, or once there is room. Raises BufferUnavailable, Overloaded."""
        self._writer.keep(record_of(body, self.stamp()))

    def stopped(self, stop: BootBody) -> None:
        """Record an orderly stop; where that cannot be done, the next start will find that there was none."""
        try:
            self.keep(stop)
        except (BufferUnavailable, Overloaded) as fault:
            log.error("the stop could not be recorded: %s", fault)

    def clock(self, event: ClockEvent) -> bool:
        """Put what the clock did into the log, stamped with when it was seen. False when that cannot be done now."""
        try:
            # What maps this boot's readings to UTC must not be lost to a disk that is full just now.
            self._writer.keep(record_of(clock_body(event), self._stamp(event.at)))
        except (BufferUnavailable, Overloaded) as fault:
            log.error("a clock event could not be recorded: %s", fault)
            return False
        return True
