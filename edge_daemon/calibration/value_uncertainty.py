# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How uncertain values are from a calibration on. Pure.

What was compared at one level tells nothing of the gain, so the uncertainty grows away from it; and a verification,
which changes nothing, makes no value surer than the calibration before it did.

Every cause stands in one place only: what the points tell of the function in `covariance` (for segments in `levels`,
for plain verifications in `constant`), resolution, remaining error and drift in `constant` or `relative`, the scatter
of a single reading in `repeatability`. Where the tolerance is a share of the reading, so are the errors and their
drift: as a constant they would come from the highest point and drown the lower ones. Points that agree with each other
do not show that their references are right: beside a fit the largest uncertainty of a reference stands in `constant`
once more. Source: calibration reference, sections 2.2 and 2.4.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from edge_daemon.calibration.adjusting import (
    Fitted,
    about,
    adjusting_points,
    also_at,
    gain_at,
    level_uncertainty,
    raw_span,
    unknown_gain,
)
from edge_daemon.calibration.run import Run
from edge_daemon.domain.procedure import Method, Procedure, ReferenceSource
from edge_daemon.log.calibration_body import CalibrationPoint, PointResult, ValueFunction, ValueUncertainty
from edge_daemon.log.calibration_values import systematic_uncertainty, value_of
from edge_daemon.metrology.uncertainty import Contribution, budget, rectangular, resolution

MOST_AHEAD = 10.0
"""No change is continued for longer than so many times the time in which it was seen."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What a set of points tells of values: constant and proportional standard uncertainties, a covariance, and those
    of the knots of segments."""

    constant: float = 0.0
    relative: float = 0.0
    covariance: tuple[tuple[float, ...], ...] = ()
    freedom: float = math.inf
    levels: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Wander:
    """How far values may drift until the next calibration, ±: in the channel's unit, and as a share of the value."""

    constant: float = 0.0
    relative: float = 0.0


STILL = Wander()


def is_share(procedure: Procedure) -> bool:
    """Whether what is wrong of a value is a share of it: so is its tolerance."""
    return procedure.tolerance.absolute == 0


def of_software(run: Run, found: Fitted, drift: Wander) -> ValueUncertainty:
    """Of values that follow a function fitted in the software."""
    points = [one.body for one in run.taken("as_found").values()]
    if not found.covariance:
        raws = (raw for raw, _ in found.function.knots)
        known = _Known(levels=tuple(zip(raws, found.levels, strict=True)))
        return _combined(run, points, found.function, known, drift)
    references = [one.body.expanded_uncertainty / one.body.factor for one in adjusting_points(run).values()]
    shared = max(references) if found.fit else 0.0
    known = _Known(constant=shared, covariance=found.covariance, freedom=found.freedom)
    return _combined(run, points, found.function, known, drift)


def of_device(run: Run, results: Sequence[PointResult], drift: Wander) -> ValueUncertainty:
    """Of values after the instrument adjusted itself, from the as-left points: what error is left stays in them."""
    points = [one.body for one in run.taken("as_left").values()]
    left = max(abs(result.error) for result in results) / math.sqrt(3)
    level = max(level_uncertainty(point, 1.0) for point in points)
    if run.procedure.method is Method.OFFSET:
        covariance = about(points[-1].raw, math.hypot(level, left), unknown_gain(run.procedure))
        return replace(_combined(run, points, None, _Known(covariance=covariance), drift), span=raw_span(points))
    return replace(_combined(run, points, None, _Known(constant=math.hypot(level, left)), drift), span=raw_span(points))


def of_verified(
    run: Run, results: Sequence[PointResult], drift: Wander, before: ValueUncertainty | None = None
) -> ValueUncertainty | None:
    """Of values that were compared and left as they are: the errors found stay in them.

    Where the tolerance is a share of the reading, so is the uncertainty. `before` is that of the calibration before,
    which says what one level does not; None where one level is all that is known, and nobody states what the gain may
    be.
    """
    points = [one.body for one in run.taken("as_found").values()]
    levels = [
        math.hypot(level_uncertainty(point, 1.0), abs(result.error) / math.sqrt(3))
        for point, result in zip(points, results, strict=True)
    ]
    if is_share(run.procedure):
        shares = (level / abs(one.reference) for level, one in zip(levels, points, strict=True) if one.reference)
        known = _Known(relative=max(shares, default=0.0))
    elif before is not None or len({one.reference for one in points}) > 1:
        known = _Known(constant=max(levels))
    elif slope := unknown_gain(run.procedure) or _maker_gain(run.procedure, points[-1].raw):
        turned = slope * abs(gain_at(run.start.function, points[-1].raw))
        known = _Known(covariance=about(points[-1].raw, max(levels), turned))
    else:
        return None
    found = replace(_combined(run, points, None, known, drift), span=raw_span(points))
    if before is None:
        return found
    told = before.span or (run.start.function.span if run.start.function else None)
    return replace(_at_least(found, before), span=also_at(told, [point.raw for point in points]))


def _maker_gain(procedure: Procedure, raw: float) -> float:
    """What the maker's accuracy leaves open about the gain: that much at the far end of the output span, every value as
    likely. 0 where the catalogue knows none."""
    maker, span = procedure.maker_accuracy, procedure.span
    if maker is None or span is None:
        return 0.0
    far = max(span, key=lambda end: abs(end - raw))
    return maker.at(far) / abs(far - raw) / math.sqrt(3) if far != raw else 0.0


def _at_least(found: ValueUncertainty, before: ValueUncertainty) -> ValueUncertainty:
    """The uncertainty that is nowhere less than either of these."""
    freedoms = [one for one in (found.degrees_of_freedom, before.degrees_of_freedom) if one is not None]
    return ValueUncertainty(
        constant=max(found.constant, before.constant),
        relative=max(found.relative, before.relative),
        covariance=before.covariance,
        degrees_of_freedom=min(freedoms, default=None),
        factor=max(found.factor, before.factor),
        repeatability=max(found.repeatability, before.repeatability),
        levels=before.levels,
    )


def _combined(
    run: Run, points: Sequence[CalibrationPoint], function: ValueFunction | None, known: _Known, drift: Wander
) -> ValueUncertainty:
    middle = math.fsum(point.raw for point in points) / len(points)
    gain = abs(gain_at(function, middle))
    step = resolution("resolution", run.procedure.resolution * gain)
    by_share = drift.relative * abs(value_of(function, middle))
    wander = rectangular("drift", math.hypot(drift.constant, by_share))
    scatter, scatter_freedom = _scatter(run.procedure, points)
    drifted = rectangular("drift", drift.constant).standard
    constant = math.sqrt(known.constant**2 + step.standard**2 + drifted**2)
    found = budget(
        [
            Contribution("function", math.hypot(_at(known, middle), known.constant), known.freedom),
            step,
            wander,
            Contribution("repeatability", scatter * gain, scatter_freedom),
        ]
    )
    freedom = found.degrees_of_freedom
    return ValueUncertainty(
        constant=constant,
        relative=math.hypot(known.relative, rectangular("drift", drift.relative).standard),
        covariance=known.covariance,
        levels=known.levels,
        degrees_of_freedom=None if math.isinf(freedom) else freedom,
        factor=found.factor,
        repeatability=scatter * gain,
    )


def _at(known: _Known, raw: float) -> float:
    """The part of the covariance, of the knots and of the share at this raw number."""
    powers = [raw**power for power in range(len(known.covariance))]
    variance = math.fsum(
        left * entry * right
        for left, row in zip(powers, known.covariance, strict=True)
        for entry, right in zip(row, powers, strict=True)
    )
    knots = systematic_uncertainty(ValueUncertainty(0.0, levels=known.levels), raw, 0.0)
    return math.hypot(math.sqrt(max(0.0, variance)), knots, known.relative * raw)


def _scatter(procedure: Procedure, points: Sequence[CalibrationPoint]) -> tuple[float, float]:
    """The pooled standard deviation of single readings, and its degrees of freedom.

    What varies beside a reference instrument in a verification is wind, sun or load itself, not the instrument: such
    points tell nothing of its scatter.
    """
    if procedure.method is Method.VERIFICATION:
        points = [one for one in points if procedure.point(one.point).source is not ReferenceSource.INSTRUMENT]
    freedom = sum(max(0, point.count - 1) for point in points)
    if freedom == 0:
        return 0.0, math.inf
    return math.sqrt(math.fsum((point.count - 1) * point.deviation**2 for point in points) / freedom), float(freedom)


def drift_until_due(
    before: Mapping[str, float], now: Mapping[str, float], days: float, interval_days: int
) -> float | None:
    """How far the error may wander until the next calibration, by its change since the last one at the same points.

    `before` and `now` are errors by point, in one unit or as shares. None where nothing can be compared. Two
    calibrations soon after each other differ by their scatter, which would fill any interval if it were continued like
    a drift.
    """
    changes = [abs(now[name] - before[name]) for name in now if name in before]
    return max(changes) * min(interval_days / days, MOST_AHEAD) if changes and days > 0 else None
