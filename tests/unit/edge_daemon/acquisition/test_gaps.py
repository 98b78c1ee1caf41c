# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Every expected sample is a reading or in exactly one gap."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.acquisition.feed import SensorFeed
from edge_daemon.acquisition.gaps import Accounted, Gap, GapTracker, gap_while_off
from edge_daemon.buffer.record import Record
from edge_daemon.domain.faults import ChecksumMismatch
from edge_daemon.instruments.driver import Sample
from tests.unit.edge_daemon.acquisition.fakes import Recorder, instant, polled

# One slot of the schedule: is the sample taken, is the buffer full for its gap, for its reading; how far off.
SLOT = st.tuples(st.booleans(), st.booleans(), st.booleans(), st.floats(-0.2, 0.2))


@given(st.lists(SLOT, max_size=60))
def test_readings_and_gaps_account_for_every_slot(slots: list[tuple[bool, bool, bool, float]]) -> None:
    full = {"gap": False, "reading": False}

    def accept(record: Record) -> bool:
        return not full[record.type]

    recorder = Recorder(accept)
    feed = SensorFeed(polled("s", "A", interval_s=1.0), recorder.outputs, instant(100))
    for number, (taken, full["gap"], full["reading"], off) in enumerate(slots, start=1):
        if taken:
            feed.sample(Sample({"co2": 1.0, "humidity": 2.0}), instant(100 + number + off))
    full.update(gap=False, reading=False)
    feed.end(instant(100 + len(slots) + 0.4))

    expected = sum(int(str(gap.body["expected"])) for gap in recorder.gaps("s"))
    assert len(recorder.readings("s")) + expected == len(slots)
    ends = [(str(gap.body["from"]), str(gap.body["to"])) for gap in recorder.gaps("s")]
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(ends))


def test_a_refused_reading_is_a_gap_with_the_cause() -> None:
    room = [False]
    recorder = Recorder(lambda record: room[0])
    feed = SensorFeed(polled("s", "A", interval_s=1.0), recorder.outputs, instant(0))
    feed.sample(Sample({"co2": 1.0}), instant(1))
    assert recorder.statuses[-1].fault is not None
    assert recorder.statuses[-1].fault.code == "disk_full"
    assert "Free space" in recorder.statuses[-1].fault.advice
    room[0] = True
    feed.sample(Sample({"co2": 1.0}), instant(2))
    (gap,) = recorder.gaps("s")
    assert (gap.body["expected"], gap.body["causes"]) == (1, ["disk_full"])
    assert recorder.statuses[-1].fault is None


def test_causes_and_at_most_three_short_frames_are_kept() -> None:
    recorder = Recorder()
    feed = SensorFeed(polled("s", "A", interval_s=1.0), recorder.outputs, instant(0))
    for _ in range(5):
        feed.trouble(ChecksumMismatch("bad"), b"\xff" * 300)
    feed.cause("suspend")
    feed.sample(Sample({"co2": 1.0}), instant(5))
    (gap,) = recorder.gaps("s")
    assert gap.body["causes"] == ["checksum_mismatch", "suspend"]
    assert gap.body["frames"] == ["ff" * 256] * 3
    assert gap.body["expected"] == 4


def test_a_stream_may_be_slow_but_not_silent() -> None:
    tracker = GapTracker("s", 1_000_000, instant(0), silent_us=5_000_000)
    assert tracker.before_reading(instant(4.9)) is None
    assert not tracker.is_open(instant(4.9))
    assert tracker.is_open(instant(5))
    assert tracker.before_reading(instant(6)) == Gap("s", instant(0).wall_ns, instant(6).wall_ns, 5, ("no_data",))


def test_a_gap_opens_after_three_intervals() -> None:
    tracker = GapTracker("s", 1_000_000, instant(0))
    assert not tracker.is_open(instant(2.9))
    assert tracker.is_open(instant(3))


def test_samples_are_counted_on_the_clock_nobody_sets() -> None:
    tracker = GapTracker("s", 1_000_000, instant(10))
    assert tracker.before_reading(instant(11, wall_s=1_900_000_000)) is None


SECOND_US = 1_000_000
NOW = instant(1000)


def off(boot_us: int | None, wall_ns: int = NOW.wall_ns - 10 * 10**9) -> Gap | None:
    return gap_while_off("s", 2 * SECOND_US, Accounted(wall_ns, boot_us), NOW, "daemon_off")


def test_time_the_daemon_was_off() -> None:
    since = NOW.wall_ns - 10 * 10**9
    assert off(NOW.boot_us - 10 * SECOND_US) == Gap("s", since, NOW.wall_ns, 5, ("daemon_off",))
    assert off(NOW.boot_us - 1 * SECOND_US) is None


def test_time_before_another_interval_began_is_counted_by_the_one_that_held() -> None:
    """Set from 15 minutes to 2 s, 10 minutes after its last reading, it misses nothing; set the other way, 300."""
    since = Accounted(NOW.wall_ns - 600 * 10**9, NOW.boot_us - 600 * SECOND_US, 900 * SECOND_US)
    assert gap_while_off("s", 2 * SECOND_US, since, NOW, "paused") is None
    longer = gap_while_off("s", 900 * SECOND_US, replace(since, interval_us=2 * SECOND_US), NOW, "paused")
    assert longer is not None
    assert longer.expected == 300


def test_a_capture_is_told_even_where_it_cost_no_sample() -> None:
    gap = gap_while_off(
        "s", 60 * SECOND_US, Accounted(NOW.wall_ns - 10**10, NOW.boot_us - 10 * SECOND_US), NOW, "capture"
    )
    assert gap == Gap("s", NOW.wall_ns - 10**10, NOW.wall_ns, 0, ("capture",))


@pytest.mark.parametrize("set_by_s", [-86_400, -5, 5, 86_400])
def test_a_clock_set_while_the_daemon_was_off_changes_no_count(set_by_s: int) -> None:
    shown = NOW.wall_ns - (10 + set_by_s) * 10**9
    assert off(NOW.boot_us - 10 * SECOND_US, shown) == Gap("s", shown, NOW.wall_ns, 5, ("daemon_off",))


@pytest.mark.parametrize("boot_us", [None, NOW.boot_us + 1])
def test_an_unknown_time_off_counts_nothing_and_says_so(boot_us: int | None) -> None:
    gap = off(boot_us)
    assert gap is not None
    assert (gap.expected, gap.causes) == (0, ("daemon_off", "clock_untrusted"))


def test_time_off_before_this_boot_counts_too() -> None:
    gap = off(-9 * SECOND_US)
    assert gap is not None
    assert gap.expected == (1000 + 9) // 2


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0, 0, -7 * 86_400, -3, 3, 400_000])), max_size=40))
def test_a_clock_set_at_any_moment_loses_and_invents_no_sample(slots: list[tuple[bool, int]]) -> None:
    recorder = Recorder()
    wall_s = 1_800_000_000
    device = replace(polled("s", "A", interval_s=1.0), accounted=Accounted(instant(90).wall_ns, 90 * SECOND_US))
    feed = SensorFeed(device, recorder.outputs, instant(100))
    for number, (taken, set_by_s) in enumerate(slots, start=1):
        wall_s += set_by_s
        if taken:
            feed.sample(Sample({"co2": 1.0, "humidity": 2.0}), instant(100 + number, wall_s))
    feed.end(instant(100 + len(slots) + 0.4, wall_s))
    expected = sum(int(str(gap.body["expected"])) for gap in recorder.gaps("s"))
    assert expected == 10 + len(slots) - len(recorder.readings("s"))


def test_an_interval_must_be_positive() -> None:
    with pytest.raises(ValueError, match="not positive"):
        GapTracker("s", 0, instant(0))
