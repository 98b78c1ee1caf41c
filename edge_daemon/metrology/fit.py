# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Weighted polynomial least squares with covariance, residuals and the uncertainty of a prediction. Pure.

Source: calibration reference, sections 2.1 and 2.2. All sums are rational numbers, exact for the decimals a person or a
certificate gives, so no basis has to be chosen and no digit is lost to the arithmetic; only square roots are floats.
A calibration has tens of points, so this costs milliseconds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

MOST_DEGREE = 5

_Row = list[Fraction]
_Matrix = list[_Row]


@dataclass(frozen=True, slots=True)
class Point:
    """A point to fit: `u` is the standard uncertainty of `y`, None where it is not known."""

    x: float
    y: float
    u: float | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """y = Σ coefficients[i] · xⁱ.

    `covariance` belongs to the coefficients. With known uncertainties it is (XᵀWX)⁻¹ and `birge_ratio` tells whether
    the points scatter more than these explain; above 1 the covariance is scaled by its square. With unknown ones it is
    s²·(XᵀX)⁻¹ and the ratio is None. `residual_deviation` is s (weighted, where uncertainties are known). `exact`: no
    residual at all, so an uncertainty cannot be estimated from the points.
    """

    coefficients: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    residuals: tuple[float, ...]
    degrees_of_freedom: int
    levels: int
    chi_squared: float
    residual_deviation: float
    determination: float
    birge_ratio: float | None
    span: tuple[float, float]
    _coefficients: tuple[Fraction, ...] = field(repr=False)
    _covariance: tuple[tuple[Fraction, ...], ...] = field(repr=False)

    @property
    def exact(self) -> bool:
        """Whether every residual is zero."""
        return not any(self.residuals)

    @property
    def uncertainties(self) -> tuple[float, ...]:
        """Standard uncertainty of each coefficient."""
        return tuple(_root(self._covariance[i][i]) for i in range(len(self._coefficients)))

    def value(self, x: float) -> float:
        """The fitted y at x."""
        return float(sum(c * p for c, p in zip(self._coefficients, _powers(x, len(self._coefficients)), strict=True)))

    def uncertainty(self, x: float) -> float:
        """Standard uncertainty of the fitted y at x, from the fit alone."""
        powers = _powers(x, len(self._coefficients))
        return _root(
            sum(
                (a * b * self._covariance[i][j] for i, a in enumerate(powers) for j, b in enumerate(powers)),
                Fraction(0),
            )
        )

    def extrapolates(self, x: float) -> bool:
        """Whether x lies outside the points that were fitted."""
        return not self.span[0] <= x <= self.span[1]


def fit_polynomial(points: Sequence[Point], degree: int = 1) -> Fit:
    """Fit a polynomial of `degree` to the points; weights 1/u² when every point has an uncertainty, else none.

    Raises ValueError for a degree outside 1 to 5, numbers that are not finite, an uncertainty that is not above 0 or is
    given for some points only, and for too few distinct levels of x (degree + 1) or points (degree + 2).
    """
    _check(points, degree)
    weights = [1 / _exact(p.u) ** 2 if p.u is not None else Fraction(1) for p in points]
    known = points[0].u is not None
    rows = [_powers(p.x, degree + 1) for p in points]
    ys = [_exact(p.y) for p in points]
    inverse = _inverted(_normal(rows, weights))
    moments = [
        sum((w * row[i] * y for w, row, y in zip(weights, rows, ys, strict=True)), Fraction(0))
        for i in range(degree + 1)
    ]
    coefficients = [sum((a * b for a, b in zip(line, moments, strict=True)), Fraction(0)) for line in inverse]
    residuals = [
        y - sum((c * p for c, p in zip(coefficients, row, strict=True)), Fraction(0))
        for y, row in zip(ys, rows, strict=True)
    ]
    freedom = len(points) - degree - 1
    chi_squared = sum((w * r * r for w, r in zip(weights, residuals, strict=True)), Fraction(0))
    variance = chi_squared / freedom
    scale = max(variance, Fraction(1)) if known else variance
    covariance = tuple(tuple(cell * scale for cell in line) for line in inverse)
    return Fit(
        coefficients=tuple(map(float, coefficients)),
        covariance=tuple(tuple(map(float, line)) for line in covariance),
        residuals=tuple(map(float, residuals)),
        degrees_of_freedom=freedom,
        levels=len({p.x for p in points}),
        chi_squared=float(chi_squared),
        residual_deviation=_root(variance),
        determination=_determination(ys, weights, chi_squared),
        birge_ratio=_root(variance) if known else None,
        span=(min(p.x for p in points), max(p.x for p in points)),
        _coefficients=tuple(coefficients),
        _covariance=covariance,
    )


@dataclass(frozen=True, slots=True)
class Inverse:
    """The x that a straight line gives for a y, with its standard uncertainty."""

    x: float
    u: float


def read_back(line: Fit, y: float, u_y: float) -> Inverse:
    """Inverse reading (section 2.2). Raises ValueError for a curve, or a line without slope."""
    if len(line.coefficients) != 2 or line.coefficients[1] == 0:
        raise ValueError("only a straight line with a slope can be read backwards")
    (b0, b1), (first, second) = line.coefficients, line.covariance
    x = (y - b0) / b1
    variance = (u_y**2 + first[0] + x * x * second[1] + 2 * x * first[1]) / b1**2
    return Inverse(x, math.sqrt(variance))


def _check(points: Sequence[Point], degree: int) -> None:
    if not 1 <= degree <= MOST_DEGREE:
        raise ValueError(f"a polynomial of degree {degree}: 1 to {MOST_DEGREE} is allowed")
    numbers = [number for p in points for number in (p.x, p.y, p.u if p.u is not None else 1.0)]
    if not all(map(math.isfinite, numbers)):
        raise ValueError("a point holds a number that is not finite")
    if any(p.u is not None and p.u <= 0 for p in points):
        raise ValueError("a standard uncertainty must be above 0")
    if len({p.u is None for p in points}) > 1:
        raise ValueError("either all points have an uncertainty or none has")
    if len(points) < degree + 2:
        raise ValueError(f"{len(points)} points: a polynomial of degree {degree} needs {degree + 2} at least")
    if len({p.x for p in points}) < degree + 1:
        raise ValueError(f"a polynomial of degree {degree} needs {degree + 1} distinct levels at least")


def _exact(number: float) -> Fraction:
    # Through the shortest decimal: 0.1 is what was read off the certificate, not the nearest binary fraction.
    return Fraction(repr(float(number)))


def _powers(x: float, count: int) -> _Row:
    exact = _exact(x)
    return [exact**power for power in range(count)]


def _normal(rows: _Matrix, weights: _Row) -> _Matrix:
    size = len(rows[0])
    return [
        [sum((w * row[i] * row[j] for w, row in zip(weights, rows, strict=True)), Fraction(0)) for j in range(size)]
        for i in range(size)
    ]


def _inverted(matrix: _Matrix) -> _Matrix:
    """Gauss and Jordan's elimination; the matrix is positive definite, so no pivot is zero."""
    size = len(matrix)
    left = [list(row) for row in matrix]
    right = [[Fraction(int(i == j)) for j in range(size)] for i in range(size)]
    for column in range(size):
        pivot = left[column][column]
        left[column] = [cell / pivot for cell in left[column]]
        right[column] = [cell / pivot for cell in right[column]]
        for row in range(size):
            factor = left[row][column]
            if row != column and factor:
                left[row] = [a - factor * b for a, b in zip(left[row], left[column], strict=True)]
                right[row] = [a - factor * b for a, b in zip(right[row], right[column], strict=True)]
    return right


def _determination(ys: _Row, weights: _Row, unexplained: Fraction) -> float:
    mean = sum((w * y for w, y in zip(weights, ys, strict=True)), Fraction(0)) / sum(weights)
    total = sum((w * (y - mean) ** 2 for w, y in zip(weights, ys, strict=True)), Fraction(0))
    return float(1 - unexplained / total) if total else 1.0


def _root(value: Fraction) -> float:
    return math.sqrt(value) if value > 0 else 0.0
