# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Hourly summaries, from a log of real bytes: one current one for each sensor and hour, whatever happens."""

from collections.abc import Callable

import pytest

from edge_daemon.domain.channel import Flag
from edge_daemon.log.bodies import to_json
from edge_daemon.log.canonical import canonical
from edge_daemon.log.plan_body import Parameter, PlanBody, PlannedFactor
from edge_daemon.log.summary import HOUR_NS
from edge_daemon.log.summary_fold import key_of
from tests.unit.edge_daemon.log.clock_world import NOON
from tests.unit.edge_daemon.station.summary_world import (
    AIR,
    COUNTER,
    METER,
    POWER,
    SummaryWorld,
    configuration,
)

MIDNIGHT = NOON - NOON % (24 * HOUR_NS) + 24 * HOUR_NS
H = MIDNIGHT // HOUR_NS
WEEK_S = 7 * 86_400
FACTOR = PlannedFactor("CAMX", 0.194348, "2025-06-12", "eGRID2023 rev 2", 0.05)


def world_at(ns: int, *, synchronised: bool = True) -> SummaryWorld:
    world = SummaryWorld(true_ns=ns, wall_ns=ns, synchronised=synchronised)
    world.begin()
    return world


def parameter(sensor: str, channel: str, **more: object) -> Parameter:
    told = {"parameter": "electricity", "unit": "kWh", "role": "record", "frequency_s": 300.0, "accuracy": "class 0.2S"}
    told |= {"calibration_interval_days": 365, "longest_gap_s": 900.0, "responsible": "Ana", **more}
    return Parameter(sensor=sensor, channel=channel, **told)  # type: ignore[arg-type]  # a table of its fields


def hour_of_power(world: SummaryWorld, watts: Callable[[int], float], minutes: int = 60) -> None:
    for minute in range(0, minutes, 5):
        world.sample(METER, power=watts(minute))
        world.run(300)


def test_the_last_hour_of_a_day_ends_at_midnight_and_its_mean_is_a_mean() -> None:
    world = world_at(MIDNIGHT - HOUR_NS)
    hour_of_power(world, lambda minute: 100.0 + minute)
    assert world.summarise() == []
    world.run(601)
    (body,) = world.summarise()
    assert (body.hour[11:19], body.readings, body.reasons, body.replaces) == ("23:00:00", 12, ("first",), None)
    power = body.channels["power"]
    assert (power.mean, power.minimum, power.maximum) == (127.5, 100.0, 155.0)
    assert (body.coverage, body.score, body.level, body.first, body.last) == (100, 90, "high", 4, 15)
    assert world.summarise() == world.summarise(afresh=True) == []


def test_energy_is_split_at_the_hour_so_that_hours_add_up() -> None:
    world = world_at(MIDNIGHT + HOUR_NS - 150 * 10**9)
    for kilowatts in (10, 12, 8, 6):
        world.sample(METER, power=1000.0 * kilowatts)
        world.run(300)
    world.run(2 * 3600)
    energies = {key[1] - H: body.energy for key, body in sorted((key, body) for key, body in world.current.items())}
    assert energies == {}
    world.summarise()
    energies = {key[1] - H: body.energy for key, body in world.current.items()}
    assert sorted(energies) == [0, 1]
    first, second = energies[0], energies[1]
    assert first is not None
    assert second is not None
    assert first.kilowatt_hours == pytest.approx((10 + 11) / 2 * 150 / 3600)
    assert first.kilowatt_hours + second.kilowatt_hours == pytest.approx((11 + 10 + 7) * 300 / 3600)
    assert (first.covered_us, first.uncovered_us) == (150 * 10**6, 3450 * 10**6)
    assert second.factor.legacy_default
    assert second.factor.name == "legacy default"
    assert second.avoided_kilograms == pytest.approx(0.5 * second.kilowatt_hours)


def test_a_counter_is_preferred_and_compared_and_a_reset_falls_back_to_power() -> None:
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
    world.begin(configuration(METER, "power_meter", POWER, COUNTER))
    world.write(PlanBody((parameter(METER, "power", factor=FACTOR),), "Ana"))
    for place in range(25):
        counted = 999_995.0 + place if place < 6 else float(place - 5)
        world.sample(METER, power=12_000.0, energy=counted if place < 20 else 3.0 + place - 20)
        world.run(300)
    world.run(1200)
    world.summarise()
    first, second = world.current[METER, H].energy, world.current[METER, H + 1].energy
    assert first is not None
    assert second is not None
    assert (first.basis, first.counter_events) == ("counter", {"rollover": 1})
    assert (first.agree, first.factor.legacy_default) == (True, False)
    assert [first.kilowatt_hours, first.from_power] == pytest.approx([12.0, 12.0])
    assert first.avoided_kilograms == pytest.approx(12.0 * 0.194348 * 0.95)
    assert (second.basis, second.counter_events, second.agree) == ("power", {"reset": 1}, False)
    assert second.kilowatt_hours == pytest.approx(12.0)


def test_a_gap_lowers_coverage_and_hours_wholly_inside_it_get_no_summary() -> None:
    world = world_at(MIDNIGHT)
    hour_of_power(world, lambda _: 5.0, minutes=30)
    world.gap(METER, 180)
    hour_of_power(world, lambda _: 5.0, minutes=30)
    world.run(4000)
    world.summarise()
    assert sorted(key[1] - H for key in world.current) == [0, 3]
    body = world.current[METER, H]
    assert (body.readings, body.expected, body.coverage, body.score, body.level) == (6, 12, 50, 69, "basic")
    assert [gap.expected for gap in body.gaps] == [6]
    assert (body.gaps[0].start[11:19], body.gaps[0].end[11:19]) == ("00:30:00", "01:00:00")


def test_a_settled_flag_and_a_missing_value_do_not_enter_the_mean() -> None:
    world = world_at(MIDNIGHT)
    spike = world.sample(AIR, pm2_5=900.0, no2=None)
    world.run(300)
    world.sample(AIR, ((spike, "pm2_5", Flag.FAIL),), pm2_5=9.0, no2=20.0)
    for _ in range(10):
        world.run(300)
        world.sample(AIR, pm2_5=9.0, no2=20.0)
    world.run(1200)
    (body,) = world.summarise()
    assert (body.channels["pm2_5"].mean, body.channels["pm2_5"].flags) == (9.0, {"1": 11, "4": 1})
    assert body.channels["no2"].flags == {"1": 11, "9": 1}
    assert body.air is not None
    assert body.air.concentrations == {"pm2_5": 9.0, "no2": pytest.approx(20 / 1.88043086)}
    assert (body.air.index, body.air.dominant) == (9, "no2")


def test_a_flag_that_comes_after_the_summary_makes_a_new_one() -> None:
    world = world_at(MIDNIGHT)
    world.block = 2
    for _ in range(11):
        world.sample(AIR, pm2_5=5.0, no2=1.0)
        world.run(300)
    spike = world.sample(AIR, pm2_5=905.0, no2=1.0)
    world.run(1200)
    (before,) = world.summarise()
    assert before.channels["pm2_5"].mean == 80.0
    world.sample(AIR, ((spike, "pm2_5", Flag.FAIL),), pm2_5=5.0, no2=1.0)
    (after,) = world.summarise()
    assert (after.channels["pm2_5"].mean, after.accepted, after.reasons) == (5.0, 11, ("late_data",))
    assert after.replaces == world.written[0]


def test_a_withdrawn_amendment_brings_the_numbers_back() -> None:
    world = world_at(MIDNIGHT)
    world.block = 2
    hour_of_power(world, lambda _: 5.0)
    end = len(world.data) - 1
    hour_of_power(world, lambda _: 5.0)
    world.run(1200)
    _, original = world.summarise()
    told = world.amend("value_correction", 0, end, sensors=(METER,), channels=("power",), gain=2.0, offset=0.0)
    (corrected,) = world.summarise()
    assert (corrected.channels["power"].mean, corrected.amended_by) == (10.0, (told,))
    world.amend("withdrawal", len(world.data) - 1, len(world.data) - 1, replaces=told)
    (restored,) = world.summarise()
    assert content(restored) == content(original)
    assert restored.reasons == ("amendment",)


def test_an_hour_partly_in_a_gap_and_without_a_reading_has_a_summary_without_a_level() -> None:
    world = world_at(MIDNIGHT)
    world.sample(METER, power=1.0)
    world.run(3600 + 900)
    world.gap(METER, 90)
    world.run(4000)
    world.summarise()
    bodies = {key[1] - H: body for key, body in world.current.items()}
    assert sorted(bodies) == [0, 1, 2]
    assert [(bodies[hour].readings, bodies[hour].expected, bodies[hour].level) for hour in (1, 2)] == [
        (0, 9, None),
        (0, 9, None),
    ]


def test_a_clock_seven_days_slow_for_a_week_is_amended_and_every_hour_moves() -> None:
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT - WEEK_S * 10**9, synchronised=True)
    world.begin()
    first = len(world.data)
    for _ in range(7 * 24):
        world.sample(METER, power=1.0)
        world.run(3600)
    last = len(world.data) - 1
    world.run(2 * 3600)
    world.summarise()
    slow = {key[1] - H for key in world.current if key[1] < H}
    world.amend("clock_offset", first, last, offset_us=WEEK_S * 10**6, uncertainty_us=10**6)
    world.summarise()
    moved = {key[1] - H for key, body in world.current.items() if body.readings}
    assert len(slow) == 7 * 24
    assert moved == {hour + 7 * 24 for hour in slow}
    assert all(body.amended_by for body in world.current.values())
    withdrawn = [body for body in world.told.values() if body.withdrawn]
    assert len(withdrawn) == 7 * 24
    assert all(body.reasons == ("moved_away",) for body in withdrawn)
    assert world.summarise(afresh=True) == []


def test_a_clock_seven_days_slow_and_never_believed_is_held_until_it_is_fixed() -> None:
    world = world_at(MIDNIGHT, synchronised=False)
    world.wall_ns -= WEEK_S * 10**9
    for _ in range(7 * 24):
        world.sample(METER, power=1.0)
        world.run(3600)
        world.tick()
    world.run(3600)
    assert world.summarise() == []
    world.synchronise()
    world.tick()
    written = world.summarise()
    assert {key_of(body)[1] - H for body in written} == set(range(7 * 24))
    assert all(body.reasons == ("first",) for body in written)
    assert world.summarise(afresh=True) == []


def content(body: object) -> bytes:
    told = to_json(body)  # type: ignore[arg-type]  # a summary
    return canonical({key: value for key, value in told.items() if key not in {"replaces", "reasons"}})
