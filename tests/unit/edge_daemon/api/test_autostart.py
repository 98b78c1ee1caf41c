# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Recording after a restart over the API: what is asked of the system's switch, and what is told."""

import asyncio
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from edge_daemon.api import problems, routes_autostart
from edge_daemon.api.services import Services
from edge_daemon.domain.autostart import AutostartReport, AutostartState
from edge_daemon.service.autostart import Autostart


class Switch:
    """A system on which switching on is refused until it is granted."""

    def __init__(self) -> None:
        self.on = False
        self.granted = False

    def state(self) -> AutostartReport:
        return AutostartReport(AutostartState.ENABLED if self.on else AutostartState.DISABLED, "", "a service")

    def enable(self) -> AutostartReport:
        if not self.granted:
            return AutostartReport(AutostartState.UNAVAILABLE, "Ask an administrator.", "a service")
        self.on = True
        return self.state()

    def disable(self) -> AutostartReport:
        self.on = False
        return self.state()


@pytest.fixture
def switch() -> Switch:
    return Switch()


class Client:
    """Asks the routes as the server would, without a socket."""

    def __init__(self, switch: Switch) -> None:
        self._app = FastAPI()
        problems.install(self._app)
        self._app.include_router(routes_autostart.router)
        self._app.state.services = services_with(switch)

    def get(self) -> httpx.Response:
        return asyncio.run(self._ask("GET"))

    def put(self, body: Any) -> httpx.Response:
        return asyncio.run(self._ask("PUT", json=body))

    async def _ask(self, method: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, "/api/autostart", **more)


@pytest.fixture
def client(switch: Switch) -> Client:
    return Client(switch)


def services_with(switch: Autostart) -> Services:
    """Services of which only the switch is asked."""
    names = [name for name in Services.__dataclass_fields__ if name != "autostart"]
    return Services(autostart=switch, **cast("dict[str, Any]", dict.fromkeys(names)))


def test_the_state_is_read_and_switched(client: Client, switch: Switch) -> None:
    off = {"state": "disabled", "reason": "", "mechanism": "a service"}
    assert client.get().json() == off
    refused = client.put({"enabled": True})
    assert (refused.status_code, refused.json()["state"]) == (200, "unavailable")
    assert refused.json()["reason"] == "Ask an administrator."
    assert client.get().json() == off
    switch.granted = True
    assert client.put({"enabled": True}).json()["state"] == "enabled"
    assert client.get().json()["state"] == "enabled"
    assert client.put({"enabled": False}).json() == off


@pytest.mark.parametrize("body", [{}, {"enabled": "perhaps"}, {"enabled": True, "now": True}])
def test_a_bad_body_changes_nothing_and_names_the_field(client: Client, switch: Switch, body: Any) -> None:
    switch.granted = True
    reply = client.put(body)
    assert reply.status_code == 422
    assert reply.json()["field"] in {"enabled", "now"}
    assert not switch.on
