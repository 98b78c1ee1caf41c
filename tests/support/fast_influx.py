# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An InfluxDB that takes everything at once and keeps nothing, in a process of its own. Starts a process, listens."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import running
from tests.support.servers import free_port

SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        body = b'{"status":"pass","buckets":[]}'
        if self.path == "/metrics":  # when it began: nobody has to wait until what it took is certain to be kept
            body = b"process_start_time_seconds 1795464571.25\\n"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        left = int(self.headers.get("Content-Length", "0"))
        while left and (block := self.rfile.read(min(left, 65536))):
            left -= len(block)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass

server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
print("ready", flush=True)
server.serve_forever()
"""


@contextmanager
def fast_influx(folder: Path) -> Iterator[str]:
    """Its address, as long as the block lasts."""
    port = free_port()
    with running([sys.executable, "-c", SERVER, str(port)], output=folder / "fast-influx.log") as child:
        child.wait_for_text("ready")
        yield f"http://127.0.0.1:{port}"
