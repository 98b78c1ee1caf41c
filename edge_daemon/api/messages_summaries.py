# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages on hourly summaries and on what they add up to. Values only.

Energy in kWh, emissions in tonnes of CO2, quality from 0 to 1; log indices count from 0; times are RFC 3339 with `Z`.
"""

from pydantic import Field

from edge_daemon.api.messages import Message
from edge_daemon.log.summary import SummaryBody
from edge_daemon.log.summary_tree import NoTree


class SummaryMessage(Message):
    """A summary as the log holds it, and the index of its entry. `current` is false once a later one replaced it."""

    index: int
    current: bool
    summary: SummaryBody


class SummariesReply(Message):
    """In the log's order. `complete` is false while the log is still being read and hours may be missing.

    An hour that is summarised anew between two pages may stand on both: the one with the greater index counts.
    """

    complete: bool
    summaries: tuple[SummaryMessage, ...]


class FactorUsed(Message):
    """A grid factor in kg CO2 per kWh. `legacy_default`: the plan named none, and it proves nothing."""

    name: str
    kilograms_per_kilowatt_hour: float
    date: str
    source: str
    loss: float
    legacy_default: bool


class ParameterQuality(Message):
    """Quality of a channel of record over the period; `coverage` from 0 to 1, `flags` counts readings by flag.

    `source_score` is what the accepted readings scored on average before any cap (0 to 1; null without any, or where a
    summary of older rules does not tell it). `capped` counts those that a flag lowered, by that flag;
    `capped_by_coverage`: coverage lowered their mean, or leaves no level.
    """

    sensor_id: str
    channel: str
    accepted: int
    expected: int
    coverage: float
    quality: float | None
    level: str | None
    flags: dict[str, int]
    source_score: float | None = None
    capped: dict[str, int] = Field(default_factory=dict)
    capped_by_coverage: bool = False


class ClaimMessage(Message):
    """What may be claimed: quality and level of the worst sensor, or why not (`no_sensor`, `coverage`) and which."""

    claim: bool
    quality: float | None
    level: str | None
    sensor_id: str
    refused: str | None


class AirQuality(Message):
    """The index of an air quality sensor at the end of the period and the pollutant that decides it."""

    sensor_id: str
    index: int | None
    dominant: str


class SoilRespiration(Message):
    """Mean carbon in g C per m² and day, an emission. Only with all `due` hours is it a mean of whole days."""

    sensor_id: str
    carbon_g_m2_day: float | None
    hours: int
    due: int


class TreeGrowthMessage(Message):
    """What a stem's growth means for the CO2 in its tree, in kg, by the equation and the tree that the plan names.

    It is the gain of this one tree at a constant height, and no claim: no total or anchor holds it. `sigma` is the
    equation's residual standard deviation on the logarithm of biomass, a relative uncertainty of the gain that is
    common to trees of a kind; null where it is not known here. `refused`: `changed` (instrument or calibration since
    the tree was measured), `out_of_range` (the equation holds from `least_cm` to `most_cm`; null: no upper end).
    """

    equation: str
    source: str
    measured: str
    least_cm: float
    most_cm: float | None
    sigma: float | None
    root_shoot: float
    carbon_fraction: float
    before_cm: float | None
    after_cm: float | None
    biomass_kilograms: float | None
    co2_kilograms: float | None
    refused: NoTree | None


class StemGrowth(Message):
    """Greatest value of the last UTC day less that of the first, in mm of the sensor's channel; null without, or where
    instrument, set-up or calibration `changed` between. Only days with values in 18 hours count. `tree`: if planned."""

    sensor_id: str
    channel: str
    millimetres: float | None
    first_day: str
    last_day: str
    changed: bool = False
    tree: TreeGrowthMessage | None = None


class PerformanceRatio(Message):
    """Energy of the period's `hours` in strong sun by what the plant's rated power gives in it; and the range of the
    single hours. A change of more than 5 % between calibrations says that meter and pyranometer fit no longer."""

    sun_sensor_id: str
    meter_sensor_id: str
    ratio: float
    hours: int
    least: float
    greatest: float


class Metrics(Message):
    """The older system's names, net of what the plan subtracts. Null where no sensor of record measures it."""

    total_energy_generated_kwh: float | None
    total_co2_reduced_tons: float | None


class DataQuality(Message):
    """The older system's names, over the sensors of record."""

    total_readings: int
    valid_readings: int
    quality_score: float | None


class MetricsReply(Message):
    """Totals of whole hours from `period_start` to before `period_end`. `plan` is the plan's index, if any.

    `rules` is the version of the rules that quality, level and claim come by. `unbounded` are the sensors whose energy
    is of a counter, with nothing that tells how much it can well gain.
    """

    project_id: str
    period_start: str
    period_end: str
    plan: int | None
    complete: bool
    metrics: Metrics
    data_quality: DataQuality
    uncovered_s: float
    factors: tuple[FactorUsed, ...]
    parameters: tuple[ParameterQuality, ...]
    claim: ClaimMessage
    air_quality: tuple[AirQuality, ...]
    rules: str = ""
    soil_respiration: tuple[SoilRespiration, ...] = ()
    stem_growth: tuple[StemGrowth, ...] = ()
    performance: tuple[PerformanceRatio, ...] = ()
    unbounded: tuple[str, ...] = ()
