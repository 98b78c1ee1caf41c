# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a server's port is for TLS or for plain HTTP, where the address says the other. Uses the network."""

import re
import socket
import ssl
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import urlsplit

from sync.sinks.influxdb.answers import Answer, Silence
from sync.sinks.port_probe import PROBE_SECONDS, answers_plainly, speaks_tls

TURNED_AWAY = re.compile(r"ALERT_(\w*CERTIFICATE\w*|HANDSHAKE_FAILURE|UNKNOWN_CA|ACCESS_DENIED|PROTOCOL_VERSION)")
CLIENT = (
    "The server turned this laptop away before it was told the token: it may ask for a client certificate, which this "
    "program has for brokers alone, or for another kind of encryption. Ask whoever runs it for an address that takes a "
    "token."
)

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
        plain = answers_plainly(host, port, question, b"HTTP/", opened)
        return _PLAIN if plain else _turned_away(host, port, opened)
    return _ENCRYPTED if speaks_tls(host, port, opened) else None


def _turned_away(host: str, port: int, opened: Callable[[socket.socket], None]) -> Silence | None:
    """Whether the server greets nobody without a certificate. It says so once, and what is sent meanwhile drowns it."""
    try:
        with socket.create_connection((host, port), PROBE_SECONDS) as plain:
            opened(plain)
            with ssl.create_default_context().wrap_socket(plain, server_hostname=host) as used:
                used.recv(1)
    except ssl.SSLError as error:
        if TURNED_AWAY.search(str(error)):
            return Silence(f"the server broke off the encrypted greeting ({error.reason})", CLIENT)
    except OSError:  # a link that broke meanwhile: it is told as what it is
        return None
    return None


def not_of_a_database(answer: Answer) -> bool:
    """Whether it looks like what a server says on its encrypted port to who does not encrypt: 400, and no JSON."""
    return answer.status == HTTPStatus.BAD_REQUEST and not answer.body.lstrip().startswith("{")
