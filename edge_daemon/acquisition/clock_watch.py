# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the computer's clock can be believed, judged from what it shows. Pure: instants come in, events go out.

Wall time and time since boot run together; when their difference changes, someone set the clock. Time since boot and
monotonic time differ by the time spent in suspend. What the clock was worth stays known when it is set: in a boot in
which it was synchronised, time since boot goes on from there. How a log is read from these events is written down in
`edge_daemon.log.reported_time`.
"""

from dataclasses import dataclass
from enum import StrEnum

from edge_daemon.acquisition.clock import Instant
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.log.bodies import ClockBody, ClockFixBody, ClockStateBody, ClockStepBody, SuspendBody

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
    """The clock's state at a start or after a change; `uncertainty_ns` bounds its error, None when untrusted.

    A clock that was set while it was synchronised is trusted anew: then both states are the same.
    """

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


@dataclass(frozen=True, slots=True)
class Fixed:
    """At `at` the wall clock shows the right time, within `uncertainty_ns`, after it was untrusted in this boot."""

    at: Instant
    boot_id: str
    uncertainty_ns: int


ClockEvent = StateChanged | Stepped | Suspended | Fixed


def clock_body(event: ClockEvent) -> ClockBody:
    """The body of the `clock` entry for an event. Durations in microseconds: JSON's numbers hold 285 years of them."""
    match event:
        case StateChanged(_, before, after, uncertainty_ns):
            bound_us = None if uncertainty_ns is None else uncertainty_ns // 1000
            return ClockStateBody(before.value if before else None, after.value, bound_us)
        case Stepped(at, by_ns):
            return ClockStepBody(by_ns // 1000, rfc3339_from_ns(at.wall_ns - by_ns))
        case Suspended(_, for_ns):
            return SuspendBody(for_ns // 1000)
        case Fixed(at, boot_id, uncertainty_ns):
            utc = rfc3339_from_ns(at.wall_ns)
            return ClockFixBody(boot_id, at.boot_us, utc, uncertainty_ns // 1000, "synchronised")


@dataclass(frozen=True, slots=True)
class SameBoot:
    """What the log says of the clock in the boot that still lasts.

    `state` is the last one told, `wall_offset_ns` wall clock minus time since boot then, `base_ns` UTC minus time since
    boot where it is known, and `synchronised_us` when (time since boot) the clock was last known to be synchronised.
    """

    state: ClockState
    wall_offset_ns: int
    base_ns: int | None
    synchronised_us: int | None


@dataclass(frozen=True, slots=True)
class ClockPast:
    """What the log says of the clock before a start; every time is UTC ns and None where there is none.

    `believed_ns`: the latest reported time. `last_ns`: what the laptop's clock showed at the newest entry.
    `synchronised_ns`: when the clock was last known to be synchronised. `same_boot` is None after a reboot.
    """

    believed_ns: int | None = None
    last_ns: int | None = None
    synchronised_ns: int | None = None
    same_boot: SameBoot | None = None


@dataclass(frozen=True, slots=True)
class _Base:
    """UTC minus time since boot, and when (time since boot, negative before it) it was last synchronised.

    `seen` is False where that rests on a hardware clock that ran while the computer was off.
    """

    offset_ns: int
    synchronised_us: int
    seen: bool

    def drift_ns(self, now: Instant) -> int:
        return max(0, now.boot_us - self.synchronised_us) * 1000 * DRIFT_PPM // 1_000_000


class ClockWatch:
    """Follows the clock from the daemon's start. `start` once, then `tick` about every second."""

    __slots__ = ("_base", "_boot_id", "_floor_ns", "_last", "_wall_offset_ns", "state")

    def __init__(self) -> None:
        self.state = ClockState.UNTRUSTED
        self._boot_id = ""
        self._last: Instant | None = None
        self._wall_offset_ns = 0
        self._base: _Base | None = None
        self._floor_ns = 0

    def start(
        self, now: Instant, *, boot_id: str, synchronised: bool, keeps_time: bool, past: ClockPast
    ) -> list[ClockEvent]:
        """Judge the clock at a start. `keeps_time`: the computer has a clock that runs while it is off.

        A start before the latest time the log believes is untrusted even when synchronised: one of the two is wrong.
        """
        events: list[ClockEvent] = []
        self._last = now
        self._boot_id = boot_id
        self._wall_offset_ns = _wall_offset_ns(now)
        self._floor_ns = past.believed_ns or 0
        same = past.same_boot
        by_ns = self._wall_offset_ns - same.wall_offset_ns if same else 0
        if abs(by_ns) > STEP_NS:
            events.append(Stepped(now, by_ns))
        self._base = _base_at_start(now, past, stepped=bool(events), keeps_time=keeps_time)
        self.state = self._judge(now, synchronised=synchronised)
        events.append(StateChanged(now, None, self.state, self.uncertainty_ns(now)))
        if same and self.state is ClockState.TRUSTED:
            events.append(Fixed(now, boot_id, STEP_NS))
        return events

    def tick(self, now: Instant, *, synchronised: bool) -> list[ClockEvent]:
        """What happened since the last look, in the order it must stand in the log. Raises ValueError before `start`.

        Belief is taken away before the step that ended it is told, and given after, so that no entry in between is
        believed with the wrong clock; the fix comes after both.
        """
        if self._last is None:
            raise ValueError("the clock watch was not started")
        events: list[ClockEvent] = []
        slept_ns = (now.boot_us - self._last.boot_us) * 1000 - (now.mono_ns - self._last.mono_ns)
        if slept_ns > STEP_NS:
            events.append(Suspended(now, slept_ns))
        self._last = now
        step = self._step(now)
        before, self.state = self.state, self._judge(now, synchronised=synchronised)
        trusted = self.state is ClockState.TRUSTED
        change = StateChanged(now, before, self.state, self.uncertainty_ns(now))
        told = [change] if self.state is not before or (step and trusted) else []
        steps = [step] if step else []
        events += [*steps, *told] if trusted else [*told, *steps]
        if trusted and before is ClockState.UNTRUSTED:
            events.append(Fixed(now, self._boot_id, STEP_NS))
        return events

    def uncertainty_ns(self, now: Instant) -> int | None:
        """Bound on the error of the time known now, or None when the clock is untrusted."""
        return None if self._base is None else STEP_NS + self._base.drift_ns(now)

    def utc_ns(self, now: Instant) -> int | None:
        """UTC at this moment as far as it is known, or None when the clock is untrusted."""
        return None if self._base is None else now.boot_us * 1000 + self._base.offset_ns

    def _step(self, now: Instant) -> Stepped | None:
        by_ns = _wall_offset_ns(now) - self._wall_offset_ns
        if abs(by_ns) <= STEP_NS:
            return None
        self._wall_offset_ns += by_ns
        if self._base is not None and not self._base.seen:
            self._base = None  # a clock believed for want of better, until someone knew better
        return Stepped(now, by_ns)

    def _judge(self, now: Instant, *, synchronised: bool) -> ClockState:
        if synchronised and now.wall_ns >= self._floor_ns:
            self._base = _Base(_wall_offset_ns(now), now.boot_us, seen=True)
            self._floor_ns = max(self._floor_ns, now.wall_ns - HOLDOVER_LIMIT_NS)
            return ClockState.TRUSTED
        base = self._base
        if synchronised or base is None or base.drift_ns(now) > HOLDOVER_LIMIT_NS:
            self._base = None
            return ClockState.UNTRUSTED
        return ClockState.HOLDOVER


def _base_at_start(now: Instant, past: ClockPast, *, stepped: bool, keeps_time: bool) -> _Base | None:
    same = past.same_boot
    if same and same.state is ClockState.UNTRUSTED:
        return None
    if same and same.base_ns is not None and same.synchronised_us is not None:
        return _Base(same.base_ns, same.synchronised_us, seen=True)
    earlier = now.wall_ns < max(past.believed_ns or 0, past.last_ns or 0)
    if stepped or earlier or past.synchronised_ns is None or not (keeps_time or same):
        return None
    since_us = (now.wall_ns - past.synchronised_ns) // 1000
    return _Base(_wall_offset_ns(now), now.boot_us - since_us, seen=False)


def _wall_offset_ns(now: Instant) -> int:
    return now.wall_ns - now.boot_us * 1000
