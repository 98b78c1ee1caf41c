# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Faults as whoever asks the API gets them."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from edge_daemon.api import problems
from edge_daemon.calibration.run import OutOfOrder
from edge_daemon.domain.faults import BadInput, Conflict, DiskFull, Fault, NoReply, Unknown


def answer_to(fault: Fault) -> httpx.Response:
    app = FastAPI()
    problems.install(app)

    @app.get("/")
    def _ask() -> None:
        raise fault

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as client:
            return await client.get("/")

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (BadInput("name", "", "a name is needed"), 422),
        (Unknown("there is no such sensor"), 404),
        (Conflict("it runs already"), 409),
        (OutOfOrder("the run has ended"), 409),
        (DiskFull("no room"), 507),
        (NoReply("the device is silent"), 502),
    ],
)
def test_a_fault_is_told_with_the_status_of_its_kind(fault: Fault, status: int) -> None:
    reply = answer_to(fault)
    told = reply.json()
    assert (reply.status_code, told["status"], told["code"]) == (status, status, fault.code)
    assert reply.headers["content-type"] == "application/problem+json"
    assert str(fault) in told["detail"]
