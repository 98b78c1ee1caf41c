# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The local ledger as a server on loopback. Opens a port and the ledger's file."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from edge_daemon.buffer.trouble import faults
from edge_daemon.domain.faults import AlreadyRunning
from edge_daemon.secrets.file_lock import FileLock
from sync.anchor.ledger.chain import Chain
from sync.anchor.ledger.rest import Response, Rest
from sync.anchor.ledger.state import State
from sync.demo import is_loopback

FILE_NAME = "local-ledger.sqlite3"
LARGEST_REQUEST = 1 << 20
DELAY_S = 2.0


def wall_us() -> int:
    """This computer's clock in microseconds: the local ledger has no better one."""
    return time.time_ns() // 1000


@contextmanager
def opened(path: Path, now_us: Callable[[], int] = wall_us) -> Iterator[Rest]:
    """The ledger in the file at `path`, which is made where it is missing.

    Raises AlreadyRunning while another process has it, BufferUnavailable, DiskFull.
    """
    with faults(path):
        lock = FileLock.take_if_free(path.with_name(path.name + ".lock"))
    if lock is None:
        raise AlreadyRunning(f"Another program has the local ledger {path} open.")
    with lock:
        with faults(path):
            state = State(path)
        try:
            yield Rest(Chain(state, now_us))
        finally:
            state.close()


@contextmanager
def serving(rest: Rest, port: int = 0) -> Iterator[str]:
    """Answer on loopback while the block lasts; gives the URL of the API. Raises OSError when the port is taken."""
    stopped = threading.Event()
    server = _Server(("127.0.0.1", port), _handler(rest, stopped))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="local ledger")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no error of the ledger; everything else is told as usual."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # the base's own annotation is narrower


def _handler(rest: Rest, stopped: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Nothing waits for ever on a client that keeps its connection and says nothing.
        timeout = 5.0

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            if not is_loopback(urlsplit(f"//{self.headers.get('Host', '')}").hostname or ""):
                self._send(Response(403, b"this ledger answers on loopback only"))
                return
            told = self.headers.get("Content-Length", "0")
            length = int(told) if told.isdigit() else LARGEST_REQUEST + 1
            if length > LARGEST_REQUEST:
                self.close_connection = True
                self._send(Response(413, b"too large"))
                return
            body = self.rfile.read(length)
            answer = rest.handle(self.command, self.path, self.headers.get("Content-Type", ""), body)
            if answer.late:
                stopped.wait(DELAY_S)
            if answer.drop:
                self.close_connection = True
                return
            self._send(answer)

        def _send(self, answer: Response) -> None:
            # One connection a request: a client that keeps one open would hold up the end of this server.
            self.close_connection = True
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer.body[: len(answer.body) // 2] if answer.cut else answer.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class calls it so
            """Say nothing: the ledger has no log."""

    return Handler
