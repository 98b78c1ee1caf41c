# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What can be chosen for a model before it is recorded, over the API: every model's, as its driver declares it."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI

from edge_daemon.api import problems, routes_declarations
from edge_daemon.api.messages_devices import SettingDeclaration
from edge_daemon.api.services import Services
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.instruments.catalogue import load_catalogue

CATALOGUE = load_catalogue()


def _model(name: str) -> InstrumentModel:
    if name not in CATALOGUE:
        raise BadInput("model", name, "known models are others")
    return CATALOGUE[name]


@pytest.fixture(scope="module")
def app() -> FastAPI:
    names = [name for name in Services.__dataclass_fields__ if name != "book"]
    app = FastAPI()
    book = SimpleNamespace(model=_model)
    app.state.services = Services(book=cast("Any", book), **cast("dict[str, Any]", dict.fromkeys(names)))
    problems.install(app)
    app.include_router(routes_declarations.router)
    return app


def ask(app: FastAPI, model: str) -> httpx.Response:
    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(f"/api/catalogue/{model}/settings")

    return asyncio.run(asked())


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_model_tells_its_options_with_its_own_defaults(app: FastAPI, name: str) -> None:
    reply = ask(app, name)
    assert reply.status_code == 200
    told = [SettingDeclaration.model_validate(one) for one in reply.json()]
    assert {one.name: one.default for one in told} == dict(CATALOGUE[name].options)


def test_a_modbus_address_is_declared_with_its_bounds(app: FastAPI) -> None:
    told = {one["name"]: one for one in ask(app, "hukseflux_sr30").json()}
    assert (told["address"]["label"], told["address"]["kind"]) == ("Modbus address", "whole")
    assert (told["address"]["minimum"], told["address"]["maximum"]) == (0, 255)
    assert told["framing"]["choices"] == ["rtu", "tcp"]


def test_a_model_that_is_none_is_refused_by_name(app: FastAPI) -> None:
    reply = ask(app, "toaster")
    assert (reply.status_code, reply.json()["field"]) == (422, "model")
