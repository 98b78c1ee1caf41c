# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Numbers in sentences have so many digits, and nobody is told of 1e+02."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.calibration.figures import figures, unsure


@pytest.mark.parametrize(
    ("expanded", "text"),
    [(100.0, "100"), (104.0, "100"), (1234.0, "1200"), (0.0123, "0.012"), (2.0, "2"), (1e-7, "0.0000001"), (0.0, "0")],
)
def test_an_uncertainty_has_two_digits_and_no_exponent(expanded: float, text: str) -> None:
    assert unsure(expanded) == text


@pytest.mark.parametrize(
    ("value", "text"), [(12.3456, "+12.35"), (-12.3456, "-12.35"), (120_000.0, "+120000"), (0.0, "+0"), (-0.0, "+0")]
)
def test_an_error_has_four_digits_and_its_sign(value: float, text: str) -> None:
    assert figures(value, signed=True) == text


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_no_number_has_an_exponent_and_each_is_as_near_as_its_digits_allow(value: float) -> None:
    text = figures(value, 4)
    assert "e" not in text.lower()
    assert math.isclose(float(text), value, rel_tol=5.1e-4, abs_tol=0.0) or value == 0
