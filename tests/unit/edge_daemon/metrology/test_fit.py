# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Certified values: NIST StRD, GUM H.3, and the vectors of the calibration reference, sections 2.1 to 2.3 and 2.6."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.metrology.fit import Fit, Point, fit_polynomial, read_back

NORRIS = """0.1 0.2/338.8 337.4/118.1 118.2/888.0 884.6/9.2 10.1/228.1 226.5/668.5 666.3/998.5 996.3/449.1 448.6/
778.9 777.0/559.2 558.2/0.3 0.4/0.1 0.6/778.1 775.5/668.8 666.9/339.3 338.0/448.9 447.5/10.8 11.6/557.7 556.0/
228.3 228.1/998.0 995.8/888.8 887.6/119.6 120.2/0.3 0.3/0.6 0.3/557.6 556.8/339.3 339.1/888.0 887.2/998.5 999.0/
778.9 779.0/10.2 11.1/117.6 118.3/228.9 229.2/668.4 669.1/449.2 448.9/0.2 0.5"""
PONTIUS = """.11019 .21956 .32949 .43899 .54803 .65694 .76562 .87487 .98292 1.09146 1.20001 1.30822 1.41599
1.52399 1.63194 1.73947 1.84646 1.95392 2.06128 2.16844 .11052 .22018 .32939 .43886 .54798 .65739
.76596 .87474 .98300 1.09150 1.20004 1.30818 1.41613 1.52408 1.63159 1.73965 1.84696 1.95445 2.06177
2.16829"""
WAMPLER = (
    "759 -2048 2048 -2048 2523 -2048 2048 -2048 1838 -2048 2048 -2048 1838 -2048 2048 -2048 2523 -2048 2048 -2048 759"
)
WAMPLER_3_DEVIATIONS = (
    2152.32624678170,
    2363.55173469681,
    779.343524331583,
    101.475507550350,
    5.64566512170752,
    0.112324854679312,
)
THERMOMETER_T = (21.521, 22.012, 22.512, 23.003, 23.507, 23.999, 24.513, 25.002, 25.503, 26.010, 26.511)
THERMOMETER_B = (-0.171, -0.169, -0.166, -0.159, -0.164, -0.165, -0.156, -0.157, -0.159, -0.161, -0.160)


def close(expected: float, digits: float) -> object:
    return pytest.approx(expected, rel=10**-digits)


def wampler(scale: int) -> Fit:
    residuals = map(int, WAMPLER.split())
    points = [Point(x, sum(x**power for power in range(6)) + scale * d) for x, d in enumerate(residuals)]
    return fit_polynomial(points, 5)


def vector_l1() -> Fit:
    columns = "0 100 200 400 800", "1.2 103.9 205.8 410.5 821.0", "0.5 0.6 0.8 1.3 2.4"
    return fit_polynomial(
        [Point(*map(float, row)) for row in zip(*(column.split() for column in columns), strict=True)]
    )


def thermometer() -> Fit:
    return fit_polynomial([Point(round(t - 20, 3), b) for t, b in zip(THERMOMETER_T, THERMOMETER_B, strict=True)])


def test_norris() -> None:
    pairs = [pair.split() for pair in NORRIS.replace("\n", "").split("/")]
    fit = fit_polynomial([Point(float(x), float(y)) for y, x in pairs])
    assert fit.coefficients == (close(-0.262323073774029, 13), close(1.00211681802045, 13))
    assert fit.uncertainties == (close(0.232818234301152, 13), close(0.429796848199937e-3, 13))
    assert fit.residual_deviation == close(0.884796396144373, 13)
    assert fit.determination == close(0.999993745883712, 13)
    assert fit.covariance[0][1] == close(-7.74327536316e-5, 11)
    assert max(map(abs, fit.residuals)) == close(2.3523781, 7)


def test_pontius() -> None:
    ys = list(map(float, PONTIUS.split()))
    fit = fit_polynomial([Point(150_000 * (place % 20 + 1), y) for place, y in enumerate(ys)], 2)
    assert fit.coefficients == tuple(
        close(c, 13) for c in (0.673565789473684e-3, 0.732059160401003e-6, -0.316081871345029e-14)
    )
    assert fit.uncertainties == tuple(
        close(u, 13) for u in (0.107938612033077e-3, 0.157817399981659e-9, 0.486652849992036e-16)
    )
    assert fit.residual_deviation == close(0.205177424076185e-3, 13)
    assert fit.determination == close(0.999999900178537, 13)


@pytest.mark.parametrize(
    ("scale", "deviation", "determination"),
    [
        (1, 2360.14502379268, 0.999995559025820),
        (100, 236014.502379268, 0.957478440825662),
        (10_000, 23601450.2379268, 0.00224668921574940),
    ],
)
def test_wampler(scale: int, deviation: float, determination: float) -> None:
    fit = wampler(scale)
    assert fit.coefficients == (1.0,) * 6
    assert fit.uncertainties == tuple(close(scale * u, 13) for u in WAMPLER_3_DEVIATIONS)
    assert fit.residual_deviation == close(deviation, 13)
    assert fit.determination == close(determination, 12)


def test_an_exact_fit_says_that_its_uncertainty_cannot_be_estimated() -> None:
    fit = wampler(0)
    assert fit.exact
    assert fit.coefficients == (1.0,) * 6
    assert (fit.residual_deviation, fit.determination) == (0.0, 1.0)
    assert not wampler(1).exact


def test_gum_h3() -> None:
    fit = thermometer()
    assert fit.coefficients == (close(-0.171203790131, 11), close(0.00218269773989, 11))
    assert fit.uncertainties == (close(0.002877597835, 9), close(0.0006679387732, 9))
    assert fit.covariance[0][1] / math.prod(fit.uncertainties) == close(-0.9304296, 7)
    assert fit.residual_deviation == close(0.003497563964, 9)
    assert fit.degrees_of_freedom == 9
    assert (fit.value(10), fit.uncertainty(10)) == (close(-0.1493768127, 9), close(0.0041385958, 7))
    assert (fit.value(4), fit.uncertainty(4)) == (close(-0.1624729992, 9), close(0.0010545703, 7))
    assert math.hypot(fit.uncertainty(10), fit.residual_deviation) == close(0.0054185726, 7)
    assert max(map(abs, fit.residuals)) == close(0.0056491488, 7)
    assert fit.determination == close(0.5426501457, 9)


def test_vector_l1_weighted_with_known_uncertainties() -> None:
    fit = vector_l1()
    assert fit.coefficients == (close(1.25698106, 8), close(1.02392612, 8))
    assert fit.uncertainties == (close(0.40979872, 7), close(0.00227265, 5))
    assert fit.covariance[0][1] == close(-0.000547857312, 8)
    assert fit.chi_squared == close(0.40520633, 7)
    assert fit.birge_ratio == close(math.sqrt(0.13506878), 7)
    assert fit.residuals == tuple(close(r, 6) for r in (-0.05698106, 0.25040741, -0.24220411, -0.32742715, 0.60212677))
    assert (fit.value(500), fit.uncertainty(500)) == (close(513.220039, 8), close(0.95462686, 7))


def test_points_that_scatter_more_than_they_claim_widen_the_uncertainty() -> None:
    calm = fit_polynomial([Point(x, x, 1.0) for x in range(5)])
    wild = fit_polynomial([Point(x, x + 10 * (-1) ** x, 1.0) for x in range(5)])
    assert wild.birge_ratio is not None
    assert wild.birge_ratio > 1
    assert wild.uncertainties[1] == pytest.approx(calm.uncertainties[1] * wild.birge_ratio)


def test_vectors_l3_and_l4_read_back() -> None:
    read = read_back(vector_l1(), 300, 0.9)
    assert (read.x, read.u) == (close(291.762281, 8), close(1.02332934, 7))
    assert read_back(vector_l1(), 821.0, 0).x == close(800.588053, 8)


def test_extrapolation_is_known() -> None:
    fit = vector_l1()
    assert fit.extrapolates(-1)
    assert fit.extrapolates(801)
    assert not fit.extrapolates(800)


@pytest.mark.parametrize(
    ("points", "degree", "words"),
    [
        ([Point(1, 1)] * 5, 1, "distinct levels"),
        ([Point(1, 1), Point(2, 2)], 1, "3 at least"),
        ([Point(1, 1), Point(2, 2), Point(3, math.nan)], 1, "not finite"),
        ([Point(1, 1, 0.0), Point(2, 2, 1.0), Point(3, 3, 1.0)], 1, "above 0"),
        ([Point(1, 1, 1.0), Point(2, 2), Point(3, 3)], 1, "either all"),
        ([Point(x, x) for x in range(9)], 6, "1 to 5"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(points: list[Point], degree: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        fit_polynomial(points, degree)


@given(st.tuples(st.floats(-100, 100), st.floats(-10, 10)), st.sets(st.integers(-1000, 1000), min_size=3, max_size=12))
def test_points_on_a_line_give_the_line(line: tuple[float, float], xs: set[int]) -> None:
    fit = fit_polynomial([Point(x, line[0] + line[1] * x) for x in xs])
    assert fit.coefficients == pytest.approx(line, abs=1e-9)
