# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Drift from calibration to calibration, by the reference's vectors, and told only where it can be told from none."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.metrology.drift import Checked, drift_of, drift_since


def plain(day: float, error: float, tolerance: float = 50.0) -> Checked:
    return Checked(day, error, error, tolerance)


def test_drift_between_two_calibrations_is_that_of_the_reference() -> None:
    assert drift_since(plain(0, 0), plain(365, 52)) == pytest.approx(52.0356164, abs=1e-7)  # TV-T1
    left = Checked(0, 9.0, -0.4, 5.0)
    assert drift_since(left, plain(184, 2.6)) == pytest.approx(5.95516304, abs=1e-8)  # TV-T2
    assert drift_since(plain(3, 1), plain(3, 2)) is None


def test_a_steady_drift_is_told_with_the_day_it_leaves_its_tolerance() -> None:
    found = drift_of([plain(day, error, 5.0) for day, error in ((0, 0.0), (100, 1.0), (200, 2.0), (300, 3.0))])
    assert found is not None
    assert (found.told, found.uncertainty) == (True, 0)
    assert found.per_year == pytest.approx(3.6525)
    assert found.leaves == pytest.approx(500)


def test_what_adjustments_took_away_counts_as_drift_and_the_forecast_begins_after_the_last() -> None:
    adjusted = [Checked(100.0 * place, 2.0 if place else 0.0, 0.0, 5.0) for place in range(5)]
    found = drift_of(adjusted)
    assert found is not None
    assert found.told
    assert found.per_year == pytest.approx(2.0 * 365.25 / 100)
    assert found.leaves == pytest.approx(400 + 250)


def test_scatter_is_no_drift_and_three_points_say_nothing() -> None:
    scattered = drift_of(
        [plain(day, error) for day, error in ((0, 1.0), (90, -1.0), (180, 1.1), (270, -0.9), (360, 1.0))]
    )
    assert scattered is not None
    assert (scattered.told, scattered.leaves) == (False, None)
    assert drift_of([plain(day, float(day)) for day in (0, 1, 2)]) is None
    assert drift_of([plain(day, float(day)) for day in (0, 1, 1, 2)]) is None


@given(
    st.lists(st.tuples(st.floats(1, 400), st.floats(-5, 5)), min_size=4, max_size=8),
    st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_adjusting_changes_no_drift(steps: list[tuple[float, float]], adjusting: list[bool]) -> None:
    day, error, taken = 0.0, 0.0, 0.0
    untouched, adjusted = [], []
    for (days, change), adjusts in zip(steps, adjusting, strict=False):
        day, error = day + days, error + change
        untouched.append(plain(day, error))
        shown = error - taken
        taken += shown if adjusts else 0.0
        adjusted.append(Checked(day, shown, 0.0 if adjusts else shown, 50.0))
    one, other = drift_of(untouched), drift_of(adjusted)
    assert one is not None
    assert other is not None
    assert other.per_year == pytest.approx(one.per_year, rel=1e-6, abs=1e-6)


def test_the_same_share_at_another_level_is_no_drift() -> None:
    # 1 % low at 400 and at 900 W/m², ± 2 % allowed: 5 W/m² more, and the instrument has not changed.
    low, high = Checked(0, -4.0, -4.0, 8.0, scale=8.0), Checked(365.25, -9.0, -9.0, 18.0, scale=18.0)
    assert drift_since(low, high) == pytest.approx(0.0, abs=1e-12)
    drift = drift_of([low, high, replace(low, day=730.5), replace(high, day=1095.75)])
    assert drift is not None
    assert drift.per_year == pytest.approx(0.0, abs=1e-9)
    assert drift.leaves is None


def test_two_calibrations_of_one_day_tell_no_rate() -> None:
    morning, noon = Checked(0.5, 2.0, 0.0, 30.0), Checked(0.75, 1.0, 1.0, 30.0)
    assert drift_since(morning, noon) is None  # 1 ppm in 6 hours would be 1461 a year
    assert drift_since(morning, replace(noon, day=1.5)) == pytest.approx(365.25)
