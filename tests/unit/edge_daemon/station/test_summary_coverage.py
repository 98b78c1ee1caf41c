# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Time in which nothing was measured is never covered, whatever the clock was and whatever was amended."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_daemon.acquisition.gaps import Accounted, gap_while_off
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import ConfigurationBody, GapBody, from_json
from edge_daemon.log.clock_history import clock_history
from edge_daemon.log.plan import plan_of
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.log.summary_fold import Key
from edge_daemon.log.summary_totals import totals_of
from edge_daemon.metrology.period import NoClaim
from tests.unit.edge_daemon.station.coverage_by_hand import expected_by_hand, gaps_by_hand
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
)
from tests.unit.edge_daemon.station.test_summaries import FACTOR, MIDNIGHT, WEEK_S, H, content, parameter, world_at
from tests.unit.edge_daemon.station.test_summary_properties import act

MINUTE_NS = 60 * 10**9
BASIC = (6, 12, 50, "basic")


def power(world: SummaryWorld, readings: int) -> list[int]:
    indices = []
    for _ in range(readings):
        indices.append(world.sample(METER, power=1000.0))
        world.run(300)
        world.tick()
    return indices


def off(world: SummaryWorld, sensor: str) -> int | None:
    """What the recorder writes of the time before its start."""
    at = max((i for i, one in world.log if one.type in {"reading", "gap"} and one.body["sensor"] == sensor), default=-1)
    if at < 0:
        return None
    entry, now, history = world.entries[at], world.now(), clock_history(world.log)
    end_ns = entry.t_ns  # a gap of this world is written when it ends
    reported = history.placed_wall(at, entry.t_ns, entry.mono_us, end_ns)
    utc_ns = world.watch.utc_ns(now)
    known = None if reported.held or utc_ns is None else (reported.time_ns - utc_ns) // 1000 + now.boot_us
    stretch = history.stretch_at(at)
    if stretch is not None and stretch.boot_id == history.boot_id:
        known = entry.mono_us
    gap = gap_while_off(sensor, 300 * 10**6, Accounted(end_ns, known), now, "power_loss")
    if gap is None:
        return None
    ends = rfc3339_from_ns(gap.from_ns), rfc3339_from_ns(gap.to_ns)
    return world.write(GapBody(sensor, *ends, gap.expected, gap.causes))


def told(body: SummaryBody) -> tuple[int, int, int, str | None]:
    return body.readings, body.expected, body.coverage, body.level


def hour(world: SummaryWorld, number: int = 0, sensor: str = METER) -> SummaryBody:
    world.summarise()
    return world.current[sensor, H + number]


# ---- gaps that the clock hides --------------------------------------------------------------------------------------


def test_a_gap_of_unknown_length_counts_once_its_ends_have_a_time() -> None:
    world = world_at(MIDNIGHT)
    power(world, 3)
    world.run(-300)
    world.reboot(35 * 60, -(10**6))
    world.start()
    gap = off(world, METER)
    assert gap is not None
    assert world.entries[gap].body["expected"] == 0
    world.synchronise()
    world.tick()
    power(world, 3)
    world.run(3 * 3600)
    body = hour(world)
    assert told(body) == BASIC
    assert [(one.start[14:19], one.end[14:19], one.expected) for one in body.gaps] == [("10:00", "45:00", 6)]


def test_a_gap_without_an_end_lowers_the_hour_in_which_it_began_until_its_end_is_known() -> None:
    world = world_at(MIDNIGHT)
    power(world, 6)
    world.reboot(3600, -(10**6))
    world.start()
    off(world, METER)
    power(world, 6)
    world.run(3 * 3600)
    body = hour(world)
    assert told(body) == BASIC
    assert [(one.end[11:19], one.expected) for one in body.gaps] == [("01:00:00", 6)]
    assert {key[1] - H for key in world.current} == {0}
    world.synchronise()
    world.tick()
    world.summarise()
    assert told(world.current[METER, H]) == BASIC
    assert told(world.current[METER, H + 1]) == (6, 12, 50, "basic")
    assert world.summarise(afresh=True) == []


@pytest.mark.parametrize("how", ["release", "fix"])
def test_a_stretch_that_gets_its_time_later_keeps_its_gaps(how: str) -> None:
    world = world_at(MIDNIGHT, synchronised=False)
    power(world, 3)
    world.gap(METER, 30)
    last = power(world, 3)[-1]
    world.run(4000)
    assert world.summarise() == []
    if how == "release":
        world.amend("release_untrusted_time", 0, last, offset_us=0, uncertainty_us=10**6)
    else:
        world.synchronise()
        world.tick()
    body = hour(world)
    assert told(body) == BASIC
    assert [one.expected for one in body.gaps] == [6]


def test_hours_of_a_slow_clock_that_was_restarted_right_are_whole_once_it_is_amended() -> None:
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT - WEEK_S * 10**9, synchronised=True)
    world.begin()
    read = power(world, WEEK_S // 300)
    world.reboot(600)
    world.synchronise()
    world.start()
    world.tick()
    gap = off(world, METER)
    assert gap is not None
    assert from_json(GapBody, world.entries[gap].body).expected > WEEK_S // 300
    power(world, 24)
    world.run(3600)
    world.summarise()
    for last in (read[-1], gap):  # the gap's own entry may be among what is amended, or not
        told_before = [index for index, one in world.log if one.type == "amendment"]
        more = {"replaces": told_before[-1]} if told_before else {}
        offsets = {"offset_us": WEEK_S * 10**6, "uncertainty_us": 10**6}
        world.amend("clock_offset", read[0], last, sensors=(METER,), **offsets, **more)
        world.summarise()
        found = {key[1] - H: told(body) for key, body in world.current.items() if body.readings}
        week = WEEK_S // 3600
        assert Counter(found[number] for number in range(week)) == {(12, 12, 100, "high"): week}
        assert found[week] == (10, 12, 83, "high")
        named = [one for body in world.current.values() for one in body.gaps]
        assert {one.index for one in named} == {gap}
        assert sum(one.expected for one in named) == 2
        assert world.summarise(afresh=True) == []


# ---- readings that are taken away -----------------------------------------------------------------------------------


def test_what_a_wrong_plug_takes_away_is_missing_and_claims_nothing() -> None:
    world = world_at(MIDNIGHT)
    world.write(PlanBody((parameter(METER, "power", frequency_s=3600.0, longest_gap_s=3600.0),), "Ana"))
    read = power(world, 12)
    world.run(4000)
    world.summarise()
    amendment = world.amend("wrong_plug", read[3], read[11], sensors=(METER,), reads_as="other")
    body = hour(world)
    assert told(body) == (3, 12, 25, None)
    assert (body.reasons, body.amended_by) == (("amendment",), (amendment,))
    claim = totals_of(world.current.values(), plan_of(world.log), MIDNIGHT, MIDNIGHT + HOUR_NS).claim
    assert (claim.score, claim.refused) == (None, NoClaim.COVERAGE)


def test_what_a_clock_offset_takes_away_is_missing_where_it_was_and_the_amendment_is_told() -> None:
    world = world_at(MIDNIGHT)
    read = power(world, 12)
    world.run(8000)
    world.summarise()
    amendment = world.amend("clock_offset", read[6], read[11], sensors=(METER,), offset_us=3600 * 10**6)
    body = hour(world)
    assert told(body) == BASIC
    assert (body.reasons, body.amended_by) == (("amendment",), (amendment,))
    assert told(world.current[METER, H + 1]) == BASIC
    assert world.summarise(afresh=True) == []


def test_silence_after_the_last_reading_is_missing_although_no_gap_is_written_yet() -> None:
    world = world_at(MIDNIGHT)
    power(world, 6)
    world.run(3 * 3600)
    body = hour(world)
    assert told(body) == BASIC
    assert body.gaps == ()


def test_an_instrument_with_a_pace_of_its_own_misses_nothing_while_it_may_be_silent() -> None:
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
    world.begin(replace(configuration(METER, "power_meter", POWER), silent_after_s=1800.0))
    for _ in range(3):
        world.sample(METER, power=1000.0)
        world.run(1200)
    world.run(3600)
    assert told(hour(world)) == (3, 3, 100, "high")


# ---- sensors that speak more often than they are set to -------------------------------------------------------------


def talkative(interval_s: int, **changes: float) -> SummaryWorld:
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
    body = replace(configuration(METER, "power_meter", POWER), interval_ns=interval_s * 10**9)
    world.begin(replace(body, silent_after_s=changes.get("silent_after_s", 0.0)))
    return world


def speak(world: SummaryWorld, readings: int, step_s: float) -> None:
    for _ in range(readings):
        world.sample(METER, power=1000.0)
        world.run(step_s)


def silence(world: SummaryWorld, length_s: int, expected: int) -> None:
    begun_ns = world.wall_ns
    world.run(length_s)
    ends = rfc3339_from_ns(begun_ns), rfc3339_from_ns(world.wall_ns)
    world.write(GapBody(METER, *ends, expected, ("no_reply",)))


@pytest.mark.parametrize(("interval_s", "told_missing"), [(300, 6), (900, 2), (900, 1), (10, 180)])
def test_half_an_hour_is_missing_of_a_sensor_that_speaks_faster_than_it_is_set_to(
    interval_s: int, told_missing: int
) -> None:
    world = talkative(interval_s)
    speak(world, 180, 10)
    silence(world, 1800, told_missing)
    speak(world, 1, 10)
    world.run(3 * 3600)
    body = hour(world)
    assert (body.readings, body.coverage, body.level) == (180, 50, "basic")
    assert body.expected in range(358, 361)


def test_a_fast_sensor_misses_as_much_where_no_gap_is_written() -> None:
    world = talkative(300)
    speak(world, 180, 10)
    world.run(3 * 3600)
    assert told(hour(world)) == (180, 360, 50, "basic")


def test_a_little_at_a_fast_pace_is_little() -> None:
    world = talkative(900)
    speak(world, 9, 10)
    silence(world, 3510, 3)
    speak(world, 1, 10)
    world.run(3 * 3600)
    body = hour(world)
    assert body.readings == 9
    assert body.coverage < 30
    assert body.level is None


def test_starts_that_read_at_once_are_no_pace() -> None:
    world = talkative(1800)
    for step_s in (10, 20, 30, 1740, 1800, 1800):
        speak(world, 1, step_s)
    world.run(3 * 3600)
    assert told(hour(world)) == (5, 5, 100, "high")


def test_another_interval_makes_no_pace_of_the_new_one() -> None:
    world = talkative(10)
    speak(world, 180, 10)
    slower = replace(configuration(METER, "power_meter", POWER), interval_ns=900 * 10**9)
    world.configurations[METER] = world.write(slower)
    speak(world, 6, 900)
    world.run(3 * 3600)
    assert told(hour(world)) == (182, 182, 100, "high")


# ---- whatever happens -----------------------------------------------------------------------------------------------

steps = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(1, 20)),
        st.tuples(st.just("count"), st.integers(1, 12)),
        st.tuples(st.just("gap"), st.integers(10, 200)),
        st.tuples(st.just("wait"), st.integers(60, 9000)),
        st.tuples(st.just("off"), st.integers(-20_000, 20_000)),
        st.tuples(st.just("set"), st.integers(-100_000, 100_000)),
        st.tuples(st.just("synchronise"), st.just(0)),
        st.tuples(st.just("summarise"), st.just(0)),
        st.tuples(st.just("restart"), st.just(0)),
        st.tuples(st.just("amend"), st.integers(0, 10**9)),
        st.tuples(st.just("plan"), st.integers(0, 3)),
        st.tuples(st.just("calibrate"), st.integers(0, 10**9)),
        st.tuples(st.just("certificate"), st.integers(0, 10**9)),
    ),
    max_size=20,
)


def step(world: SummaryWorld, what: str, number: int) -> None:
    match what:
        case "count":
            for place in range(number):
                world.sample(METER, power=900.0, energy=float(len(world.data) + place))
                world.run(300)
                world.tick()
        case "off":
            world.reboot(abs(number) / 7, number if number % 2 else 0.0)
            world.start()
            for sensor in (METER, AIR):
                off(world, sensor)
        case "plan":
            longest_s = (300.0, 900.0, 1800.0, 3600.0)[number]
            world.write(PlanBody((parameter(METER, "power", longest_gap_s=longest_s, factor=FACTOR),), "Ana"))
        case _:
            act(world, what, number)


@settings(max_examples=60, deadline=None)
@given(steps, st.booleans(), st.integers(1, 60))
def test_every_hour_misses_what_was_not_measured(
    actions: list[tuple[str, int]], synchronised: bool, block: int
) -> None:
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=synchronised, block=block)
    bodies: Sequence[ConfigurationBody] = (
        configuration(METER, "power_meter", POWER, COUNTER),
        configuration(AIR, "air_quality", PM, NO2),
    )
    world.begin(*bodies)
    for what, number in (("read", 15), *actions):
        step(world, what, number)
    world.run(40 * 3600)
    world.summarise()
    gaps, read = gaps_by_hand(world), as_read_now(world)
    by_sensor: dict[str, list[int]] = {}
    for key, found in read.items():
        by_sensor.setdefault(key[0], []).extend(one.time.time_ns for one in found)
    for key, body in world.current.items():
        if body.readings:
            assert body.expected == expected_by_hand(key, read[key], by_sensor[key[0]], gaps)
            check_level(body)
            check_bounds(key, body, by_sensor[key[0]])
        else:
            assert body.level is None
            assert any(gap.sensor == key[0] and gap.told for gap in gaps)
    kept = {key: content(body) for key, body in world.current.items()}
    assert world.summarise(afresh=True) == []
    assert {key: content(body) for key, body in world.current.items()} == kept


def check_level(body: SummaryBody) -> None:
    """Reference 4.3: coverage caps the level."""
    due = max(body.expected, body.accepted)
    assert body.expected >= min(body.accepted, 1)
    assert body.coverage == 100 * body.accepted // due if due else body.coverage == 0
    if 2 * body.accepted < due or not body.accepted:
        assert body.level is None
    elif 4 * body.accepted < 3 * due:
        assert body.level == "basic"


def check_bounds(key: Key, body: SummaryBody, times: Sequence[int]) -> None:
    """Between the sensor's first and last reading no hour counts for less than half of what is due in it.

    A silence of up to one and a half intervals misses nothing, and ends of gaps round: never does half an hour hide.
    """
    if min(times) < key[1] * HOUR_NS and max(times) >= (key[1] + 1) * HOUR_NS:
        assert body.expected > 12 // 2
