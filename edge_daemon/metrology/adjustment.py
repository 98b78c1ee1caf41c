# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""From raw to calibrated value, and the arithmetic of one and two points and of drift. Pure.

Source: calibration reference, sections 1.2 (F1, F2) and 2.5.
"""

import math
from dataclasses import dataclass

DAYS_PER_YEAR = 365.25
LEAST_SEPARATION = 10


@dataclass(frozen=True, slots=True)
class Adjustment:
    """value = Σ coefficients[i] · rawⁱ. The identity is (0, 1)."""

    coefficients: tuple[float, ...] = (0.0, 1.0)

    def value(self, raw: float) -> float:
        """The calibrated value of a raw one, both in the catalogue's unit."""
        result = 0.0
        for coefficient in reversed(self.coefficients):
            result = result * raw + coefficient
        return result

    def gain(self, raw: float) -> float:
        """The slope at `raw`."""
        result = 0.0
        for power in range(len(self.coefficients) - 1, 0, -1):
            result = result * raw + power * self.coefficients[power]
        return result


IDENTITY = Adjustment()


def one_point(mean_raw: float, reference: float) -> Adjustment:
    """Offset only (F1); for sensors whose slope is known to be stable."""
    return Adjustment((reference - mean_raw, 1.0))


def two_points(first: tuple[float, float], second: tuple[float, float], deviation: float) -> Adjustment:
    """Gain and offset (F2) through two (mean raw, reference) points; `deviation` is the larger standard deviation.

    Raises ValueError for two equal references, or raw means closer together than ten times the deviation.
    """
    (m1, r1), (m2, r2) = first, second
    if r1 == r2:
        raise ValueError(f"both points have the reference {r1:g}; two different standards are needed")
    if m1 == m2 or abs(m2 - m1) < LEAST_SEPARATION * deviation:
        raise ValueError(
            f"the readings {m1:g} and {m2:g} lie closer than {LEAST_SEPARATION} times their noise, {deviation:g}"
        )
    gain = (r2 - r1) / (m2 - m1)
    return Adjustment((r1 - gain * m1, gain))


def drift_per_year(as_left: float, as_found: float, days: float) -> float:
    """Change of the error per year of 365.25 days. Raises ValueError for no time between."""
    if days <= 0:
        raise ValueError(f"{days!r} days between the two calibrations")
    return (as_found - as_left) / days * DAYS_PER_YEAR


def days_until(limit: float, as_left: float, per_year: float) -> float:
    """Days after the as-left reading until the error reaches ±`limit`; infinite without drift, 0 when it is past."""
    if per_year == 0:
        return math.inf
    bound = math.copysign(abs(limit), per_year)
    return max(0.0, (bound - as_left) / (per_year / DAYS_PER_YEAR))
