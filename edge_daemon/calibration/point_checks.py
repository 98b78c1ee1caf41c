# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a point, and a stage's points together, must be before anything is concluded from them. Pure.

Each refusal is a BadInput of its own that says what to do.
"""

import math
from collections.abc import Iterator, Mapping
from itertools import combinations

from edge_daemon.calibration.agreement import LEAST_COMPARED, comparison
from edge_daemon.calibration.point_results import error_of, tolerance_of
from edge_daemon.calibration.procedure_check import least_points
from edge_daemon.calibration.run import Run, Taken
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.procedure import Method, Procedure, ProcedurePoint, ReferenceSource
from edge_daemon.log.calibration_body import CalibrationPoint, Stage

DOUBTED = "instrument"
"""Among the conditions of a point that were not met: the instrument itself doubts its readings."""
DOUBTED_HELP = (
    "by its own status the instrument does not measure as it should, and no reason lifts that: look at what it "
    "reports, clear its path and check its supply, and wait until its status is good"
)

_DISTINCT = (Method.TWO_POINTS, Method.POLYNOMIAL, Method.SEGMENTS)


def check_reference(point: ProcedurePoint, reference: float) -> None:
    """Refuses a reference value outside what the point takes. To be asked before the signal settles."""
    if not math.isfinite(reference):
        raise BadInput(point.title, reference, "a number is needed as the reference value")
    if not point.lowest <= reference <= point.highest:
        raise BadInput(
            point.title,
            reference,
            f"{point.lowest:g} to {point.highest:g} is allowed here: choose the standard that belongs to this point",
        )


def check_choice(run: Run, stage: Stage, point: ProcedurePoint, reference: float, standard: int | None) -> None:
    """Refuses a standard that was used at another point of this stage, or that comes out of order.

    To be asked with the chosen standard before the signal settles.
    """
    check_reference(point, reference)
    others = {name: one for name, one in run.taken(stage).items() if name != point.name}
    _check_repeated(run.procedure, point, reference, standard, others)
    _check_same(run.procedure, point, reference, others)
    _check_share(run.procedure, point, reference, others)
    if run.procedure.ascending:
        _check_order(run.procedure, point, reference, others)


def check_point(run: Run, point: CalibrationPoint) -> None:
    """Refuses a point whose numbers cannot be true. To be asked before its entry is written. Raises BadInput."""
    spec = run.procedure.point(point.point)
    numbers = (point.reference, point.indication, point.raw, point.deviation, point.slope_per_minute)
    if not all(math.isfinite(number) for number in (*numbers, point.expanded_uncertainty, point.factor)):
        raise BadInput(
            spec.title, "no number", "the instrument gave no usable readings: check it, then take the point again"
        )
    if point.expanded_uncertainty < 0 or point.factor <= 0:
        raise BadInput(
            spec.title, point.expanded_uncertainty, "an uncertainty of at least 0 with a factor above 0 is needed"
        )
    if point.count < 1:
        raise BadInput(spec.title, point.count, "no reading came in: check the cable, then take the point again")
    check_choice(run, point.stage, spec, point.reference, point.standard)
    _check_scale(run.procedure, spec, point)
    if run.procedure.status_ok and DOUBTED in point.unmet:
        raise BadInput(spec.title, DOUBTED, DOUBTED_HELP)
    if point.unmet and not point.override.strip():
        raise BadInput(
            spec.title,
            ", ".join(point.unmet),
            "the signal is not stable yet: wait, or give a reason for taking it all the same",
        )


def check_stage(run: Run, stage: Stage) -> None:
    """Refuses points that contradict each other or are too few. To be asked before deciding and signing."""
    taken = run.taken(stage)
    for name, one in taken.items():
        check_point(run, one.body)
        if run.procedure.point(name).source is ReferenceSource.STANDARD:
            _check_swapped(run.procedure, taken, name)
    counted = [name for name in taken if run.procedure.point(name).adjusts]
    if len(counted) < least_points(run.procedure):
        raise BadInput(
            "points", len(counted), f"{least_points(run.procedure)} at least are needed: take the points left out"
        )
    if run.procedure.check == "comparison" and comparison(run, stage) is None:
        raise BadInput(
            "points",
            ", ".join(f"{one.body.reference:g}" for one in taken.values()),
            f"{LEAST_COMPARED} different values of the reference at least are needed to compare with: take one of the "
            "points again at another time, or one that was left out",
        )


def _check_repeated(
    procedure: Procedure,
    point: ProcedurePoint,
    reference: float,
    standard: int | None,
    others: Mapping[str, Taken],
) -> None:
    for other in _distinct_from(procedure, point, others):
        # A reference instrument shows many values; a standard has one.
        same_standard = (
            point.source is ReferenceSource.STANDARD and standard is not None and other.body.standard == standard
        )
        if same_standard or other.body.reference == reference:
            raise BadInput(
                point.title,
                reference,
                f"this standard was presented at {procedure.point(other.body.point).title} already: "
                "choose another one, or take that point again",
            )


def _check_same(procedure: Procedure, point: ProcedurePoint, reference: float, others: Mapping[str, Taken]) -> None:
    """A level that is presented again needs its own standard: the difference to another would count as the sensor's."""
    if point.source is ReferenceSource.INSTRUMENT:
        return
    for name, taken in others.items():
        other = procedure.point(name)
        if (point.repeats == name or other.repeats == point.name) and taken.body.reference != reference:
            raise BadInput(
                point.title,
                reference,
                f"the same standard as at {other.title} is needed here: take the one of {taken.body.reference:g} again",
            )


def _distinct_from(procedure: Procedure, point: ProcedurePoint, others: Mapping[str, Taken]) -> Iterator[Taken]:
    """The points whose standards must differ from this one's; levels presented again on purpose are not among them.

    Nor are, of a verification, several times of the same: they allow for the same references.
    """
    if procedure.method not in {*_DISTINCT, Method.VERIFICATION}:
        return
    level = point.repeats or point.name
    for name, taken in others.items():
        other = procedure.point(name)
        several = procedure.method is Method.VERIFICATION and other.lowest == point.lowest
        if (other.repeats or name) != level and not several:
            yield taken


def _check_share(procedure: Procedure, point: ProcedurePoint, reference: float, others: Mapping[str, Taken]) -> None:
    first = procedure.points[0]
    if point.share is None or first.name not in others:
        return
    whole = others[first.name].body.reference
    low, high = (share * whole for share in point.share)
    if not low <= reference <= high:
        raise BadInput(
            point.title,
            reference,
            f"{low:g} to {high:g} is allowed here, since the reference was {whole:g} at {first.title}: set the load "
            "that belongs to this point",
        )


def _check_order(procedure: Procedure, point: ProcedurePoint, reference: float, others: Mapping[str, Taken]) -> None:
    names = [one.name for one in procedure.points]
    place = names.index(point.name)
    for name, taken in others.items():
        before = names.index(name) < place
        wrong = taken.body.reference >= reference if before else taken.body.reference <= reference
        if wrong:
            raise BadInput(
                point.title,
                reference,
                f"the standards go upwards, from clean to dirty: {procedure.point(name).title} was at "
                f"{taken.body.reference:g}. Rinse, and present them in order",
            )


def _check_scale(procedure: Procedure, spec: ProcedurePoint, point: CalibrationPoint) -> None:
    if procedure.span is None:
        return
    low, high = procedure.span
    if not low <= point.raw <= high:
        raise BadInput(
            spec.title,
            point.raw,
            f"the instrument reads {low:g} to {high:g} only: it is off scale. Check standard and instrument",
        )


def _check_swapped(procedure: Procedure, taken: Mapping[str, Taken], name: str) -> None:
    """Two standards are swapped where each is read as the other one and neither as itself."""
    for first, second in combinations(taken.values(), 2):
        if name == first.body.point and _reads_as(procedure, first, second) and _reads_as(procedure, second, first):
            titles = [procedure.point(one.body.point).title for one in (first, second)]
            raise BadInput(
                " and ".join(titles),
                f"{first.body.indication:g} and {second.body.indication:g}",
                "the two standards look swapped: take both points again, each in its own standard",
            )


def _reads_as(procedure: Procedure, one: Taken, other: Taken) -> bool:
    """Whether the reading at `one` is far from its own reference and near that of `other`."""
    own = abs(error_of(procedure, one.body.indication, one.body.reference))
    there = abs(error_of(procedure, one.body.indication, other.body.reference))
    limit = tolerance_of(procedure, procedure.point(one.body.point)).at(one.body.reference)
    return own > 2 * limit and there < own / 4
