# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Durable readings feed the signal at a standard; what the instrument or the line say against them begins it again."""

from dataclasses import dataclass, field

import pytest

from edge_daemon.buffer.record import Committed, Record
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.faults import MalformedFrame
from edge_daemon.domain.procedure import StableSignal
from edge_daemon.log.entry import Stamp, encode_reading
from edge_daemon.station.calibration_live import MOST_WAITING, LiveSignals
from edge_daemon.station.calibration_signal import Judged, LiveWindow
from edge_daemon.station.status import Condition, StatusBoard

STABLE = StableSignal(settle_s=0, window_s=20, deviation=1.0, slope_per_minute=1.0)


@dataclass
class Feed:
    board: StatusBoard = field(default_factory=lambda: StatusBoard(lambda: 0))
    window: LiveWindow = field(default_factory=lambda: LiveWindow(STABLE, 2.0, 0))
    us: int = 0
    warm_at_us: int | None = None

    def __post_init__(self) -> None:
        self.signals = LiveSignals(self.board)
        self.signals.watch("s1", "co2", self.window)

    def give(self, raw: float | None, *, value: float | None = None, sensor: str = "s1", times: int = 1) -> None:
        for _ in range(times):
            self.us += 2_000_000
            flag = Flag.MISSING if raw is None else Flag.FAIL  # all readings of a run fail, whatever they are
            channel = ChannelValue(raw, raw if value is None else value, flag)
            stamp = Stamp(1_795_000_000_000_000_000 + self.us * 1_000, self.us, bytes(16))
            data = encode_reading(stamp, sensor, {"co2": channel}, 0, 1, {})
            batch = [Committed(self.us, Record(data, "reading", stamp.t_ns, sensor))]
            self.board.committed(batch)
            self.signals.committed(batch)
            now = self.board.of(sensor)
            self.board.report(sensor, now.condition, now.fault, now.failing, stamp.t_ns, self.warm_at_us)  # after it

    def judged(self) -> Judged:
        self.signals.look("s1")
        return self.window.judged(self.us)


@pytest.fixture
def feed() -> Feed:
    return Feed()


def test_readings_of_the_sensor_become_stable_and_others_do_not_count(feed: Feed) -> None:
    feed.give(999.0, sensor="s2", times=10)
    assert feed.judged().stability is None
    feed.give(400.0, value=410.0, times=10)
    judged = feed.judged()
    assert judged.stable
    assert (judged.shown, judged.last and judged.last.raw) == (410.0, 400.0)
    assert feed.signals.newest("s1", "co2") == 410.0
    assert feed.signals.newest("s1", "ph") is None
    assert feed.signals.newest("s3", "co2") is None


def test_a_missing_value_begins_the_window_again(feed: Feed) -> None:
    feed.give(400.0, times=10)
    feed.give(None)
    assert feed.judged().unmet == ("The instrument gave no co2.",)
    feed.give(400.0, times=10)
    assert feed.judged().stable


def test_a_fault_of_the_line_is_told_with_what_to_do_until_it_is_over(feed: Feed) -> None:
    feed.give(400.0, times=10)
    feed.board.report("s1", Condition.FAULT, MalformedFrame("a number that is not finite"))
    (words,) = feed.judged().unmet
    assert "not finite" in words
    assert MalformedFrame.advice in words
    feed.board.report("s1", Condition.GOOD)
    feed.give(400.0, times=10)
    assert feed.judged().stable


def test_while_it_warms_up_nothing_counts(feed: Feed) -> None:
    feed.board.report("s1", Condition.GOOD, failing={"co2": ("warm_up", "calibration")})
    feed.give(400.0, times=12)
    judged = feed.judged()
    assert judged.unmet == ("The instrument is still warming up.",)
    assert (judged.shown, judged.stable, judged.silent, judged.warming_s) == (400.0, False, True, 0.0)


def test_a_warm_up_is_told_with_its_value_and_the_time_that_is_left_of_it_and_needed_after_it(feed: Feed) -> None:
    warm_at_us = 90_000_000
    feed.board.report("s1", Condition.GOOD, failing={"co2": ("warm_up",)}, warm_at_us=warm_at_us)
    feed.warm_at_us = warm_at_us
    feed.give(400.0, times=15)
    judged = feed.judged()
    assert (judged.shown, judged.warming_s) == (400.0, 60.0)
    assert judged.unmet == ("The instrument is still warming up: 60 s to go.",)
    assert judged.remaining_s > 60.0
    feed.board.report("s1", Condition.GOOD)
    feed.give(400.0)
    assert feed.judged().warming_s is None


def test_what_the_instrument_doubts_itself_is_never_mixed_with_the_rest_and_never_stable(feed: Feed) -> None:
    feed.give(400.0, times=10)
    feed.board.report("s1", Condition.GOOD, failing={"co2": ("instrument",)})
    feed.give(400.0, times=12)
    judged = feed.judged()
    assert (judged.stable, judged.marks) == (False, ("instrument",))
    assert len(judged.window) == 11, "the window's own readings, all doubted"
    feed.board.report("s1", Condition.GOOD)
    feed.give(400.0)
    assert len(feed.judged().window) == 1
    feed.give(400.0, times=9)
    assert feed.judged().stable


def test_a_reading_is_judged_by_what_was_said_of_itself_whenever_that_comes(feed: Feed) -> None:
    feed.give(400.0)
    batch = []
    for number in range(12):
        feed.us += 2_000_000
        stamp = Stamp(1_795_000_000_000_000_000 + feed.us * 1_000, feed.us, bytes(16))
        data = encode_reading(stamp, "s1", {"co2": ChannelValue(400.0, 400.0, Flag.FAIL)}, 0, 1, {})
        batch.append(Committed(feed.us, Record(data, "reading", stamp.t_ns, "s1")))
        said = {"co2": ("instrument",)} if number == 1 else {}
        if number < 2:
            feed.board.report("s1", Condition.GOOD, None, said, stamp.t_ns)
    feed.signals.committed(batch)  # by now a later reading of the batch is the one that was told of last
    assert len(feed.judged().window) == 1, "the one that the instrument doubts, and none of which nothing was said yet"
    assert feed.judged().marks == ("instrument",)
    for item in batch[2:]:
        feed.board.report("s1", Condition.GOOD, None, {}, item.record.t_ns)
    judged = feed.judged()
    assert (len(judged.window), judged.stable, judged.marks) == (10, True, ())


def test_where_nothing_is_said_of_single_readings_none_waits_for_it(feed: Feed) -> None:
    feed.board = StatusBoard(lambda: 0)
    feed.signals = LiveSignals(feed.board)
    feed.signals.watch("s1", "co2", feed.window)
    stamp = Stamp(1_795_000_000_000_000_000, 2_000_000, bytes(16))
    data = encode_reading(stamp, "s1", {"co2": ChannelValue(400.0, 400.0, Flag.FAIL)}, 0, 1, {})
    feed.signals.committed([Committed(1, Record(data, "reading", stamp.t_ns, "s1"))])
    assert len(feed.window.judged(2_000_000).window) == 1


def test_what_never_is_told_does_not_hold_the_signal_up(feed: Feed) -> None:
    feed.give(400.0)
    for _ in range(MOST_WAITING + 3):
        feed.us += 2_000_000
        stamp = Stamp(1_795_000_000_000_000_000 + feed.us * 1_000, feed.us, bytes(16))
        data = encode_reading(stamp, "s1", {"co2": ChannelValue(400.0, 400.0, Flag.FAIL)}, 0, 1, {})
        feed.signals.committed([Committed(feed.us, Record(data, "reading", stamp.t_ns, "s1"))])
    assert len(feed.judged().window) == 4


def test_without_a_window_nothing_is_kept(feed: Feed) -> None:
    feed.signals.watch("s1", "co2", None)
    feed.give(400.0, times=10)
    feed.signals.look("s1")
    assert feed.window.judged(feed.us).stability is None
