# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A rated power stands in for limits that nobody set, and for nothing else."""

import math

import pytest

from edge_daemon.domain.limits import NO_LIMITS, Limits, check_limits
from edge_daemon.domain.rating import RATED_POWER, at_rating, rated_power


@pytest.mark.parametrize("told", [0, -5, math.nan, math.inf, True, "500", None])
def test_what_is_no_rating_counts_as_not_told(told: object) -> None:
    assert rated_power({RATED_POWER: told}) is None


def test_a_rating_gives_the_start_thresholds_of_power() -> None:
    assert rated_power({RATED_POWER: 500}) == 500.0
    assert rated_power({}) is None
    limits = at_rating(NO_LIMITS, 500.0)
    assert [limits.possible, limits.plausible, limits.spike] == [(-10, 600), (0, 525), (250, 450)]
    assert limits.rate_per_s is not None
    assert [limits.rate_per_s[0] * 60, limits.rate_over_s] == pytest.approx([500, 60])
    assert check_limits(limits, "") == limits


def test_what_is_set_goes_before_it_and_without_one_nothing_changes() -> None:
    own = Limits(plausible=(-50, 50), rate_per_s=(1, 2), rate_over_s=5, flat_s=(10, 20), flat_tolerance=1)
    assert at_rating(own, None) is own
    with_rating = at_rating(own, 500.0)
    assert (with_rating.plausible, with_rating.rate_per_s, with_rating.rate_over_s) == ((-50, 50), (1, 2), 5)
    assert (with_rating.possible, with_rating.flat_s) == ((-10, 600), (10, 20))
