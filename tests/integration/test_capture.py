# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Bytes captured through a running recorder, played through the driver, and recorded again from a port."""

import os
import re
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.instruments.capture_file import parsed
from tests.integration.test_devices_api import PATIENCE_S, Station, demo
from tests.support.processes import running
from tests.support.waiting import wait_until


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with demo(tmp_path) as started:
        yield started


def command(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    told = subprocess.run(
        [sys.executable, "-m", "edge_daemon", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "COLUMNS": "200"},
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return told


def latest(station: Station, sensor: str, after: int = -1) -> Any:
    def read() -> Any:
        newest = station.get(f"/api/sensors/{sensor}")["latest"]
        return newest if newest and newest["index"] > after else None

    return wait_until(read, seconds=PATIENCE_S, what=f"a reading of {sensor}")


def test_a_port_is_lent_captured_given_back_and_the_capture_is_played_and_recorded(
    station: Station, tmp_path: Path
) -> None:
    before = latest(station, "scd30")
    file = tmp_path / "field.hex"
    home = tmp_path / "home"
    said = command("capture", "pty:scd30", "--demo", "--home", home, "--seconds", "12", "--output", file)
    assert str(file) in said.stdout
    resumed = latest(station, "scd30", after=before["index"])
    gaps = wait_until(
        lambda: [gap for gap in station.entries("gap", "scd30") if gap["causes"] == ["capture"]],
        seconds=PATIENCE_S,
        what="the gap of the capture",
    )
    assert all(gap["expected"] >= 1 for gap in gaps)
    assert station.get("/api/sensors/scd30")["identity"]["standing"] == "confirmed", "its port was open all the time"

    content = parsed(file.read_text(encoding="utf-8"))
    assert [device.model for device in content.devices] == ["sensirion_scd30"]
    times = [chunk.at_us for chunk in content.chunks]
    assert times == sorted(time for time in times if time is not None)
    assert {chunk.sent for chunk in content.chunks} == {True, False}

    played = command("replay", file)
    values = [float(found) for found in re.findall(r"co2 ([0-9.]+) ppm", played.stdout)]
    assert len(values) >= 1, played.stdout
    assert all(300 < value < 2000 for value in values)
    assert resumed["index"] > before["index"]

    serving = [sys.executable, "-m", "edge_daemon", "replay", "--port", str(file)]
    with running(serving, output=tmp_path / "replay.out") as child:
        told = child.wait_for_text("Stop with Ctrl+C", seconds=PATIENCE_S)
        key = re.search(r"port (pty:\S+)", told)
        assert key is not None
        sensor = {"sensor_id": "again", "model": "sensirion_scd30", "port": key[1]}
        assert station.ask("POST", "/api/sensors", json=sensor).status_code == 201
        again = latest(station, "again")
        sent = struct.pack(">f", again["channels"]["co2"]["raw"])
        assert any(sent in chunk.data for chunk in content.chunks), "it says what it said when it was captured"
        assert station.get("/api/sensors/again")["port_kind"] == "pseudo_terminal"


def test_a_capture_is_ended_early_and_not_begun_twice(station: Station) -> None:
    latest(station, "windsonic")
    path = "/api/ports/pty:windsonic/capture"
    assert station.ask("GET", path).status_code == 404
    assert station.ask("POST", "/api/ports/pty:nothing/capture", json={"seconds": 5}).status_code == 502
    started = station.ask("POST", path, json={"seconds": 3000})
    assert started.status_code == 202, started.text
    assert station.ask("POST", path, json={"seconds": 5}).json()["code"] == "conflict"
    assert station.ask("POST", "/api/ports/pty:windsonic/identify").status_code == 409
    wait_until(lambda: station.get(path)["received_bytes"] > 100, seconds=PATIENCE_S, what="bytes to come")
    last = station.get("/api/sensors/windsonic")["latest"]["index"]
    assert station.ask("DELETE", path).json()["state"] == "cancelled"
    latest(station, "windsonic", after=last)
    assert "\n< " in station.ask("GET", path + "/file").text
