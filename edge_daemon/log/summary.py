# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a `summary` entry says: one sensor over one hour of reported time, computed from the bytes of the log. Values.

Scores are in hundredths; log indices count from 0; times of the day are RFC 3339 with nine decimals. Energy in kWh,
emissions in kg CO2, durations in microseconds. Source of the rules: calibration reference, sections 4.3, 5 and 6.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

HOUR_NS = 3_600_000_000_000
Reason = Literal["first", "late_data", "amendment", "calibration", "plan", "moved_away", "rules"]


@dataclass(frozen=True, slots=True)
class ScoreSummary:
    """What the accepted readings scored by the age of their calibration (4.1), before flags and coverage cap it (4.3).

    `total` is the sum, `mean` the mean rounded down, None without any. `capped` counts the readings whose score a flag
    lowered, by that flag. `by_coverage`: coverage lowered the mean that was left, or leaves no level.
    """

    total: int
    mean: int | None
    capped: Mapping[str, int]
    by_coverage: bool


@dataclass(frozen=True, slots=True)
class ChannelSummary:
    """One channel, in its unit. `flags` counts the readings by flag; failed and missing ones enter nothing else.

    `quality_sum` is the sum of the accepted readings' qualities. `coverage`, `score` and `level` are those of
    `period.PeriodQuality`. `uncertainty` is the standard uncertainty of the mean, None while it is not known. `source`
    is None in summaries by rules 4.3/1. `extrapolated` of the values that count lie outside the points of the
    calibration that made them: they are less sure than inside.
    """

    unit: str
    accepted: int
    mean: float | None
    minimum: float | None
    maximum: float | None
    flags: Mapping[str, int]
    quality_sum: int
    coverage: int
    score: int | None
    level: str | None
    uncertainty: float | None = None
    source: ScoreSummary | None = None
    extrapolated: int = 0


@dataclass(frozen=True, slots=True)
class FactorSummary:
    """The grid factor that was used (kg CO2 per kWh). `legacy_default`: the plan names none, and it proves nothing."""

    name: str
    kilograms_per_kilowatt_hour: float
    date: str
    source: str
    loss: float
    legacy_default: bool


@dataclass(frozen=True, slots=True)
class EnergySummary:
    """Energy of the hour. `kilowatt_hours` is the counter's where `basis` says so, else integrated from power.

    `channels` are those of power and counter, in this order, as far as there are both.

    `covered_us` is the time that the chosen one speaks for, `uncovered_us` the rest of the hour, which adds nothing.
    `counter_events` counts roll-overs, resets and jumps, and says `beyond_power` where the counter gained more than the
    power that was read seldom explains. `agree`: both differ by at most 2 %; None where one
    is missing. `uncertainty` is the standard uncertainty of `kilowatt_hours` by the calibration of its channel, None
    while it is not known. `rated_kilowatts` is the plant's rated power, None where no setting tells it.
    """

    kilowatt_hours: float
    basis: Literal["counter", "power"]
    channels: tuple[str, ...]
    covered_us: int
    uncovered_us: int
    from_power: float | None
    from_counter: float | None
    agree: bool | None
    counter_events: Mapping[str, int]
    factor: FactorSummary
    avoided_kilograms: float
    uncertainty: float | None = None
    rated_kilowatts: float | None = None

    @property
    def basis_channel(self) -> str:
        """The one of `channels` (power, then counter) that `kilowatt_hours` is of."""
        return self.channels[-1] if self.basis == "counter" else self.channels[0]


@dataclass(frozen=True, slots=True)
class AirSummary:
    """Hourly means by pollutant (µg/m³ for particles, ppm for O3 and CO, ppb for SO2 and NO2), where 75 % is covered.

    They are what an index over several hours is made of. `index` and `dominant` are those of the pollutants that have
    an index of one hour; None where none has.
    """

    concentrations: Mapping[str, float]
    index: int | None = None
    dominant: str = ""


@dataclass(frozen=True, slots=True)
class GapSummary:
    """The part of a gap that lies within the hour. `index` is the gap's entry, `expected` its share of readings."""

    index: int
    start: Annotated[str, Field(alias="from")]
    end: Annotated[str, Field(alias="to")]
    expected: int
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SummaryBody:
    """One sensor over the UTC hour that begins at `hour`. The newest entry for a sensor and hour is the current one.

    `readings` are those whose time is known; `expected` adds what gaps miss. Quality is that of the `primary` channel.
    `first` and `last` are the log indices of the earliest and latest entry it is computed from. `plan` is the index of
    the plan that held at `last`. With `withdrawn` nothing is left of the hour: its readings were moved elsewhere.
    `source` is None in summaries by rules 4.3/1, and in withdrawn ones.
    """

    sensor: str
    hour: str
    kind: str
    primary: str
    readings: int
    expected: int
    accepted: int
    coverage: int
    score: int | None
    level: str | None
    rules: str
    flags: Mapping[str, int]
    channels: Mapping[str, ChannelSummary]
    first: int | None
    last: int | None
    plan: int | None = None
    energy: EnergySummary | None = None
    air: AirSummary | None = None
    gaps: tuple[GapSummary, ...] = ()
    amended_by: tuple[int, ...] = ()
    withdrawn: bool = False
    replaces: int | None = None
    reasons: tuple[Reason, ...] = field(default=("first",))
    source: ScoreSummary | None = None
