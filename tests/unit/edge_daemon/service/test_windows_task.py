# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Recording after a restart on Windows: the text and the commands, against a stand-in. No Windows has run this."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

import pytest

from edge_daemon.domain.autostart import AutostartState
from edge_daemon.service.commands import Ran
from edge_daemon.service.windows_task import AT_LOGON, NAMESPACE, TASK, WindowsTask, task_xml

ON, OFF, UNAVAILABLE = AutostartState.ENABLED, AutostartState.DISABLED, AutostartState.UNAVAILABLE
SPACE = {"t": NAMESPACE}


class Schtasks:
    """Keeps one task as the Task Scheduler would."""

    def __init__(self) -> None:
        self.task = ""
        self.refuses = False
        self.commands: list[tuple[str, ...]] = []

    def __call__(self, command: Sequence[str]) -> Ran:
        self.commands.append(tuple(command))
        assert command[0] == "schtasks"
        assert command[2:4] == ("/TN", TASK)
        if command[1] == "/Create":
            if self.refuses:
                return Ran(1, err="ERROR: Access is denied.\n")
            content = Path(command[5]).read_bytes()
            assert content[:2] in {b"\xff\xfe", b"\xfe\xff"}
            self.task = content.decode("utf-16")
        if command[1] == "/Delete":
            self.task = ""
        if command[1] == "/Query":
            return Ran(0, self.task) if self.task else Ran(1, err="ERROR: The system cannot find the file specified.\n")
        return Ran(0)


def task(run: Schtasks, home: str = "C:\\data\\plot 7") -> WindowsTask:
    command = ("C:\\Verifield\\verifield-daemon.exe", "run", "--wait", "--home", home)
    return WindowsTask(Path(home), command, user="FIELD\\ana", run=run)


def test_the_task_runs_on_battery_without_limit_and_comes_back() -> None:
    text = task_xml(("C:\\a b\\d.exe", "run", "--home", "C:\\data & more\\plot 7"), "FIELD\\ana")
    found = ET.fromstring(text.partition("?>")[2])
    for path, content in {
        "Triggers/LogonTrigger/UserId": "FIELD\\ana",
        "Principals/Principal/RunLevel": "LeastPrivilege",
        "Settings/DisallowStartIfOnBatteries": "false",
        "Settings/StopIfGoingOnBatteries": "false",
        "Settings/ExecutionTimeLimit": "PT0S",
        "Settings/RestartOnFailure/Interval": "PT1M",
        "Actions/Exec/Command": "C:\\a b\\d.exe",
        "Actions/Exec/Arguments": 'run --home "C:\\data & more\\plot 7"',
    }.items():
        assert found.findtext("/".join(f"t:{part}" for part in path.split("/")), namespaces=SPACE) == content
    principal = found.find("t:Principals/t:Principal", SPACE)
    actions = found.find("t:Actions", SPACE)
    assert principal is not None
    assert actions is not None
    assert principal.get("id") == actions.get("Context") == "Author"


def test_switching_reads_back_and_runs_or_ends_nothing() -> None:
    run = Schtasks()
    wanted = task(run)
    assert wanted.state().state is OFF
    report = wanted.enable()
    assert (report.state, report.reason) == (ON, AT_LOGON)
    run.task = run.task.replace("<Enabled>true</Enabled>\n    <Hidden>", "<Enabled>false</Enabled>\n    <Hidden>")
    assert wanted.state().state is OFF
    assert wanted.enable().state is ON
    assert wanted.disable().state is OFF
    assert {command[1] for command in run.commands} == {"/Query", "/Create", "/Delete"}


def test_a_refusal_is_told() -> None:
    run = Schtasks()
    run.refuses = True
    report = task(run).enable()
    assert report.state is UNAVAILABLE
    assert "Access is denied" in report.reason


@pytest.mark.parametrize("answer", ["", "not a task"])
def test_an_answer_that_cannot_be_read_is_told(answer: str) -> None:
    def run(_command: Sequence[str]) -> Ran:
        return Ran(0, answer)

    found = WindowsTask(Path("C:\\x"), ("d.exe", "--home", "C:\\x"), user="ana", run=run)
    assert found.state().state is found.disable().state is UNAVAILABLE


def test_another_home_is_never_displaced() -> None:
    run = Schtasks()
    task(run, "C:\\data\\one").enable()
    other = task(run, "C:\\data\\two")
    assert [report.state for report in (other.state(), other.enable(), other.disable())] == [UNAVAILABLE] * 3
    assert task(run, "C:\\data\\one").disable().state is OFF
