# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A running recorder as another program sees it: where it answers, and its answers. Reads its home; sends requests."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.processes import Child
from tests.support.waiting import wait_until

PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Recorder:
    """Where the recorder of a home answers, and what opens it."""

    url: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        """What each request carries."""
        return {"Authorization": f"Bearer {self.token}"}

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Its answer, whatever it is. Plain HTTP needs no certificates; to load them takes longer than to ask."""
        return httpx.request(
            method, self.url + path, headers=self.headers, timeout=PATIENCE_S, trust_env=False, verify=False, **more
        )

    def get(self, path: str, **more: Any) -> Any:
        """What it tells."""
        reply = self.ask("GET", path, **more)
        assert reply.status_code == 200, reply.text
        return reply.json()


def recorder_at(home: Path, child: Child) -> Recorder:
    """The recorder that this child is, once it says in its home where it answers."""

    def told() -> Recorder | None:
        assert child.running, child.said()[-2000:]
        try:
            endpoint = json.loads((home / "endpoint.json").read_text())
        except (FileNotFoundError, ValueError):
            return None
        return Recorder(endpoint["url"], endpoint["token"]) if endpoint["pid"] == child.pid else None

    found = wait_until(told, seconds=PATIENCE_S, what="the recorder's endpoint")
    assert found is not None
    return found
