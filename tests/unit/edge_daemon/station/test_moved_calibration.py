# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A recorder whose clock is fixed after a calibration: the next readings go by the time that the fix told."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import ClockFixBody, ClockStateBody
from edge_daemon.log.entry import LoggedReading, decode_reading
from edge_daemon.log.in_force import DAY_NS
from edge_daemon.log.instruments import Key
from edge_daemon.log.summary import HOUR_NS
from edge_daemon.metrology.score import source_score
from edge_daemon.station.past import calibrations_of
from sync.calibrations import calibrations_due, entries_on_calibrations
from tests.support.log_files import T0
from tests.support.logged_station import LoggedStation
from tests.unit.edge_daemon.log.calibration_world import installed, start, verdict

SENSOR, SERIAL = "co2-1", "S-1"
EARLIER_DAYS = 400
TODAY = datetime.fromtimestamp(T0 // 10**9, UTC).date()


@pytest.fixture
def station(tmp_path: Path) -> Iterator[LoggedStation]:
    with LoggedStation(tmp_path, clock="untrusted") as made:
        made.write(installed(SERIAL, SENSOR, "fake"))
        yield made


def reading(station: LoggedStation) -> LoggedReading:
    return decode_reading(station.reader.entries(station.sample(500.0), 1)[0][1])


def due(folder: Path, on: date) -> tuple[str, ...]:
    with LogReader(folder / "buffer.sqlite3") as reader:
        return calibrations_due(entries_on_calibrations(reader), on)


def test_the_next_reading_goes_by_the_date_that_the_fix_told(station: LoggedStation, tmp_path: Path) -> None:
    run = station.write(start(SERIAL, SENSOR, model="fake"))
    ends = date.fromordinal(TODAY.toordinal() + 365).isoformat()
    station.write(verdict(run, function=None, uncertainty=None, serial=SERIAL, sensor=SENSOR, model="fake", due=ends))
    station.calibrations.follow(run + 1)
    before = reading(station)
    assert (before.quality, before.channels["co2"].flag) == (source_score(0), Flag.GOOD)
    assert due(tmp_path, TODAY) == ()
    station.second += HOUR_NS // 10**9
    utc = rfc3339_from_ns(station.stamp().t_ns - EARLIER_DAYS * DAY_NS)
    fix = station.write(ClockFixBody("boot-1", station.stamp().mono_us, utc, 50_000, "synchronised"))
    last = station.write(ClockStateBody("untrusted", "trusted", 50_000))
    station.calibrations.follow(last)
    after = reading(station)
    assert after.calibrations == before.calibrations, "by the same name"
    assert after.quality < before.quality
    assert after.channels["co2"].flag is Flag.SUSPECT, "it was overdue for weeks"
    assert due(tmp_path, TODAY) == (SENSOR,)
    read_again = calibrations_of(station.reader)
    assert read_again == station.calibrations.told
    made = read_again.in_force(Key("fake", SERIAL), "co2")
    assert made is not None
    assert made.age_days(T0) == EARLIER_DAYS
    assert calibrations_of(station.reader, fix).in_force(Key("fake", SERIAL), "co2") != made
