# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Asks the running daemon on this computer through its API. Speaks HTTP on loopback, through no proxy."""

import http.client
import json
from typing import ClassVar, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from edge_daemon.api.messages import Problem
from edge_daemon.domain.faults import Fault, Unreachable
from edge_daemon.home import Endpoint

M = TypeVar("M", bound=BaseModel)

PATIENCE_S = 300.0
"""Long enough for a person to unlock a keyring."""


class DaemonRefused(Fault):
    """The daemon answered that it will not do it; the text is its own."""

    code: ClassVar[str] = "daemon_refused"
    title: ClassVar[str] = "The recorder did not take it"


def ask(endpoint: Endpoint, method: str, path: str, body: object = None) -> bytes:
    """The reply to one request.

    Raises DaemonRefused with the daemon's words, Unreachable where it does not answer.
    """
    place = urlsplit(endpoint.url)
    headers = {"Authorization": f"Bearer {endpoint.token}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE_S)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        reply = connection.getresponse()
        content = reply.read()
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"the recorder at {endpoint.url} does not answer ({error})") from error
    finally:
        connection.close()
    if reply.status >= http.client.BAD_REQUEST:
        raise DaemonRefused(_words(content, reply.status))
    return content


def parsed(kind: type[M], content: bytes) -> M:
    """The reply as a message. Raises Unreachable where something else answered."""
    try:
        return kind.model_validate_json(content)
    except ValidationError as error:
        raise Unreachable("what answers there is no Verifield recorder of this version") from error


def _words(content: bytes, status: int) -> str:
    try:
        problem = Problem.model_validate_json(content)
    except ValidationError:
        return f"it answered with status {status}"
    return f"{problem.detail.rstrip('.')}. {problem.advice}".strip()
