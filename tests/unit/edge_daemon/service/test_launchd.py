# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Recording after a restart on a Mac: the text and the commands, against a stand-in. No Mac has run this."""

import plistlib
from collections.abc import Sequence
from pathlib import Path

from edge_daemon.domain.autostart import AutostartState
from edge_daemon.service.commands import Ran
from edge_daemon.service.launchd import AT_LOGIN, LABEL, Launchd, agent

ON, OFF, UNAVAILABLE = AutostartState.ENABLED, AutostartState.DISABLED, AutostartState.UNAVAILABLE


class Launchctl:
    """Answers as launchctl does, in the form of macOS 13 or an older one."""

    def __init__(self, banned: str = "", session: bool = True) -> None:
        self.banned = banned
        self.session = session
        self.commands: list[tuple[str, ...]] = []

    def __call__(self, command: Sequence[str]) -> Ran:
        self.commands.append(tuple(command))
        if not self.session:
            return Ran(113, err="Could not find domain for user gui: 501\n")
        if command[1] == "enable":
            self.banned = ""
            return Ran(0)
        line = f'\t"{LABEL}" => {self.banned}\n' if self.banned else ""
        return Ran(0, f'disabled services = {{\n\t"com.apple.ftpd" => disabled\n{line}}}\n')


def launchd(tmp_path: Path, run: Launchctl, home: str = "/data/plot 7") -> Launchd:
    command = ("/opt/v/verifield-daemon", "run", "--wait", "--home", home)
    return Launchd(Path(home), command, agents=tmp_path / "LaunchAgents", uid=501, run=run)


def test_the_agent_runs_the_recorder_at_login_and_whenever_it_ends() -> None:
    found = plistlib.loads(agent(("/opt/v/verifield-daemon", "run", "--home", "/data/a & <b>")))
    assert found["ProgramArguments"] == ["/opt/v/verifield-daemon", "run", "--home", "/data/a & <b>"]
    assert (found["Label"], found["RunAtLoad"], found["KeepAlive"]) == (LABEL, True, True)


def test_switching_reads_back_and_loads_or_ends_nothing(tmp_path: Path) -> None:
    run = Launchctl(banned="disabled")
    wanted = launchd(tmp_path, run)
    assert wanted.state().state is OFF
    report = wanted.enable()
    assert (report.state, report.reason) == (ON, AT_LOGIN)
    assert ("launchctl", "enable", f"gui/501/{LABEL}") in run.commands
    run.banned = "true"
    assert wanted.state().state is OFF
    run.banned = "enabled"
    assert wanted.state().state is ON
    assert wanted.disable().state is OFF
    assert {command[1] for command in run.commands} == {"print-disabled", "enable"}
    assert list((tmp_path / "LaunchAgents").iterdir()) == []


def test_without_a_session_it_is_unavailable(tmp_path: Path) -> None:
    report = launchd(tmp_path, Launchctl(session=False)).enable()
    assert report.state is UNAVAILABLE
    assert "Could not find domain" in report.reason
    assert not (tmp_path / "LaunchAgents").exists()


def test_another_home_is_never_displaced_and_a_damaged_agent_is_told(tmp_path: Path) -> None:
    run = Launchctl()
    launchd(tmp_path, run, "/data/one").enable()
    other = launchd(tmp_path, run, "/data/two")
    assert [report.state for report in (other.state(), other.enable(), other.disable())] == [UNAVAILABLE] * 3
    assert "/data/one" in other.state().reason
    assert launchd(tmp_path, run, "/data/one").state().state is ON
    (tmp_path / "LaunchAgents" / f"{LABEL}.plist").write_text("<plist")
    assert other.state().state is UNAVAILABLE
