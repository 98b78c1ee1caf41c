# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether an error lies within its limit, given how well the error is known. Pure.

Source: ILAC-G8 and JCGM 106:2012 with guard band w = U, as kept in the calibration reference, section 1.1.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

SIMPLE_RATIO = 4.0
SAME = 1e-9
"""Relative to the tolerance: numbers closer than this differ by what binary fractions make of decimals, no more."""


class Verdict(StrEnum):
    """Outcome of a check. The conditional ones lie closer to the limit than the uncertainty allows to tell."""

    PASS = "pass"
    CONDITIONAL_PASS = "conditional_pass"
    CONDITIONAL_FAIL = "conditional_fail"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Conformity:
    """The verdict, the limit that a plain pass keeps to, and how probably the true error is within tolerance."""

    verdict: Verdict
    acceptance_limit: float
    probability: float


def conformity(error: float, tolerance: float, expanded: float, factor: float = 2.0) -> Conformity:
    """Judge `error` against ±`tolerance` with the expanded uncertainty U = `expanded` of coverage factor k = `factor`.

    All in the channel's unit. An error that lies on a limit keeps to it, whatever its last binary digit says. Raises
    ValueError for a tolerance or factor that is not above 0, a negative uncertainty, or a number that is not finite.
    """
    numbers = (error, tolerance, expanded, factor)
    if not all(map(math.isfinite, numbers)) or tolerance <= 0 or expanded < 0 or factor <= 0:
        raise ValueError(f"an error of {error!r} ± {expanded!r} cannot be judged against ± {tolerance!r}")
    size = abs(error) - SAME * tolerance
    if size <= tolerance - expanded:
        verdict = Verdict.PASS
    elif size > tolerance + expanded:
        verdict = Verdict.FAIL
    else:
        verdict = Verdict.CONDITIONAL_PASS if size <= tolerance else Verdict.CONDITIONAL_FAIL
    return Conformity(verdict, max(0.0, tolerance - expanded), _probability(error, tolerance, expanded / factor))


def simple_acceptance_is_fair(tolerance: float, expanded: float) -> bool:
    """Whether a pass may be told without a guard band: the uncertainty is at most a quarter of the tolerance."""
    return expanded * SIMPLE_RATIO <= tolerance


def normalized_error(laboratory: float, u_laboratory: float, reference: float, u_reference: float) -> float:
    """Eₙ of two results with their expanded uncertainties; a size above 1 is unsatisfactory.

    Raises ValueError where neither has an uncertainty.
    """
    both = math.hypot(u_laboratory, u_reference)
    if both == 0:
        raise ValueError("two results without an uncertainty cannot be compared")
    return (laboratory - reference) / both


def _probability(error: float, tolerance: float, standard: float) -> float:
    if standard == 0:
        return 1.0 if abs(error) <= tolerance else 0.0
    spread = NormalDist(error, standard)
    return spread.cdf(tolerance) - spread.cdf(-tolerance)
