# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is changed behind the writer's back is found; what is readable is kept."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edge_daemon.buffer import check
from edge_daemon.buffer.check import MAX_PROBLEMS, check_log
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.rollup import rebuild_columns
from edge_daemon.buffer.salvage import salvage
from edge_daemon.buffer.writer import LogWriter
from edge_daemon.domain.faults import Conflict, DamagedLog
from edge_daemon.log.tree import stored_position
from tests.support.log_files import (
    MANY,
    co2,
    execute,
    rollups,
    write_log,
)


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE entry SET bytes = CAST(replace(bytes, '7', '8') AS BLOB) WHERE idx = 7", "entry 7: its bytes do not"),
        ("DELETE FROM entry WHERE idx = 7", "entry 7: its bytes are missing"),
        (f"UPDATE tree_hash SET hash = zeroblob(32) WHERE position = {stored_position(1, 3)}", "entry 7: the tree's"),
        (f"DELETE FROM tree_hash WHERE position = {stored_position(0, 7)}", "entry 7: its leaf hash is missing"),
        ("DELETE FROM entry WHERE idx >= 7", "entry 7: the tree has hashes"),
    ],
)
def test_damage_in_the_tail_is_found_at_open_and_by_check(tmp_path: Path, sql: str, found: str) -> None:
    path = tmp_path / "buffer.sqlite3"
    write_log(path, [co2(number) for number in range(1, 10)])
    execute(path, sql)
    report = check_log(path)
    assert found in str(report.problems[0])
    assert not report.sound
    with pytest.raises(DamagedLog, match=found):
        LogWriter.open(path)


def test_a_changed_byte_in_the_verified_body_is_found_by_check_and_lost_entries_at_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "buffer.sqlite3"
    write_log(path, [co2(number) for number in range(1, 3_000)])
    LogWriter.open(path).close()
    assert check.main([str(path)]) == 0
    assert json.loads(capsys.readouterr().out)["sound"] is True
    execute(path, "UPDATE entry SET bytes = CAST(replace(bytes, 's1', 's2') AS BLOB) WHERE idx = 1234")
    LogWriter.open(path).close()
    report = check_log(path)
    assert [problem.index for problem in report.problems][:1] == [1234]
    assert "do not match" in report.problems[0].what
    assert check.main([str(path)]) == 1
    assert json.loads(capsys.readouterr().out)["problems"][0]["index"] == 1234
    execute(path, "DELETE FROM entry WHERE idx >= 2000")
    with pytest.raises(DamagedLog, match="entry 2000"):
        LogWriter.open(path)
    assert check.main([str(tmp_path / "none")]) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE sample SET value = value + 1 WHERE idx = 5",
        "DELETE FROM minute",
        "UPDATE hour SET total = total + 1",
        "UPDATE series SET channel = 'co'",
        "UPDATE event SET type = 'gap'",
        "UPDATE sensor_total SET readings = 1",
    ],
)
def test_wrong_columns_are_found_and_rebuilt_from_the_bytes(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "buffer.sqlite3"
    write_log(path, [co2(number) for number in range(1, 1_500)])
    before = rollups(path, "minute")
    execute(path, sql)
    report = check_log(path)
    assert not report.sound
    assert "column" in report.problems[0].what
    assert rebuild_columns(path).unreadable == 0
    assert check_log(path).sound
    assert rollups(path, "minute") == pytest.approx(before)


def test_wrong_columns_are_not_hidden_behind_many_damaged_entries(tmp_path: Path) -> None:
    path = tmp_path / "buffer.sqlite3"
    write_log(path, [co2(number) for number in range(1, 400)])
    execute(path, "UPDATE entry SET bytes = replace(bytes, 'fake', 'cake') WHERE idx > 100 AND idx < 300")
    execute(path, "UPDATE tree_hash SET hash = zeroblob(32) WHERE position > 150")
    execute(path, "UPDATE sample SET value = value + 1 WHERE idx = 5")
    report = check_log(path)
    assert report.problem_count > MAX_PROBLEMS
    assert len(report.problems) <= MAX_PROBLEMS
    assert any("column" in problem.what for problem in report.problems)


def test_salvage_keeps_every_readable_entry_of_a_file_with_smashed_pages(tmp_path: Path) -> None:
    path, copy = tmp_path / "buffer.sqlite3", tmp_path / "salvaged.sqlite3"
    write_log(path, [co2(number) for number in range(1, 5_000)])
    LogWriter.open(path).close()
    sound = tmp_path / "sound.sqlite3"
    shutil.copyfile(path, sound)
    with closing(sqlite3.connect(sound)) as connection:
        root_page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'entry'").fetchone()[0]
        page = connection.execute("PRAGMA page_size").fetchone()[0]
    raw = bytearray(path.read_bytes())
    leaves = [n for n in range(len(raw) // page) if n + 1 != root_page and raw[n * page : n * page + 1] == b"\x0d"]
    holding = [n for n in leaves if b'"type":"reading"' in raw[n * page : (n + 1) * page]]
    for number in (holding[10], holding[20]):
        raw[number * page : (number + 1) * page] = b"\xff" * page
    changed = raw.index(b'"sensor":"s1"', holding[30] * page)
    raw[changed + 10] ^= 1
    path.write_bytes(raw)

    report = salvage(path, copy)
    assert report.size == 5_000
    assert report.changed == 1
    assert 0 < report.unreadable < 100
    assert report.copied == 5_000 - report.unreadable - report.changed - report.unproven
    assert report.copied > 4_800
    assert path.read_bytes() == raw
    with LogReader(sound) as original, LogReader(copy) as saved:
        entries = saved.entries(0, MANY)
        assert len(entries) == report.copied
        assert set(entries) <= set(original.entries(0, MANY))
        assert saved.counts() == {"s1": report.copied - 1}
    with pytest.raises(Conflict):
        LogWriter.open(copy)
    with pytest.raises(Conflict):
        salvage(path, copy)


def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "buffer.sqlite3"
    path.write_bytes(b"not a database " * 1_000)
    with pytest.raises(DamagedLog):
        LogWriter.open(path)
    with LogReader(path) as reader, pytest.raises(DamagedLog):
        reader.head()
    with pytest.raises(DamagedLog):
        salvage(path, tmp_path / "copy")


def test_recording_goes_on_during_a_check_and_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "buffer.sqlite3"
    write_log(path, [co2(number) for number in range(1, 2_500)])
    with LogWriter.open(path) as writer:

        def record_more(done: int, of: int) -> None:
            writer.append(co2(10_000 + done), 30)

        report = check_log(path, progress=record_more, columns_progress=record_more)
    assert report.sound, report.problems[:3]
    assert (report.size, report.columns_checked) == (2_500, True)
