# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Numbers as a report prints them. Pure."""

import math
from decimal import Decimal

_PLAIN = 1e9
_TYPED_DIGITS = 10
"""Nobody types more; a number with more of them was computed."""
_LEAST_DIGITS = 7
_NOISE = 1e-12


def short(value: float) -> str:
    """Three significant digits, whole numbers in full: nobody reads 1.25e+03. For uncertainties and scatters only."""
    return f"{value:.0f}" if 1_000 <= abs(value) < _PLAIN else f"{value:.3g}"


def recorded(value: float) -> str:
    """Every digit that the log has: it reads back as the same double."""
    if not math.isfinite(value):
        return str(value)
    text = repr(value).removesuffix(".0")
    return text.removeprefix("-") if value == 0 else text


def plain(value: float, uncertainty: float = 0.0) -> str:
    """A number that somebody typed with all its digits; a computed one to the third digit of its uncertainty, and with
    seven significant digits at least."""
    number = Decimal(repr(value)) if math.isfinite(value) else None
    if number is None:
        return str(value)
    if len(number.normalize().as_tuple().digits) <= _TYPED_DIGITS:
        return _written(number)
    decimals = _LEAST_DIGITS - 1 - number.adjusted()
    if uncertainty > 0 and math.isfinite(uncertainty):
        decimals = max(decimals, 2 - math.floor(math.log10(uncertainty)))
    return _written(number.quantize(Decimal(1).scaleb(-max(decimals, 0))) if decimals < _decimals(number) else number)


def beside(value: float, limit: float) -> str:
    """A value that is compared with a limit: four digits, or as many as show on which side of it the value lies.

    What is nothing beside the limit but the noise of arithmetic is 0."""
    if abs(value) < _NOISE * abs(limit):
        return "0"
    for digits in range(4, 17):
        text = f"{value:.{digits}g}"
        if (float(text) > limit, float(text) < limit) == (value > limit, value < limit):
            return _written(Decimal(text))
    return recorded(value)


def _decimals(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _written(number: Decimal) -> str:
    """Without an exponent where that is readable, and without zeros that say nothing."""
    if number == 0:
        return "0"
    bare = number.normalize()
    return format(bare, "f") if -6 <= bare.adjusted() < 15 else format(bare, "E")
