# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Hourly summaries, from a log of real bytes: one current one for each sensor and hour, whatever happens."""

from collections import Counter
from collections.abc import Callable, Mapping

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.log.bodies import InstallationBody, to_json
from edge_daemon.log.calibration_body import Outcome, ValueFunction, ValueUncertainty
from edge_daemon.log.canonical import canonical
from edge_daemon.log.entry import EntryType, Stamp, decode_entry, encode_entry
from edge_daemon.log.plan_body import Parameter, PlanBody, PlannedFactor
from edge_daemon.log.summary import HOUR_NS
from edge_daemon.log.summary_fold import key_of
from edge_daemon.metrology.period import EXCLUDED
from tests.unit.edge_daemon.log.calibration_world import abort, start, verdict
from tests.unit.edge_daemon.log.clock_world import NOON
from tests.unit.edge_daemon.station.certified import adjusted_before_any
from tests.unit.edge_daemon.station.summary_world import (
    AIR,
    COUNTER,
    METER,
    NO2,
    PM,
    POWER,
    SummaryWorld,
    as_read_now,
    configuration,
    exact_mean,
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


steps = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(1, 20)),
        st.tuples(st.just("blank"), st.integers(1, 12)),
        st.tuples(st.just("gap"), st.integers(10, 200)),
        st.tuples(st.just("wait"), st.integers(60, 9000)),
        st.tuples(st.just("reboot"), st.integers(-20_000, 20_000)),
        st.tuples(st.just("set"), st.integers(-100_000, 100_000)),
        st.tuples(st.just("synchronise"), st.just(0)),
        st.tuples(st.just("summarise"), st.just(0)),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("amend"), st.integers(0, 10**9)),
        st.tuples(st.just("install"), st.integers(0, 3)),
        st.tuples(st.just("calibrate"), st.integers(0, 10**9)),
        st.tuples(st.just("certificate"), st.integers(0, 10**9)),
    ),
    max_size=25,
)
TOLD_LATE = [("install", 1), ("read", 20), ("wait", 9000), ("summarise", 0), ("certificate", 40)]
BRIDGED = [("read", 8), ("blank", 4), ("summarise", 0), ("read", 5), ("summarise", 0)]
LONGEST_GAPS = st.sampled_from([900.0, 3600.0])
KINDS = ("clock_offset", "wrong_plug", "maintenance", "release_untrusted_time", "value_correction", "withdrawal")


def amend(world: SummaryWorld, seed: int) -> None:
    size, kind = len(world.data), KINDS[seed % len(KINDS)]
    first = (seed // 7) % size
    last = min(size - 1, first + (seed // 11) % 60)
    told = [index for index, entry in enumerate(world.entries) if entry.type == "amendment"]
    told_more: dict[str, dict[str, object]] = {
        "clock_offset": {"offset_us": (seed % 20_001 - 10_000) * 10**6, "uncertainty_us": 5},
        "wrong_plug": {"sensors": (METER,), "reads_as": AIR if seed % 2 else ""},
        "release_untrusted_time": {"offset_us": (seed % 4001 - 2000) * 10**6, "uncertainty_us": 5},
        "value_correction": {"sensors": (METER,), "channels": ("power",), "gain": 1.1, "offset": 0.1},
        "withdrawal": {"replaces": told[seed % len(told)] if told else None},
    }
    more = told_more.get(kind, {})
    if kind != "withdrawal" or told:
        world.amend(kind, first, last, **more)


def calibrate(world: SummaryWorld, seed: int) -> None:
    """A run on the meter with readings in it and after it, one of which does not know of its end yet."""
    installed = world.calibrations.instruments.present(METER)
    serial = installed.key.name if installed else "1"
    run = world.write(start(serial, METER, "power", "m"))
    world.sample(METER, power=500.0, late=seed % 2 == 0)
    world.run(300)
    function = ValueFunction("polynomial", (seed % 13 / 7, 1 + seed % 5 / 100))
    uncertainty = ValueUncertainty(0.5, 0.01, repeatability=0.25) if seed % 3 else None
    outcome: Outcome = "fail" if seed % 4 == 0 else "pass"
    told = verdict(run, outcome, function, uncertainty, serial=serial, sensor=METER, model="m", channel="power")
    world.write(abort(run, serial, METER) if seed % 7 == 0 else told)
    for late in (True, False):
        world.sample(METER, power=100.0 + seed % 9, late=late)
        world.run(300)
    world.tick()


def metered(longest_gap_s: float) -> SummaryWorld:
    """A meter that counts, under a plan that bridges gaps of so long, and an air monitor."""
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
    world.begin(configuration(METER, "power_meter", POWER, COUNTER), configuration(AIR, "air_quality", PM, NO2))
    world.write(PlanBody((parameter(METER, "power", longest_gap_s=longest_gap_s),), "Ana"))
    return world


def blank(world: SummaryWorld, number: int) -> None:
    """Readings in which the counter, or everything of the meter, is missing or of no use."""
    for _ in range(number):
        power = None if number % 3 == 0 else 5.0
        world.sample(METER, power=power, energy=None, doubted={"power": Flag.FAIL} if number % 3 == 1 else {})
        world.run(300)
        world.tick()


def read(world: SummaryWorld, number: int) -> None:
    for place in range(number):
        counted = (world.true_ns - MIDNIGHT) // (300 * 10**9) / 1000
        world.sample(METER, power=0.1 * number + place, energy=counted)
        world.sample(AIR, pm2_5=number / 3 + place, no2=None if place % 5 == 0 else 7.7)
        world.run(300)
        world.tick()


def install(world: SummaryWorld, number: int) -> None:
    serial = ("", "1", "2", "3")[number]
    source = SerialSource.LABEL if serial else SerialSource.UNKNOWN
    world.write(InstallationBody(METER, "m", serial, source))


DOINGS: Mapping[str, Callable[[SummaryWorld, int], None]] = {
    "read": read,
    "blank": blank,
    "amend": amend,
    "install": install,
    "calibrate": calibrate,
    "certificate": adjusted_before_any,
}


def act(world: SummaryWorld, what: str, number: int) -> None:
    match what:
        case "gap":
            world.gap((METER, AIR)[number % 2], number)
        case "wait":
            world.run(number)
            world.tick()
        case "reboot":
            world.stop()
            world.reboot(abs(number) / 10, number)
            world.start()
        case "set":
            world.set_wall(number)
            world.tick()
        case "synchronise":
            world.synchronise()
            world.tick()
        case "summarise" | "restart":
            world.summarise(afresh=what == "restart")
        case _:
            DOINGS[what](world, number)


@settings(max_examples=60, deadline=None)
@given(steps, st.booleans(), st.integers(1, 60), LONGEST_GAPS)
def test_every_hour_has_one_current_summary_whatever_happened(
    actions: list[tuple[str, int]], believed: bool, block: int, longest_gap_s: float
) -> None:
    world = metered(longest_gap_s)
    world.block = block
    world.believed = believed
    for what, number in (("read", 15), *actions):
        act(world, what, number)
    world.run(40 * 3600)
    world.sample(METER, power=1.0)
    world.summarise()
    over = world.true_ns - 600 * 10**9
    newest = max((one.time.time_ns for hour in as_read_now(world).values() for one in hour), default=0)
    over = over if believed else newest - 600 * 10**9
    expected = {key: found for key, found in as_read_now(world).items() if key[1] < over // HOUR_NS}
    current = world.current
    assert {key for key, body in current.items() if body.readings and key[1] < over // HOUR_NS} == expected.keys()
    for key, found in expected.items():
        body = current[key]
        assert body.readings == len(found)
        name = "power" if key[0] == METER else "pm2_5"
        values = [
            value.value
            for one in found
            if (value := one.channels.get(name)) and value.flag not in EXCLUDED and value.value is not None
        ]
        if name in body.channels and values:
            assert body.channels[name].mean == exact_mean(values)
    latest: dict[tuple[str, int], int] = {}
    for index, body in sorted(world.told.items()):
        assert body.replaces == latest.get(key_of(body))
        latest[key_of(body)] = index
    assert max(Counter(key_of(body) for body in current.values()).values(), default=1) == 1


@settings(max_examples=40, deadline=None)
@given(steps, st.integers(1, 60), LONGEST_GAPS)
@example(TOLD_LATE, 20, 900.0)
@example(BRIDGED, 3, 3600.0)
def test_recomputing_from_the_bytes_gives_the_same_bytes(
    actions: list[tuple[str, int]], block: int, longest_gap_s: float
) -> None:
    world = metered(longest_gap_s)
    world.block = block
    for what, number in (("read", 15), *actions):
        act(world, what, number)
    world.run(40 * 3600)
    world.summarise()
    kept = world.current
    assert world.summarise(afresh=True) == []
    again = SummaryWorld(true_ns=world.true_ns, wall_ns=world.wall_ns, entries=world.entries[:], data=world.data[:])
    blank = {index for index, entry in enumerate(world.entries) if entry.type == "summary"}
    nothing = encode_entry(EntryType.NOTE, Stamp(MIDNIGHT, 5, bytes(16)), {})
    again.data = [nothing if index in blank else data for index, data in enumerate(world.data)]
    again.entries = [decode_entry(data) for data in again.data]
    again.summarise()
    afresh = again.current
    assert afresh.keys() == kept.keys()
    for key, body in kept.items():
        assert content(afresh[key]) == content(body)


def content(body: object) -> bytes:
    told = to_json(body)  # type: ignore[arg-type]  # a summary
    return canonical({key: value for key, value in told.items() if key not in {"replaces", "reasons"}})
