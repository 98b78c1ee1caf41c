# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What leaves of a closed log is signed by the recorder of the present, with that log's own last checkpoint."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge_daemon.buffer.checkpoint_files import FOLDER, CheckpointFiles
from edge_daemon.domain.destination import FileDestination
from edge_daemon.home import Endpoint, Home
from edge_daemon.log.checkpoint import Checkpoint, sign_checkpoint
from edge_daemon.log.evidence_index import manifest_statement
from edge_daemon.log.signed_note import VerifierKey, sign_note
from sync.recorder import Recorder, sealer_of
from sync.sinks.file import FileSink
from sync.sinks.file.bundle import manifest_of
from tests.support.outgoing import readings

CLOSED, PRESENT = "verifield/log/" + "ab" * 16, "verifield/log/" + "cd" * 16
DEVICE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
KEY = VerifierKey(PRESENT, DEVICE.public_key().public_bytes_raw())


class Answers(BaseHTTPRequestHandler):
    """A recorder that records the present log."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "sha256" in body:
            told = {"note": str(sign_note(manifest_statement(body["sha256"]), PRESENT, DEVICE))}
        else:
            told = {"note": str(sign_checkpoint(Checkpoint(PRESENT, 9, bytes(32)), DEVICE)), "key": str(KEY)}
        data = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        recorder = Recorder(Endpoint(f"http://127.0.0.1:{server.server_address[1]}", 1, "token"))
        monkeypatch.setattr("sync.recorder.recorder_of", lambda *_: recorder)
        yield Home(tmp_path / "home")
        server.shutdown()
        serving.join()


def keep(home: Home, key: Ed25519PrivateKey) -> None:
    CheckpointFiles(home.path / FOLDER).keep(sign_checkpoint(Checkpoint(CLOSED, 310, bytes(32)), key))


def test_the_bundle_of_a_closed_log_is_signed_and_holds_its_last_checkpoint(home: Home, tmp_path: Path) -> None:
    keep(home, DEVICE)
    stick = FileDestination("stick", str(tmp_path))
    with closing(
        FileSink(stick, origin=CLOSED, entries=lambda *_: (), entries_from=0, seal=lambda: sealer_of(home, CLOSED))
    ) as sink:
        list(sink.deliver(sink.chunks(readings(10)), threading.Event()))
    [bundle] = tmp_path.glob("*.tar")
    told = manifest_of(bundle).seal
    assert told is not None
    assert (told.key, told.checkpoint) == (KEY, Checkpoint(CLOSED, 310, bytes(32)))


def test_a_closed_log_without_a_checkpoint_of_the_present_key_is_not_signed(home: Home) -> None:
    assert sealer_of(home, CLOSED) is None
    keep(home, STRANGER)
    assert sealer_of(home, CLOSED) is None
    present = sealer_of(home, PRESENT)
    assert present is not None
    assert present.sign(hashlib.sha256(b"x").hexdigest())
