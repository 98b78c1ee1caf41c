# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on calibrating a sensor step by step, and on the persons who sign. They wait for the log and the device."""

from collections.abc import Sequence
from dataclasses import asdict

from fastapi import APIRouter

from edge_daemon.api import messages_calibration as mc
from edge_daemon.api.routes_standards import attached
from edge_daemon.api.routes_station import Wired
from edge_daemon.domain.faults import Unknown
from edge_daemon.domain.procedure import Procedure
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.calibration_body import CalibrationVerdict
from edge_daemon.station.calibration_answers import Answer
from edge_daemon.station.calibration_signal import Judged
from edge_daemon.station.calibration_situation import PointTaken, Situation

router = APIRouter(prefix="/api", tags=["calibration"])


@router.get("/sensors/{sensor_id}/procedures")
def procedures(sensor_id: str, wired: Wired) -> tuple[mc.ProcedureMessage, ...]:
    """How this sensor's model can be verified or calibrated, the usual way first."""
    units = {spec.name: spec.unit for spec in wired.calibration.model(sensor_id).channels}
    return tuple(_procedure(one, units[one.channel]) for one in wired.calibration.procedures(sensor_id))


@router.post("/sensors/{sensor_id}/calibration", status_code=201)
def begin(sensor_id: str, new: mc.NewRun, wired: Wired) -> mc.RunMessage:
    """Begin a run. Its sensor's readings are marked and kept out of summaries until it ends."""
    return _run(wired.calibration.begin(sensor_id, new.procedure, new.person, new.place))


@router.get("/sensors/{sensor_id}/calibration")
def present(sensor_id: str, wired: Wired) -> mc.RunMessage:
    """The run under way, or the last one, as it stands now."""
    found = wired.calibration.present(sensor_id)
    if found is None:
        raise Unknown(f"this log tells of no calibration of {sensor_id} yet")
    return _run(found)


@router.post("/sensors/{sensor_id}/calibration/answer")
def answer(sensor_id: str, told: mc.StepAnswer, wired: Wired) -> mc.RunMessage:
    """Answer the open step; the reply shows the next one. Files are kept before it."""
    files = attached(wired, told.files)
    answered = Answer(told.step, told.choice, told.values, told.reason, told.person, told.confirmed, files)
    return _run(wired.calibration.answer(sensor_id, answered))


@router.delete("/sensors/{sensor_id}/calibration")
def abort(sensor_id: str, reason: str, person: str, wired: Wired) -> mc.RunMessage:
    """Give the run up. After a command to the instrument, the as-left points come first."""
    return _run(wired.calibration.abort(sensor_id, reason, person))


@router.get("/persons")
def persons(wired: Wired) -> tuple[mc.PersonMessage, ...]:
    """Everybody who can sign."""
    return tuple(mc.PersonMessage(name=name) for name in wired.persons.names())


@router.post("/persons", status_code=201)
def add_person(new: mc.NewPerson, wired: Wired) -> mc.PersonMessage:
    """Enter a person who signs; a note in the log says so."""
    return mc.PersonMessage(name=wired.persons.add(new.name, new.pin))


@router.post("/persons/pin")
def change_pin(new: mc.NewPin, wired: Wired) -> mc.PersonMessage:
    """Change a PIN, by the one until now, or by a witness where it was forgotten; a note in the log says so."""
    if new.forgotten:
        return mc.PersonMessage(name=wired.persons.reset(new.name, new.new_pin, by=new.witness, by_pin=new.pin))
    return mc.PersonMessage(name=wired.persons.change(new.name, new.pin, new.new_pin))


@router.post("/persons/removal")
def remove_person(leaving: mc.LeavingPerson, wired: Wired) -> mc.PersonMessage:
    """Take a person off who signs no more, by that person's PIN; a note in the log says so. What was signed stays."""
    return mc.PersonMessage(name=wired.persons.remove(leaving.name, leaving.pin))


def _procedure(one: Procedure, unit: str) -> mc.ProcedureMessage:
    return mc.ProcedureMessage(
        key=one.key,
        title=one.title,
        channel=one.channel,
        unit=unit,
        points=tuple(point.title for point in one.points),
        adjustment=one.adjustment,
        interval_days=one.interval_days,
        preparation=one.preparation,
        source=one.source,
        changes_device=one.adjustment == "device",
    )


def _run(now: Situation) -> mc.RunMessage:
    run, end = now.run, now.run.end
    verdict = end if isinstance(end, CalibrationVerdict) else None
    return mc.RunMessage(
        index=run.index,
        sensor_id=run.start.sensor,
        model=run.start.model,
        serial=run.start.serial,
        procedure=run.procedure.key,
        title=run.procedure.title,
        channel=run.start.channel,
        unit=run.start.unit,
        decimals=now.decimals,
        state=run.state,
        person=run.start.person,
        started=rfc3339_from_ns(run.started_ns),
        step=mc.StepMessage.model_validate(asdict(now.page)),
        points=_points(now.points),
        live=None if now.live is None else _live(now.live),
        conditions=dict(run.conditions.values) if run.conditions else {},
        outcome=run.outcome,
        verdict=run.ended_at if verdict else None,
        summary=now.summary,
        words=now.words,
        device_changed=run.device_changed,
    )


def _points(points: Sequence[PointTaken]) -> tuple[mc.PointMessage, ...]:
    return tuple(
        mc.PointMessage(
            index=one.index,
            stage=one.body.stage,
            point=one.body.point,
            title=one.title,
            reference=one.body.reference,
            indication=one.body.indication,
            error=one.result.error,
            expanded_uncertainty=one.result.expanded_uncertainty,
            tolerance=one.result.tolerance,
            outcome=one.result.outcome,
            overridden=one.body.override or one.body.standard_override,
            repeated=one.repeated,
        )
        for one in points
    )


def _live(judged: Judged) -> mc.LiveSignal:
    last, found, limits = judged.last, judged.stability, judged.limits
    return mc.LiveSignal(
        raw=last.raw if last else None,
        value=judged.shown,
        time=rfc3339_from_ns(last.t_ns) if last else None,
        stable=judged.stable,
        unmet=judged.unmet,
        remaining_s=judged.remaining_s,
        window_s=limits.window_s if limits else 0.0,
        mean=found.mean if found else None,
        deviation=found.deviation if found else None,
        deviation_limit=limits.deviation if limits else None,
        slope_per_minute=found.slope_per_minute if found else None,
        slope_limit=limits.slope_per_minute if limits else None,
        trail=judged.trail,
        silent=judged.silent,
        warming_s=judged.warming_s,
    )
