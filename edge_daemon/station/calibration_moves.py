# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What an answer to a step puts on record: the bodies of a run's entries. Pure."""

from collections.abc import Mapping
from typing import Literal

from edge_daemon.calibration.judge import RULES, as_found_results
from edge_daemon.calibration.references import check_conditions
from edge_daemon.calibration.run import Run
from edge_daemon.calibration.steps import Step
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.attachment_body import AttachmentBody
from edge_daemon.log.calibration_body import (
    CalibrationAbort,
    CalibrationCommand,
    CalibrationConditions,
    CalibrationDecision,
    CalibrationPoint,
    CalibrationReturned,
    CalibrationSkip,
    Stage,
)
from edge_daemon.station.calibration_answers import Given
from edge_daemon.station.calibration_pages import NOTE
from edge_daemon.station.calibration_references import Applied
from edge_daemon.station.calibration_taking import Numbers

CameOfIt = Literal["done", "failed", "unanswered"]


def conditions(
    run: Run, values: Mapping[str, Given], person: str, files: tuple[AttachmentBody, ...] = ()
) -> CalibrationConditions:
    """The circumstances as they were typed, and pictures of the instrument's condition."""
    start = run.start
    numbers = {name: float(value) for name, value in values.items() if name != NOTE}
    note = str(values.get(NOTE, ""))
    return CalibrationConditions(run.index, start.sensor, start.model, start.serial, numbers, person, note, files)


def check_conditions_of(run: Run, body: CalibrationConditions) -> None:
    """Raises BadInput naming the field where a point's reference value cannot be told by them."""
    try:
        check_conditions(run.procedure.points, body.values)
    except BadInput as wrong:
        known = {one.name for one in run.procedure.conditions}
        field = f"values.{wrong.field}" if wrong.field in known else wrong.field
        raise BadInput(field, wrong.value, wrong.allowed) from wrong


def skip(run: Run, step: Step, person: str, reason: str) -> CalibrationSkip:
    """The step's point is left out."""
    start = run.start
    assert step.stage is not None, "only points are left out"
    return CalibrationSkip(
        run.index, start.sensor, start.model, start.serial, step.stage, step.point, person, reason.strip()
    )


def decision(run: Run, person: str, reason: str, *, adjust: bool) -> CalibrationDecision:
    """What is done after as-found."""
    start = run.start
    return CalibrationDecision(run.index, start.sensor, start.model, start.serial, adjust, person, reason.strip())


def sent(
    run: Run, action: str, argument: float | None, person: str, applied: Applied, override: str
) -> CalibrationCommand:
    """A command is about to go out, while `applied` stands before the instrument."""
    start = run.start
    return CalibrationCommand(
        run.index,
        start.sensor,
        start.model,
        start.serial,
        "sent",
        action,
        argument,
        person,
        reference=applied.reference.value,
        standard=applied.standard,
        override=override,
        reference_by=applied.by,
        reference_instrument=applied.instrument,
    )


def answered(run: Run, command: CalibrationCommand, answer: str, phase: CameOfIt) -> CalibrationCommand:
    """What came of it."""
    start = run.start
    return CalibrationCommand(
        run.index,
        start.sensor,
        start.model,
        start.serial,
        phase,
        command.action,
        command.argument,
        command.person,
        answer,
    )


def abort(run: Run, reason: str, person: str) -> CalibrationAbort:
    """The run is given up; what was found stays told."""
    start = run.start
    found = as_found_results(run)
    why, who = reason.strip(), person.strip()
    return CalibrationAbort(run.index, start.sensor, start.model, start.serial, why, who, found, rules=RULES)


def returned(run: Run, person: str) -> CalibrationReturned:
    """The sensor is back in its place and measures what it should."""
    start = run.start
    return CalibrationReturned(run.index, start.sensor, start.model, start.serial, person.strip())


def point(
    run: Run,
    stage: Stage,
    name: str,
    applied: Applied,
    applied_ns: int,
    numbers: Numbers,
    person: str,
    override: str,
    repeat_reason: str = "",
) -> CalibrationPoint:
    """A point with its numbers. `applied_ns` is since when, UTC, the standard stood there without an interruption."""
    start = run.start
    return CalibrationPoint(
        run=run.index,
        sensor=start.sensor,
        model=start.model,
        serial=start.serial,
        stage=stage,
        point=name,
        reference=applied.reference.value,
        expanded_uncertainty=applied.reference.expanded_uncertainty,
        factor=applied.reference.factor,
        standard=applied.standard,
        applied=rfc3339_from_ns(applied_ns),
        first=numbers.first,
        last=numbers.last,
        count=numbers.count,
        raw=numbers.raw,
        indication=numbers.indication,
        deviation=numbers.deviation,
        slope_per_minute=numbers.slope_per_minute,
        person=person,
        unmet=numbers.unmet,
        override=override.strip(),
        standard_override=applied.override,
        auxiliary=numbers.auxiliary,
        repeat_reason=repeat_reason.strip(),
        reference_by=applied.by,
        reference_instrument=applied.instrument,
        standard_celsius=applied.celsius,
    )
