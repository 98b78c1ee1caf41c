# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Tree biomass and carbon against the calibration reference's vectors TV-B1 to TV-B6."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.metrology import tree_carbon as tc
from edge_daemon.metrology.tree_carbon import HeightFree, JenkinsGroup

close = pytest.approx
diameters = st.floats(5, 212)
heights = st.floats(2, 80)
densities = st.floats(0.1, 1.2)


@pytest.mark.parametrize(
    ("diameter", "height", "density", "kg"),
    [(10, 10, 0.5, 28.9874350), (30, 22, 0.6, 638.316264), (50, 30, 0.6, 2341.803645)],
)
def test_tv_b1_with_height(diameter: float, height: float, density: float, kg: float) -> None:
    assert tc.chave_4(diameter, height, density) == close(kg, rel=1e-6)


@pytest.mark.parametrize(
    ("diameter", "density", "stress", "equation", "kg"),
    [
        (30, 0.6, 0.0, HeightFree.CHAVE_7, 628.884301),
        (30, 0.6, -0.1, HeightFree.CHAVE_7, 693.358581),
        (50, 0.6, 0.2, HeightFree.CHAVE_7, 1812.539822),
        (30, 0.6, 0.0, HeightFree.BIOMASS, 651.504645),
    ],
)
def test_tv_b2_without_height(diameter: float, density: float, stress: float, equation: HeightFree, kg: float) -> None:
    assert tc.without_height(diameter, density, stress, equation) == close(kg, rel=1e-6)


@pytest.mark.parametrize(
    ("diameter", "group", "kg"),
    [
        (30, JenkinsGroup.DOUGLAS_FIR, 437.215322),
        (30, JenkinsGroup.PINE, 312.928742),
        (30, JenkinsGroup.HARD_MAPLE_OAK, 526.628131),
        (10, JenkinsGroup.HARD_MAPLE_OAK, 36.3157900),
    ],
)
def test_tv_b3_species_groups(diameter: float, group: JenkinsGroup, kg: float) -> None:
    assert tc.jenkins(diameter, group) == close(kg, rel=1e-6)


def test_every_group_has_an_equation_that_grows() -> None:
    for group in JenkinsGroup:
        assert 0 < tc.jenkins(2.5, group) < tc.jenkins(50, group)


def test_tv_b4_carbon_and_co2() -> None:
    assert tc.carbon_kg(2341.803645) == close(1100.647713, rel=1e-6)
    assert tc.co2_kg(2341.803645) == close(4035.708282, rel=1e-6)


def test_tv_b5_increment() -> None:
    gained = tc.increment(30.00, 30.42, 22, 0.6, 0.01)
    assert gained.kg == close(17.5601271, rel=1e-6)
    assert tc.co2_kg(gained.kg) == close(30.2619524, rel=1e-6)
    assert tc.chave_4_slope(30, 22, 0.6) == close(41.5331116, rel=1e-6)
    assert gained.uncertainty_kg == close(0.591293, rel=1e-6)


def test_tv_b6_relative_uncertainty() -> None:
    measured = (0.005, 0.05, 0.08)
    fraction = tc.U_TROPICAL_CARBON_FRACTION / tc.TROPICAL_CARBON_FRACTION
    assert tc.relative_uncertainty(*measured) == close(0.0925915, rel=1e-6)
    assert tc.relative_uncertainty(*measured, tc.CHAVE_4_SIGMA) == close(0.3688119, rel=1e-6)
    assert tc.relative_uncertainty(*measured, tc.CHAVE_4_SIGMA, fraction) == close(0.3713929, rel=1e-6)


def test_impossible_trees_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="height_m"):
        tc.chave_4(10, 0, 0.5)
    with pytest.raises(ValueError, match="diameter_cm"):
        tc.without_height(-1, 0.5, 0)
    with pytest.raises(ValueError, match="density"):
        tc.without_height(10, math.nan, 0)
    with pytest.raises(ValueError, match=r"2\.5 cm"):
        tc.jenkins(2.4, JenkinsGroup.PINE)
    with pytest.raises(ValueError, match="uncertainty"):
        tc.increment(10, 11, 10, 0.5, -0.1)


@given(diameters, heights, densities, st.floats(0.001, 2))
def test_a_gain_is_the_slope_in_the_small_and_undone_by_the_way_back(d: float, h: float, rho: float, by: float) -> None:
    there, back = tc.increment(d, d + by, h, rho, 0.01), tc.increment(d + by, d, h, rho, 0.01)
    assert there.kg == close(-back.kg)
    assert there.uncertainty_kg == close(back.uncertainty_kg)
    low, high = tc.chave_4_slope(d, h, rho), tc.chave_4_slope(d + by, h, rho)
    assert low * by * (1 - 1e-9) <= there.kg <= high * by * (1 + 1e-9)
