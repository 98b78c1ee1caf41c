# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A daemon's stand-in with ports to identify and a device with settings and actions."""

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect

from edge_daemon.api import messages as m
from edge_daemon.api import messages_devices as d
from edge_daemon.domain.connection import PortKind
from tests.unit.app.client.stand_in import CO2, StandIn

FREE = "usb:1a86:7523@1-2/3"
USED = "pty:scd30"


def port(key: str, device: str, **changes: Any) -> m.PortMessage:
    """An adapter that is present."""
    base = m.PortMessage(device=device, key=key, kind=PortKind.PHYSICAL, description="USB Serial")
    return base.model_copy(update=changes)


def setting(name: str, **changes: Any) -> d.SettingMessage:
    """A whole number in the device's memory, read just now."""
    base: dict[str, Any] = {
        "name": name, "label": name.capitalize(), "kind": "whole", "default": 2, "kept": "permanent", "unit": "s",
        "minimum": 2, "maximum": 1800, "readable": True, "writable": True, "configured": 2, "device": 2,
    }  # fmt: skip
    return d.SettingMessage.model_validate(base | changes)


def model(name: str, **changes: Any) -> m.ModelMessage:
    """A catalogue entry."""
    base: dict[str, Any] = {
        "model": name, "maker": "Plantower", "title": name.upper(), "kind": "particulate_matter", "primary": "co2",
        "channels": (CO2,), "interval_s": 2, "minimum_interval_s": 1, "line": "9600 8N1", "source": "",
    }  # fmt: skip
    return m.ModelMessage.model_validate(base | changes)


ABC_RISK = "The device shifts its own calibration."
ADDRESS = d.SettingDeclaration(name="address", label="Modbus address", kind="whole", default=1, kept="host",
                               minimum=0, maximum=255)  # fmt: skip
FRAMING = d.SettingDeclaration(name="framing", label="Framing", kind="choice", default="rtu", kept="host",
                               choices=("rtu", "tcp"))  # fmt: skip


@dataclass
class DeviceStandIn(StandIn):
    """`identified` are the answers to follow each other while something is identified; the last one stays."""

    ports: list[m.PortMessage] = field(
        default_factory=lambda: [
            port(USED, "/dev/pts/7", sensors=("co2_1",), kind=PortKind.PSEUDO_TERMINAL),
            port(FREE, "/dev/ttyUSB0", chip="WCH CH340"),
        ]
    )
    models: list[m.ModelMessage] = field(
        default_factory=lambda: [
            model("pms7003"),
            model("meter", maker="Schneider", kind="energy", minimum_interval_s=0.5),
            model("scd30", maker="Sensirion", kind="co2"),
        ]
    )
    declared: dict[str, list[d.SettingDeclaration]] = field(default_factory=lambda: {"meter": [ADDRESS, FRAMING]})
    identified: list[d.IdentifyMessage] = field(default_factory=list)
    device_settings: list[d.SettingMessage] = field(
        default_factory=lambda: [
            setting("interval"),
            setting("abc", kind="switch", label="Automatic self-calibration", default=True, configured=True,
                    device=True, minimum=None, maximum=None, unit="", risk=ABC_RISK, warning=ABC_RISK,
                    evidence_risk=True, needs_confirmation=True),
            setting("mode", kind="choice", choices=("active", "passive"), default="active", configured="active",
                    device=None, readable=False, kept="until_power_off", minimum=None, maximum=None, unit="",
                    needs_confirmation=True, documented=False),
        ]
    )  # fmt: skip
    refusal: m.Problem | None = None
    silent: d.DeviceFault | None = None
    question: d.ModelQuestion | None = None
    registers: d.RegistersShown = field(default_factory=lambda: d.RegistersShown(words=(), readings=()))

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/api/ports", self._ports, methods=["GET"])
        app.add_api_route("/api/ports/{key:path}/identify", self._identify, methods=["POST", "GET", "DELETE"])
        app.add_api_route("/api/ports/{key:path}/registers", self._registers, methods=["POST"])
        app.add_api_route("/api/ports/{key:path}", self._change_port, methods=["PUT"])
        app.add_api_route("/api/sensors/{sensor_id}/model-question", self._question, methods=["GET"])
        app.add_api_route("/api/sensors/{sensor_id}/model-question/{what}", self._about_model, methods=["POST"])
        app.add_api_route("/api/catalogue", self._models, methods=["GET"])
        app.add_api_route("/api/catalogue/{name}/settings", self._declared, methods=["GET"])
        app.add_api_route("/api/sensors/{sensor_id}/device", self._device, methods=["GET"])
        app.add_api_route("/api/sensors/{sensor_id}/settings", self._settings, methods=["GET", "PUT"])
        app.add_api_route("/api/sensors/{sensor_id}/actions/{name}", self._act, methods=["POST"])
        app.mount("/", super().app())
        return app

    async def _ports(self) -> Response:
        return JSONResponse([one.model_dump(mode="json") for one in self.ports])

    async def _models(self) -> Response:
        return JSONResponse([one.model_dump(mode="json") for one in self.models])

    async def _declared(self, name: str) -> Response:
        return JSONResponse([one.model_dump(mode="json") for one in self.declared.get(name, [])])

    async def _change_port(self, key: str, request: Request) -> Response:
        body = json.loads(await request.body())
        self.posted.append((f"PUT ports/{key}", body))
        place = next(place for place, one in enumerate(self.ports) if one.key == key)
        self.ports[place] = self.ports[place].model_copy(update=body)
        return Response(status_code=204)

    async def _identify(self, key: str, request: Request) -> Response:
        if request.method != "GET":
            self.posted.append((f"{request.method} identify {key}", {}))
        if self.refusal is not None:
            return _refused(self.refusal)
        if request.method == "DELETE":
            self.identified = [self.identified[0].model_copy(update={"outcome": "cancelled"})]
        now = self.identified[0]
        if request.method == "GET" and len(self.identified) > 1:
            now = self.identified.pop(0)
        return JSONResponse(now.model_copy(update={"key": key}).model_dump(mode="json"))

    async def _registers(self, key: str, request: Request) -> Response:
        self.posted.append((f"POST registers {key}", json.loads(await request.body())))
        if self.refusal is not None:
            return _refused(self.refusal)
        return JSONResponse(self.registers.model_dump(mode="json"))

    async def _question(self, sensor_id: str) -> Response:
        return JSONResponse(self.question.model_dump(mode="json") if self.question else None)

    async def _about_model(self, sensor_id: str, what: str, request: Request) -> Response:
        self.posted.append((f"POST {what}/{sensor_id}", json.loads(await request.body())))
        if self.refusal is not None:
            return _refused(self.refusal)
        if what == "probe":
            return JSONResponse(self.question.model_dump(mode="json") if self.question else None, 202)
        self.question = None
        self.sensors[sensor_id] = self.sensors[sensor_id].model_copy(update={"warnings": ()})
        return Response(status_code=204)

    async def _device(self, sensor_id: str) -> Response:
        told = d.DeviceMessage(sensor_id=sensor_id, serial="00A1", firmware="3.66", read_at="2026-11-23T00:00:00Z")
        return JSONResponse(told.model_dump(mode="json"))

    async def _settings(self, sensor_id: str, request: Request) -> Response:
        changes: tuple[d.ChangeMessage, ...] = ()
        if request.method == "PUT":
            body = json.loads(await request.body())
            self.posted.append((f"PUT settings/{sensor_id}", body))
            risks = [one for one in self.device_settings
                     if one.name in body["values"] and one.needs_confirmation
                     and one.name not in body.get("confirmed", [])]  # fmt: skip
            if risks:
                return _confirm([d.RiskMessage(name=one.name, label=one.label, risk=one.risk,
                                               documented=one.documented) for one in risks])  # fmt: skip
            changes = tuple(self._write(name, value) for name, value in body["values"].items())
        told = d.DeviceSettings(
            sensor_id=sensor_id, settings=tuple(self.device_settings), changes=changes, fault=self.silent,
            actions=(
                d.ActionMessage(name="restart", label="Restart", risk="Readings pause."),
                d.ActionMessage(name="zero", label="Set the zero", risk="", calibrates=True),
            ),
        )  # fmt: skip
        return JSONResponse(told.model_dump(mode="json"))

    def _write(self, name: str, value: Any) -> d.ChangeMessage:
        place = next(place for place, one in enumerate(self.device_settings) if one.name == name)
        old = self.device_settings[place]
        answer = value if old.readable else None
        self.device_settings[place] = old.model_copy(update={"configured": value, "device": answer, "warning": ""})
        return d.ChangeMessage(name=name, old=old.device, new=value, answer=answer,
                               result="confirmed" if old.readable else "unconfirmed")  # fmt: skip

    async def _act(self, sensor_id: str, name: str, request: Request) -> Response:
        body = json.loads(await request.body())
        self.posted.append((f"POST actions/{name}", body))
        if not body["confirmed"]:
            return _confirm([d.RiskMessage(name=name, label="Restart", risk="Readings pause.", documented=True)])
        return JSONResponse({"sensor_id": sensor_id, "action": name, "answer": "restarted"})

    async def _live(self, socket: WebSocket) -> None:
        """As without ports, and tells of each that comes or goes."""
        await socket.accept()
        following, seen = int(socket.query_params["from"]), list(self.ports)
        self.resumed_from.append(following)
        with contextlib.suppress(WebSocketDisconnect):
            while not self.drop:
                if seen != self.ports:
                    seen = list(self.ports)
                    live = m.Live(project_id="p1", timestamp="", first=following, last=following - 1,
                                  ports_changed=True)  # fmt: skip
                    await socket.send_text(live.model_dump_json())
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(socket.receive_text(), 0.02)
            await socket.close(1012)


def _refused(problem: m.Problem) -> Response:
    return JSONResponse(problem.model_dump(), problem.status, media_type="application/problem+json")


def _confirm(risks: list[d.RiskMessage]) -> Response:
    title = "Please confirm the risk first"
    told = tuple(risks)
    return _refused(d.ConfirmationProblem(title=title, status=409, detail="", code="confirmation_needed", risks=told))
