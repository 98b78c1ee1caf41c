# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Columns made anew from the bytes: all or none, whenever the rebuild ends."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from edge_daemon.buffer.check import check_log
from edge_daemon.buffer.rollup import rebuild_columns
from edge_daemon.buffer.writer import LogWriter
from tests.support.log_files import T0, co2, execute, note, rollups, write_log
from tests.support.processes import running

READINGS = 12_000
"""Enough for the rebuild to write into the file long before it ends."""

HALF_WAY = """
import signal, sys
from pathlib import Path
from edge_daemon.buffer.rollup import rebuild_columns

def stop(done, of):
    if done > of // 2:
        print("half", flush=True)
        signal.pause()

rebuild_columns(Path(sys.argv[1]), stop)
"""


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    tables = ("event", "sample", "minute", "hour", "sensor_total")
    with closing(sqlite3.connect(path)) as connection:
        return {table: connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "buffer.sqlite3"
    write_log(path, [co2(number) for number in range(1, READINGS + 1)])
    return path


def test_what_was_lost_and_changed_is_back_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "buffer.sqlite3"
    write_log(path, [note(T0, "hello"), *(co2(number) for number in range(1, 3_000))])
    whole, minutes = contents(path), rollups(path, "minute")
    execute(path, "DELETE FROM sample WHERE idx > 2000")
    execute(path, "UPDATE minute SET maximum = 1e9")
    execute(path, "DELETE FROM event")
    seen: list[tuple[int, int]] = []
    rebuilt = rebuild_columns(path, lambda done, of: seen.append((done, of)))
    assert seen[-1] == (3_001, 3_001)
    assert sorted(seen) == seen
    assert (rebuilt.entries, rebuilt.unreadable) == (3_001, 0)
    assert (rebuilt.before["sample"], rebuilt.now["sample"]) == (1_999, 2_999)
    assert (rebuilt.before["event"], rebuilt.now["event"]) == (0, 2)
    now = contents(path)
    assert now["sample"] == whole["sample"]
    assert now["sensor_total"] == whole["sensor_total"]
    assert rollups(path, "minute") == pytest.approx(minutes)
    assert check_log(path).sound


def test_a_rebuild_that_fails_changes_nothing(path: Path) -> None:
    class Cut(Exception):
        pass

    def cut(done: int, of: int) -> None:
        if done > of // 2:
            raise Cut

    before = contents(path)
    with pytest.raises(Cut):
        rebuild_columns(path, cut)
    assert contents(path) == before


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
def test_a_rebuild_that_is_killed_changes_nothing_and_can_be_done_again(path: Path, tmp_path: Path) -> None:
    execute(path, "UPDATE sample SET value = -1 WHERE idx = 7")
    before = contents(path)
    with running([sys.executable, "-c", HALF_WAY, path], output=tmp_path / "said") as child:
        child.wait_for_text("half")
        child.kill()
    assert contents(path) == before
    with LogWriter.open(path) as writer:
        assert writer.submit(co2(READINGS + 1))
    rebuild_columns(path)
    assert check_log(path).sound
