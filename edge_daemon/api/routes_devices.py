# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on the device behind a sensor: who it is, its settings, its actions. They wait for the device."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from edge_daemon.api import messages_devices as m
from edge_daemon.api.routes_station import Wired
from edge_daemon.api.services import Services
from edge_daemon.domain.faults import Fault
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.instruments.driver import Action, Setting
from edge_daemon.station.device_settings import Held, Written
from edge_daemon.station.setting_risks import ConfirmationNeeded
from edge_daemon.station.setting_values import needs_confirmation, same

router = APIRouter(prefix="/api/sensors/{sensor_id}", tags=["devices"])
NEEDS_CONFIRMATION: dict[int | str, dict[str, Any]] = {
    HTTPStatus.CONFLICT: {"model": m.ConfirmationProblem, "description": "A risk has not been confirmed."}
}


@router.get("/device")
def device(sensor_id: str, wired: Wired) -> m.DeviceMessage:
    """What the device said of itself after it was last connected."""
    wired.book.sensor(sensor_id)
    known = wired.device_board.of(sensor_id)
    identity = known.identity
    return m.DeviceMessage(
        sensor_id=sensor_id,
        serial=identity.serial if identity else "",
        firmware=identity.firmware if identity else "",
        details=dict(identity.details) if identity else {},
        read_at=None if known.read_ns is None else rfc3339_from_ns(known.read_ns),
        fault=_fault(known.fault),
    )


@router.get("/settings")
def settings(sensor_id: str, wired: Wired) -> m.DeviceSettings:
    """Every setting with its declaration, as configured and as the device has it just now."""
    return _settings(wired, sensor_id)


@router.put("/settings", responses=NEEDS_CONFIRMATION, response_model=m.DeviceSettings)
def change_settings(sensor_id: str, asked: m.SettingsChange, wired: Wired) -> m.DeviceSettings | JSONResponse:
    """Write settings, read each back, log what the device answered.

    A device that fails half-way is no error of the request: `changes` says how far it came and `fault` why.
    """
    try:
        written = wired.devices.write(sensor_id, asked.values, asked.confirmed, asked.person)
    except ConfirmationNeeded as needed:
        return _confirm(needed)
    return _settings(wired, sensor_id, written)


@router.post("/actions/{name}", responses=NEEDS_CONFIRMATION, response_model=m.ActionAnswer)
def act(sensor_id: str, name: str, asked: m.ActionRequest, wired: Wired) -> m.ActionAnswer | JSONResponse:
    """Have the device do something. What alters the calibration is refused: the procedures do that."""
    try:
        answer = wired.devices.act(sensor_id, name, asked.argument, confirmed=asked.confirmed, person=asked.person)
    except ConfirmationNeeded as needed:
        return _confirm(needed)
    return m.ActionAnswer(sensor_id=sensor_id, action=name, answer=answer)


@router.get("/model-question")
def model_question(sensor_id: str, wired: Wired) -> m.ModelQuestion | None:
    """Which instrument it really is, as far as that is known; null where there is no question."""
    wired.book.sensor(sensor_id)
    asked = wired.proving.question(sensor_id)
    if asked is None:
        return None
    return m.ModelQuestion(
        sensor_id=sensor_id,
        stated=asked.stated,
        found={model: wired.book.model(model).title for model in asked.found},
        probed=asked.probed,
        probing=asked.probing,
        words=wired.proving.words(asked),
    )


@router.post("/model-question/probe", status_code=202)
def probe_model(sensor_id: str, wired: Wired) -> m.ModelQuestion | None:
    """Probe the sensor's port again. Never a port in use or excluded."""
    wired.proving.probe(sensor_id)
    return model_question(sensor_id, wired)


@router.post("/model-question/answer", status_code=204)
def answer_model_question(sensor_id: str, asked: m.ModelAnswer, wired: Wired) -> Response:
    """Say what it is: it records as such from here on."""
    wired.proving.settle(sensor_id, asked.model, asked.person)
    return Response(status_code=204)


def _settings(wired: Services, sensor_id: str, written: Written | None = None) -> m.DeviceSettings:
    held = wired.devices.read(sensor_id) if written is None else wired.devices.after(sensor_id, written)
    _, actions = wired.devices.declared(sensor_id)
    return m.DeviceSettings(
        sensor_id=sensor_id,
        settings=tuple(_setting(one) for one in held),
        actions=tuple(_action(action) for action in actions),
        changes=tuple(
            m.ChangeMessage(
                name=one.name, old=one.old, new=one.new, answer=one.answer, result=one.result, detail=one.detail
            )
            for one in (written.changes if written else ())
        ),
        fault=_fault(written.fault) if written else None,
    )


def _declaration(setting: Setting) -> dict[str, Any]:
    return {
        "name": setting.name,
        "label": setting.label,
        "kind": setting.kind,
        "default": setting.default,
        "kept": setting.kept,
        "unit": setting.unit,
        "minimum": setting.minimum,
        "maximum": setting.maximum,
        "choices": setting.choices,
        "help": setting.help,
        "risk": setting.risk,
        "documented": setting.documented,
        "needs_confirmation": needs_confirmation(setting),
        "evidence_risk": setting.evidence_risk,
    }


def _setting(held: Held) -> m.SettingMessage:
    setting = held.setting
    present = held.configured if held.device is None else held.device
    present = setting.default if present is None else present
    risky = setting.evidence_risk is not None and same(present, setting.evidence_risk)
    return m.SettingMessage(
        **_declaration(setting),
        readable=setting.read is not None,
        writable=setting.write is not None,
        configured=held.configured,
        device=held.device,
        fault=_fault(held.fault),
        warning=setting.risk if risky else "",
    )


def _action(action: Action) -> m.ActionMessage:
    return m.ActionMessage(
        name=action.name,
        label=action.label,
        risk=action.risk,
        documented=action.documented,
        calibrates=action.calibrates,
        argument=m.SettingDeclaration(**_declaration(action.argument)) if action.argument else None,
    )


def _fault(fault: Fault | None) -> m.DeviceFault | None:
    if fault is None:
        return None
    return m.DeviceFault(code=fault.code, title=fault.title, detail=str(fault), advice=fault.advice)


def _confirm(needed: ConfirmationNeeded) -> JSONResponse:
    problem = m.ConfirmationProblem(
        title=needed.title,
        status=HTTPStatus.CONFLICT,
        detail=str(needed),
        code=needed.code,
        advice=needed.advice,
        risks=tuple(
            m.RiskMessage(name=risk.name, label=risk.label, risk=risk.text, documented=risk.documented)
            for risk in needed.risks
        ),
    )
    return JSONResponse(problem.model_dump(), problem.status, media_type="application/problem+json")
