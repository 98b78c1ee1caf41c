# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""InfluxDB 2's interface in front of a real InfluxDB 1.6, which lets requests through one by one. Listens, connects.

The paths alone differ; bodies and answers are the real server's. When that is gone, so is the client's connection.
"""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "planted-token-93c1f0"


@dataclass
class Front:
    """`allowed` writes are let through in all; `writes` have been. The network is there while `up`."""

    url: str = ""
    allowed: int = 0
    writes: int = 0
    waiting: int = 0
    up: bool = True
    change: threading.Condition = field(default_factory=threading.Condition)

    def allow(self, more: int) -> None:
        """Let so many more writes through."""
        with self.change:
            self.allowed = self.writes + more
            self.change.notify_all()

    def network(self, up: bool) -> None:
        """Have the network come or go: without it every connection ends."""
        with self.change:
            self.up = up
            self.change.notify_all()

    def enter(self) -> bool:
        """A write waits until it is let through; whether it is."""
        with self.change:
            self.waiting += 1
            self.change.wait_for(lambda: self.writes < self.allowed or not self.up)
            self.waiting -= 1
            if not self.up:
                return False
            self.writes += 1
            return True


@contextmanager
def influx_front(upstream: int) -> Iterator[Front]:
    """The interface on loopback, in front of the server on the port `upstream`."""
    front = Front()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._pass_on("GET", b"")

        def do_POST(self) -> None:
            self._pass_on("POST", self.rfile.read(int(self.headers.get("Content-Length", "0"))))

        def _pass_on(self, method: str, body: bytes) -> None:
            parts = urlsplit(self.path)
            if self.headers.get("Authorization") != f"Token {TOKEN}":
                self._answer(401, b'{"code":"unauthorized","message":"unauthorized access"}')
                return
            if not front.up:
                self.close_connection = True
                return
            if parts.path == "/api/v2/write":
                bucket = parse_qs(parts.query)["bucket"][0]
                if body.startswith(b"\x1f\x8b") and not front.enter():
                    self.close_connection = True
                    return
                path = f"/write?db={bucket}&precision=ns"
            else:
                path = "/ping" if parts.path == "/health" else self.path
            self._ask(method, path, body)

        def _ask(self, method: str, path: str, body: bytes) -> None:
            encoding = {"Content-Encoding": "gzip"} if body.startswith(b"\x1f\x8b") else {}
            with closing(HTTPConnection("127.0.0.1", upstream, timeout=60)) as server:
                try:
                    server.request(method, path, body, encoding)
                    reply = server.getresponse()
                    status, data = reply.status, reply.read()
                except (OSError, HTTPException):
                    self.close_connection = True
                    return
            self._answer(200 if path == "/ping" and status == 204 else status, data)

        def _answer(self, status: int, data: bytes) -> None:
            self.send_response(status)
            if status != 204:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if status != 204:
                self.wfile.write(data)

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # a client that was killed
                return

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        front.url = f"http://127.0.0.1:{listening.server_address[1]}"
        serving = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield front
        finally:
            front.network(up=False)
            listening.shutdown()
            serving.join()
