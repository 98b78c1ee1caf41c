# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How much a meter's counter can well have gained, by the plant's rated power or by the power that was measured. Pure.

Source: calibration reference, section 6.1 (F29: at most 1.2 x rated power x time). Where nobody has told the rated
power, the greatest power that the meter itself measured in the hour stands in for it: a register that runs away from
that is a register at fault, whatever its span.

Read more seldom than every minute that is a guess: a pump that runs between two readings is never seen, and its
register is right. There steps like the hour's others are believed, and that power does not explain them is told.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge_daemon.domain.rating import MARGIN
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.summary import HOUR_NS

RESOLUTION_KILOWATT_HOURS = 1.0
"""A counter moves by whole steps, which may be more than what one interval can give: this is as coarse as they are."""

SEES_ALL_NS = 60 * NS_PER_S
"""Power that is read at least so often is not far from what it was in between."""

LIKE_OTHERS = 4
FEWEST_STEPS = 3

BEYOND_POWER = "beyond_power"
"""The counter's event for an hour in which it gained more than the power that was read explains."""


@dataclass(frozen=True, slots=True)
class CounterBound:
    """`rated` and `span` are kW, None where not known; `power` is kW by time (UTC ns), of the hour and right beside it.

    `seen` is the greatest power of the hour itself, None without any. The readings are to be `interval_ns` apart.
    """

    rated: float | None
    span: float | None
    power: Mapping[int, float]
    seen: float | None
    interval_ns: int

    @classmethod
    def of(
        cls, rated: float | None, span: float | None, power: Mapping[int, float], start_ns: int, interval_ns: int
    ) -> "CounterBound":
        """The bound of the hour that begins at `start_ns`."""
        inside = (abs(kw) for t_ns, kw in power.items() if start_ns <= t_ns <= start_ns + HOUR_NS)
        return cls(rated, span, power, max(inside, default=None), interval_ns)

    @property
    def is_guess(self) -> bool:
        """Whether more may well have flowed than was seen."""
        return self.rated is None and self.interval_ns > SEES_ALL_NS

    def like_others(self, gains: Sequence[float]) -> float:
        """Most kWh of a step that is like the hour's others, which are `gains`; 0 where that proves nothing."""
        steps = sorted(gain for gain in gains if gain > 0)
        return LIKE_OTHERS * steps[len(steps) // 2] if self.is_guess and len(steps) >= FEWEST_STEPS else 0.0

    def of_step(self, before_ns: int, after_ns: int, like_others: float = 0.0) -> float | None:
        """Most kWh between two readings of the counter at these times; None where nothing tells."""
        hours = (after_ns - before_ns) / HOUR_NS
        if self.rated is None and (seen := self._seen(before_ns, after_ns)) is not None:
            return max(MARGIN * seen * hours + RESOLUTION_KILOWATT_HOURS, like_others)
        most = self.span if self.rated is None else self.rated
        return None if most is None else max(MARGIN * most * hours, RESOLUTION_KILOWATT_HOURS)

    def of_hour(self, covered_ns: int, runs: int) -> float:
        """Most kWh of all steps together, over `runs` of them that follow each other: each may round once."""
        most = self.seen if self.rated is None else self.rated
        hours = covered_ns / HOUR_NS
        return math.inf if most is None else MARGIN * most * hours + runs * RESOLUTION_KILOWATT_HOURS

    def _seen(self, before_ns: int, after_ns: int) -> float | None:
        beside = (abs(self.power[t_ns]) for t_ns in (before_ns, after_ns) if t_ns in self.power)
        return max(beside if self.seen is None else (self.seen, *beside), default=None)
