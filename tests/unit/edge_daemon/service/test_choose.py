# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which way to start with the computer is chosen, what is run for it, and what is said where there is none."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_daemon.__main__ import app
from edge_daemon.domain.autostart import AutostartReport, AutostartState
from edge_daemon.domain.faults import AlreadyRunning
from edge_daemon.service import command_line
from edge_daemon.service.autostart import NotOffered
from edge_daemon.service.choose import choose_autostart
from edge_daemon.service.commands import recorder_command, run_command
from edge_daemon.service.launchd import Launchd
from edge_daemon.service.systemd_user import SystemdUser
from edge_daemon.service.turn import wait_for_turn
from edge_daemon.service.windows_task import WindowsTask


@pytest.mark.parametrize(
    ("platform", "kind"), [("linux", SystemdUser), ("darwin", Launchd), ("win32", WindowsTask), ("sunos5", NotOffered)]
)
def test_each_system_has_its_own_way(platform: str, kind: type, tmp_path: Path) -> None:
    assert isinstance(choose_autostart(tmp_path, {}, demo=False, platform=platform), kind)


def test_the_demo_and_the_system_service_say_why_not(tmp_path: Path) -> None:
    demo = choose_autostart(tmp_path, {}, demo=True).enable()
    installed = choose_autostart(tmp_path, {"VERIFIELD_MODE": "installed"}, demo=False).disable()
    assert {demo.state, installed.state} == {AutostartState.UNAVAILABLE}
    assert "demo" in demo.reason
    assert "systemctl disable verifield" in installed.reason


def test_the_recorder_that_is_started_is_this_one_and_waits_its_turn(tmp_path: Path) -> None:
    command = recorder_command(tmp_path)
    assert Path(command[0]).parent == Path(sys.executable).parent
    assert command[-4:] == ("run", "--wait", "--home", str(tmp_path))


def test_a_command_that_fails_or_is_not_there_says_so() -> None:
    failed = run_command([sys.executable, "-c", "import sys; sys.exit('no\\nbecause of rain')"])
    assert (failed.ok, failed.status, failed.words) == (False, 1, "because of rain")
    absent = run_command(["verifield-no-such-program"])
    assert (absent.ok, absent.status) == (False, None)
    assert "verifield-no-such-program" in absent.words


def test_a_command_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_daemon.service.commands.TIME_LIMIT_S", 0.2)
    hung = run_command([sys.executable, "-c", "import threading; threading.Event().wait()"])
    assert (hung.ok, hung.status) == (False, None)
    assert "no answer within 0.2 s" in hung.words


def test_a_taken_home_is_waited_for_and_the_reason_told_once() -> None:
    tries = iter([AlreadyRunning("Process 7 has it."), AlreadyRunning("Process 7 has it."), None])
    told: list[str] = []

    def take() -> str:
        fault = next(tries)
        if fault is not None:
            raise fault
        return "lock"

    assert wait_for_turn(take, told.append, pause_s=0.0) == "lock"
    assert told == ["Process 7 has it. Waiting until it ends, then recording goes on here."]


@pytest.mark.parametrize(
    ("switch", "state", "code"),
    [
        ([], AutostartState.UNAVAILABLE, 0),
        (["--enable"], AutostartState.ENABLED, 0),
        (["--enable"], AutostartState.UNAVAILABLE, 1),
        (["--disable"], AutostartState.DISABLED, 0),
        (["--disable"], AutostartState.ENABLED, 1),
    ],
)
def test_the_command_line_says_what_came_of_it(
    switch: list[str], state: AutostartState, code: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    report = AutostartReport(state, "Because [of] this.", "a mechanism")

    class Fixed:
        def state(self) -> AutostartReport:
            return report

        enable = disable = state

    monkeypatch.setattr(command_line, "choose_autostart", lambda *_, **__: Fixed())
    ended = CliRunner().invoke(app, ["autostart", "--home", str(tmp_path / "none"), *switch])
    assert ended.exit_code == code
    assert "Because [of] this." in ended.stdout
    assert not (tmp_path / "none").exists()
