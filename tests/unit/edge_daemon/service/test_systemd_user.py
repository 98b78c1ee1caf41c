# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Recording after a restart by systemd, against a stand-in that keeps systemctl's and loginctl's state."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge_daemon.domain.autostart import AutostartState
from edge_daemon.service.commands import Ran
from edge_daemon.service.systemd_user import UNIT, SystemdUser, home_of, unit_text

ON, OFF, UNAVAILABLE = AutostartState.ENABLED, AutostartState.DISABLED, AutostartState.UNAVAILABLE


@dataclass
class Systemd:
    """What the system's own commands would answer."""

    units: Path
    bus: bool = True
    lingering: bool = False
    grants_linger: bool = True
    enabled: bool = False
    refuses: str = ""
    load: str = "loaded"
    commands: list[tuple[str, ...]] = field(default_factory=list)

    def __call__(self, command: Sequence[str]) -> Ran:
        self.commands.append(tuple(command))
        if command[0] == "loginctl":
            return self._loginctl(command[1:])
        assert command[:3] == ("systemctl", "--user", "--no-pager")
        if not self.bus:
            return Ran(1, err="Failed to connect to bus: No medium found\n")
        match command[3]:
            case self.refuses:
                return Ran(1, err=f"Failed to {self.refuses}: Access denied\n")
            case "show":
                known = "enabled" if self.enabled else "disabled" if (self.units / UNIT).exists() else ""
                return Ran(0, f"LoadState={self.load}\nUnitFileState={known}\n")
            case "enable":
                if not (self.units / UNIT).exists():
                    return Ran(1, err=f"Failed to enable unit: Unit file {UNIT} does not exist.\n")
                self.enabled = True
            case "disable":
                self.enabled = False
        return Ran(0)

    def _loginctl(self, arguments: Sequence[str]) -> Ran:
        if arguments[0] == "show-user":
            return Ran(0, "yes\n" if self.lingering else "no\n")
        assert arguments == ("--no-ask-password", "enable-linger", "ana")
        if not self.grants_linger:
            return Ran(1, err="Could not enable linger: Access denied\n")
        self.lingering = True
        return Ran(0)

    @property
    def verbs(self) -> set[str]:
        return {command[3] for command in self.commands if command[0] == "systemctl"}


@pytest.fixture
def system(tmp_path: Path) -> Systemd:
    return Systemd(tmp_path / "config" / "systemd" / "user")


def service(system: Systemd, home: str = "/data/plot 7", program: str = "/opt/v/verifield-daemon") -> SystemdUser:
    command = (program, "run", "--wait", "--home", home)
    return SystemdUser(Path(home), command, units=system.units, user="ana", run=system)


def test_switched_on_it_is_read_back_and_nothing_that_runs_is_touched(system: Systemd) -> None:
    wanted = service(system)
    assert wanted.state().state is OFF
    report = wanted.enable()
    assert (report.state, report.reason, report.mechanism) == (ON, "", "systemd user service")
    assert system.lingering
    assert wanted.state().state is ON
    assert wanted.disable().state is OFF
    assert wanted.state().state is OFF
    assert wanted.enable().state is ON
    assert system.verbs == {"show", "daemon-reload", "enable", "disable"}
    assert not [command for command in system.commands if "--now" in command]
    assert [file.name for file in system.units.iterdir()] == [UNIT]


def test_a_system_without_user_instance_is_told_in_words_and_left_alone(system: Systemd) -> None:
    system.bus = False
    for report in (service(system).state(), service(system).enable(), service(system).disable()):
        assert report.state is UNAVAILABLE
        assert "no systemd user instance" in report.reason
        assert "No medium found" in report.reason
    assert not system.units.exists()
    assert not system.lingering


def test_refused_lingering_is_not_half_claimed(system: Systemd) -> None:
    system.grants_linger = False
    report = service(system).enable()
    assert report.state is UNAVAILABLE
    assert "`loginctl enable-linger ana`" in report.reason
    assert "Access denied" in report.reason
    assert (system.enabled, system.units.exists()) == (False, False)
    system.lingering = True
    assert service(system).enable().state is ON


def test_lingering_taken_away_later_shows_and_can_be_mended(system: Systemd) -> None:
    service(system).enable()
    system.lingering = False
    report = service(system).state()
    assert report.state is UNAVAILABLE
    assert "only when you log in" in report.reason
    assert service(system).enable().state is ON


@pytest.mark.parametrize("verb", ["daemon-reload", "enable"])
def test_what_systemd_refuses_is_told(system: Systemd, verb: str) -> None:
    system.refuses = verb
    report = service(system).enable()
    assert report.state is UNAVAILABLE
    assert "Access denied" in report.reason


def test_a_unit_that_systemd_cannot_read_is_not_told_to_be_on(system: Systemd) -> None:
    system.load = "bad-setting"
    report = service(system).enable()
    assert report.state is UNAVAILABLE
    assert "cannot use" in report.reason


def test_what_cannot_be_switched_off_is_not_told_to_be_off(system: Systemd) -> None:
    service(system).enable()
    system.refuses = "disable"
    assert service(system).disable().state is UNAVAILABLE
    assert service(system).state().state is ON


def test_a_folder_that_cannot_be_written_is_told(system: Systemd) -> None:
    system.units.parent.mkdir(parents=True)
    system.units.write_text("in the way")
    report = service(system).enable()
    assert report.state is UNAVAILABLE
    assert str(system.units) in report.reason


def test_another_homes_recorder_is_never_displaced(system: Systemd) -> None:
    service(system, "/data/one").enable()
    other = service(system, "/data/two")
    for report in (other.state(), other.enable(), other.disable()):
        assert report.state is UNAVAILABLE
        assert "--disable --home /data/one" in report.reason
    assert service(system, "/data/one").disable().state is OFF
    assert other.enable().state is ON


def test_a_unit_of_somebody_else_is_left_alone(system: Systemd) -> None:
    system.units.mkdir(parents=True)
    (system.units / UNIT).write_text("[Service]\nExecStart=/bin/true\n")
    system.enabled = True
    assert "not Verifield's own" in service(system).enable().reason
    assert (system.units / UNIT).read_text().startswith("[Service]")


def test_a_moved_program_is_not_told_to_be_on(system: Systemd) -> None:
    service(system, program="/old/verifield-daemon").enable()
    moved = service(system)
    report = moved.state()
    assert report.state is OFF
    assert "another copy" in report.reason
    assert moved.enable().state is ON


def test_the_unit_restarts_for_ever_and_carries_no_secret() -> None:
    text = unit_text(("/opt/v/verifield-daemon", "run", "--wait", "--home", "/data/x"), Path("/data/x"))
    for line in ("Restart=always", "StartLimitIntervalSec=0", "WantedBy=default.target", "KillMode=mixed"):
        assert line in text.splitlines()
    assert 'ExecStart="/opt/v/verifield-daemon" "run" "--wait" "--home" "/data/x"' in text.splitlines()
    assert "token" not in text.lower()


def as_systemd_reads(line: str) -> list[str]:
    """The words of an ExecStart= line after systemd.syntax(7): quotes, C escapes, then `%%`, then `$$`."""
    words = re.findall(r'"((?:[^"\\]|\\.)*)"(?: |$)', line)
    found = []
    for number, word in enumerate(words):
        text = _unescape(word).decode("utf-8", "surrogateescape")
        assert not re.search(r"%(?!%)", text.replace("%%", ""))
        text = text.replace("%%", "%")
        assert not number or "$" not in text.replace("$$", ""), "a variable would be put in"
        found.append(text.replace("$$", "$") if number else text)
    return found


def _unescape(word: str) -> bytes:
    out, rest = b"", word.encode("utf-8", "surrogateescape")
    while rest:
        if rest[:1] != b"\\":
            out, rest = out + rest[:1], rest[1:]
        elif rest[1:2] == b"x":
            out, rest = out + bytes([int(rest[2:4], 16)]), rest[4:]
        else:
            assert rest[1:2] in {b"\\", b'"'}
            out, rest = out + rest[1:2], rest[2:]
    return out


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
@example('the "field" \\x20 50% of $HOME\n\u00a0ü')
def test_every_path_arrives_as_it_is(path: str) -> None:
    text = unit_text((f"/opt/{path}/daemon", "--home", path), Path("/data") / path)
    (line,) = [one for one in text.split("\n") if one.startswith("ExecStart=")]
    assert as_systemd_reads(line.removeprefix("ExecStart=")) == [f"/opt/{path}/daemon", "--home", path]
    assert home_of(text) == str(Path("/data") / path)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
def test_systemd_itself_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    program = tmp_path / "a 50% $HOME ü folder" / "daemon"
    home = tmp_path / 'the "field" \\ 50% $HOME'
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    unit = tmp_path / UNIT
    unit.write_text(unit_text((str(program), "run", "--home", str(home)), home))
    checked = subprocess.run(
        ["systemd-analyze", "--user", "verify", unit],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
    )
    assert (checked.returncode, checked.stderr) == (0, "")
