# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A stream that has forgotten its rate is noticed; one that was only held up is not."""

from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.acquisition.pace import FASTER, Pace

S = 1_000_000


def heard(pace: Pace, times_s: list[float]) -> list[int]:
    """Which of the frames made it say that the pace is another."""
    return [place for place, at in enumerate(times_s) if pace.is_other(round(at * S))]


def test_a_sensor_back_at_a_hundred_a_second_is_noticed_within_the_first_second() -> None:
    pace = Pace(0)
    assert heard(pace, [1.0 * second for second in range(1, 31)]) == []
    fast = heard(pace, [32 + 0.01 * frame for frame in range(100)])
    assert fast
    assert fast[0] < 60


@given(st.integers(1, 50), st.floats(0, 12))
def test_what_was_held_up_for_a_while_and_comes_at_once_is_the_usual_pace(rate: int, stall_s: float) -> None:
    pace = Pace(0)
    steady = [frame / rate for frame in range(1, 20 * rate)]
    assert heard(pace, steady) == []
    late = [20 + stall_s] * round(stall_s * rate) + [20 + stall_s + frame / rate for frame in range(1, 10 * rate)]
    assert heard(pace, late) == []


def test_nothing_is_said_before_the_usual_is_known() -> None:
    assert heard(Pace(0), [0.01 * frame for frame in range(400)]) == []
    assert FASTER > 1
