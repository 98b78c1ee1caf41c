# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A daemon's stand-in that knows of evidence: what it answers is set by the test."""

from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from tests.unit.app.client.stand_in import StandIn

ORIGIN = "verifield/log/" + "ab" * 16
ROOT = "cd" * 32


@dataclass
class EvidenceStandIn(StandIn):
    """`job` is the newest job, None before the first; `begun` are the bodies of what was begun, by kind."""

    standing: dict[str, Any] = field(default_factory=dict)
    job: dict[str, Any] | None = None
    begun: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    register: dict[str, Any] = field(default_factory=lambda: {"text": "", "project_keys": []})

    def app(self) -> FastAPI:
        app = FastAPI()
        self._add_routes(app)
        app.mount("/", super().app())
        return app

    def _add_routes(self, app: FastAPI) -> None:
        @app.get("/api/evidence")
        def _standing() -> dict[str, Any]:
            plain = {
                "origin": ORIGIN, "size": 1000, "root": ROOT, "root_text": f"{ORIGIN} 1000:{ROOT}", "demo": False,
                "signed": 900, "unwitnessed": 200, "unwitnessed_since": "2026-11-23T08:00:00.000000000Z",
                "network": "testnet",
            }  # fmt: skip
            return {**plain, **self.standing}

        @app.get("/api/evidence/job")
        def _job() -> Any:
            return self._told()

        @app.delete("/api/evidence/job")
        def _cancel() -> Any:
            assert self.job is not None
            self.job = {**self.job, "running": False, "trouble": "It was cancelled; nothing of it counts."}
            return self._told()

        @app.post("/api/evidence/{kind}")
        async def _begin(kind: str, request: Request) -> Any:
            body = await request.json()
            self.begun.append((kind, body))
            if body.get("path") == "/gone":
                detail = "path: a bundle on this computer is needed"
                return JSONResponse({"title": "Wrong", "status": 422, "detail": detail, "code": "bad_input"}, 422)
            self.job = {"kind": kind, "running": True, "path": body.get("path", "")}
            return self._told()

        @app.get("/api/evidence/register")
        def _register() -> Any:
            return self.register

        @app.put("/api/evidence/register")
        async def _put_register(request: Request) -> Any:
            self.register = {"text": "", "project_keys": [], **await request.json()}
            return self.register

        @app.get("/api/visit-report")
        def _visit() -> Response:
            return Response(b"%PDF-1.4 report", media_type="application/pdf")

    def _told(self) -> Any:
        if self.job is None:
            plain = {"title": "Unknown", "status": 404, "detail": "nothing was checked yet", "code": "unknown"}
            return JSONResponse(plain, 404)
        return self.job
