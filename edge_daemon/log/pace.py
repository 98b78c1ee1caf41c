# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How often a sensor was really read in an hour: an instrument that speaks by itself may do so far more often than its
interval says. Pure, in whole nanoseconds.

What is missing has to be counted at the pace at which the rest was counted: at a longer one a few missing readings
stand against very many, and half an hour of nothing looks like nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

AS_SET = (19, 20)
"""A pace of at least this part of the interval is the interval: samples come a little off."""


@dataclass(frozen=True, slots=True)
class Beat:
    """A reading at `t_ns`, and how the sensor was set then: its interval, and how long it may be silent by itself.

    `for_calibration`: somebody had it read as a calibration asks for, which says nothing of its own pace.
    """

    t_ns: int
    interval_ns: int
    silent_ns: int = 0
    for_calibration: bool = False

    def is_silence(self, length_ns: int) -> bool:
        """Whether so much time next to it is more than passes between two readings."""
        return 2 * length_ns > 3 * self.interval_ns and length_ns > self.silent_ns


def paces_of(ordered: Sequence[Beat]) -> Mapping[int, int]:
    """The time between two readings in fact, by what the interval was set to; never more than that. Beats in order.

    It is the median of the steps. Where these together are shorter than one interval (a start of recording reads at
    once), the first reading and the one after a silence stand for a whole interval each, and it is the mean.
    """
    return {interval_ns: _pace(ordered, interval_ns) for interval_ns in {beat.interval_ns for beat in ordered}}


def _pace(ordered: Sequence[Beat], interval_ns: int) -> int:
    own = sum(beat.interval_ns == interval_ns and not beat.for_calibration for beat in ordered)
    steps = sorted(
        after.t_ns - before.t_ns
        for before, after in pairwise(ordered)
        if before.interval_ns == after.interval_ns == interval_ns
        and not (before.for_calibration or after.for_calibration)
        and 2 * (after.t_ns - before.t_ns) <= 3 * interval_ns
    )
    if not steps:
        return interval_ns
    middle_ns = steps[len(steps) // 2]
    if len(steps) * middle_ns < interval_ns:
        middle_ns = (sum(steps) + (own - len(steps)) * interval_ns) // own
    part, whole = AS_SET
    return middle_ns if whole * middle_ns < part * interval_ns else interval_ns
