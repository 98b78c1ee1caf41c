# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the guard lets through: nothing without the token, from another site, or of any size."""

import asyncio

import httpx
import pytest
from starlette.responses import PlainTextResponse

from edge_daemon.api.guard import MOST_BYTES, Guard

TOKEN = "t0ken"


def ask(headers: dict[str, str]) -> httpx.Response:
    """What the guard before an application that answers `in` makes of a request."""

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app=Guard(PlainTextResponse("in"), TOKEN))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get("/", headers=headers)

    return asyncio.run(asked())


def test_the_token_opens() -> None:
    assert ask({"Authorization": f"Bearer {TOKEN}"}).text == "in"
    assert ask({}).status_code == 401
    assert ask({"Authorization": "Bearer wrong"}).status_code == 401


@pytest.mark.parametrize("header", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
def test_other_sites_are_refused(header: dict[str, str]) -> None:
    assert ask({"Authorization": f"Bearer {TOKEN}", **header}).status_code == 403


@pytest.mark.parametrize("length", [str(MOST_BYTES + 1), "many", "-1"])
def test_what_is_too_large_is_refused_before_it_is_read(length: str) -> None:
    reply = ask({"Authorization": f"Bearer {TOKEN}", "Content-Length": length})
    assert (reply.status_code, reply.json()["code"]) == (413, "too_large")
