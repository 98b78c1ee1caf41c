# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A daemon's stand-in that knows of destinations and syncs: what it answers is set by the test."""

from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tests.unit.app.client.stand_in import StandIn


@dataclass
class DeliveryStandIn(StandIn):
    """`running` and `progress` are the sync, `elsewhere` is the progress of another one; `waiting` readings wait for
    each destination."""

    destinations: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    running: bool = False
    progress: list[dict[str, Any]] = field(default_factory=list)
    elsewhere: list[dict[str, Any]] = field(default_factory=list)
    waiting: int = 120
    runs: list[dict[str, Any]] = field(default_factory=list)
    asides: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    resent: list[str] = field(default_factory=list)
    automatic: dict[str, Any] = field(default_factory=lambda: {"enabled": False, "every_minutes": 30})

    def app(self) -> FastAPI:
        app = FastAPI()
        self._add_routes(app)
        app.mount("/", super().app())
        return app

    def _add_routes(self, app: FastAPI) -> None:
        @app.get("/api/destinations")
        def _destinations() -> list[dict[str, Any]]:
            return [self._told(name) for name in self.destinations]

        @app.put("/api/destinations/{name}")
        async def _put(name: str, request: Request) -> Any:
            body = await request.json()
            if body["settings"].get("folder") == "wrong":
                detail = "folder: that folder is not there"
                return JSONResponse(
                    {"title": "Wrong", "status": 422, "detail": detail, "code": "bad_input", "field": "folder"}, 422
                )
            self.destinations[name] = body["settings"]
            if "secret" in body:
                self.secrets[name] = body["secret"]
            return self._told(name)

        @app.delete("/api/destinations/{name}")
        def _remove(name: str) -> None:
            del self.destinations[name]

        @app.post("/api/destinations/{name}/check")
        def _check(name: str) -> list[dict[str, Any]]:
            return [{"destination": name, **line} for line in self.checks]

        @app.post("/api/destinations/{name}/resend")
        def _resend(name: str) -> None:
            self.resent.append(name)

        @app.get("/api/sync")
        def _sync() -> dict[str, Any]:
            return self._run()

        @app.post("/api/sync")
        def _start() -> dict[str, Any]:
            self.running = True
            return self._run()

        @app.delete("/api/sync")
        def _cancel() -> dict[str, Any]:
            self.running = False
            self.elsewhere = []
            return self._run()

        @app.get("/api/sync/automatic")
        def _automatic() -> dict[str, Any]:
            return {**self.automatic, "words": "cloud can be reached." if self.automatic["enabled"] else ""}

        @app.put("/api/sync/automatic")
        async def _put_automatic(request: Request) -> Any:
            body = await request.json()
            if body["every_minutes"] == 1440:
                return JSONResponse(
                    {"title": "Refused", "status": 422, "detail": "too seldom", "code": "bad_input"}, 422
                )
            self.automatic = body
            return _automatic()

        @app.get("/api/sync/standing")
        def _standing() -> dict[str, Any]:
            balance = {"origin": "o1", "accepted": 200, "delivered": 200 - self.waiting, "waiting": self.waiting}
            return {
                "elsewhere": bool(self.elsewhere),
                "progress": self.elsewhere,
                "destinations": [
                    {
                        "destination": name, "readings": self.waiting, "size_bytes": 1_200_000, "seconds": 95.0,
                        "balances": [{"destination": name, **balance, "held": 0, "aside": len(self.asides)}],
                    }
                    for name in self.destinations
                ],
                "runs": self.runs,
                "room": {"free_bytes": 10**11, "growth_bytes_per_day": 1e9, "days": 100.0},
                "troubles": [],
                "alarms": [],
            }  # fmt: skip

        @app.get("/api/sync/set-aside")
        def _asides() -> list[dict[str, Any]]:
            return self.asides

        @app.post("/api/sync/set-aside/retry")
        def _retry() -> None:
            self.asides = []

    def _run(self) -> dict[str, Any]:
        return {
            "running": self.running, "progress": self.progress, "checks": [], "alarms": [],
            "status": None if self.running else 0, "trouble": "",
        }  # fmt: skip

    def _told(self, name: str) -> dict[str, Any]:
        settings = {key: value for key, value in self.destinations[name].items() if key != "kind"}
        kind = self.destinations[name]["kind"]
        return {
            "name": name, "kind": kind, "settings": settings, "needs_secret": kind != "file",
            "secret": name in self.secrets,
        }  # fmt: skip
