# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The daemon as a real process on simulated instruments: what it records, serves, refuses and survives."""

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from edge_daemon.buffer.check import check_log
from tests.support.processes import Child, running
from tests.support.recorder import recorder_at
from tests.support.waiting import wait_until

PATIENCE_S = 120.0


class Station:
    """A running daemon as another program sees it."""

    def __init__(self, home: Path, child: Child) -> None:
        self.home = home
        self.child = child
        recorder = recorder_at(home, child)
        self.url, self.token, self.headers = recorder.url, recorder.token, recorder.headers
        self.ask, self.get = recorder.ask, recorder.get

    def sensor(self, sensor: str) -> Any:
        return self.get(f"/api/sensors/{sensor}")

    def wait_for_readings(self, *wanted: str) -> None:
        """Until each of these sensors has one; none named: all three, of which the slowest takes many seconds."""

        def all_read() -> bool:
            sensors = self.get("/api/sensors")
            return len(sensors) == 3 and all(
                one["latest"] for one in sensors if one["sensor_id"] in wanted or not wanted
            )

        wait_until(all_read, seconds=PATIENCE_S, what="a reading of each sensor")

    def wait_for_entries(self, count: int) -> None:
        """Until so many more entries have been recorded."""
        size = self.get("/api/log/head")["size"] + count
        wait_until(lambda: self.get("/api/log/head")["size"] >= size, seconds=PATIENCE_S, what="time to pass")

    def live(self, start: int) -> Any:
        address = self.url.replace("http", "ws") + f"/ws/projects/demo/live?from={start}"
        return connect(address, additional_headers=self.headers, proxy=None)


def daemon(tmp_path: Path, *arguments: str) -> Any:
    command = [sys.executable, "-m", "edge_daemon", "run", "--demo", "--home", str(tmp_path / "home"), *arguments]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    return running(command, output=tmp_path / f"daemon-{os.urandom(4).hex()}.out", environment=environment)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with daemon(tmp_path) as child:
        yield Station(tmp_path / "home-demo", child)


def test_the_demo_records_three_instruments_and_shows_them(station: Station) -> None:
    station.wait_for_readings()
    units = {s["sensor_id"]: s["channels"][0]["unit"] for s in station.get("/api/sensors")}
    assert units == {"scd30": "ppm", "pms7003": "µg/m³", "windsonic": "m/s"}

    def all_active() -> bool:  # a busy computer makes an instrument look silent for a while
        status = station.get("/api/projects/demo/status")
        return (status["status"], status["total_sensors"], status["active_sensors"]) == ("active", 3, 3)

    wait_until(all_active, seconds=PATIENCE_S, what="three active sensors")
    history = station.get("/api/projects/demo/sensors/windsonic", params={"timeframe": "1h"})
    assert history
    assert set(history[0]) == {"timestamp", "value", "quality"}
    latest = station.sensor("windsonic")["latest"]
    plot = station.get(
        "/api/sensors/windsonic/plot",
        params={
            "channel": "wind_speed",
            "from": "2020-01-01T00:00:00Z",
            "to": "2100-01-01T00:00:00Z",
            "points": 100,
        },
    )
    assert plot["unit"] == "m/s"
    low, high = min(plot["minimum"]), max(plot["maximum"])
    assert low <= history[0]["value"] <= high
    assert latest["index"] >= 0
    assert station.get("/api/station")["project_id"] == "demo"
    assert station.get("/api/log/head")["origin"].startswith("verifield/demo/")


def test_nothing_is_served_without_the_token_or_to_another_site(station: Station) -> None:
    url = station.url + "/api/health"
    strangers: list[dict[str, str]] = [
        {},
        {"Authorization": "Bearer wrong"},
        {**station.headers, "Host": "evil.example"},
        {**station.headers, "Origin": "https://evil.example"},
    ]
    replies = [httpx.get(url, headers=headers, trust_env=False) for headers in strangers]
    assert [reply.status_code for reply in replies] == [401, 401, 403, 403]
    assert {reply.headers["content-type"] for reply in replies} == {"application/problem+json"}
    with pytest.raises((InvalidStatus, ConnectionClosed)):
        connect(station.url.replace("http", "ws") + "/ws/projects/demo/live", proxy=None).recv()
    assert (station.home / "endpoint.json").stat().st_mode & 0o077 == 0


def test_a_killed_daemon_lost_nothing_that_was_shown_and_names_the_gap(tmp_path: Path) -> None:
    with daemon(tmp_path) as child:
        first = Station(tmp_path / "home-demo", child)
        first.wait_for_readings()
        with first.live(0) as feed:
            shown = [json.loads(feed.recv(timeout=PATIENCE_S)) for _ in range(3)]
        child.kill()
    killed_s = time.monotonic()
    wait_until(lambda: time.monotonic() - killed_s > 3, what="readings to be missing")
    readings = {r["index"]: r for message in shown for r in message["readings"]}
    with daemon(tmp_path) as child:
        again = Station(tmp_path / "home-demo", child)
        with again.live(0) as feed:
            kept: dict[int, Any] = {}
            while not set(readings) <= set(kept):
                kept |= {r["index"]: r for r in json.loads(feed.recv(timeout=PATIENCE_S))["readings"]}
        assert {index: kept[index] for index in readings} == readings

        def told() -> bool:
            return any("daemon_killed" in gap["causes"] for gap in again.get("/api/gaps"))

        wait_until(told, seconds=PATIENCE_S, what="the gap with its cause")
        child.interrupt()
        child.wait()
    assert check_log(tmp_path / "home-demo" / "buffer.sqlite3").sound


def test_the_feed_resumes_from_an_index_without_hole_or_repeat(station: Station) -> None:
    station.wait_for_readings()
    seen: list[int] = []
    for _ in range(3):
        with station.live(seen[-1] + 1 if seen else 0) as feed:
            message = json.loads(feed.recv(timeout=PATIENCE_S))
            seen += sorted([r["index"] for r in message["readings"]] + [e["index"] for e in message["events"]])
    assert seen == list(range(len(seen)))


def test_unplug_and_replug_under_another_name_continues_the_sensor(station: Station) -> None:
    station.wait_for_readings()
    before = {p["key"]: p["device"] for p in station.get("/api/ports")}
    assert station.ask("POST", "/api/demo", json={"port": "windsonic", "plug": "unplug"}).status_code == 204
    wait_until(lambda: station.sensor("windsonic")["fault"], seconds=PATIENCE_S, what="the unplugged fault")
    assert "pty:windsonic" not in {p["key"] for p in station.get("/api/ports")}
    station.wait_for_entries(10)
    index = station.sensor("windsonic")["latest"]["index"]
    assert station.ask("POST", "/api/demo", json={"port": "windsonic", "plug": "replug"}).status_code == 204
    wait_until(
        lambda: station.sensor("windsonic")["latest"]["index"] > index, seconds=PATIENCE_S, what="readings again"
    )
    after = {p["key"]: p["device"] for p in station.get("/api/ports")}
    assert after["pty:windsonic"] != before["pty:windsonic"]

    def told() -> bool:
        gaps = station.get("/api/gaps", params={"sensor": "windsonic"})
        return any("unplugged" in gap["causes"] for gap in gaps)

    wait_until(told, seconds=PATIENCE_S, what="the gap with its cause")


def test_bad_requests_are_told_in_words_and_change_nothing(station: Station) -> None:
    size = len(station.get("/api/sensors"))
    for body, field in [
        ({"sensor_id": "x", "model": "no_such", "port": "pty:scd30"}, "model"),
        ({"sensor_id": "x", "model": "gill_windsonic", "port": "usb:1:2"}, "port"),
        ({"sensor_id": "x y", "model": "gill_windsonic", "port": "pty:scd30"}, "sensor_id"),
        ({"sensor_id": "x", "model": "gill_windsonic", "port": "pty:scd30", "interval_s": 0.0001}, "interval_s"),
        ({"sensor_id": "x", "model": "gill_windsonic", "port": "pty:scd30", "colour": "red"}, "colour"),
    ]:
        reply = station.ask("POST", "/api/sensors", json=body)
        assert (reply.status_code, reply.json()["field"]) == (422, field), reply.text
        assert reply.json()["advice"]
    assert station.ask("GET", "/api/sensors/none").status_code == 404
    assert station.ask("GET", "/api/projects/other/status").status_code == 404
    assert len(station.get("/api/sensors")) == size


def test_pause_change_and_remove_are_entries_and_take_effect(station: Station) -> None:
    station.wait_for_readings()
    paused = station.ask("PATCH", "/api/sensors/scd30", json={"paused": True, "person": "Ana"}).json()
    assert (paused["state"], paused["condition"]) == ("paused", "paused")
    head = station.get("/api/log/head")["size"]
    assert paused["configuration"] < head
    station.wait_for_entries(10)
    going = station.ask("PATCH", "/api/sensors/scd30", json={"paused": False, "name": "Hut"}).json()
    assert (going["state"], going["name"]) == ("recording", "Hut")
    index = paused["latest"]["index"]
    wait_until(lambda: station.sensor("scd30")["latest"]["index"] > index, seconds=PATIENCE_S, what="readings again")
    gaps = station.get("/api/gaps", params={"sensor": "scd30"})
    assert any("paused" in gap["causes"] for gap in gaps if gap["index"] >= head)
    assert station.ask("DELETE", "/api/sensors/pms7003").status_code == 204
    assert station.ask("GET", "/api/sensors/pms7003").status_code == 404


def test_notes_and_visits_are_kept_in_the_log(station: Station) -> None:
    note = station.ask("POST", "/api/notes", json={"text": "mast repainted", "person": "Ana", "sensor_id": "windsonic"})
    assert note.status_code == 201
    assert station.get("/api/notes") == [note.json()]
    assert station.ask("POST", "/api/visits", json={"event": "start", "person": "Ana"}).status_code == 201
    assert [v["person"] for v in station.get("/api/visits")] == ["Ana"]


def test_the_feed_refuses_an_index_that_the_log_has_not_reached(station: Station) -> None:
    with station.live(99_999_999) as feed, pytest.raises(ConnectionClosed) as closed:
        feed.recv(timeout=PATIENCE_S)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4416


def test_the_description_tells_how_to_get_in(station: Station) -> None:
    described = station.get("/api/openapi.json")
    assert described["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert described["security"] == [{"token": []}]


def test_a_port_that_is_taken_is_told_before_anything_is_recorded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "edge_daemon", "run", "--home", str(tmp_path / "home"), "--port", port]
        with running(command, output=tmp_path / "said") as child:
            assert child.wait(seconds=PATIENCE_S) == 1
            assert port in child.said()
            assert "Traceback" not in child.said()
    assert not (tmp_path / "home" / "buffer.sqlite3").exists()


def test_a_second_daemon_says_where_the_first_is(station: Station, tmp_path: Path) -> None:
    with daemon(tmp_path) as second:
        assert second.wait() == 1
        assert station.url in second.said()


def test_an_orderly_stop_takes_the_endpoint_away_and_is_recorded(tmp_path: Path) -> None:
    with daemon(tmp_path) as child:
        first = Station(tmp_path / "home-demo", child)
        first.wait_for_readings()
        os.kill(child.pid, signal.SIGTERM)
        assert child.wait() == 0, child.said()
    assert not (tmp_path / "home-demo" / "endpoint.json").exists()
    assert first.token not in "".join(
        p.read_text(errors="ignore") for p in (tmp_path / "home-demo").iterdir() if p.is_file()
    )
    report = check_log(tmp_path / "home-demo" / "buffer.sqlite3")
    assert report.sound
