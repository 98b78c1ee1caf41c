# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A sensor's history over HTTP from a real log: the newest readings, or the whole of a long timeframe in a few."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from edge_daemon.api import problems, routes_projects
from edge_daemon.api.routes_station import services
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Record
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.time import NS_PER_S, ns_from_rfc3339, rfc3339_from_ns
from tests.support.log_files import MISSING, T0, reading, write_log

READINGS = 12_000
SPIKE, DIP, LOST = 4_321, 7_777, 5_000
NOW_NS = T0 + READINGS * NS_PER_S


def made(number: int) -> Record:
    value = {SPIKE: 900.0, DIP: -900.0}.get(number, float(number % 7))
    channel = MISSING if number == LOST else ChannelValue(value, value, Flag.GOOD)
    return reading(T0 + number * NS_PER_S, "s1", {"co2": channel, "t": ChannelValue(1.0, 1.0, Flag.GOOD)}, salt=number)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "buffer.sqlite3"
    write_log(path, [made(number) for number in range(1, READINGS + 1)])
    return path


class Client:
    """Asks the route of one station, whose clock stands at the last reading, without a network."""

    def __init__(self, path: Path) -> None:
        configuration = SimpleNamespace(model="model")
        history = SimpleNamespace(placed=lambda _index, t_ns, _mono_us: SimpleNamespace(time_ns=t_ns))
        wired = SimpleNamespace(
            reader=lambda: LogReader(path),
            now_ns=lambda: NOW_NS,
            clock_history=lambda: history,
            book=SimpleNamespace(
                setup=SimpleNamespace(station=SimpleNamespace(project_id="p")),
                sensor=lambda _: SimpleNamespace(configuration=configuration),
                model=lambda _: SimpleNamespace(primary="co2"),
            ),
            instruments=SimpleNamespace(told=SimpleNamespace(standing_at=lambda _sensor, _index: "confirmed")),
        )
        self._app = FastAPI()
        problems.install(self._app)
        self._app.include_router(routes_projects.router)
        self._app.dependency_overrides[services] = lambda: wired

    def get(self, **params: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.get("/api/projects/p/sensors/s1", params=params)

        return asyncio.run(ask())


@pytest.fixture
def client(path: Path) -> Client:
    return Client(path)


def test_without_points_the_newest_ten_thousand_come_and_it_says_so(client: Client) -> None:
    answer = client.get(timeframe="7d")
    told = answer.json()
    assert answer.headers["Verifield-Left-Out"] == "earlier"
    assert len(told) == 9_999  # one of them has no value
    assert told[-1] == {"timestamp": rfc3339_from_ns(NOW_NS), "value": float(READINGS % 7), "quality": 0.9}
    assert told[0]["timestamp"] == rfc3339_from_ns(T0 + 2_001 * NS_PER_S)


@pytest.mark.parametrize("points", [2, 3, 100, 999, 10_000])
def test_with_points_the_whole_timeframe_comes_in_as_many_and_no_extreme_is_lost(client: Client, points: int) -> None:
    answer = client.get(timeframe="7d", points=points)
    told = answer.json()
    assert answer.headers["Verifield-Left-Out"] == "between"
    assert len(told) <= points
    times = [point["timestamp"] for point in told]
    assert times == sorted(set(times))
    assert {"timestamp": rfc3339_from_ns(T0 + SPIKE * NS_PER_S), "value": 900.0, "quality": 0.9} in told
    assert {"timestamp": rfc3339_from_ns(T0 + DIP * NS_PER_S), "value": -900.0, "quality": 0.9} in told


def test_every_stretch_has_its_own_extremes(client: Client) -> None:
    told = client.get(timeframe="200m", points=100).json()  # 12,000 s: fifty stretches of 240 s
    numbers = [(ns_from_rfc3339(point["timestamp"]) - T0) // NS_PER_S for point in told]
    for stretch in range(50):
        inside = [point["value"] for point, number in zip(told, numbers, strict=True) if number // 240 == stretch]
        assert (min(inside), max(inside)) == (
            -900.0 if stretch == DIP // 240 else 0.0,
            900.0 if stretch == SPIKE // 240 else 6.0,
        )


def test_few_readings_come_as_they_are(client: Client) -> None:
    answer = client.get(timeframe="15m", points=1_000)
    assert "Verifield-Left-Out" not in answer.headers
    assert answer.json() == client.get(timeframe="15m").json()
    assert len(answer.json()) == 901


@pytest.mark.parametrize("points", [1, 10_001, "many"])
def test_a_number_of_points_that_cannot_be_is_refused(client: Client, points: object) -> None:
    answer = client.get(points=points)
    assert answer.status_code == 422
    assert "points" in answer.text
