# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Combined and expanded uncertainty. Pure.

Source: JCGM 100:2008 (GUM), G.4; calibration reference, section 2.4.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Literal

COVERAGE = 0.9545
"""Probability that k = 2 stands for with a normal distribution."""

ENOUGH_FREEDOM = 10
MUCH_FREEDOM = 1000
"""From here on Student's factor follows from the normal one; the exact sum takes as many steps as there is freedom."""

FREEDOM_TOLERANCE = 0.01
"""18.999 degrees of freedom are 19 with a rounded input: cutting them to 18 would be wrong (GUM G.4, example)."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """One term of the budget: standard uncertainty times sensitivity, in the result's unit.

    `degrees_of_freedom` is infinite for what is known from a certificate or a maker's limit.
    """

    name: str
    standard: float
    degrees_of_freedom: float = math.inf
    distribution: Literal["normal", "rectangular", "t"] = "normal"


def rectangular(name: str, half_width: float) -> Contribution:
    """A limit ±`half_width` within which every value is as likely."""
    return Contribution(name, half_width / math.sqrt(3), distribution="rectangular")


def resolution(name: str, step: float) -> Contribution:
    """The last digit of a display or a converter."""
    return Contribution(name, step / math.sqrt(12), distribution="rectangular")


def from_certificate(name: str, expanded: float, factor: float) -> Contribution:
    """An expanded uncertainty U with its coverage factor k. Raises ValueError for a factor that is not above 0."""
    if factor <= 0:
        raise ValueError(f"a coverage factor of {factor!r} is not above 0")
    return Contribution(name, expanded / factor)


@dataclass(frozen=True, slots=True)
class Budget:
    """Combined standard uncertainty, effective degrees of freedom, coverage factor and expanded uncertainty."""

    contributions: tuple[Contribution, ...]
    combined: float
    degrees_of_freedom: float
    factor: float
    expanded: float


def budget(contributions: Sequence[Contribution]) -> Budget:
    """Combine independent contributions; the coverage is 95.45 %.

    k is 2 from ten degrees of freedom on when the largest contribution is normal, else Student's factor. Raises
    ValueError for a term that is negative, not finite or without freedom.
    """
    for term in contributions:
        if not (math.isfinite(term.standard) and term.standard >= 0 and term.degrees_of_freedom > 0):
            raise ValueError(f"{term.name}: a standard uncertainty of 0 or more, with some freedom, is needed")
    combined = math.sqrt(math.fsum(term.standard**2 for term in contributions))
    freedom = effective_freedom(contributions)
    largest = max(contributions, key=lambda term: term.standard, default=None)
    plain = freedom >= ENOUGH_FREEDOM and (largest is None or largest.distribution == "normal")
    whole = math.inf if math.isinf(freedom) else math.floor(freedom + FREEDOM_TOLERANCE)
    factor = 2.0 if plain or math.isinf(whole) else student(COVERAGE, max(1, int(whole)))
    return Budget(tuple(contributions), combined, freedom, factor, factor * combined)


def effective_freedom(contributions: Sequence[Contribution]) -> float:
    """Effective degrees of freedom by Welch and Satterthwaite; infinite when no term is uncertain of itself."""
    combined_squared = math.fsum(term.standard**2 for term in contributions)
    spread = math.fsum(term.standard**4 / term.degrees_of_freedom for term in contributions)
    return combined_squared**2 / spread if spread > 0 else math.inf


@lru_cache(maxsize=512)
def student(probability: float, freedom: int) -> float:
    """Student's factor: ±t holds `probability` of the distribution with `freedom` degrees of freedom.

    Source of the distribution function: Abramowitz and Stegun, 26.7.3 and 26.7.4; with much freedom 26.7.5. Raises
    ValueError outside 0 to 1, or without freedom.
    """
    if not 0 < probability < 1 or freedom < 1:
        raise ValueError(f"no factor for a probability of {probability!r} with {freedom} degrees of freedom")
    if freedom > MUCH_FREEDOM:
        return _expanded_about_normal(NormalDist().inv_cdf((1 + probability) / 2), freedom)
    low, high = 0.0, 1.0
    while _within(high, freedom) < probability:
        high *= 2
    while high - low > 1e-13 * high:
        middle = (low + high) / 2
        if middle in {low, high}:
            break
        low, high = (middle, high) if _within(middle, freedom) < probability else (low, middle)
    return (low + high) / 2


def _expanded_about_normal(x: float, freedom: int) -> float:
    first = (x**3 + x) / 4
    second = (5 * x**5 + 16 * x**3 + 3 * x) / 96
    third = (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384
    return x + first / freedom + second / freedom**2 + third / freedom**3


def _within(t: float, freedom: int) -> float:
    """Probability of lying between -t and t."""
    angle = math.atan(t / math.sqrt(freedom))
    cosine = math.cos(angle)
    odd = freedom % 2
    if freedom == 1:
        return 2 * angle / math.pi
    term, terms = (cosine, []) if odd else (1.0, [])
    for step in range(odd + 2, freedom + 1, 2):
        terms.append(term)
        term *= cosine * cosine * (step - 1) / step
    total = math.sin(angle) * math.fsum(terms)
    return 2 * (angle + total) / math.pi if odd else total
