# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The recorder's own health, in the words of the API. Asks the file system how much room there is."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge_daemon.acquisition.clock import Clock, Instant
from edge_daemon.acquisition.clock_watch import ClockState, ClockWatch
from edge_daemon.api.messages import Health
from edge_daemon.api.views import trouble
from edge_daemon.buffer.writer import WriterState, Writing
from edge_daemon.domain.faults import BufferUnavailable, ClockUntrusted, DamagedLog, DiskFull, DiskLow, Fault
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import Predecessor

DEMO = "The instruments are simulated and the computer's clock is taken as it is: nothing recorded here is evidence."


@dataclass(frozen=True, slots=True)
class HealthDesk:
    """Answers how the recorder is.

    `held` names the sensors whose newest reading has no known time, `others` are the present faults of its other parts.
    """

    program: str
    demo: bool
    home: Path
    started: Instant
    clock: Clock
    clock_watch: ClockWatch
    held: Callable[[], tuple[str, ...]]
    writer: Callable[[], WriterState]
    others: Sequence[Callable[[], Fault | None]] = ()

    def now(self) -> Health:
        """The recorder's health at this moment. Raises OSError when the home's disk cannot be asked."""
        now = self.clock.now()
        state = self.writer()
        held = self.held()
        untrusted = self.clock_watch.state is ClockState.UNTRUSTED
        return Health(
            program=self.program,
            demo=self.demo,
            recording=state.writing is Writing.RECORDING,
            writer=_writing(state),
            clock=self.clock_watch.state.value,
            started=rfc3339_from_ns(self.started.wall_ns),
            uptime_s=(now.boot_us - self.started.boot_us) / 1_000_000,
            free_bytes=shutil.disk_usage(self.home).free,
            troubles=tuple(trouble(fault, now.wall_ns) for fault in self._faults(state, held, untrusted=untrusted)),
            held=held,
            notes=(DEMO,) if self.demo else (),
        )

    def _faults(self, state: WriterState, held: Sequence[str], *, untrusted: bool) -> Iterator[Fault]:
        if state.writing is Writing.DISK_FULL:
            yield DiskFull(state.reason)
        elif state.writing is not Writing.RECORDING:
            yield BufferUnavailable(state.reason)
        if untrusted or held:
            yield ClockUntrusted(_held_back(held))
        for ask in self.others:
            fault = ask()
            # What is full is not running low besides.
            if fault is not None and not (isinstance(fault, DiskLow) and state.writing is Writing.DISK_FULL):
                yield fault


def damage_before(closed: Predecessor | None) -> Callable[[], Fault | None]:
    """The trouble that stands until the next start when the log before this one was closed for damage."""
    damaged = closed is not None and closed.cause.startswith("damaged")
    words = f"The log before ({closed.origin}) was {closed.cause}." if closed is not None else ""
    return lambda: DamagedLog(words) if damaged else None


def _held_back(held: Sequence[str]) -> str:
    of = f" of {', '.join(held)}" if held else ""
    return (
        "This computer's clock follows no time source, or shows an earlier time than the record does. "
        f"Readings{of} are recorded and shown, but neither summarised nor delivered until their time is known."
    )


def _writing(state: WriterState) -> Literal["recording", "disk_full", "unavailable"]:
    if state.writing is Writing.DISK_FULL:
        return "disk_full"
    return "recording" if state.writing is Writing.RECORDING else "unavailable"
