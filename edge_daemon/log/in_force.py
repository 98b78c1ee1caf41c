# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is in force for an instrument or a sensor, and the marks and ranges that runs leave in a log. Values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from types import MappingProxyType

from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.calibration_body import Outcome, ValueFunction, ValueUncertainty
from edge_daemon.log.instruments import Key

DAY_NS = 86_400 * NS_PER_S
ByChannel = Mapping[str, "InForce"]
NOTHING: ByChannel = MappingProxyType({})
PASSED: tuple[Outcome, ...] = ("pass", "conditional_pass")
"""Outcomes inside the tolerance."""


@dataclass(frozen=True, slots=True)
class InForce:
    """A calibration that took effect at `index`, by which readings name it: a verdict, review or carried entry.

    `function` makes the channel's values, None: raw is the value. `calibrated_ns` is when it was made, UTC, `due` a
    date or empty. `outcome` is None for a laboratory's.
    """

    index: int
    key: Key
    channel: str
    function: ValueFunction | None
    uncertainty: ValueUncertainty | None
    calibrated_ns: int
    due: str
    outcome: Outcome | None
    device_adjusted: bool = False

    @property
    def evidenced(self) -> bool:
        """Whether it shows that the instrument measures as it should: passed, or a laboratory's that was reviewed."""
        return self.outcome is None or self.outcome in PASSED

    @property
    def overdue_ns(self) -> int | None:
        """When the day it is due is over, UTC; None where no date is told."""
        due_ns = date_ns(self.due)
        return None if due_ns is None else due_ns + DAY_NS

    def age_days(self, t_ns: int) -> int | None:
        """Whole days since it was made. None where it proves nothing, or was made more than a day after `t_ns`."""
        days = (t_ns - self.calibrated_ns) // DAY_NS
        return max(days, 0) if self.evidenced and days >= -1 else None


@dataclass(frozen=True, slots=True)
class RunRange:
    """A run of the sensor from the entry at `start` to the one at `end`, None while it is under way.

    `commanded`: the instrument was told to change itself.
    """

    start: int
    sensor: str
    key: Key
    channel: str
    end: int | None = None
    commanded: bool = False

    def holds(self, index: int) -> bool:
        """Whether a reading at this index is in calibration."""
        return self.start < index and (self.end is None or index < self.end)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at an entry that concerns one channel of an instrument. `t_ns` is when it happened, UTC."""

    index: int
    key: Key
    channel: str
    t_ns: int = 0

    def cured_by(self, made: InForce | None) -> bool:
        """Whether this calibration ends the doubt that the mark casts: entered after it and not made on an earlier day.

        The time of a run is not asked: it is that of the same laptop, whose clock may have been set back since.
        """
        if made is None or made.index <= self.index:
            return False
        return made.outcome is not None or made.calibrated_ns + DAY_NS > self.t_ns


@dataclass(frozen=True, slots=True)
class Applied:
    """What a sensor's readings are made with from now on.

    `run` is the start of the run under way. `doubted` are channels whose instrument failed its last calibration, or
    was changed by one that was broken off.
    """

    in_force: ByChannel = field(default_factory=lambda: NOTHING)
    run: int | None = None
    doubted: frozenset[str] = frozenset()


UNCALIBRATED = Applied()


def date_ns(text: str) -> int | None:
    """The beginning of a date, YYYY-MM-DD, in UTC ns; None for any other text."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return int(datetime.combine(day, time(), UTC).timestamp()) * NS_PER_S
