# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The live signal at a standard: durable readings of one channel, and whether they are stable enough to be taken.

In memory only; what is taken is computed again from the log's bytes. Elapsed time is that of a clock nobody can set.
"""

import math
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from edge_daemon.calibration.figures import figures
from edge_daemon.calibration.pace import point_s
from edge_daemon.calibration.point_checks import DOUBTED
from edge_daemon.domain.procedure import StableSignal
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.metrology.stability import (
    LEAST_SAMPLES,
    LONGEST_STEP,
    Stability,
    StabilityLimits,
    Unmet,
    newest_window,
    stability,
)

MOST_SAMPLES = 20_000
_DOUBTED_WORDS = "The instrument itself doubts these readings."
TRAIL = 120
CLOCK_STEP_NS = NS_PER_S // 2
"""The same as what is recorded as a step of the clock; less is the clock being brought back slowly."""


@dataclass(frozen=True, slots=True)
class Sampled:
    """A reading of the channel: its log index, when (µs since boot; UTC ns by the laptop's clock) and its numbers."""

    index: int
    mono_us: int
    t_ns: int
    raw: float
    value: float


Shown = Callable[[Sampled], float]
"""What of a sample is judged and shown."""


def own_value(sample: Sampled) -> float:
    """The reading's own value."""
    return sample.value


@dataclass(frozen=True, slots=True)
class Judged:
    """The signal at one moment; all but `unmet` None while there is no sample. `window` are the samples judged.

    `marks` are further conditions that are not met, by their names, which stand in words in `unmet` too. `silent`: no
    reading that counts has come lately. `warming_s` is how much longer the instrument warms up; None where it does not.
    """

    last: Sampled | None
    shown: float | None
    stability: Stability | None
    limits: StabilityLimits | None
    unmet: tuple[str, ...]
    remaining_s: float
    window: tuple[Sampled, ...] = ()
    trail: tuple[float, ...] = ()
    marks: tuple[str, ...] = ()
    silent: bool = False
    warming_s: float | None = None

    @property
    def stable(self) -> bool:
        """Whether the point may be taken without a reason."""
        return self.stability is not None and not self.unmet


class LiveWindow:
    """The newest samples since a standard was applied. Safe to use from several threads; never waits for anything.

    `interval_s` is the nominal sampling interval. Samples before `not_before_us` are shown, and count for nothing: a
    command's effect is still settling in then.
    """

    def __init__(
        self,
        stable: StableSignal,
        interval_s: float,
        applied_us: int,
        *,
        not_before_us: int = 0,
        shown: Shown = own_value,
    ) -> None:
        self._stable = stable
        self._interval_s = interval_s
        self._since_us: int | None = applied_us
        self._not_before_us = not_before_us
        self._shown = shown
        self._samples: deque[Sampled] = deque(maxlen=MOST_SAMPLES)
        self._trail: deque[float] = deque(maxlen=TRAIL)
        self._last: Sampled | None = None
        self._why = ""
        self._doubted = False
        self._warm_at_us: int | None = None
        self._lock = threading.Lock()

    def take(self, sample: Sampled, *, doubted: bool = False) -> None:
        """A reading is durable. `doubted`: the instrument said itself that its number is not to be trusted; the window
        never holds such readings and others."""
        with self._lock:
            self._warm_at_us = None
            if doubted != self._doubted:
                self._samples.clear()
                self._doubted = doubted
            before, self._last = self._last, sample
            step_ns = _offset_ns(sample) - _offset_ns(before) if before else 0
            if abs(step_ns) > CLOCK_STEP_NS:
                self._samples.clear()
                self._why = f"The computer's clock was set by {step_ns / NS_PER_S:+.1f} s, so the window began again."
            if self._since_us is None:
                self._since_us = sample.mono_us
            self._trail.append(self._shown(sample))
            if sample.mono_us < max(self._since_us, self._not_before_us):
                return
            self._samples.append(sample)
            reach_us = round(self._stable.window_s * 1_000_000)
            while self._samples[0].mono_us < sample.mono_us - reach_us and len(self._samples) > LEAST_SAMPLES:
                self._samples.popleft()

    def interrupt(self, why: str) -> None:
        """The signal cannot be used just now: the window, and the time to settle, begin again with the next sample."""
        with self._lock:
            self._begin_again(why)
            self._trail.clear()

    def warm_up(self, sample: Sampled, warm_at_us: int | None) -> None:
        """As `interrupt`, of an instrument that measures, but warms up: what it says is shown and counts for nothing.

        `warm_at_us` (µs since boot) is when it has warmed up, as far as that is known.
        """
        with self._lock:
            self._begin_again("")
            self._last = sample
            self._trail.append(self._shown(sample))
            self._warm_at_us = sample.mono_us if warm_at_us is None else warm_at_us

    def _begin_again(self, why: str) -> None:
        self._samples.clear()
        self._since_us = self._last = self._warm_at_us = None
        self._why = why

    def judged(self, now_us: int) -> Judged:
        """How the signal stands."""
        with self._lock:
            samples, since_us, last, why = tuple(self._samples), self._since_us, self._last, self._why
            trail, marks = tuple(self._trail), (DOUBTED,) if self._doubted else ()
            warm_at_us = self._warm_at_us
        shown = self._shown(last) if last else None
        held_us = max(0, self._not_before_us - now_us)
        least_s = held_us / 1_000_000 + point_s(self._stable, self._interval_s)
        if warm_at_us is not None:
            left_s = max(0, warm_at_us - now_us) / 1_000_000
            unmet, needed_s = _warming_words(left_s), left_s + least_s
            return Judged(last, shown, None, None, (unmet,), needed_s, (), trail, silent=True, warming_s=left_s)
        if not samples or since_us is None:
            unmet = why or ("No reading has come yet." if held_us == 0 else _command_words(held_us))
            return Judged(last, shown, None, None, (unmet,), least_s, (), trail, silent=True)
        found, limits = judge(samples, since_us, self._stable, self._interval_s, self._shown)
        silent_s = (now_us - samples[-1].mono_us) / 1_000_000
        silent = silent_s > LONGEST_STEP * self._interval_s
        words = [f"No reading has come for {silent_s:.0f} s."] if silent else []
        words += [why] if why and Unmet.WINDOW in found.unmet else []
        words += [unmet_words(one, found, limits) for one in found.unmet]
        words += [_DOUBTED_WORDS] if marks else []
        remaining_s = max(found.remaining_s, 0.0 if not words or found.unmet else self._stable.window_s)
        return Judged(last, shown, found, limits, tuple(words), remaining_s, samples, trail, marks, silent)

    @property
    def since_us(self) -> int | None:
        """Since when (µs since boot) the standard has been on without an interruption; None during one."""
        with self._lock:
            return self._since_us


def judge(
    samples: Sequence[Sampled], since_us: int, stable: StableSignal, interval_s: float, shown: Shown
) -> tuple[Stability, StabilityLimits]:
    """The stability of the newest window, and the limits in the channel's unit. Raises ValueError for no sample."""
    pairs = [(sample.mono_us * 1_000, shown(sample)) for sample in samples]
    recent = [value for _, value in newest_window(pairs, since_us * 1_000, stable.window_s)]
    size = abs(math.fsum(recent) / len(recent)) if recent else 0.0
    limits = StabilityLimits(
        settle_s=stable.settle_s,
        window_s=stable.window_s,
        deviation=max(stable.deviation, stable.deviation_relative * size),
        slope_per_minute=max(stable.slope_per_minute, stable.slope_relative * size),
        interval_s=interval_s,
    )
    return stability(pairs, since_us * 1_000, limits), limits


def unmet_words(unmet: Unmet, found: Stability, limits: StabilityLimits) -> str:
    """A condition that is not met, for a person."""
    match unmet:
        case Unmet.SETTLING:
            return f"It needs {limits.settle_s:.0f} s at the standard before it counts."
        case Unmet.WINDOW:
            return (
                f"{limits.window_s:.0f} s without a break are needed, with at least ten readings; one comes every "
                f"{limits.interval_s:g} s."
            )
        case Unmet.DEVIATION:
            return f"It scatters by {figures(found.deviation, 3)}; {figures(limits.deviation, 3)} is allowed."
        case Unmet.SLOPE:
            drift, most = figures(found.slope_per_minute, 3, signed=True), figures(limits.slope_per_minute, 3)
            return f"It drifts by {drift} a minute; {most} is allowed."
        case Unmet.OUTLIERS:
            return "Single readings stand out from the others."


def _offset_ns(sample: Sampled) -> int:
    return sample.t_ns - sample.mono_us * 1_000


def _warming_words(left_s: float) -> str:
    more = f": {math.ceil(left_s)} s to go" if left_s > 0 else ""
    return f"The instrument is still warming up{more}."


def _command_words(held_us: int) -> str:
    return f"The instrument settles after its command: {-(-held_us // 1_000_000)} s to go."
