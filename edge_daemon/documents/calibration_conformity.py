# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a calibration report states of conformity, and what a person decided against the procedure. Makes parts of a
document, no bytes."""

from reportlab.platypus import Flowable

from edge_daemon.calibration.point_checks import DOUBTED
from edge_daemon.calibration.point_results import decision_rule, worst
from edge_daemon.documents.calibration_identity import identity_words
from edge_daemon.documents.calibration_joint import criteria
from edge_daemon.documents.calibration_record import CalibrationRecord
from edge_daemon.documents.calibration_standards import expired
from edge_daemon.documents.numbers import plain
from edge_daemon.documents.sheet import ALARM, STRONG, text
from edge_daemon.domain.procedure import Tolerance
from edge_daemon.log.calibration_body import CalibrationPoint, Outcome, Stage
from edge_daemon.log.in_force import PASSED
from edge_daemon.metrology.stability import Unmet

OUTCOMES: dict[Outcome, str] = {
    "pass": "PASS: within tolerance, also at the edge of the uncertainty",
    "conditional_pass": "CONDITIONAL PASS: within tolerance, but closer to the limit than the uncertainty",
    "conditional_fail": "CONDITIONAL FAIL: outside tolerance, by less than the uncertainty",
    "fail": "FAIL: outside tolerance",
}


_UNMET: dict[str, str] = {
    Unmet.SETTLING: "the standard had not stood there for as long as the procedure asks",
    Unmet.WINDOW: "too few readings had come",
    Unmet.DEVIATION: "the readings scattered too much",
    Unmet.SLOPE: "the readings still drifted",
    Unmet.OUTLIERS: "single readings jumped",
    DOUBTED: "the instrument itself doubted its readings",
}
_TIMES = ("first", "second", "third", "fourth", "fifth")


def outcome_words(record: CalibrationRecord) -> tuple[str, ...]:
    """A statement for each stage, which names the results that it is about (ISO/IEC 17025:2017, 7.8.6.2 a), and what of
    all that is judged decided it."""
    verdict = record.verdict
    if not verdict.as_left:
        return (f"As found: {_decided(record, 'as_found')}",)
    found = worst(one.outcome for one in verdict.as_found) if verdict.as_found else None
    told = "not taken" if found is None else _outcome(record, "as_found", found)
    return f"As found: {told}", f"As left: {_decided(record, 'as_left')}"


def outcome_lines(record: CalibrationRecord) -> list[Flowable]:
    """The same as lines of the document; what is outside tolerance stands out."""
    return [text(words, ALARM if "FAIL" in words else STRONG) for words in outcome_words(record)]


def _decided(record: CalibrationRecord, stage: Stage) -> str:
    outcome = record.verdict.outcome
    return OUTCOMES[outcome] if outcome in PASSED else _outcome(record, stage, outcome)


def _outcome(record: CalibrationRecord, stage: Stage, outcome: Outcome) -> str:
    points = record.verdict.as_found if stage == "as_found" else record.verdict.as_left
    missed = [one.name for one in criteria(record, stage) if not one.met]
    outside = any(one.outcome not in PASSED for one in points)
    if not missed:
        return OUTCOMES[outcome]
    begun = f"{OUTCOMES[outcome]}, and" if outside else "FAIL: each point is within tolerance, but"
    return f"{begun} what is judged over the points together is not met: {'; '.join(missed)}"


def conformity_part(record: CalibrationRecord) -> list[Flowable]:
    """Which specification the results meet, by which rule, and what follows."""
    verdict, tolerance = record.verdict, record.start.procedure.tolerance
    joint = ", and the limits beside each criterion that is judged over the points together"
    more = joint if criteria(record, "as_found") else ""
    rule = decision_rule((*verdict.as_found, *verdict.as_left))
    parts: list[Flowable] = [
        *outcome_lines(record),
        text(
            f"Specification: {_tolerance(tolerance, record.start.unit)}, or what the tables above name for a point"
            f"{more}. It was applied to the results of each stage by itself. Decision rule: {rule}"
        ),
    ]
    if verdict.impact is not None:
        parts.append(
            text(
                "The instrument was outside tolerance as found. Its earlier readings are amended by log entry "
                f"{verdict.impact}, which states how far back and what is to be deducted."
            )
        )
    if record.closed_log is not None:
        parts.append(text(record.closed_log.words(record.start.channel)))
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
        f"{named(point.stage, point.point)}: taken although not stable{_because(point)}; {point.override}"
        for _, _, point in record.points
        if point.override
    ]
    found += [
        f"Command {command.action.replace('_', ' ')} sent although the signal was not stable; {command.override} "
        f"(log entry {index})"
        for index, command in record.commands
        if command.phase == "sent" and command.override
    ]
    found += [
        f"{named(point.stage, point.point)}: {_against_the_register(record, t_ns, point)}; {point.standard_override}"
        for _, t_ns, point in record.points
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
    found += identity_words(record)
    return [text(f"• {words}") for words in found] or [text("Nothing.")]


def _because(point: CalibrationPoint) -> str:
    """Why it was not, in brackets; a condition that is not known here by its own name."""
    words = ", ".join(_UNMET.get(one, one.replace("_", " ")) for one in point.unmet)
    return f" ({words})" if words else ""


def _against_the_register(record: CalibrationRecord, t_ns: int, point: CalibrationPoint) -> str:
    standard = None if point.standard is None else record.standards.get(point.standard)
    if standard is None or expired(standard, t_ns):
        return "an expired standard was used"
    return f"{standard.name} was used although the register says otherwise"


def _nth(place: int) -> str:
    if place <= len(_TIMES):
        return _TIMES[place - 1]
    teen = place % 100 in {11, 12, 13}
    return f"{place}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(place % 10, 'th')}"
