# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A small stand-in for InfluxDB's write interface: keeps points by series and time, and can be told to misbehave."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "a-planted-token-0123456789"

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Bucket:
    """What was written: fields by (series, time). `answer` may give another answer than 204 to a request's lines."""

    points: dict[tuple[str, int], str] = field(default_factory=dict)
    writes: int = 0
    answer: Callable[[list[str]], Answer | None] = lambda _: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, lines: list[str]) -> Answer:
        lines = [line for line in lines if not line.startswith("#")]
        with self.lock:
            other = self.answer(lines) if lines else None
            if other is not None:
                return other
            self.writes += bool(lines)
            for line in lines:
                series, fields, time = line.rsplit(" ", 2)
                self.points[series, int(time)] = fields
        return 204, {}, b""


@contextmanager
def influx(bucket: Bucket, port: int = 0) -> Iterator[str]:
    """Serve the bucket on loopback; gives the address. It tells when it began, as InfluxDB does."""
    began_s = int(time.time()) + 0.25  # one that began in a whole second is let alone for a moment

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._send(200, {}, f"process_start_time_seconds {began_s:.2f}\n".encode())
                return
            self._send(200, {"Content-Type": "application/json"}, b'{"status":"pass","buckets":[]}')

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if self.headers.get("Authorization") != f"Token {TOKEN}":
                self._send(401, {}, b'{"code":"unauthorized","message":"unauthorized access"}')
                return
            if self.headers.get("Content-Encoding") == "gzip":
                data = gzip.decompress(data)
            self._send(*bucket.write(data.decode().splitlines()))

        def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # a client that was killed
                return

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            serving.join()
