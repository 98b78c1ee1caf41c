# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The adjustment that a run's points speak for, and how uncertain values are after it: the reference's section 1.2."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.calibration.adjusting import fitted, gain_at
from edge_daemon.calibration.judge import may_adjust, new_function, verdict, why_not_adjust
from edge_daemon.calibration.run import Run
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.procedure import Method, ProcedurePoint, ReferenceSource
from edge_daemon.log.calibration_body import ValueFunction
from edge_daemon.log.calibration_values import standard_uncertainty, value_of
from edge_daemon.metrology.fit import Point, fit_polynomial
from tests.unit.edge_daemon.calibration.runs import Level, decided, found, fresh_air, start, taken


def close(expected: float) -> object:
    return pytest.approx(expected, rel=1e-8)


def free(method: Method, levels: dict[str, Level], degree: int = 1) -> Run:
    """A run of a procedure that bounds nothing, with a point for each level."""
    points = tuple(
        ProcedurePoint(name, name, name, ReferenceSource.INSTRUMENT, -1e9, 1e9, expanded_uncertainty=0.0)
        for name in levels
    )
    run = start(
        "sensirion_scd30",
        "co2_zero_span",
        method=method,
        points=points,
        degree=degree,
        gain=None,
        offset=None,
        span=None,
        usual=None,
        resolution=0.0,
    )
    return found(run, levels)


def test_vectors_a1_and_a2_offset() -> None:
    function = fitted(free(Method.OFFSET, {"a": Level(400.0, 431.6)})).function
    assert function.coefficients == (close(-31.6), 1.0)
    assert value_of(function, 812.0) == close(780.4)
    assert value_of(fitted(free(Method.OFFSET, {"a": Level(0.0, -0.14)})).function, 6.30) == close(6.44)


TWO_BUFFERS = ValueFunction("segments", knots=((4.10, 4.0), (7.05, 7.0), (10.11, 10.01)), span=(4.10, 10.11))
LINE = ValueFunction("polynomial", (-17.4, 0.967), span=(18.0, 1052.0))


def offset_run(model: str, key: str, level: Level, before: ValueFunction | None) -> Run:
    """An offset from one point, of an instrument whose values `before` makes."""
    begun = start(model, key)
    run = replace(begun, start=replace(begun.start, function=before))
    (name,) = (one.name for one in run.procedure.points)
    return found(run, {name: level}, temperature=25.0)


def test_one_buffer_after_an_earlier_adjustment_keeps_the_slopes_between_the_buffers() -> None:
    run = offset_run("ysi_exo2_sdi12", "ph_one_buffer", Level(7.02, 7.10, 0.001, expanded=0.02), TWO_BUFFERS)
    assert may_adjust(run)
    function = fitted(run).function
    assert value_of(function, 7.10) == close(7.02)
    for raw in (4.5, 7.1, 9.0):
        assert gain_at(function, raw) == close(gain_at(TWO_BUFFERS, raw))
    away = 7.02 - value_of(TWO_BUFFERS, 7.10)
    assert function.knots == tuple((raw, close(value + away)) for raw, value in TWO_BUFFERS.knots)
    left = taken(decided(run, adjust=True), "as_left", {"buffer_7": Level(7.02, 7.10, 0.001, expanded=0.02)})
    signed = verdict(left, person="Ada", due="2027-11-23")
    assert (signed.outcome, signed.function) == ("pass", function)
    assert signed.as_found[0].error == close(-away)
    assert signed.as_left[0].error == pytest.approx(0.0, abs=1e-12)


def test_fresh_air_moves_the_line_in_force_and_does_not_turn_it() -> None:
    run = offset_run("sensirion_scd30", "co2_fresh_air_offset", Level(425.0, 470.0, 1.0, expanded=20.0), LINE)
    function = fitted(run).function
    assert function.coefficients == (close(425.0 - 0.967 * 470.0), 0.967)
    assert function.span == (18.0, 1052.0)
    outside = offset_run(
        "sensirion_scd30", "co2_fresh_air_offset", Level(410.0, 440.0), replace(LINE, span=(500.0, 900.0))
    )
    assert fitted(outside).function.span == (440.0, 900.0)
    far = offset_run("sensirion_scd30", "co2_fresh_air_offset", Level(425.0, 505.0, 1.0, expanded=20.0), LINE)
    assert "offset" in str(why_not_adjust(far)), "80 ppm from what the instrument itself says, 75 ppm are allowed"


def test_a_curve_in_force_keeps_its_shape_and_its_uncertainty_is_that_of_the_point() -> None:
    curve = ValueFunction("polynomial", (3.0, 1.02, -1e-4), span=(0.0, 1000.0))
    run = offset_run("sensirion_scd30", "co2_fresh_air_offset", Level(425.0, 450.0, 1.0, expanded=20.0), curve)
    done = fitted(run)
    assert done.function.coefficients[1:] == curve.coefficients[1:]
    assert value_of(done.function, 450.0) == close(425.0)
    slope = gain_at(curve, 450.0)
    (row, _) = done.covariance
    at_point = row[0] + 2 * 450.0 * row[1] + 450.0**2 * done.covariance[1][1]
    assert math.sqrt(at_point) == close(math.hypot(slope * 1.0 / math.sqrt(60), 10.0))


@given(st.floats(-50, 50), st.floats(0.8, 1.2), st.floats(350, 500), st.floats(400, 500))
def test_every_offset_puts_the_point_right_and_keeps_every_difference(
    offset: float, slope: float, raw: float, reference: float
) -> None:
    run = free(Method.OFFSET, {"a": Level(reference, raw)})
    line = ValueFunction("polynomial", (offset, slope))
    function = fitted(replace(run, start=replace(run.start, function=line))).function
    assert value_of(function, raw) == pytest.approx(reference, abs=1e-9)
    change = value_of(function, raw + 100) - value_of(function, raw)
    assert change == pytest.approx(slope * 100, abs=1e-9)


@pytest.mark.parametrize(
    ("low", "high", "gain", "offset", "raw", "value"),
    [
        (Level(0, 18), Level(1000, 1052), 0.9671179884, -17.40812379, 735, 693.4235977),
        (Level(0, 0.12), Level(124, 121.3), 1.023271167, -0.1227925400, 50, 51.04076580),
    ],
)
def test_vectors_a3_and_a4_two_points(
    low: Level, high: Level, gain: float, offset: float, raw: float, value: float
) -> None:
    function = fitted(free(Method.TWO_POINTS, {"a": low, "b": high})).function
    assert function.coefficients == (close(offset), close(gain))
    assert value_of(function, raw) == close(value)
    assert value_of(fitted(free(Method.SEGMENTS, {"a": low, "b": high})).function, raw) == close(value)


@pytest.mark.parametrize(("reading", "gain"), [(96.3, 0.98376783), (93.1, 1.01758155)])
def test_vector_o2_gain(reading: float, gain: float) -> None:
    function = fitted(free(Method.GAIN, {"a": Level(100 * 720 / 760, reading)})).function
    assert function.coefficients == (0.0, close(gain))


def test_vector_l1_weighted_line_with_its_covariance() -> None:
    xs, ys, us = (0, 100, 200, 400, 800), (1.2, 103.9, 205.8, 410.5, 821.0), (0.5, 0.6, 0.8, 1.3, 2.4)
    levels = {f"p{x}": Level(y, x, expanded=2 * u) for x, y, u in zip(xs, ys, us, strict=True)}
    result = fitted(free(Method.POLYNOMIAL, levels))
    assert result.function.coefficients == (close(1.25698106), close(1.02392612))
    (first, together), (_, second) = result.covariance
    assert math.sqrt(first) == close(0.40979872)
    assert math.sqrt(second) == pytest.approx(0.00227265, abs=5e-9)
    assert together == close(-0.000547857312)
    assert value_of(result.function, 500) == close(513.220039)
    assert result.fit is not None
    assert result.fit.residuals == tuple(
        pytest.approx(one, abs=5e-9) for one in (-0.05698106, 0.25040741, -0.24220411, -0.32742715, 0.60212677)
    )


def test_vector_d1_gauge_blocks() -> None:
    millivolts = (102.4, 602.1, 1103.0, 1602.2, 2103.5)
    levels = {f"b{place}": Level(2.5 * place, mv) for place, mv in enumerate(millivolts)}
    result = fitted(free(Method.POLYNOMIAL, levels))
    assert result.function.coefficients == (close(-0.51066315), close(0.0049976993))
    assert result.fit is not None
    assert result.fit.residual_deviation == pytest.approx(0.00271138, abs=5e-9)
    assert max(map(abs, result.fit.residuals)) == pytest.approx(0.00334934, abs=5e-9)
    powers = (1.0, 1350.0)
    variance = sum(a * b * result.covariance[i][j] for i, a in enumerate(powers) for j, b in enumerate(powers))
    assert math.sqrt(variance) == pytest.approx(0.00128455, abs=5e-9)
    assert value_of(result.function, 1350.0) == close(6.23623090)


def test_weights_hold_reference_and_repeatability_through_the_gain_of_a_first_pass() -> None:
    raws, references = (0.0, 50.0, 100.0, 150.0), (0.0, 101.0, 199.0, 301.0)
    scatter, counts, expanded = (1.0, 2.0, 1.0, 3.0), (16, 25, 36, 9), (2.0, 1.0, 4.0, 2.0)
    gain = fit_polynomial([Point(x, y) for x, y in zip(raws, references, strict=True)]).coefficients[1]
    us = [math.hypot(gain * s / math.sqrt(n), u / 2) for s, n, u in zip(scatter, counts, expanded, strict=True)]
    expected = fit_polynomial([Point(x, y, u) for x, y, u in zip(raws, references, us, strict=True)])
    levels = {
        f"p{place}": Level(references[place], raws[place], scatter[place], counts[place], expanded[place])
        for place in range(4)
    }
    result = fitted(free(Method.POLYNOMIAL, levels))
    assert result.levels == tuple(close(u) for u in us)
    assert result.function.coefficients == tuple(close(one) for one in expected.coefficients)


def test_two_points_are_as_uncertain_at_each_point_as_that_point() -> None:
    run = free(Method.TWO_POINTS, {"a": Level(0, 18, 3, 9, expanded=2.0), "b": Level(1000, 1052, 3, 9, expanded=20.0)})
    run = decided(run, adjust=True)
    run = taken(run, "as_left", {"a": Level(0, 18, 3, 9), "b": Level(1000, 1052, 3, 9)})
    body = verdict(run, person="Ada", due="2027-01-01")
    assert body.uncertainty is not None
    bare = replace(body.uncertainty, constant=0.0, repeatability=0.0)
    gain = 1000 / 1034
    assert standard_uncertainty(bare, 18, 0) == close(math.hypot(gain * 1.0, 1.0))
    assert standard_uncertainty(bare, 1052, 1000) == close(math.hypot(gain * 1.0, 10.0))
    assert body.uncertainty.repeatability == close(3 * gain)


def test_many_points_with_one_reference_do_not_average_its_uncertainty_away() -> None:
    levels = {f"p{x}": Level(x, x + 1.0, 0.0, 1000, expanded=10.0) for x in range(0, 900, 100)}
    run = taken(decided(free(Method.POLYNOMIAL, levels), adjust=True), "as_left", levels)
    body = verdict(run, person="Ada", due="2027-01-01")
    assert body.uncertainty is not None
    for raw in (1.0, 401.0, 801.0):
        assert standard_uncertainty(body.uncertainty, raw, raw - 1.0) >= 5.0


def test_one_point_says_less_the_farther_values_lie_from_it() -> None:
    run = decided(free(Method.OFFSET, {"a": Level(425, 462, 2.0, 100, expanded=20.0)}), adjust=True)
    run = taken(run, "as_left", {"a": Level(425, 462, 2.0, 100, expanded=20.0)})
    body = verdict(run, person="Ada", due="2027-01-01")
    assert body.uncertainty is not None
    bare = replace(body.uncertainty, constant=0.0, repeatability=0.0)
    near, far = (standard_uncertainty(bare, raw, raw - 37) for raw in (462, 1462))
    assert near == close(math.hypot(0.2, 10.0))
    assert far == close(math.hypot(near, 1000 * 0.03 / math.sqrt(3)))


def test_what_the_device_left_wrong_stays_in_its_uncertainty() -> None:
    exact, wrong = (verdict(fresh_air(left=left), person="Ada", due="x").uncertainty for left in (425.0, 437.0))
    assert exact is not None
    assert wrong is not None
    near = standard_uncertainty(replace(exact, repeatability=0.0), 425.0, 425.0)
    far = standard_uncertainty(replace(wrong, repeatability=0.0), 437.0, 437.0)
    assert far == close(math.hypot(near, 12 / math.sqrt(3)))


@pytest.mark.parametrize(
    ("method", "levels", "words"),
    [
        (Method.TWO_POINTS, {"a": Level(0, 500, 1.0), "b": Level(1000, 505, 1.0)}, "closer than 10 times"),
        (Method.SEGMENTS, {"a": Level(0, 500, 1.0), "b": Level(1000, 505, 1.0)}, "told apart from noise"),
        (Method.SEGMENTS, {"a": Level(0, 500), "b": Level(1000, 500)}, "told apart from noise"),
        (Method.GAIN, {"a": Level(100, 0)}, "gives no gain"),
        (Method.POLYNOMIAL, {"a": Level(1, 5), "b": Level(2, 5), "c": Level(3, 5)}, "distinct levels"),
    ],
)
def test_what_gives_no_function_is_refused_with_advice(method: Method, levels: dict[str, Level], words: str) -> None:
    with pytest.raises(BadInput, match=words) as refusal:
        fitted(free(method, levels))
    assert "take the points again" in str(refusal.value)


def test_a_curve_needs_five_levels() -> None:
    levels = {f"p{x}": Level(x * x, x) for x in (1.0, 2.0, 3.0, 4.0)}
    with pytest.raises(BadInput, match="5 different levels"):
        fitted(free(Method.POLYNOMIAL, levels, degree=2))
    curve = fitted(free(Method.POLYNOMIAL, {**levels, "p5": Level(25.0, 5.0)}, degree=2)).function
    assert curve.coefficients == tuple(pytest.approx(one, abs=1e-9) for one in (0, 0, 1))
    assert gain_at(curve, 3.0) == pytest.approx(6.0)


def test_slope_and_offset_have_limits() -> None:
    run = found(start("sensirion_scd30", "co2_zero_span"), {"zero": Level(0, 18), "span": Level(1000, 1400)})
    with pytest.raises(BadInput, match=r"slope: 0\.72.*0\.9 to 1\.1"):
        fitted(run)
    run = found(start("sensirion_scd30", "co2_zero_span"), {"zero": Level(0, 100), "span": Level(1000, 1100)})
    with pytest.raises(BadInput, match="offset"):
        fitted(run)


def test_without_a_decision_to_adjust_nothing_is_changed() -> None:
    run = found(start("sensirion_scd30", "co2_zero_span"), {"zero": Level(0, 18), "span": Level(1000, 1052)})
    assert new_function(run) is None
    assert new_function(decided(run, adjust=False)) is None
    assert new_function(decided(run, adjust=True)) is not None


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=6, unique=True), st.floats(0.5, 2), st.floats(-50, 50))
def test_the_gain_of_segments_is_the_slope_between_their_knots(raws: list[float], gain: float, offset: float) -> None:
    knots = tuple((raw, gain * raw + offset) for raw in sorted({round(raw, 2) for raw in raws}))
    if len(knots) > 1:
        function = ValueFunction("segments", knots=knots)
        assert all(gain_at(function, raw) == pytest.approx(gain, rel=1e-6) for raw, _ in knots)
