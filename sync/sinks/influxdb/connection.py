# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Requests to one server, each in a thread that can be abandoned. Opens sockets.

The token travels in one header and is cut out of whatever the server says: see `sync.sinks.discretion`.
"""

import socket
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from time import perf_counter
from urllib.parse import urlencode

from influxdb_client.client.influxdb_client import InfluxDBClient
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ProtocolError, SSLError

from edge_daemon.domain.destination import HIDDEN
from edge_daemon.domain.faults import BadInput
from edge_daemon.secrets.secret import Secret
from sync.sinks.discretion import hiding
from sync.sinks.influxdb.answers import Answer, Reply, Silence
from sync.sinks.influxdb.encryption import CLIENT, TURNED_AWAY, not_of_a_database, wrong_way

CONNECT_SECONDS, REPLY_SECONDS = 10, 30
MOST_BYTES, MOST_OF_A_WRITE, MOST_WORDS = 2**20, 2**16, 200
"""More than that of a reply is not read, less of one to a write, and more letters of an error are not told."""

_LOST_SECONDS = 6
"""A link that carries nothing back for so long is lost; the system's own patience is many minutes."""

_CERTIFICATE = (
    "Check the laptop's date and the server's address; if both are right, the server's certificate has expired "
    "or comes from an authority that this laptop does not know."
)


class Connection:
    """One server. `begin` may be called again while earlier requests still run."""

    def __init__(self, url: str, organisation: str, token: Secret) -> None:
        """Raises BadInput for a token that no server can be sent; it is never shown."""
        if not (token.reveal().isascii() and token.reveal().isprintable()):
            words = "a token is plain letters, digits and signs in one line: copy it once more from the server"
            raise BadInput("token", HIDDEN, words)
        self._clean = hiding(token)
        self._sockets: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._closed = self._right_way = False
        self._announced, self._dropped = 0, False
        self._threads: list[threading.Thread] = []
        self._client = InfluxDBClient(
            url=url,
            token=token.reveal(),
            org=organisation,
            retries=False,
        )
        self._url = url.rstrip("/")
        self._pools: PoolManager = self._client.api_client.rest_client.pool_manager
        self._pools.pool_classes_by_scheme = _pool_classes(self._note)
        self._pools.connection_pool_kw["socket_options"] = _socket_options()

    def begin(
        self, method: str, path: str, query: Mapping[str, str], body: bytes = b"", headers: Mapping[str, str] = {}
    ) -> Future[Reply]:
        """Start a request. The future always gets a reply; it fails only by a fault of this program."""
        future: Future[Reply] = Future()
        thread = threading.Thread(
            target=self._run, args=(future, method, path, query, body, headers), name="influxdb request", daemon=True
        )
        self._threads = [other for other in self._threads if other.is_alive()] + [thread]
        thread.start()
        return future

    def ask(self, method: str, path: str, query: Mapping[str, str], body: bytes = b"") -> Reply:
        """A request, waited for."""
        return self.begin(method, path, query, body).result()

    def was_dropped(self) -> bool:
        """Whether the server has, since this was last asked, ended a connection between requests without a word."""
        with self._guard:
            dropped, self._dropped = self._dropped, False
            return dropped

    def close(self) -> None:
        """Cut what still runs."""
        with self._guard:
            self._closed = True
            for used in self._sockets:
                _cut(used)
        for thread in self._threads:
            thread.join(1)
        self._client.close()

    def _note(self, used: socket.socket, again: bool) -> None:
        with self._guard:
            if again and self._announced:
                self._announced -= 1
            elif again:
                self._dropped = True
            self._sockets = {other for other in self._sockets if other.fileno() >= 0} | {used}
            if self._closed:
                _cut(used)

    def _run(
        self,
        future: Future[Reply],
        method: str,
        path: str,
        query: Mapping[str, str],
        body: bytes,
        headers: Mapping[str, str],
    ) -> None:
        start = perf_counter()
        try:
            status, told, data = self._exchange(method, path, query, body, headers)
        except HTTPError as error:
            remedy = _remedy(str(error))
            silence = Silence(self._words(error), remedy, perf_counter() - start)
            looks_wrong = not remedy and isinstance(error, SSLError | ProtocolError)
            future.set_result((self._wrong_way() if looks_wrong else None) or silence)
        else:
            names = {name.lower(): self._clean(value) for name, value in told.items()}
            text = self._clean(data.decode(errors="replace"))
            answer = Answer(status, names, text, perf_counter() - start)
            wrong = self._wrong_way() if not_of_a_database(answer) else None
            self._right_way = self._right_way or wrong is None
            future.set_result(wrong or answer)
        finally:
            if not future.done():
                future.set_exception(RuntimeError("a request failed by a fault of this program, told by its thread"))

    def _wrong_way(self) -> Silence | None:
        """What is to be set otherwise, if the port is for TLS and the address not, or the other way round.

        Once the server has answered, that is never it.
        """
        return None if self._right_way else wrong_way(self._url, lambda used: self._note(used, False))

    def _exchange(
        self, method: str, path: str, query: Mapping[str, str], body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        # Through the client's pools and not its call_api: that writes what a server says about an error to the log.
        address = f"{self._url}{path}?{urlencode(query)}" if query else f"{self._url}{path}"
        sent = {"Content-Type": "text/plain; charset=utf-8", **headers, **self._client.api_client.default_headers}
        timeout = Timeout(connect=CONNECT_SECONDS, read=REPLY_SECONDS)
        reply = self._pools.request(
            method, address, body=body or None, headers=sent, timeout=timeout, redirect=False, preload_content=False
        )
        most = MOST_OF_A_WRITE if path.endswith("/write") else MOST_BYTES
        data = reply.read(most)
        if len(data) < most:
            data += reply.read()  # nothing, or the error that the reply was cut off
        else:
            reply.close()
        reply.release_conn()
        if reply.headers.get("connection", "").lower() == "close":
            with self._guard:
                self._announced += 1
        return reply.status, reply.headers, data

    def _words(self, error: HTTPError) -> str:
        words = " ".join(self._clean(str(error)).split())[:MOST_WORDS]  # cut last: half a token is one, too
        return f"no answer from the server ({type(error).__name__}: {words})"


def _remedy(words: str) -> str:
    """What a person has to do about an error of the encryption; empty where it is none, or passes by itself."""
    if "CERTIFICATE_VERIFY_FAILED" in words:
        return _CERTIFICATE
    return CLIENT if TURNED_AWAY.search(words) else ""


def _pool_classes(note: Callable[[socket.socket, bool], None]) -> dict[str, type[HTTPConnectionPool]]:
    # urllib3 offers no other way to reach the socket of a request that is under way, and it mends a connection that
    # the server has dropped without telling anyone.
    class Plain(HTTPConnection):
        connected_before = False

        def connect(self) -> None:
            super().connect()
            note(self.sock, self.connected_before)
            self.connected_before = True

    class Tls(HTTPSConnection):
        connected_before = False

        def connect(self) -> None:
            super().connect()
            note(self.sock, self.connected_before)
            self.connected_before = True

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class TlsPool(HTTPSConnectionPool):
        ConnectionCls = Tls

    return {"http": PlainPool, "https": TlsPool}


def _cut(used: socket.socket) -> None:
    # The plain shutdown, also for TLS: its own would change what another thread is reading from.
    with suppress(OSError):
        socket.socket.shutdown(used, socket.SHUT_RDWR)


def _socket_options() -> list[tuple[int, int, int]]:
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    if sys.platform == "linux":
        options += [
            (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _LOST_SECONDS * 1000),
            (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 3),
            (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
            (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
        ]
    return options
