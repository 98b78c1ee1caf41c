# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""`verifield-daemon rebuild` as a person runs it."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_daemon.__main__ import app
from edge_daemon.buffer.check import check_log
from edge_daemon.domain.faults import BadInput
from edge_daemon.home import Home
from tests.support.log_files import co2, execute, write_log

PATIENCE_S = 120


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def rebuild(home: Home) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "edge_daemon", "rebuild", "--home", str(home.path)],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )


def test_wrong_tables_are_made_anew_and_it_says_what_changed(home: Home) -> None:
    write_log(home.buffer, [co2(number) for number in range(1, 500)])
    execute(home.buffer, "DELETE FROM sample WHERE idx > 100")
    execute(home.buffer, "UPDATE hour SET maximum = 1e9")
    assert not check_log(home.buffer).sound
    done = rebuild(home)
    assert done.returncode == 0, done.stderr
    assert "Rebuilt from 500 entries" in done.stdout
    assert "values: 499 (before: 100)" in done.stdout
    assert check_log(home.buffer).sound


def test_it_refuses_while_a_recorder_has_the_home(home: Home) -> None:
    write_log(home.buffer, [co2(1)])
    execute(home.buffer, "DELETE FROM sample")
    with home.acquire_lock():
        refused = rebuild(home)
    assert refused.returncode == 1
    assert "already recording into this folder" in refused.stderr
    assert not check_log(home.buffer).sound


def test_a_home_without_a_log_is_told_so(home: Home) -> None:
    with pytest.raises(BadInput, match="holds no log yet"):
        CliRunner().invoke(app, ["rebuild", "--home", str(home.path)], catch_exceptions=False)
