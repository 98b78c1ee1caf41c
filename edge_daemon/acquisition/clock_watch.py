# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the computer's clock can be believed, judged from what it shows. Pure: instants come in, events go out.

Wall time and time since boot drift together; when their difference changes, someone set the clock. Time since boot and
monotonic time differ by the time spent in suspend.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from edge_daemon.acquisition.clock import Instant
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns

STEP_NS = NS_PER_S // 2
DRIFT_PPM = 100
"""Bound on a free-running quartz clock over field temperatures: 8.6 s a day."""

HOLDOVER_LIMIT_NS = 60 * NS_PER_S


class ClockState(StrEnum):
    """How far the wall clock is believed (design, section 5)."""

    TRUSTED = "trusted"
    HOLDOVER = "holdover"
    UNTRUSTED = "untrusted"


@dataclass(frozen=True, slots=True)
class StateChanged:
    """The clock's state at a start or after a change; `uncertainty_ns` bounds its error, None when untrusted."""

    at: Instant
    before: ClockState | None
    after: ClockState
    uncertainty_ns: int | None


@dataclass(frozen=True, slots=True)
class Stepped:
    """The wall clock was set: forward by `by_ns`, backward when negative."""

    at: Instant
    by_ns: int


@dataclass(frozen=True, slots=True)
class Suspended:
    """The computer slept for `for_ns` until about `at`; a cause for gaps."""

    at: Instant
    for_ns: int


ClockEvent = StateChanged | Stepped | Suspended


def clock_body(event: ClockEvent) -> Mapping[str, str | int | None]:
    """The body of the `clock` entry for an event. Durations in microseconds: JSON's numbers hold 285 years of them."""
    match event:
        case StateChanged(_, before, after, uncertainty_ns):
            bound = None if uncertainty_ns is None else uncertainty_ns // 1000
            return {"event": "state", "before": before and before.value, "state": after.value, "uncertainty_us": bound}
        case Stepped(at, by_ns):
            return {"event": "step", "by_us": by_ns // 1000, "from": rfc3339_from_ns(at.wall_ns - by_ns)}
        case Suspended(_, for_ns):
            return {"event": "suspend", "for_us": for_ns // 1000}


class ClockWatch:
    """Follows the clock from the daemon's start. `start` once, then `tick` about every second."""

    __slots__ = ("_floor_ns", "_last", "_trusted_at_us", "_wall_offset_ns", "state")

    def __init__(self) -> None:
        self.state = ClockState.UNTRUSTED
        self._last: Instant | None = None
        self._wall_offset_ns = 0
        self._trusted_at_us: int | None = None
        self._floor_ns = 0

    def start(
        self, now: Instant, *, synchronised: bool, log_last_ns: int | None, trusted_last_ns: int | None
    ) -> StateChanged:
        """Judge the clock at a start.

        `log_last_ns`: the latest time in the log. `trusted_last_ns`: the latest time the clock is known to have been
        trusted, None where there is none or the computer has no clock that runs while off. A start before the log's
        last time is untrusted even when synchronised: one of the two is wrong.
        """
        self._last = now
        self._wall_offset_ns = now.wall_ns - now.boot_us * 1000
        self._floor_ns = log_last_ns or 0
        self._trusted_at_us = None
        if trusted_last_ns is not None:
            self._trusted_at_us = now.boot_us - (now.wall_ns - trusted_last_ns) // 1000
        self.state = self._judge(now, synchronised=synchronised)
        return StateChanged(now, None, self.state, self.uncertainty_ns(now))

    def tick(self, now: Instant, *, synchronised: bool) -> list[ClockEvent]:
        """What happened since the last look, in order. Raises ValueError before `start`."""
        if self._last is None:
            raise ValueError("the clock watch was not started")
        events: list[ClockEvent] = []
        slept_ns = (now.boot_us - self._last.boot_us) * 1000 - (now.mono_ns - self._last.mono_ns)
        if slept_ns > STEP_NS:
            events.append(Suspended(now, slept_ns))
        step_ns = now.wall_ns - now.boot_us * 1000 - self._wall_offset_ns
        if abs(step_ns) > STEP_NS:
            events.append(Stepped(now, step_ns))
            self._wall_offset_ns += step_ns
            self._trusted_at_us = None  # set by a person or a program: its error is unknown until synchronised
        self._last = now
        before, self.state = self.state, self._judge(now, synchronised=synchronised)
        if self.state is not before:
            events.append(StateChanged(now, before, self.state, self.uncertainty_ns(now)))
        return events

    def uncertainty_ns(self, now: Instant) -> int | None:
        """Bound on the wall clock's error, or None when it is untrusted."""
        if self.state is ClockState.UNTRUSTED or self._trusted_at_us is None:
            return None
        return STEP_NS + max(0, now.boot_us - self._trusted_at_us) * 1000 * DRIFT_PPM // 1_000_000

    def _judge(self, now: Instant, *, synchronised: bool) -> ClockState:
        if now.wall_ns < self._floor_ns:
            return ClockState.UNTRUSTED
        if synchronised:
            self._trusted_at_us = now.boot_us
            return ClockState.TRUSTED
        if self._trusted_at_us is None:
            return ClockState.UNTRUSTED
        drift_ns = (now.boot_us - self._trusted_at_us) * 1000 * DRIFT_PPM // 1_000_000
        return ClockState.HOLDOVER if drift_ns <= HOLDOVER_LIMIT_NS else ClockState.UNTRUSTED
