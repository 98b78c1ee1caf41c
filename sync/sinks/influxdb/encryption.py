# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a server's port is for TLS or for plain HTTP, where the address says the other. Uses the network."""

import socket
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from sync.sinks.influxdb.answers import Answer, Silence
from sync.sinks.port_probe import answers_plainly, speaks_tls

_PORTS = {"http": 80, "https": 443}
_PLAIN = Silence(
    "the server's port answers without encryption (TLS), and the address asks for it (https://)",
    "Enter the address of the server's encrypted port. Where it has none and nobody can listen on the way, use an "
    "http:// address. In a wireless network with a login page, log in first.",
)
_ENCRYPTED = Silence(
    "the server's port is for encrypted connections (TLS), and the address asks for none (http://)",
    "Use an https:// address. The token was just sent unencrypted: where others can listen on the way, have the server "
    "make a new one.",
)


def wrong_way(url: str, opened: Callable[[socket.socket], None]) -> Silence | None:
    """What is to be set otherwise; None where that is not it. `opened` is told of the socket.

    The question holds no token.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    if parts.scheme == "https":
        question = f"GET /ping HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode()
        return _PLAIN if answers_plainly(host, port, question, b"HTTP/", opened) else None
    return _ENCRYPTED if speaks_tls(host, port, opened) else None


def not_of_a_database(answer: Answer) -> bool:
    """Whether it looks like what a server says on its encrypted port to who does not encrypt: 400, and no JSON."""
    return answer.status == HTTPStatus.BAD_REQUEST and not answer.body.lstrip().startswith("{")
