# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A daemon's stand-in that can also be renamed and switched to record after a restart."""

import json
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from edge_daemon.api import messages as m
from tests.unit.app.client.stand_in import StandIn

MECHANISM = "systemd user service"


@dataclass
class StationStandIn(StandIn):
    """`granted` is whether the system lets the recorder start by itself; `refusal` answers the next change."""

    place: dict[str, Any] | None = None
    name: str = "North plot"
    troubles: tuple[m.Trouble, ...] = ()
    free_bytes: int = 18_400_000_000
    autostart: dict[str, Any] = field(
        default_factory=lambda: {"state": "disabled", "reason": "", "mechanism": MECHANISM}
    )
    granted: bool = True
    refusal: m.Problem | None = None

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/api/station", self._station, methods=["GET", "PATCH"])
        app.add_api_route("/api/health", self._health, methods=["GET"])
        app.add_api_route("/api/autostart", self._autostart, methods=["GET", "PUT"])
        app.mount("/", super().app())
        return app

    async def _station(self, request: Request) -> Response:
        if request.method == "PATCH":
            body = json.loads(await request.body())
            self.posted.append(("PATCH station", body))
            if self.refusal is not None:
                return JSONResponse(self.refusal.model_dump(), self.refusal.status)
            self.name = body.get("name", self.name)
            self.place = body.get("location", self.place)
        told = {"device_id": "vf-1f2e3d4c", "project_id": "amazon-1", "name": self.name, "location": self.place}
        return JSONResponse({**told, "demo": True, "home": str(self.home)})

    async def _health(self) -> Response:
        health = m.Health(program="0.1.0", demo=True, recording=True, writer="recording", clock="holdover",
                          started="2026-11-23T00:00:00Z", uptime_s=1, free_bytes=self.free_bytes,
                          troubles=self.troubles)  # fmt: skip
        return JSONResponse(health.model_dump(mode="json"))

    async def _autostart(self, request: Request) -> Response:
        if request.method == "PUT":
            body = json.loads(await request.body())
            self.posted.append(("PUT autostart", body))
            if self.refusal is not None:
                return JSONResponse(self.refusal.model_dump(), self.refusal.status)
            if body["enabled"] and not self.granted:
                reason = "Lingering was refused. Ask an administrator to run `loginctl enable-linger ana`."
                return JSONResponse({"state": "unavailable", "reason": reason, "mechanism": MECHANISM})
            self.autostart = {**self.autostart, "state": "enabled" if body["enabled"] else "disabled"}
        return JSONResponse(self.autostart)
