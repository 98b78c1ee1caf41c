# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A daemon's stand-in that keeps account of instruments: passports, remarks with files, dossiers, answers."""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from edge_daemon.api import messages as m
from edge_daemon.api import messages_instruments as mi
from edge_daemon.domain.instrument import SerialSource
from tests.unit.app.client.stand_in import StandIn, sensor

SERIAL = "SN/42"
DOSSIER = b"PK dossier"
HERE = mi.InstallationMessage(
    sensor_id="co2_1", first=7, since="2026-11-20T08:00:00Z", until=None, ended=None, standing="confirmed"
)


def installed(**changes: Any) -> m.SensorMessage:
    """A sensor whose instrument is known."""
    told: dict[str, Any] = {"standing": "confirmed", "id": SERIAL, "serial": SERIAL, "since": 7}
    return sensor("co2_1", identity=m.SensorIdentity.model_validate(told | changes))


def passport(name: str = SERIAL, **changes: Any) -> mi.PassportMessage:
    """An instrument that has been at one sensor."""
    base = mi.PassportMessage(
        model="scd30", title="SCD30", id=name, serial=name, serial_source=SerialSource.DEVICE, firmware="3.66",
        sensor_id="co2_1", standing="confirmed", installations=(HERE,),
    )  # fmt: skip
    return base.model_copy(update=changes)


@dataclass
class InstrumentStandIn(StandIn):
    """`files` are what was attached, by hash; `imported` is the request's body of each import."""

    sensors: dict[str, m.SensorMessage] = field(default_factory=lambda: {"co2_1": installed()})
    passports: dict[str, mi.PassportMessage] = field(default_factory=lambda: {SERIAL: passport()})
    files: dict[str, bytes] = field(default_factory=dict)
    imported: list[bytes] = field(default_factory=list)
    refusal: m.Problem | None = None

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/api/instruments", self._all, methods=["GET"])
        app.add_api_route("/api/instruments/import", self._import, methods=["POST"])
        app.add_api_route("/api/instruments/{model}/{name:path}/dossier", self._dossier, methods=["GET"])
        app.add_api_route("/api/instruments/{model}/{name:path}/notes", self._note, methods=["POST"])
        app.add_api_route("/api/instruments/{model}/{name:path}", self._passport, methods=["GET"])
        app.add_api_route("/api/attachments/{sha256}", self._attachment, methods=["GET"])
        app.add_api_route("/api/sensors/{sensor_id}/identity", self._identity, methods=["POST"])
        app.mount("/", super().app())
        return app

    async def _all(self) -> Response:
        return JSONResponse([one.model_dump(mode="json") for one in self.passports.values()])

    async def _passport(self, name: str) -> Response:
        if name not in self.passports:
            problem = m.Problem(title="Not found", status=404, detail=name, code="unknown")
            return JSONResponse(problem.model_dump(), 404)
        return JSONResponse(self.passports[name].model_dump(mode="json"))

    async def _dossier(self) -> Response:
        return Response(DOSSIER, media_type="application/zip")

    async def _attachment(self, sha256: str) -> Response:
        return Response(self.files[sha256])

    async def _import(self, request: Request) -> Response:
        self.imported.append(await request.body())
        if self.refusal is not None:
            return JSONResponse(self.refusal.model_dump(), self.refusal.status)
        history = mi.ImportedHistory(
            index=9, time="2026-11-23T00:00:00Z", sha256="00", person="", device_id="lap-2", project_id="p2",
            exported="2026-11-22T00:00:00Z", entries=12,
        )  # fmt: skip
        self.passports["SN-7"] = passport("SN-7", sensor_id="", installations=(), imported=(history,))
        return JSONResponse(self.passports["SN-7"].model_dump(mode="json"), 201)

    async def _note(self, name: str, request: Request) -> Response:
        new = mi.NewInstrumentNote.model_validate_json(await request.body())
        attached = tuple(self._keep(file) for file in new.files)
        note = mi.InstrumentNoteMessage(index=8, time="2026-11-23T01:00:00Z", at="2026-11-23T01:00:00Z",
                                        text=new.text, person=new.person, attachments=attached)  # fmt: skip
        now = self.passports[name]
        self.passports[name] = now.model_copy(update={"notes": (*now.notes, note)})
        return JSONResponse(note.model_dump(mode="json"), 201)

    def _keep(self, file: mi.NewFile) -> mi.AttachmentMessage:
        sha256 = hashlib.sha256(file.content).hexdigest()
        self.files[sha256] = file.content
        return mi.AttachmentMessage(name=file.name, sha256=sha256, size=len(file.content))

    async def _identity(self, sensor_id: str, request: Request) -> Response:
        body = json.loads(await request.body())
        self.posted.append((f"POST identity/{sensor_id}", body))
        if self.refusal is not None:
            return JSONResponse(self.refusal.model_dump(), self.refusal.status)
        self.sensors[sensor_id] = installed()
        return JSONResponse(self.sensors[sensor_id].model_dump(mode="json"))
