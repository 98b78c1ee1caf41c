# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What is in force for an instrument or a sensor, and the marks and ranges that runs leave in a log. Values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from types import MappingProxyType
from typing import TypeVar

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
    date or empty. `outcome` is None for a laboratory's. `of` is the channel that was calibrated, where this one is
    computed from it (`computed_channels`).
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
    of: str = ""

    @property
    def evidenced(self) -> bool:
        """Whether it shows that the instrument measures as it should: passed, or a laboratory's that was reviewed."""
        return self.outcome is None or self.outcome in PASSED

    def is_later_than(self, day_ns: int) -> bool:
        """Whether it was made later than on the day that begins at `day_ns`, UTC."""
        return self.calibrated_ns >= day_ns + DAY_NS

    def is_over(self, t_ns: int) -> bool:
        """Whether the last day on which it holds had passed at `t_ns`, UTC; never where it names none."""
        day_ns = date_ns(self.due)
        return day_ns is not None and t_ns >= day_ns + DAY_NS

    def age_days(self, t_ns: int) -> int | None:
        """Whole days since it was made. None where it proves nothing, or was made more than a day after `t_ns`."""
        days = (t_ns - self.calibrated_ns) // DAY_NS
        return max(days, 0) if self.evidenced and days >= -1 else None


@dataclass(frozen=True, slots=True)
class RunRange:
    """A run of the sensor from the entry at `start` to the one at `end`, None while it is under way.

    `commanded`: the instrument was told to change itself. `interval_ns` is the sampling interval of the run; 0: the
    configured one. `check` is the key of its procedure where that is a mere check. `ended_ns` is when it ended, UTC.
    Where it `leaves` its place, the sensor is away from its site until the entry `returned`, None until it is back.
    """

    start: int
    sensor: str
    key: Key
    channel: str
    end: int | None = None
    commanded: bool = False
    interval_ns: int = 0
    check: str = ""
    leaves: bool = False
    returned: int | None = None
    ended_ns: int = 0

    @property
    def until(self) -> int | None:
        """The entry after which its readings are of the site again; None as long as there is none."""
        return self.returned if self.leaves else self.end

    @property
    def is_awaited(self) -> bool:
        """Whether it has ended, and nobody has said yet that the sensor is back."""
        return self.end is not None and self.until is None

    def holds(self, index: int) -> bool:
        """Whether a reading at this index is in calibration."""
        return self.start < index and (self.until is None or index < self.until)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at an entry that concerns one channel of an instrument. `t_ns` is when it happened, UTC.

    `since` is the first reading that it concerns, where the entry came later. A mere check that failed has the key of
    its procedure as `check`, and is `ended` with the entry at which the same check passed. Where a fix of the clock
    told when it happened, the mark of before is `ended` with the fix, and the one with the right time is `told` there.
    `altered`: a setting was changed that makes other values of the same thing measured.
    """

    index: int
    key: Key
    channel: str
    t_ns: int = 0
    since: int | None = None
    check: str = ""
    ended: int | None = None
    told: int | None = None
    altered: bool = False

    @property
    def at(self) -> int:
        """The first entry that it concerns."""
        return self.index if self.since is None else self.since

    def casts_doubt(self, made: InForce | None, index: int | None = None) -> bool:
        """Whether it puts a reading at `index` in doubt (None: those to come) in spite of the calibration `made`."""
        ended = self.ended is not None and (index is None or self.ended < index)
        known = index is None or (self.index if self.told is None else self.told) < index
        return known and not ended and not self.cured_by(made)

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
    the monitoring plan's intervals, by channel. `away_since_ns`: the run ended then, UTC, and the sensor is not back.
    """

    in_force: ByChannel = field(default_factory=lambda: NOTHING)
    run: int | None = None
    doubted: frozenset[str] = frozenset()
    interval_ns: int = 0
    plan_days: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    away_since_ns: int | None = None


UNCALIBRATED = Applied()


Keyed = TypeVar("Keyed", InForce, RunRange, Mark)


def rekeyed(items: Iterable[Keyed], old: Key, new: Key) -> tuple[Keyed, ...]:
    """These, of which those of the instrument `old` are now of `new`."""
    return tuple(replace(one, key=new) if one.key == old else one for one in items)


def by_indices(made: Iterable[InForce]) -> Mapping[int, InForce]:
    """These calibrations by the entry with which each took effect."""
    return MappingProxyType({one.index: one for one in made})


def altered(index: int, entry: Entry, instruments: Instruments) -> tuple[Mark, ...]:
    """The marks that a configuration entry leaves which alters a sensor's values: one for each channel that it names,
    for all of them where it names none.

    Raises ValueError for an entry of a wrong form.
    """
    if entry.type != EntryType.CONFIGURATION or not entry.body.get("values_altered"):
        return ()
    told = from_json(ConfigurationBody, entry.body)
    installed = instruments.present(told.sensor)
    names = (one.name for one in told.channels if not told.altered or one.name in told.altered)
    return tuple(Mark(index, installed.key, one, entry.t_ns, altered=True) for one in names) if installed else ()


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
