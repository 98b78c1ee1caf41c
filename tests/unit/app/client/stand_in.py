# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A daemon's stand-in: a real HTTP and WebSocket server on loopback that speaks the API's messages from memory."""

import asyncio
import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket
from fastapi.responses import JSONResponse
from starlette.websockets import WebSocketDisconnect

from edge_daemon.api import messages as m
from edge_daemon.domain.connection import PortKind
from edge_daemon.domain.time import rfc3339_from_ns
from tests.support.waiting import wait_until

START_NS = 1_795_500_000_000_000_000
TOKEN = "stand-in-token"
PAGE = 1_000
CO2 = m.ChannelMessage(name="co2", label="CO₂", unit="ppm", minimum=0, maximum=40_000, decimals=0)
AIR = m.ChannelMessage(name="temperature", label="Temperature", unit="°C", minimum=-40, maximum=70, decimals=1)


def sensor(sensor_id: str, **changes: Any) -> m.SensorMessage:
    """A CO2 sensor in good condition."""
    base = m.SensorMessage(
        sensor_id=sensor_id, name="Canopy CO₂", kind="co2", model="scd30", title="SCD30", primary="co2",
        channels=(CO2, AIR), state="recording", condition="good", port="pty:scd30",
        port_kind=PortKind.PSEUDO_TERMINAL, interval_s=2, settings={}, configuration=1,
    )  # fmt: skip
    return base.model_copy(update=changes)


@dataclass
class StandIn:
    """What the server answers from and what it was asked. `record` commits a reading; `events` go with the next; `more`
    are replies by their paths."""

    home: Path
    sensors: dict[str, m.SensorMessage] = field(default_factory=lambda: {"co2_1": sensor("co2_1")})
    readings: list[m.LiveReading] = field(default_factory=list)
    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    resumed_from: list[int] = field(default_factory=list)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    visits: list[dict[str, Any]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    events: list[m.LiveEvent] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    origin: str = "o1"
    problem: m.Problem | None = None
    drop: bool = False
    before_ns: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    def begin_log(self) -> None:
        """Another log: its indices start over. Time does not."""
        self.origin = f"{self.origin}+"
        self.before_ns += len(self.readings) * 2_000_000_000
        self.readings = []

    def record(self, value: float) -> None:
        index = len(self.readings)
        time = rfc3339_from_ns(START_NS + self.before_ns + index * 2_000_000_000)
        channels: dict[str, tuple[float | None, float | None, int]] = {
            "co2": (value, value, 1),
            "temperature": (21.25, 21.25, 1),
        }
        self.readings.append(m.LiveReading(index=index, sensor_id="co2_1", time=time, quality=1, channels=channels))

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/api/{path:path}", self._answer, methods=["GET", "POST", "PATCH", "DELETE"])
        app.add_api_websocket_route("/ws/projects/{project}/live", self._live)
        return app

    async def _answer(self, path: str, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Response(status_code=401)
        if request.method != "GET":
            content = await request.body()
            body = json.loads(content) if content else {}
            self.posted.append((f"{request.method} {path}", body))
            if self.problem is not None:
                return JSONResponse(
                    self.problem.model_dump(), self.problem.status, media_type="application/problem+json"
                )
            if (request.method, path) == ("POST", "sensors"):
                self.sensors[body["sensor_id"]] = sensor(body["sensor_id"], name=body["name"])
            if request.method == "PATCH":
                name = path.removeprefix("sensors/")
                self.sensors[name] = self.sensors[name].model_copy(update={"state": "paused", "condition": "paused"})
            if request.method == "DELETE":
                del self.sensors[path.removeprefix("sensors/")]
            return JSONResponse({}, 201)
        self.asked.append((path, dict(request.query_params)))
        if path in {"gaps", "notes", "visits"}:
            return self._page(path, request)
        known = self._known(path, request)
        if known is None:  # said, not raised: the server would close the connection under the next request
            return JSONResponse({"title": "Not found", "status": 404, "detail": path, "code": "unknown"}, 404)
        return Response(json.dumps(known), media_type="application/json")

    def _page(self, path: str, request: Request) -> Response:
        """A thousand after an index, and where to go on, as the daemon tells it."""
        after = int(request.query_params.get("after", "-1"))
        found = [one for one in getattr(self, path) if one["index"] > after]
        headers = {}
        if len(found) > PAGE:
            following = request.url.include_query_params(after=found[PAGE - 1]["index"])
            headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
        return JSONResponse(found[:PAGE], headers=headers)

    def _known(self, path: str, request: Request) -> object:
        if path.endswith("/plot"):
            plot = m.Plot(
                sensor_id=path.split("/")[1], channel=request.query_params["channel"], unit="ppm",
                start=rfc3339_from_ns(START_NS - 7_200_000_000_000), resolution="minute",
                seconds=(0.0, 3600.0), minimum=(400.0, 410.0), maximum=(405.0, 415.0), flag=(1, 1),
            )  # fmt: skip
            return plot.model_dump(mode="json")
        answers: dict[str, Any] = {
            "health": m.Health(program="1", demo=True, recording=True, writer="recording", clock="trusted",
                               started="2026-11-23T00:00:00Z", uptime_s=1, free_bytes=1 << 30),
            "station": m.StationMessage(device_id="lap-1", project_id="p1", name="North plot", location=None, demo=True,
                                        home=str(self.home)),
            "log/head": m.HeadMessage(origin=self.origin, size=len(self.readings), root="00"),
        }  # fmt: skip
        lists: dict[str, Any] = {
            "sensors": [one.model_dump(mode="json") for one in self.sensors.values()],
            "ports": [{"device": "/dev/pts/9", "key": "pty:pms", "kind": "pseudo_terminal", "description": "Sim"}],
            "catalogue": [
                m.ModelMessage(model="pms7003", maker="Plantower", title="PMS7003", kind="pm", primary="co2",
                               channels=(CO2,), interval_s=1, minimum_interval_s=1, line="", source="").model_dump()
            ],
        }  # fmt: skip
        if path in answers:
            return answers[path].model_dump(mode="json")
        return lists.get(path, self.more.get(path))

    async def _live(self, socket: WebSocket) -> None:
        await socket.accept()
        following = int(socket.query_params["from"])
        self.resumed_from.append(following)
        with contextlib.suppress(WebSocketDisconnect):
            while not self.drop:
                fresh = tuple(self.readings[following:])
                if fresh:
                    events, self.events = tuple(self.events), []
                    live = m.Live(project_id="p1", timestamp=fresh[-1].time, first=following, last=fresh[-1].index,
                                  readings=fresh, events=events)  # fmt: skip
                    following = live.last + 1
                    await socket.send_text(live.model_dump_json())
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(socket.receive_text(), 0.02)
            await socket.close(1012)


async def _serve(server: uvicorn.Server) -> None:
    """Serve to the end, and cut what is left: a connection that was taken in while the server stopped is known to its
    client alone, who may be waiting for this thread."""
    await server.serve()
    while lefts := list(server.server_state.connections):
        for left in lefts:
            left.transport.abort()
        await asyncio.sleep(0.01)


@contextlib.contextmanager
def serving(stand_in: StandIn) -> Iterator[uvicorn.Server]:
    """Serve on a free port, and write endpoint.json when it answers."""
    config = uvicorn.Config(stand_in.app(), port=0, log_level="error", lifespan="off", ws="websockets-sansio",
                            timeout_graceful_shutdown=1, timeout_keep_alive=600)  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(_serve(server)), name="stand-in")
    thread.start()
    try:
        wait_until(lambda: server.started, what="the stand-in to serve")
        port = server.servers[0].sockets[0].getsockname()[1]
        endpoint = {"url": f"http://127.0.0.1:{port}", "pid": 1, "token": TOKEN}
        (stand_in.home / "endpoint.json").write_text(json.dumps(endpoint))
        yield server
    finally:
        stand_in.drop = True
        server.should_exit = True
        thread.join()
