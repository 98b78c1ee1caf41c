# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Each system's way to stay awake: the commands they run, through stand-ins for the system's programs."""

import os
import sys
from pathlib import Path

import psutil
import pytest

from edge_daemon.power.caffeinate import Caffeinate
from edge_daemon.power.choose import can_sleep, choose_inhibitor
from edge_daemon.power.execution_state import CONTINUOUS, SYSTEM_REQUIRED, ExecutionState, set_thread_execution_state
from edge_daemon.power.systemd_inhibit import COMMAND, SystemdInhibit
from tests.support.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts")

GRANTS = 'printf "%s\\n" "$@" > "$0.said"; exec cat\n'
REFUSES = 'echo "Failed to inhibit: Access denied" >&2; exit 1\n'
HANGS = "exec tail -f /dev/null\n"


def put(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a program of that name the first that is found."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return program.with_name(f"{name}.said")


def test_logind_is_asked_for_a_block_on_sleep_and_lid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = put(tmp_path, "systemd-inhibit", GRANTS, monkeypatch)
    inhibitor = SystemdInhibit()
    assert not inhibitor.held()
    assert inhibitor.hold() == ""
    assert inhibitor.held()
    assert said.read_text().splitlines() == list(COMMAND[1:])
    assert "--what=sleep:handle-lid-switch" in COMMAND
    assert inhibitor.hold() == ""
    assert len(psutil.Process().children()) == 1
    inhibitor.release()
    inhibitor.release()
    assert not inhibitor.held()
    assert psutil.Process().children() == []


def test_a_lock_that_ends_by_itself_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "systemd-inhibit", GRANTS, monkeypatch)
    inhibitor = SystemdInhibit()
    inhibitor.hold()
    psutil.Process().children()[0].kill()
    wait_until(lambda: not inhibitor.held(), what="the end to be seen")
    inhibitor.release()


def test_a_refusal_carries_the_systems_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "systemd-inhibit", REFUSES, monkeypatch)
    inhibitor = SystemdInhibit()
    assert inhibitor.hold() == "systemd-inhibit was refused: Failed to inhibit: Access denied"
    assert not inhibitor.held()


def test_no_answer_is_a_refusal_and_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_daemon.power.systemd_inhibit.END_S", 0.1)
    put(tmp_path, "systemd-inhibit", HANGS, monkeypatch)
    inhibitor = SystemdInhibit(answer_s=0.1)
    assert inhibitor.hold() == "systemd-inhibit gave no answer"
    assert psutil.Process().children() == []


def test_a_system_without_the_program_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "systemd-inhibit cannot be run" in SystemdInhibit().hold()
    assert "caffeinate cannot be run" in Caffeinate().hold()


def test_caffeinate_is_bound_to_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = put(tmp_path, "caffeinate", f'printf "%s\\n" "$@" > "$0.said"; {HANGS}', monkeypatch)
    inhibitor = Caffeinate()
    assert inhibitor.hold() == ""
    wait_until(lambda: said.exists() and said.read_text().endswith(f"{os.getpid()}\n"), what="its arguments")
    assert said.read_text().split() == ["-i", "-s", "-w", str(os.getpid())]
    assert inhibitor.held()
    inhibitor.release()
    assert not inhibitor.held()
    assert psutil.Process().children() == []


def test_windows_is_told_for_this_thread_and_told_again_at_the_end() -> None:
    flags: list[int] = []
    answers = iter([1, 1, 0])

    def set_state(given: int) -> int:
        flags.append(given)
        return next(answers)

    inhibitor = ExecutionState(set_state)
    assert (inhibitor.hold(), inhibitor.held()) == ("", True)
    inhibitor.release()
    assert (inhibitor.hold(), inhibitor.held()) == ("Windows refused it", False)
    inhibitor.release()
    assert flags == [CONTINUOUS | SYSTEM_REQUIRED, CONTINUOUS, CONTINUOUS | SYSTEM_REQUIRED]
    assert "no kernel32" in ExecutionState(set_thread_execution_state).hold()


def test_each_system_has_its_own_way_and_a_kernel_without_sleep_needs_none(tmp_path: Path) -> None:
    kinds = [type(choose_inhibitor(platform)) for platform in ("linux", "darwin", "win32")]
    assert kinds == [SystemdInhibit, Caffeinate, ExecutionState]
    states = tmp_path / "state"
    assert not can_sleep("linux", states)
    states.write_text("\n")
    assert not can_sleep("linux", states)
    states.write_text("freeze mem disk\n")
    assert can_sleep("linux", states)
    assert can_sleep("darwin", states)
