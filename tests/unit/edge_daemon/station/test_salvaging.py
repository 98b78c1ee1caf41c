# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Damaged logs are salvaged by themselves: once, again after a crash, and a hopeless one is called that."""

from pathlib import Path

import pytest

from edge_daemon.buffer.closed import ClosedLog, Closing, closed_logs, write_closing
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.salvage import report_of
from edge_daemon.station.salvaging import SalvageDesk
from tests.support.log_files import co2, execute, write_log
from tests.support.waiting import wait_until

pytestmark = pytest.mark.timeout(600)
# The child gives way to everything else that runs.
PATIENCE_S = 200.0
DAMAGED = Closing("verifield/log/abc", 500, "", "damaged: entry 7", "2026-11-23T08:15:30.000000000Z", damaged=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one damaged log."""
    closed = tmp_path / "closed"
    closed.mkdir()
    file = closed / "abc-1.sqlite3"
    write_log(file, [co2(number) for number in range(1, 500)])
    (closed / "reserve.bin").unlink()
    execute(file, "UPDATE entry SET bytes = CAST(replace(bytes, 's1', 's2') AS BLOB) WHERE idx = 7")
    write_closing(file, DAMAGED)
    return closed


def salvaged(folder: Path) -> ClosedLog:
    desk = SalvageDesk(folder, look_every_s=0.05)
    desk.start()
    try:
        wait_until(
            lambda: not any(log.wants_salvage for log in closed_logs(folder)) and desk.now() is None,
            seconds=PATIENCE_S,
            what="the salvage",
        )
    finally:
        desk.stop()
    return closed_logs(folder)[0]


def test_a_damaged_log_is_salvaged_beside_itself(folder: Path) -> None:
    before = (folder / "abc-1.sqlite3").read_bytes()
    log = salvaged(folder)
    assert log.salvaged is not None
    report = report_of(log.salvaged)
    assert report is not None
    assert (report.size, report.copied, report.changed) == (500, 499, 1)
    assert (folder / "abc-1.sqlite3").read_bytes() == before
    with LogReader(log.readable) as reader:
        assert len(reader.entries(0, 1_000)) == 499


def test_a_salvage_that_was_cut_short_is_done_again(folder: Path) -> None:
    (folder / "abc-1.salvaged.sqlite3.new").write_bytes(b"half a file")
    (folder / "abc-1.closing.json.new").write_bytes(b"{")
    assert salvaged(folder).salvaged is not None
    assert not (folder / "abc-1.salvaged.sqlite3.new").exists()


def test_a_file_of_which_nothing_can_be_read_is_called_that_and_kept(folder: Path) -> None:
    (folder / "abc-1.sqlite3").write_bytes(b"no database" * 1_000)
    log = salvaged(folder)
    assert (log.salvaged, log.wants_salvage) == (None, False)
    assert "abc-1" in log.failure
    assert log.file.read_bytes() == b"no database" * 1_000


def test_a_log_that_was_closed_whole_is_left_alone(folder: Path) -> None:
    write_closing(folder / "abc-1.sqlite3", Closing("o", 1, "", "copied", "", damaged=False))
    assert salvaged(folder).salvaged is None
