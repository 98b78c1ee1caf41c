# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Hourly summaries as the marketplace receives them over MQTT. Pure.

Source: the system interface, "Aggregated record"; beyond it stand the sensor, the statistics of its channels, and the
place in the log. Of a sensor and hour the message with the highest `index` of a `log` counts; `state` is `withdrawn`
where nothing is left of the hour. It depends on the log up to that index alone, so a message that is sent again is the
same bytes. `local_hash` is that of the packets (`sync.packets.packet`).
"""

import json

from edge_daemon.domain.destination import HashForm
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.canonical import JsonValue
from edge_daemon.log.summary import HOUR_NS, ChannelSummary, EnergySummary, GapSummary, SummaryBody
from edge_daemon.log.summary_counts import EnergyCounts
from sync.packets.packet import local_hash
from sync.packets.reading import WireChannel
from sync.packets.summary import AIR_INDEX, AirHour, OutgoingSummary, statistics_of


def summary_payload(summary: OutgoingSummary, form: HashForm) -> bytes:
    """The message."""
    body = summary.body
    content: dict[str, JsonValue] = {
        "project_id": summary.station.project_id,
        "device_id": summary.station.device_id,
        "sensor_id": body.sensor,
        "sensor_type": body.kind,
        "aggregation_period": "hourly",
        "period_start": rfc3339_from_ns(summary.t_ns),
        "period_end": rfc3339_from_ns(summary.t_ns + HOUR_NS),
        "state": "withdrawn" if body.withdrawn else "current",
        "metrics": _metrics(summary),
        "data_quality": _quality(body),
        "gaps": [_gap(gap) for gap in body.gaps],
        "amended_by": list(body.amended_by),
        "plan": body.plan,
        "log": summary.log,
        "index": summary.index,
        "replaces": body.replaces,
        "reasons": list(body.reasons),
    }
    content["local_hash"] = local_hash(content, form)
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _metrics(summary: OutgoingSummary) -> dict[str, JsonValue]:
    body = summary.body
    told: dict[str, JsonValue] = {}
    if body.energy is not None:
        told |= _energy(body.energy, counts=summary.counts)
    for air in summary.air:
        if air.t_ns == summary.t_ns and air.value is not None:
            told |= {AIR_INDEX: air.value, "dominant_pollutant": air.dominant}
    later: list[JsonValue] = [_later(air) for air in summary.air if air.t_ns != summary.t_ns]
    if later:
        told["later_hours"] = later
    channels: dict[str, JsonValue] = {
        summary.channels[name].field: _channel(channel, summary.channels[name])
        for name, channel in body.channels.items()
    }
    return told | {"channels": channels}


def _energy(energy: EnergySummary, *, counts: EnergyCounts) -> dict[str, JsonValue]:
    """Only what adds to the project's totals bears their names; what is taken off or only checks has its own."""
    factor = energy.factor
    common: dict[str, JsonValue] = {
        "energy_basis": energy.basis,
        "energy_uncertainty_kwh": energy.uncertainty,
        "covered_s": energy.covered_us / 1e6,
        "uncovered_s": energy.uncovered_us / 1e6,
    }
    if counts != "adds":
        name = "total_energy_consumed_kwh" if counts == "subtracts" else "check_energy_kwh"
        return {name: float(energy.kilowatt_hours), **common}
    return {
        "total_energy_generated_kwh": float(energy.kilowatt_hours),
        "total_co2_reduced_tons": energy.avoided_kilograms / 1000,
        **common,
        "grid_factor": {
            "name": factor.name,
            "kg_per_kwh": float(factor.kilograms_per_kilowatt_hour),
            "date": factor.date,
            "source": factor.source,
            "loss": float(factor.loss),
            "legacy_default": factor.legacy_default,
        },
    }


def _later(air: AirHour) -> dict[str, JsonValue]:
    """An hour behind this one, whose index this summary changes."""
    return {"period_start": rfc3339_from_ns(air.t_ns), AIR_INDEX: air.value, "dominant_pollutant": air.dominant}


def _channel(channel: ChannelSummary, wire: WireChannel) -> dict[str, JsonValue]:
    told = statistics_of(channel, wire)
    return {
        "unit": wire.unit,
        "mean": told.mean,
        "minimum": told.minimum,
        "maximum": told.maximum,
        "uncertainty": told.uncertainty,
        "accepted": channel.accepted,
        "coverage": channel.coverage / 100,
        "quality_score": _score(channel.score),
        "source_score": _score(channel.source.mean if channel.source else None),
        "level": channel.level,
        "flags": dict(channel.flags),
    }


def _quality(body: SummaryBody) -> dict[str, JsonValue]:
    return {
        "total_readings": body.readings,
        "valid_readings": body.accepted,
        "expected_readings": body.expected,
        "coverage": body.coverage / 100,
        "quality_score": _score(body.score),
        "source_score": _score(body.source.mean if body.source else None),
        "level": body.level,
        "flags": dict(body.flags),
        "rules": body.rules,
    }


def _score(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100


def _gap(gap: GapSummary) -> dict[str, JsonValue]:
    return {"from": gap.start, "to": gap.end, "expected": gap.expected, "causes": list(gap.causes), "index": gap.index}
