# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Asks the running recorder to sign. Only the recorder has the device key. Uses the loopback network."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping

from edge_daemon.domain.faults import Unreachable
from edge_daemon.home import Endpoint, Home

PATIENCE_S = 60.0


class Recorder:
    """The recorder that answers for a home."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        # No proxy may stand between two programs of one computer.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def checkpoint(self) -> str:
        """A signed checkpoint of what is durable now, as its note. Raises Unreachable with the recorder's words."""
        return str(self._post("/api/log/checkpoint", {})["note"])

    def sign_index(self, digest: str) -> str:
        """A signed note over the SHA-256 (hex) of a bundle's index. Raises Unreachable."""
        return str(self._post("/api/log/evidence-index", {"sha256": digest})["note"])

    def _post(self, path: str, body: Mapping[str, object]) -> Mapping[str, object]:
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


def recorder_of(home: Home) -> Recorder | None:
    """The running recorder; None where none runs."""
    endpoint = home.running_endpoint()
    return None if endpoint is None else Recorder(endpoint)


def _words(reply: bytes) -> str:
    try:
        told = json.loads(reply)
        return str(told["detail"])
    except (ValueError, KeyError, TypeError):
        return "it gives no reason"
