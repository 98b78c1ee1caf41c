# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A damaged log is salvaged by itself and stays readable; a full check runs beside recording and tells its limits."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.entry import decode_entry
from tests.support.processes import Child, running
from tests.support.recorder import Recorder, recorder_at
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(900)
PATIENCE_S = 240.0
ALWAYS = {"channel": "wind_speed", "from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z", "points": "100"}


@dataclass(frozen=True)
class Station:
    child: Child
    recorder: Recorder

    def ask(self, method: str, path: str, **query: str) -> Any:
        reply = self.recorder.ask(method, path, params=query)
        assert reply.status_code < 300, reply.text
        return reply.json()

    def wait_for_readings(self) -> None:
        wait_until(
            lambda: (
                len(self.ask("GET", "/api/sensors")) == 3 and all(s["latest"] for s in self.ask("GET", "/api/sensors"))
            ),
            seconds=PATIENCE_S,
            what="a reading of each sensor",
        )


def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}


@contextmanager
def recorder(tmp_path: Path) -> Iterator[Station]:
    command = [sys.executable, "-m", "edge_daemon", "run", "--demo", "--home", str(tmp_path / "home")]
    output = tmp_path / f"said-{os.urandom(4).hex()}"
    with running(command, output=output, environment=environment(tmp_path)) as child:
        yield Station(child, recorder_at(tmp_path / "home-demo", child))


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """The log of a recorder that has run and ended."""
    with recorder(tmp_path) as first:
        first.wait_for_readings()
        first.child.interrupt()
    return tmp_path / "home-demo" / "buffer.sqlite3"


def command(tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "edge_daemon", "check", "--demo", "--home", str(tmp_path / "home")],
        check=False,
        capture_output=True,
        text=True,
        env=environment(tmp_path),
        timeout=PATIENCE_S,
    )


def test_a_damaged_log_is_salvaged_by_itself_and_its_history_stays_readable(recorded: Path, tmp_path: Path) -> None:
    with LogReader(recorded) as reader:
        rows = reader.entries(0, 100_000)
    size = len(rows)
    lost = next(data for _, data in rows if decode_entry(data).body.get("sensor") == "windsonic" and b'"ch"' in data)
    damaged = recorded.read_bytes().replace(lost, lost.replace(b"windsonic", b"windsonik"))
    recorded.write_bytes(damaged)
    with recorder(tmp_path) as again:

        def salvaged() -> Any:
            return next((log for log in again.ask("GET", "/api/logs") if log["state"] == "salvaged"), None)

        assert "damaged_log" in {trouble["code"] for trouble in again.ask("GET", "/api/health")["troubles"]}
        old = wait_until(salvaged, seconds=PATIENCE_S, what="the salvage")
        assert old["salvage"] == {"size": size, "copied": size - 1, "changed": 1, "unproven": 0, "unreadable": 0}
        assert (old["size"], old["cause"].split(":")[0]) == (size, "damaged")
        assert old["first"] <= old["last"] <= old["closed"]
        current = again.ask("GET", "/api/logs")[0]
        assert (current["name"], current["state"]) == ("current", "current")
        assert current["origin"] == again.ask("GET", "/api/log/head")["origin"] != old["origin"]
        path = f"/api/logs/{old['name']}"
        plot = again.ask("GET", f"{path}/sensors/windsonic/plot", **ALWAYS)
        assert plot["unit"] == "m/s"
        assert plot["seconds"]
        assert {s["sensor_id"] for s in again.ask("GET", f"{path}/sensors")} == {"scd30", "pms7003", "windsonic"}
        kept = again.ask("GET", f"{path}/entries", limit="1000")
        assert {entry["entry"].encode() for entry in kept} == {data for _, data in rows[:1001]} - {lost}
        assert isinstance(again.ask("GET", f"{path}/gaps"), list)
        again.child.interrupt()
    closed = recorded.parent / "closed"
    assert (closed / f"{old['name']}.sqlite3").read_bytes() == damaged
    assert (closed / f"{old['name']}.salvaged.sqlite3").stat().st_mode & 0o777 == 0o400


def test_a_check_beside_a_recorder_tells_its_verdict_and_its_limits(recorded: Path, tmp_path: Path) -> None:
    with recorder(tmp_path) as again:
        assert again.ask("GET", "/api/log/check")["state"] == "never"
        assert again.ask("POST", "/api/log/check")["state"] == "running"

        def ended() -> Any:
            now = again.ask("GET", "/api/log/check")
            return now if now["state"] != "running" else None

        verdict = wait_until(ended, seconds=PATIENCE_S, what="the verdict")
        assert (verdict["state"], verdict["problems"], verdict["message"]) == ("sound", [], "")
        assert len(verdict["checked"]) == 2
        assert any("replaced by another" in words for words in verdict["not_checked"])
        assert verdict["done"] == verdict["of"] == verdict["size"] > 0
        told = command(tmp_path)
        assert (told.returncode, "Sound" in told.stdout, "Not checked" in told.stdout) == (0, True, True), told
        again.child.interrupt()
    with recorder(tmp_path) as third:
        assert third.ask("GET", "/api/log/check")["state"] == "sound"


def test_the_command_without_a_recorder_names_what_is_damaged(recorded: Path, tmp_path: Path) -> None:
    assert command(tmp_path).returncode == 0
    whole = recorded.read_bytes()
    recorded.write_bytes(whole.replace(b'"type":"boot"', b'"type":"boat"', 1))
    told = command(tmp_path)
    assert (told.returncode, "DAMAGED" in told.stdout) == (1, True), told
    assert "its bytes do not match" in told.stdout
    recorded.write_bytes(b"not a database" * 1_000)
    assert command(tmp_path).returncode == 2
