# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Slopes of CO2 in a closed chamber at its closing: straight line, saturating curve, and three points. Pure.

Sources: LI-COR, LI-8100A manual, section 4 and appendix D; Hutchinson and Mosier (1981); goFlux R package. The gradient
that drives the flux falls while CO2 gathers, so a straight line is always too flat; the slope at the closing is sought.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from edge_daemon.metrology.fit import Point, fit_polynomial

LEAST_POINTS = 10
OPENING_POINTS = 10
MOST_STEPS = 200

_SCALED_RATES = (-4.0, -1.0, -0.3, -0.1, 0.03, 0.1, 0.3, 0.6, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 40.0)
_SMALL = 1e-2
_Vector = tuple[float, float, float]
_Rows = tuple[_Vector, _Vector, _Vector]


@dataclass(frozen=True, slots=True)
class CO2Point:
    """CO2 per mole of dry air, `seconds` after the chamber was closed."""

    seconds: float
    ppm: float


@dataclass(frozen=True, slots=True)
class SlopeFit:
    """A fitted course of CO2, and its slope when the chamber was closed (second 0).

    `slope` and its standard uncertainty in ppm/s, `co2_at_closing` in ppm. `rmse` and `mae` are root mean square and
    mean of the residuals' size in ppm, `residual_deviation` with the degrees of freedom counted. `rate` is a of
    C = Cx + (C0 - Cx)·exp(-a·t) in 1/s and `co2_limit` its Cx; 0 and None for a straight line.
    """

    model: Literal["linear", "exponential"]
    slope: float
    u_slope: float
    co2_at_closing: float
    determination: float
    rmse: float
    mae: float
    residual_deviation: float
    points: int
    parameters: int
    rate: float = 0.0
    co2_limit: float | None = None

    @property
    def information(self) -> float:
        """Akaike's criterion, corrected for few points: of two fits to the same points the lower explains more by
        less. It may be -infinity for a perfect fit."""
        unknowns = self.parameters + 1
        share = self.rmse**2
        likelihood = self.points * math.log(share) if share > 0 else -math.inf
        return likelihood + 2 * unknowns + 2 * unknowns * (unknowns + 1) / (self.points - unknowns - 1)


def fit_line(points: Sequence[CO2Point]) -> SlopeFit:
    """Ordinary least squares. Raises ValueError for fewer than ten points, or all at one instant."""
    _enough(points)
    fit = fit_polynomial([Point(round(p.seconds, 6), round(p.ppm, 6)) for p in points])
    squares = math.fsum(residual**2 for residual in fit.residuals)
    return SlopeFit(
        model="linear",
        slope=fit.coefficients[1],
        u_slope=fit.uncertainties[1],
        co2_at_closing=fit.coefficients[0],
        determination=fit.determination,
        rmse=math.sqrt(squares / len(points)),
        mae=math.fsum(map(abs, fit.residuals)) / len(points),
        residual_deviation=fit.residual_deviation,
        points=len(points),
        parameters=2,
    )


def fit_exponential(points: Sequence[CO2Point]) -> SlopeFit | None:
    """Gauss and Newton's method, damped, on C = C0 + s·(1 - exp(-a·t))/a: the slope s is itself a parameter, so that
    its uncertainty is, and a straight line is the case a = 0. None where the points do not settle the three parameters.

    Raises ValueError for fewer than ten points, or all at one instant.
    """
    _enough(points)
    span = max(p.seconds for p in points)
    times = [p.seconds / span for p in points]
    values = [p.ppm for p in points]
    settled = _settle(times, values, _first_guess(times, values))
    if settled is None:
        return None
    (level, rise, scaled), rows = settled
    residuals = _residuals(times, values, (level, rise, scaled))
    squares = math.fsum(residual**2 for residual in residuals)
    inverse = _inverse(rows)
    if inverse is None or inverse[1][1] < 0:
        return None
    variance = squares / (len(points) - 3)
    slope, rate = rise / span, scaled / span
    return SlopeFit(
        model="exponential",
        slope=slope,
        u_slope=math.sqrt(variance * inverse[1][1]) / span,
        co2_at_closing=level,
        determination=_determination(values, squares),
        rmse=math.sqrt(squares / len(points)),
        mae=math.fsum(map(abs, residuals)) / len(points),
        residual_deviation=math.sqrt(variance),
        points=len(points),
        parameters=3,
        rate=rate,
        co2_limit=level + slope / rate if rate else None,
    )


def three_point_slope(first: float, second: float, third: float, step_s: float) -> float | None:
    """Hutchinson and Mosier's slope at the closing from CO2 at 0, `step_s` and twice that; None where the rise does not
    slacken, so that a straight line is to be used."""
    early, late = second - first, third - second
    if early * late <= 0 or early / late <= 1:
        return None
    return early**2 / (step_s * (early - late)) * math.log(early / late)


def co2_when_closed(points: Sequence[CO2Point]) -> float | None:
    """CO2 at the closing as measured: a line through the first ten points after it (LI-COR). None with fewer."""
    opening = sorted((p for p in points if p.seconds >= 0), key=lambda p: p.seconds)[:OPENING_POINTS]
    if len(opening) < OPENING_POINTS:
        return None
    return fit_polynomial([Point(round(p.seconds, 6), round(p.ppm, 6)) for p in opening]).coefficients[0]


def _enough(points: Sequence[CO2Point]) -> None:
    if len(points) < LEAST_POINTS:
        raise ValueError(f"{len(points)} CO2 values: a slope needs {LEAST_POINTS} at least")
    if not all(math.isfinite(p.seconds) and math.isfinite(p.ppm) for p in points):
        raise ValueError("a CO2 value or its time is not finite")
    if min(p.seconds for p in points) < 0 or len({p.seconds for p in points}) < 3:
        raise ValueError("CO2 values at three instants after the closing are needed at least")


def _gathered(rate: float, time: float) -> tuple[float, float]:
    """(1 - exp(-a·t))/a, and its change with a."""
    x = rate * time
    if abs(x) < _SMALL:
        gathered = time * (1 - x / 2 * (1 - x / 3 * (1 - x / 4 * (1 - x / 5))))
        return gathered, -(time**2) * (0.5 - x / 3 + x**2 / 8 - x**3 / 30 + x**4 / 144)
    gathered = -math.expm1(-x) / rate
    return gathered, (time * math.exp(-x) - gathered) / rate


def _residuals(times: Sequence[float], values: Sequence[float], at: _Vector) -> list[float]:
    level, rise, rate = at
    return [value - level - rise * _gathered(rate, time)[0] for time, value in zip(times, values, strict=True)]


def _first_guess(times: Sequence[float], values: Sequence[float]) -> _Vector:
    """Of a few rates the one that fits best; for a given rate, level and rise are a straight line."""
    best: tuple[float, _Vector] | None = None
    mean_value = math.fsum(values) / len(values)
    for rate in _SCALED_RATES:
        gathered = [_gathered(rate, time)[0] for time in times]
        mean = math.fsum(gathered) / len(gathered)
        spread = math.fsum((g - mean) ** 2 for g in gathered)
        if spread <= 0:
            continue
        rise = math.fsum((g - mean) * (v - mean_value) for g, v in zip(gathered, values, strict=True)) / spread
        level = mean_value - rise * mean
        squares = math.fsum((v - level - rise * g) ** 2 for g, v in zip(gathered, values, strict=True))
        if best is None or squares < best[0]:
            best = squares, (level, rise, rate)
    return best[1] if best else (mean_value, 0.0, 1.0)


def _settle(times: Sequence[float], values: Sequence[float], at: _Vector) -> tuple[_Vector, _Rows] | None:
    """The parameters of least squares and the normal equations there; None where steps do not come to an end."""
    damping = 1e-3
    squares = math.fsum(r * r for r in _residuals(times, values, at))
    for _ in range(MOST_STEPS):
        rows, moments = _normal(times, values, at)
        step = _solved(rows, moments, damping)
        if step is None:
            return None
        trial = (at[0] + step[0], at[1] + step[1], at[2] + step[2])
        small = all(abs(s) <= 1e-11 * (abs(p) + 1e-6) for s, p in zip(step, at, strict=True))
        if small or abs(trial[2]) > 500:
            return None if abs(trial[2]) > 500 else (at, rows)
        now = math.fsum(r * r for r in _residuals(times, values, trial))
        if now < squares:
            at, squares, damping = trial, now, damping / 10
        elif damping > 1e12:  # no step, however short, lowers the sum: this is the bottom in these digits
            return at, rows
        else:
            damping *= 10
    return None


def _normal(times: Sequence[float], values: Sequence[float], at: _Vector) -> tuple[_Rows, _Vector]:
    _, rise, rate = at
    columns = [(1.0, *_scaled(_gathered(rate, time), rise)) for time in times]
    residuals = _residuals(times, values, at)
    rows = [[math.fsum(c[i] * c[j] for c in columns) for j in range(3)] for i in range(3)]
    moments = [math.fsum(c[i] * r for c, r in zip(columns, residuals, strict=True)) for i in range(3)]
    return (_triple(rows[0]), _triple(rows[1]), _triple(rows[2])), _triple(moments)


def _scaled(gathered: tuple[float, float], rise: float) -> tuple[float, float]:
    return gathered[0], rise * gathered[1]


def _triple(numbers: Sequence[float]) -> _Vector:
    return numbers[0], numbers[1], numbers[2]


def _solved(rows: _Rows, moments: _Vector, damping: float) -> _Vector | None:
    damped = [list(row) for row in rows]
    for place in range(3):
        damped[place][place] *= 1 + damping
    inverse = _inverse((_triple(damped[0]), _triple(damped[1]), _triple(damped[2])))
    if inverse is None:
        return None
    return _triple([math.fsum(a * b for a, b in zip(row, moments, strict=True)) for row in inverse])


def _inverse(m: _Rows) -> _Rows | None:
    """By cofactors; None for a matrix that has none."""
    (a, b, c), (d, e, f), (g, h, i) = m
    first, second, third = e * i - f * h, c * h - b * i, b * f - c * e
    determinant = a * first + d * second + g * third
    size = a * e * i
    if not math.isfinite(determinant) or abs(determinant) <= 1e-15 * abs(size):
        return None
    lower = (f * g - d * i, a * i - c * g, c * d - a * f)
    last = (d * h - e * g, b * g - a * h, a * e - b * d)
    return (
        _triple([x / determinant for x in (first, second, third)]),
        _triple([x / determinant for x in lower]),
        _triple([x / determinant for x in last]),
    )


def _determination(values: Sequence[float], squares: float) -> float:
    mean = math.fsum(values) / len(values)
    total = math.fsum((value - mean) ** 2 for value in values)
    return 1 - squares / total if total else 1.0
