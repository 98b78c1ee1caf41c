# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings files over the API: applied, reported, given out, and refused without showing what they hold."""

import asyncio
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from edge_daemon.api import problems, routes_settings
from edge_daemon.api.messages_settings import LONGEST_DOCUMENT, SettingsImport
from edge_daemon.api.services import Services
from tests.support.settings_desks import Desk

JSON = '{"collection_interval": 5, "mqtt": {"broker": "broker.example", "password": "hunter2"}}'


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home")


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    names = [name for name in Services.__dataclass_fields__ if name != "settings"]
    app = FastAPI()
    app.state.services = Services(settings=desk.desk, **cast("dict[str, Any]", dict.fromkeys(names)))
    problems.install(app)
    app.include_router(routes_settings.router)
    return app


def ask(app: FastAPI, method: str, path: str, **more: Any) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, f"/api/settings/{path}", **more)

    return asyncio.run(asked())


def test_a_file_is_applied_and_given_out_again(app: FastAPI, desk: Desk) -> None:
    reply = ask(app, "POST", "import", json={"document": JSON, "person": "Ana"})
    assert (reply.status_code, reply.json()["outcome"]) == (200, "all")
    said = {field["path"]: field["verdict"] for field in reply.json()["fields"]}
    assert said["mqtt.broker"] == said["mqtt.password"] == "taken"
    out = ask(app, "GET", "export").json()
    assert out["secrets"] == ["mqtt.marketplace.password"]
    assert "hunter2" not in out["document"] + reply.text
    again = ask(app, "POST", "import", json={"document": out["document"], "provision": True})
    assert {field["verdict"] for field in again.json()["fields"]} == {"unchanged", "not_needed"}
    kept = desk.secrets.get("mqtt.marketplace.password")
    assert kept is not None
    assert kept.reveal() == "hunter2"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "document"),
        ({"document": "hunter2"}, "file"),
        ({"document": JSON, "provision": True}, "file"),
        ({"document": JSON, "secrets": {"a": ""}}, "secret"),
        ({"document": JSON, "secrets": {"a": 5}}, "secrets.a"),
        ({"document": JSON, "colour": "red"}, "colour"),
        ({"document": "x" * (LONGEST_DOCUMENT + 1)}, "document"),
    ],
    ids=range(7),
)
def test_a_bad_request_changes_nothing_and_shows_nothing(
    app: FastAPI, desk: Desk, body: dict[str, Any], field: str
) -> None:
    before = desk.written()
    reply = ask(app, "POST", "import", json=body)
    assert (reply.status_code, reply.json()["field"]) == (422, field)
    assert "hunter2" not in reply.text
    assert desk.written() == before


def test_a_request_shows_no_secret_when_it_is_printed() -> None:
    asked = SettingsImport.model_validate({"document": JSON, "secrets": {"a": "hunter2"}})
    assert "hunter2" not in f"{asked!r} {asked}"
