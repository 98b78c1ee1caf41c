# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The staircase of intervals, and what late or failed calibrations cost: the reference's sections 1.5 and 6.2."""

import math

import pytest

from edge_daemon.metrology.deduction import claimable_energy, permitted_share
from edge_daemon.metrology.interval import AsFound, next_interval_days

WELL, INSIDE, FAILED = AsFound(0.5, failed=False), AsFound(0.8, failed=False), AsFound(1.2, failed=True)


@pytest.mark.parametrize(
    ("results", "days"),
    [
        ([], 180),
        ([WELL], 180),
        ([WELL, WELL], 270),
        ([WELL, INSIDE, WELL], 180),
        ([WELL] * 4, 360),
        ([WELL] * 8, 360),
        ([FAILED], 90),
        ([FAILED, FAILED], 45),
        ([WELL, WELL, FAILED], 135),
    ],
)
def test_the_interval_follows_what_was_found(results: list[AsFound], days: int) -> None:
    assert next_interval_days(180, results) == days


def test_an_interval_never_falls_below_a_day() -> None:
    assert next_interval_days(1, [FAILED] * 5) == 1
    with pytest.raises(ValueError, match="one at least"):
        next_interval_days(0, [])


def test_vector_m4_late_under_class_02() -> None:
    claimable = claimable_energy(10_000, permitted_share(0.002, None))
    assert claimable == pytest.approx(9980)
    assert claimable * 0.428464 * 0.45359237 == pytest.approx(1939.593052, rel=1e-9)


def test_vector_m5_the_found_error_is_larger() -> None:
    assert claimable_energy(10_000, permitted_share(0.002, 0.0035)) == pytest.approx(9965)
    assert permitted_share(0.002, -0.0035) == 0.0035
    assert permitted_share(0.002, 0.001) == 0.002


def test_imported_energy_is_corrected_upwards() -> None:
    assert claimable_energy(10_000, 0.002, "import") == pytest.approx(10_020)


def test_what_is_no_error_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        permitted_share(-0.1, None)
    with pytest.raises(ValueError, match="no number"):
        permitted_share(0.1, math.nan)
