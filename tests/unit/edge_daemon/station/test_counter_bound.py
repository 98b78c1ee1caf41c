# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A meter's register that runs away is not believed, though nobody has told the rated power: the power that the meter
measures bounds it (F29)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.log.bodies import ChannelBody
from edge_daemon.log.summary import HOUR_NS, EnergySummary
from tests.unit.edge_daemon.station.summary_world import COUNTER, METER, POWER, SummaryWorld, configuration
from tests.unit.edge_daemon.station.test_summaries import MIDNIGHT

H = MIDNIGHT // HOUR_NS
Course = Callable[[int], float]


def metered(
    counted: Course, watts: Course, *channels: ChannelBody, every_s: int = 60, **settings: float
) -> EnergySummary:
    """The first hour of a meter, by the counter's number and the power at each minute at which it is read."""
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
    body = configuration(METER, "power_meter", *(channels or (replace(POWER, maximum=1e12), COUNTER)))
    world.begin(replace(body, interval_ns=every_s * 10**9, settings=settings))
    for minute in range(0, 62 + every_s // 60, every_s // 60):
        if len(body.channels) == 1:
            world.sample(METER, energy=counted(minute))
        else:
            world.sample(METER, power=watts(minute), energy=counted(minute))
        world.run(every_s)
    world.run(4200)
    world.summarise()
    energy = world.current[METER, H].energy
    assert energy is not None
    return energy


def steady(minute: int) -> float:
    return 500.0 + minute / 60


def leaping(minute: int) -> float:
    return steady(minute) + (10_000 if minute >= 30 else 0)


def running_away(minute: int) -> float:
    return 500.0 + 1.0 * minute


@pytest.mark.parametrize("model", ["schneider_ion7550", "schneider_pm5000"])
@pytest.mark.parametrize("course", [leaping, running_away], ids=["at once", "bit by bit"])
def test_a_register_that_runs_away_is_a_jump_and_power_speaks_instead(model: str, course: Course) -> None:
    shipped = {channel.name: channel for channel in load_catalogue()[model].channels}
    power, counter = (
        ChannelBody(name, one.unit, one.minimum, one.maximum, one.name, one.unit, 1.0)
        for name, one in (("power", shipped["active_power"]), ("energy", shipped["energy_total"]))
    )
    told = metered(course, lambda _: 1.0, power, counter)
    assert (told.basis, told.counter_events) == ("power", {"jump": 1})
    assert told.kilowatt_hours == pytest.approx(1.0)


def test_a_register_that_counts_what_was_measured_is_preferred() -> None:
    told = metered(steady, lambda _: 1000.0)
    assert (told.basis, told.counter_events) == ("counter", {})
    assert told.kilowatt_hours == pytest.approx(1.0)


def test_a_register_of_whole_kilowatt_hours_is_no_jump_at_little_power() -> None:
    told = metered(lambda minute: float(int(500.5 + minute / 120)), lambda _: 500.0)
    assert (told.basis, told.counter_events, told.kilowatt_hours) == ("counter", {}, 1.0)


def test_clouds_between_two_readings_make_no_jump() -> None:
    """A plant at 10 kW whose power was low at the two instants beside the step."""
    told = metered(lambda minute: 500.0 + minute / 6, lambda minute: 500.0 if minute % 7 < 2 else 10_000.0)
    assert (told.basis, told.counter_events) == ("counter", {})


def test_a_leap_that_a_whole_hour_could_give_is_a_jump_within_a_minute() -> None:
    told = metered(lambda minute: 500.0 + minute / 12 + (3.0 if minute >= 30 else 0.0), lambda _: 10_000.0)
    assert (told.basis, told.counter_events) == ("power", {"jump": 1})


def test_a_rating_that_is_told_goes_before_what_was_measured() -> None:
    """The register of a plant rated at 60 kW may be right where the power channel is wrong by the same factor."""
    told = metered(running_away, lambda _: 1000.0, rated_power_kw=60.0)
    assert (told.basis, told.counter_events, told.agree) == ("counter", {}, False)


def test_a_register_alone_that_gains_more_than_the_rating_in_small_steps_claims_nothing() -> None:
    told = metered(running_away, lambda _: 0.0, COUNTER, rated_power_kw=2.0)
    assert (told.counter_events, told.kilowatt_hours, told.covered_us) == ({"jump": 1}, 0.0, 0)
    assert told.from_counter == pytest.approx(60.0)
    assert metered(running_away, lambda _: 0.0, COUNTER, rated_power_kw=60.0).kilowatt_hours == pytest.approx(60.0)


@pytest.mark.parametrize(("step", "hour"), [(0.4, 4.8), (2.0, 24.0)], ids=["12 kW", "60 kW"])
def test_a_pump_that_runs_between_two_readings_is_counted_and_told_to_be_unbounded(step: float, hour: float) -> None:
    told = metered(lambda minute: 500.0 + step * minute / 5, lambda _: 0.0, every_s=300)
    assert (told.basis, told.counter_events, told.agree) == ("counter", {"beyond_power": 1}, False)
    assert told.kilowatt_hours == pytest.approx(hour)


def test_a_leap_between_seldom_readings_is_a_jump() -> None:
    told = metered(leaping, lambda _: 1000.0, every_s=300)
    assert told.counter_events == {"jump": 1}
    assert told.basis == "power"
    assert told.kilowatt_hours == pytest.approx(1.0)


def test_one_leap_of_a_register_that_stands_is_like_no_other() -> None:
    told = metered(lambda minute: 500.0 + (10_000 if minute >= 30 else 0), lambda _: 0.0, every_s=300)
    assert (told.basis, told.kilowatt_hours, told.counter_events) == ("power", 0.0, {"jump": 1})
