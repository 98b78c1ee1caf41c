# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How long a calibration should hold, from what earlier ones found. Pure.

Source: ILAC-G24 (staircase) as kept in the calibration reference, section 1.5.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WELL_INSIDE = 0.5
LONGER, SHORTER = 1.5, 0.5
MOST_TIMES_START = 2


@dataclass(frozen=True, slots=True)
class AsFound:
    """A calibration's as-found result: its largest |error| as a share of the tolerance there, and whether it failed."""

    share: float
    failed: bool


def next_interval_days(start_days: int, results: Sequence[AsFound]) -> int:
    """The interval that the as-found results, oldest first, speak for; it begins with `start_days`.

    Two results in a row inside half of the tolerance make it half as long again, up to twice the start; a failure
    halves it. Raises ValueError for no days to start with.
    """
    if start_days < 1:
        raise ValueError(f"an interval of {start_days} days: one at least is needed")
    days, well = float(start_days), 0
    for result in results:
        well = well + 1 if result.share <= WELL_INSIDE and not result.failed else 0
        if result.failed:
            days *= SHORTER
        elif well == 2:
            days, well = min(days * LONGER, MOST_TIMES_START * start_days), 0
    return max(1, math.floor(days))
