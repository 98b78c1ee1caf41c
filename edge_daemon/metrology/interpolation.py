# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A value straight between the lines of a table. Pure."""

from collections.abc import Sequence
from itertools import pairwise


def straight_between(table: Sequence[tuple[float, float]], x: float) -> float:
    """The value at `x` of a table of (x, value) with ascending x. Raises ValueError outside the table."""
    if not table or not table[0][0] <= x <= table[-1][0]:
        raise ValueError(f"the table holds nothing for {x:g}")
    for (x0, value0), (x1, value1) in pairwise(table):
        if x <= x1:
            return value0 + (value1 - value0) * (x - x0) / (x1 - x0)
    return table[-1][1]
