# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Hourly summaries as messages: the aggregated record, its hash, and what a check sensor must not say."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from edge_daemon.log.canonical import canonical
from edge_daemon.log.summary import HOUR_NS, GapSummary
from sync.packets.summary import AirHour, OutgoingSummary
from sync.packets.summary_packet import summary_payload
from tests.support.outgoing import ORIGIN
from tests.support.summarised import HOUR, body, channel, energy, summary, withdrawn

TIME = HOUR * HOUR_NS


def told(one: OutgoingSummary) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(summary_payload(one, "sorted_json"))
    return content


def test_the_aggregated_record_and_its_place_in_the_log() -> None:
    gap = GapSummary(77, "2026-11-23T08:10:00.000000000Z", "2026-11-23T08:11:00.000000000Z", 60, ("unplugged",))
    made = body(channels={"wind": channel(2.0, "m/s")}, energy=energy(12.0), gaps=(gap,), plan=7, replaces=3)
    content = told(summary(4_000, made, channels={"wind": summary(1).channels["wind"]}))
    content.pop("local_hash")
    assert content == {
        "project_id": "mangroves",
        "device_id": "station-7",
        "sensor_id": "mast",
        "sensor_type": "weather_station",
        "aggregation_period": "hourly",
        "period_start": "2026-11-23T08:00:00.000000000Z",
        "period_end": "2026-11-23T09:00:00.000000000Z",
        "state": "current",
        "metrics": {
            "total_energy_generated_kwh": 12.0,
            "total_co2_reduced_tons": 0.006,
            "energy_basis": "power",
            "energy_uncertainty_kwh": None,
            "covered_s": 3600.0,
            "uncovered_s": 0.0,
            "grid_factor": {
                "name": "grid 2025",
                "kg_per_kwh": 0.5,
                "date": "2025-06-12",
                "source": "ministry, table 3",
                "loss": 0.0,
                "legacy_default": False,
            },
            "channels": {
                "wind_speed": {
                    "unit": "km/h",
                    "mean": 7.2,
                    "minimum": 3.6,
                    "maximum": 14.4,
                    "uncertainty": None,
                    "accepted": 3590,
                    "coverage": 0.99,
                    "quality_score": 0.9,
                    "source_score": None,
                    "level": "high",
                    "flags": {"1": 3590, "4": 10},
                }
            },
        },
        "data_quality": {
            "total_readings": 3600,
            "valid_readings": 3590,
            "expected_readings": 3600,
            "coverage": 0.99,
            "quality_score": 0.9,
            "source_score": None,
            "level": "high",
            "flags": {"1": 3590, "4": 10},
            "rules": "4.3/1",
        },
        "gaps": [{"from": gap.start, "to": gap.end, "expected": 60, "causes": ["unplugged"], "index": 77}],
        "amended_by": [],
        "plan": 7,
        "log": ORIGIN,
        "index": 4000,
        "replaces": 3,
        "reasons": ["first"],
    }


def test_the_hash_is_that_of_the_packets_in_both_forms() -> None:
    one = summary(5, body(energy=energy(1.5)), air=(AirHour(TIME, 55, "pm2_5"),))
    content = told(one)
    claimed = content.pop("local_hash")
    assert hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest() == claimed
    content = json.loads(summary_payload(one, "rfc8785"))
    claimed = content.pop("local_hash")
    assert hashlib.sha256(canonical(content)).hexdigest() == claimed


def test_a_message_that_is_sent_again_is_the_same_bytes() -> None:
    one = summary(5, body(energy=energy(1.5)))
    assert summary_payload(replace(one, resent=True), "sorted_json") == summary_payload(one, "sorted_json")


def test_a_check_sensor_has_no_total() -> None:
    metrics = told(summary(5, body(energy=energy(12.0)), counts="none"))["metrics"]
    assert metrics["check_energy_kwh"] == 12.0
    assert not any(name.startswith("total_") for name in metrics)


def test_imported_energy_is_neither_generated_nor_does_it_avoid_emissions() -> None:
    metrics = told(summary(5, body(energy=energy(10.0)), counts="subtracts"))["metrics"]
    assert metrics["total_energy_consumed_kwh"] == 10.0
    assert (
        not {"total_energy_generated_kwh", "total_co2_reduced_tons", "grid_factor", "check_energy_kwh"} & metrics.keys()
    )


def test_the_index_of_the_hour_and_of_those_behind_it() -> None:
    air = (AirHour(TIME, 55, "pm2_5"), AirHour(TIME + HOUR_NS, None))
    metrics = told(summary(5, body(), air=air))["metrics"]
    assert (metrics["calculated_aqi"], metrics["dominant_pollutant"]) == (55, "pm2_5")
    (later,) = metrics["later_hours"]
    assert later["period_start"] == "2026-11-23T09:00:00.000000000Z"
    assert later["calculated_aqi"] is None


def test_a_withdrawn_hour_says_so() -> None:
    content = told(summary(9, withdrawn(replaces=5)))
    assert (content["state"], content["replaces"], content["metrics"]) == ("withdrawn", 5, {"channels": {}})
    assert content["data_quality"]["total_readings"] == 0
