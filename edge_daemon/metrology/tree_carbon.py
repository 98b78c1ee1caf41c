# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Biomass, carbon and increments of trees from diameter, height and wood density. Pure.

Sources: Chave et al. (2014), equations 4 and 7; R package BIOMASS (its refit of equation 7); Jenkins et al. (2003);
IPCC (2006) for the carbon fraction. Diameters in cm at breast height, heights in m, densities in g/cm³, biomass in kg
of dry matter above ground. What is below ground follows from the methodology's root to shoot ratio, apart from this.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

CARBON_FRACTION = 0.47
TROPICAL_CARBON_FRACTION = 0.4713
U_TROPICAL_CARBON_FRACTION = 0.0206
CO2_PER_CARBON = 44 / 12

CHAVE_EXPONENT = 0.976
CHAVE_4_SIGMA = 0.357
CHAVE_7_SIGMA = 0.413
"""Residual standard deviations of the logarithm of biomass."""

JENKINS_LEAST_CM = 2.5


@dataclass(frozen=True, slots=True)
class _HeightFree:
    """ln AGB = constant + stress·E + density·ln ρ + diameter·ln D + curvature·(ln D)²."""

    constant: float
    stress: float
    density: float
    diameter: float
    curvature: float


class HeightFree(StrEnum):
    """Which equation without height: as published, or refitted by BIOMASS. They differ by some percent: name it."""

    CHAVE_7 = "Chave et al. 2014, equation 7"
    BIOMASS = "BIOMASS, refit of equation 7"


_HEIGHT_FREE = {
    HeightFree.CHAVE_7: _HeightFree(-1.803, -0.976, 0.976, 2.673, -0.0299),
    HeightFree.BIOMASS: _HeightFree(-2.023977, -0.89563505, 0.92023559, 2.79495823, -0.04606298),
}


class JenkinsGroup(StrEnum):
    """Species groups of Jenkins et al. (2003)."""

    CEDAR_LARCH = "cedar or larch"
    DOUGLAS_FIR = "Douglas-fir"
    TRUE_FIR_HEMLOCK = "true fir or hemlock"
    PINE = "pine"
    SPRUCE = "spruce"
    ASPEN_ALDER = "aspen, alder, cottonwood or willow"
    SOFT_MAPLE_BIRCH = "soft maple or birch"
    MIXED_HARDWOOD = "mixed hardwood"
    HARD_MAPLE_OAK = "hard maple, oak, hickory or beech"
    JUNIPER_OAK_MESQUITE = "juniper, oak or mesquite"


_JENKINS = {
    JenkinsGroup.CEDAR_LARCH: (-2.0336, 2.2592),
    JenkinsGroup.DOUGLAS_FIR: (-2.2304, 2.4435),
    JenkinsGroup.TRUE_FIR_HEMLOCK: (-2.5384, 2.4814),
    JenkinsGroup.PINE: (-2.5356, 2.4349),
    JenkinsGroup.SPRUCE: (-2.0773, 2.3323),
    JenkinsGroup.ASPEN_ALDER: (-2.2094, 2.3867),
    JenkinsGroup.SOFT_MAPLE_BIRCH: (-1.9123, 2.3651),
    JenkinsGroup.MIXED_HARDWOOD: (-2.4800, 2.4835),
    JenkinsGroup.HARD_MAPLE_OAK: (-2.0127, 2.4342),
    JenkinsGroup.JUNIPER_OAK_MESQUITE: (-0.7152, 1.7029),
}


@dataclass(frozen=True, slots=True)
class Amount:
    """A mass in kg with its standard uncertainty."""

    kg: float
    uncertainty_kg: float


def chave_4(diameter_cm: float, height_m: float, density_g_cm3: float) -> float:
    """Biomass in kg of a tropical tree with a known height (fitted for 5 to 212 cm). Raises ValueError for sizes that
    are not above 0."""
    _positive(diameter_cm=diameter_cm, height_m=height_m, density_g_cm3=density_g_cm3)
    return 0.0673 * math.pow(density_g_cm3 * diameter_cm**2 * height_m, CHAVE_EXPONENT)


def without_height(
    diameter_cm: float, density_g_cm3: float, stress: float, equation: HeightFree = HeightFree.CHAVE_7
) -> float:
    """Biomass in kg of a tropical tree from the environmental stress E of its place. Raises ValueError for sizes that
    are not above 0."""
    _positive(diameter_cm=diameter_cm, density_g_cm3=density_g_cm3)
    terms = _HEIGHT_FREE[equation]
    size = math.log(diameter_cm)
    return math.exp(
        terms.constant
        + terms.stress * stress
        + terms.density * math.log(density_g_cm3)
        + terms.diameter * size
        + terms.curvature * size**2
    )


def jenkins(diameter_cm: float, group: JenkinsGroup) -> float:
    """Biomass in kg of a tree in the United States. Raises ValueError below 2.5 cm, where the equations do not hold."""
    if not diameter_cm >= JENKINS_LEAST_CM:
        raise ValueError(f"these equations hold from {JENKINS_LEAST_CM:g} cm on; the diameter is {diameter_cm:g} cm")
    constant, slope = _JENKINS[group]
    return math.exp(constant + slope * math.log(diameter_cm))


def carbon_kg(biomass_kg: float, fraction: float = CARBON_FRACTION) -> float:
    """Carbon in dry matter."""
    return biomass_kg * fraction


def co2_kg(biomass_kg: float, fraction: float = CARBON_FRACTION) -> float:
    """CO2 that the carbon in dry matter was made of, by the markets' 44/12."""
    return carbon_kg(biomass_kg, fraction) * CO2_PER_CARBON


def chave_4_slope(diameter_cm: float, height_m: float, density_g_cm3: float) -> float:
    """kg of biomass for each cm of diameter, at this diameter."""
    return 2 * CHAVE_EXPONENT * chave_4(diameter_cm, height_m, density_g_cm3) / diameter_cm


def increment(before_cm: float, after_cm: float, height_m: float, density_g_cm3: float, u_diameter_cm: float) -> Amount:
    """Biomass gained between two diameters of one tree by equation 4; each diameter has this standard uncertainty.

    The uncertainty is that of the two diameters alone, from one instrument at its two readings. That of the equation is
    common to both and scales the gain as a whole (`relative_uncertainty`). Use daily maxima, not single readings: a
    stem swells and shrinks by tenths of a millimetre within a day. Raises ValueError for sizes that are not above 0.
    """
    if not u_diameter_cm >= 0:
        raise ValueError(f"a standard uncertainty is not below 0; it is {u_diameter_cm:g} cm")
    gained = chave_4(after_cm, height_m, density_g_cm3) - chave_4(before_cm, height_m, density_g_cm3)
    slopes = (chave_4_slope(size, height_m, density_g_cm3) for size in (before_cm, after_cm))
    return Amount(gained, u_diameter_cm * math.hypot(*slopes))


def relative_uncertainty(
    u_diameter: float, u_height: float, u_density: float, sigma: float = 0.0, u_carbon_fraction: float = 0.0
) -> float:
    """Relative standard uncertainty of one tree's biomass by equation 4, from relative uncertainties.

    `sigma` is the equation's own: mostly common to all trees of a species group, so it must not be divided by the root
    of their number. `u_carbon_fraction` belongs to an amount of carbon or CO2.
    """
    return math.hypot(
        2 * CHAVE_EXPONENT * u_diameter,
        CHAVE_EXPONENT * u_height,
        CHAVE_EXPONENT * u_density,
        sigma,
        u_carbon_fraction,
    )


def _positive(**sizes: float) -> None:
    for name, size in sizes.items():
        if not size > 0:
            raise ValueError(f"{name} must be above 0; it is {size:g}")
