# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The schedule holds its phase, takes a slot at most once and never bunches."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.acquisition.schedule import Backoff, Schedule


@given(
    start=st.integers(0, 10**12),
    interval=st.integers(1, 10**9),
    waits=st.lists(st.integers(0, 4 * 10**9), max_size=40),
)
def test_every_slot_is_taken_or_skipped_and_due_times_hold_their_phase(
    start: int, interval: int, waits: list[int]
) -> None:
    schedule = Schedule(start, interval)
    now, taken = start, []
    for wait in waits:
        now += wait
        due = schedule.due_us
        if schedule.take(now):
            taken.append(now)
        assert (schedule.due_us - start) % interval == 0
        assert schedule.due_us > now
        assert schedule.due_us >= due
    assert len(taken) + schedule.skipped == (schedule.due_us - start) // interval
    assert all(later - earlier >= interval // 2 for earlier, later in pairwise(taken))


def test_a_late_sample_does_not_shift_the_next() -> None:
    schedule = Schedule(1000, 100)
    assert schedule.take(1000)
    assert not schedule.take(1099)
    assert schedule.take(1130)
    assert schedule.due_us == 1200
    assert schedule.take(1450)
    assert (schedule.due_us, schedule.skipped) == (1500, 2)
    assert not schedule.take(1590)
    assert (schedule.due_us, schedule.skipped) == (1600, 3)


def test_an_interval_must_be_positive() -> None:
    with pytest.raises(ValueError, match="not positive"):
        Schedule(0, 0)


def test_backoff_doubles_to_ten_seconds_and_starts_over() -> None:
    backoff = Backoff()
    assert [backoff.next_us() for _ in range(7)] == [500_000, 10**6, 2 * 10**6, 4 * 10**6, 8 * 10**6, 10**7, 10**7]
    backoff.reset()
    assert backoff.next_us() == 500_000
