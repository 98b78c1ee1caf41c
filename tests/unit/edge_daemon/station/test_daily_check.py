# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The full check by itself: when it is due, what it tells, and that it ends with the daemon. Starts small processes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge_daemon.domain.faults import SyncFailed
from edge_daemon.station.daily_check import EVERY_NS, FILE_NAME, DailyCheck, FullCheckFailed
from tests.support.waiting import wait_until

NOW_NS = 1_795_421_730_000_000_000
BAD = {"name": "order", "title": "Order in time", "outcome": "failed", "words": "Entry 17 stands twice.", "entry": 17}
GOOD = {"name": "bytes", "title": "Bytes", "outcome": "passed", "words": "They match.", "entry": None}


class Program:
    """Stands in for the checking program: prints what it is told to, or waits."""

    def __init__(self, *verdicts: dict[str, object], source: str = "") -> None:
        lines = "".join(f"{json.dumps(one)}\n" for one in verdicts)
        self.source = source or f"import sys; sys.stdout.write({lines!r})"
        self.begun: list[list[str]] = []
        self.children: list[subprocess.Popen[str]] = []

    def begin(self, arguments: list[str]) -> "subprocess.Popen[str]":
        self.begun.append(arguments)
        pipe = subprocess.PIPE
        child = subprocess.Popen([sys.executable, "-c", self.source], stdout=pipe, stderr=pipe, text=True)
        self.children.append(child)
        return child


@contextmanager
def checking(home: Path, program: Program, now_ns: int = NOW_NS) -> Iterator[DailyCheck]:
    check = DailyCheck(home, program.begin, lambda: ["verify"], lambda: now_ns, after_start_s=0.0, look_s=0.01)
    check.start()
    try:
        yield check
    finally:
        check.stop()


def ended(check: DailyCheck) -> None:
    wait_until(lambda: check.last() is not None, seconds=60, what="the end of the check")


def test_a_sound_log_gives_no_fault_and_is_checked_once_a_day(tmp_path: Path) -> None:
    program = Program({"standing": "sound", "checks": [GOOD]})
    with checking(tmp_path, program) as check:
        ended(check)
        assert check.fault() is None
    assert program.begun == [["verify"]]
    with checking(tmp_path, program, NOW_NS + EVERY_NS - 1) as check:
        assert check.last() is not None, "the outcome outlives the daemon"
    assert len(program.begun) == 1
    with checking(tmp_path, program, NOW_NS + EVERY_NS):
        wait_until(lambda: len(program.begun) == 2, seconds=60, what="the next day's check")


def test_what_is_wrong_is_named_in_health_until_a_check_finds_it_right(tmp_path: Path) -> None:
    program = Program({"standing": "not_vouched_for", "checks": [GOOD]}, {"standing": "failed", "checks": [GOOD, BAD]})
    with checking(tmp_path, program) as check:
        ended(check)
        fault = check.fault()
        assert isinstance(fault, FullCheckFailed)
        assert "Order in time: Entry 17 stands twice." in str(fault)
    later = NOW_NS + EVERY_NS
    with checking(tmp_path, Program({"standing": "sound", "checks": []}), later) as check:
        assert check.fault() is not None
        wait_until(lambda: check.fault() is None, seconds=60, what="a check that finds nothing wrong")


def test_a_clock_set_back_does_not_put_the_check_off(tmp_path: Path) -> None:
    program = Program({"standing": "sound", "checks": []})
    with checking(tmp_path, program) as check:
        ended(check)
    with checking(tmp_path, program, NOW_NS - 400 * EVERY_NS):
        wait_until(lambda: len(program.begun) == 2, seconds=60, what="another check")


def test_the_end_of_the_daemon_ends_the_check_and_it_is_made_anew(tmp_path: Path) -> None:
    slow = Program(source="import threading; threading.Event().wait()")
    with checking(tmp_path, slow):
        wait_until(lambda: bool(slow.children), seconds=60, what="a check under way")
    assert slow.children[0].returncode is not None
    program = Program({"standing": "sound", "checks": []})
    with checking(tmp_path, program) as check:
        ended(check)


@pytest.mark.parametrize("content", ["", "[]", '{"standing": 1}', '{"started_ns": "x", "ended_ns": 1, "failed": []}'])
def test_a_kept_outcome_that_cannot_be_read_is_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    assert DailyCheck(tmp_path, Program().begin, list, lambda: NOW_NS).last() is None


def test_a_program_that_says_nothing_or_cannot_be_started_gives_no_outcome(tmp_path: Path) -> None:
    silent = Program()
    with checking(tmp_path, silent) as check:
        wait_until(lambda: bool(silent.children) and silent.children[0].poll() is not None, seconds=60, what="its end")
    assert (check.last(), check.fault()) == (None, None)

    def refuse(_arguments: list[str]) -> "subprocess.Popen[str]":
        raise SyncFailed("it cannot be started")

    check = DailyCheck(tmp_path, refuse, list, lambda: NOW_NS, after_start_s=0.0)
    check.start()
    check.stop()
    assert check.last() is None
