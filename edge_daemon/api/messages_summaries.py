# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Messages on hourly summaries and on what they add up to. Values only.

Energy in kWh, emissions in tonnes of CO2, quality from 0 to 1; log indices count from 0; times are RFC 3339 with `Z`.
"""

from edge_daemon.api.messages import Message
from edge_daemon.log.summary import SummaryBody


class SummaryMessage(Message):
    """A summary as the log holds it, and the index of its entry. `current` is false once a later one replaced it."""

    index: int
    current: bool
    summary: SummaryBody


class SummariesReply(Message):
    """By hour and sensor. `complete` is false while the log is still being read and hours may be missing."""

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
    """Quality of a channel of record over the period; `coverage` from 0 to 1, `flags` counts readings by flag."""

    sensor_id: str
    channel: str
    accepted: int
    expected: int
    coverage: float
    quality: float | None
    level: str | None
    flags: dict[str, int]


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


class StemGrowth(Message):
    """Greatest value of the last UTC day less that of the first, in mm of the sensor's main channel; null without."""

    sensor_id: str
    channel: str
    millimetres: float | None
    first_day: str
    last_day: str


class Metrics(Message):
    """The older system's names. Null where the plan names no sensor of record that measures it."""

    total_energy_generated_kwh: float | None
    total_co2_reduced_tons: float | None


class DataQuality(Message):
    """The older system's names, over the sensors of record."""

    total_readings: int
    valid_readings: int
    quality_score: float | None


class MetricsReply(Message):
    """Totals of whole hours from `period_start` to before `period_end`. `plan` is the plan's index, if any.

    `rules` is the version of the rules that quality, level and claim come by.
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
