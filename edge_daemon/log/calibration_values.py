# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The value that a calibration makes of raw, and its standard uncertainty. Pure; the same bits on every machine.

A verifier gets each value again from raw, to the last bit, when it computes in IEEE 754 doubles, rounds after every
single operation (no fused multiply-add) and keeps to this order:

- no function: the value is raw.
- `polynomial`: Horner from the highest coefficient, beginning with 0: v = 0; then for each, v = v · raw + coefficient.
- `segments`: the segment is that of the last knot at or below raw, among all but the last knot; below the first knot
  the first one. With its knots (x0, y0) and (x1, y1): v = y0 + (raw - x0) · ((y1 - y0) / (x1 - x0)).

A result that is no finite number is no value: the reading keeps raw as its value there, and the flag FAIL.
"""

import math
from bisect import bisect_right
from itertools import pairwise
from operator import itemgetter

from edge_daemon.log.calibration_body import ValueFunction, ValueUncertainty

_raw_of = itemgetter(0)
_Knots = tuple[tuple[float, float], ...]


def check_function(function: ValueFunction | None) -> None:
    """Raises ValueError, saying why, for a function that cannot be applied."""
    if function is None:
        return
    numbers = (*function.coefficients, *(number for knot in function.knots for number in knot))
    if not all(math.isfinite(number) for number in numbers):
        raise ValueError("the function of a calibration needs finite numbers")
    if function.form == "polynomial":
        if len(function.coefficients) < 2:
            raise ValueError("a polynomial needs at least an offset and a gain")
        return
    raws = [raw for raw, _ in function.knots]
    if len(raws) < 2 or any(one >= following for one, following in pairwise(raws)):
        raise ValueError("segments need two or more knots, whose raw numbers ascend")


def value_of(function: ValueFunction | None, raw: float) -> float:
    """The value of this raw number. May be infinite or NaN where the function leaves what doubles can hold."""
    if function is None:
        return raw
    if function.form == "polynomial":
        value = 0.0
        for coefficient in reversed(function.coefficients):
            value = value * raw + coefficient
        return value
    (x0, y0), (x1, y1) = _segment(function, raw)
    return y0 + (raw - x0) * ((y1 - y0) / (x1 - x0))


def calibrated(function: ValueFunction | None, raw: float) -> float | None:
    """The value of this raw number, None where it is no finite one."""
    value = value_of(function, raw)
    return value if math.isfinite(value) else None


def systematic_uncertainty(uncertainty: ValueUncertainty, raw: float, value: float) -> float:
    """The part of `standard_uncertainty` that all values made by this calibration share."""
    proportional = uncertainty.relative * value
    variance = uncertainty.constant * uncertainty.constant + proportional * proportional
    left = 1.0
    for row in uncertainty.covariance:
        right = 1.0
        for entry in row:
            variance += left * entry * right
            right *= raw
        left *= raw
    if uncertainty.levels:
        level = _level(uncertainty.levels, raw)
        variance += level * level
    return math.sqrt(variance) if variance > 0 else 0.0


def difference_uncertainty(uncertainty: ValueUncertainty, before: float, after: float, gained: float) -> float:
    """The shared part in the difference `gained` of the values of two raw numbers: what shifts both alike cancels."""
    proportional = uncertainty.relative * gained
    variance = proportional * proportional
    sizes: list[float] = []
    low = high = 1.0
    for _ in uncertainty.covariance:
        sizes.append(high - low)
        low, high = low * before, high * after
    for left, row in zip(sizes, uncertainty.covariance, strict=True):
        for right, entry in zip(sizes, row, strict=False):
            variance += left * entry * right
    if uncertainty.levels:
        ends = _weights(uncertainty.levels, before), _weights(uncertainty.levels, after)
        for place, (_, level) in enumerate(uncertainty.levels):
            part = (ends[1].get(place, 0.0) - ends[0].get(place, 0.0)) * level
            variance += part * part
    return math.sqrt(variance) if variance > 0 else 0.0


def extrapolated(function: ValueFunction | None, uncertainty: ValueUncertainty | None, raw: float) -> bool:
    """Whether this raw number lies outside the points of the calibration, as far as it says where they lie."""
    span = (uncertainty.span if uncertainty else None) or (function.span if function else None)
    return span is not None and not span[0] <= raw <= span[1]


def standard_uncertainty(
    uncertainty: ValueUncertainty,
    raw: float,
    value: float,
) -> float:
    """Standard uncertainty of a single value, in its unit: u² = g·covariance·gᵀ + level² + constant² +
    (relative · value)² + repeatability², g = (1, raw, raw², …). Times `uncertainty.factor` it is the expanded one. May
    be infinite or NaN where the numbers leave what doubles can hold.

    With t going from 0 at one knot to 1 at the next, the level of segments is (1 - t) · u₀ + t · u₁ between the two,
    since what they share does not average out. Beyond the last knots, where the line is only continued, it is the root
    of ((1 - t) · u₀)² + (t · u₁)².
    """
    shared = systematic_uncertainty(uncertainty, raw, value)
    return math.sqrt(shared * shared + uncertainty.repeatability * uncertainty.repeatability)


def _level(levels: _Knots, raw: float) -> float:
    parts = [weight * levels[place][1] for place, weight in _weights(levels, raw).items()]
    inside = levels[0][0] <= raw <= levels[-1][0]
    return math.fsum(parts) if inside else math.hypot(*parts)


def _weights(levels: _Knots, raw: float) -> dict[int, float]:
    """How much each knot bears on this raw number, by its place."""
    if len(levels) == 1:
        return {0: 1.0}
    at = _place(levels, raw)
    along = (raw - levels[at][0]) / (levels[at + 1][0] - levels[at][0])
    return {at: 1.0 - along, at + 1: along}


def _segment(function: ValueFunction, raw: float) -> tuple[tuple[float, float], tuple[float, float]]:
    at = _place(function.knots, raw)
    return function.knots[at], function.knots[at + 1]


def _place(knots: _Knots, raw: float) -> int:
    return min(max(bisect_right(knots, raw, key=_raw_of) - 1, 0), len(knots) - 2)
