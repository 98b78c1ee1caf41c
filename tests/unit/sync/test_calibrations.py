# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which sensors the retained status calls due, from a log of real bytes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.plan_body import Parameter, PlanBody
from sync.calibrations import calibrations_due, entries_on_calibrations
from sync.sinks.mqtt.status import StationStatus, status_payload
from tests.support.log_files import T0
from tests.support.logged_station import LoggedStation
from tests.unit.edge_daemon.log.calibration_world import installed, start, verdict

SENSOR, SERIAL = "co2-1", "S-1"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[LoggedStation]:
    with LoggedStation(tmp_path) as made:
        made.write(installed(SERIAL, SENSOR, "fake"))
        yield made


def due(folder: Path, on: date) -> tuple[str, ...]:
    with LogReader(folder / "buffer.sqlite3") as reader:
        return calibrations_due(entries_on_calibrations(reader), on)


def test_a_calibration_is_due_thirty_days_before_its_date_and_after(station: LoggedStation, tmp_path: Path) -> None:
    assert due(tmp_path, date(2026, 12, 1)) == ()  # nothing asks for one
    at = station.write(start(SERIAL, SENSOR, model="fake"))
    station.write(verdict(at, serial=SERIAL, sensor=SENSOR, model="fake", due="2027-06-30"))
    assert due(tmp_path, date(2027, 5, 30)) == ()
    assert due(tmp_path, date(2027, 5, 31)) == due(tmp_path, date(2027, 7, 1)) == (SENSOR,)


def test_a_sensor_that_the_plan_wants_calibrated_and_never_was_is_due(station: LoggedStation, tmp_path: Path) -> None:
    one = Parameter("co2", "ppm", SENSOR, "co2", "record", 10.0, "± 30 ppm", 365, 60.0, "Ana")
    station.write(PlanBody((one,), "Ana"))
    found = due(tmp_path, date(2026, 12, 1))
    assert found == (SENSOR,)
    told = json.loads(status_payload(StationStatus("1", recording=True, calibrations_due=found), "online", "o", T0))
    assert told["calibrations_due"] == [SENSOR]
    station.write(replace(station.setup.sensors[SENSOR].configuration, state="removed"))
    assert due(tmp_path, date(2026, 12, 1)) == ()
