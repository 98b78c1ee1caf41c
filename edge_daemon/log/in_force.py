# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is in force for an instrument or a sensor, and the marks and ranges that runs leave in a log. Values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from types import MappingProxyType

from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.bodies import ConfigurationBody, from_json
from edge_daemon.log.calibration_body import Outcome, PointResult, ValueFunction, ValueUncertainty
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.instruments import Instruments, Key

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

    def age_days(self, t_ns: int) -> int | None:
        """Whole days since it was made. None where it proves nothing, or was made more than a day after `t_ns`."""
        days = (t_ns - self.calibrated_ns) // DAY_NS
        return max(days, 0) if self.evidenced and days >= -1 else None


@dataclass(frozen=True, slots=True)
class RunRange:
    """A run of the sensor from the entry at `start` to the one at `end`, None while it is under way.

    `commanded`: the instrument was told to change itself. `interval_ns` is the sampling interval of the run; 0: the
    configured one. `check` is the key of its procedure where that is a mere check.
    """

    start: int
    sensor: str
    key: Key
    channel: str
    end: int | None = None
    commanded: bool = False
    interval_ns: int = 0
    check: str = ""

    def holds(self, index: int) -> bool:
        """Whether a reading at this index is in calibration."""
        return self.start < index and (self.end is None or index < self.end)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at an entry that concerns one channel of an instrument. `t_ns` is when it happened, UTC.

    `since` is the first reading that it concerns, where the entry came later. A mere check that failed has the key of
    its procedure as `check`, and is `ended` with the entry at which the same check passed.
    """

    index: int
    key: Key
    channel: str
    t_ns: int = 0
    since: int | None = None
    check: str = ""
    ended: int | None = None

    @property
    def at(self) -> int:
        """The first entry that it concerns."""
        return self.index if self.since is None else self.since

    def casts_doubt(self, made: InForce | None, index: int | None = None) -> bool:
        """Whether it puts a reading at `index` in doubt (None: those to come) in spite of the calibration `made`."""
        ended = self.ended is not None and (index is None or self.ended < index)
        return not ended and not self.cured_by(made)

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

    `run` is the start of the run under way, `interval_ns` its sampling interval (0: the configured one). `doubted` are
    channels whose instrument failed its last calibration, or was changed by one that was broken off. `plan_days` are
    the monitoring plan's intervals, by channel.
    """

    in_force: ByChannel = field(default_factory=lambda: NOTHING)
    run: int | None = None
    doubted: frozenset[str] = frozenset()
    interval_ns: int = 0
    plan_days: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


UNCALIBRATED = Applied()


def altered(index: int, entry: Entry, instruments: Instruments) -> tuple[Mark, ...]:
    """The marks that a configuration entry leaves which alters a sensor's values: one for each of its channels.

    Raises ValueError for an entry of a wrong form.
    """
    if entry.type != EntryType.CONFIGURATION or not entry.body.get("values_altered"):
        return ()
    told = from_json(ConfigurationBody, entry.body)
    installed = instruments.present(told.sensor)
    channels = told.channels if installed else ()
    return tuple(Mark(index, installed.key, one.name, entry.t_ns) for one in channels if installed)


def good(history: Iterable[InForce], doubts: Iterable[Mark], channel: str) -> tuple[InForce, ...]:
    """Those of an instrument's calibrations that showed it to measure this channel as it should, in their order."""
    doubted = {mark.index for mark in doubts}
    return tuple(one for one in history if one.channel == channel and one.evidenced and one.index not in doubted)


def failed(found: Iterable[PointResult]) -> bool:
    """Whether one of these points is outside its tolerance."""
    return any(one.outcome not in PASSED for one in found)


def date_ns(text: str) -> int | None:
    """The beginning of a date, YYYY-MM-DD, in UTC ns; None for any other text."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return int(datetime.combine(day, time(), UTC).timestamp()) * NS_PER_S


def same_person(one: str, other: str) -> bool:
    """Whether two names are the same but for capitals and blanks."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
