# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A log is put away whole with its write-ahead log, also in a second attempt, and no other file ever is."""

from pathlib import Path

import pytest

from edge_daemon.buffer.closed import closed_logs, salvage_target, write_failure
from edge_daemon.log.bodies import Predecessor
from edge_daemon.station.putting_away import put_away

OLD = Predecessor("verifield/log/abc", 7, "00ff", "damaged: entry 3")
T_NS = 1_795_000_000_000_000_000


@pytest.fixture
def buffer(tmp_path: Path) -> Path:
    path = tmp_path / "buffer.sqlite3"
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).write_text(f"old{suffix}")
    return path


def test_all_parts_move_together_and_the_note_says_why(buffer: Path, tmp_path: Path) -> None:
    put_away(buffer, tmp_path / "closed", OLD, T_NS)()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["closed"]
    (log,) = closed_logs(tmp_path / "closed")
    assert log.name == f"abc-{T_NS}"
    assert log.closing is not None
    assert (log.closing.origin, log.closing.size, log.closing.cause) == (OLD.origin, 7, OLD.cause)
    assert [log.file.with_name(log.file.name + suffix).read_text() for suffix in ("", "-wal", "-shm")] == [
        "old",
        "old-wal",
        "old-shm",
    ]
    assert (log.wants_salvage, log.readable) == (True, log.file)


def test_a_step_that_failed_half_way_is_taken_again_and_leaves_the_successor_alone(
    buffer: Path, tmp_path: Path
) -> None:
    step = put_away(buffer, tmp_path / "closed", OLD, T_NS)
    (tmp_path / "closed").write_text("in the way")
    with pytest.raises(OSError, match="closed"):
        step()
    assert buffer.read_text() == "old"
    (tmp_path / "closed").unlink()
    step()
    buffer.write_text("new")
    step()
    assert buffer.read_text() == "new"
    assert [log.file.read_text() for log in closed_logs(tmp_path / "closed")] == ["old"]


def test_what_became_of_the_salvage_is_told_by_the_folder(buffer: Path, tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    assert closed_logs(folder) == []
    put_away(buffer, folder, OLD, T_NS)()
    file = closed_logs(folder)[0].file
    write_failure(file, "nothing can be read")
    assert (closed_logs(folder)[0].wants_salvage, closed_logs(folder)[0].failure) == (False, "nothing can be read")
    salvage_target(file).write_text("copy")
    (log,) = closed_logs(folder)
    assert log.readable == salvage_target(file)
    (folder / f"{file.stem}.closing.json").write_text("{")
    assert closed_logs(folder)[0].closing is None
