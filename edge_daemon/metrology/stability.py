# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a live signal has settled enough to be taken as a calibration point. Pure.

Source: calibration reference, section 1.3.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

LEAST_SAMPLES = 10
NS_PER_S = 1_000_000_000
NS_PER_MINUTE = 60 * NS_PER_S
ROBUST = 1.4826
MOST_DEVIATIONS = 4
RANGE_DEVIATIONS = 6
LONGEST_STEP = 3


@dataclass(frozen=True, slots=True)
class StabilityLimits:
    """Limits of a procedure: settling time (s) after the standard is applied, window (s), greatest standard deviation,
    greatest slope per minute, and the nominal sampling interval (s)."""

    settle_s: float
    window_s: float
    deviation: float
    slope_per_minute: float
    interval_s: float


class Unmet(StrEnum):
    """A condition that is not met yet."""

    SETTLING = "settling"
    WINDOW = "window"
    DEVIATION = "deviation"
    SLOPE = "slope"
    OUTLIERS = "outliers"


@dataclass(frozen=True, slots=True)
class Stability:
    """What the window shows, in the channel's unit. `remaining_s` is the least time that is still needed."""

    count: int
    mean: float
    deviation: float
    slope_per_minute: float
    range: float
    unmet: tuple[Unmet, ...]
    remaining_s: float

    @property
    def is_stable(self) -> bool:
        """Whether every condition is met."""
        return not self.unmet


def stability(samples: Sequence[tuple[int, float]], applied_ns: int, limits: StabilityLimits) -> Stability:
    """Judge the newest window of `samples` ((UTC or monotonic ns, value), in order of time).

    A window that holds fewer than ten samples reaches back to the tenth: a slow instrument takes longer. `applied_ns`,
    on the same clock, is when the standard was applied. Raises ValueError for no sample.
    """
    if not samples:
        raise ValueError("there is no sample to judge")
    window = newest_window(samples, applied_ns, limits.window_s)
    values = [value for _, value in window]
    deviation = statistics.stdev(values) if len(values) > 1 else 0.0
    slope = slope_per_minute(window)
    spread = max(values) - min(values) if values else 0.0
    elapsed_s = (samples[-1][0] - applied_ns) / NS_PER_S
    conditions = {
        Unmet.SETTLING: elapsed_s >= limits.settle_s,
        Unmet.WINDOW: _is_full(window, limits) and len(values) >= LEAST_SAMPLES,
        Unmet.DEVIATION: deviation <= limits.deviation,
        Unmet.SLOPE: abs(slope) <= limits.slope_per_minute,
        Unmet.OUTLIERS: spread <= RANGE_DEVIATIONS * limits.deviation or not _has_outlier(values),
    }
    return Stability(
        count=len(values),
        mean=math.fsum(values) / len(values) if values else math.nan,
        deviation=deviation,
        slope_per_minute=slope,
        range=spread,
        unmet=tuple(condition for condition, met in conditions.items() if not met),
        remaining_s=_remaining_s(window, elapsed_s, limits),
    )


def newest_window(
    samples: Sequence[tuple[int, float]], applied_ns: int, window_s: float
) -> Sequence[tuple[int, float]]:
    """Those that are judged: of the last `window_s` at the standard, or the last ten where these are fewer."""
    since = [sample for sample in samples if sample[0] >= applied_ns]
    start_ns = samples[-1][0] - round(window_s * NS_PER_S)
    recent = [sample for sample in since if sample[0] >= start_ns]
    return recent if len(recent) >= LEAST_SAMPLES else since[-LEAST_SAMPLES:]


def slope_per_minute(window: Sequence[tuple[int, float]]) -> float:
    """Least-squares slope of the values over time, per minute; 0 for fewer than two instants."""
    if len(window) < 2:
        return 0.0
    start_ns = window[0][0]
    minutes = [(t_ns - start_ns) / NS_PER_MINUTE for t_ns, _ in window]
    middle = math.fsum(minutes) / len(minutes)
    mean = math.fsum(value for _, value in window) / len(window)
    spread = math.fsum((minute - middle) ** 2 for minute in minutes)
    together = math.fsum((m - middle) * (value - mean) for m, (_, value) in zip(minutes, window, strict=True))
    return together / spread if spread > 0 else 0.0


def _is_full(window: Sequence[tuple[int, float]], limits: StabilityLimits) -> bool:
    if len(window) < 2:
        return False
    interval_ns = limits.interval_s * NS_PER_S
    reaches_ns = window[-1][0] - window[0][0]
    steps_ns = (after - before for (before, _), (after, _) in pairwise(window))
    # The window's first sample may lie up to one interval inside it.
    return reaches_ns + interval_ns >= limits.window_s * NS_PER_S and max(steps_ns) <= LONGEST_STEP * interval_ns


def _has_outlier(values: Sequence[float]) -> bool:
    if not values:
        return False
    middle = statistics.median(values)
    deviation = ROBUST * statistics.median(abs(value - middle) for value in values)
    return any(abs(value - middle) > MOST_DEVIATIONS * deviation for value in values)


def _remaining_s(window: Sequence[tuple[int, float]], elapsed_s: float, limits: StabilityLimits) -> float:
    unbroken = _since_break(window, LONGEST_STEP * limits.interval_s * NS_PER_S)
    held_s = (unbroken[-1][0] - unbroken[0][0]) / NS_PER_S if unbroken else 0.0
    settling_s, wanting = limits.settle_s - elapsed_s, LEAST_SAMPLES - len(unbroken)
    return max(settling_s, limits.window_s - limits.interval_s - held_s, wanting * limits.interval_s, 0.0)


def _since_break(window: Sequence[tuple[int, float]], longest_ns: float) -> Sequence[tuple[int, float]]:
    breaks = [place for place, (one, other) in enumerate(pairwise(window), 1) if other[0] - one[0] > longest_ns]
    return window[breaks[-1] :] if breaks else window
