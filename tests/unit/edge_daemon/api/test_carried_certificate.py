# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the API answers when a certificate is asked for of a calibration that a closed log holds."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from edge_daemon.api import problems, routes_documents
from edge_daemon.api.routes_station import services
from edge_daemon.buffer.closed import closed_logs
from edge_daemon.buffer.reader import LogReader
from edge_daemon.station.opening import Surroundings
from tests.unit.edge_daemon.station.test_carried_reports import carried_in, here, signed

__all__ = ["here", "signed"]


def asked(here: Surroundings, index: int) -> httpx.Response:
    app = FastAPI()
    problems.install(app)
    app.include_router(routes_documents.router)
    wired = SimpleNamespace(
        reader=lambda: LogReader(here.buffer),
        health=lambda: SimpleNamespace(program="0.1.0"),
        closed_folder=here.closed,
    )
    app.dependency_overrides[services] = lambda: wired

    async def got() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(f"/api/calibrations/{index}/certificate")

    return asyncio.run(got())


def test_the_certificate_of_a_carried_calibration_is_given_from_the_closed_log(
    here: Surroundings, signed: bytes
) -> None:
    (index,) = carried_in(here).values()
    reply = asked(here, index)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/pdf")
    assert reply.content == signed


@pytest.mark.usefixtures("signed")
def test_where_the_closed_log_is_not_here_the_answer_names_it(here: Surroundings) -> None:
    (log,) = closed_logs(here.closed)
    gone: Path = here.closed.rename(here.closed.with_name("elsewhere"))
    (index,) = carried_in(here).values()
    reply = asked(here, index)
    assert gone.exists()
    assert log.closing is not None
    assert reply.status_code == 404
    assert log.closing.origin in reply.json()["detail"]
