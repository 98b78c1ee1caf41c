# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The live signal at a standard: when a point may be taken, and what begins the window again."""

from itertools import count

import pytest

from edge_daemon.domain.procedure import StableSignal
from edge_daemon.station.calibration_signal import MOST_SAMPLES, LiveWindow, Sampled

S_US = 1_000_000
WALL_NS = 1_795_000_000_000_000_000
STABLE = StableSignal(settle_s=30, window_s=20, deviation=1.0, slope_per_minute=1.0)


class Feed:
    """A sensor that is read every two seconds."""

    def __init__(self, window: LiveWindow, *, wall_ns: int = WALL_NS) -> None:
        self.window = window
        self.us = 0
        self.wall_ns = wall_ns
        self._index = count(100, 3)

    def give(self, *raws: float) -> None:
        for raw in raws:
            self.us += 2 * S_US
            t_ns = self.wall_ns + self.us * 1_000
            self.window.take(Sampled(next(self._index), self.us, t_ns, raw, raw))

    @property
    def unmet(self) -> tuple[str, ...]:
        return self.window.judged(self.us).unmet


def feed(stable: StableSignal = STABLE, not_before_us: int = 0) -> Feed:
    return Feed(LiveWindow(stable, 2.0, 0, not_before_us=not_before_us))


def test_a_steady_signal_becomes_stable_after_the_time_to_settle_and_a_full_window() -> None:
    live = feed()
    assert live.unmet == ("No reading has come yet.",)
    live.give(*[400.0] * 14)
    judged = live.window.judged(live.us)
    assert judged.remaining_s == pytest.approx(2.0)
    assert not judged.stable
    live.give(400.0)
    judged = live.window.judged(live.us)
    assert judged.stable
    assert judged.remaining_s == 0
    assert [sample.index for sample in judged.window] == list(range(112, 145, 3)), "20 s of readings"


def test_relative_limits_count_where_they_are_wider() -> None:
    noisy = [400.0, 403.0] * 10
    tight, wide = feed(), feed(StableSignal(30, 20, 1.0, 1.0, deviation_relative=0.005, slope_relative=0.01))
    tight.give(*noisy)
    wide.give(*noisy)
    assert any("scatters" in words for words in tight.unmet)
    assert wide.window.judged(wide.us).stable
    limits = wide.window.judged(wide.us).limits
    assert limits is not None
    assert limits.deviation == pytest.approx(2.0, rel=0.01)


def test_a_slow_approach_is_not_stable_though_it_scatters_little() -> None:
    live = feed()
    live.give(*[400.0 + 0.05 * number for number in range(20)])
    assert [words.split()[1] for words in live.unmet] == ["drifts"]


def test_a_set_clock_begins_the_window_again_but_not_the_time_to_settle() -> None:
    live = feed()
    live.give(*[400.0] * 15)
    assert live.window.judged(live.us).stable
    live.wall_ns -= 3_600 * 10**9
    live.give(400.0)
    assert "clock was set by -3600.0 s" in live.unmet[0]
    assert not any("before it counts" in words for words in live.unmet)
    live.give(*[400.0] * 9)
    judged = live.window.judged(live.us)
    assert judged.stable
    assert judged.window[0].t_ns > live.wall_ns, "every reading is of one clock"


def test_a_clock_that_is_brought_back_slowly_changes_nothing() -> None:
    live = feed()
    for _ in range(15):
        live.wall_ns += 400_000_000
        live.give(400.0)
    assert live.window.judged(live.us).stable


def test_an_interruption_says_why_and_begins_everything_again() -> None:
    live = feed()
    live.give(*[400.0] * 15)
    live.window.interrupt("Not connected: the cable")
    judged = live.window.judged(live.us)
    assert judged.unmet == ("Not connected: the cable",)
    assert (judged.shown, judged.last, judged.window) == (None, None, ())
    live.us += 600 * S_US
    live.give(*[400.0] * 14)
    assert not live.window.judged(live.us).stable, "the time to settle counts from when it is back"
    live.give(*[400.0] * 2)
    assert live.window.judged(live.us).stable


def test_a_sensor_that_fell_silent_is_not_stable_any_more() -> None:
    live = feed()
    live.give(*[400.0] * 15)
    judged = live.window.judged(live.us + 9 * S_US)
    assert judged.unmet == ("No reading has come for 9 s.",)
    assert judged.remaining_s > 0


def test_a_hole_in_the_window_is_seen() -> None:
    live = feed()
    live.give(*[400.0] * 10)
    live.us += 8 * S_US
    live.give(*[400.0] * 7)
    assert any("without a break" in words for words in live.unmet)


def test_after_a_command_readings_count_only_once_it_has_settled() -> None:
    live = feed(not_before_us=40 * S_US)
    live.give(*[400.0] * 16)
    judged = live.window.judged(live.us)
    assert "after its command: 8 s to go" in judged.unmet[0]
    assert judged.shown == 400.0
    assert judged.remaining_s == pytest.approx(38.0)
    live.give(*[400.0] * 14)
    judged = live.window.judged(live.us)
    assert judged.stable
    assert judged.window[0].mono_us >= 40 * S_US


def test_what_is_shown_follows_the_function_and_is_judged_by_it() -> None:
    window = LiveWindow(STABLE, 2.0, 0, shown=lambda sample: 100.0 * sample.raw)
    live = Feed(window)
    live.give(*[4.0, 4.03] * 10)
    judged = window.judged(live.us)
    assert judged.shown == pytest.approx(403.0)
    assert any("scatters" in words for words in judged.unmet)


def test_memory_is_bounded_whatever_the_rate() -> None:
    window = LiveWindow(StableSignal(0, 86_400, 1.0, 1.0), 0.001, 0)
    for number in range(MOST_SAMPLES + 10):
        window.take(Sampled(number, number, WALL_NS + number * 1_000, 1.0, 1.0))
    assert len(window.judged(MOST_SAMPLES).window) == MOST_SAMPLES
