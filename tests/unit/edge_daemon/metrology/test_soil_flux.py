# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Soil CO2 flux against the references' vectors (FLX-1 to FLX-5, TV-F1 to TV-F3), and on synthetic chambers."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.metrology import soil_flux as sf
from edge_daemon.metrology.fit import Point, fit_polynomial
from edge_daemon.metrology.soil_flux import Air, Chamber
from edge_daemon.metrology.soil_flux_fits import (
    CO2Point,
    co2_when_closed,
    fit_exponential,
    fit_line,
    three_point_slope,
)
from edge_daemon.metrology.soil_flux_verdict import Flux, Outcome, Rules, evaluate

R_SHORT = 8.314
CARBON = 12.0107
TONNES_PER_HECTARE = 0.01
"""In a gram per square metre."""

CHAMBER, AIR = Chamber(5200, 320), Air(101.3, 20, 10)
close = pytest.approx


def course(
    start: float, limit: float, rate: float, *, seconds: float, step: float = 1.0, noise: float = 0.0, seed: int = 0
) -> list[CO2Point]:
    dice = random.Random(seed)
    times = [step * place for place in range(int(seconds / step) + 1)]
    return [CO2Point(t, limit + (start - limit) * math.exp(-rate * t) + dice.gauss(0, noise)) for t in times]


def straight(
    slope: float, *, seconds: float = 300, step: float = 2.0, noise: float = 0.0, seed: int = 0
) -> list[CO2Point]:
    dice = random.Random(seed)
    times = [step * place for place in range(int(seconds / step) + 1)]
    return [CO2Point(t, 420 + slope * t + dice.gauss(0, noise)) for t in times]


def outcomes(flux: Flux) -> dict[str, Outcome]:
    return {check.name: check.outcome for check in flux.checks}


def test_flx_1_equation_and_conversions() -> None:
    chamber, air = Chamber(4843, 317.8), Air(98.5, 22.4, 12.5)
    flux = 0.65 * sf.flux_term(chamber, air, R_SHORT)
    assert flux == close(3.921085, rel=1e-6)
    assert sf.co2_g_m2_h(flux) == close(0.621234, rel=1e-6)
    assert sf.carbon_g_m2_day(flux, CARBON) == close(4.069006, rel=1e-6)
    assert 0.65 * sf.flux_term(chamber, Air(98.5, 22.4), R_SHORT) == close(3.970719, rel=1e-6)
    assert 0.65 * sf.flux_term(chamber, air) == close(3.920867, rel=1e-6)


def test_flx_2_a_line_with_a_fine_determination_is_low_and_the_curve_is_chosen() -> None:
    points = course(420, 1500, 0.0016, seconds=180)
    said = {p.seconds: p.ppm for p in points}
    assert [said[t] for t in (0, 30, 60, 120, 180)] == close([420.0, 470.6155, 518.8589, 608.6686, 690.2575], abs=5e-5)
    found = evaluate(points, 20, CHAMBER, AIR, Rules(precision_ppm=1))
    assert found.linear.points == 161
    assert found.linear.slope == close(1.474948, rel=1e-6)
    assert found.linear.co2_at_closing == close(429.6433, abs=5e-5)
    assert found.linear.determination == close(0.998896, abs=5e-7)
    assert found.linear.rmse == close(2.2790, abs=5e-5)
    assert found.exponential is not None
    assert found.exponential.co2_at_closing == close(420, rel=1e-6)
    assert found.exponential.co2_limit == close(1500, rel=1e-6)
    assert found.exponential.rate == close(0.0016, rel=1e-6)
    assert found.exponential.slope == close(1.728, rel=1e-6)
    term = sf.flux_term(CHAMBER, AIR, R_SHORT)
    assert term == close(6.686488, rel=1e-6)
    assert found.linear.slope * term == close(9.862226, rel=1e-6)
    assert found.exponential.slope * term == close(11.554252, rel=1e-6)
    assert found.ratio == close(1.171566, rel=1e-6)
    assert found.chosen.model == "exponential"
    assert found.reason.startswith("Curve")
    assert found.flux == close(11.554252 * R_SHORT / sf.GAS_CONSTANT, rel=1e-6)
    assert found.outcome is Outcome.ACCEPT


def test_flx_3_three_points() -> None:
    slope = three_point_slope(420, 462, 498, 60)
    assert slope is not None
    assert slope == close(0.755338, rel=1e-6)
    assert slope * sf.flux_term(CHAMBER, AIR, R_SHORT) == close(5.050561, rel=1e-6)


@pytest.mark.parametrize("three", [(420, 462, 504), (420, 462, 510), (420, 462, 450), (420, 420, 430), (420, 430, 430)])
def test_three_points_that_do_not_slacken_have_no_curve(three: tuple[float, float, float]) -> None:
    assert three_point_slope(*three, 60) is None


def test_flx_4_the_dilution_by_vapour_enters_twice() -> None:
    first, second = sf.water_mmol_mol(62, 18.0, 100.2), sf.water_mmol_mol(71, 18.6, 100.2)
    assert (first, second) == close((12.744831, 15.154573), rel=1e-6)
    dry = sf.dry_ppm(430, first), sf.dry_ppm(505, second)
    assert dry == close((435.5510, 512.7708), abs=5e-5)
    slope = (dry[1] - dry[0]) / 120
    assert slope == close(0.643498, rel=1e-6)
    term = sf.flux_term(Chamber(6100, 410), Air(100.2, 18.0, first), R_SHORT)
    assert slope * term == close(3.912584, rel=1e-6)
    assert 0.625 * term == close(3.800111, rel=1e-6)


def test_flx_5_smallest_flux() -> None:
    term = sf.flux_term(CHAMBER, AIR, R_SHORT)
    assert sf.detectable(10, 300, term) == close(0.222883, rel=1e-5)
    assert sf.detectable(1, 120, term) == close(0.055721, rel=1e-5)


def test_tv_f1_and_f2() -> None:
    assert 0.85 * sf.flux_term(Chamber(4843.7, 317.8), Air(98.0, 25.5, 12)) == close(5.05159571, rel=1e-8)
    assert 0.5 * sf.flux_term(Chamber(6000, 500), Air(101.325, 20)) == close(2.49427181, rel=1e-8)


def test_tv_f3_carbon_of_a_day_and_a_year() -> None:
    assert sf.carbon_g_m2_day(5.05159571) == close(5.24229547, rel=1e-6)
    assert sf.carbon_g_m2_day(2.5) == close(2.594376, rel=1e-6)
    assert sf.carbon_g_m2_day(2.5) * 365.25 == close(947.595834, rel=1e-6)
    assert sf.carbon_g_m2_day(2.5) * 365.25 * TONNES_PER_HECTARE == close(9.47595834, rel=1e-6)
    assert sf.co2_g_m2_day(1) == close(3.80242080, rel=1e-8)
    assert sf.carbon_g_m2_day(1, CARBON) == close(1.037724, rel=1e-6)
    assert sf.co2_g_m2_h(1) == close(0.158434, rel=1e-5)


def test_the_stated_slope_uncertainty_of_a_slow_sensor() -> None:
    """10 ppm at 2 s over 300 s gives 0.0094 ppm/s."""
    spread = [fit_line(straight(0.5, noise=10, seed=seed)).u_slope for seed in range(40)]
    assert sum(spread) / len(spread) == close(0.0094, rel=0.05)


def test_the_uncertainty_of_the_flux_adds_what_the_chamber_adds() -> None:
    chamber, air = Chamber(5000, 400, 50, 4), Air(100, 20, 0, 0.5, 1)
    term = sf.flux_term(chamber, air)
    assert sf.u_flux(1.0, 0.0, Chamber(5000, 400), Air(100, 20)) == 0
    assert sf.u_flux(0.0, 0.01, chamber, air) == close(0.01 * term)
    parts = (0.01, 0.01, 0.005, 1 / 293.15, 0.02)
    assert sf.u_flux(1.0, 0.02, chamber, air) == close(term * math.hypot(*parts))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Chamber(0, 1),
        lambda: Chamber(1, -1),
        lambda: Chamber(1, 1, -1),
        lambda: Chamber(1, 1, 0, math.nan),
        lambda: Air(0, 20),
        lambda: Air(100, -274),
        lambda: Air(100, 20, 1000),
        lambda: Air(100, 20, 0, -1),
        lambda: Air(100, 20, 0, 0, -1),
    ],
)
def test_what_cannot_be_is_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError):
        make()


def test_without_enough_values_there_is_no_flux() -> None:
    with pytest.raises(ValueError, match="10 at least"):
        evaluate(straight(1, seconds=20), 10, CHAMBER, AIR, Rules(1))
    with pytest.raises(ValueError, match="instants"):
        fit_line([CO2Point(5, 400.0)] * 12)
    with pytest.raises(ValueError, match="finite"):
        fit_line([CO2Point(float(t), math.nan) for t in range(12)])
    with pytest.raises(ValueError, match="precision"):
        evaluate(straight(1), 10, CHAMBER, AIR, Rules(0))
    assert co2_when_closed(straight(1, seconds=10)) is None


# ---- the choice ------------------------------------------------------------------------------------------------------


def test_a_straight_course_stays_a_line() -> None:
    found = [evaluate(straight(0.5, noise=2, seed=seed), 30, CHAMBER, AIR, Rules(10)) for seed in range(20)]
    lines = [each for each in found if each.chosen.model == "linear"]
    assert len(lines) >= 15
    assert all(each.exponential is not None for each in found)


def test_a_course_that_steepens_is_a_line_and_says_so() -> None:
    points = [CO2Point(float(t), 420 + 0.2 * t + 0.002 * t * t) for t in range(200)]
    found = evaluate(points, 20, CHAMBER, AIR, Rules(30))
    assert found.chosen.model == "linear"
    assert "flatten" in found.reason


def test_a_curve_far_above_the_line_is_not_believed() -> None:
    points = course(420, 700, 0.03, seconds=300)
    found = evaluate(points, 10, CHAMBER, AIR, Rules(100))
    assert found.ratio is not None
    assert found.ratio > 2
    assert found.chosen is found.linear
    assert "above 2" in found.reason
    lenient = evaluate(points, 10, CHAMBER, AIR, Rules(0.5, most_ratio=30))
    assert lenient.chosen is lenient.exponential


def test_a_rate_that_the_precision_does_not_support_is_not_believed() -> None:
    found = evaluate(course(420, 500, 0.008, seconds=200), 0, CHAMBER, AIR, Rules(40, most_ratio=4))
    assert found.chosen is found.linear
    assert "supports" in found.reason


def test_no_flux_is_told_as_it_is_and_not_refused_for_its_determination() -> None:
    found = evaluate(straight(0.0, noise=3, seed=4), 30, CHAMBER, AIR, Rules(10))
    assert found.below_detection
    assert found.chosen is found.linear
    assert found.linear.determination < 0.2
    assert found.outcome is Outcome.ACCEPT
    assert "determination" not in outcomes(found)
    assert outcomes(found)["detection"] is Outcome.ACCEPT


def test_wild_scatter_is_refused_and_doubtful_scatter_is_reviewed() -> None:
    assert evaluate(straight(0.5, noise=80, seed=2), 30, CHAMBER, AIR, Rules(10)).outcome is Outcome.REJECT
    doubtful = evaluate(straight(0.5, noise=15, seed=2), 30, CHAMBER, AIR, Rules(10))
    assert outcomes(doubtful)["scatter"] is Outcome.REVIEW
    assert outcomes(doubtful)["determination"] is Outcome.REVIEW
    assert doubtful.outcome is Outcome.REVIEW


def test_too_few_values_too_large_a_flux_and_a_leap_at_the_closing_are_reviewed() -> None:
    few = evaluate(straight(0.5, seconds=30, step=1), 10, CHAMBER, AIR, Rules(1))
    assert outcomes(few)["samples"] is Outcome.REVIEW
    large = evaluate(straight(10), 30, CHAMBER, AIR, Rules(10))
    assert outcomes(large)["range"] is Outcome.REVIEW
    sinking = evaluate(straight(-1), 30, CHAMBER, AIR, Rules(10))
    assert outcomes(sinking)["range"] is Outcome.REVIEW
    leap = [CO2Point(p.seconds, p.ppm - (100 if p.seconds < 30 else 0)) for p in straight(0.5)]
    assert outcomes(evaluate(leap, 30, CHAMBER, AIR, Rules(10)))["intercept"] is Outcome.REVIEW


# ---- synthetic chambers ----------------------------------------------------------------------------------------------


@given(st.lists(st.floats(-5, 5), min_size=10, max_size=60), st.floats(-3, 3), st.floats(0.1, 20))
def test_the_line_is_the_exact_one(noise: list[float], slope: float, step: float) -> None:
    points = [CO2Point(place * step, 500 + slope * place * step + n) for place, n in enumerate(noise)]
    exact = fit_polynomial([Point(p.seconds, p.ppm) for p in points])
    found = fit_line(points)
    assert found.slope == close(exact.coefficients[1], rel=1e-5, abs=1e-6)
    assert found.co2_at_closing == close(exact.coefficients[0], rel=1e-6)


@given(
    st.floats(380, 800), st.floats(100, 3000), st.floats(0.0005, 0.02), st.sampled_from([1.0, 2.0]), st.floats(0, 60)
)
def test_a_curve_without_noise_is_found_exactly(
    start: float, above: float, rate: float, step: float, dead_band: float
) -> None:
    points = [p for p in course(start, start + above, rate, seconds=300, step=step) if p.seconds >= dead_band]
    found = fit_exponential(points)
    assert found is not None
    assert found.slope == close(rate * above, rel=1e-5)
    assert found.co2_at_closing == close(start, rel=1e-6)


@given(st.floats(300, 3000), st.floats(0.001, 0.01), st.floats(0.2, 3), st.integers(0, 10_000))
def test_a_curve_in_noise_is_found_within_its_uncertainty(above: float, rate: float, noise: float, seed: int) -> None:
    found = fit_exponential(
        [p for p in course(420, 420 + above, rate, seconds=300, noise=noise, seed=seed) if p.seconds >= 30]
    )
    assert found is not None
    assert abs(found.slope - rate * above) <= 6 * found.u_slope
    assert found.residual_deviation == close(noise, rel=0.3)


def test_two_of_three_fluxes_lie_within_one_uncertainty() -> None:
    true = 0.004 * 500 * sf.flux_term(CHAMBER, AIR)
    hits = []
    for seed in range(200):
        found = evaluate(course(420, 920, 0.004, seconds=240, noise=1, seed=seed), 20, CHAMBER, AIR, Rules(1.5))
        assert found.chosen.model == "exponential"
        hits.append(abs(found.flux - true) <= found.uncertainty)
    assert 0.58 <= sum(hits) / len(hits) <= 0.78


@given(st.lists(st.floats(300, 5000), min_size=10, max_size=40), st.floats(0, 5))
def test_whatever_the_course_there_is_a_verdict_with_a_reason(values: list[float], dead_band: float) -> None:
    points = [CO2Point(2.0 * place, value) for place, value in enumerate(values)]
    if sum(point.seconds >= dead_band for point in points) < 10:
        with pytest.raises(ValueError, match="10 at least"):
            evaluate(points, dead_band, CHAMBER, AIR, Rules(10))
        return
    found = evaluate(points, dead_band, CHAMBER, AIR, Rules(10))
    assert math.isfinite(found.flux)
    assert math.isfinite(found.uncertainty)
    assert found.reason
    assert found.chosen in {found.linear, found.exponential}
    assert found.outcome in Outcome
