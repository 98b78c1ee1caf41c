# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Tests that see one sample after the other say what the same tests say of the whole series at once."""

import math
import statistics
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.limits import Limits, Span
from edge_daemon.metrology.qartod import ChannelTests, Test, Verdict, aggregate

US = 1_000_000
SPAN: Span = (-100.0, 100.0)
Sample = tuple[int, float | None]
Series = Sequence[Sample | None]

steps = st.integers(1, 5 * US)
values = st.one_of(
    st.none(), st.sampled_from([0.0, 1.0, 1.0, 1.0, 5.0, 50.0, 99.0, 120.0, -120.0]), st.floats(-150, 150)
)


@st.composite
def series(draw: st.DrawFn, steps: st.SearchStrategy[int] = steps) -> list[Sample | None]:
    """Samples at growing times (µs); None where some were lost."""
    at, found = 0, list[Sample | None]()
    for step, value, lost in draw(st.lists(st.tuples(steps, values, st.booleans()), max_size=60)):
        at += step
        found.append((at, value))
        if lost and draw(st.booleans()):
            found.append(None)
    return found


def judged(limits: Limits, given_series: Series) -> tuple[list[Verdict], list[Flag | None]]:
    """Each sample's verdict, and what the later sample says of it."""
    tests = ChannelTests(SPAN, limits)
    verdicts: list[Verdict] = []
    later: list[Flag | None] = []
    for sample in given_series:
        if sample is None:
            tests.gap()
            continue
        verdict = tests.judge(*sample)
        if verdict.previous is not None:
            later[-1] = verdict.previous
        verdicts.append(verdict)
        later.append(None)
    return verdicts, later


def runs(given_series: Series) -> list[list[Sample]]:
    """The series cut at its gaps."""
    cut: list[list[Sample]] = [[]]
    for sample in given_series:
        if sample is None:
            cut.append([])
        else:
            cut[-1].append(sample)
    return cut


def graded(size: float, limits: Span) -> Flag:
    return Flag.FAIL if size > limits[1] else Flag.SUSPECT if size > limits[0] else Flag.GOOD


@given(series())
def test_ranges(given_series: Series) -> None:
    limits = Limits(plausible=(-10, 60), possible=(-110, 90))
    verdicts, _ = judged(limits, given_series)
    expected = [
        Flag.MISSING
        if x is None
        else Flag.FAIL
        if not -100 <= x <= 90
        else Flag.GOOD
        if -10 <= x <= 60
        else Flag.SUSPECT
        for run in runs(given_series)
        for _, x in run
    ]
    assert [verdict.flag for verdict in verdicts] == expected


@given(series())
def test_spikes(given_series: Series) -> None:
    _, later = judged(Limits(spike=(4, 40)), given_series)
    expected: list[Flag | None] = []
    for run in runs(given_series):
        x = [value for _, value in run]
        for place, value in enumerate(x):
            before = x[place - 1] if place else None
            after = x[place + 1] if place + 1 < len(x) else None
            if value is None or place + 1 == len(x):
                expected.append(None)
            elif before is None or after is None:
                expected.append(Flag.NOT_EVALUATED)
            else:
                expected.append(graded(abs(value - (before + after) / 2), (4, 40)))
    assert later == expected


@given(series(), st.sampled_from([0.0, 2.5]))
def test_rates(given_series: Series, over_s: float) -> None:
    limits = Limits(rate_per_s=(2, 20), rate_over_s=over_s)
    verdicts, _ = judged(limits, given_series)
    expected: list[bool] = []
    for run in runs(given_series):
        for place, (at, value) in enumerate(run):
            before = run[place - 1] if place else None
            if value is None or before is None or before[1] is None:
                expected.append(False)
                continue
            seconds = max(at - before[0], round(over_s * US)) / US
            rate = abs(value - before[1]) / seconds
            close = any(math.isclose(rate, limit, rel_tol=1e-9) for limit in (2, 20))
            expected.append((Test.RATE_OF_CHANGE in verdicts[len(expected)].failing) if close else rate > 2)
    assert [Test.RATE_OF_CHANGE in verdict.failing for verdict in verdicts] == expected


def reaches(run: Sequence[Sample], place: int, window_us: int, slice_us: int) -> list[list[float]]:
    """The values of the last `window_us`, with and without those up to one slice older."""
    at = run[place][0]
    present = [(t, x) for t, x in run[: place + 1] if x is not None]
    return [[x for t, x in present if t >= at - window_us - more] for more in (0, slice_us)]


@settings(max_examples=60)
@given(series(st.integers(1, 4).map(lambda seconds: seconds * US)))
def test_flat_lines_are_found_where_the_line_is_flat_and_nowhere_else(given_series: Series) -> None:
    window_us, tolerance = 12 * US, 0.5
    verdicts, _ = judged(Limits(flat_s=(12, 30), flat_tolerance=tolerance), given_series)
    number = 0
    for run in runs(given_series):
        for place, (at, value) in enumerate(run):
            flat = Test.FLAT_LINE in verdicts[number].failing
            number += 1
            if value is None:
                assert not flat
                continue
            exact, wider = reaches(run, place, window_us, window_us // 64 + 1)
            if flat:
                assert max(exact) - min(exact) < tolerance
            if any(t == at - window_us and x is not None for t, x in run) and max(wider) - min(wider) < tolerance:
                assert flat


@settings(max_examples=60)
@given(series())
def test_a_signal_is_attenuated_only_where_it_hardly_moves(given_series: Series) -> None:
    window_us, least = 10 * US, (2.0, 0.5)
    verdicts, _ = judged(Limits(least_deviation=least, deviation_s=10), given_series)
    number = 0
    for run in runs(given_series):
        for place, (_, value) in enumerate(run):
            attenuated = Test.ATTENUATED_SIGNAL in verdicts[number].failing
            number += 1
            if value is None or not attenuated:
                continue
            deviations = [
                statistics.pstdev([x for _, x in run[start : place + 1] if x is not None])
                for start in range(place + 1)
                if run[place][0] - run[start][0] >= window_us and run[start][1] is not None
            ]
            assert min(deviations) < least[0] + 1e-9


@given(series())
def test_the_own_flag_is_the_aggregate_of_all_tests(given_series: Series) -> None:
    limits = Limits(plausible=(-10, 60), rate_per_s=(2, 20), flat_s=(12, 30), flat_tolerance=0.5)
    verdicts, _ = judged(limits, given_series)
    alone = [
        judged(only, given_series)[0]
        for only in (
            Limits(plausible=(-10, 60)),
            Limits(rate_per_s=(2, 20)),
            Limits(flat_s=(12, 30), flat_tolerance=0.5),
        )
    ]
    assert [verdict.flag for verdict in verdicts] == [
        aggregate(one.flag for one in together) for together in zip(*alone, strict=True)
    ]
