# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Waiting between tries, and the rate that is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.engine.backoff import Backoff
from sync.engine.meter import Meter, Progress


@given(failures=st.integers(0, 60), random=st.floats(0, 1))
def test_it_never_waits_longer_than_resuming_within_three_seconds_allows(failures: int, random: float) -> None:
    backoff = Backoff(lambda: random, failures)
    assert 0.18 <= backoff.wait_s(None) <= 2.5
    assert backoff.succeeded().failures == 0


def test_waits_double_and_what_the_far_end_asks_for_comes_first() -> None:
    backoff = Backoff(lambda: 0.5)
    waits = []
    for _ in range(5):
        waits.append(backoff.wait_s(None))
        backoff = backoff.failed()
    assert waits == [0.25, 0.5, 1.0, 2.0, 2.0]
    assert backoff.wait_s(17.0) == 17.0
    assert backoff.wait_s(3600.0) == 3600.0, "asking earlier than asked to does no good"
    assert backoff.wait_s(0.1) == 2.0, "a far end that asks for less is tried no more often than a silent one"
    assert backoff.wait_s(0) == 0.0


def test_the_time_left_counts_the_pauses_of_a_bad_link_in() -> None:
    now, told = [0.0], list[Progress]()
    meter = Meter("far", told.append, lambda: now[0])
    meter.expect(10_000)
    meter.begins()
    while now[0] < 360:
        now[0] += 1
        if now[0] % 90 >= 20:
            meter.sent(20, 1_000)
    # 70 s of 20 readings a second in every 90 s.
    assert abs(meter.progress.rate - 20 * 70 / 90) < 2.5
    left = meter.progress.left_s
    assert left is not None
    assert abs(left - (10_000 - meter.progress.done) / (20 * 70 / 90)) < 0.2 * left


def test_the_time_left_grows_while_nothing_goes_out() -> None:
    now, told = [0.0], list[Progress]()
    meter = Meter("far", told.append, lambda: now[0])
    meter.expect(2_000)
    meter.begins()
    for _ in range(10):
        now[0] += 1
        meter.sent(100, 1_000)
    assert meter.progress.left_s == 10.0
    now[0] += 10
    meter.tick()
    assert (told[-1].left_s, told[-1].rate) == (20.0, 50.0)


def test_what_goes_out_again_is_work_that_counts_no_reading_twice() -> None:
    now, told = [0.0], list[Progress]()
    meter = Meter("far", told.append, lambda: now[0])
    meter.expect(1_000)
    meter.begins()
    for _ in range(10):
        now[0] += 1
        meter.sent(100, 1_000)
    meter.owes(500)
    now[0] += 1
    meter.sent(100, 1_000, again=True)
    last = told[-1]
    assert (last.done, last.total, last.again, last.sent_bytes) == (1_000, 1_000, 400, 11_000)
    assert last.left_s == 4.0


@pytest.mark.parametrize("there_s", [20, 70])
@pytest.mark.parametrize("lossy", [False, True])
def test_on_a_link_that_comes_and_goes_the_estimate_holds_to_the_end(there_s: int, lossy: bool) -> None:
    """There for so long in every 90 s, known once it was away; `lossy`: what a break puts in doubt goes out again."""
    now, told, work = [0.0], list[tuple[float, float]](), 40_000
    meter = Meter("far", lambda _: None, lambda: now[0])
    meter.expect(work)
    meter.begins()
    fresh = again = owed = 0
    while fresh < work or owed:
        now[0] += 1
        phase = now[0] % 90
        if phase < there_s and fresh < work:
            fresh += 100
            meter.sent(100, 1)
        elif phase < there_s:
            owed -= 100
            meter.sent(100, 1, again=True)
        elif lossy and phase == there_s and fresh - again > 0:
            owed, again = owed + fresh - again, fresh
            meter.owes(owed)
        meter.tick()
        if (left_s := meter.progress.left_s) is not None:
            told.append((now[0], left_s))
    end_s = now[0]
    known_s = 270 if lossy else 90  # how much a break costs is known later than how long it lasts
    judged = [(at_s, left_s) for at_s, left_s in told if known_s < at_s < end_s - 10]
    assert len(judged) > 300
    assert all(abs(left_s / (end_s - at_s) - 1) <= 0.2 for at_s, left_s in judged)


def test_checks_before_the_first_reading_say_nothing_of_how_fast_they_go() -> None:
    now, told = [0.0], list[Progress]()
    meter = Meter("far", told.append, lambda: now[0])
    meter.expect(1_000)
    now[0] = 60.0
    meter.begins()
    for _ in range(5):
        now[0] += 1
        meter.sent(100, 1_000)
    assert (told[-1].rate, told[-1].left_s) == (100.0, 5.0)


def test_one_pause_is_not_taken_for_the_habit_of_a_link_that_stays() -> None:
    now = [0.0]
    meter = Meter("far", lambda _: None, lambda: now[0])
    meter.expect(100_000)
    meter.begins()
    for at_s in [*range(1, 11), *range(30, 530)]:
        now[0] = float(at_s)
        meter.sent(100, 1_000)
    left_s = meter.progress.left_s
    assert left_s is not None
    assert abs(left_s / ((100_000 - meter.progress.done) / 100) - 1) < 0.1


def test_the_wait_for_certainty_between_two_logs_is_no_pause_of_the_link() -> None:
    now = [0.0]
    meter = Meter("far", lambda _: None, lambda: now[0])
    meter.expect(100_010)
    meter.begins()
    now[0] += 0.5
    meter.sent(10, 1_000)
    for _ in range(15):
        meter.state("watching", "soon it is certain")
        now[0] += 4
        meter.tick()
    meter.state("sending", "")
    for _ in range(10):
        now[0] += 1
        meter.sent(1_000, 1_000)
        meter.tick()
    left_s = meter.progress.left_s
    assert left_s is not None
    assert abs(left_s / 90 - 1) < 0.1
