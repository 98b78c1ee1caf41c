# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A standard that is corrected or taken out of use speaks of the calibrations that were made with it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.log.calibration_body import CalibrationPoint, PointResult, StandardBody
from tests.unit.edge_daemon.log.calibration_world import start, verdict
from tests.unit.edge_daemon.station.record_world import INSTRUMENT, SENSOR, SERIAL, RecordWorld

GAS = StandardBody("co2_gas", "Span", 1000.0, "ppm", 10.0, 2.0, "Ana")
APPLIED = "2026-11-23T08:00:00.000000000Z"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RecordWorld]:
    with RecordWorld(tmp_path) as made:
        made.enter_persons()
        yield made


def calibrated(world: RecordWorld, standard: int) -> None:
    """A run at this standard that passed."""
    at = world.write(replace(start(SERIAL, SENSOR, model="fake"), channel="co2"))
    world.write(
        CalibrationPoint(
            at, SENSOR, "fake", SERIAL, "as_found", "span", 1000.0, 10.0, 2.0, standard, APPLIED,
            1, 1, 1, 1001.0, 1001.0, 0.1, 0.0, "Ana",
        )
    )  # fmt: skip
    found = PointResult("span", 1000.0, 1001.0, 1.0, 10.0, 2.0, 60.0, "pass", 0.99)
    end = verdict(at, serial=SERIAL, sensor=SENSOR, model="fake", function=None, due="2027-11-01")
    world.write(replace(end, as_found=(found,)))


def told(world: RecordWorld) -> tuple[str, str, list[Any]]:
    """What the history says of the calibration, what is due, and the sensor's warnings."""
    (channel,) = (one for one in world.get(f"{INSTRUMENT}/calibrations")["channels"] if one["channel"] == "co2")
    return channel["calibrations"][-1]["made_with"], channel["words"], list(map(str, world.history.warnings(SENSOR)))


def test_a_corrected_value_makes_what_was_made_with_it_due(world: RecordWorld) -> None:
    gas = world.write(GAS)
    calibrated(world, gas)
    assert told(world) == ("", "", [])
    world.write(replace(GAS, value=100.0, replaces=gas))
    made_with, words, warnings = told(world)
    assert made_with == f"made with standard Span (entry {gas}), corrected since (1000 ppm -> 100 ppm): calibrate again"
    assert words == f"{SENSOR}, co2: {made_with}."
    assert warnings == [words]
    calibrated(world, gas + 99)
    assert told(world) == ("", "", []), "the next one was made with another"


def test_a_renewed_date_says_nothing_and_a_greater_uncertainty_does(world: RecordWorld) -> None:
    gas = world.write(GAS)
    calibrated(world, gas)
    renewed = world.write(replace(GAS, expires="2029-01-01", replaces=gas))
    assert told(world)[0] == ""
    world.write(replace(GAS, expanded_uncertainty=50.0, replaces=renewed))
    assert "known to ± 10 -> ± 50" in told(world)[0]


def test_one_that_is_taken_out_of_use_is_told_in_the_history_only(world: RecordWorld) -> None:
    gas = world.write(GAS)
    calibrated(world, gas)
    world.write(replace(GAS, replaces=gas, withdrawn=True))
    made_with, words, warnings = told(world)
    assert "taken out of use since: calibrate again if it was recalled" in made_with
    assert (words, warnings) == ("", [])
