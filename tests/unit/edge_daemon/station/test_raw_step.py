# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A meter that counts in tenths of a kilowatt cannot be known to a thousandth, whatever the screen shows."""

import math
from dataclasses import replace

import pytest

from edge_daemon.calibration.judge import results
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.log.bodies import ChannelBody
from edge_daemon.station.raw_step import with_step, with_steps
from tests.support.logged_station import CO2
from tests.unit.edge_daemon.calibration.runs import Level, found, procedure_of, start

METER = replace(CO2, driver="schneider_ion7550", model="schneider_ion7550")


@pytest.mark.parametrize(
    ("settings", "step"),
    [
        ({}, 0.1),
        ({"counts_per_kilowatt": 100}, 0.01),
        ({"counts_per_kilowatt": 10_000}, 0.001),  # the last decimal is coarser
        ({"counts_per_kilowatt": 0}, 0.001),  # with such a setting nothing is read
    ],
)
def test_the_step_is_that_of_the_settings_where_it_is_coarser(settings: dict[str, OptionValue], step: float) -> None:
    procedure = procedure_of("schneider_ion7550", "meter_comparison")
    assert with_step(procedure, replace(METER, settings=settings)).resolution == pytest.approx(step)


def test_a_driver_that_tells_none_or_is_not_there_leaves_it() -> None:
    procedure = procedure_of("sensirion_scd30", "co2_fresh_air")
    for name in ("sensirion_scd30", "gone"):
        assert with_step(procedure, replace(CO2, driver=name)) == procedure


def test_the_configuration_tells_the_step_of_each_channel_that_has_one() -> None:
    channels = tuple(ChannelBody(name, "kW", 0.0, 1e6) for name in ("active_power", "energy_total", "temperature"))
    told = with_steps(replace(METER, channels=channels, settings={"counts_per_kilowatt_hour": 4}))
    assert {one.name: one.step for one in told.channels} == {
        "active_power": 0.1,
        "energy_total": 0.25,
        "temperature": 0.0,
    }
    assert with_steps(replace(CO2, driver="gone")) == replace(CO2, driver="gone")


@pytest.mark.parametrize(("counts", "outcome"), [(10, "conditional_pass"), (1_000, "pass")])
def test_a_small_load_is_passed_only_where_it_can_be_seen(counts: int, outcome: str) -> None:
    run = start("schneider_ion7550", "meter_comparison")
    stepped = with_step(run.procedure, replace(METER, settings={"counts_per_kilowatt": counts}))
    run = replace(run, start=replace(run.start, procedure=stepped))
    loads = (("full_pf1", 200.0), ("full_pf05", 100.0), ("tenth_pf1", 20.0), ("twentieth_pf1", 10.0))
    levels = {name: Level(load, load, 0.0, expanded=load * 1e-4) for name, load in loads}
    point = next(
        one for one in results(found(run, levels, temperature=20.0), "as_found") if one.point == "twentieth_pf1"
    )
    assert point.outcome == outcome
    assert point.expanded_uncertainty >= 2 / counts / math.sqrt(12)
