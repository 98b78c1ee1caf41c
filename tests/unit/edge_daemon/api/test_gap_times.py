# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Gaps over HTTP with the times that are known by now, and those without one told as such."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from edge_daemon.api import problems, routes_log, routes_logs
from edge_daemon.api.routes_station import services
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import BootBody, ClockFixBody, ClockStateBody, GapBody
from edge_daemon.log.effective import amendments_of
from edge_daemon.log.entry import EntryType, Stamp
from edge_daemon.station.entries import entries_of
from tests.support.log_files import T0
from tests.support.logged_station import LoggedStation

S = 10**9
DAY = 86_400
OFF_S = 1800


class Restarted(LoggedStation):
    """After three samples the power fails, and `slow` seconds too early by its clock the computer comes up again."""

    slow = 0
    boots = 0
    folder = Path()

    def stamp(self) -> Stamp:
        since_s = self.second - (3 + OFF_S if self.boots else 0)
        return Stamp(
            T0 + (self.second - self.slow) * S, (1000 + since_s) * 10**6, (self.second + self.boots).to_bytes(16, "big")
        )

    def restart(self, slow: int, expected: int, *causes: str) -> int:
        """Comes up; the recorder's gap of the time before."""
        before = self.stamp()
        self.second, self.slow, self.boots = self.second + OFF_S, slow, 1
        self.write(BootBody("start", "boot-2", "1", "untrusted"))
        if "clock_untrusted" not in causes:
            self.write(ClockStateBody("untrusted", "trusted", 1000))
        ends = rfc3339_from_ns(before.t_ns), rfc3339_from_ns(self.stamp().t_ns)
        return self.write(GapBody("co2-1", *ends, expected, causes))

    def ask(self, log: str = "", **params: str) -> list[dict[str, Any]]:
        told = amendments_of(entries_of(self.reader, (EntryType.AMENDMENT.value,)))
        app = FastAPI()
        problems.install(app)
        app.include_router(routes_log.router)
        app.include_router(routes_logs.router)
        wired = SimpleNamespace(
            reader=lambda: LogReader(self.folder / "buffer.sqlite3"),
            clock_history=lambda: self.history,
            amendments=SimpleNamespace(amendments=told),
            closed_folder=self.folder / "closed",
        )
        app.dependency_overrides[services] = lambda: wired

        async def got() -> httpx.Response:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.get(f"/api/logs/{log}/gaps" if log else "/api/gaps", params=params)

        reply: list[dict[str, Any]] = asyncio.run(got()).json()
        return reply


def time(second: float) -> str:
    return rfc3339_from_ns(T0 + round(second * S))


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Restarted]:
    with Restarted(tmp_path) as station:
        station.folder = tmp_path
        for _ in range(3):
            station.sample(400.0)
        yield station


def test_a_gap_whose_end_has_no_time_says_so_and_is_listed_where_it_may_have_been(station: Restarted) -> None:
    station.restart(12 * DAY, 0, "power_loss", "clock_untrusted")
    (gap,) = station.ask()
    assert (gap["start"], gap["start_known"], gap["end_known"], gap["expected"]) == (time(3), True, False, None)
    assert gap["recorded_end"] == time(3 + OFF_S - 12 * DAY)
    assert station.ask(since=time(60), until=time(120)) == [gap]
    assert station.ask(since=time(-120), until=time(-60)) == []


def test_once_the_clock_is_fixed_the_gap_has_its_times_and_its_number(station: Restarted) -> None:
    station.restart(12 * DAY, 0, "power_loss", "clock_untrusted")
    station.second += 60
    now = station.stamp().mono_us
    station.write(ClockFixBody("boot-2", now, time(station.second), 1000, "network"))
    (gap,) = station.ask(since=time(60), until=time(120))
    assert (gap["start"], gap["end"]) == (time(3), time(3 + OFF_S))
    assert (gap["start_known"], gap["end_known"], gap["expected"]) == (True, True, OFF_S - 1)
    assert gap["recorded_end"] == time(3 + OFF_S - 12 * DAY)
    assert station.ask(since=time(3 + OFF_S)) == []


def test_a_log_that_was_closed_tells_the_same_times_of_its_gaps(station: Restarted) -> None:
    station.restart(12 * DAY, 0, "power_loss", "clock_untrusted")
    station.second += 60
    station.write(ClockFixBody("boot-2", station.stamp().mono_us, time(station.second), 1000, "network"))
    told = station.ask()
    closed = station.folder / "closed"
    closed.mkdir()
    with (
        contextlib.closing(sqlite3.connect(station.folder / "buffer.sqlite3")) as log,
        contextlib.closing(sqlite3.connect(closed / "old.sqlite3")) as copy,
    ):
        log.backup(copy)
    assert station.ask("old") == told
    assert station.ask("old", since=time(60), until=time(120)) == told
    assert station.ask("old", since=time(3 + OFF_S)) == []


def test_a_gap_moves_with_the_readings_at_its_ends(station: Restarted) -> None:
    gap_index = station.restart(-7 * DAY, 7 * DAY + OFF_S, "power_loss")  # the first boot's clock was seven days slow
    assert [one["expected"] for one in station.ask()] == [7 * DAY + OFF_S]
    offset_us = 7 * DAY * 10**6
    station.write(
        AmendmentBody("clock_offset", 0, gap_index - 3, "slow", "Ana", offset_us=offset_us, uncertainty_us=10**6)
    )
    (gap,) = station.ask(since=time(7 * DAY), until=time(7 * DAY + 600))
    assert (gap["start"], gap["end"]) == (time(7 * DAY + 3), time(7 * DAY + 3 + OFF_S))
    assert gap["expected"] == OFF_S - 1
    assert station.ask(until=time(600)) == []
