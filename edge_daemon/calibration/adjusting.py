# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The function from raw to value that a run's as-found points speak for. Pure.

Source: calibration reference, sections 1.2 (F1 to F3, F7) and 2.1. Weights are 1/u² with u² = (gain · s)²/n + u_ref²,
the gain from a first pass without weights.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from edge_daemon.calibration.procedure_check import LEAST_LEVELS_OF_A_CURVE
from edge_daemon.calibration.run import Run, Taken
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.procedure import Method, Procedure
from edge_daemon.log.calibration_body import CalibrationPoint, FitResult, ValueFunction
from edge_daemon.log.calibration_values import value_of
from edge_daemon.metrology.adjustment import LEAST_SEPARATION, Adjustment, one_point, two_points
from edge_daemon.metrology.fit import Fit, Point, fit_polynomial

Covariance = tuple[tuple[float, ...], ...]
IDENTITY = ValueFunction("polynomial", (0.0, 1.0))
LEAST_LEVELS_OF_A_SPAN = 2

_REPEAT = "take the points again, each in its own standard; if it stays so, have the sensor serviced or replaced"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A function with what is known of it. `covariance` belongs to a polynomial's coefficients, empty for segments;
    `levels` are the standard uncertainties of the points, reference and repeatability together, in value units.
    `freedom` is that of the covariance."""

    function: ValueFunction
    covariance: Covariance
    levels: tuple[float, ...]
    fit: FitResult | None = None
    freedom: float = math.inf


def fitted(run: Run) -> Fitted:
    """The software's adjustment through the as-found points. Raises BadInput where it cannot or must not be made."""
    points = [one.body for one in adjusting_points(run).values()]
    if run.procedure.method is Method.OFFSET:
        return _moved(run, points[-1])
    try:
        found = _METHODS[run.procedure.method](run.procedure, points)
    except ValueError as error:
        raise BadInput("adjustment", str(error), _REPEAT) from error
    _check_limits(run.procedure, found.function)
    return found


def adjusting_points(run: Run) -> Mapping[str, Taken]:
    """The as-found points that an adjustment follows."""
    return {name: one for name, one in run.taken("as_found").items() if run.procedure.point(name).adjusts}


def gain_at(function: ValueFunction | None, raw: float) -> float:
    """The slope of a function at raw; None is the identity."""
    if function is None:
        return 1.0
    if function.form == "polynomial":
        return Adjustment(function.coefficients).gain(raw)
    knots = function.knots
    place = max(0, min(len(knots) - 2, sum(raw >= knot[0] for knot in knots) - 1))
    return _slope(knots[place], knots[place + 1])


def level_uncertainty(point: CalibrationPoint, gain: float) -> float:
    """Standard uncertainty of a point as a level of the fit (F3)."""
    return math.hypot(
        gain * point.deviation / math.sqrt(max(1, point.count)), point.expanded_uncertainty / point.factor
    )


def about(raw: float, level: float, slope: float) -> Covariance:
    """Covariance of a line that is known as well as `level` at `raw`, and whose gain is known as well as `slope`."""
    turned = slope * slope
    return ((level**2 + raw * raw * turned, -raw * turned), (-raw * turned, turned))


def unknown_gain(procedure: Procedure) -> float:
    """What one point leaves open about the gain: the proportional part of the tolerance, every value as likely."""
    return procedure.tolerance.relative / math.sqrt(3)


def raw_span(points: Sequence[CalibrationPoint]) -> tuple[float, float] | None:
    """From the lowest to the highest raw number of the points; None where one level is all there is: it lies between
    nothing, and how much less sure a value is away from it stands in the uncertainty."""
    if len({point.reference for point in points}) < LEAST_LEVELS_OF_A_SPAN:
        return None
    raws = [point.raw for point in points]
    return min(raws), max(raws)


def also_at(span: tuple[float, float] | None, raws: Sequence[float]) -> tuple[float, float] | None:
    """The span of what was known before and is now known at these too; None where it had none."""
    return None if span is None else (min(span[0], *raws), max(span[1], *raws))


def _moved(run: Run, point: CalibrationPoint) -> Fitted:
    """The function in force, moved as a whole until it is right at the point (F1): its slope stays."""
    before = run.start.function
    if before is None:
        _check_own_value(point)
    line = IDENTITY if before is None else before
    away = one_point(value_of(line, point.raw), point.reference).coefficients[0]
    _check_within("offset", point.reference - point.raw, run.procedure.offset)
    slope = gain_at(line, point.raw)
    level = level_uncertainty(point, slope)
    covariance = about(point.raw, level, unknown_gain(run.procedure) * abs(slope))
    return Fitted(_by(line, away, point.raw), covariance, (level,))


def _by(line: ValueFunction, away: float, raw: float) -> ValueFunction:
    """The line moved by `away`, now also known at `raw`."""
    span = also_at(line.span, (raw,))
    if line.form == "segments":
        return replace(line, knots=tuple((at, value + away) for at, value in line.knots), span=span)
    offset, *rest = line.coefficients
    return replace(line, coefficients=(offset + away, *rest), span=span)


def _gain(_: Procedure, points: Sequence[CalibrationPoint]) -> Fitted:
    point = points[-1]
    if point.raw == 0 or point.reference == 0:
        raise ValueError(f"a reading of {point.raw:g} at {point.reference:g} gives no gain")
    gain = point.reference / point.raw
    level = level_uncertainty(point, gain)
    covariance = ((0.0, 0.0), (0.0, (level / point.raw) ** 2))
    return Fitted(_polynomial(Adjustment((0.0, gain)), points), covariance, (level,))


def _two_points(_: Procedure, points: Sequence[CalibrationPoint]) -> Fitted:
    first, second = points[0], points[-1]
    noise = max(first.deviation, second.deviation)
    line = two_points((first.raw, first.reference), (second.raw, second.reference), noise)
    u1, u2 = (level_uncertainty(point, line.gain(0)) for point in (first, second))
    between = second.raw - first.raw
    gain_variance = (u1**2 + u2**2) / between**2
    offset_variance = (second.raw**2 * u1**2 + first.raw**2 * u2**2) / between**2
    together = -(second.raw * u1**2 + first.raw * u2**2) / between**2
    covariance = ((offset_variance, together), (together, gain_variance))
    return Fitted(_polynomial(line, points), covariance, (u1, u2))


def _fit(procedure: Procedure, points: Sequence[CalibrationPoint]) -> Fitted:
    if procedure.degree > 1 and len({point.reference for point in points}) < LEAST_LEVELS_OF_A_CURVE:
        raise ValueError(f"a curve needs {LEAST_LEVELS_OF_A_CURVE} different levels at least")
    first = fit_polynomial([Point(point.raw, point.reference) for point in points], procedure.degree)
    line = Adjustment(first.coefficients)
    levels = tuple(level_uncertainty(point, line.gain(point.raw)) for point in points)
    weights = levels if all(levels) else (None,) * len(levels)
    fit = fit_polynomial(
        [Point(point.raw, point.reference, u) for point, u in zip(points, weights, strict=True)], procedure.degree
    )
    scatters = fit.birge_ratio is None or fit.birge_ratio > 1
    return Fitted(
        _polynomial(Adjustment(fit.coefficients), points),
        fit.covariance,
        levels,
        _result(fit),
        float(fit.degrees_of_freedom) if scatters else math.inf,
    )


def _segments(_: Procedure, points: Sequence[CalibrationPoint]) -> Fitted:
    ordered = sorted(points, key=lambda point: point.raw)
    knots = tuple((point.raw, point.reference) for point in ordered)
    for one, other in pairwise(ordered):
        noise = max(one.deviation, other.deviation)
        if other.raw == one.raw or other.raw - one.raw < LEAST_SEPARATION * noise:
            raise ValueError(f"the readings {one.raw:g} and {other.raw:g} cannot be told apart from noise, {noise:g}")
    function = ValueFunction("segments", knots=knots, span=raw_span(points))
    return Fitted(function, (), tuple(level_uncertainty(point, gain_at(function, point.raw)) for point in points))


_METHODS: Mapping[Method, Callable[[Procedure, Sequence[CalibrationPoint]], Fitted]] = {
    Method.GAIN: _gain,
    Method.TWO_POINTS: _two_points,
    Method.POLYNOMIAL: _fit,
    Method.SEGMENTS: _segments,
}


def _polynomial(line: Adjustment, points: Sequence[CalibrationPoint]) -> ValueFunction:
    return ValueFunction("polynomial", line.coefficients, span=raw_span(points))


def _result(fit: Fit) -> FitResult:
    return FitResult(
        residuals=fit.residuals,
        residual_deviation=fit.residual_deviation,
        degrees_of_freedom=fit.degrees_of_freedom,
        determination=fit.determination,
        birge_ratio=fit.birge_ratio,
        levels=fit.levels,
    )


def _check_limits(procedure: Procedure, function: ValueFunction) -> None:
    for slope in _slopes(function):
        _check_within("slope", slope, procedure.gain)
    for offset in _offsets(function):
        _check_within("offset", offset, procedure.offset)


def _check_own_value(point: CalibrationPoint) -> None:
    """A run that was begun by a program that did not tell the function in force."""
    if not math.isclose(point.indication, point.raw, rel_tol=1e-9, abs_tol=1e-9):
        raise BadInput(
            "adjustment",
            f"{point.raw:g} is shown as {point.indication:g}",
            "values follow an adjustment in the software that this calibration does not know, so one point cannot "
            "carry on its slope: give this calibration up and begin it again",
        )


def _check_within(name: str, value: float, limits: tuple[float, float] | None) -> None:
    if limits is not None and not limits[0] <= value <= limits[1]:
        raise BadInput(name, float(f"{value:.6g}"), f"{limits[0]:g} to {limits[1]:g} is allowed: {_REPEAT}")


def _slopes(function: ValueFunction) -> tuple[float, ...]:
    if function.form == "segments":
        return tuple(_slope(one, other) for one, other in pairwise(function.knots))
    return tuple(gain_at(function, raw) for raw in function.span or (0.0,))


def _offsets(function: ValueFunction) -> tuple[float, ...]:
    """A polynomial's value at raw 0; of segments what the knot nearest to 0 is moved by."""
    if function.form == "segments":
        raw, value = min(function.knots, key=lambda knot: abs(knot[1]))
        return (value - raw,)
    return function.coefficients[:1]


def _slope(one: tuple[float, float], other: tuple[float, float]) -> float:
    return (other[1] - one[1]) / (other[0] - one[0])
