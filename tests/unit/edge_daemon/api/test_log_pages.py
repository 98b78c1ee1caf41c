# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Gaps, notes and visits over HTTP from a real log: by stretch of time, page by page, none left out."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from edge_daemon.api import paging, problems, routes_log
from edge_daemon.api.routes_station import services
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Record
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import Body, GapBody, NoteBody, VisitBody
from edge_daemon.log.clock_history import ClockHistory, Stretch, TimeBase
from edge_daemon.log.effective import Amendments
from edge_daemon.log.entry import Stamp
from edge_daemon.station.journal import record_of
from tests.support.log_files import T0, co2, write_log

SECOND = 1_000_000_000
MANY_GAPS = 2_500
BELIEVED = ClockHistory((Stretch(0, "boot", "trusted", T0 - 100 * SECOND, -100 * 10**6, TimeBase(T0, 0, 1000)),))


def text(second: float) -> str:
    return rfc3339_from_ns(T0 + round(second * SECOND))


def entry(second: float, body: Body) -> Record:
    return record_of(body, Stamp(T0 + round(second * SECOND), round(second * 10**6), bytes(16)))


def gap(second: int, sensor: str = "s1") -> Record:
    """A gap that ends at `second` and lasted ten seconds."""
    return entry(second, GapBody(sensor, text(second - 10), text(second), 10, ("no_reply",)))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "buffer.sqlite3"
    records = [gap(20 * number, "s1" if number % 2 else "s2") for number in range(MANY_GAPS)]
    records += [co2(60_000), entry(60_001, NoteBody("Mast repainted", text(100), "Ana"))]
    records += [entry(60_002, NoteBody("Door opened", text(60_002), "Ana"))]
    records += [entry(60_010 + number, VisitBody("start", "Ana")) for number in range(3)]
    write_log(path, records)
    return path


class Client:
    """Asks the routes of a log, without a network."""

    def __init__(self, path: Path) -> None:
        self._app = FastAPI()
        problems.install(self._app)
        self._app.include_router(routes_log.router)
        self._app.dependency_overrides[services] = lambda: SimpleNamespace(
            reader=lambda: LogReader(path),
            clock_history=lambda: BELIEVED,
            amendments=SimpleNamespace(amendments=Amendments()),
        )

    def get(self, address: str, params: dict[str, Any] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.get(address, params=params)

        return asyncio.run(ask())


@pytest.fixture
def client(path: Path) -> Client:
    return Client(path)


def every(client: Client, path: str, **query: Any) -> list[Any]:
    """All pages, followed by their Link headers."""
    reply = client.get(path, params=query)
    found = list(reply.json())
    while "next" in reply.links:
        reply = client.get(reply.links["next"]["url"])
        found += reply.json()
    return found


def test_all_gaps_come_however_many(client: Client) -> None:
    first = client.get("/api/gaps")
    assert len(first.json()) == paging.LIMIT
    assert "next" in first.links
    assert [one["index"] for one in every(client, "/api/gaps")] == list(range(1, MANY_GAPS + 1))


def test_a_stretch_has_the_gaps_that_touch_it(client: Client) -> None:
    found = every(client, "/api/gaps", since=text(195), until=text(231))
    assert [one["end"] for one in found] == [text(200), text(220), text(240)]
    assert every(client, "/api/gaps", since=text(200), until=text(210)) == []
    last = 20 * (MANY_GAPS - 1)
    assert [one["end"] for one in every(client, "/api/gaps", since=text(last - 1))] == [text(last)]


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_pages_of_any_size_give_the_same(client: Client, limit: int) -> None:
    stretch = {"since": text(1000), "until": text(1400), "sensor": "s1"}
    found = every(client, "/api/gaps", **stretch, limit=limit)
    assert found == every(client, "/api/gaps", **stretch)
    assert len(found) == 10
    assert {one["sensor_id"] for one in found} == {"s1"}


def test_a_page_that_stops_early_says_where_to_go_on(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "EXAMINED", 1_000)
    late = {"since": text(20 * 2_400)}
    assert client.get("/api/gaps", params=late).json() == []
    assert len(every(client, "/api/gaps", **late)) == MANY_GAPS - 2_400 - 1


def test_a_note_counts_by_the_moment_it_is_about(client: Client) -> None:
    assert [one["text"] for one in every(client, "/api/notes")] == ["Mast repainted", "Door opened"]
    assert [one["text"] for one in every(client, "/api/notes", until=text(101))] == ["Mast repainted"]
    assert [one["text"] for one in every(client, "/api/notes", since=text(101))] == ["Door opened"]


def test_visits_by_time(client: Client) -> None:
    times = [one["time"] for one in every(client, "/api/visits", since=text(60_011), until=text(60_012), limit=1)]
    assert times == [text(60_011)]
    assert len(every(client, "/api/visits", limit=1)) == 3


@pytest.mark.parametrize(
    ("query", "named"),
    [({"since": "yesterday"}, "since"), ({"since": "2026-11-23T00:00:00Z", "until": "2026-11-23T00:00:00Z"}, "until")],
)
def test_a_stretch_that_cannot_be_is_refused_by_name(client: Client, query: dict[str, str], named: str) -> None:
    reply = client.get("/api/gaps", params=query)
    assert (reply.status_code, reply.json()["field"]) == (422, named)
    assert client.get("/api/gaps", params={"limit": 0}).status_code == 422
