# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Until when the log accounts for a chamber's closings."""

from pathlib import Path

from edge_daemon.buffer.columns import record_of
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Record
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.station.flux_past import accounted_ns
from edge_daemon.station.flux_records import gap_record
from tests.support.log_files import T0, reading, stamp, write_log

FLUX = {"soil_flux": ChannelValue(1.0, 1.0, Flag.GOOD)}


def at(minute: int) -> int:
    return T0 + minute * 60 * NS_PER_S


def gap(first: int, last: int, sensor: str = "plot") -> Record:
    return record_of(gap_record(sensor, at(first), at(last), 1, "daemon_off", stamp(at(last), last)).data)


def until(path: Path, *records: Record) -> int | None:
    write_log(path, records)
    with LogReader(path) as reader:
        return accounted_ns(reader, "plot")


def test_nothing_is_known_of_a_new_sensor(tmp_path: Path) -> None:
    assert until(tmp_path / "log", gap(1, 2, "other"), reading(at(3), "other", FLUX)) is None


def test_a_gap_accounts_even_where_there_never_was_a_reading(tmp_path: Path) -> None:
    assert until(tmp_path / "log", gap(1, 2), gap(3, 9), gap(4, 5)) == at(9)


def test_the_later_of_reading_and_gap(tmp_path: Path) -> None:
    assert until(tmp_path / "first", gap(1, 2), reading(at(3), "plot", FLUX)) == at(3)
    assert until(tmp_path / "second", reading(at(3), "plot", FLUX), gap(4, 6)) == at(6)
