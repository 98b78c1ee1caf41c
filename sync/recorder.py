# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Asks the running recorder to sign. Only the recorder has the device key. Uses the loopback network."""

import json
import logging
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import Future, wait

from edge_daemon.buffer.checkpoint_files import FOLDER, CheckpointFiles
from edge_daemon.domain.faults import BadInput, DamagedLog, Unreachable
from edge_daemon.home import Endpoint, Home
from edge_daemon.log.checkpoint import read_checkpoint
from edge_daemon.log.signed_note import NoteInvalid, VerifierKey, signer_of
from sync.sinks.file.seal import Sealer

log = logging.getLogger(__name__)

PATIENCE_S = 60.0
CANCELLED_PATIENCE_S = 0.3
"""For so long a recorder that answers at all is still waited for: a file that is broken off is signed, too."""

_LOOK_S = 0.05


class Recorder:
    """The recorder that answers for a home. Once `cancelled` is set, it is hardly waited for any more."""

    def __init__(self, endpoint: Endpoint, cancelled: threading.Event | None = None) -> None:
        self._endpoint = endpoint
        self._cancelled = cancelled or threading.Event()
        # No proxy may stand between two programs of one computer.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def checkpoint(self) -> str:
        """A signed checkpoint of what is durable now, as its note. Raises Unreachable with the recorder's words."""
        return self.signed_head()[0]

    def signed_head(self) -> tuple[str, str]:
        """The same, and the key that signed it as C2SP signed-note writes a verifier key. Raises Unreachable."""
        told = self._post("/api/log/checkpoint", {})
        return str(told["note"]), str(told["key"])

    def sign_index(self, digest: str, origin: str, size: int) -> str:
        """A signed note over the SHA-256 (hex) of a bundle's index, of this log at this size. Raises Unreachable."""
        body = {"sha256": digest, "origin": origin, "size": size}
        return str(self._post("/api/log/evidence-index", body)["note"])

    def sign_manifest(self, digest: str) -> str:
        """A signed note over the SHA-256 (hex) of a delivery's manifest. Raises Unreachable."""
        return str(self._post("/api/log/delivery-manifest", {"sha256": digest})["note"])

    def _post(self, path: str, body: Mapping[str, object]) -> Mapping[str, object]:
        answer: Future[Mapping[str, object] | Unreachable] = Future()

        def ask() -> None:
            try:
                answer.set_result(self._answer(path, body))
            except Unreachable as error:
                answer.set_result(error)
            finally:
                if not answer.done():
                    answer.set_exception(RuntimeError("a request failed by a fault of this program"))

        threading.Thread(target=ask, name="recorder", daemon=True).start()
        told = self._awaited(answer)
        if isinstance(told, Unreachable):
            raise told
        return told

    def _awaited(self, answer: "Future[Mapping[str, object] | Unreachable]") -> Mapping[str, object] | Unreachable:
        cancelled_s: float | None = None
        while not wait([answer], timeout=_LOOK_S).done:
            if cancelled_s is None and self._cancelled.is_set():
                cancelled_s = time.monotonic()
            if cancelled_s is not None and time.monotonic() - cancelled_s > CANCELLED_PATIENCE_S:
                return Unreachable("The recorder had not answered yet when the sync was cancelled.")
        return answer.result()

    def _answer(self, path: str, body: Mapping[str, object]) -> Mapping[str, object]:
        request = urllib.request.Request(
            self._endpoint.url + path,
            data=json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._endpoint.token}", "Content-Type": "application/json"},
            method="POST",
        )
        try:
            with self._opener.open(request, timeout=PATIENCE_S) as reply:
                told = json.loads(reply.read())
        except urllib.error.HTTPError as error:
            with error:
                raise Unreachable(f"The recorder does not sign: {_words(error.read())}") from error
        except (urllib.error.URLError, OSError, ValueError) as error:
            raise Unreachable(f"The recorder does not answer: {error}") from error
        if not isinstance(told, dict):
            raise Unreachable("The recorder answers in a form that this program does not know.")
        return told


def sealer_of(home: Home, origin: str, cancelled: threading.Event | None = None) -> Sealer | None:
    """Who signs a bundle of this log; None where no recorder runs or does not sign.

    With a closed log goes its last checkpoint; None where it has none that the present key has signed.
    """
    try:
        recorder = recorder_of(home, cancelled)
        if recorder is None:
            return None
        note, key = recorder.signed_head()
        if read_checkpoint(note).checkpoint.origin != origin:
            kept = CheckpointFiles(home.path / FOLDER).newest(origin)
            if kept is None:
                return None
            signer_of(kept.signed.note, [VerifierKey(origin, VerifierKey.parse(key).public)])
            note = str(kept.signed)
        return Sealer(note, key, lambda digest: _signed(recorder, digest))
    except (Unreachable, BadInput, NoteInvalid, DamagedLog, OSError) as error:
        log.warning("the file for the stick will not be signed: %s", error)
        return None


def _signed(recorder: Recorder, digest: str) -> str:
    try:
        return recorder.sign_manifest(digest)
    except Unreachable as error:
        log.warning("the file for the stick is not signed: %s", error)
        return ""


def recorder_of(home: Home, cancelled: threading.Event | None = None) -> Recorder | None:
    """The running recorder; None where none runs."""
    endpoint = home.running_endpoint()
    return None if endpoint is None else Recorder(endpoint, cancelled)


def _words(reply: bytes) -> str:
    try:
        told = json.loads(reply)
        return str(told["detail"])
    except (ValueError, KeyError, TypeError):
        return "it gives no reason"
