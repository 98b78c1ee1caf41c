# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The warning before the disk is full: when it comes, what it says, and that it does not flap."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from edge_daemon.acquisition.clock import Instant, SystemClock
from edge_daemon.station.room_watch import LARGE_FILE_BYTES, LOOK_US, RoomWatch

HOUR_US = 3_600 * 1_000_000
DAY_ENTRIES = 86_400
"""One entry a second."""


class Clock(SystemClock):
    """Stands still until it is told to move."""

    __slots__ = ("at_us",)

    def __init__(self) -> None:
        super().__init__()
        self.at_us = 5 * HOUR_US

    def now(self) -> Instant:
        return Instant(self.at_us * 1000, self.at_us, self.at_us)


@dataclass
class Disk:
    """A disk and a log, as a test wants them."""

    path: Path
    clock: Clock = field(default_factory=Clock)
    entries: int = 1_000_000
    free: int = 50 * 10**9
    asked: int = 0

    def free_bytes(self, folder: Path) -> int:
        assert folder == self.path.parent
        self.asked += 1
        return self.free

    def record(self, hours: float, entries_a_day: int = DAY_ENTRIES) -> None:
        """Time passes, with readings."""
        self.clock.at_us += round(hours * HOUR_US)
        self.entries += round(hours / 24 * entries_a_day)


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path / "buffer.sqlite3")


@pytest.fixture
def watch(disk: Disk) -> RoomWatch:
    return RoomWatch(disk.path, lambda: disk.entries, disk.clock, disk.free_bytes)


def test_with_room_there_is_no_warning(disk: Disk, watch: RoomWatch) -> None:
    for _ in range(30):
        assert watch.fault() is None
        disk.record(1.0)


def test_it_says_how_much_and_how_long_weeks_before_the_end(disk: Disk, watch: RoomWatch) -> None:
    assert watch.fault() is None
    disk.free = 20 * DAY_ENTRIES * 600  # twenty days of it: a gigabyte
    disk.record(1.0)
    told = watch.fault()
    assert told is not None
    assert str(told) == "1.0 GB are left: room for about 20 days at the present rate of recording (52 MB a day)."
    assert told.code == "disk_low"
    assert "Make room" in told.advice


def test_little_room_is_told_before_the_rate_is_known(disk: Disk, watch: RoomWatch) -> None:
    disk.free = 800_000_000
    assert str(watch.fault()) == "0.8 GB are left."


def test_a_few_minutes_of_recording_say_nothing_of_a_day(disk: Disk, watch: RoomWatch) -> None:
    assert watch.fault() is None
    disk.record(5 / 60, 10_000 * DAY_ENTRIES)
    assert watch.fault() is None
    disk.record(5 / 60, 10_000 * DAY_ENTRIES)
    assert "less than a day" in str(watch.fault())


def test_it_does_not_flap_about_the_limit(disk: Disk, watch: RoomWatch) -> None:
    told = []
    watch.fault()
    for number in range(40):
        disk.free = (2_000_000_000, 1_500_000_000)[number % 2]  # 39 and 29 days
        disk.record(0.5)
        told.append(watch.fault() is not None)
    assert told == sorted(told)
    assert told[1]
    disk.free = 3_000_000_000
    disk.record(0.5)
    assert watch.fault() is None


def test_the_rate_is_the_present_one(disk: Disk, watch: RoomWatch) -> None:
    disk.free = 100 * DAY_ENTRIES * 600
    watch.fault()
    for _ in range(48):
        disk.record(1.0)
        assert watch.fault() is None
    for _ in range(26):
        disk.record(1.0, 10 * DAY_ENTRIES)
        watch.fault()
    assert "about 10 days" in str(watch.fault())


def test_a_large_file_tells_itself_what_an_entry_takes(disk: Disk, watch: RoomWatch) -> None:
    with disk.path.open("wb") as file:
        file.truncate(2 * LARGE_FILE_BYTES)
    disk.entries = 2 * LARGE_FILE_BYTES // 6_000
    disk.free = 100 * DAY_ENTRIES * 600
    watch.fault()
    disk.record(1.0)
    told = str(watch.fault())
    assert "about 10 days" in told or "about 11 days" in told


def test_it_asks_the_disk_only_now_and_then(disk: Disk, watch: RoomWatch) -> None:
    for _ in range(50):
        watch.fault()
    assert disk.asked == 1
    disk.clock.at_us += LOOK_US
    watch.fault()
    assert disk.asked == 2


def test_the_disk_itself_is_asked(tmp_path: Path) -> None:
    watch = RoomWatch(tmp_path / "buffer.sqlite3", lambda: 0, Clock())
    assert (watch.fault() is not None) == (shutil.disk_usage(tmp_path).free < 1_000_000_000)
