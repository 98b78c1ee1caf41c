# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for InfluxDB 2: its checks in its order, its words, and whatever misbehaviour a test asks for. Listens.

Source: InfluxDB OSS 2 API reference (write, buckets, health): token, organisation, bucket, right to write, then body.
"""

import gzip
import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "planted-token-3f9a"
ORGANISATION, BUCKET = "coast", "readings"

_LINE = re.compile(r"[^ ,]+(?:,(?:\\.|[^\\ ])+)? \S.* -?\d+", re.DOTALL)


@dataclass(frozen=True)
class Reply:
    """`declared` bytes are announced; a shorter `body` is a reply that is cut off. Status 0: the connection ends.

    `hang_up`: the connection ends after the reply, without a word about it.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    declared: int | None = None
    hang_up: bool = False


def told(status: int, code: str, message: str, **headers: str) -> Reply:
    """An error as version 2 words it."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps({"code": code, "message": message}).encode(), names)


@dataclass
class Server:
    """What clients did, and how to answer them. `before_write` may answer, or wait, before a write is looked at.

    `pages` are answers to other paths, for which `before_page` may wait.
    """

    url: str = ""
    writes: list[list[str]] = field(default_factory=list)
    requests: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)
    points: dict[tuple[str, str], str] = field(default_factory=dict)
    before_write: Callable[[list[str]], Reply | None] = lambda _lines: None
    buckets: Reply | None = None
    every_seconds: int = 0
    field_types: Mapping[str, str] | None = None
    may_write: bool = True
    pages: dict[str, Reply] = field(default_factory=dict)
    before_page: Callable[[], object] = lambda: None

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """The reply to a request."""
        self.requests.append((method, target, headers))
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path in self.pages:
            self.before_page()
            return self.pages[parts.path]
        if parts.path == "/health":
            return Reply(
                200, b'{"name":"influxdb","status":"pass","version":"v2.7.6"}', {"X-Influxdb-Version": "v2.7.6"}
            )
        if headers.get("Authorization") != f"Token {TOKEN}":
            return told(401, "unauthorized", "unauthorized access")
        if parts.path == "/api/v2/write" and method == "POST":
            return self._write(query, headers, body)
        if parts.path == "/api/v2/buckets":
            rules = [{"type": "expire", "everySeconds": self.every_seconds}]
            there = [{"name": BUCKET, "retentionRules": rules}] if query.get("name") == BUCKET else []
            return self.buckets or Reply(200, json.dumps({"buckets": there}).encode())
        if parts.path == "/query" and self.field_types is not None:
            series = {"columns": ["fieldKey", "fieldType"], "values": list(map(list, self.field_types.items()))}
            return Reply(200, json.dumps({"results": [{"series": [series] if self.field_types else []}]}).encode())
        return told(404, "not found", "path not found")

    def _write(self, query: Mapping[str, str], headers: Mapping[str, str], body: bytes) -> Reply:
        if query.get("org") != ORGANISATION:
            return told(404, "not found", f'organization name "{query.get("org")}" not found')
        if query.get("bucket") != BUCKET:
            return told(404, "not found", f'bucket "{query.get("bucket")}" not found')
        if not self.may_write:
            return told(403, "forbidden", "insufficient permissions for write")
        text = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
        lines = [line for line in text.decode().split("\n") if line and not line.startswith("#")]
        if not text:
            return told(400, "invalid", "writing requires points")
        reply = self.before_write(lines) if lines else None
        if reply is not None:
            return reply
        for line in lines:
            if not _LINE.fullmatch(line):
                return told(400, "invalid", f"unable to parse '{line}': missing fields")
        if lines:
            self.writes.append(lines)
        for line in lines:
            series, fields, time = re.split(r"(?<!\\) (?=\S+=)|(?<=\S) (?=-?\d+$)", line)
            self.points[series, time] = fields
        return Reply(204)


@contextmanager
def influx_v2() -> Iterator[Server]:
    """A server on loopback."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _answer(self, body: bytes) -> None:
            reply = server.answer(self.command, self.path, dict(self.headers.items()), body)
            if reply.status == 0:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(reply.body) if reply.declared is None else reply.declared))
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection |= reply.declared is not None or reply.hang_up

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the client went away, as some tests have it do
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        listening.daemon_threads = True
        server.url = f"http://127.0.0.1:{listening.server_address[1]}"
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
