# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A recorder that starts on a full disk: it serves what it has, says what is wrong, and records once there is room."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.buffer.check import check_log
from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.entry import Entry, decode_entry, decode_reading
from tests.support.processes import Child, running
from tests.support.recorder import Recorder, recorder_at
from tests.support.small_disk import fill_up, small_disk
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(900)
PATIENCE_S = 120.0
HISTORY = {"channel": "wind_speed", "from": "2020-01-01T00:00:00Z", "to": "2100-01-01T00:00:00Z", "points": 100}


@dataclass(frozen=True)
class Station:
    child: Child
    recorder: Recorder

    def get(self, path: str, **query: object) -> Any:
        return self.recorder.get(path, params={name: str(value) for name, value in query.items()})

    def wait_for_readings(self) -> None:
        wait_until(
            lambda: len(self.get("/api/sensors")) == 3 and all(s["latest"] for s in self.get("/api/sensors")),
            seconds=PATIENCE_S,
            what="a reading of each sensor",
        )

    def recording(self) -> bool:
        return bool(self.get("/api/health")["recording"])


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", "24m") as folder:
        yield folder


@contextmanager
def recorder(disk: Path, tmp_path: Path) -> Iterator[Station]:
    home = disk / "home-demo"
    command = [sys.executable, "-m", "edge_daemon", "run", "--demo", "--home", str(disk / "home")]
    environment = {**os.environ, "XDG_STATE_HOME": str(disk / "state"), "TMPDIR": str(tmp_path)}
    with running(command, output=tmp_path / f"said-{os.urandom(4).hex()}", environment=environment) as child:
        yield Station(child, recorder_at(home, child))


def entries(path: Path) -> list[tuple[int, Entry]]:
    with LogReader(path) as reader:
        return [(index, decode_entry(data)) for index, data in reader.entries(0, 100_000)]


def refuse_strange_configurations(path: Path) -> None:
    """A reading may only name a configuration entry that stands before it in its own log."""
    kinds = {index: entry.type for index, entry in entries(path)}
    with LogReader(path) as reader:
        for index, data in reader.entries(0, 100_000):
            if kinds[index] == "reading":
                named = decode_reading(data).configuration
                assert named < index
                assert kinds[named] == "configuration"


@pytest.mark.parametrize("with_reserve", [True, False])
def test_a_recorder_started_on_a_full_disk_serves_and_resumes(
    disk: Path, tmp_path: Path, *, with_reserve: bool
) -> None:
    log = disk / "home-demo" / "buffer.sqlite3"
    with recorder(disk, tmp_path) as first:
        first.wait_for_readings()
        assert first.child.interrupt() == 0, first.child.said()[-2000:]
    before = entries(log)
    if not with_reserve:
        (disk / "home-demo" / "reserve.bin").unlink()
    ballast = fill_up(disk)

    with recorder(disk, tmp_path) as full:
        health = full.get("/api/health")
        assert (health["recording"], health["writer"]) == (False, "disk_full")
        assert "disk_full" in [trouble["code"] for trouble in health["troubles"]]
        assert full.get("/api/sensors/windsonic/plot", **HISTORY)["seconds"]
        assert full.get("/api/log/head")["size"] == len(before)
        ballast.unlink()
        wait_until(full.recording, seconds=PATIENCE_S, what="recording to resume")
        full.wait_for_readings()
        assert full.child.interrupt() == 0, full.child.said()[-2000:]

    after = entries(log)
    assert after[: len(before)] == before
    added = [entry for _, entry in after[len(before) :]]
    assert (added[0].type, added[0].body["event"]) == ("boot", "start")
    assert "reading" in {entry.type for entry in added}
    assert (added[-1].type, added[-1].body["event"]) == ("boot", "stop")
    refuse_strange_configurations(log)
    assert check_log(log).sound


def test_a_log_that_must_be_closed_on_a_full_disk_is_followed_once_there_is_room(disk: Path, tmp_path: Path) -> None:
    home = disk / "home-demo"
    log = home / "buffer.sqlite3"
    with recorder(disk, tmp_path) as first:
        first.wait_for_readings()
        assert first.child.interrupt() == 0, first.child.said()[-2000:]
    old = entries(log)
    damaged = log.read_bytes().replace(b'"type":"boot"', b'"type":"boat"')
    log.write_bytes(damaged)
    (home / "reserve.bin").unlink()
    ballast = fill_up(disk)

    with recorder(disk, tmp_path) as full:
        assert full.get("/api/health")["writer"] == "disk_full"
        assert {sensor["sensor_id"] for sensor in full.get("/api/sensors")} == {"scd30", "pms7003", "windsonic"}
        ballast.unlink()
        wait_until(full.recording, seconds=PATIENCE_S, what="recording to resume")
        full.wait_for_readings()
        assert full.child.interrupt() == 0, full.child.said()[-2000:]

    new = entries(log)
    predecessor: Any = new[0][1].body["predecessor"]
    assert predecessor["origin"] == old[0][1].body["origin"]
    assert "damaged" in predecessor["cause"]
    types = [entry.type for _, entry in new]
    begun = types[1 : types.index("boot")]
    assert begun.count("configuration") == 3
    assert set(begun) <= {"configuration", "installation"}
    refuse_strange_configurations(log)
    assert check_log(log).sound
    assert [path.read_bytes() for path in (home / "closed").glob("*.sqlite3") if "salvaged" not in path.name] == [
        damaged
    ]
