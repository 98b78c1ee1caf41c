# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The order of readings in time: what happened to a clock is told as that, and what contradicts it is found."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_daemon.log.clock_history import clock_history
from edge_daemon.log.entry import EntryType
from edge_daemon.log.reported_time import Release
from sync.evidence.order_checks import OrderChecker
from sync.evidence.reading_form import ReadReading
from sync.evidence.verdict import Sheet
from tests.unit.edge_daemon.log.clock_world import World, times
from tests.unit.sync.evidence.anchored import named
from tests.unit.sync.evidence.clock_worlds import WORLDS, ahead, released
from tests.unit.sync.signed_logs import checked, failed, outcomes

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.sampled_from([1, 30, 3_000])),
        st.tuples(st.just("set"), st.sampled_from([-400_000, -100, -30, 30, 100, 400_000])),
        st.tuples(st.just("synchronise"), st.just(0)),
        st.tuples(st.just("reboot"), st.sampled_from([-400_000, -40, 0, 40, 400_000])),
        st.tuples(st.just("tick"), st.just(0)),
    ),
    max_size=14,
)


def lived(steps: list[tuple[str, int]]) -> World:
    """A computer to which this happened, with readings all the time."""
    world = World(synchronised=True)
    world.start()
    for what, number in steps:
        if what == "run":
            world.run(number)
        elif what == "set":
            world.set_wall(number)
        elif what == "synchronise":
            world.synchronise()
        elif what == "reboot":
            world.reboot(60, number)
            world.start()
        world.tick()
        world.read()
        world.run(1)
        world.read()
    return world


def read(world: World, releases: tuple[Release, ...] = ()) -> OrderChecker:
    history = clock_history(world.log)
    checker = OrderChecker(history, releases)
    for index, entry in world.log:
        if entry.type == EntryType.READING:
            placed = history.placed(index, entry.t_ns, entry.mono_us)
            checker.take(index, ReadReading("a", entry.t_ns, entry.mono_us, 0, (), {}, (), 0), placed)
    return checker


@settings(max_examples=200, deadline=None)
@given(STEPS, st.integers(0, 40), st.integers(0, 40), st.sampled_from([-400_000, 0, 400_000]))
def test_nothing_that_happens_to_a_clock_is_called_false_and_what_the_log_holds_is_told(
    steps: list[tuple[str, int]], first: int, last: int, offset_s: int
) -> None:
    world = lived(steps)
    for releases in ((), (Release(len(world.entries), first, last, offset_s * 10**9, 10**9),)):
        checker = read(world, releases)
        reported = times(world.log, releases)
        assert checker.wrong.count == 0
        assert checker.held.count + checker.jumped.count == sum(one.held for one in reported.values())


@pytest.mark.parametrize("name", WORLDS)
def test_a_clock_that_went_wrong_is_told_as_that(tmp_path: Path, name: str) -> None:
    make, order, held = WORLDS[name]
    world, _ = make()
    world.signed.sign()
    verdict = checked(world.signed.bundle(tmp_path).path, world.signed.register())
    told = outcomes(verdict)
    assert "order" not in failed(verdict)
    assert (told["order"], told.get("held", "")) == (order, held)


def test_the_two_times_that_contradict_each_other_are_named(tmp_path: Path) -> None:
    world, later = ahead()
    world.signed.sign()
    words = named(checked(world.signed.bundle(tmp_path).path, world.signed.register()), "order").words
    assert "3 readings contradict the times before them" in words
    assert f"Entry {later[0]}: it is dated 43" in words
    assert "the computer's clock: it was set" in words


def test_what_a_person_released_is_placed_and_told(tmp_path: Path) -> None:
    world, found = released()
    world.signed.sign()
    words = named(checked(world.signed.bundle(tmp_path).path, world.signed.register()), "order").words
    assert f"{len(found)} have the time that a person gave them" in words


def test_a_reading_dated_back_without_a_word_on_the_clock_fails() -> None:
    world = lived([("run", 3_000), ("run", 3_000)])
    back = next(index for index, entry in reversed(world.log) if entry.type == EntryType.READING)
    entry = world.entries[back]
    world.entries[back] = replace(entry, t_ns=entry.t_ns - 3_600 * 10**9, mono_us=entry.mono_us - 3_600 * 10**6)
    checker = read(world)
    sheet = Sheet()
    checker.report(sheet)
    found = next(check for check in sheet.checks if check.name == "order")
    assert (found.outcome, found.entry) == ("failed", back)
    assert checker.jumped.count == 0
