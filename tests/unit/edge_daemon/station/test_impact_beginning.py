# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""From which reading on a calibration speaks for an instrument, on a real log."""

from pathlib import Path

import pytest

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import Body
from edge_daemon.log.calibrations import fold
from edge_daemon.log.instruments import Key
from edge_daemon.station.impact_beginning import beginning_of, first_after_day
from tests.unit.edge_daemon.log.calibration_world import DAY_NS, certificate, entry, installed, review, start, verdict
from tests.unit.edge_daemon.station.record_world import SENSOR, RecordWorld


def test_the_log_finds_a_sensors_first_reading_after_a_time_and_an_index(tmp_path: Path) -> None:
    with RecordWorld(tmp_path) as world:
        reader = world.station.reader
        early = world.station.sample(500.0)
        world.pass_days(10)
        day_ns = world.now_ns()
        late = [world.station.sample(501.0), world.station.sample(502.0)]
        assert reader.first_reading(SENSOR, 0) == early
        assert reader.first_reading(SENSOR, day_ns - 5 * DAY_NS) == late[0]
        assert reader.first_reading(SENSOR, 0, late[0] + 1) == late[1]
        assert reader.first_reading(SENSOR, day_ns + DAY_NS) is None
        assert reader.first_reading("nothing", 0) is None


@pytest.mark.parametrize(("found", "begin"), [(5, 5), (25, 21), (None, 21)])
def test_a_certificate_begins_with_the_first_reading_after_its_day_and_a_run_with_its_verdict(
    found: int | None, begin: int
) -> None:
    bodies: list[tuple[int, Body]] = [
        (1, installed()),
        (2, start()),
        (3, verdict(2)),
        (20, certificate(calibrated="2027-02-10")),
        (21, review(20)),
    ]
    told = fold((index, entry(body)) for index, body in bodies)
    asked: list[tuple[str, int, int]] = []

    def first_reading(sensor: str, t_ns: int, first: int) -> int | None:
        asked.append((rfc3339_from_ns(t_ns)[:10], first, len(sensor)))
        return found

    ran, certified = told.by_index[3], told.by_index[21]
    assert beginning_of(told, ran, first_reading) == 3
    assert asked == []
    assert beginning_of(told, certified, first_reading) == begin
    assert [one[:2] for one in asked] == [("2027-02-11", 1)], "the day itself was spent in the laboratory"


def test_another_instrument_at_the_same_sensor_is_passed_over() -> None:
    bodies = [(1, installed()), (9, installed("S-2")), (20, installed())]
    told = fold((index, entry(body)) for index, body in bodies)
    found = first_after_day(told, Key("sensirion_scd30", "S-1"), 0, lambda _sensor, _t_ns, first: max(first, 12))
    assert found == 20
