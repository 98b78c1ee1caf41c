# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Numbers in the sentences of a calibration: so many significant digits, never with an exponent. Pure."""

import math
from decimal import Decimal

UNCERTAINTY_DIGITS = 2
"""Source: GUM (JCGM 100:2008), 7.2.6."""


def figures(value: float, digits: int = 4, *, signed: bool = False) -> str:
    """The value with so many significant digits, and without zeros that say nothing; `signed`: + where it is above."""
    if not math.isfinite(value):
        return str(value)
    text = f"{Decimal(f'{value:.{digits}g}').normalize():f}"
    text = "0" if float(text) == 0 else text
    return f"+{text}" if signed and not text.startswith("-") else text


def unsure(expanded: float) -> str:
    """An expanded uncertainty."""
    return figures(expanded, UNCERTAINTY_DIGITS)
