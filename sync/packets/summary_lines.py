# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Hourly summaries as InfluxDB line protocol. Pure.

Source: the system interface, "Time-series schema": measurement `derived_metric`, tags `project_id device_id
metric_type`, field `value`. Added are the tags `sensor_id` (two meters of a project must not overwrite each other),
`log` (nor must the two parts of an hour in which one log ended and the next began) and, for statistics of a channel,
`measurement_type` as readings have it. The time is the begin of the hour: a newer summary takes the place of the older.

| metric_type | value |
| --- | --- |
| `energy_generated_interval`, `co2_reduced_kg`, `co2_reduced_tons` | kWh, kg, t of the hour: sensors of record only |
| `energy_consumed_interval` | kWh that the plan takes off: imported, or used by the project itself; no emissions |
| `check_energy_interval` | kWh of any other sensor: no part of the project's totals |
| `calculated_aqi` | the air quality index at the end of the hour |
| `hour_mean` | a channel's mean, with `minimum`, `maximum`, `accepted`, `uncertainty` |

The server keeps a field that a newer point does not have. Hence a summary that replaces another writes all fields of
each of its points, and a point for each number that is gone: what is not known is then blank (`BLANK`), and quantities
that are added up are 0.0. `state` says what `value` is: `current`; `no_value`, there is none; `withdrawn`, what was
here does not hold any more. Fields keep their types for ever; new ones may be added.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from edge_daemon.log.summary import ChannelSummary, EnergySummary, SummaryBody
from edge_daemon.log.summary_counts import EnergyCounts
from sync.packets.line_text import string_field, tag_text
from sync.packets.reading import WireChannel
from sync.packets.summary import (
    AIR_INDEX,
    CHECK_ENERGY,
    CONSUMED,
    ENERGY,
    KILOGRAMS,
    MEAN,
    TONNES,
    Metric,
    OutgoingSummary,
    statistics_of,
)

MEASUREMENT = "derived_metric"
PRIMARY = "primary"
FLAGS = ("1", "2", "3", "4", "9")

Value = float | int | str | bool
Fields = Mapping[str, Value | None]

BLANK: Mapping[str, Value] = {
    "value": 0.0,
    "state": "withdrawn",
    "unit": "",
    "score": 0.0,
    "source_score": -1.0,
    "level": "",
    "coverage": 0.0,
    "readings": 0,
    "expected": 0,
    "accepted": 0,
    **{f"flag_{flag}": 0 for flag in FLAGS},
    "rules": "",
    "plan": -1,
    "log_index": -1,
    "minimum": 0.0,
    "maximum": 0.0,
    "uncertainty": -1.0,
    "basis": "",
    "covered_s": 0.0,
    "uncovered_s": 0.0,
    "factor": 0.0,
    "factor_name": "",
    "factor_date": "",
    "factor_source": "",
    "factor_loss": 0.0,
    "legacy_default": False,
    "dominant": "",
}
"""Every field there is, its type for ever, and what it holds where nothing is known. -1: not known."""

_COMMON = tuple(BLANK)[: tuple(BLANK).index("minimum")]
_OF_ENERGY = (*_COMMON, "uncertainty", "basis", "covered_s", "uncovered_s")
_OF_EMISSIONS = (*_COMMON, "factor", "factor_name", "factor_date", "factor_source", "factor_loss", "legacy_default")
_ENERGY_NAMES: Mapping[EnergyCounts, str] = {"adds": ENERGY, "subtracts": CONSUMED, "none": CHECK_ENERGY}
FIELDS_OF: Mapping[str, tuple[str, ...]] = {
    ENERGY: _OF_ENERGY,
    CONSUMED: _OF_ENERGY,
    CHECK_ENERGY: _OF_ENERGY,
    KILOGRAMS: _OF_EMISSIONS,
    TONNES: _OF_EMISSIONS,
    AIR_INDEX: (*_COMMON, "dominant"),
    MEAN: (*_COMMON, "minimum", "maximum", "uncertainty"),
}


def summary_lines(summary: OutgoingSummary) -> Iterator[str]:
    """A line for each number of the hour, for each that is gone, and for each later index that it changes."""
    whole = summary.body.replaces is not None
    entry: Fields = {"rules": summary.body.rules, "plan": summary.body.plan, "log_index": summary.index}
    for metric, fields in numbers_of(summary):
        yield _line(summary, metric, summary.t_ns, {**fields, **entry}, whole=whole)
    for metric in summary.gone:
        yield _line(summary, metric, summary.t_ns, {"state": "withdrawn", **entry}, whole=True)
    for place, air in enumerate(summary.air):
        own = place == 0 and air.t_ns == summary.t_ns
        state = "current" if air.value is not None else "withdrawn" if own and summary.body.withdrawn else "no_value"
        value = None if air.value is None else float(air.value)
        fields = {"value": value, "state": state, "unit": "AQI", "dominant": air.dominant, "log_index": summary.index}
        if own:
            yield _line(
                summary, Metric(AIR_INDEX), air.t_ns, {**_quality(summary.body), **entry, **fields}, whole=whole
            )
        else:  # its hour's own quality stays as its own summary told it
            changed = {name: BLANK[name] if told is None else told for name, told in fields.items()}
            yield _line(summary, Metric(AIR_INDEX), air.t_ns, changed, whole=False)


def numbers_of(summary: OutgoingSummary) -> Iterator[tuple[Metric, Fields]]:
    """Energy, emissions and statistics of the hour, with their fields."""
    body = summary.body
    if body.energy is not None:
        yield from _energy(body, body.energy, counts=summary.counts)
    for name, channel in body.channels.items():
        wire = summary.channels[name]
        yield Metric(MEAN, PRIMARY if wire.primary else wire.field), _statistics(body, channel, wire)


def _energy(body: SummaryBody, energy: EnergySummary, *, counts: EnergyCounts) -> Iterator[tuple[Metric, Fields]]:
    state = "current" if energy.covered_us else "no_value"
    common: Fields = {**_quality(body), "state": state}
    yield (
        Metric(_ENERGY_NAMES[counts]),
        {
            **common,
            "value": float(energy.kilowatt_hours),
            "unit": "kWh",
            "uncertainty": _float(energy.uncertainty),
            "basis": energy.basis,
            "covered_s": energy.covered_us / 1e6,
            "uncovered_s": energy.uncovered_us / 1e6,
        },
    )
    if counts != "adds":
        return
    factor = energy.factor
    emissions: Fields = {
        **common,
        "factor": float(factor.kilograms_per_kilowatt_hour),
        "factor_name": factor.name,
        "factor_date": factor.date,
        "factor_source": factor.source,
        "factor_loss": float(factor.loss),
        "legacy_default": factor.legacy_default,
    }
    yield Metric(KILOGRAMS), {**emissions, "value": float(energy.avoided_kilograms), "unit": "kg"}
    yield Metric(TONNES), {**emissions, "value": energy.avoided_kilograms / 1000, "unit": "t"}


def _statistics(body: SummaryBody, channel: ChannelSummary, wire: WireChannel) -> Fields:
    told = statistics_of(channel, wire)
    return {
        **_quality(body, channel),
        "state": "no_value" if told.mean is None else "current",
        "value": told.mean,
        "unit": wire.unit,
        "minimum": told.minimum,
        "maximum": told.maximum,
        "uncertainty": told.uncertainty,
    }


def _quality(body: SummaryBody, channel: ChannelSummary | None = None) -> Fields:
    """Of the channel, else of the sensor. Scores and coverage from 0 to 1, as a reading's quality."""
    told = body if channel is None else channel
    source = None if told.source is None or told.source.mean is None else told.source.mean / 100
    return {
        "score": None if told.score is None else told.score / 100,
        "source_score": source,
        "level": told.level or "",
        "coverage": told.coverage / 100,
        "readings": body.readings,
        "expected": body.expected,
        "accepted": told.accepted,
        **{f"flag_{flag}": told.flags.get(flag, 0) for flag in FLAGS},
    }


def _line(summary: OutgoingSummary, metric: Metric, t_ns: int, fields: Fields, *, whole: bool) -> str:
    told = []
    for name in FIELDS_OF.get(metric.type, _COMMON):
        value = fields.get(name)
        if value is None and whole:
            value = BLANK[name]
        if value is not None:
            told.append(f"{name}={_written(value)}")
    station = summary.station
    series = _series(station.project_id, station.device_id, summary.body.sensor, summary.log, *metric)
    return f"{series} {','.join(told)} {t_ns}"


def _written(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return string_field(value)
    return f"{value}i" if isinstance(value, int) else repr(value)


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


@lru_cache(maxsize=4096)
def _series(project: str, device: str, sensor: str, log: str, metric: str, measured: str) -> str:
    tags = {
        "device_id": device,
        "log": log,
        "measurement_type": measured,
        "metric_type": metric,
        "project_id": project,
        "sensor_id": sensor,
    }
    return ",".join([MEASUREMENT, *(f"{name}={tag_text(value)}" for name, value in tags.items() if value)])
