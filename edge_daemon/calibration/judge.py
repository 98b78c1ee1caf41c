# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The judgement of a run: what was found, whether it may be adjusted, and the verdict. Pure.

Source: calibration reference, section 1.1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from edge_daemon.calibration.adjusting import IDENTITY, Fitted, fitted
from edge_daemon.calibration.agreement import judged_together
from edge_daemon.calibration.electrode_check import check_electrode, electrode_result
from edge_daemon.calibration.point_checks import check_stage
from edge_daemon.calibration.point_results import SEVERITY, judged_point, tolerance_of, worst
from edge_daemon.calibration.run import Run
from edge_daemon.calibration.value_uncertainty import (
    STILL,
    Wander,
    drift_until_due,
    is_share,
    of_device,
    of_software,
    of_verified,
)
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.procedure import Method
from edge_daemon.log.calibration_body import (
    CalibrationVerdict,
    Outcome,
    PointResult,
    Stage,
    ValueFunction,
    ValueUncertainty,
)
from edge_daemon.log.calibration_due import MOST_DAYS
from edge_daemon.log.in_force import PASSED
from edge_daemon.metrology.adjustment import drift_per_year
from edge_daemon.metrology.drift import LEAST_DAYS, error_at

_NS_PER_DAY = 86_400_000_000_000
GOOD = PASSED
RULES = "2"
"""Raised with every change of what a run's entries give: a verifier judges again by the rules that it has."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The instrument's calibration in force when the run began: its entry's index, when it was made, its results, and
    how uncertain values are by it."""

    index: int
    made_ns: int
    results: tuple[PointResult, ...] = ()
    uncertainty: ValueUncertainty | None = None

    @staticmethod
    def of_verdict(index: int, made_ns: int, body: CalibrationVerdict) -> "Earlier":
        """A run's: what it left, or where nothing was adjusted what it found."""
        return Earlier(index, made_ns, body.as_left or body.as_found)


def results(run: Run, stage: Stage) -> tuple[PointResult, ...]:
    """The points of a stage that count, judged, in the procedure's order."""
    taken = run.taken(stage)
    zero = taken[run.procedure.zero_point].body if run.procedure.zero_point in taken else None
    function = (new_function(run) if stage == "as_left" else None) or run.start.function
    return tuple(
        judged_point(run.procedure, run.procedure.point(name), one.body, zero=zero, function=function)
        for name, one in taken.items()
    )


def as_found_results(run: Run) -> tuple[PointResult, ...]:
    """The as-found points judged, in the procedure's order: of a point taken again the worst, so that what was found
    once cannot be repeated away."""
    taken = run.taken("as_found")
    zero = taken[run.procedure.zero_point].body if run.procedure.zero_point in taken else None
    found: list[PointResult] = []
    for name in taken:
        every = (one.body for one in run.points if (one.body.stage, one.body.point) == ("as_found", name))
        point, made = run.procedure.point(name), run.start.function
        judged = [judged_point(run.procedure, point, one, zero=zero, function=made) for one in every]
        found.append(max(judged, key=lambda one: (SEVERITY[one.outcome], abs(one.error) / (one.tolerance or 1.0))))
    return tuple(found)


def as_found_outcome(run: Run) -> Outcome:
    """The worst of the as-found points and of what is judged of them together. Raises BadInput as `check_stage`."""
    check_stage(run, "as_found")
    return _outcome(run, "as_found")


def failed_once(run: Run, point: str) -> bool:
    """Whether this point was found outside its limits, at whatever time it was taken."""
    return any(one.point == point and one.outcome not in GOOD for one in as_found_results(run))


def must_adjust(run: Run) -> bool:
    """Whether the as-found points lie outside the tolerance; leaving it so needs a reason. Raises as above."""
    return as_found_outcome(run) not in GOOD


def why_not_adjust(run: Run) -> BadInput | None:
    """What keeps the run from being adjusted; None where it may be."""
    if run.procedure.method is Method.VERIFICATION:
        return BadInput("adjustment", run.procedure.title, "this instrument is verified only, never adjusted here")
    try:
        check_stage(run, "as_found")
        check_electrode(run)
        if run.procedure.adjustment == "software":
            fitted(run)
    except BadInput as refusal:
        return refusal
    return None


def may_adjust(run: Run) -> bool:
    """Whether nothing keeps the run from being adjusted."""
    return why_not_adjust(run) is None


def new_function(run: Run) -> ValueFunction | None:
    """The function that holds once the run is signed, by which as-left indications are computed from raw.

    None: the one in force stays. An instrument that adjusted itself gives its values unchanged; one that refused to is
    what it was. Raises BadInput.
    """
    if run.device_changed:
        return IDENTITY
    return fitted(run).function if run.adjusts and run.procedure.adjustment == "software" else None


def due_on(run: Run, outcome: Outcome, day: date, plan_days: int | None = None) -> str:
    """The date until which a verdict given on `day` holds, by the procedure's interval or the plan's, whichever ends
    first: that day itself where it is none to rely on, no date for a mere check."""
    if run.procedure.check_only:
        return ""
    days = min(run.procedure.interval_days, MOST_DAYS if plan_days is None else plan_days)
    return (day + timedelta(days=days if outcome in GOOD else 0)).isoformat()


def outcome_of(run: Run) -> Outcome:
    """The outcome of the whole run: as left where there is such, else as found. Raises BadInput."""
    stage: Stage = "as_left" if run.adjusts or run.device_touched else "as_found"
    check_stage(run, "as_found")
    check_stage(run, stage)
    return _outcome(run, stage)


def drift(run: Run, before: Earlier | None) -> dict[str, float]:
    """Change of the error per year since the calibration before, by point; empty where nothing can be compared, or less
    than a day lies between."""
    days = 0.0 if before is None else (run.started_ns - before.made_ns) / _NS_PER_DAY
    if before is None or days < LEAST_DAYS:
        return {}
    found = results(run, "as_found")
    left = _errors_then(run, before, found)
    return {one.point: drift_per_year(left[one.point], one.error, days) for one in found if one.point in left}


def verdict(
    run: Run,
    *,
    person: str,
    due: str,
    second_person: str = "",
    before: Earlier | None = None,
    remarks: str = "",
    impact: int | None = None,
) -> CalibrationVerdict:
    """The verdict of a run that is ready to be signed.

    Raises BadInput, each with its own words, for standards out of order or presented twice, numbers that cannot be
    true, a point off scale or not stable, swapped standards, too few points, a function outside the procedure's limits
    and an electrode that is worn; and Conflict (`OutOfOrder`) where the run is not ready.
    """
    outcome = outcome_of(run)
    found = fitted(run) if run.adjusts and run.procedure.adjustment == "software" else None
    if found is not None:
        check_electrode(run)
    as_found, as_left = as_found_results(run), results(run, "as_left")
    holds = outcome in GOOD and not run.procedure.check_only
    body = CalibrationVerdict(
        run=run.index,
        sensor=run.start.sensor,
        model=run.start.model,
        serial=run.start.serial,
        channel=run.start.channel,
        outcome=outcome,
        as_found=as_found,
        as_left=as_left,
        # What the device has changed cannot be ignored, however it came out.
        takes_effect=holds or run.device_changed,
        device_adjusted=run.device_changed,
        person=person,
        due=due,
        function=new_function(run),
        uncertainty=_uncertainty(run, found, before),
        fit=found.fit if found else None,
        electrode=electrode_result(run),
        before=before.index if before else None,
        impact=impact,
        second_person=second_person,
        remarks=remarks,
        rules=RULES,
    )
    run.after(run.last + 1, run.started_ns, body)
    return body


def _outcome(run: Run, stage: Stage) -> Outcome:
    outcomes = [one.outcome for one in (as_found_results(run) if stage == "as_found" else results(run, stage))]
    electrode = electrode_result(run)
    together = (electrode is None or electrode.accepted, *(met for _, met in judged_together(run, stage)))
    return worst([*outcomes, "pass" if all(together) else "fail"])


def _uncertainty(run: Run, found: Fitted | None, before: Earlier | None) -> ValueUncertainty | None:
    if run.procedure.check_only:
        return None
    wander = _drift_until_due(run, before)
    if found is not None:
        return of_software(run, found, wander)
    if run.device_changed:
        return of_device(run, results(run, "as_left"), wander)
    return of_verified(run, results(run, "as_found"), wander, before.uncertainty if before else None)


def _drift_until_due(run: Run, before: Earlier | None) -> Wander:
    if before is None:
        return STILL
    found, shares = results(run, "as_found"), is_share(run.procedure)
    now, then = {one.point: one.error for one in found}, _errors_then(run, before, found)
    if shares:
        levels = {one.point: abs(one.reference) for one in found if one.reference}
        now, then = _shares(now, levels), _shares(then, levels)
    days = (run.started_ns - before.made_ns) / _NS_PER_DAY
    drift = drift_until_due(then, now, days, run.procedure.interval_days) or 0.0
    return Wander(relative=drift) if shares else Wander(drift)


def _shares(errors: Mapping[str, float], levels: Mapping[str, float]) -> dict[str, float]:
    """The errors by point as shares of what stood there."""
    return {name: error / levels[name] for name, error in errors.items() if name in levels}


def _errors_then(run: Run, before: Earlier, now: Sequence[PointResult]) -> dict[str, float]:
    """The errors of the calibration before by point, each brought to the reference of today."""
    allowed = {point.name: tolerance_of(run.procedure, point) for point in run.procedure.points}
    then = {one.point: one for one in before.results}
    return {
        one.point: error_at(
            then[one.point].error,
            allowed[one.point].at(then[one.point].reference) or 1.0,
            allowed[one.point].at(one.reference) or 1.0,
        )
        for one in now
        if one.point in then
    }
