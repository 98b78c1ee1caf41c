# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Hourly summaries as line protocol: names, types that never change, and what is gone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.station import Station
from edge_daemon.log.summary import HOUR_NS, ScoreSummary
from sync.packets.lines import lines_of
from sync.packets.reading import WireChannel
from sync.packets.summary import AirHour, Metric, OutgoingSummary
from sync.packets.summary_lines import BLANK, FIELDS_OF, summary_lines
from tests.support.outgoing import ORIGIN, facts_of, reading
from tests.support.summarised import HOUR, Point, body, channel, energy, points, summary, withdrawn

TAGS = f"derived_metric,device_id=station-7,log={ORIGIN},"
REST = "project_id=mangroves,sensor_id=mast"
TIME = HOUR * HOUR_NS


def told(*summaries: OutgoingSummary) -> dict[str, Point]:
    """What the database shows of the hour, by metric and what was measured."""
    shown: dict[str, Point] = {}
    for (series, _), fields in points(line for one in summaries for line in summary_lines(one)).items():
        tags = dict(tag.split("=", 1) for tag in series.split(",")[1:])
        shown[":".join(filter(None, (tags["metric_type"], tags.get("measurement_type"))))] = fields
    return shown


def test_the_bytes_of_a_channels_hour() -> None:
    first, wind = summary_lines(summary(4_000))
    assert first == (
        f"{TAGS}measurement_type=primary,metric_type=hour_mean,{REST} "
        'value=20.5,state="current",unit="°C",score=0.9,level="high",coverage=0.99,readings=3600i,expected=3600i,'
        'accepted=3590i,flag_1=3590i,flag_2=0i,flag_3=0i,flag_4=10i,flag_9=0i,rules="4.3/1",log_index=4000i,'
        f"minimum=19.5,maximum=22.5 {TIME}"
    )
    assert wind.startswith(f"{TAGS}measurement_type=wind_speed,metric_type=hour_mean,{REST} value=7.2,")
    assert 'unit="km/h"' in wind
    assert wind.endswith(f"minimum=3.6,maximum=14.4,uncertainty=1.8 {TIME}")


def test_the_bytes_of_energy_and_emissions() -> None:
    made = body(channels={}, energy=energy(12.0, uncertainty=0.25), plan=7)
    energy_line, kilograms, tonnes = summary_lines(summary(4_000, made))
    quality = (
        'score=0.9,level="high",coverage=0.99,readings=3600i,expected=3600i,accepted=3590i,flag_1=3590i,flag_2=0i,'
        'flag_3=0i,flag_4=10i,flag_9=0i,rules="4.3/1",plan=7i,log_index=4000i'
    )
    factor = (
        'factor=0.5,factor_name="grid 2025",factor_date="2025-06-12",factor_source="ministry, table 3",'
        "factor_loss=0.0,legacy_default=false"
    )
    assert energy_line == (
        f'{TAGS}metric_type=energy_generated_interval,{REST} value=12.0,state="current",unit="kWh",{quality},'
        f'uncertainty=0.25,basis="power",covered_s=3600.0,uncovered_s=0.0 {TIME}'
    )
    assert kilograms == (
        f'{TAGS}metric_type=co2_reduced_kg,{REST} value=6.0,state="current",unit="kg",{quality},{factor} {TIME}'
    )
    assert tonnes == (
        f'{TAGS}metric_type=co2_reduced_tons,{REST} value=0.006,state="current",unit="t",{quality},{factor} {TIME}'
    )


def test_a_check_sensor_has_no_number_that_a_total_would_add_up() -> None:
    shown = told(summary(5, body(channels={}, energy=energy(12.0)), counts="none"))
    assert list(shown) == ["check_energy_interval"]
    assert shown["check_energy_interval"]["value"] == "12.0"


def test_imported_energy_is_neither_generated_nor_does_it_avoid_emissions() -> None:
    shown = told(summary(5, body(channels={}, energy=energy(10.0)), counts="subtracts"))
    assert list(shown) == ["energy_consumed_interval"]
    assert (shown["energy_consumed_interval"]["value"], shown["energy_consumed_interval"]["unit"]) == ("10.0", '"kWh"')


def test_the_air_quality_index_of_the_hour_and_of_those_behind_it() -> None:
    air = (AirHour(TIME, 55, "pm2_5"), AirHour(TIME + HOUR_NS, 61, "pm10"), AirHour(TIME + 2 * HOUR_NS, None))
    lines = list(summary_lines(summary(5, body(channels={}), air=air)))
    series = f"{TAGS}metric_type=calculated_aqi,{REST}"
    assert [line.startswith(f"{series} ") for line in lines] == [True] * 3
    held = points(lines)
    assert (held[series, TIME]["value"], held[series, TIME]["dominant"]) == ("55.0", '"pm2_5"')
    assert held[series, TIME]["score"] == "0.9"
    later = held[series, TIME + HOUR_NS]
    assert later == {"value": "61.0", "state": '"current"', "unit": '"AQI"', "log_index": "5i", "dominant": '"pm10"'}
    gone = held[series, TIME + 2 * HOUR_NS]
    assert (gone["value"], gone["state"], gone["dominant"]) == ("0.0", '"no_value"', '""')


def test_a_first_summary_makes_no_number_up() -> None:
    shown = told(summary(5, body(mean=None)))["hour_mean:primary"]
    assert not shown.keys() & {"value", "minimum", "maximum", "uncertainty", "source_score", "plan"}
    assert (shown["state"], shown["accepted"], shown["flag_4"]) == ('"no_value"', "0i", "3600i")


def test_nothing_of_the_older_summary_shows_through_the_newer() -> None:
    source = ScoreSummary(3_590 * 95, 95, {}, by_coverage=False)
    known = {"temperature": channel(20.5, uncertainty=0.1, source=source)}
    older = summary(5, body(channels=known, plan=3))
    newer = summary(9, body(channels={"temperature": channel(None)}, replaces=5))
    shown = told(older, newer)["hour_mean:primary"]
    assert shown == told(newer)["hour_mean:primary"]
    assert shown["state"] == '"no_value"'
    assert [shown[name] for name in ("value", "minimum", "maximum")] == ["0.0"] * 3
    assert [shown[name] for name in ("uncertainty", "source_score", "plan")] == ["-1.0", "-1.0", "-1i"]


def test_what_a_withdrawn_hour_had_is_there_no_more() -> None:
    older = summary(5, body(energy=energy(12.0)))
    metrics = ("energy_generated_interval", "co2_reduced_kg", "co2_reduced_tons")
    gone = (*map(Metric, metrics), Metric("hour_mean", "primary"), Metric("hour_mean", "wind_speed"))
    newer = summary(9, withdrawn(replaces=5), gone=gone, air=(AirHour(TIME, None),))
    shown = told(older, newer)
    assert shown.keys() == {*metrics, "hour_mean:primary", "hour_mean:wind_speed", "calculated_aqi"}
    for fields in shown.values():
        assert (fields["value"], fields["state"], fields["log_index"]) == ("0.0", '"withdrawn"', "9i")
        assert fields.get("accepted", "0i") == "0i"


def kind_of(text: str) -> type:
    if text in {"true", "false"}:
        return bool
    if text.startswith('"'):
        return str
    return int if text.endswith("i") else float


numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-10, 10)
texts = st.text(min_size=1)


@given(mean=numbers, kilowatt_hours=st.integers(0, 9) | st.floats(0, 1e9), replaces=st.none() | st.just(3))
def test_a_field_has_the_same_type_whatever_its_value(
    mean: float | None, kilowatt_hours: float, replaces: int | None
) -> None:
    air = (AirHour(TIME, 5, "no2"), AirHour(TIME + HOUR_NS, None))
    made = body(mean=mean, energy=energy(kilowatt_hours), replaces=replaces)
    for counts in ("adds", "subtracts", "none"):
        for line in summary_lines(summary(5, made, counts=counts, air=air, gone=(Metric("check_energy_interval"),))):
            for fields in points([line]).values():
                assert {name: kind_of(value) for name, value in fields.items()} == {
                    name: type(BLANK[name]) for name in fields
                }


@pytest.mark.parametrize("metric", FIELDS_OF)
def test_a_summary_that_replaces_another_writes_every_field(metric: str) -> None:
    made = body(energy=energy(1.0), replaces=3, air=None)
    air = (AirHour(TIME, 7, "no2"),)
    counts = {"check_energy_interval": "none", "energy_consumed_interval": "subtracts"}.get(metric, "adds")
    shown = told(summary(5, made, counts=counts, air=air))
    found = next(fields for name, fields in shown.items() if name.split(":")[0] == metric)
    assert tuple(found) == FIELDS_OF[metric]


@given(texts, texts, texts, texts)
def test_no_name_breaks_a_line(project: str, sensor: str, unit: str, level: str) -> None:
    made = body(sensor, channels={"temperature": channel(1.5, level=level)}, rules=unit)
    wire = {"temperature": WireChannel("temperature", unit, 1.0, primary=True)}
    one = summary(5, made, station=Station("d", project), channels=wire)
    (line,) = summary_lines(one)
    ((series, time),) = points([line])
    assert time == TIME
    assert points([line])[series, time]["value"] == "1.5"
    assert "\n" not in line


def test_readings_and_summaries_keep_their_order() -> None:
    before, after = reading(10, facts_of("s")), reading(12, facts_of("s"))
    lines = list(lines_of([before, summary(11), after]))
    assert [line.split(",")[0] for line in lines] == ["sensor_reading"] * 2 + ["derived_metric"] * 2 + [
        "sensor_reading"
    ] * 2


def test_a_number_beyond_all_numbers_in_the_wires_unit_is_none() -> None:
    wire = {"temperature": WireChannel("temperature", "mK", 1_000.0, primary=True)}
    one = replace(summary(5, body(channels={"temperature": channel(1e308)})), channels=wire)
    assert "value" not in told(one)["hour_mean:primary"]
