# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the log before a summary adds to it: wire units, whether its energy counts, what is gone."""

from dataclasses import replace

import pytest

from edge_daemon.log.bodies import ChannelBody
from edge_daemon.log.canonical import JsonValue
from edge_daemon.log.entry import decode_entry
from edge_daemon.log.plan_body import Counts, PlanBody, Role
from edge_daemon.log.summary import SummaryBody
from sync.packets.chronicle import Unreadable, chronicle_of
from sync.packets.summary import Metric, OutgoingSummary
from sync.packets.summary_meaning import SummaryMeaning, summary_body
from tests.support.summarised import body, channel, energy, withdrawn
from tests.unit.sync.metered import planned
from tests.unit.sync.recorded import ORIGIN, TEMPERATURE, WIND, Recorded


def meant(log: Recorded, told: SummaryBody, replaced: SummaryBody | None = None) -> OutgoingSummary:
    chronicle = chronicle_of((index, decode_entry(data)) for index, data in enumerate(log.entries))
    return SummaryMeaning(chronicle).outgoing(len(log.entries), told, replaced)


def test_names_and_units_are_those_of_the_configuration_that_held() -> None:
    log = Recorded().begin()
    log.sensor("mast", primary="wind")
    last = log.readings("mast", 3, 1)[0]
    log.sensor("mast", [TEMPERATURE, ChannelBody("wind", "m/s", 0, 60, "gusts", "m/s", 1.0)])
    told = meant(log, body(first=last, last=last, primary="wind"))
    assert (told.log, told.station.project_id) == (ORIGIN, "P1")
    assert (told.channels["wind"].field, told.channels["wind"].factor) == ("wind_speed", 3.6)
    assert (told.channels["wind"].primary, told.channels["temperature"].primary) == (True, False)
    assert meant(log, body(last=last, primary="")).channels["temperature"].primary


def test_readings_that_were_moved_from_a_wrong_plug_keep_their_names() -> None:
    log = Recorded().begin()
    log.sensor("mast", [TEMPERATURE])
    last = log.sensor("other", [TEMPERATURE, WIND])
    assert meant(log, body(last=last)).channels["wind"].field == "wind_speed"


def test_a_number_is_never_scaled_by_a_factor_of_another_unit() -> None:
    log = Recorded().begin()
    last = log.sensor("mast")
    told = body(channels={"temperature": channel(1.0), "wind": channel(2.0, "km/h")}, last=last)
    wind = meant(log, told).channels["wind"]
    assert (wind.unit, wind.factor) == ("km/h", 1.0)


@pytest.mark.parametrize(
    ("role", "way", "counts"),
    [("record", "adds", "adds"), ("record", "subtracts", "subtracts"), ("check", "adds", "none")],
)
def test_only_a_sensor_of_record_counts_and_as_the_plan_says(role: Role, way: Counts, counts: str) -> None:
    log = Recorded().begin()
    plan = log.add(PlanBody((replace(planned("power"), sensor="mast", role=role, counts=way),), "Ana"))
    told = body(channels={}, energy=energy(1.0), plan=plan)
    assert meant(log, told).counts == counts
    assert meant(log, replace(told, sensor="unplanned")).counts == "none"
    assert meant(log, replace(told, plan=None)).counts == "adds"
    with pytest.raises(Unreadable, match="names as the plan"):
        meant(log, replace(told, plan=1))


def test_what_the_summary_before_had_and_this_one_has_not_is_gone() -> None:
    log = Recorded().begin()
    last = log.sensor("mast")
    had = body(energy=energy(1.0), last=last)
    assert meant(log, withdrawn(replaces=last), had).gone == (
        Metric("energy_generated_interval"),
        Metric("co2_reduced_kg"),
        Metric("co2_reduced_tons"),
        Metric("hour_mean", "primary"),
        Metric("hour_mean", "wind_speed"),
    )
    plan = log.add(PlanBody((replace(planned("power"), sensor="mast", role="check"),), "Ana"))
    checked = meant(log, replace(had, plan=plan, replaces=last), had)
    assert {metric.type for metric in checked.gone} == {
        "energy_generated_interval",
        "co2_reduced_kg",
        "co2_reduced_tons",
    }


@pytest.mark.parametrize("change", [{"hour": "2026-11-23T08:00:01Z"}, {"hour": "today"}, {"flags": 3}])
def test_another_form_is_told(change: dict[str, JsonValue]) -> None:
    log = Recorded().begin()
    entry = decode_entry(log.entries[log.add(body())])
    assert summary_body(entry) == body()
    with pytest.raises(Unreadable):
        summary_body(replace(entry, body={**entry.body, **change}))
