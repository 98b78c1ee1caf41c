# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Waiting between tries, and the rate that is shown."""

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
    assert backoff.wait_s(1e9) == 900.0


def test_the_time_left_counts_the_pauses_of_a_bad_link_in() -> None:
    now, told = [0.0], list[Progress]()
    meter = Meter("far", told.append, lambda: now[0])
    meter.expect(10_000)
    while now[0] < 360:
        now[0] += 1
        if now[0] % 90 >= 20:
            meter.sent(20, 1_000)
    # 70 s of 20 readings a second in every 90 s.
    assert abs(meter.progress.rate - 20 * 70 / 90) < 2.5
    left = meter.progress.left_s
    assert left is not None
    assert abs(left - (10_000 - meter.progress.done) / (20 * 70 / 90)) < 0.2 * left
