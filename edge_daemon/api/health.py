# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The recorder's own health, in the words of the API. Asks the file system how much room there is."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge_daemon.acquisition.clock import Clock
from edge_daemon.acquisition.clock_watch import ClockState, ClockWatch
from edge_daemon.api.messages import Health
from edge_daemon.api.views import trouble
from edge_daemon.buffer.writer import WriterState, Writing
from edge_daemon.domain.faults import BufferUnavailable, ClockUntrusted, DiskFull, Fault
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns


@dataclass(frozen=True, slots=True)
class HealthDesk:
    """Answers how the recorder is. `others` are the present faults of its other parts."""

    program: str
    demo: bool
    home: Path
    started_ns: int
    clock: Clock
    clock_watch: ClockWatch
    writer: Callable[[], WriterState]
    others: Sequence[Callable[[], Fault | None]] = ()

    def now(self) -> Health:
        """The recorder's health at this moment. Raises OSError when the home's disk cannot be asked."""
        wall_ns = self.clock.now().wall_ns
        state = self.writer()
        return Health(
            program=self.program,
            demo=self.demo,
            recording=state.writing is Writing.RECORDING,
            writer=_writing(state),
            clock=self.clock_watch.state.value,
            started=rfc3339_from_ns(self.started_ns),
            uptime_s=(wall_ns - self.started_ns) / NS_PER_S,
            free_bytes=shutil.disk_usage(self.home).free,
            troubles=tuple(trouble(fault, wall_ns) for fault in self._faults(state)),
        )

    def _faults(self, state: WriterState) -> Iterator[Fault]:
        if state.writing is Writing.DISK_FULL:
            yield DiskFull(state.reason)
        elif state.writing is not Writing.RECORDING:
            yield BufferUnavailable(state.reason)
        if self.clock_watch.state is ClockState.UNTRUSTED:
            yield ClockUntrusted("the clock follows no time source")
        for ask in self.others:
            fault = ask()
            if fault is not None:
                yield fault


def _writing(state: WriterState) -> Literal["recording", "disk_full", "unavailable"]:
    if state.writing is Writing.DISK_FULL:
        return "disk_full"
    return "recording" if state.writing is Writing.RECORDING else "unavailable"
