# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The decimated picture of a series against the samples themselves."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.widgets.chart_columns import Counts, Points
from app.widgets.decimation import FloatArray, Series, Stretch

VALUES = st.one_of(st.floats(-1e6, 1e6), st.just(math.nan))


@st.composite
def batches(draw: st.DrawFn) -> list[tuple[list[float], list[float], list[int]]]:
    """A few batches, each mostly in order, with repeated and late times."""
    made, now = [], 0.0
    for _ in range(draw(st.integers(1, 5))):
        size = draw(st.integers(0, 400))
        seed = draw(st.integers(0, 2**32 - 1))
        random = np.random.default_rng(seed)
        t = now + np.cumsum(random.choice([0.0, 0.5, 1.0, 50.0], size, p=[0.1, 0.4, 0.45, 0.05]))
        now = (t[-1] if size else now) + draw(st.sampled_from([0.0, 1.0, -30.0]))
        if draw(st.booleans()):
            random.shuffle(t)
        y = random.normal(0, 100, size)
        y[random.random(size) < draw(st.sampled_from([0.0, 0.02, 0.5]))] = np.nan
        made.append((t.tolist(), y.tolist(), random.choice([1, 2, 3, 4, 9], size).tolist()))
    return made


def filled(parts: list[tuple[list[float], list[float], list[int]]]) -> Series:
    series = Series()
    for t, y, flags in parts:
        series.append(t, y, flags)
    return series


def assert_drawn(drawn: Stretch, t: FloatArray, y: FloatArray, column_s: float) -> None:
    """Each value of the samples lies within what is drawn less than a column away."""
    t, y = t[~np.isnan(y)], y[~np.isnan(y)]
    near = (np.abs(drawn.t - t[:, np.newaxis]) <= column_s * 1.001) & ~np.isnan(drawn.y)
    assert np.all(np.where(near, drawn.y, np.inf).min(axis=1, initial=np.inf) <= y)
    assert np.all(np.where(near, drawn.y, -np.inf).max(axis=1, initial=-np.inf) >= y)


@given(batches(), st.floats(0, 1), st.floats(0, 1), st.integers(1, 90))
def test_no_extreme_is_lost_and_nothing_is_invented(
    parts: list[tuple[list[float], list[float], list[int]]], one: float, other: float, pixels: int
) -> None:
    series = filled(parts)
    t = np.array([time for part in parts for time in part[0]])
    y = np.array([value for part in parts for value in part[1]])
    flags = np.array([flag for part in parts for flag in part[2]])
    reach = (float(t.min()), float(t.max())) if len(t) else (0.0, 1.0)
    t0, t1 = sorted(reach[0] + share * (reach[1] - reach[0]) for share in (one, other))

    drawn = series.decimated(t0, t1, pixels)

    assert len(drawn.t) == len(drawn.y) == len(drawn.flags) <= max(4 * (pixels + 4), 2)
    assert np.all(np.diff(drawn.t) >= 0)
    stored = set(y[~np.isnan(y)])
    assert {value for value in drawn.y if not math.isnan(value)} <= stored
    inside = (t >= t0) & (t <= t1)
    if inside.any():
        assert drawn.flags.max() >= flags[inside].max()
    if (inside & ~np.isnan(y)).any():
        assert np.nanmin(drawn.y) <= y[inside & ~np.isnan(y)].min()
        assert np.nanmax(drawn.y) >= y[inside & ~np.isnan(y)].max()
    # Column by column, not only over all of them.
    assert_drawn(drawn, t[inside], y[inside], (t1 - t0) / pixels)


@settings(max_examples=40)
@given(batches(), st.integers(1, 60), st.sampled_from([None, 40.0, 900.0]))
def test_a_live_picture_shows_what_one_made_anew_does(
    parts: list[tuple[list[float], list[float], list[int]]], pixels: int, span: float | None
) -> None:
    live = Series()
    for number, (t, y, flags) in enumerate(parts):
        for begin in range(0, len(t), 50):
            part = slice(begin, begin + 50)
            live.append(t[part], y[part], flags[part])
            first, last = live.first_time, live.last_time
            assert first is not None
            assert last is not None
            if last == first:
                continue
            start = first if span is None else last - span
            drawn = live.decimated(start, last, pixels)
            kept = live.between(start, last)
            assert len(drawn.t) <= 4 * (pixels / 0.9 + 4), number
            assert np.all(np.diff(drawn.t) >= 0)
            assert drawn.flags.max() >= kept.flags.max()
            assert_drawn(drawn, kept.t, kept.y, (last - start) / pixels)


def test_a_live_picture_reads_only_what_came_in(monkeypatch: pytest.MonkeyPatch) -> None:
    series = Series()
    series.append(np.arange(100_000.0), np.zeros(100_000))
    series.decimated(0.0, 99_999.0, 500)
    asked: list[int] = []
    made = Series._whole

    def counted(self: Series, width: float, first: int, end: int) -> tuple[Points, Counts]:
        asked.append(end - first)
        return made(self, width, first, end)

    monkeypatch.setattr(Series, "_whole", counted)
    for now in range(100_000, 101_000):
        series.append([float(now)], [1.0])
        series.decimated(0.0, float(now), 500)
    assert sum(asked) == 5  # a thousand seconds are five columns of 200 s
    for now in range(101_000, 102_000):
        series.append([float(now)], [1.0])
        series.decimated(now - 99_999.0, float(now), 500)
    assert sum(asked) == 10
    series.append([50_000.0], [77.0])
    assert series.decimated(2_000.0, 101_999.0, 500).y.max() == 77.0


@given(batches())
def test_batches_give_the_same_series_as_one_sorted_append(
    parts: list[tuple[list[float], list[float], list[int]]],
) -> None:
    t, y, flags = ([item for part in parts for item in part[column]] for column in range(3))
    order = sorted(range(len(t)), key=lambda index: t[index])
    kept = filled(parts).between(-math.inf, math.inf)
    assert kept.t.tolist() == [t[index] for index in order]
    assert sorted(kept.flags.tolist()) == sorted(flags)
    np.testing.assert_array_equal(np.sort(kept.y), np.sort(np.array(y, dtype=float)))


def test_samples_of_one_time_stay_in_the_order_they_came() -> None:
    series = Series()
    series.append([5.0, 5.0], [1.0, 2.0])
    series.append([5.0], [3.0])
    series.append([4.0, 5.0], [0.0, 4.0])
    assert series.between(0, 9).y.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_one_spike_in_a_million_is_drawn_with_its_flag() -> None:
    y = np.zeros(1_000_000)
    y[654_321] = 1234.5
    flags = np.ones(len(y), np.uint8)
    flags[654_321] = 4
    series = Series()
    for begin in range(0, len(y), 77_777):
        part = slice(begin, begin + 77_777)
        series.append(np.arange(len(y), dtype=float)[part], y[part], flags[part])
    drawn = series.decimated(0, 1e6, 500)
    assert len(drawn.t) <= 1010
    assert drawn.y.max() == 1234.5
    assert drawn.flags[np.argmax(drawn.y)] == 4
    assert abs(drawn.t[np.argmax(drawn.y)] - 654_321) <= 2000
    assert np.count_nonzero(drawn.flags == 4) == 2


@pytest.mark.parametrize("size", [16 * 16 * 16 * 16 - 2, 1024 * 16 - 9, 70_001])
def test_every_column_has_its_own_extremes_while_the_series_grows(size: int) -> None:
    random = np.random.default_rng(size)
    t, y = np.arange(size + 40.0), random.normal(size=size + 40)
    y[random.random(len(y)) < 0.01] = np.nan
    series = Series()
    series.append(t[:size], y[:size])
    for end in range(size + 1, size + 40):
        series.append(t[end - 1 : end], y[end - 1 : end])
        pixels = 1 + end % 7
        drawn = series.decimated(0, end - 1.0, pixels)
        assert (np.nanmin(drawn.y), np.nanmax(drawn.y)) == (np.nanmin(y[:end]), np.nanmax(y[:end]))
        width = (end - 1.0) / pixels
        for column in range(pixels):
            inside = y[:end][(t[:end] >= column * width) & (t[:end] < (column + 1) * width)]
            here = drawn.y[(drawn.t >= column * width) & (drawn.t < (column + 1) * width)]
            assert (np.nanmin(here), np.nanmax(here)) == (np.nanmin(inside), np.nanmax(inside))


@pytest.mark.parametrize("shift", range(40))
def test_a_wide_gap_stays_a_break_wherever_it_falls_in_a_column(shift: int) -> None:
    t = np.concatenate((np.arange(0, 5000.0 + shift), [6000.0], np.arange(9000.0, 14_000)))
    y = np.ones(len(t))
    y[5000 + shift] = np.nan
    series = Series()
    series.append(t, y)
    drawn_t, drawn_y = series.visible(0, 14_000, 100)
    crossing = np.flatnonzero((drawn_t[:-1] < 7000) & (drawn_t[1:] > 7000))
    assert len(crossing) == 1
    assert np.isnan(drawn_y[crossing[0] : crossing[0] + 2]).any()


def test_a_line_reaches_the_edges_of_the_view() -> None:
    series = Series()
    series.append([0.0, 10.0, 20.0], [1.0, 2.0, 3.0])
    assert series.visible(11, 19, 100)[0].tolist() == [10.0, 20.0]


def test_scrolling_by_a_column_changes_only_the_edges() -> None:
    random = np.random.default_rng(3)
    series = Series()
    series.append(np.arange(100_000.0), random.normal(size=100_000))
    before = set(zip(*(array.tolist() for array in series.visible(10_000, 60_000, 500)), strict=True))
    after = set(zip(*(array.tolist() for array in series.visible(10_100, 60_100, 500)), strict=True))
    assert len(before & after) >= len(before) - 8


def test_bad_input_is_refused_and_changes_nothing() -> None:
    series = Series()
    series.append([1.0], [1.0])
    with pytest.raises(ValueError, match="one value for each time"):
        series.append([2.0, 3.0], [1.0])
    with pytest.raises(ValueError, match="finite"):
        series.append([math.nan], [1.0])
    with pytest.raises(ValueError, match="one flag for each time"):
        series.append([2.0], [1.0], [1, 1])
    with pytest.raises(ValueError, match="no width"):
        series.visible(0, 1, 0)
    assert len(series) == 1


def test_values_that_are_not_finite_are_breaks() -> None:
    series = Series()
    series.append([1.0, 2.0, 3.0], [math.inf, 2.0, math.nan])
    kept = series.between(0, 9)
    assert np.isnan(kept.y).tolist() == [True, False, True]
    assert kept.flags.tolist() == [9, 1, 9]


def test_nearest_sample() -> None:
    series = Series()
    assert series.at(1.0) is None
    assert series.latest() is None
    series.append([1.0, 2.0], [10.0, 20.0], [1, 3])
    nearest = series.at(1.6)
    assert nearest is not None
    assert (nearest.t, nearest.y, nearest.flag) == (2.0, 20.0, 3)
    assert series.at(0.9) is None
    assert series.at(2.1) is None
    assert (series.first_time, series.last_time) == (1.0, 2.0)


@pytest.mark.parametrize("step", [150.0, -150.0])
def test_a_picture_that_moves_far_shows_what_one_made_anew_does(step: float) -> None:
    random = np.random.default_rng(5)
    t, y = np.arange(200_000.0), random.normal(size=200_000)
    moved = filled([(t.tolist(), y.tolist(), [1] * len(t))])
    start = 100_000.0
    drawn = moved.decimated(start, start + 5_000.0, 100)
    for _ in range(600):
        start += step
        drawn = moved.decimated(start, start + 5_000.0, 100)
        assert len(moved._finished) <= 5 * 101
    anew = Series()
    anew.append(t, y)
    expected = anew.decimated(start, start + 5_000.0, 100)
    np.testing.assert_array_equal(drawn.t, expected.t)
    np.testing.assert_array_equal(drawn.y, expected.y)
