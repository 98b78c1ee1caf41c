# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The energy that a counter tells, after a comparison of the meter's power with a standard meter."""

import math
from dataclasses import replace

import pytest

from edge_daemon.calibration.judge import verdict
from edge_daemon.domain.channel import Computed
from edge_daemon.log.calibration_body import ValueFunction, ValueUncertainty
from edge_daemon.log.computed_channels import said_of
from edge_daemon.log.in_force import InForce
from edge_daemon.log.instruments import Key
from tests.unit.edge_daemon.calibration.runs import Level, found, start
from tests.unit.edge_daemon.station.summary_world import COUNTER, METER, POWER, configuration
from tests.unit.edge_daemon.station.test_summary_calibration import PLAIN, Site

COMPARED = ValueUncertainty(0.0, 0.0005, (), 20.0, 2.1, repeatability=3.0)


def meter() -> Site:
    counter = replace(COUNTER, computed=Computed(POWER.name, "counter"))
    return Site.of(configuration(METER, "power_meter", POWER, counter))


@pytest.mark.parametrize(
    ("function", "expected"),
    [(None, 12 * 0.0005), (PLAIN, 12 * 0.0005), (ValueFunction("polynomial", (0.0, 1.1)), None)],
    ids=["verified", "verified and left as it was", "adjusted"],
)
def test_a_comparison_of_power_tells_how_sure_the_counted_energy_is(
    function: ValueFunction | None, expected: float | None
) -> None:
    world = meter()
    world.calibrate(METER, "power", function, COMPARED)
    for place in range(14):
        world.sample(METER, power=12_000.0, energy=1000.0 + place)
        world.run(300)
    energy = world.hour().energy
    assert energy is not None
    assert energy.basis == "counter"
    assert energy.from_counter == pytest.approx(12.0)
    assert energy.uncertainty == (None if expected is None else pytest.approx(expected))


def test_a_register_that_counts_whole_units_is_no_surer_than_they_are() -> None:
    counter = replace(COUNTER, computed=Computed(POWER.name, "counter"), step=1.0)
    world = Site.of(configuration(METER, "power_meter", POWER, counter))
    world.calibrate(METER, "power", None, COMPARED)
    for place in range(14):
        world.sample(METER, power=12_000.0, energy=1000.0 + place)
        world.run(300)
    energy = world.hour().energy
    assert energy is not None
    assert energy.from_counter == pytest.approx(12.0)
    register = math.sqrt(2 / 12)  # what is hidden at either end of the hour, each a rectangle
    assert energy.uncertainty == pytest.approx(math.hypot(12 * 0.0005, register), rel=1e-6)


def test_a_meter_that_failed_makes_what_it_counts_suspect() -> None:
    world = meter()
    world.calibrate(METER, "power", None, None, "fail")
    world.sample(METER, power=12_000.0, energy=1000.0)
    assert world.calibrations.doubted(METER) == {"power", "energy"}


def test_the_comparison_that_the_catalogue_names_has_a_share_to_tell() -> None:
    levels = {
        "full_pf1": Level(100.0, 100.05, 0.01, expanded=0.05),
        "full_pf05": Level(50.0, 50.02, 0.01, expanded=0.025),
        "tenth_pf1": Level(10.0, 10.004, 0.001, expanded=0.005),
        "twentieth_pf1": Level(5.0, 5.002, 0.001, expanded=0.0025),
    }
    run = found(start("schneider_ion7550", "meter_comparison"), levels, temperature=20.0)
    body = verdict(run, person="Ana", due="2029-01-01")
    assert (body.outcome, body.function) == ("pass", None)
    assert body.uncertainty is not None
    made = InForce(9, Key("m", "1"), "active_power", None, body.uncertainty, 0, body.due, body.outcome)
    counted = said_of(made, "energy_total", Computed("active_power", "counter"))
    assert counted is not None
    assert counted.uncertainty is not None
    assert 0.0003 < counted.uncertainty.relative < 0.001
