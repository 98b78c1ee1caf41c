# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Identity, settings, actions and identification through the API of a real daemon on simulated instruments."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from websockets.sync.client import connect

from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.entry import decode_entry
from tests.support.processes import Child, running
from tests.support.recorder import recorder_at
from tests.support.waiting import wait_until

PATIENCE_S = 60.0


class Station:
    def __init__(self, home: Path, child: Child) -> None:
        self.home = home
        self._recorder = recorder_at(home, child)
        self.ask, self.get = self._recorder.ask, self._recorder.get

    def live(self) -> Any:
        address = self._recorder.url.replace("http", "ws") + "/ws/projects/demo/live"
        return connect(address, additional_headers=self._recorder.headers, proxy=None)

    def entries(self, kind: str, sensor: str) -> list[dict[str, Any]]:
        with LogReader(self.home / "buffer.sqlite3") as reader:
            found = reader.events([kind], sensor=sensor, after=-1, limit=1000)
            return [dict(decode_entry(reader.entries(event.index, 1)[0][1]).body) for event in found]


@contextmanager
def demo(tmp_path: Path) -> Iterator[Station]:
    command = [sys.executable, "-m", "edge_daemon", "run", "--demo", "--home", str(tmp_path / "home")]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    with running(command, output=tmp_path / "daemon.out", environment=environment) as child:
        yield Station(tmp_path / "home-demo", child)


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with demo(tmp_path) as started:
        wait_until(
            lambda: any(s["sensor_id"] == "scd30" and s["latest"] for s in started.get("/api/sensors")),
            seconds=PATIENCE_S,
            what="a reading of the SCD30",
        )
        yield started


def write(station: Station, name: str, value: object) -> Any:
    """Write a setting, again while a busy computer makes the device look silent."""
    body = {"values": {name: value}, "confirmed": [name], "person": "Ana"}
    while True:
        reply = station.ask("PUT", "/api/sensors/scd30/settings", json=body)
        if reply.status_code == 409:  # the port is just being opened
            continue
        assert reply.status_code == 200, reply.text
        if reply.json()["fault"] is None:
            return reply.json()


def read(station: Station) -> Any:
    """The settings, once the device has answered for all of them."""

    def answered() -> Any:
        told = station.get("/api/sensors/scd30/settings")
        return told if not any(one["fault"] for one in told["settings"]) else None

    return wait_until(answered, seconds=PATIENCE_S, what="the device to answer")


def introduced(station: Station) -> Any:
    """What the device says of itself; a device that did not answer is connected again."""
    device = station.get("/api/sensors/scd30/device")
    if device["fault"]:
        for paused in (True, False):
            station.ask("PATCH", "/api/sensors/scd30", json={"paused": paused})
    return device if device["read_at"] else None


def setting(told: Any, name: str) -> Any:
    (found,) = [one for one in told["settings"] if one["name"] == name]
    return found


def test_a_device_is_known_read_confirmed_written_and_logged(station: Station) -> None:
    device = wait_until(lambda: introduced(station), seconds=PATIENCE_S, what="the device to say who it is")
    assert device["firmware"] == "3.66"

    told = read(station)
    altitude = setting(told, "altitude_m")
    assert (altitude["configured"], altitude["device"], altitude["needs_confirmation"]) == (0, 0, True)
    assert (altitude["unit"], altitude["minimum"], altitude["maximum"]) == ("m", 0, 65535)
    assert {action["name"]: action["calibrates"] for action in told["actions"]} == {
        "restart": False,
        "forced_recalibration": True,
    }

    path = "/api/sensors/scd30/settings"
    refused = station.ask("PUT", path, json={"values": {"altitude_m": 350}, "person": "Ana"})
    assert (refused.status_code, refused.json()["code"]) == (409, "confirmation_needed")
    assert refused.json()["risks"][0]["name"] == "altitude_m"
    assert "scales every CO2 value" in refused.json()["risks"][0]["risk"]
    wrong = station.ask("PUT", path, json={"values": {"altitude_m": -1}, "confirmed": ["altitude_m"]})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "values.altitude_m")

    reply = write(station, "altitude_m", 350)
    (change,) = reply["changes"]
    assert (change["name"], change["new"], change["answer"], change["result"]) == ("altitude_m", 350, 350, "confirmed")
    assert setting(reply, "altitude_m")["device"] == 350
    assert station.get("/api/sensors/scd30")["settings"]["altitude_m"] == 350
    entry = station.entries("configuration", "scd30")[-1]
    assert (entry["changes"], entry["person"]) == ([change], "Ana")
    assert any("altitude_m = 350" in str(note["text"]) for note in station.entries("note", "scd30"))


def test_what_puts_the_evidence_at_risk_is_shown(station: Station) -> None:
    assert station.get("/api/sensors/scd30")["warnings"] == []
    reply = write(station, "self_calibration", value=True)
    assert setting(reply, "self_calibration")["warning"]
    (warning,) = station.get("/api/sensors/scd30")["warnings"]
    assert warning["code"] == "evidence_at_risk"
    assert "Automatic self-calibration is on" in warning["detail"]
    assert "evidence_at_risk" in [trouble["code"] for trouble in station.get("/api/health")["troubles"]]


def test_a_device_that_falls_silent_leaves_a_truthful_record(station: Station) -> None:
    station.ask("POST", "/api/demo", json={"port": "scd30", "fault": "silence"})
    body = {"values": {"altitude_m": 900}, "confirmed": ["altitude_m"], "person": "Ana"}
    reply = station.ask("PUT", "/api/sensors/scd30/settings", json=body)
    assert reply.status_code == 200, reply.text
    assert reply.json()["fault"]["code"] == "no_reply"
    (change,) = reply.json()["changes"]
    assert (change["result"], change["new"], change["answer"]) == ("failed", 900, None)
    assert station.entries("configuration", "scd30")[-1]["changes"] == [change]
    assert station.get("/api/sensors/scd30")["settings"]["altitude_m"] == 0


def test_an_action_is_confirmed_done_and_noted_and_calibration_is_refused(station: Station) -> None:
    path = "/api/sensors/scd30/actions/"
    assert station.ask("POST", path + "restart", json={}).json()["code"] == "confirmation_needed"
    order = {"confirmed": True, "person": "Ana"}
    while (done := station.ask("POST", path + "restart", json=order)).status_code in {409, 502}:
        pass  # a busy computer makes the device look silent, and its port is opened anew
    assert (done.status_code, done.json()["answer"]) == (200, "The SCD30 has started again.")
    refused = station.ask("POST", path + "forced_recalibration", json={"argument": 400, "confirmed": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert "calibration procedures" in refused.json()["detail"]
    assert station.ask("POST", path + "sing", json={}).status_code == 404
    (note,) = (one for one in station.entries("note", "scd30") if str(one["text"]).startswith("Restart: The"))
    assert note["text"] == "Restart: The SCD30 has started again."
    assert note["person"] == "Ana"


def test_a_port_is_identified_unless_it_records_or_is_excluded(station: Station) -> None:
    path = f"/api/ports/{quote('pty:scd30', safe='')}"
    busy = station.ask("POST", path + "/identify")
    assert (busy.status_code, busy.json()["code"]) == (409, "conflict")
    assert station.ask("DELETE", "/api/sensors/scd30").status_code == 204
    assert station.ask("PUT", path, json={"excluded": True}).status_code == 204
    assert [p["key"] for p in station.get("/api/ports") if p["excluded"]] == ["pty:scd30"]
    assert "excluded" in station.ask("POST", path + "/identify").json()["detail"]
    assert station.ask("PUT", path, json={"excluded": False}).status_code == 204

    def identified() -> Any:
        started = station.ask("POST", path + "/identify")
        assert started.status_code == 202
        assert station.ask("POST", path + "/identify").status_code == 409
        longest_s = started.json()["total_s"] + PATIENCE_S
        return wait_until(
            lambda: (now := station.get(path + "/identify"))["outcome"] and now, seconds=longest_s, what="the verdict"
        )

    told = identified()
    for _ in range(3):  # a busy computer makes the device look silent
        told = told if told["outcome"] == "certain" else identified()
    assert told["outcome"] == "certain", told["detail"]
    (match,) = told["matches"]
    assert (match["model"], match["firmware"]) == ("sensirion_scd30", "3.66")
    asked = [one for one in told["tried"] if "61 03 00 20 00 01 8c 60" in one["sent"]]
    assert asked[0]["received"][0].startswith("61 03 02")
    assert "> " in station.ask("GET", path + "/identify/transcript").text


def test_an_identification_is_stopped_and_its_port_is_free(station: Station) -> None:
    assert station.ask("DELETE", "/api/sensors/scd30").status_code == 204
    station.ask("POST", "/api/demo", json={"port": "scd30", "fault": "silence"})
    path = "/api/ports/pty:scd30/identify"
    assert station.ask("POST", path).status_code == 202
    wait_until(lambda: station.get(path)["step"] >= 1, what="the identification to begin")
    assert station.ask("DELETE", path).json()["outcome"] == "cancelled"
    station.ask("POST", "/api/demo", json={"port": "scd30", "fault": "none"})
    sensor = {"sensor_id": "again", "model": "sensirion_scd30", "port": "pty:scd30"}
    assert station.ask("POST", "/api/sensors", json=sensor).status_code == 201
    wait_until(lambda: station.get("/api/sensors/again")["latest"], seconds=PATIENCE_S, what="a reading")


def test_a_port_that_goes_and_comes_is_told_over_the_live_feed(station: Station) -> None:
    with station.live() as feed:
        for plug in ("unplug", "replug"):
            station.ask("POST", "/api/demo", json={"port": "windsonic", "plug": plug})

            def told() -> bool:
                message = json.loads(feed.recv(timeout=PATIENCE_S))
                assert not message["ports_changed"] or message["last"] == message["first"] - 1
                return bool(message["ports_changed"])

            wait_until(told, seconds=PATIENCE_S, what=f"the {plug} to be told")
            present = "pty:windsonic" in [port["key"] for port in station.get("/api/ports")]
            assert present == (plug == "replug")
