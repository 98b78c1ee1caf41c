# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A sensor compared with a reference instrument side by side. Pure.

Source: calibration reference, sections 1.4.2 (F9, targets of US EPA's base test), 1.4.4 (sensitivity), 1.4.6 (meters).
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

MOST_RATIO_DEVIATION = 0.02


@dataclass(frozen=True, slots=True)
class Comparison:
    """The least-squares line of sensor on reference, the share of variance it explains, and the errors themselves.

    `rmse` is in the channel's unit, `nrmse_percent` its share of the mean reference.
    """

    slope: float
    intercept: float
    determination: float
    rmse: float
    nrmse_percent: float


@dataclass(frozen=True, slots=True)
class Targets:
    """What a comparison must reach: |slope - 1|, |intercept|, R², and either error."""

    slope: float = 0.35
    intercept: float = 5.0
    determination: float = 0.70
    rmse: float = 7.0
    nrmse_percent: float = 30.0

    def missed(self, found: Comparison) -> tuple[str, ...]:
        """What was not reached, in words; none where all is well."""
        errors_meet = found.rmse <= self.rmse or found.nrmse_percent <= self.nrmse_percent
        checks = (
            (f"slope {found.slope:.3g}", abs(found.slope - 1) <= self.slope),
            (f"intercept {found.intercept:.3g}", abs(found.intercept) <= self.intercept),
            (f"R² {found.determination:.3g}", found.determination >= self.determination),
            (f"error {found.rmse:.3g} ({found.nrmse_percent:.3g} %)", errors_meet),
        )
        return tuple(words for words, met in checks if not met)


def compared(references: Sequence[float], sensors: Sequence[float]) -> Comparison:
    """Compare pairs of the same times (F9).

    Raises ValueError for lengths that differ, fewer than three pairs, or references that are all the same or 0.
    """
    if len(references) != len(sensors) or len(references) < 3:
        raise ValueError(f"{len(references)} and {len(sensors)} values: three pairs at least are needed")
    line = statistics.linear_regression(references, sensors) if len(set(references)) > 1 else None
    mean = math.fsum(references) / len(references)
    if line is None or mean == 0:
        raise ValueError("the reference stood still or at 0: compare while it varies")
    residuals = [s - line.intercept - line.slope * r for r, s in zip(references, sensors, strict=True)]
    rmse = math.sqrt(math.fsum((s - r) ** 2 for r, s in zip(references, sensors, strict=True)) / len(references))
    middle = math.fsum(sensors) / len(sensors)
    total = math.fsum((s - middle) ** 2 for s in sensors)
    explained = 1 - math.fsum(one**2 for one in residuals) / total if total else 0.0
    return Comparison(line.slope, line.intercept, explained, rmse, 100 * rmse / abs(mean))


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """A pyranometer's sensitivity in µV/(W/m²) against a reference: mean of ratios, its scatter, and the cross-check
    by the ratio of sums. `rejected` are the places of pairs whose ratio lies too far from the median."""

    mean: float
    deviation: float
    mean_deviation: float
    ratio_of_sums: float
    rejected: tuple[int, ...] = ()

    def change_percent(self, before: float) -> float:
        """Change from the sensitivity in use."""
        return 100 * (self.mean / before - 1)


def sensitivity(voltages_uv: Sequence[float], irradiances: Sequence[float]) -> Sensitivity:
    """Sensitivity from pairs of output voltage (µV) and reference irradiance (W/m²).

    Raises ValueError for lengths that differ, an irradiance that is not above 0, or fewer than two pairs left.
    """
    if len(voltages_uv) != len(irradiances) or any(one <= 0 for one in irradiances):
        raise ValueError("as many voltages as irradiances above 0 are needed")
    ratios = [u / e for u, e in zip(voltages_uv, irradiances, strict=True)]
    middle = statistics.median(ratios) if ratios else 0.0
    kept = [place for place, ratio in enumerate(ratios) if abs(ratio - middle) <= MOST_RATIO_DEVIATION * abs(middle)]
    if len(kept) < 2:
        raise ValueError("two pairs at least that agree within 2 % are needed")
    values = [ratios[place] for place in kept]
    deviation = statistics.stdev(values)
    return Sensitivity(
        mean=math.fsum(values) / len(values),
        deviation=deviation,
        mean_deviation=deviation / math.sqrt(len(values)),
        ratio_of_sums=math.fsum(voltages_uv[place] for place in kept) / math.fsum(irradiances[p] for p in kept),
        rejected=tuple(place for place in range(len(ratios)) if place not in kept),
    )


def error_percent(indicated: float, reference: float) -> float:
    """Error of a meter in percent of the reference. Raises ValueError for a reference of 0."""
    if reference == 0:
        raise ValueError("a reference of 0 gives no error in percent")
    return 100 * (indicated - reference) / reference
