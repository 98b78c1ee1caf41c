# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the hourly summaries cost a restart: from the log's beginning, and from the side file, in one run."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import process_time

import pytest

from edge_daemon.buffer.appender import Appender
from edge_daemon.buffer.columns import record_of as record_of_bytes
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Record
from edge_daemon.buffer.writer import LogWriter
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.log.bodies import Body, BootBody, ClockStateBody, LogBody
from edge_daemon.log.entry import Entry, Stamp, decode_entry, encode_reading
from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.station.hour_cache import FILE, HourCache
from edge_daemon.station.hour_index import HourIndex
from edge_daemon.station.journal import record_of
from edge_daemon.station.summaries import Summariser
from tests.support.log_files import ORIGIN, T0
from tests.support.logged_station import renamed

READINGS = 28_800
SENSORS = ("co2-1", "co2-2", "co2-3", "co2-4")
AT_ONCE = 5_000
TAIL = 500
SECOND_NS = 10**9
END_NS = T0 + READINGS // len(SENSORS) * SECOND_NS + 2 * HOUR_NS


def stamp(number: int) -> Stamp:
    second = number // len(SENSORS)
    return Stamp(T0 + second * SECOND_NS, second * 10**6, number.to_bytes(16, "big"))


def readings(first: int, count: int) -> Iterator[Record]:
    for number in range(first, first + count):
        place = number % len(SENSORS)
        channels = {
            "co2": ChannelValue(400.0 + number % 97, 400.0 + number % 97, Flag.GOOD),
            "humidity": ChannelValue(50.0, 50.0, Flag.GOOD),
        }
        yield record_of_bytes(encode_reading(stamp(number), SENSORS[place], channels, 90, 3 + place, {}))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "buffer.sqlite3"
    bodies: tuple[Body, ...] = (
        LogBody(ORIGIN, "d", "p", "1", "m", demo=False),
        BootBody("start", "boot-1", "1", "untrusted"),
        ClockStateBody(None, "trusted", 100_000),
        *map(renamed, SENSORS),
    )
    first, *others = (record_of(body, stamp(0)) for body in bodies)
    LogWriter.create(made, ORIGIN, [first]).close()
    appender = Appender(made)
    appender.append(others)
    for begin in range(0, READINGS, AT_ONCE):
        appender.append(list(readings(begin, AT_ONCE)))
    appender.close()
    return made


def settled(appender: Appender, index: HourIndex) -> float:
    """CPU seconds until all that is due is written."""

    def write(body: SummaryBody) -> tuple[int, Entry]:
        record = record_of(body, stamp(READINGS))
        return appender.append([record])[0].index, decode_entry(record.data)

    began = process_time()
    for _ in Summariser(index, write, lambda: END_NS).steps():
        pass
    return process_time() - began


def test_a_restart_with_the_side_file_against_one_without(
    path: Path, tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    appender = Appender(path)
    with LogReader(path) as reader:
        index = HourIndex(reader.entries)
        first_s = settled(appender, index)
        cache = HourCache(tmp_path / FILE, reader, "1")
        for _ in index.catch_up():
            pass
        began = process_time()
        cache.save(index)
        save_s = process_time() - began
        appender.append(list(readings(READINGS, TAIL)))
        without_s = settled(appender, HourIndex(reader.entries))
        before = appender.head.size
        resumed = HourIndex(reader.entries)
        began = process_time()
        for _ in cache.restoring(resumed):
            pass
        with_s = process_time() - began + settled(appender, resumed)
        assert appender.head.size == before, "nothing was left to be written"
        hours = len(resumed.summaries.hours())
    appender.close()
    size = (tmp_path / FILE).stat().st_size
    record_property("ratio", without_s / with_s)
    with capsys.disabled():
        print(
            f"\nrestart over {READINGS:,} readings, {hours} hours: {without_s:.2f} s of CPU without the side file, "
            f"{with_s:.3f} s with it (1/{without_s / with_s:.0f}); to keep it {save_s:.3f} s and {size:,} bytes; "
            f"the first start {first_s:.2f} s"
        )
    assert without_s > 5 * with_s
