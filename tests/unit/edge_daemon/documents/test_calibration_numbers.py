# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Numbers in a report: nothing that was typed or recorded is cut off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.documents.numbers import beside, plain, recorded


@pytest.mark.parametrize(
    ("value", "uncertainty", "words"),
    [
        (15234.567, 0.0, "15234.567"),
        (1_234_567.891, 0.0, "1234567.891"),
        (101325.25, 0.0, "101325.25"),
        (1000.0, 0.0, "1000"),
        (-0.0, 0.0, "0"),
        (0.1 + 0.2, 0.02, "0.3"),
        (8.263478293111, 0.02, "8.263478"),
        (8.263478293111, 0.000_02, "8.2634783"),
        (123_456_789.123_456_79, 0.5, "123456789.123"),
        (4e-9, 0.0, "4E-9"),
    ],
)
def test_a_typed_number_keeps_its_digits_and_a_computed_one_those_that_mean_something(
    value: float, uncertainty: float, words: str
) -> None:
    assert plain(value, uncertainty) == words


@given(st.integers(-9_999_999_999, 9_999_999_999), st.integers(0, 6))
def test_up_to_ten_typed_digits_read_back_as_they_were_typed(digits: int, decimals: int) -> None:
    value = float(f"{digits}e-{decimals}")
    assert float(plain(value)) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_recorded_number_reads_back_as_the_same_double(value: float) -> None:
    assert float(recorded(value)) == value


def test_the_noise_of_arithmetic_is_nothing_beside_a_limit() -> None:
    assert beside(-4.05e-15, 50.0) == "0"


@given(st.floats(0.001, 1e6), st.floats(-1e-9, 1e-9))
def test_a_value_that_misses_its_limit_never_looks_like_it(limit: float, off: float) -> None:
    value, shown = limit + off, float(beside(limit + off, limit))
    assert (shown > limit, shown < limit) == (value > limit, value < limit)
