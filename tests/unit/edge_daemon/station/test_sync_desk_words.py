# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a sync says last is kept wherever it did not tell its end: it broke off, and somebody has to hear why."""

import subprocess
import sys
from pathlib import Path

import pytest

from edge_daemon.secrets.memory_store import MemoryStore
from edge_daemon.station.sync_command import SyncCommand
from edge_daemon.station.sync_desk import SyncDesk
from tests.support.waiting import wait_until

TALKER = """
import json, sys
for state in sys.argv[2:]:
    print(json.dumps({"event": "progress", "destination": "cloud", "state": state}), flush=True)
print("There is no room on the disk", file=sys.stderr)
sys.exit(int(sys.argv[1]))
"""


@pytest.mark.parametrize(
    ("status", "states", "trouble"),
    [
        (1, ["checking", "sending"], "There is no room on the disk"),
        (1, ["sending", "failed"], ""),
        (1, [], "There is no room on the disk"),
        (0, ["sending", "done"], ""),
    ],
)
def test_it_is_told_where_the_end_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, states: list[str], trouble: str
) -> None:
    def begin(_self: SyncCommand, _arguments: list[str], _needs: object) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", TALKER, str(status), *states]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8")

    monkeypatch.setattr(SyncCommand, "begin", begin)
    desk = SyncDesk(tmp_path / "home", dict, MemoryStore)
    desk.start()
    wait_until(lambda: not desk.run().running, seconds=60, what="it to end")
    assert desk.run().trouble == trouble
    assert [told["state"] for told in desk.run().progress.values()] == states[-1:]
