# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A period under another calibration shows the channels that are computed from the calibrated one too."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.acquisition.pipeline import Pipeline
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.domain.channel import Computed
from edge_daemon.log.calibration_body import ValueFunction
from edge_daemon.log.computed_channels import relations_of
from tests.support.logged_station import CO2, LIMITS, SECOND_NS
from tests.unit.edge_daemon.acquisition.fakes import MODEL, POLLED
from tests.unit.edge_daemon.api.test_calibration_history_routes import lines, run, view
from tests.unit.edge_daemon.log.calibration_world import start, verdict
from tests.unit.edge_daemon.station.record_world import SENSOR, SERIAL, RecordWorld

LINE = ValueFunction("polynomial", (10.0, 2.0), span=(0.0, 1000.0))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RecordWorld]:
    """Its `humidity`, which is 50 in every sample, stands for a tenth of what `co2` measures."""
    with RecordWorld(tmp_path) as made:
        computed(made, "proportional")
        yield made


def computed(world: RecordWorld, how: str) -> None:
    first, second = CO2.channels
    tenth = replace(second, computed=Computed("co2", how, 0.1))  # type: ignore[arg-type]  # one of its kinds
    body, station = replace(CO2, channels=(first, tenth)), world.station
    setup = DeviceSetup(
        SENSOR,
        MODEL,
        POLLED,
        SECOND_NS,
        world.write(body),
        calibration=station.calibrations.source(SENSOR),
        limits={"co2": LIMITS},
        computed=relations_of(body),
    )
    station.pipeline = Pipeline(setup, station.whereabouts.locate)


def test_what_is_computed_from_the_channel_stands_beside_it(world: RecordWorld) -> None:
    world.station.sample(500.0)
    made = run(world, function=LINE)
    world.station.sample(600.0)
    comments, rows = lines(view(world, made))
    assert [row[f"value_under_{made}_ppm"] for row in rows] == ["1010.0", "1210.0"]
    assert any("humidity is computed from co2" in line for line in comments)
    assert [(row["humidity_value_%"], row["humidity_calibration"]) for row in rows] == [
        ("50.0", ""),
        ("101.0", f"{made}"),
    ]
    assert {row[f"humidity_value_under_{made}_%"] for row in rows} == {"101.0"}, "a tenth of 10 + 2 x 500"
    own, other = (
        float(rows[1][f"{name}uncertainty_under_{made}_{unit}"]) for name, unit in (("", "ppm"), ("humidity_", "%"))
    )
    assert 0 < other < own
    assert rows[1]["humidity_uncertainty_%"] == rows[1][f"humidity_uncertainty_under_{made}_%"]


def test_by_a_configuration_in_which_it_is_none_nothing_is_said_of_it(world: RecordWorld) -> None:
    made = run(world, function=LINE)
    world.station.sample(500.0)
    computed(world, "instrument")
    world.station.sample(500.0)
    _, rows = lines(view(world, made))
    assert [row[f"humidity_value_under_{made}_%"] for row in rows] == ["101.0", ""]
    assert [row[f"value_under_{made}_ppm"] for row in rows] == ["1010.0", "1010.0"]


def test_a_computed_channel_whose_own_adjustment_lies_between_is_left_out(world: RecordWorld) -> None:
    made = run(world, function=LINE)
    world.station.sample(500.0)
    assert "humidity" in view(world, made)
    own = world.write(start(SERIAL, SENSOR, "humidity", "fake"))
    done = verdict(own, serial=SERIAL, sensor=SENSOR, model="fake", channel="humidity", device_adjusted=True)
    world.write(done)
    world.station.sample(500.0)
    text = view(world, made)
    assert "humidity" not in text
    assert [row[f"value_under_{made}_ppm"] for row in lines(text)[1]] == ["1010.0", "1010.0"]
