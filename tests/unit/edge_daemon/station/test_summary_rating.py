# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A meter's counter that runs faster than the plant's rating allows is not believed (F29, 1.2 x rating x time)."""

from dataclasses import replace

import pytest

from edge_daemon.domain.instrument import OptionValue
from edge_daemon.log.summary import HOUR_NS, EnergySummary
from tests.unit.edge_daemon.station.summary_world import COUNTER, METER, POWER, SummaryWorld, configuration
from tests.unit.edge_daemon.station.test_summaries import MIDNIGHT

H = MIDNIGHT // HOUR_NS


def hour_with_a_leap(leap: float, **settings: OptionValue) -> EnergySummary:
    """An hour at 12 kW, with a counter that leaps by so many kWh within five minutes."""
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
    world.begin(replace(configuration(METER, "power_meter", POWER, COUNTER), settings=settings))
    counted = 100.0
    for step in range(14):
        world.sample(METER, power=12_000.0, energy=counted)
        counted += leap if step == 5 else 1.0
        world.run(300)
    world.run(3600)
    world.summarise()
    energy = world.current[METER, H].energy
    assert energy is not None
    return energy


def test_a_leap_beyond_the_rating_is_a_jump_and_power_speaks_instead() -> None:
    told = hour_with_a_leap(1.5, rated_power_kw=13)
    assert (told.basis, told.counter_events) == ("power", {"jump": 1})
    assert told.kilowatt_hours == pytest.approx(12.0)


@pytest.mark.parametrize("settings", [{}, {"rated_power_kw": 0}])
def test_without_a_rating_the_channel_s_span_decides(settings: dict[str, OptionValue]) -> None:
    told = hour_with_a_leap(1.5, **settings)
    assert (told.basis, told.counter_events) == ("counter", {})
    assert told.kilowatt_hours == pytest.approx(12.5)


def test_a_leap_within_the_rating_counts() -> None:
    assert hour_with_a_leap(1.5, rated_power_kw=16).basis == "counter"
