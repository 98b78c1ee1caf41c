# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a calibration report states of conformity, and what a person decided against the procedure. Makes parts of a
document, no bytes."""

from reportlab.platypus import Flowable

from edge_daemon.calibration.point_results import decision_rule
from edge_daemon.documents.calibration_joint import criteria
from edge_daemon.documents.calibration_record import CalibrationRecord
from edge_daemon.documents.numbers import plain
from edge_daemon.documents.sheet import STRONG, text
from edge_daemon.domain.procedure import Tolerance
from edge_daemon.log.calibration_body import Outcome
from edge_daemon.log.in_force import PASSED

OUTCOMES: dict[Outcome, str] = {
    "pass": "PASS: within tolerance, also at the edge of the uncertainty",
    "conditional_pass": "CONDITIONAL PASS: within tolerance, but closer to the limit than the uncertainty",
    "conditional_fail": "CONDITIONAL FAIL: outside tolerance, by less than the uncertainty",
    "fail": "FAIL: outside tolerance",
}


_TIMES = ("first", "second", "third", "fourth", "fifth")


def outcome_words(record: CalibrationRecord) -> str:
    """The verdict, and what of all that is judged decided it."""
    verdict = record.verdict
    points = verdict.as_left or verdict.as_found
    missed = [one.name for one in criteria(record, "as_left" if verdict.as_left else "as_found") if not one.met]
    if verdict.outcome in PASSED or not missed:
        return OUTCOMES[verdict.outcome]
    outside = any(one.outcome not in PASSED for one in points)
    begun = f"{OUTCOMES[verdict.outcome]}, and" if outside else "FAIL: each point is within tolerance, but"
    return f"{begun} what is judged over the points together is not met: {'; '.join(missed)}"


def conformity_part(record: CalibrationRecord) -> list[Flowable]:
    """Which specification the results meet, by which rule, and what follows."""
    verdict, tolerance = record.verdict, record.start.procedure.tolerance
    joint = ", and the limits beside each criterion that is judged over the points together"
    more = joint if criteria(record, "as_found") else ""
    rule = decision_rule((*verdict.as_found, *verdict.as_left))
    parts: list[Flowable] = [
        text(outcome_words(record), STRONG),
        text(
            f"Specification: {_tolerance(tolerance, record.start.unit)}, or what the tables above name for a point, "
            f"applied to every result above{more}. Decision rule: {rule}"
        ),
    ]
    if verdict.impact is not None:
        parts.append(
            text(
                "The instrument was outside tolerance as found. Its earlier readings are amended by log entry "
                f"{verdict.impact}, which states how far back and what is to be deducted."
            )
        )
    parts += [text(words) for words in _next(record)]
    if verdict.remarks:
        parts.append(text(f"Remarks (opinion of {verdict.person}): {verdict.remarks}"))
    return parts


def _next(record: CalibrationRecord) -> list[str]:
    """A next date only where this one holds, and a recommended interval only where the project's own plan asks for it
    (ISO/IEC 17025:2017, 7.8.4.3)."""
    verdict, procedure, planned = record.verdict, record.start.procedure, record.planned
    if verdict.outcome not in PASSED:
        return ["The instrument must be calibrated, and pass, before its values are relied on again."]
    if procedure.check_only or not verdict.due:
        return ["This was a check, not a calibration: it sets no date and moves none."]
    if not verdict.takes_effect:
        return []
    if planned is None:
        return [
            "The project's plan names no interval for this channel, so none is recommended here. The station takes the "
            f"calibration for valid until {verdict.due}, {procedure.interval_days} days by the procedure."
        ]
    follows = f", by {planned.methodology}" if planned.methodology else ""
    shorter = procedure.interval_days < planned.days
    ends = f"; the procedure's {procedure.interval_days} days end sooner" if shorter else ""
    return [
        f"The project's plan asks for a calibration every {planned.days} days (log entry {planned.index}{follows})"
        f"{ends}: the next one is due on {verdict.due}."
    ]


def _tolerance(tolerance: Tolerance, unit: str) -> str:
    if not tolerance.relative:
        return f"|error| ≤ {plain(tolerance.absolute)} {unit}"
    share = f"{plain(round(100 * tolerance.relative, 9))} % of the reference"
    if not tolerance.absolute:
        return f"|error| ≤ {share}"
    joined = "+" if tolerance.combine == "sum" else "or, where greater,"
    return f"|error| ≤ {plain(tolerance.absolute)} {unit} {joined} {share}"


def deviations_part(record: CalibrationRecord) -> list[Flowable]:
    """Where a person went another way than the procedure."""
    titles = {point.name: point.title for point in record.start.procedure.points}

    def named(stage: str, point: str) -> str:
        return f"{'As found' if stage == 'as_found' else 'As left'}, {titles.get(point, point)}"

    found = [
        f"{named(point.stage, point.point)}: taken although not stable ({', '.join(point.unmet)}); {point.override}"
        for _, _, point in record.points
        if point.override
    ]
    found += [
        f"{named(point.stage, point.point)}: an expired standard was used; {point.standard_override}"
        for _, _, point in record.points
        if point.standard_override
    ]
    found += [
        f"{named(skip.stage, skip.point)}: left out" + (f"; {skip.reason}" if skip.reason else "")
        for skip in record.left_out()
    ]
    found += [
        f"{named(point.stage, point.point)}: taken and taken again; the {_nth(place)} gave "
        f"{plain(point.indication, point.deviation)} at {plain(point.reference, point.expanded_uncertainty)} "
        f"{record.start.unit} (log entry {index})" + (f"; {reason}" if reason else "")
        for place, (index, _, point), reason in record.repeated()
    ]
    return [text(f"• {words}") for words in found] or [text("Nothing.")]


def _nth(place: int) -> str:
    return _TIMES[place - 1] if place <= len(_TIMES) else f"{place}th"
