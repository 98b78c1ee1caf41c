# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The recorder's API within the test's own process. Sends requests to the application; opens no port."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True)
class InProcess:
    """The application and the token that opens it."""

    app: ASGIApp
    token: str

    def ask(self, method: str, path: str, *, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        """The answer of the API, whatever it is; `path` is that below `/api`."""

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            carried = {"Authorization": f"Bearer {self.token}", **(headers or {})}
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, "/api" + path, headers=carried, **more)

        return asyncio.run(asked())

    def get(self, path: str) -> Any:
        """What the path tells."""
        reply = self.ask("GET", path)
        assert reply.status_code == 200, reply.text
        return reply.json()
