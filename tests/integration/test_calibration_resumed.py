# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A calibration whose recorder is killed at every step, and goes on where it was. Real processes, killed for good."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.entry import decode_entry, decode_reading
from tests.support.calibrating import PATIENCE_S, PIN, QUICK, Run, describe
from tests.support.processes import Child, running
from tests.support.quick_bench import quick_bench
from tests.support.recorder import recorder_at
from tests.support.waiting import wait_until

_DAEMON = """
import types, sys
from edge_daemon import compose
from edge_daemon.instruments import ports
compose.DEMO_SENSORS = {{"scd30-2": ""}}
ports.sys = types.SimpleNamespace(executable={bench!r})
sys.argv = ["verifield-daemon", "run", "--demo", "--home", {home!r}]
from edge_daemon.__main__ import app
app()
"""
REFERENCE = {"reference": 800.0, "expanded_uncertainty": 5.0}


class Station:
    """A running recorder as a window sees it."""

    def __init__(self, home: Path, child: Child) -> None:
        self.home = home
        self.child = child
        self._recorder = recorder_at(home, child)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self._recorder.ask(method, f"/api{path}", **more)

    def get(self, path: str) -> Any:
        return self._recorder.get(f"/api{path}")

    def wait_for_reading(self) -> None:
        size = self.get("/log/head")["size"]
        wait_until(
            lambda: (latest := self.get("/sensors/scd30")["latest"]) and latest["index"] >= size,
            seconds=PATIENCE_S,
            what="a reading",
        )

    def offset(self) -> float | None:
        """What the newest reading's value has more than its raw number; None where no calibration made it."""
        self.wait_for_reading()
        with LogReader(self.home / "buffer.sqlite3") as reader:
            newest = decode_reading(reader.readings("scd30", 0, 100_000)[-1][1])
        number = newest.channels["co2"]
        assert number.raw is not None
        assert number.value is not None
        return number.value - number.raw if "co2" in newest.calibrations else None

    def events(self) -> list[str]:
        with LogReader(self.home / "buffer.sqlite3") as reader:
            told = [decode_entry(reader.entries(one.index, 1)[0][1]).body for one in reader.events(["calibration"])]
        return [f"{one['event']} {one.get('phase', '')}".strip() for one in told]


@contextmanager
def started(tmp_path: Path) -> Iterator[tuple[Station, Run]]:
    """The recorder runs, until it is killed."""
    command = [sys.executable, "-c", _DAEMON.format(bench=quick_bench(tmp_path), home=str(tmp_path / "home"))]
    environment = {"XDG_STATE_HOME": str(tmp_path / "state")}
    output = tmp_path / f"daemon-{os.urandom(4).hex()}.out"
    with running(command, output=output, environment=environment) as child:
        station = Station(tmp_path / "home-demo", child)
        run = Run(station, "scd30")
        if station.ask("GET", "/sensors/scd30/calibration").status_code == 200:
            run.look()
        yield station, run
        child.kill()


def begin(tmp_path: Path, *procedure: str) -> None:
    """A run begins, and the recorder is killed."""
    describe(tmp_path / "home-demo")
    (tmp_path / "home-demo").chmod(0o700)
    with started(tmp_path) as (station, run):
        body = {"sensor_id": "scd30", "model": QUICK, "port": "pty:scd30-2"}
        wait_until(
            lambda: station.ask("POST", "/sensors", json=body).status_code == 201,
            seconds=PATIENCE_S,
            what="the sensor to be set up anew",
        )
        station.ask("POST", "/persons", json={"name": "Ana", "pin": PIN})
        station.wait_for_reading()
        run.begin(*procedure)


def test_a_run_that_is_killed_at_every_step_goes_on_where_it_was(tmp_path: Path) -> None:
    begin(tmp_path)
    with started(tmp_path) as (_, run):
        assert run.now["step"]["kind"] == "conditions"
        assert "where it was left" in run.now["words"]
        run.do("go_on", values={"pressure": 1001.5})
    with started(tmp_path) as (_, run):
        assert (run.now["step"]["kind"], run.now["step"]["stage"]) == ("apply", "as_found")
        assert run.now["conditions"] == {"pressure": 1001.5}
        settling = run.do("apply", values=REFERENCE)
        assert settling["step"]["kind"] == "settle"
    with started(tmp_path) as (_, run):
        assert run.now["step"]["kind"] == "apply", "what stood there has to be said again"
        old = {"step": settling["step"]["id"], "choice": "take_anyway", "person": "Ana", "reason": "late"}
        assert run.station.ask("POST", "/sensors/scd30/calibration/answer", json=old).status_code == 409
        run.take(stable=False, **REFERENCE)
    with started(tmp_path) as (_, run):
        assert run.now["step"]["kind"] == "decide"
        assert [one["reference"] for one in run.now["points"]] == [800.0]
        run.do("adjust", confirmed=True)
    with started(tmp_path) as (station, run):
        assert (run.now["step"]["kind"], run.now["step"]["stage"]) == ("apply", None)
        run.stand()
        assert run.now["step"]["kind"] == "command"
        _killed_while_sending(station, run)
    with started(tmp_path) as (station, run):
        phases = [one for one in station.events() if one.startswith("command")]
        assert phases[0] == "command sent"
        assert run.now["step"]["kind"] == "apply", "the command may be sent again, on purpose only, when all is ready"
        if phases == ["command sent"]:
            assert "not known" in run.now["step"]["help"]
            assert run.refused("send")["field"] == "choice"
        gone = station.ask("DELETE", "/sensors/scd30/calibration", params={"reason": "rain", "person": "Ana"})
        assert gone.status_code == 409, gone.text
        station.wait_for_reading()
        run.send()
    with started(tmp_path) as (_, run):
        assert (run.now["step"]["kind"], run.now["step"]["stage"]) == ("apply", "as_left")
        run.take(stable=False, **REFERENCE)
    with started(tmp_path) as (_, run):
        assert run.now["step"]["kind"] == "sign"
        assert run.now["summary"]
        run.do("sign", values={"person": "Ana", "pin": PIN})
    with started(tmp_path) as (station, run):
        assert (run.now["state"], run.now["step"]["kind"]) == ("signed", "done")
        assert [one["kind"] for one in station.get("/amendments")] == ["as_found_failure"]
        told = [one for one in station.events() if not one.startswith("command")]
        assert told == ["start", "conditions", "point", "decision", "point", "verdict"]


def test_an_adjustment_in_the_software_that_is_killed_at_every_step_takes_effect_with_its_signature_only(
    tmp_path: Path,
) -> None:
    begin(tmp_path, "co2_offset")
    with started(tmp_path) as (_, run):
        run.do("go_on", values={"pressure": 1001.5})
    with started(tmp_path) as (_, run):
        assert (run.now["step"]["kind"], run.now["step"]["stage"]) == ("apply", "as_found")
        run.take(stable=False, **REFERENCE)
    with started(tmp_path) as (_, run):
        assert run.now["step"]["kind"] == "decide"
        run.do("adjust")
    with started(tmp_path) as (station, run):
        assert (run.now["step"]["kind"], run.now["step"]["stage"]) == ("apply", "as_left")
        assert station.offset() is None, "decided is not signed"
        run.do("apply", values=REFERENCE)
    with started(tmp_path) as (_, run):
        assert (run.now["step"]["kind"], run.now["step"]["stage"]) == ("apply", "as_left"), "it has to be said again"
        run.take(stable=False, **REFERENCE)
        assert abs(run.now["points"][-1]["error"]) < 30, run.now["points"]
    with started(tmp_path) as (station, run):
        assert run.now["step"]["kind"] == "sign"
        assert station.offset() is None
        run.do("sign", values={"person": "Ana", "pin": PIN})
    with started(tmp_path) as (station, run):
        assert (run.now["state"], run.now["step"]["kind"]) == ("signed", "done")
        assert station.events() == ["start", "conditions", "point", "decision", "point", "verdict"]
        found, left = (one["error"] for one in run.now["points"])
        offset = wait_until(station.offset, seconds=PATIENCE_S, what="a reading by the new calibration")
        assert abs((offset or 0) + found) < 1e-6, "what was found too low is added"
        assert abs(left) < abs(found)


def _killed_while_sending(station: Station, run: Run) -> None:
    """The instrument is silent, so that its answer is awaited when the recorder is killed."""
    station.ask("POST", "/demo", json={"port": "scd30-2", "fault": "silence"})
    told = {"step": run.now["step"]["id"], "choice": "send", "person": "Ana", "confirmed": True}

    def ask() -> None:
        try:
            station.ask("POST", "/sensors/scd30/calibration/answer", json=told)
        except httpx.HTTPError:
            return  # as it must be: who would have answered is dead

    asking = threading.Thread(target=ask)
    asking.start()
    wait_until(lambda: "command sent" in station.events(), seconds=PATIENCE_S, what="the command to be on record")
    station.child.kill()
    asking.join(PATIENCE_S)
