# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the log tells a daemon that starts, or that it cannot be read at the moment. Reads the log.

A log on a full disk, or one whose file was just put away, must not keep the daemon from recording: what cannot be read
is logged, and counts as not known.
"""

import logging
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from edge_daemon.acquisition.clock import Clock
from edge_daemon.acquisition.clock_watch import ClockPast, ClockWatch
from edge_daemon.acquisition.gaps import Accounted
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.faults import BufferUnavailable, DamagedLog
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.clock_history import ClockHistory
from edge_daemon.log.instruments import Instruments
from edge_daemon.log.plan import Plan
from edge_daemon.station.past import (
    LastRun,
    accounted,
    calibrations_of,
    clock_history_of,
    clock_past,
    entry_at,
    instruments_of,
    last_run,
    plan_in,
)

log = logging.getLogger(__name__)

T = TypeVar("T")


class KnownPast:
    """The past of the log that `reader` reads, on the computer whose clock this is."""

    def __init__(self, reader: LogReader, clock: Clock) -> None:
        self._reader = reader
        self._clock = clock

    def last_run(self) -> LastRun:
        """How the run before this one ended."""
        return _known(
            lambda: last_run(self._reader, self._clock.boot_id()),
            LastRun("daemon_off", "first"),
            "the log has no room yet, and what came before",
        )

    def clock_history(self) -> ClockHistory:
        """What the log says of the clock."""
        return _known(lambda: clock_history_of(self._reader), ClockHistory(), "what the log says of the clock")

    def clock_past(self, history: ClockHistory) -> ClockPast:
        """What the clock was worth before this start."""

        def told() -> ClockPast:
            size = self._reader.head().size
            return clock_past(history, size, partial(entry_at, self._reader), self._clock.boot_id())

        return _known(told, ClockPast(), "what the clock was worth before")

    def instruments(self) -> Instruments:
        """The instruments that the log names."""
        return _known(lambda: instruments_of(self._reader), Instruments(), "which instruments the log names")

    def calibrations(self) -> Calibrations:
        """The calibrations that readings name."""
        return _known(lambda: calibrations_of(self._reader), Calibrations(), "which calibrations the log names")

    def plan(self) -> Plan:
        """The monitoring plan, by which calibrations are due."""
        return _known(lambda: plan_in(self._reader), Plan(), "what the monitoring plan says")

    def accounted(self, sensor: str, history: ClockHistory, watch: ClockWatch) -> Accounted | None:
        """How far the log accounts for the sensor; None where it never had a reading."""
        now = self._clock.now()
        utc_ns = watch.utc_ns(now)
        ahead_ns = None if utc_ns is None else utc_ns - now.boot_us * 1000
        return _known(
            lambda: accounted(self._reader, history, sensor, self._clock.boot_id(), ahead_ns),
            None,
            f"how far {sensor} is accounted for",
        )


def _known(ask: Callable[[], T], otherwise: T, what: str) -> T:
    try:
        return ask()
    except (BufferUnavailable, DamagedLog) as fault:
        log.error("%s cannot be read: %s", what, fault)
        return otherwise
