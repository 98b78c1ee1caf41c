# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever is done to the clock, readings keep their order, their bound holds, and a time once told stays."""

from dataclasses import replace

import pytest

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.clock_history import Reported, Standing, clock_history
from edge_daemon.log.entry import Entry, EntryType, Stamp, decode_entry, encode_entry
from edge_daemon.log.reported_time import Release, ReportedTime, first_held
from tests.unit.edge_daemon.log.clock_world import NOON, World, assert_in_order, times
from tests.unit.edge_daemon.log.clock_world import S as SECOND

DAY = 86_400
WEEK = 7 * DAY


def started(*, synchronised: bool) -> World:
    world = World()
    world.synchronised = synchronised
    world.start()
    return world


# ---- what a technician's laptop goes through -------------------------------------------------------------------------


def test_a_trusted_clock_is_taken_at_its_word() -> None:
    world = started(synchronised=True)
    world.run(60)
    index = world.read()
    assert times(world.log)[index] == Reported(world.entries[index].t_ns, 500_000_000, Standing.TRUSTED)


def test_holdover_widens_the_bound_by_100_ppm() -> None:
    world = started(synchronised=True)
    world.synchronised = False
    world.tick()
    world.run(DAY)
    index = world.read()
    reported = times(world.log)[index]
    assert (reported.standing, reported.uncertainty_ns) == (Standing.HOLDOVER, 500_000_000 + 8_640_000_000)


def test_a_clock_seven_days_slow_for_a_week_is_held_until_it_is_known_and_then_right() -> None:
    world = started(synchronised=True)
    world.run(100)
    before = world.read()
    world.stop()
    world.reboot(off_s=600, wall_error_s=-WEEK)
    world.start()
    slow = []
    for _ in range(WEEK // 3600):
        world.run(3600)
        slow.append(world.read())
        world.tick()
    assert all(times(world.log)[index].held for index in slow)
    assert clock_history(world.log).waiting(len(world.entries)) == [(slow[0] - 1 + 1, slow[-1])]
    world.synchronise()
    world.tick()
    world.run(10)
    after = world.read()
    reported = times(world.log)
    assert [reported[index].time_ns for index in (before, *slow, after)] == [
        world.truth[index] for index in (before, *slow, after)
    ]
    assert {reported[index].standing for index in slow} == {Standing.FIXED}
    bound = reported[slow[0]].uncertainty_ns
    assert bound is not None
    assert bound == pytest.approx(0.5 * SECOND + (WEEK - 3600) * 1e-4 * SECOND, rel=1e-6)
    assert clock_history(world.log).waiting(len(world.entries)) == []


@pytest.mark.parametrize("by_s", [-WEEK, -3600, -61, -2, -0.4, 0.4, 2, 3600, WEEK])
def test_a_clock_set_by_hand_moves_no_reading(by_s: float) -> None:
    """Readings come before the recorder sees it, after, and again once it is right; all stay where they belong."""
    world = started(synchronised=True)
    indices = [world.read()]
    for step in (by_s, None):
        if step is None:
            world.synchronise()
        else:
            world.set_wall(step)
        for _ in range(3):
            world.run(0.25)
            indices.append(world.read())
        world.tick()
        for _ in range(3):
            world.run(0.25)
            indices.append(world.read())
    reported = times(world.log)
    for index in indices:
        error = abs(reported[index].time_ns - world.truth[index])
        assert error <= (400_000_000 if abs(by_s) < 0.5 else 1_000)
    assert_in_order(world.log, reported)


def test_a_restart_of_the_recorder_in_the_same_boot_gets_the_first_runs_readings_fixed() -> None:
    world = started(synchronised=False)
    held = world.read()
    world.stop()
    world.run(30)
    world.synchronise()
    world.run(30)
    world.start()
    reported = times(world.log)[held]
    assert (reported.standing, abs(reported.time_ns - world.truth[held]) < 2_000) == (Standing.FIXED, True)


def test_a_fix_reaches_no_other_boot() -> None:
    world = started(synchronised=False)
    held = world.read()
    world.reboot(off_s=60)
    world.synchronise()
    world.start()
    world.read()
    assert times(world.log)[held].held


def test_sleep_is_counted() -> None:
    world = started(synchronised=False)
    first = world.read()
    world.sleep(8 * 3600)
    second = world.read()
    world.tick()
    world.synchronise()
    world.tick()
    reported = times(world.log)
    assert reported[second].time_ns - reported[first].time_ns == 8 * 3600 * SECOND


def test_a_wall_clock_known_to_be_wrong_is_not_believed_after_a_reboot() -> None:
    world = started(synchronised=True)
    world.set_wall(3600)
    world.tick()
    world.run(5)
    before = world.read()
    world.stop()
    world.reboot(off_s=60)
    world.start()
    after = world.read()
    reported = times(world.log)
    assert (reported[before].standing, reported[after].standing) == (Standing.HOLDOVER, Standing.HELD)


# ---- rules 6 to 8, on logs written by hand -------------------------------------------------------------------------


class Script:
    """A log entry by entry: times in seconds after an epoch."""

    def __init__(self) -> None:
        self.log: list[tuple[int, Entry]] = []

    def say(self, kind: EntryType, t_s: float, mono_s: float, body: object) -> int:
        assert isinstance(body, dict)
        stamp = Stamp(NOON + round(t_s * SECOND), round(mono_s * 1e6), bytes(16))
        entry = decode_entry(encode_entry(EntryType.NOTE, stamp, body))
        self.log.append((len(self.log), Entry(1, kind.value, entry.t_ns, entry.mono_us, entry.salt, entry.body)))
        return len(self.log) - 1

    def boot(self, name: str, t_s: float, mono_s: float) -> None:
        self.say(EntryType.BOOT, t_s, mono_s, {"event": "start", "boot_id": name, "program": "1", "clock": "trusted"})

    def state(self, state: str, t_s: float, mono_s: float) -> int:
        bound = None if state == "untrusted" else 500_000
        body = {"event": "state", "before": None, "state": state, "uncertainty_us": bound}
        return self.say(EntryType.CLOCK, t_s, mono_s, body)

    def fix(self, name: str, utc_s: float, mono_s: float) -> None:
        utc = rfc3339_from_ns(NOON + round(utc_s * SECOND))
        body = {"event": "fix", "boot_id": name, "mono_us": round(mono_s * 1e6), "utc": utc, "uncertainty_us": 500_000}
        self.say(EntryType.CLOCK, utc_s, mono_s, {**body, "source": "synchronised"})

    def read(self, t_s: float, mono_s: float, sensor: str = "a") -> int:
        return self.say(EntryType.READING, t_s, mono_s, {"sensor": sensor})

    def time(self, index: int, *releases: Release) -> tuple[float, str]:
        reported = times(self.log, releases)[index]
        return (reported.time_ns - NOON) / SECOND, reported.standing.value


def test_a_step_back_of_a_trusted_clock_never_shares_or_swaps_times() -> None:
    script = Script()
    script.boot("b", 0, 10)
    script.state("trusted", 0, 10)
    script.read(20, 30)
    script.state("trusted", 15, 31)
    readings = [script.read(15 + i, 31 + i) for i in range(7)]
    reported = times(script.log)
    shifted = [reported[index] for index in readings[:6]]
    assert [r.time_ns - (NOON + 20 * SECOND) for r in shifted] == [1, 2, 3, 4, 5, 6]
    assert [r.uncertainty_ns for r in shifted[:2]] == [5_500_000_001, 4_500_000_002]
    assert script.time(readings[6]) == (21, "trusted")
    assert_in_order(script.log, reported)


def test_readings_of_one_instant_get_two_times() -> None:
    script = Script()
    script.boot("b", 0, 10)
    script.state("trusted", 0, 10)
    readings = [script.read(20, 30), script.read(20, 30)]
    assert [times(script.log)[index].time_ns - NOON for index in readings] == [20 * SECOND, 20 * SECOND + 1]


def test_a_fix_says_nothing_of_what_comes_after_it() -> None:
    script, readings = untrusted()
    script.state("trusted", 1000, 20)
    script.fix("b", 1000, 20)
    script.state("untrusted", 1010, 30)
    later = script.read(1011, 31)
    assert [script.time(index) for index in (readings[0], later)] == [(991, "fixed"), (1011, "held")]
    script.fix("b", 2000, 40)
    assert [script.time(index) for index in (readings[0], later)] == [(991, "fixed"), (1991, "fixed")]


def test_a_sensor_is_not_moved_by_anothers_times() -> None:
    script = Script()
    script.boot("b", 0, 10)
    script.state("trusted", 0, 10)
    script.read(20, 30, "a")
    script.state("trusted", 15, 31)
    assert script.time(script.read(15, 31, "b")) == (15, "trusted")


def test_two_believed_times_far_apart_are_a_contradiction_that_only_a_person_settles() -> None:
    script = Script()
    script.boot("b", 0, 10)
    script.state("trusted", 0, 10)
    script.read(3600, 3610)
    script.state("trusted", 0, 3611)
    index = script.read(1, 3612)
    assert script.time(index) == (1, "held")
    script.fix("b", 2, 3613)
    assert script.time(index) == (1, "held")
    assert script.time(index, Release(99, 0, 99, 3611 * SECOND, 10**9)) == (3612, "released")


def untrusted() -> tuple[Script, list[int]]:
    script = Script()
    script.boot("b", 0, 10)
    script.state("untrusted", 0, 10)
    return script, [script.read(i, 10 + i) for i in range(1, 4)]


def test_a_release_gives_the_stated_time_and_bound_to_its_range_only() -> None:
    script, readings = untrusted()
    release = Release(9, readings[0], readings[1], 100 * SECOND, 7)
    assert [script.time(i, release) for i in readings] == [(101, "released"), (102, "released"), (3, "held")]
    assert times(script.log, [release])[readings[0]].uncertainty_ns == 7
    second = Release(10, readings[0], readings[0], 50 * SECOND, 7)
    assert script.time(readings[0], release, second) == (51, "released")


def test_what_came_first_counts_a_fix_or_a_release() -> None:
    script, readings = untrusted()
    script.fix("b", 1000, 20)
    script.state("trusted", 1000, 20)
    fixed = (991.0, "fixed")
    assert script.time(readings[0]) == fixed
    before = Release(readings[-1], 0, 9, 0, 7)
    after = replace(before, index=len(script.log))
    assert [script.time(readings[0], release) for release in (before, after)] == [(1, "released"), fixed]


def test_a_release_past_what_the_log_believes_next_is_not_taken() -> None:
    script, readings = untrusted()
    script.boot("c", 50, 5)
    script.state("trusted", 50, 5)
    later = script.read(60, 15)
    wrong, right = Release(9, 0, 4, 100 * SECOND, 7), Release(9, 0, 4, 20 * SECOND, 7)
    assert [script.time(i, wrong) for i in (readings[0], later)] == [(1, "held"), (60, "trusted")]
    assert [script.time(i, right) for i in (readings[0], later)] == [(21, "released"), (60, "trusted")]
    assert first_held(ReportedTime(clock_history(script.log)), script.log) == readings[0]
    assert first_held(ReportedTime(clock_history(script.log), [right]), script.log) is None


def test_unknown_clock_events_are_skipped_and_wrong_ones_named() -> None:
    script, readings = untrusted()
    script.say(EntryType.CLOCK, 5, 15, {"event": "eclipse", "of": "the moon"})
    assert script.time(readings[0]) == (1, "held")
    script.say(EntryType.CLOCK, 5, 15, {"event": "fix", "boot_id": "b"})
    with pytest.raises(ValueError, match="mono_us"):
        clock_history(script.log)


# ---- the ends of gaps (rule 9) -----------------------------------------------------------------------------------


def wall(script: Script, index: int, t_s: float) -> tuple[float, str]:
    fold = ReportedTime(clock_history(script.log))
    found = fold.wall(index, script.log[index][1], NOON + round(t_s * SECOND))
    return (found.time_ns - NOON) / SECOND, found.standing.value


def test_a_gap_over_a_restart_with_a_slow_clock_has_both_ends_where_they_were() -> None:
    script = Script()
    script.boot("b", 0, 10)
    script.state("trusted", 0, 10)
    script.read(100, 110)
    script.boot("c", 200 - WEEK, 5)
    script.state("untrusted", 200 - WEEK, 5)
    gap = script.say(EntryType.GAP, 210 - WEEK, 15, {"sensor": "a"})
    assert wall(script, gap, 100) == (100, "trusted")
    assert wall(script, gap, 210 - WEEK) == (210 - WEEK, "held")
    script.fix("c", 260, 65)
    script.state("trusted", 260, 65)
    assert wall(script, gap, 210 - WEEK) == (210, "fixed")
    assert wall(script, gap, 205 - WEEK) == (205, "fixed")
    assert wall(script, gap, -WEEK * 2)[1] == "held"


def test_a_gap_over_a_step_has_both_ends_where_they_were() -> None:
    script = Script()
    script.boot("b", 0, 10)
    script.state("trusted", 0, 10)
    script.read(100, 110)
    script.state("holdover", 3750, 160)
    script.say(EntryType.CLOCK, 3750, 160, {"event": "step", "by_us": 3600_000_000, "from": rfc3339_from_ns(NOON)})
    gap = script.say(EntryType.GAP, 3760, 170, {"sensor": "a"})
    assert wall(script, gap, 100) == (100, "trusted")
    assert wall(script, gap, 3755) == (155, "holdover")
    assert wall(script, gap, 3760) == (160, "holdover")
    late = script.say(EntryType.GAP, 145, 155, {"sensor": "a"})
    assert wall(script, late, 140) == (140, "trusted")
