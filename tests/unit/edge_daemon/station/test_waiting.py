# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What waits for a time can be found, whatever holds it, and is gone once it is released or fixed."""

import asyncio
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from edge_daemon.api import problems, routes_amendments
from edge_daemon.api.routes_station import services
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.clock_history import clock_history
from edge_daemon.station.waiting import Waiting
from tests.unit.edge_daemon.station.summary_world import METER, SummaryWorld
from tests.unit.edge_daemon.station.test_summaries import MIDNIGHT, world_at


def waiting(world: SummaryWorld) -> list[Waiting]:
    world.summarise()
    assert world.summariser is not None
    return world.summariser.index.waiting()


def read(world: SummaryWorld, count: int) -> list[int]:
    indices = []
    for _ in range(count):
        indices.append(world.sample(METER, power=1.0))
        world.run(300)
        world.tick()
    return indices


@pytest.mark.parametrize("block", [1, 4, 500])
def test_each_stretch_of_the_clock_waits_by_itself_until_it_is_released(block: int) -> None:
    world = world_at(MIDNIGHT)
    world.block = block
    read(world, 3)
    world.reboot(600, -(10**6))
    world.start()
    first = read(world, 5)
    world.reboot(600, -(10**5))
    world.start()
    second = read(world, 4)
    found = waiting(world)
    assert [(one.first, one.last, one.readings) for one in found] == [
        (first[0], first[-1], 5),
        (second[0], second[-1], 4),
    ]
    world.amend("release_untrusted_time", first[0], first[-1], offset_us=10**12, uncertainty_us=10**6)
    assert [one.first for one in waiting(world)] == [second[0]]
    world.synchronise()
    world.tick()
    assert waiting(world) == []


def test_readings_that_contradict_earlier_ones_wait_too() -> None:
    world = world_at(MIDNIGHT)
    read(world, 3)
    world.reboot(600)
    world.wall_ns = world.true_ns = MIDNIGHT - 3600 * 10**9
    world.synchronise()
    world.start()
    held = read(world, 2)
    assert [(one.first, one.last, one.readings) for one in waiting(world)] == [(held[0], held[1], 2)]


def test_the_route_tells_what_the_clock_showed(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_at(MIDNIGHT, synchronised=False)
    read(world, 3)
    found = waiting(world)
    app = FastAPI()
    problems.install(app)
    app.include_router(routes_amendments.router)
    monkeypatch.setattr(routes_amendments, "entry_at", lambda _reader, index: world.entries[index])
    app.dependency_overrides[services] = lambda: SimpleNamespace(
        reader=nullcontext,
        clock_history=lambda: clock_history(world.log),
        summaries=SimpleNamespace(waiting=lambda: found),
    )

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.get("/api/amendments/waiting")

    reply: list[dict[str, Any]] = asyncio.run(ask()).json()
    (told,) = reply
    assert (told["readings"], told["contradicts"]) == (3, False)
    assert ns_from_rfc3339(told["clock_from"]) == MIDNIGHT
    assert ns_from_rfc3339(told["clock_to"]) == MIDNIGHT + 600 * 10**9
