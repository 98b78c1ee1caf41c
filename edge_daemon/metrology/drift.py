# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How an instrument drifts from calibration to calibration, and when it will leave its tolerance. Pure.

Source: calibration reference, section 2.5. What an adjustment takes away is added up again, so that the line is that of
the instrument as if nobody had ever adjusted it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from edge_daemon.metrology.adjustment import DAYS_PER_YEAR, days_until, drift_per_year
from edge_daemon.metrology.fit import Point, fit_polynomial

LEAST_POINTS = 4
SURE = 2.0


@dataclass(frozen=True, slots=True)
class Checked:
    """The error at one level of one calibration, `day` days after some fixed day, with the tolerance there.

    Where nothing was adjusted, what was found is what was left.
    """

    day: float
    as_found: float
    as_left: float
    tolerance: float


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
    """Change per year from one calibration to the next; None where no time lies between."""
    days = now.day - before.day
    return drift_per_year(before.as_left, now.as_found, days) if days > 0 else None


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
    taken_away, points = 0.0, []
    for one in checked:
        points.append((one.day, one.as_found + taken_away))
        taken_away += one.as_found - one.as_left
    return points
