# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a stem's growth means for its tree: vectors of the calibration reference, section 6.4."""

from dataclasses import replace

import pytest

from edge_daemon.log.plan_body import PlannedTree
from edge_daemon.log.summary_tree import biomass_kg, tree_growth
from tests.unit.edge_daemon.log.test_plan_tree import TREE


def test_vector_b5_from_readings_of_the_dendrometer() -> None:
    """30.00 to 30.42 cm: the dendrometer read 6.44 mm when the tree had 30 cm, and 4.2 mm more at the end."""
    grown = tree_growth(TREE, 6.44, 6.44 + 4.2)
    assert (grown.before_cm, grown.after_cm) == pytest.approx((30.0, 30.42))
    assert grown.biomass_kilograms == pytest.approx(17.5601271, rel=1e-6)
    assert grown.co2_kilograms == pytest.approx(30.2619524, rel=1e-6)
    assert (grown.equation.name, grown.equation.sigma) == ("Chave et al. 2014, equation 4", 0.357)


def test_a_tree_that_was_measured_long_ago_is_as_thick_as_it_has_become() -> None:
    grown = tree_growth(replace(TREE, diameter_cm=28.0), 6.44 + 20.0, 6.44 + 24.2)
    assert grown.biomass_kilograms == pytest.approx(17.5601271, rel=1e-6)


def test_roots_and_the_carbon_fraction_are_the_plans_and_a_shrinking_stem_loses() -> None:
    rooted = tree_growth(replace(TREE, root_shoot=0.25, carbon_fraction=0.4713), 6.44, 10.64)
    assert rooted.co2_kilograms == pytest.approx(30.2619524 * 1.25 * 0.4713 / 0.47, rel=1e-6)
    assert rooted.biomass_kilograms == pytest.approx(17.5601271, rel=1e-6)
    back = tree_growth(TREE, 10.64, 6.44)
    assert back.co2_kilograms == pytest.approx(-30.2619524, rel=1e-6)


@pytest.mark.parametrize(
    ("tree", "biomass"),
    [
        (TREE, 638.316264),
        (replace(TREE, equation="chave_7", stress=0.0), 628.884301),
        (replace(TREE, equation="chave_7", stress=-0.1), 693.358581),
        (replace(TREE, equation="biomass_7", stress=0.0), 651.504645),
        (replace(TREE, equation="jenkins", group="Douglas-fir"), 437.215322),
        (replace(TREE, equation="jenkins", group="pine"), 312.928742),
    ],
)
def test_the_plan_names_the_equation(tree: PlannedTree, biomass: float) -> None:
    assert biomass_kg(tree, 30.0) == pytest.approx(biomass, rel=1e-6)


def test_beyond_the_trees_that_an_equation_was_fitted_to_there_is_no_number() -> None:
    small = tree_growth(replace(TREE, diameter_cm=4.9), 6.44, 8.0)
    assert (small.co2_kilograms, small.biomass_kilograms, small.refused) == (None, None, "out_of_range")
    large = tree_growth(replace(TREE, diameter_cm=211.9), 6.44, 8.0)
    assert (large.co2_kilograms, large.refused) == (None, "out_of_range")
    sapling = replace(TREE, equation="jenkins", group="pine", diameter_cm=2.4)
    assert tree_growth(sapling, 6.44, 8.0).refused == "out_of_range"
