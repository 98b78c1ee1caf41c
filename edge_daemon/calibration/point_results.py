# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A point judged: its error, how well the error is known, and whether it lies within the tolerance. Pure.

Source: calibration reference, sections 1.1 (decision rule) and 2.4 (budget).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from edge_daemon.domain.procedure import Procedure, ProcedurePoint, Tolerance
from edge_daemon.log.calibration_body import CalibrationPoint, Outcome, PointResult, Stage, Term, ValueFunction
from edge_daemon.log.calibration_values import value_of
from edge_daemon.metrology.conformity import conformity, simple_acceptance_is_fair
from edge_daemon.metrology.uncertainty import Budget, Contribution, budget, from_certificate, resolution

SEVERITY: Mapping[Outcome, int] = {"pass": 0, "conditional_pass": 1, "conditional_fail": 2, "fail": 3}
_OUTCOMES: tuple[Outcome, ...] = ("pass", "conditional_pass", "conditional_fail", "fail")


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """The worst of these. Raises ValueError for none: nothing judged is not passed."""
    return max(outcomes, key=SEVERITY.__getitem__)


def tolerance_of(procedure: Procedure, point: ProcedurePoint, stage: Stage = "as_found") -> Tolerance:
    """The tolerance that holds at this point of a stage."""
    if stage == "as_left" and point.tolerance_left is not None:
        return point.tolerance_left
    return procedure.tolerance if point.tolerance is None else point.tolerance


def error_of(procedure: Procedure, indication: float, reference: float) -> float:
    """Indication minus reference; the shorter way round on a full circle."""
    error = indication - reference
    circle = procedure.full_circle
    return (error + circle / 2) % circle - circle / 2 if circle else error


def judged_point(
    procedure: Procedure,
    point: ProcedurePoint,
    taken: CalibrationPoint,
    step: float | None = None,
    zero: CalibrationPoint | None = None,
    function: ValueFunction | None = None,
) -> PointResult:
    """The result of a point; `step` is the resolution in the channel's unit (None: the procedure's).

    The error counts from the one at `zero`, where that is given. `function` made the indication of raw.

    Raises ValueError for numbers that are not finite, which `checked_point` refuses before.
    """
    reference, error = taken.reference, error_of(procedure, taken.indication, taken.reference)
    if zero is not None:
        error -= error_of(procedure, zero.indication, zero.reference)
    found = _budget(procedure, taken, zero, procedure.resolution if step is None else step, function)
    limit = tolerance_of(procedure, point, taken.stage).at(reference)
    judged = conformity(error, limit, found.expanded, found.factor)
    return PointResult(
        point=point.name,
        reference=reference,
        indication=taken.indication,
        error=error,
        expanded_uncertainty=found.expanded,
        factor=found.factor,
        tolerance=limit,
        outcome=_OUTCOMES[_OUTCOMES.index(judged.verdict.value)],
        probability=judged.probability,
        budget=tuple(_term(contribution) for contribution in found.contributions),
    )


def repeatability(procedure: Procedure, taken: CalibrationPoint, function: ValueFunction | None = None) -> Contribution:
    """Of the point's mean value, which `function` makes of raw. A single reading tells nothing of its own scatter: then
    the procedure's limit stands in."""
    if taken.count < 2:
        return Contribution("repeatability", procedure.stable.deviation)
    low, high = (value_of(function, taken.raw + side * taken.deviation) for side in (-1, 1))
    return Contribution("repeatability", abs(high - low) / 2 / math.sqrt(taken.count), taken.count - 1)


def decision_rule(results: Iterable[PointResult]) -> str:
    """The rule in words, as a certificate prints it."""
    fair = all(simple_acceptance_is_fair(one.tolerance, one.expanded_uncertainty) for one in results)
    rule = (
        "guard band w = U (ILAC-G8, JCGM 106:2012), with the tolerance T and the expanded uncertainty U: pass where "
        "|error| ≤ T − U, fail where |error| > T + U, conditional between."
    )
    plain = " U is at most a quarter of T at every point, so simple acceptance (|error| ≤ T) would be fair too."
    return rule + plain if fair else rule


def _budget(
    procedure: Procedure,
    taken: CalibrationPoint,
    zero: CalibrationPoint | None,
    step: float,
    function: ValueFunction | None,
) -> Budget:
    terms = [
        from_certificate("reference", taken.expanded_uncertainty, taken.factor),
        repeatability(procedure, taken, function),
        resolution("resolution", step),
    ]
    if zero is not None:
        terms.append(from_certificate("reference at zero", zero.expanded_uncertainty, zero.factor))
        terms.append(replace(repeatability(procedure, zero, function), name="repeatability at zero"))
        terms.append(resolution("resolution at zero", step))
    return budget(terms)


def _term(contribution: Contribution) -> Term:
    freedom = contribution.degrees_of_freedom
    return Term(
        name=contribution.name,
        standard=contribution.standard,
        distribution=contribution.distribution,
        degrees_of_freedom=None if math.isinf(freedom) else freedom,
    )
