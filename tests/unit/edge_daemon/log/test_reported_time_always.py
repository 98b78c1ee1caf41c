# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Everything that can happen to a clock, in any order: readings keep their order, bounds hold, told times stay."""

from collections.abc import Callable
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_daemon.log.reported_time import ReportedTime
from tests.unit.edge_daemon.log.clock_world import World, assert_in_order, times

DAY = 86_400
WEEK = 7 * DAY

SECONDS = st.sampled_from([0.1, 0.9, 30.0, 3600.0, 100_000.0])
BY = st.sampled_from([-WEEK, -3600.0, -5.0, -0.3, 0.3, 5.0, 3600.0, float(WEEK), 400.0 * DAY])
MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.sampled_from([0.0, 1.0])),
        st.tuples(st.just("read"), st.sampled_from([0.0, 1.0])),
        st.tuples(st.just("run"), SECONDS),
        st.tuples(st.just("tick"), st.just(0.0)),
        st.tuples(st.just("set"), BY),
        st.tuples(st.just("sync"), st.just(0.0)),
        st.tuples(st.just("lose"), st.just(0.0)),
        st.tuples(st.just("sleep"), SECONDS),
        st.tuples(st.just("restart"), SECONDS),
        st.tuples(st.just("crash"), SECONDS),
        st.tuples(st.just("reboot"), SECONDS),
        st.tuples(st.just("hardware"), BY),
    ),
    max_size=40,
)


def watched(world: World, passing: Callable[[], None]) -> None:
    """Long times pass between two looks at the clock: the recorder looks every second, so that it misses less."""
    world.run(0.5)
    world.tick()
    passing()
    world.tick()


def play(moves: list[tuple[str, float]], drift_ppm: int, *, synchronised: bool, keeps_time: bool) -> World:
    world = World(drift_ppm=drift_ppm, synchronised=synchronised, keeps_time=keeps_time)
    world.start()
    for move, amount in moves:
        match move:
            case "read":
                world.run(0.01)
                world.read("ab"[int(amount)])
            case "run":
                watched(world, partial(world.run, amount))
            case "tick":
                world.tick()
            case "set":
                world.set_wall(amount)
            case "sync":
                world.synchronise()
            case "lose":
                world.synchronised = False
            case "sleep":
                watched(world, partial(world.sleep, amount))
            case "restart" | "crash" | "reboot" | "hardware":
                if move in {"restart", "reboot"}:
                    world.stop()
                world.run(amount if move in {"restart", "crash"} else 0)
                if move == "reboot":
                    world.reboot(amount)
                if move == "hardware":
                    world.reboot(60, amount)
                world.start()
    return world


@settings(max_examples=300)
@given(MOVES, st.integers(-90, 90), st.booleans(), st.booleans())
def test_times_are_in_order_and_stay_as_the_log_grows(
    moves: list[tuple[str, float]], drift_ppm: int, synchronised: bool, keeps_time: bool
) -> None:
    log = play(moves, drift_ppm, synchronised=synchronised, keeps_time=keeps_time).log
    whole = times(log)
    assert_in_order(log, whole)
    growing = ReportedTime()
    for index, entry in log:
        growing = growing.after(index, entry)
        if index in whole and growing.reported is not None and not growing.reported.held:
            assert growing.reported == whole[index]
    for size in range(0, len(log), 7):
        told = times(log[:size])
        assert all(whole[index] == reported for index, reported in told.items() if not reported.held)


@settings(max_examples=300)
@given(MOVES, st.integers(-90, 90), st.booleans())
def test_the_bound_holds_whatever_is_done_to_the_clock(
    moves: list[tuple[str, float]], drift_ppm: int, synchronised: bool
) -> None:
    """A hardware clock that goes wrong while the computer is off is not seen before the next synchronisation: such a
    computer is taken not to keep time. Every other trouble must be within the bound.
    """
    keeps_time = not any(move == "hardware" for move, _ in moves)
    world = play(moves, drift_ppm, synchronised=synchronised, keeps_time=keeps_time)
    for index, reported in times(world.log).items():
        if reported.uncertainty_ns is not None:
            assert abs(reported.time_ns - world.truth[index]) <= reported.uncertainty_ns + 2_000
