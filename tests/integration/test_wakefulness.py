# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The daemon as a real process keeps the computer awake, and lets go however it ends; its successor takes over."""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from edge_daemon.power.systemd_inhibit import COMMAND
from tests.support.processes import Child, running
from tests.support.recorder import recorder_at
from tests.support.waiting import wait_until

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the stand-ins are for Linux")

PATIENCE_S = 60.0

# The process id is written last, in one step, and cat takes over the process: whoever reads it finds all the rest.
INHIBIT = """#!/bin/sh
printf '%s\\n' "$@" > "$STAND_INS/inhibit.arguments"
echo $$ > "$STAND_INS/inhibit.new" && mv "$STAND_INS/inhibit.new" "$STAND_INS/inhibit.pid"
exec cat
"""
SYSTEMCTL = """#!/bin/sh
case "$*" in
    *show*) printf 'LoadState=loaded\\nUnitFileState=%s\\n' "$(cat "$STAND_INS/enabled" 2>/dev/null)" ;;
    *enable*) echo enabled > "$STAND_INS/enabled" ;;
esac
"""
LOGINCTL = """#!/bin/sh
case "$*" in
    *show-user*) cat "$STAND_INS/lingers" 2>/dev/null || echo no ;;
    *) echo yes > "$STAND_INS/lingers" ;;
esac
"""


class Station:
    """Daemons on one home, with stand-ins for the system's programs first in PATH."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder = tmp_path
        self.stand_ins = tmp_path / "stand-ins"
        self.stand_ins.mkdir()
        for name, script in (("systemd-inhibit", INHIBIT), ("systemctl", SYSTEMCTL), ("loginctl", LOGINCTL)):
            (self.stand_ins / name).write_text(script)
            (self.stand_ins / name).chmod(0o755)

    @contextlib.contextmanager
    def daemon(self, name: str, *arguments: str) -> Iterator[Child]:
        environment = {
            "PATH": f"{self.stand_ins}:{os.environ['PATH']}",
            "STAND_INS": str(self.stand_ins),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
        }
        command = [sys.executable, "-m", "edge_daemon", "run", "--home", str(self.folder / "home"), *arguments]
        with running(command, output=self.folder / f"{name}.out", environment=environment) as child:
            yield child

    def ask(self, child: Child, method: str, path: str, *, demo: bool = True, **more: Any) -> Any:
        reply = recorder_at(self.folder / ("home-demo" if demo else "home"), child).ask(method, path, **more)
        assert reply.is_success, reply.text
        return reply.json()

    def inhibitor(self, child: Child, before: psutil.Process | None = None) -> psutil.Process:
        """The daemon's running inhibitor, once there is one other than `before`."""

        def found() -> psutil.Process | None:
            assert child.running, child.said()
            try:
                process = psutil.Process(int((self.stand_ins / "inhibit.pid").read_text()))
            except (FileNotFoundError, psutil.NoSuchProcess):
                return None
            return process if process != before and process.name() == "cat" else None

        return wait_until(found, seconds=PATIENCE_S, what="the inhibitor")


def wait_for_end(process: psutil.Process) -> None:
    """Wait until the process runs no more, whether or not somebody has asked how it ended."""

    def ended() -> bool:
        try:
            return bool(process.status() == psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return True

    wait_until(ended, seconds=PATIENCE_S, what="the inhibitor to end")


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)


def pause(station: Station, child: Child, paused: bool) -> None:
    for sensor in ("scd30", "pms7003", "windsonic"):
        station.ask(child, "PATCH", f"/api/sensors/{sensor}", json={"paused": paused})


def test_awake_while_a_sensor_records_and_free_after_a_kill(station: Station) -> None:
    with station.daemon("first", "--demo") as child:
        first = station.inhibitor(child)
        assert (station.stand_ins / "inhibit.arguments").read_text().splitlines() == list(COMMAND[1:])

        def kept_awake() -> bool:
            troubles = station.ask(child, "GET", "/api/health")["troubles"]
            return "may_sleep" not in [one["code"] for one in troubles]

        wait_until(kept_awake, seconds=PATIENCE_S, what="the recorder to know that it keeps the computer awake")
        pause(station, child, True)
        wait_for_end(first)
        pause(station, child, False)
        second = station.inhibitor(child, before=first)
        os.kill(child.pid, signal.SIGKILL)
        wait_for_end(second)
    assert (station.stand_ins / "inhibit.pid").read_text().strip() == str(second.pid)


def test_an_orderly_stop_lets_the_computer_sleep(station: Station) -> None:
    with station.daemon("only", "--demo") as child:
        inhibitor = station.inhibitor(child)
        station.ask(child, "GET", "/api/health")
        assert child.interrupt() == 0, child.said()
        wait_for_end(inhibitor)


def test_a_successor_waits_and_takes_over_when_the_first_is_killed(station: Station) -> None:
    with station.daemon("first", "--demo") as first:
        pid = str(first.pid)
        station.ask(first, "GET", "/api/health")
        with station.daemon("second", "--demo", "--wait") as second:
            assert f"process {pid}" in second.wait_for_text("Waiting until it ends", seconds=PATIENCE_S)
            os.kill(first.pid, signal.SIGKILL)
            assert station.ask(second, "GET", "/api/health")["recording"] is True
            assert second.interrupt() == 0, second.said()


def test_one_that_waits_ends_when_told_to(station: Station) -> None:
    with station.daemon("first", "--demo") as first:
        station.ask(first, "GET", "/api/health")
        with station.daemon("second", "--demo", "--wait") as second:
            second.wait_for_text("Waiting until it ends", seconds=PATIENCE_S)
            assert second.interrupt() == 0, second.said()
        assert station.ask(first, "GET", "/api/health")["recording"] is True


def test_recording_after_restart_is_switched_over_the_api_and_the_recorder_goes_on(station: Station) -> None:
    with station.daemon("real") as child:
        assert station.ask(child, "GET", "/api/autostart", demo=False)["state"] == "disabled"
        on = station.ask(child, "PUT", "/api/autostart", demo=False, json={"enabled": True})
        assert (on["state"], on["reason"]) == ("enabled", "")
        unit = (station.folder / "config" / "systemd" / "user" / "verifield.service").read_text()
        assert f'"--home" "{station.folder / "home"}"' in unit
        assert json.loads((station.folder / "home" / "endpoint.json").read_text())["token"] not in unit
        assert child.running
    with station.daemon("demo", "--demo") as child:
        assert "demo" in station.ask(child, "PUT", "/api/autostart", json={"enabled": True})["reason"]
