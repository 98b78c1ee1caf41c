# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The value and the uncertainty that a calibration gives: the reference's vectors, to the last bit where it matters."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.log.bodies import from_json, to_json
from edge_daemon.log.calibration_body import CalibrationVerdict, ValueFunction, ValueUncertainty
from edge_daemon.log.calibrations import calibrated, standard_uncertainty, value_of
from edge_daemon.metrology.adjustment import Adjustment
from tests.unit.edge_daemon.log.calibration_world import TV_A3, entry, verdict

NUMBERS = st.floats(-1e6, 1e6)


def test_without_a_function_raw_is_the_value() -> None:
    assert value_of(None, 412.5) == 412.5


def test_two_points_of_gas() -> None:
    assert value_of(TV_A3, 735.0) == pytest.approx(693.4235977, rel=1e-9)
    assert value_of(TV_A3, 18.0) == pytest.approx(0.0, abs=1e-9)
    assert value_of(TV_A3, 1052.0) == pytest.approx(1000.0, rel=1e-12)


def test_a_ph_electrode_by_segments_from_buffer_to_buffer() -> None:
    """168.3 mV at pH 4.00, -9.1 at 7.00, -184.9 at 10.01. Source: calibration reference, TV-H4."""
    electrode = ValueFunction("segments", knots=((-184.9, 10.01), (-9.1, 7.0), (168.3, 4.0)))
    assert [value_of(electrode, raw) for raw in (-184.9, -9.1)] == [10.01, 7.0]
    assert value_of(electrode, 168.3) == pytest.approx(4.0, rel=1e-12)
    assert value_of(electrode, -9.1 + 59.1333333) == pytest.approx(6.0)
    assert value_of(electrode, -9.1 - 58.4053156) == pytest.approx(8.0)
    assert value_of(electrode, 168.3 + 59.1333333) == pytest.approx(3.0)
    assert value_of(electrode, -184.9 - 58.4053156) == pytest.approx(11.01)


@given(st.lists(NUMBERS, min_size=2, max_size=4), NUMBERS)
def test_a_polynomial_is_evaluated_in_the_order_that_is_told(coefficients: list[float], raw: float) -> None:
    function = ValueFunction("polynomial", tuple(coefficients))
    expected = 0.0
    for coefficient in reversed(coefficients):
        expected = expected * raw + coefficient
    assert value_of(function, raw).hex() == expected.hex() == Adjustment(tuple(coefficients)).value(raw).hex()


@given(NUMBERS, st.lists(NUMBERS, min_size=2, max_size=4))
def test_a_function_read_from_the_log_gives_the_same_bits(raw: float, coefficients: list[float]) -> None:
    function = ValueFunction("polynomial", tuple(coefficients))
    stored = from_json(CalibrationVerdict, entry(verdict(1, function=function)).body)
    assert stored.function is not None
    assert value_of(stored.function, raw) == value_of(function, raw)
    assert to_json(stored) == to_json(verdict(1, function=function))


def test_a_result_that_is_no_number_is_no_value() -> None:
    steep = ValueFunction("polynomial", (0.0, 0.0, 1e200))
    assert calibrated(steep, 1e200) is None
    assert calibrated(steep, 1.0) == 1e200
    assert calibrated(ValueFunction("polynomial", (0.0, -1e308, 1e308)), 1e200) is None


def test_uncertainty_of_a_value_by_the_covariance_of_a_line() -> None:
    uncertainty = ValueUncertainty(0.3, 0.02, ((0.04, -0.001), (-0.001, 0.0001)), repeatability=0.4)
    raw, value = 50.0, 51.0
    expected = math.sqrt(0.04 - 2 * 0.001 * raw + 0.0001 * raw**2 + 0.3**2 + (0.02 * value) ** 2 + 0.4**2)
    assert standard_uncertainty(uncertainty, raw, value) == pytest.approx(expected)
    assert standard_uncertainty(ValueUncertainty(0.0), raw, value) == 0.0


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 1e300))
def test_an_uncertainty_never_raises(raw: float, constant: float) -> None:
    uncertainty = ValueUncertainty(constant, constant, ((constant, constant), (constant, constant)))
    assert not standard_uncertainty(uncertainty, raw, raw) < 0
