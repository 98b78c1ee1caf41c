# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A recorder on a disk with little room says so while it still records, and says something else once it is full."""

import json
import os
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import running
from tests.support.small_disk import fill_up, small_disk
from tests.support.waiting import wait_until

PATIENCE_S = 120.0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "64m") as folder:
        yield folder


def test_a_warning_comes_before_the_disk_is_full(disk: Path, tmp_path: Path) -> None:
    home = disk / "home-demo"
    command = [sys.executable, "-m", "edge_daemon", "run", "--demo", "--home", str(disk / "home")]
    environment = {**os.environ, "XDG_STATE_HOME": str(disk / "state"), "TMPDIR": str(tmp_path)}
    with running(command, output=tmp_path / "said", environment=environment) as child:
        child.wait_for_text("answering at", seconds=PATIENCE_S)
        endpoint = json.loads((home / "endpoint.json").read_text())

        def health() -> dict[str, Any]:
            request = urllib.request.Request(
                endpoint["url"] + "/api/health", headers={"Authorization": f"Bearer {endpoint['token']}"}
            )
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return dict(json.load(answer))

        now = health()
        assert now["recording"]
        (low,) = [trouble for trouble in now["troubles"] if trouble["code"] == "disk_low"]
        assert "GB are left" in low["detail"]
        assert "Make room" in low["advice"]

        ballast = fill_up(disk)
        wait_until(lambda: health()["writer"] == "disk_full", seconds=PATIENCE_S, what="the disk to be full")
        codes = [trouble["code"] for trouble in health()["troubles"]]
        assert "disk_full" in codes
        assert "disk_low" not in codes
        ballast.unlink()
        wait_until(lambda: health()["recording"], seconds=PATIENCE_S, what="recording to resume")
        assert "disk_low" in [trouble["code"] for trouble in health()["troubles"]]
        assert child.interrupt() == 0
