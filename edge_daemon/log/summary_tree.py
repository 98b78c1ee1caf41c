# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the growth of one stem means for the CO2 that its tree holds, by the equation that the plan names. Pure.

Source: calibration reference, section 6.4. The tree's diameter at both ends is the one that a person measured, moved by
what the dendrometer read since; biomass is that of the second diameter less that of the first.

What the number is not. It is the gain of one tree, whose height and wood density are held constant: it is not the
forest's, and no number of trees multiplies it. The equations were fitted to many felled trees: a single one may lie
apart by their residual deviation, which is common to trees of a kind and does not average out with their number. It is
no claim: dead wood, soil, other trees, leakage and the baseline are the methodology's matter, and no total, anchor or
credit is made of it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from edge_daemon.log.plan_body import PlannedTree, TreeEquation
from edge_daemon.metrology.tree_carbon import (
    CHAVE_4_SIGMA,
    CHAVE_7_SIGMA,
    JENKINS_LEAST_CM,
    HeightFree,
    JenkinsGroup,
    chave_4,
    co2_kg,
    jenkins,
    without_height,
)

MM_PER_CM = 10.0
CHAVE_RANGE_CM = (5.0, 212.0)
"""Diameters of the trees that the equations of Chave et al. were fitted to."""

NoTree = Literal["changed", "out_of_range"]


@dataclass(frozen=True, slots=True)
class EquationFacts:
    """An equation's published name, the diameters that it holds for (cm), and its residual standard deviation on the
    logarithm of biomass, None where it is not known here."""

    name: str
    least_cm: float
    most_cm: float
    sigma: float | None


EQUATIONS: Mapping[TreeEquation, EquationFacts] = {
    "chave_4": EquationFacts("Chave et al. 2014, equation 4", *CHAVE_RANGE_CM, CHAVE_4_SIGMA),
    "chave_7": EquationFacts(HeightFree.CHAVE_7.value, *CHAVE_RANGE_CM, CHAVE_7_SIGMA),
    "biomass_7": EquationFacts(HeightFree.BIOMASS.value, *CHAVE_RANGE_CM, None),
    "jenkins": EquationFacts("Jenkins et al. 2003", JENKINS_LEAST_CM, math.inf, None),
}


@dataclass(frozen=True, slots=True)
class TreeGrowth:
    """The gain of one tree: diameters in cm, dry matter above ground and CO2 in kg, with roots where the plan gives
    their ratio.

    `co2_kilograms` and `biomass_kilograms` are None for the reason in `refused`: `changed`, the instrument or its
    calibration since the tree was measured; `out_of_range`, a diameter that the equation does not hold for.
    """

    tree: PlannedTree
    equation: EquationFacts
    before_cm: float | None = None
    after_cm: float | None = None
    biomass_kilograms: float | None = None
    co2_kilograms: float | None = None
    refused: NoTree | None = None


def tree_growth(tree: PlannedTree, before_mm: float, after_mm: float) -> TreeGrowth:
    """The gain between two readings of the change of diameter, in mm."""
    facts = EQUATIONS[tree.equation]
    before, after = (tree.diameter_cm + (at_mm - tree.reading_mm) / MM_PER_CM for at_mm in (before_mm, after_mm))
    if not (facts.least_cm <= min(before, after) and max(before, after) <= facts.most_cm):
        return TreeGrowth(tree, facts, before, after, refused="out_of_range")
    gained = biomass_kg(tree, after) - biomass_kg(tree, before)
    co2 = co2_kg(gained * (1.0 + tree.root_shoot), tree.carbon_fraction)
    return TreeGrowth(tree, facts, before, after, gained, co2)


def biomass_kg(tree: PlannedTree, diameter_cm: float) -> float:
    """Dry matter above ground of this tree at a diameter. Raises ValueError where its plan lacks what is needed."""
    match tree.equation:
        case "chave_4":
            return chave_4(diameter_cm, _given(tree.height_m), _given(tree.density_g_cm3))
        case "chave_7":
            return without_height(diameter_cm, _given(tree.density_g_cm3), _given(tree.stress), HeightFree.CHAVE_7)
        case "biomass_7":
            return without_height(diameter_cm, _given(tree.density_g_cm3), _given(tree.stress), HeightFree.BIOMASS)
        case "jenkins":
            return jenkins(diameter_cm, JenkinsGroup(tree.group))


def _given(value: float | None) -> float:
    if value is None:
        raise ValueError("the plan lacks what the equation needs of the tree")
    return value
