# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether a port is for encrypted connections or for plain ones, seen by asking it in the other way. Opens sockets.

A port that is spoken to in the wrong way mostly just ends the connection, as a link that breaks does: asking tells the
two apart. No question holds a name, a password or a token.
"""

import socket
import ssl
from collections.abc import Callable

PROBE_SECONDS = 4.0


def answers_plainly(
    host: str, port: int, question: bytes, begins: bytes, opened: Callable[[socket.socket], None] = lambda _used: None
) -> bool:
    """Whether the port answers this question, sent unencrypted, with bytes that begin like this.

    `opened` is told of the socket, so that somebody else can cut it.
    """
    try:
        with socket.create_connection((host, port), PROBE_SECONDS) as plain:
            opened(plain)
            plain.sendall(question)
            heard = b""
            while len(heard) < len(begins) and (more := plain.recv(len(begins) - len(heard))):
                heard += more
            return heard == begins
    except OSError:
        return False


def speaks_tls(host: str, port: int, opened: Callable[[socket.socket], None] = lambda _used: None) -> bool:
    """Whether the port answers the greeting of TLS, with whatever certificate; nothing is said behind it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), PROBE_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False) as encrypted,
        ):
            opened(encrypted)
            encrypted.do_handshake()
            return True
    except ssl.SSLError as error:
        return "ALERT" in str(error.reason)  # it wants another greeting, but it knows the language
    except OSError:
        return False
