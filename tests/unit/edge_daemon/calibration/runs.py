# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs made from procedures that ship, for the tests beside this file. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from edge_daemon.calibration.judge import new_function, verdict
from edge_daemon.calibration.procedures import load_procedures, procedures_for
from edge_daemon.calibration.run import Run, begun
from edge_daemon.domain.procedure import Procedure
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.log.calibration_body import (
    CalibrationBody,
    CalibrationCommand,
    CalibrationConditions,
    CalibrationDecision,
    CalibrationPoint,
    CalibrationSkip,
    CalibrationStart,
    Stage,
)
from edge_daemon.log.calibration_values import value_of

DAY_NS = 86_400_000_000_000
STARTED_NS = 20_000 * DAY_NS
APPLIED = "2026-11-23T08:00:00.000000000Z"


KNOWN, MODELS = load_procedures(), load_catalogue()


def procedure_of(model: str, key: str) -> Procedure:
    return next(one for one in procedures_for(MODELS[model], KNOWN) if one.key == key)


@dataclass(frozen=True)
class Level:
    """What is presented at a point, and what the instrument says there."""

    reference: float
    raw: float
    deviation: float = 0.0
    count: int = 60
    expanded: float = 0.0
    standard: int | None = None
    auxiliary: Mapping[str, float] | None = None


STILL = Level(0.0, 0.02, auxiliary={"percentile95": 0.05})
"""Still air, as a sound anemometer shows it."""
PH = {
    "buffer_7": Level(
        7.0, 7.05, 0.001, expanded=0.02, standard=5, auxiliary={"ph_voltage": -12.4, "temperature": 25.0}
    ),
    "buffer_10": Level(
        10.01, 10.11, 0.001, expanded=0.02, standard=6, auxiliary={"ph_voltage": -186.1, "temperature": 25.0}
    ),
}


def start(model: str, key: str, **changes: object) -> Run:
    procedure = replace(procedure_of(model, key), **changes)  # type: ignore[arg-type]  # a test's own changes
    channel = MODELS[model].channel(procedure.channel)
    body = CalibrationStart("s1", model, "SN1", channel.name, channel.unit, procedure, "Ada", "1.0")
    return begun(100, STARTED_NS, body)


def then(run: Run, body: CalibrationBody) -> Run:
    return run.after(run.last + 1, STARTED_NS + (run.last + 1 - run.index), body)


def mine(run: Run, make: Callable[..., CalibrationBody], *args: object, **kwargs: object) -> CalibrationBody:
    """A body of this run: the fields that every entry of a run has are filled in."""
    return make(run.index, run.start.sensor, run.start.model, run.start.serial, *args, **kwargs)


def point(run: Run, stage: Stage, name: str, level: Level, **changes: object) -> CalibrationPoint:
    function = (new_function(run) if stage == "as_left" else None) or run.start.function
    body = CalibrationPoint(
        run=run.index,
        sensor=run.start.sensor,
        model=run.start.model,
        serial=run.start.serial,
        stage=stage,
        point=name,
        reference=level.reference,
        expanded_uncertainty=level.expanded,
        factor=2.0,
        standard=level.standard,
        applied=APPLIED,
        first=1,
        last=2,
        count=level.count,
        raw=level.raw,
        indication=value_of(function, level.raw),
        deviation=level.deviation,
        slope_per_minute=0.0,
        person="Ada",
        auxiliary=dict(level.auxiliary or {}),
    )
    return replace(body, **changes)  # type: ignore[arg-type]  # a test's own changes


def found(run: Run, levels: Mapping[str, Level], **values: float) -> Run:
    """With conditions and all as-found points taken; optional ones that have no level are left out."""
    run = then(run, mine(run, CalibrationConditions, values, "Ada"))
    return taken(run, "as_found", levels)


def taken(run: Run, stage: Stage, levels: Mapping[str, Level]) -> Run:
    while (run.step.kind, run.step.stage) == ("apply", stage):
        name = run.step.point
        if name in levels:
            run = then(run, point(run, stage, name, levels[name]))
        else:
            run = then(run, mine(run, CalibrationSkip, stage, name, "Ada"))
    return run


def decided(run: Run, *, adjust: bool) -> Run:
    return then(run, mine(run, CalibrationDecision, adjust, "Ada"))


def commanded(run: Run, *phases: str) -> Run:
    """With the open command sent, and what came of it."""
    for phase in phases:
        action = run.command_unanswered.action if run.command_unanswered else ""
        if phase == "sent" and run.step.command is not None:
            action = run.step.command.action
        run = then(run, mine(run, CalibrationCommand, phase, action, None, "Ada"))
    return run


def signed(run: Run) -> Run:
    return then(run, verdict(run, person="Ada", due="2027-11-23"))


def fresh_air(raw: float = 462.0, left: float = 426.0) -> Run:
    """A whole fresh-air run of an SCD30 that adjusts itself, up to the signature."""
    run = found(
        start("sensirion_scd30", "co2_fresh_air"),
        {"fresh_air": Level(425.0, raw, 1.0, expanded=20.0)},
        temperature=20.0,
        pressure=1000.0,
    )
    run = commanded(decided(run, adjust=True), "sent", "done")
    return taken(run, "as_left", {"fresh_air": Level(425.0, left, 1.0, expanded=20.0)})
