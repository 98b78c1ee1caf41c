# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A value and its expanded uncertainty as they are told to people. Pure.

Source: GUM (JCGM 100:2008), 7.2.6: two significant digits of U are enough, and the value is rounded to its last place.
"""

import math
from decimal import ROUND_HALF_UP, Decimal, localcontext

_DIGITS = 700
"""More than lie between the greatest and the least place of any double."""


def rounded(value: float, expanded: float) -> tuple[str, str]:
    """Result and expanded uncertainty, both in plain decimals: U to two significant digits, the result to the same
    decimal place. Raises ValueError for an uncertainty that is not above 0 or not finite."""
    if not (math.isfinite(expanded) and expanded > 0 and math.isfinite(value)):
        raise ValueError(f"{value!r} ± {expanded!r} cannot be printed")
    with localcontext(prec=_DIGITS):
        exact = Decimal(repr(expanded))
        place = Decimal(1).scaleb(exact.adjusted() - 1)
        shown = exact.quantize(place, ROUND_HALF_UP)
        if shown.adjusted() > exact.adjusted():  # 0.0996 becomes 0.10, which has two digits already
            place = place.scaleb(1)
            shown = exact.quantize(place, ROUND_HALF_UP)
        return f"{Decimal(repr(value)).quantize(place, ROUND_HALF_UP):f}", f"{shown:f}"


def told(value: float, expanded: float) -> tuple[str, str]:
    """As `rounded`, for finite numbers; where U is 0 it gives no place to round to, and the value stays as it is."""
    if expanded > 0:
        return rounded(value, expanded)
    return f"{Decimal(repr(value)).normalize():f}", "0"
