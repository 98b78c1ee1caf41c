# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Who may talk to the API: ASGI middleware that checks Host, Origin and the token before anything else runs.

Any web page on the same computer can reach a loopback server, so a foreign Host (DNS rebinding) or Origin (another
site's script) is refused before the token is looked at. Browsers, which cannot set headers on a WebSocket, send the
token as the subprotocol `bearer.<token>` beside `verifield`.
"""

import hmac
import json
from collections.abc import Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from edge_daemon.api.messages import Problem

MOST_BYTES = 100_000_000
"""No request needs more: the largest carries attached files."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
SUBPROTOCOL = "verifield"


class Guard:
    """Wraps the application; passes only requests from this computer that carry the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(headers)
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await _refuse_request(send, refusal)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4401 if refusal.status == 401 else 4403})

    def _refusal(self, headers: dict[str, str]) -> Problem | None:
        if _host(headers.get("host", "")) not in LOOPBACK:
            return _problem(403, "The request names another computer as its host.")
        origin = headers.get("origin")
        if origin is not None and _host(origin.partition("://")[2]) not in LOOPBACK:
            return _problem(403, "The request comes from a web page of another site.")
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            return _too_large()
        offered = _tokens(headers)
        if not any(hmac.compare_digest(token.encode(), self._token.encode()) for token in offered):
            return _problem(401, "The request carries no valid token.")
        return None


def _host(text: str) -> str:
    """The host of `host[:port]`, keeping the brackets of an IPv6 address."""
    if text.startswith("["):
        return text.partition("]")[0] + "]"
    return text.partition(":")[0].lower()


def _tokens(headers: dict[str, str]) -> Iterable[str]:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        yield token.strip()
    for protocol in headers.get("sec-websocket-protocol", "").split(","):
        if protocol.strip().startswith("bearer."):
            yield protocol.strip().removeprefix("bearer.")


def _too_large() -> Problem:
    return Problem(
        title="Too large",
        status=413,
        detail=f"The request is larger than {MOST_BYTES // 1_000_000} MB.",
        code="too_large",
        advice="Send it in smaller parts.",
    )


def _problem(status: int, detail: str) -> Problem:
    advice = "Use the address and the token in the data folder's endpoint.json."
    return Problem(title="Not allowed", status=status, detail=detail, code="unauthorised", advice=advice)


async def _refuse_request(send: Send, problem: Problem) -> None:
    body = json.dumps(problem.model_dump()).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    if problem.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
