# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A full disk: refused loudly, nothing accepted is lost, reading goes on, and recording resumes by itself.

On a small file system of its own where the test may mount one; otherwise on SQLite's own page limit.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from edge_daemon.buffer.check import check_log
from edge_daemon.buffer.columns import record_of
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.buffer.writer import LogWriter, WriterState, Writing
from edge_daemon.domain.faults import DiskFull
from edge_daemon.log.entry import EntryType, Stamp, encode_entry
from tests.support.small_disk import fill_up, small_disk
from tests.support.waiting import wait_until

ORIGIN = "verifield/log/" + "ef" * 16


@dataclass(frozen=True)
class SmallDisk:
    folder: Path
    fill: Callable[[LogWriter], None]
    make_room: Callable[[LogWriter], None]
    is_real: bool


@pytest.fixture(params=["file system", "page limit"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk that can be filled up and given room again."""
    if request.param == "page limit":
        yield SmallDisk(tmp_path, lambda w: limit_pages(w, 1), lambda w: limit_pages(w, 2**30), is_real=False)
        return
    with small_disk(tmp_path / "disk", "16m") as folder:
        yield SmallDisk(folder, lambda _: fill(folder), lambda _: (folder / "ballast").unlink(), is_real=True)


def fill(folder: Path) -> None:
    fill_up(folder)


def limit_pages(writer: LogWriter, pages: int) -> None:
    # SQLite never lowers the limit below the present size, so the next page is one too many.
    assert writer._appender
    writer._appender._connection.execute(f"PRAGMA max_page_count = {pages}")


def note(number: int) -> Record:
    body = {"text": f"{number} " + "x" * 20_000}
    return record_of(encode_entry(EntryType.NOTE, Stamp(10**18 + number, number, number.to_bytes(16, "big")), body))


def small_note(number: int) -> Record:
    return record_of(encode_entry(EntryType.NOTE, Stamp(10**18 + number, number, bytes(16)), {"text": "small"}))


def test_a_full_disk_is_loud_loses_nothing_and_ends_by_itself(disk: SmallDisk) -> None:
    path = disk.folder / "buffer.sqlite3"
    states: list[WriterState] = []
    seen: list[Committed] = []
    with LogWriter.create(path, ORIGIN, [note(0)], on_commit=seen.extend, on_state=states.append) as writer:
        writer.append(note(1), 30)
        assert (disk.folder / "reserve.bin").exists()
        disk.fill(writer)
        accepted = [note(1)]
        # One transaction that cannot fit, made of records that were accepted.
        accepted += [note(number) for number in range(2, 102) if writer.submit(note(number))]
        wait_until(lambda: writer.state.writing is Writing.DISK_FULL, what="the disk to be full")
        assert len(accepted) > 1
        assert not writer.submit(note(1_000))
        with pytest.raises(DiskFull):
            writer.append(note(1_001), 30)
        assert not (disk.folder / "reserve.bin").exists()

        with LogReader(path) as reader:
            head = reader.head()
            assert head == writer.head()
            assert reader.entries(head.size - 1, 10) == [(head.size - 1, accepted[head.size - 2].data)]

        disk.make_room(writer)
        wait_until(lambda: writer.state.writing is Writing.RECORDING, what="recording to resume")
        index = writer.append(small_note(2_000), 30)
        assert (disk.folder / "reserve.bin").exists()
    assert [state.writing for state in states] == [Writing.DISK_FULL, Writing.RECORDING]
    assert states[0].reason
    assert [entry.record for entry in seen] == [*accepted, small_note(2_000)]
    assert index == len(accepted) + 1
    assert check_log(path).sound


def committed_or_full(writer: LogWriter, before: int) -> bool:
    return writer.head().size > before or writer.state.writing is not Writing.RECORDING


def test_the_reserve_takes_the_last_small_records_at_close(disk: SmallDisk) -> None:
    if not disk.is_real:
        pytest.skip("a page limit knows no reserve")
    path = disk.folder / "buffer.sqlite3"
    writer = LogWriter.create(path, ORIGIN, [note(0)])
    disk.fill(writer)
    accepted = 0
    while writer.state.writing is Writing.RECORDING:
        # A few at a time, so that what is kept when the disk is full is small.
        before = writer.head().size
        accepted += sum(writer.submit(small_note(accepted + number)) for number in range(20))
        wait_until(partial(committed_or_full, writer, before), what="a commit or a full disk")
    writer.close()
    with LogReader(path) as reader:
        assert reader.head().size == 1 + accepted
    assert check_log(path).sound


def test_closing_on_a_full_disk_says_what_is_lost(disk: SmallDisk) -> None:
    path = disk.folder / "buffer.sqlite3"
    writer = LogWriter.create(path, ORIGIN, [note(0)])
    disk.fill(writer)
    accepted = sum(writer.submit(note(number)) for number in range(1, 200))
    with pytest.raises(DiskFull, match=f"{accepted} accepted records"):
        writer.close()
    writer.close()
    if disk.is_real:
        disk.make_room(writer)
    with LogWriter.open(path) as again:
        assert again.append(small_note(1), 30) == 1
    assert check_log(path).sound


def test_a_log_opened_on_a_full_disk_waits_keeps_what_must_not_be_lost_and_then_goes_on(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "16m") as folder:
        path = folder / "buffer.sqlite3"
        with LogWriter.create(path, ORIGIN, [note(0), note(1)]) as writer:
            assert writer.head().size == 2
        (folder / "reserve.bin").unlink()
        ballast = fill_up(folder)
        seen: list[Committed] = []
        with LogWriter.open(path, on_commit=seen.extend) as writer, LogReader(path) as reader:
            assert writer.state.writing is Writing.DISK_FULL
            assert reader.head() == writer.head()
            assert [data for _, data in reader.entries(0, 9)] == [note(0).data, note(1).data]
            writer.keep(small_note(2))
            writer.keep(small_note(3))
            assert not writer.submit(small_note(4))
            ballast.unlink()
            wait_until(lambda: writer.state.writing is Writing.RECORDING, what="recording to begin")
            assert writer.append(small_note(5), 30) == 4
            assert reader.head() == writer.head()
        assert [entry.record for entry in seen] == [small_note(2), small_note(3), small_note(5)]
        assert check_log(path).sound


def test_a_log_begun_on_a_full_disk_takes_the_place_of_the_old_one_once_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "16m") as folder:
        path, old = folder / "buffer.sqlite3", folder / "old"
        path.write_bytes(b"the old log")
        ballast = fill_up(folder)

        def make_way() -> None:
            if path.exists() and path.stat().st_size == len(b"the old log"):
                path.rename(old)

        with LogWriter.create(path, ORIGIN, [note(0), note(1)], make_way=make_way) as writer:
            assert (writer.state.writing, writer.head().size) == (Writing.DISK_FULL, 2)
            writer.keep(small_note(2))
            ballast.unlink()
            wait_until(lambda: writer.state.writing is Writing.RECORDING, what="recording to begin")
            assert writer.append(small_note(3), 30) == 3
        with LogReader(path) as reader:
            stored = [data for _, data in reader.entries(0, 9)]
        assert stored == [record.data for record in (note(0), note(1), small_note(2), small_note(3))]
        assert old.read_bytes() == b"the old log"
        assert check_log(path).sound


def test_a_log_that_never_got_room_closes_and_says_what_is_lost(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "16m") as folder:
        fill_up(folder)
        LogWriter.create(folder / "empty.sqlite3", ORIGIN, [note(0)]).close()
        writer = LogWriter.create(folder / "kept.sqlite3", ORIGIN, [note(0)])
        writer.keep(small_note(1))
        with pytest.raises(DiskFull, match="1 accepted records"):
            writer.close()
