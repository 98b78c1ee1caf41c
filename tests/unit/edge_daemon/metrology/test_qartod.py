# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The vectors of the calibration reference, section 4.2, and what holds for every signal."""

import statistics
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.limits import Limits, Span
from edge_daemon.metrology.qartod import ChannelTests, Test, aggregate, attenuated_signal, gross_range
from edge_daemon.metrology.sliding import SlidingWindow

MINUTE_US = 60_000_000
ANY: Span = (-1e9, 1e9)
CO2 = (410, 412, 411, 460, 413, 412, None, 414, 415)


def flags_of(limits: Limits, values: Sequence[float | None], step_us: int = MINUTE_US) -> list[int]:
    tests = ChannelTests(ANY, limits)
    judged = [tests.judge(step_us * at, value) for at, value in enumerate(values)]
    return [int(verdict.flag) for verdict in judged]


def spikes_of(limits: Limits, values: Sequence[float | None]) -> list[int]:
    """What each sample's successor says of it; 2 where nobody says anything of a value that is there."""
    tests = ChannelTests(ANY, limits)
    judged = [tests.judge(MINUTE_US * at, value) for at, value in enumerate(values)]
    settled = [verdict.previous for verdict in judged[1:]] + [None]
    return [
        9 if value is None else int(flag or Flag.NOT_EVALUATED) for value, flag in zip(values, settled, strict=True)
    ]


def test_gross_range_vector_r1() -> None:
    values = (-1, 0, 350, 400, 2000, 5000, 5001)
    assert [int(gross_range(value, (0, 5000), (350, 2000))) for value in values] == [4, 3, 1, 1, 1, 3, 4]


def test_spike_vector_r2() -> None:
    assert spikes_of(Limits(spike=(20, 40)), CO2) == [2, 1, 3, 4, 3, 2, 9, 2, 2]


def test_rate_of_change_vector_r3() -> None:
    assert flags_of(Limits(rate_per_s=(10 / 60, 40 / 60)), CO2) == [1, 1, 1, 4, 4, 1, 9, 1, 1]


def test_flat_line_vector_r4() -> None:
    values = (5.0, 5.2, 5.2, 5.2, 5.2, 5.2, 5.2, 5.3)
    assert flags_of(Limits(flat_s=(180, 300), flat_tolerance=0.05), values) == [1, 1, 1, 1, 3, 3, 4, 1]
    assert flags_of(Limits(flat_s=(180, 300), flat_tolerance=0.0), values) == [1] * 8


def test_attenuated_signal_vector_r5() -> None:
    window = SlidingWindow(4 * MINUTE_US)
    for at, value in enumerate((10.0, 10.1, 10.0, 10.1, 10.0)):
        window.add(at * MINUTE_US, value)
    assert window.is_covered()
    assert window.deviation() == pytest.approx(0.04898979, abs=1e-8)
    assert attenuated_signal(window.deviation(), (0.2, 0.04)) is Flag.SUSPECT


def test_a_signal_that_hardly_moves_is_named_and_flagged_and_one_that_moves_is_not() -> None:
    def judged(size: float) -> list[tuple[int, tuple[Test, ...]]]:
        tests = ChannelTests(ANY, Limits(least_deviation=(0.2, 0.04), deviation_s=240))
        found = [tests.judge(at * MINUTE_US, 10.0 + size * (at % 2)) for at in range(5)]
        return [(int(one.flag), one.failing) for one in found]

    unknown = [(1, ())] * 4  # the samples do not yet reach back over the whole period
    assert judged(0.1) == [*unknown, (3, (Test.ATTENUATED_SIGNAL,))]
    assert judged(0.05) == [*unknown, (4, (Test.ATTENUATED_SIGNAL,))]
    assert judged(1.0) == [*unknown, (1, ())]


def test_aggregate_vector_r6() -> None:
    rows = [(1, 1, 1, 9, 2, 9), (2, 3, 1, 1, 2, 9), (1, 4, 1, 1, 9, 9)]
    columns = [aggregate(Flag(row[place]) for row in rows) for place in range(6)]
    assert [int(flag) for flag in columns] == [1, 4, 1, 1, 2, 9]


def test_a_limit_of_nothing_is_a_limit() -> None:
    assert spikes_of(Limits(spike=(0, 0)), (1, 2, 1)) == [2, 4, 2]


def test_changes_within_a_second_are_seen() -> None:
    assert flags_of(Limits(rate_per_s=(10, 40)), (0, 1, 0), step_us=10_000) == [1, 4, 4]


def test_at_night_no_irradiance_is_no_flat_line() -> None:
    limits = Limits(flat_s=(180, 300), flat_tolerance=0.1, flat_above=20)
    assert flags_of(limits, (0.0,) * 10) == [1] * 10
    assert flags_of(limits, (600.0,) * 6) == [1, 1, 1, 3, 3, 4]


def test_the_failing_tests_are_named() -> None:
    tests = ChannelTests((0, 100), Limits(plausible=(10, 90), rate_per_s=(1, 2)))
    assert tests.judge(0, 50).failing == ()
    assert tests.judge(1_000_000, 95).failing == (Test.PLAUSIBLE_RANGE, Test.RATE_OF_CHANGE)
    assert tests.judge(2_000_000, 101).failing == (Test.GROSS_RANGE, Test.PLAUSIBLE_RANGE, Test.RATE_OF_CHANGE)


def test_nothing_is_compared_across_a_gap() -> None:
    tests = ChannelTests(ANY, Limits(spike=(1, 2), rate_per_s=(1, 2), flat_s=(1, 2), flat_tolerance=1))
    tests.judge(0, 0.0)
    tests.judge(1_000_000, 0.0)
    tests.gap()
    verdict = tests.judge(2_000_000, 1000.0)
    assert (verdict.flag, verdict.previous) == (Flag.GOOD, None)


@given(st.lists(st.tuples(st.integers(1, 50), st.floats(-1e6, 1e6)), min_size=1, max_size=300), st.integers(64, 2000))
def test_a_window_is_never_shorter_than_asked_and_at_most_a_slice_longer(
    samples: list[tuple[int, float]], window_us: int
) -> None:
    window = SlidingWindow(window_us)
    at_us, seen = 0, []
    for step_us, value in samples:
        at_us += step_us
        seen.append((at_us, value))
        window.add(at_us, value)
        asked = [v for t, v in seen if t >= at_us - window_us]
        longest = [v for t, v in seen if t >= at_us - window_us - window_us // 64]
        assert max(asked) - min(asked) <= window.range() <= max(longest) - min(longest)
    assert len(window._slices) <= 66  # that memory is constant shows nowhere else


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=60))
def test_the_deviation_is_that_of_all_samples_in_the_window(values: list[float]) -> None:
    window = SlidingWindow(1_000_000)
    for at, value in enumerate(values):
        window.add(at * 10, value)
    assert window.deviation() == pytest.approx(statistics.pstdev(values), abs=1e-6)
