# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What goes out again after a break."""

from hypothesis import given
from hypothesis import strategies as st

from sync.sinks.resend import ResendWindow


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_the_last_minutes_go_out_again_and_nothing_older() -> None:
    clock = Clock()
    window = ResendWindow(180, clock)
    for step in range(10):
        window.acknowledged(step * 100, step * 100 + 99)
        clock.now += 60
    clock.now -= 60
    assert window.broken() == 600


def test_nothing_was_acknowledged() -> None:
    assert ResendWindow(180, Clock()).broken() is None


def test_what_is_older_than_the_window_stays() -> None:
    clock = Clock()
    window = ResendWindow(180, clock)
    window.acknowledged(0, 99)
    clock.now += 181
    assert window.broken() is None


def test_a_second_break_sends_only_what_is_new_again() -> None:
    clock = Clock()
    window = ResendWindow(180, clock)
    window.acknowledged(0, 99)
    clock.now += 2
    assert window.broken() == 0
    window.acknowledged(0, 49)
    clock.now += 2
    assert window.broken() is None
    window.acknowledged(50, 99)
    window.acknowledged(100, 149)
    assert window.broken() == 100


@given(st.lists(st.tuples(st.integers(1, 50), st.integers(0, 40)), min_size=1, max_size=60))
def test_a_link_that_breaks_again_and_again_still_moves_forward(periods: list[tuple[int, int]]) -> None:
    """However short the periods, each index is acknowledged at most twice before the cursor is past it for good."""
    clock = Clock()
    window = ResendWindow(180, clock)
    cursor = 0
    times: dict[int, int] = {}
    for chunks, pause in periods:
        for _ in range(chunks):
            window.acknowledged(cursor, cursor)
            times[cursor] = times.get(cursor, 0) + 1
            cursor += 1
            clock.now += 0.7
        clock.now += pause
        again = window.broken()
        cursor = cursor if again is None else again
    assert max(times.values()) <= 2
