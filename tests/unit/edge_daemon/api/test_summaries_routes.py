# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Summaries and metrics over HTTP, from a log of real bytes."""

import asyncio
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from edge_daemon.api import problems, routes_summaries
from edge_daemon.api.routes_station import services
from edge_daemon.domain.station import Station
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.entry import EntryType
from edge_daemon.log.plan import plan_of
from edge_daemon.log.plan_body import PlanBody, PlannedFactor
from edge_daemon.log.summary import HOUR_NS
from tests.unit.edge_daemon.station.summary_world import AIR, METER, SummaryWorld
from tests.unit.edge_daemon.station.test_summaries import MIDNIGHT, parameter, world_at

CAMX = PlannedFactor("CAMX", 0.194348, "2025-06-12", "eGRID2023 rev 2")


def get(world: SummaryWorld, address: str, **query: Any) -> httpx.Response:
    app = FastAPI()
    problems.install(app)
    app.include_router(routes_summaries.router)
    assert world.summariser is not None
    wired = SimpleNamespace(
        summaries=SimpleNamespace(summaries=world.summariser.index.summaries, complete=world.summariser.caught_up),
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


def test_current_summaries_come_by_hour_and_sensor_and_history_on_request() -> None:
    world = recorded(planned=False)
    reply = get(world, "/api/summaries").json()
    assert reply["complete"] is True
    assert [(one["summary"]["hour"][11:13], one["summary"]["sensor"]) for one in reply["summaries"]] == [
        (hour, sensor) for hour in ("00", "01", "02") for sensor in (AIR, METER)
    ]
    world.amend("maintenance", 0, len(world.data) - 1, sensors=(METER,), start=text(1), end=text(2))
    world.summarise()
    found = get(world, "/api/summaries", sensor=METER, since=text(1), until=text(2)).json()["summaries"]
    assert [(one["current"], one["summary"]["accepted"], one["summary"]["reasons"]) for one in found] == [
        (True, 0, ["amendment"])
    ]
    whole = get(world, "/api/summaries", sensor=METER, since=text(1), until=text(2), history=True).json()["summaries"]
    assert [one["current"] for one in whole] == [False, True]
    assert whole[1]["summary"]["replaces"] == whole[0]["index"]


def test_totals_are_those_of_the_sensors_of_record() -> None:
    reply = get(recorded(planned=True), "/api/metrics", since=text(0), until=text(2)).json()
    assert reply["metrics"]["total_energy_generated_kwh"] == pytest.approx(24.0)
    assert reply["metrics"]["total_co2_reduced_tons"] == pytest.approx(24 * 0.194348 / 1000)
    assert (reply["data_quality"]["total_readings"], reply["data_quality"]["valid_readings"]) == (24, 24)
    assert reply["claim"] == {"claim": True, "quality": 0.9, "level": "high", "sensor_id": METER, "refused": None}
    assert [one["name"] for one in reply["factors"]] == ["CAMX"]
    assert [(one["sensor_id"], one["channel"]) for one in reply["parameters"]] == [(METER, "power")]
    assert reply["air_quality"] == [{"sensor_id": AIR, "index": 50, "dominant": "pm2_5"}]
    assert (reply["project_id"], reply["period_start"][11:13], reply["period_end"][11:13]) == ("forest-7", "00", "02")


def test_hours_without_any_summary_cannot_be_hidden() -> None:
    capped = get(recorded(planned=True), "/api/metrics", since=text(0), until=text(5)).json()
    assert (capped["claim"]["quality"], capped["claim"]["level"]) == (0.69, "basic")
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
