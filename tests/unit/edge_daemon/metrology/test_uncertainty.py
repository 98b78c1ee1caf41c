# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""GUM G.4 and the vectors of the calibration reference, sections 1.1 to 1.3, 2.4 and 2.5."""

import math
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.metrology.adjustment import Adjustment, days_until, drift_per_year, one_point, two_points
from edge_daemon.metrology.conformity import Verdict, conformity, normalized_error, simple_acceptance_is_fair
from edge_daemon.metrology.stability import StabilityLimits, Unmet, stability
from edge_daemon.metrology.uncertainty import (
    Contribution,
    budget,
    effective_freedom,
    from_certificate,
    rectangular,
    resolution,
    student,
)

S1 = (401.2, 400.8, 401.5, 400.9, 401.1, 401.4, 400.7, 401.0, 401.3, 400.9, 401.2, 401.0)
S = 1_000_000_000
LIMITS = StabilityLimits(settle_s=0, window_s=110, deviation=3, slope_per_minute=1, interval_s=10)


def close(expected: float, digits: float = 8) -> object:
    return pytest.approx(expected, rel=10**-digits)


def test_gum_g4() -> None:
    terms = [Contribution("a", 0.25, 9), Contribution("b", 0.57, 4), Contribution("c", 0.82, 14)]
    found = budget(terms)
    assert (found.combined, found.degrees_of_freedom) == (close(1.02946588), close(18.9987423))
    assert student(0.95, 19) == pytest.approx(2.09, abs=0.005)


def test_vector_u2_few_degrees_of_freedom_need_a_larger_factor() -> None:
    found = budget([Contribution("a", 3.1, 4), Contribution("b", 2.0), Contribution("c", 0.29)])
    assert (found.combined, found.degrees_of_freedom) == (close(3.70055401), close(8.12232206))
    assert student(0.95, 8) == close(2.30600414)
    assert found.factor == student(0.9545, 8)


@pytest.mark.parametrize(
    ("probability", "freedom", "expected"),
    [
        (0.95, 9, 2.262157163),
        (0.95, 1, 12.70620474),
        (0.95, 2, 4.302652730),
        (0.99, 5, 4.032142984),
        (0.95, 18, 2.1009220),
    ],
)
def test_students_factor(probability: float, freedom: int, expected: float) -> None:
    assert student(probability, freedom) == close(expected, 7)


def test_much_freedom_leads_on_to_the_normal_factor_without_counting_it() -> None:
    assert student(0.9545, 1001) == pytest.approx(student(0.9545, 1000), abs=1e-5)
    assert student(0.9545, 1001) < student(0.9545, 1000)
    assert student(0.95, 2000) == close(1.961151, 6)
    assert student(0.9545, 10**12) == pytest.approx(2.0, abs=1e-4)


def test_a_normal_budget_with_much_freedom_is_covered_by_two() -> None:
    assert budget([Contribution("a", 1.0), Contribution("b", 0.1, 3)]).factor == 2.0
    assert budget([]).expanded == 0.0


def test_terms_from_limits() -> None:
    assert rectangular("a", 3.0).standard == close(3 / math.sqrt(3))
    assert resolution("b", 1.0).standard == close(1 / math.sqrt(12))
    assert from_certificate("c", 4.0, 2.0).standard == 2.0
    with pytest.raises(ValueError, match="coverage factor"):
        from_certificate("c", 4.0, 0.0)
    with pytest.raises(ValueError, match="0 or more"):
        budget([Contribution("d", -1.0)])


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=8))
def test_freedom_never_exceeds_the_sum_of_what_went_in(terms: list[float]) -> None:
    contributions = [Contribution(str(place), term, 5) for place, term in enumerate(terms)]
    assert 5 * (1 - 1e-9) <= effective_freedom(contributions) <= 5 * len(terms) * (1 + 1e-9)


def test_vectors_g1_and_g2() -> None:
    first = conformity(0.15, 0.2, 0.08)
    assert (first.verdict, first.acceptance_limit) == (Verdict.CONDITIONAL_PASS, close(0.12))
    assert first.probability == close(0.8943502, 6)
    assert conformity(12, 50, 31).verdict is Verdict.PASS
    second = conformity(25, 50, 31)
    assert (second.verdict, second.probability) == (Verdict.CONDITIONAL_PASS, close(0.9466166, 6))
    assert conformity(-60, 50, 31).verdict is Verdict.CONDITIONAL_FAIL
    assert conformity(-90, 50, 31).verdict is Verdict.FAIL


def test_vector_g3() -> None:
    assert normalized_error(12.4, 1.5, 10.1, 1.2) == close(1.1973322, 7)
    assert normalized_error(401.1, 2, 400, 5) == close(0.2042649, 6)


def test_simple_acceptance_needs_four_to_one() -> None:
    assert simple_acceptance_is_fair(0.4, 0.1)
    assert not simple_acceptance_is_fair(0.39, 0.1)


@pytest.mark.parametrize("wrong", [(0, 0, 1), (0, 1, -1), (math.nan, 1, 1)])
def test_what_cannot_be_judged_is_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="cannot be judged"):
        conformity(*wrong)


def test_vectors_a1_to_a4() -> None:
    assert one_point(431.6, 400.0).value(812.0) == close(780.4)
    assert one_point(-0.14, 0.0).value(6.30) == close(6.44)
    co2 = two_points((18, 0), (1052, 1000), 3)
    assert co2.coefficients == (close(-17.40812379), close(0.9671179884))
    assert co2.value(735) == close(693.4235977)
    turbidity = two_points((0.12, 0), (121.3, 124), 0.1)
    assert turbidity.coefficients == (close(-0.1227925400), close(1.023271167))
    assert turbidity.value(50) == close(51.04076580)


def test_two_points_that_are_one_are_refused() -> None:
    with pytest.raises(ValueError, match="two different standards"):
        two_points((1, 5), (2, 5), 0.0)
    with pytest.raises(ValueError, match="closer"):
        two_points((1, 5), (10, 50), 1.0)


def test_a_curve_and_its_slope() -> None:
    curve = Adjustment((1.0, 2.0, 3.0))
    assert curve.value(2.0) == 17.0
    assert curve.gain(2.0) == 14.0


def test_vectors_t1_and_t2() -> None:
    assert drift_per_year(0, 52, 365) == close(52.0356164)
    drift = drift_per_year(-0.4, 2.6, 184)
    assert drift == close(5.95516304)
    assert days_until(5, -0.4, drift) == pytest.approx(331.2, abs=0.05)
    assert days_until(5, 0, 0) == math.inf
    assert days_until(5, -6, -1) == 0.0


def test_vector_s1_is_stable() -> None:
    found = stability([(10 * S * place, value) for place, value in enumerate(S1)], 0, LIMITS)
    assert (found.mean, found.deviation) == (close(401.0833333), close(0.2443296, 6))
    assert found.slope_per_minute == close(-0.03776224, 6)
    assert found.range == pytest.approx(0.8)
    assert found.is_stable


def test_vector_s2_is_not_stable_for_its_slope_alone() -> None:
    rising = [value + 0.25 * place for place, value in enumerate(S1)]
    found = stability([(10 * S * place, value) for place, value in enumerate(rising)], 0, LIMITS)
    assert (found.mean, found.deviation) == (close(402.4583333), close(0.9117499, 6))
    assert found.slope_per_minute == close(1.462238, 6)
    assert found.unmet == (Unmet.SLOPE,)


def test_a_window_that_is_not_full_says_how_long_it_still_needs() -> None:
    found = stability([(10 * S * place, value) for place, value in enumerate(S1[:5])], 0, LIMITS)
    assert Unmet.WINDOW in found.unmet
    assert found.remaining_s == 60


def test_a_hole_in_the_window_is_no_stability() -> None:
    times = [*range(0, 60, 10), *range(100, 160, 10)]
    found = stability([(t * S, 401.0) for t in times], 0, LIMITS)
    assert found.unmet == (Unmet.WINDOW,)


def test_what_came_before_the_standard_does_not_count() -> None:
    samples = [(10 * S * place, 400.0 + place) for place in accumulate([0] + [1] * 40)]
    found = stability(samples, 390 * S, LIMITS)
    assert found.count == 2
    assert Unmet.WINDOW in found.unmet


@pytest.mark.parametrize(
    ("error", "tolerance", "expanded", "verdict"),
    [
        (0.2, 0.3, 0.1, Verdict.PASS),  # 0.3 - 0.1 is 0.19999999999999998 as a binary fraction
        (5.2 - 5.0, 0.3, 0.1, Verdict.PASS),
        (0.1 + 0.2, 0.3, 0.1, Verdict.CONDITIONAL_PASS),
        (0.7 - 0.3, 0.3, 0.1, Verdict.CONDITIONAL_FAIL),  # 0.39999999999999997 against 0.4
        (0.1 + 0.3, 0.3, 0.1, Verdict.CONDITIONAL_FAIL),
        (-(0.1 + 0.2), 0.3, 0.0, Verdict.PASS),
        (0.2001, 0.3, 0.1, Verdict.CONDITIONAL_PASS),
        (0.3001, 0.3, 0.1, Verdict.CONDITIONAL_FAIL),
        (0.4001, 0.3, 0.1, Verdict.FAIL),
    ],
)
def test_an_error_on_a_limit_keeps_to_it(error: float, tolerance: float, expanded: float, verdict: Verdict) -> None:
    assert conformity(error, tolerance, expanded).verdict is verdict
