# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Summaries and metrics over HTTP, from a log of real bytes."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from edge_daemon.api import problems, routes_summaries
from edge_daemon.api.routes_station import services
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.domain.station import Station
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import ChannelBody, InstallationBody
from edge_daemon.log.entry import EntryType
from edge_daemon.log.plan import plan_of
from edge_daemon.log.plan_body import PlanBody, PlannedFactor
from edge_daemon.log.summary import HOUR_NS
from edge_daemon.station.summaries import SummaryDesk
from tests.unit.edge_daemon.log.test_plan_tree import TREE
from tests.unit.edge_daemon.station.summary_world import AIR, COUNTER, METER, POWER, SummaryWorld, configuration
from tests.unit.edge_daemon.station.test_summaries import MIDNIGHT, parameter, world_at

CAMX = PlannedFactor("CAMX", 0.194348, "2025-06-12", "eGRID2023 rev 2")


def get(world: SummaryWorld, address: str, **query: Any) -> httpx.Response:
    app = FastAPI()
    problems.install(app)
    app.include_router(routes_summaries.router)
    assert world.summariser is not None
    index = world.summariser.index
    wired = SimpleNamespace(
        summaries=SimpleNamespace(
            summaries=index.summaries,
            complete=world.summariser.caught_up,
            unbroken=SummaryDesk(index, world.keep, lambda: None).unbroken,
        ),
        amendments=SimpleNamespace(plan=plan_of(item for item in world.log if item[1].type == EntryType.PLAN)),
        book=SimpleNamespace(setup=SimpleNamespace(station=Station("d", "forest-7"))),
    )
    app.dependency_overrides[services] = lambda: wired

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get(address, params=query)

    return asyncio.run(ask())


def recorded(*, planned: bool, hours: int = 3) -> SummaryWorld:
    world = world_at(MIDNIGHT)
    if planned:
        told = (parameter(METER, "power", factor=CAMX), parameter(AIR, "pm2_5", role="check", factor=None))
        world.write(PlanBody(told, "Ana"))
    for _ in range(12 * hours + 3):
        world.sample(METER, power=12_000.0)
        world.sample(AIR, pm2_5=9.0, no2=20.0)
        world.run(300)
    world.summarise()
    return world


def test_current_summaries_come_in_the_logs_order_and_history_on_request() -> None:
    world = recorded(planned=False)
    reply = get(world, "/api/summaries").json()
    assert reply["complete"] is True
    assert [one["index"] for one in reply["summaries"]] == sorted(world.written)
    assert {(one["summary"]["hour"][11:13], one["summary"]["sensor"]) for one in reply["summaries"]} == {
        (hour, sensor) for hour in ("00", "01", "02") for sensor in (AIR, METER)
    }
    world.amend("maintenance", 0, len(world.data) - 1, sensors=(METER,), start=text(1), end=text(2))
    world.summarise()
    found = get(world, "/api/summaries", sensor=METER, since=text(1), until=text(2)).json()["summaries"]
    assert [(one["current"], one["summary"]["accepted"], one["summary"]["reasons"]) for one in found] == [
        (True, 0, ["amendment"])
    ]
    whole = get(world, "/api/summaries", sensor=METER, since=text(1), until=text(2), history=True).json()["summaries"]
    assert [one["current"] for one in whole] == [False, True]
    assert whole[1]["summary"]["replaces"] == whole[0]["index"]


def test_summaries_come_page_by_page_and_one_told_anew_between_two_pages_is_not_missed() -> None:
    world = recorded(planned=False)
    query: dict[str, str] | None = {"limit": "2"}
    pages = []
    while query is not None:
        reply = get(world, "/api/summaries", **query)
        pages.append([one["index"] for one in reply.json()["summaries"]])
        if len(pages) == 1:  # an hour that stands on the first page gets a new summary, and one that does not
            world.amend("maintenance", 0, len(world.data) - 1, sensors=(METER,), start=text(1), end=text(2))
            world.summarise()
        query = dict(httpx.URL(reply.links["next"]["url"]).params) if "next" in reply.links else None
    assert max(map(len, pages)) == 2
    found = [index for page in pages for index in page]
    assert found == sorted(set(found))
    whole = get(world, "/api/summaries")
    assert {one["index"] for one in whole.json()["summaries"]} <= set(found)
    assert (len(whole.json()["summaries"]), "Link" in whole.headers) == (6, False)
    assert len(world.written) > 6
    assert get(world, "/api/summaries", limit=0).status_code == 422


def test_totals_are_those_of_the_sensors_of_record() -> None:
    reply = get(recorded(planned=True), "/api/metrics", since=text(0), until=text(2)).json()
    assert reply["metrics"]["total_energy_generated_kwh"] == pytest.approx(24.0)
    assert reply["metrics"]["total_co2_reduced_tons"] == pytest.approx(24 * 0.194348 / 1000)
    assert (reply["data_quality"]["total_readings"], reply["data_quality"]["valid_readings"]) == (24, 24)
    assert reply["claim"] == {"claim": True, "quality": 0.7, "level": "medium", "sensor_id": METER, "refused": None}
    assert [one["name"] for one in reply["factors"]] == ["CAMX"]
    assert [(one["sensor_id"], one["channel"]) for one in reply["parameters"]] == [(METER, "power")]
    (told,) = reply["parameters"]
    assert (told["source_score"], told["capped"], told["capped_by_coverage"]) == (0.7, {}, False)
    assert reply["air_quality"] == [{"sensor_id": AIR, "index": 50, "dominant": "pm2_5"}]
    assert (reply["project_id"], reply["period_start"][11:13], reply["period_end"][11:13]) == ("forest-7", "00", "02")


def test_a_counter_alone_without_a_rated_power_is_named_beside_the_totals() -> None:
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
    world.begin(configuration(METER, "power_meter", COUNTER))
    world.write(PlanBody((parameter(METER, "energy"),), "Ana"))
    for place in range(14):
        world.sample(METER, energy=100.0 + place)
        world.run(300)
    world.run(4000)
    world.summarise()
    assert get(world, "/api/metrics", since=text(0), until=text(1)).json()["unbounded"] == [METER]
    assert get(recorded(planned=True), "/api/metrics", since=text(0), until=text(2)).json()["unbounded"] == []


def oak(swapped: bool = False) -> SummaryWorld:
    """A stem that grows by 4.2 mm of diameter from one day to the next, and swells by 0.3 mm every morning."""
    diameter = ChannelBody("diameter", "mm", -1000, 1000, "diameter", "mm")
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
    world.begin(configuration("oak", "tree_growth", diameter))
    world.write(InstallationBody("oak", "m", "1", SerialSource.LABEL))
    world.write(PlanBody((parameter("oak", "diameter", unit="mm", tree=TREE),), "Ana"))
    for place in range(48):
        if swapped and place == 30:
            world.write(InstallationBody("oak", "m", "2", SerialSource.LABEL))
        world.sample("oak", diameter=6.14 + (4.2 if place >= 24 else 0.0) + (0.3 if place % 24 == 6 else 0.0))
        world.run(3600)
    world.run(1200)
    world.summarise()
    return world


def test_growth_of_a_planned_tree_is_told_with_equation_limits_and_source() -> None:
    reply = get(oak(), "/api/metrics", since=text(0), until=text(48)).json()
    (stem,) = reply["stem_growth"]
    assert (stem["sensor_id"], stem["channel"], stem["changed"]) == ("oak", "diameter", False)
    assert stem["millimetres"] == pytest.approx(4.2)
    tree = stem["tree"]
    assert (tree["equation"], tree["source"], tree["measured"]) == (
        "Chave et al. 2014, equation 4", TREE.source, TREE.measured,
    )  # fmt: skip
    assert tree["co2_kilograms"] == pytest.approx(30.2619524, rel=1e-6)
    assert (tree["least_cm"], tree["most_cm"], tree["sigma"], tree["refused"]) == (5.0, 212.0, 0.357, None)
    assert reply["metrics"] == {"total_energy_generated_kwh": None, "total_co2_reduced_tons": None}


def test_the_performance_ratio_of_a_rated_plant_is_told_for_hours_of_strong_sun() -> None:
    world = SummaryWorld(true_ns=MIDNIGHT, wall_ns=MIDNIGHT, synchronised=True)
    sun = ChannelBody("irradiance", "W/m²", -10, 2000, "irradiance", "W/m²")
    rated = replace(configuration(METER, "power_meter", POWER), settings={"rated_power_kw": 10.0})
    world.begin(rated, configuration("sun", "irradiance", sun))
    told = (parameter(METER, "power", factor=CAMX), parameter("sun", "irradiance", parameter="sun", unit="W/m²"))
    world.write(PlanBody(told, "Ana"))
    for irradiance in (800.0, 50.0, 1000.0):
        for _ in range(12):
            world.sample(METER, power=8_000.0)
            world.sample("sun", irradiance=irradiance)
            world.run(300)
    world.sample(METER, power=8_000.0)
    world.run(1200)
    world.summarise()
    (ratio,) = get(world, "/api/metrics", since=text(0), until=text(3)).json()["performance"]
    assert ratio["ratio"] == pytest.approx(16 / 18)
    assert (ratio["meter_sensor_id"], ratio["sun_sensor_id"], ratio["hours"]) == (METER, "sun", 2)
    assert (ratio["least"], ratio["greatest"]) == pytest.approx((0.8, 1.0))


def test_no_growth_is_told_across_another_instrument() -> None:
    (stem,) = get(oak(swapped=True), "/api/metrics", since=text(0), until=text(48)).json()["stem_growth"]
    assert (stem["millimetres"], stem["changed"], stem["tree"]) == (None, True, None)


def test_hours_without_any_summary_cannot_be_hidden() -> None:
    capped = get(recorded(planned=True), "/api/metrics", since=text(0), until=text(5)).json()
    assert (capped["claim"]["quality"], capped["claim"]["level"]) == (0.69, "basic")
    assert capped["parameters"][0]["capped_by_coverage"] is True
    refused = get(recorded(planned=True), "/api/metrics", since=text(0), until=text(24)).json()
    assert (refused["claim"]["claim"], refused["claim"]["refused"]) == (False, "coverage")


def test_without_a_plan_there_is_nothing_to_total_or_to_claim() -> None:
    reply = get(recorded(planned=False), "/api/metrics").json()
    assert reply["metrics"] == {"total_energy_generated_kwh": None, "total_co2_reduced_tons": None}
    assert (reply["claim"]["claim"], reply["claim"]["refused"]) == (False, "no_sensor")


def test_a_stretch_that_cannot_be_is_refused_by_name() -> None:
    reply = get(recorded(planned=False, hours=1), "/api/metrics", since="yesterday")
    assert (reply.status_code, reply.json()["field"]) == (422, "since")


def text(hour: int) -> str:
    return rfc3339_from_ns(MIDNIGHT + hour * HOUR_NS)
