# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How long a sync will take is told from the time spent on sending, not from checks, waits and the laptop's clock."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.delivery import runs
from sync.delivery.books import Books


def test_the_rate_is_that_of_long_runs_and_of_sending_alone(tmp_path: Path) -> None:
    now = [0]

    def clock() -> int:
        now[0] += 3_600 * 10**9
        return now[0]

    with Books(tmp_path / "delivery.sqlite3", now_ns=clock) as books:
        assert runs.rate(books, "cloud") is None
        for delivered, sending_s in ((0, 0.0), (500, 4.0), (600, 4.5)):
            runs.note(books, runs.begin(books, "cloud"), delivered, delivered * 10, "", sending_s)
        told = runs.rate(books, "cloud")
        assert told is not None
        assert told.readings_a_second == pytest.approx(600 / 4.5)
        assert told.most == 3_000
        runs.note(books, runs.begin(books, "cloud"), 900, 18_000, "", 20.0)
        told = runs.rate(books, "cloud")
        assert told is not None
        assert told.readings_a_second == pytest.approx(900 / 20)
        assert told.bytes_a_reading == pytest.approx(20.0)
        assert told.most == math.inf


def test_a_clock_that_was_set_back_keeps_no_destination_waiting(tmp_path: Path) -> None:
    hour_ns, now = 3_600 * 10**9, [30_000 * 3_600 * 10**9]
    with Books(tmp_path / "delivery.sqlite3", now_ns=lambda: now[0]) as books:
        runs.end(books, runs.begin(books, "cloud"), "put_off", "busy", 3_600.0)
        assert runs.rest_s(books, "cloud") == pytest.approx(3_600.0)
        now[0] += hour_ns // 2
        assert runs.rest_s(books, "cloud") == pytest.approx(1_800.0)
        for back_h in (1, 24, 20_000):
            now[0] = (30_000 - back_h) * hour_ns
            assert runs.rest_s(books, "cloud") == 0.0


def run_of(delivered: int, sending_s: float) -> runs.Run:
    return runs.Run(1, "cloud", 0, None, 0, delivered, delivered * 20, "done", "", sending_s)


def test_runs_of_different_sizes_tell_what_a_run_costs_whatever_its_size() -> None:
    told = runs.rate_of([run_of(100, 3.05), run_of(40_000, 23.0)])
    assert told is not None
    assert told.seconds(100) == pytest.approx(3.05)
    assert told.seconds(1_000_000) == pytest.approx(503.0)
    assert told.seconds(0) == 0.0
    short = runs.rate_of([run_of(100, 3.0), run_of(600, 4.0)])
    assert short is not None
    assert short.seconds(300) == pytest.approx(3.4)
    assert short.seconds(3_001) is None


def test_links_that_differed_more_than_the_sizes_draw_no_line() -> None:
    """Twice as much in less time: the pace of all of them is told, and nothing is made up."""
    told = runs.rate_of([run_of(10_000, 100.0), run_of(40_000, 20.0)])
    assert told is not None
    assert told.fixed_s == 0.0
    assert told.seconds(50_000) == pytest.approx(120.0)


seconds_of_a_run = st.floats(0.001, 1e6)
sizes = st.integers(1, 10**8)


@given(st.lists(st.tuples(sizes, seconds_of_a_run), min_size=1, max_size=10), st.lists(sizes, min_size=2, max_size=5))
def test_whatever_the_runs_were_more_readings_never_take_less_time(
    past: list[tuple[int, float]], asked: list[int]
) -> None:
    told = runs.rate_of([run_of(*one) for one in past])
    assert told is not None
    estimates = [told.seconds(readings) for readings in sorted(asked)]
    known = [seconds for seconds in estimates if seconds is not None]
    assert all(math.isfinite(seconds) and seconds >= 0 for seconds in known)
    assert known == sorted(known)
    assert estimates[: len(known)] == known  # what is too much is the most


@given(st.floats(0, 60), st.floats(1e-5, 1.0), st.lists(sizes, min_size=2, max_size=10), sizes)
def test_a_fixed_cost_and_one_by_the_reading_are_found_again(
    fixed_s: float, a_reading_s: float, past: list[int], asked: int
) -> None:
    past = [*past, 2 * max(past), 10**7]
    told = runs.rate_of([run_of(size, fixed_s + size * a_reading_s) for size in past])
    assert told is not None
    truth = fixed_s + asked * a_reading_s
    assert told.seconds(asked) == pytest.approx(truth, rel=0.01, abs=0.01 * fixed_s + 0.01)
