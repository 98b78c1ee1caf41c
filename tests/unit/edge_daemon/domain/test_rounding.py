# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Two digits of the uncertainty, the value to the same place, and never an exponent."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.rounding import rounded, told


@pytest.mark.parametrize(
    ("value", "expanded", "shown"),
    [
        (412.3456, 8.53349, ("412.3", "8.5")),
        (412.3456, 31, ("412", "31")),
        (1234.5, 314.15, ("1230", "310")),
        (0.123456, 0.0996, ("0.12", "0.10")),
        (7.0, 0.00234, ("7.0000", "0.0023")),
        (1234567.8, 152.0, ("1234570", "150")),
        (1e6, 99.6, ("1000000", "100")),
        (-2e-7, 1.5e-8, ("-0.000000200", "0.000000015")),
    ],
)
def test_two_significant_digits(value: float, expanded: float, shown: tuple[str, str]) -> None:
    assert rounded(value, expanded) == shown
    assert told(value, expanded) == shown


def test_without_an_uncertainty_there_is_no_place_to_round_to() -> None:
    assert told(1234567.8, 0.0) == ("1234567.8", "0")
    assert told(400.0, 0.0) == ("400", "0")
    for expanded in (0.0, -1.0, math.inf, math.nan):
        with pytest.raises(ValueError, match="cannot be printed"):
            rounded(1.0, expanded)


@given(st.floats(-1e300, 1e300), st.floats(1e-300, 1e300))
def test_any_pair_is_told_in_plain_decimals_and_to_half_the_last_place(value: float, expanded: float) -> None:
    shown, unsure = rounded(value, expanded)
    assert "e" not in (shown + unsure).lower()
    assert abs(float(unsure) - expanded) <= 0.051 * expanded
    assert abs(float(shown) - value) <= 0.51 * expanded
