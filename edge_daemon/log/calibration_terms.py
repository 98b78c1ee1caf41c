# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What calibration entries are made of: functions, their uncertainty, judged points. Values only."""

from dataclasses import dataclass
from typing import Literal

Stage = Literal["as_found", "as_left"]
Outcome = Literal["pass", "conditional_pass", "conditional_fail", "fail"]


@dataclass(frozen=True, slots=True)
class ValueFunction:
    """From raw to value. `polynomial`: Σ coefficients[i] · rawⁱ. `segments`: straight lines between `knots`
    (raw, value; raw ascending), the outer ones continued. `span` is the raw range of the points it was made from."""

    form: Literal["polynomial", "segments"]
    coefficients: tuple[float, ...] = ()
    knots: tuple[tuple[float, float], ...] = ()
    span: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class ValueUncertainty:
    """Standard uncertainty of a value: u² = g·covariance·gᵀ + level² + constant² + (relative · value)² +
    repeatability², g = (1, raw, raw² …).

    `covariance` belongs to the coefficients of a polynomial, empty otherwise; `levels` to the knots of segments, as
    (raw, standard uncertainty) with raw ascending: `calibration_values` makes the level of them. `repeatability` is the
    part that is new in every reading, so that a mean has less of it; all else they share. `degrees_of_freedom` None is
    infinite; `factor` is the coverage factor for 95.45 %. `span` is the raw range of the points it was found at; None
    where that is the function's, or none is told.
    """

    constant: float
    relative: float = 0.0
    covariance: tuple[tuple[float, ...], ...] = ()
    degrees_of_freedom: float | None = None
    factor: float = 2.0
    repeatability: float = 0.0
    span: tuple[float, float] | None = None
    levels: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """One line of an uncertainty budget, as a standard uncertainty. `degrees_of_freedom` None is infinite."""

    name: str
    standard: float
    distribution: str
    degrees_of_freedom: float | None = None


@dataclass(frozen=True, slots=True)
class PointResult:
    """A point judged: error = indication - reference, with its expanded uncertainty and the tolerance there."""

    point: str
    reference: float
    indication: float
    error: float
    expanded_uncertainty: float
    factor: float
    tolerance: float
    outcome: Outcome
    probability: float
    budget: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class FitResult:
    """What the fit behind a function came to; residuals in the order of the points."""

    residuals: tuple[float, ...]
    residual_deviation: float
    degrees_of_freedom: int
    determination: float
    birge_ratio: float | None
    levels: int


@dataclass(frozen=True, slots=True)
class ElectrodeResult:
    """An electrode's slope per pH at the run's temperature and brought to 25 °C, its share of Nernst's, and the voltage
    at pH 7. Source: calibration reference, section 1.4.9."""

    slope_mv: float
    slope25_mv: float
    efficiency_percent: float
    zero_mv: float
    accepted: bool
