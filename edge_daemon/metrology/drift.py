# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How an instrument drifts from calibration to calibration, and when it will leave its tolerance. Pure.

Source: calibration reference, section 2.5. What an adjustment takes away is added up again, so that the line is that of
the instrument as if nobody had ever adjusted it. The same point is seldom presented at just the same reference; an
error found at another one is brought to the newest in proportion to what one specification allows at both.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from edge_daemon.metrology.adjustment import DAYS_PER_YEAR, days_until, drift_per_year
from edge_daemon.metrology.fit import Point, fit_polynomial

LEAST_POINTS = 4
LEAST_DAYS = 1.0
"""What changes within a day is scatter, or what was done in between: as a rate per year it would say thousands."""
SURE = 2.0


@dataclass(frozen=True, slots=True)
class Checked:
    """The error at one level of one calibration, `day` days after some fixed day, with the tolerance there.

    Where nothing was adjusted, what was found is what was left. `scale` is what errors grow with from level to level:
    what one and the same specification allows there.
    """

    day: float
    as_found: float
    as_left: float
    tolerance: float
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Drift:
    """Change of the error per year of 365.25 days, and its standard uncertainty, both in the channel's unit.

    `told` is whether it can be told from none. `leaves` is the day on which the error reaches the tolerance, None where
    it does not, or where no drift can be told.
    """

    per_year: float
    uncertainty: float
    told: bool
    leaves: float | None


def drift_since(before: Checked, now: Checked) -> float | None:
    """Change per year from one calibration to the next; None where less than a day lies between."""
    days = now.day - before.day
    left = error_at(before.as_left, before.scale, now.scale)
    return drift_per_year(left, now.as_found, days) if days >= LEAST_DAYS else None


def error_at(error: float, scale: float, other: float) -> float:
    """What an error found where a specification allows `scale` comes to where it allows `other`; both are above 0."""
    return error if scale == other else error * other / scale


def drift_of(checked: Sequence[Checked]) -> Drift | None:
    """The drift of one level over its calibrations, in order of time; None with fewer than four at different times."""
    if len({one.day for one in checked}) < LEAST_POINTS:
        return None
    line = fit_polynomial([Point(day, error) for day, error in _unadjusted(checked)], 1)
    per_year, uncertainty = line.coefficients[1] * DAYS_PER_YEAR, line.uncertainties[1] * DAYS_PER_YEAR
    told = abs(per_year) > SURE * uncertainty
    last = checked[-1]
    ahead = days_until(last.tolerance, last.as_left, per_year) if told else math.inf
    return Drift(per_year, uncertainty, told, last.day + ahead if math.isfinite(ahead) else None)


def _unadjusted(checked: Sequence[Checked]) -> list[tuple[float, float]]:
    """(day, error) as if nothing had ever been adjusted."""
    taken_away, points, newest = 0.0, [], checked[-1].scale
    for one in checked:
        found, left = (error_at(error, one.scale, newest) for error in (one.as_found, one.as_left))
        points.append((one.day, found + taken_away))
        taken_away += found - left
    return points
