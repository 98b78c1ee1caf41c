# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An imported MH-Z19 is probed before it records, and the technician is told what it really is."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge_daemon import compose
from edge_daemon.api.server import make_app
from edge_daemon.buffer.reader import LogReader
from edge_daemon.compose import Daemon, Options, running
from edge_daemon.home import Home
from edge_daemon.instruments.ports import SimulatedPorts
from edge_daemon.secrets.memory_store import MemoryStore
from tests.support.in_process import InProcess
from tests.support.waiting import wait_until

TOKEN = "t" * 32
PATIENCE_S = 60.0


@dataclass
class Station:
    daemon: Daemon
    ports: SimulatedPorts
    api: InProcess

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.api.ask(method, path, **more)

    def get(self, path: str) -> Any:
        return self.api.get(path)

    def take(self, port: str, model: str = "MH-Z19C") -> dict[str, list[dict[str, str]]]:
        """Import the old software's file; the fields of the report by path."""
        sensor = {"type": "co2", "model": model, "port": port, "baudrate": 9600, "value_range": [300, 5000]}
        reply = self.ask("POST", "/settings/import", json={"document": json.dumps({"sensors": {"vent": sensor}})})
        assert reply.status_code == 200, reply.text
        told: dict[str, list[dict[str, str]]] = {}
        for field in reply.json()["fields"]:
            told.setdefault(field["path"], []).append(field)
        return told

    def device(self, name: str) -> str:
        return next(port.device for port in self.ports.ports() if port.identity.key == f"pty:{name}")

    def wait_for_reading(self) -> Any:
        return wait_until(
            lambda: self.get("/sensors/vent")["latest"], seconds=PATIENCE_S, what="a reading of the sensor"
        )

    def wait_for_finding(self, *found: str) -> Any:
        def is_found() -> Any:
            asked = self.get("/sensors/vent/model-question")
            if asked and asked["probed"] and not asked["probing"] and not asked["found"]:
                self.ask("POST", "/sensors/vent/model-question/probe")  # a busy computer makes it look silent
            return asked if asked and list(asked["found"]) == list(found) else None

        return wait_until(is_found, seconds=PATIENCE_S, what=f"the probe to find {found}")


@contextmanager
def station_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *instruments: str) -> Iterator[Station]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(compose, "DEMO_SENSORS", dict.fromkeys(instruments, ""))
    home = Home(tmp_path / "home-demo")
    with home.acquire_lock(), running(Options(home, demo=True, program="1", secrets=MemoryStore)) as daemon:
        ports = daemon._ports  # the test is the hand at the cables
        assert isinstance(ports, SimulatedPorts)
        yield Station(daemon, ports, InProcess(make_app(daemon.services, TOKEN, "1"), TOKEN))


def readings(home: Path) -> int:
    with LogReader(home / "buffer.sqlite3") as reader:
        return len(reader.readings("vent", 0, 1000))


def test_one_that_answers_as_stated_is_recorded_from_then_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with station_of(tmp_path, monkeypatch, "mhz19c") as station:
        told = station.take(station.device("mhz19c"))
        words = " ".join(field["words"] for field in told["sensors.vent.model"])
        if station.get("/sensors/vent/model-question") is not None:  # a busy computer made it look silent
            station.ask("POST", "/sensors/vent/model-question/probe")
        else:
            assert "answers as the model that the file states" in words
            assert "needs_person" not in {field["verdict"] for field in told["sensors.vent.model"]}
        station.wait_for_reading()
        assert station.get("/sensors/vent")["model"] == "winsen_mhz19c"
        assert station.get("/sensors/vent/model-question") is None


def test_one_that_answers_as_another_records_nothing_until_a_person_has_said_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home-demo"
    with station_of(tmp_path, monkeypatch, "k30") as station:
        told = station.take(station.device("k30"))
        asked = station.wait_for_finding("senseair_k30")
        assert "SenseAir" in asked["words"]
        assert {field["verdict"] for field in told["sensors.vent.model"]} == {"taken", "needs_person"}
        warned = station.get("/sensors/vent")["warnings"]
        assert "model_unproven" in [one["code"] for one in warned]
        assert (station.get("/sensors/vent")["state"], readings(home)) == ("paused", 0)

        wrong = station.ask("POST", "/sensors/vent/model-question/answer", json={"model": "sensirion_scd30"})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "bad_input")
    # The question outlives a restart.
    with station_of(tmp_path, monkeypatch, "k30") as station:
        assert list(station.get("/sensors/vent/model-question")["found"]) == ["senseair_k30"]
        answer = {"model": "senseair_k30", "person": "Ana"}
        assert station.ask("POST", "/sensors/vent/model-question/answer", json=answer).status_code == 204
        station.wait_for_reading()
        now = station.get("/sensors/vent")
        assert (now["model"], now["value_ranges"]) == ("senseair_k30", {"co2": [300, 5000]})
        assert "model_unproven" not in [one["code"] for one in now["warnings"]]
        assert station.get("/sensors/vent/model-question") is None


def test_one_that_is_not_there_is_probed_when_its_port_first_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with station_of(tmp_path, monkeypatch, "mhz19b") as station:
        key = "pty:mhz19b"
        station.ports.command("mhz19b", unplug=True)
        wait_until(lambda: not station.ports.ports(), seconds=PATIENCE_S, what="the port to be gone")
        told = station.take(key, "MH-Z19")
        assert "needs_person" in {field["verdict"] for field in told["sensors.vent.model"]}
        asked = station.get("/sensors/vent/model-question")
        assert (asked["stated"], asked["probed"], asked["found"]) == ("winsen_mhz19b", False, {})
        refused = station.ask("POST", "/sensors/vent/model-question/probe")
        assert refused.status_code == 404
        station.ports.command("mhz19b", replug=True)

        def recorded() -> Any:
            asked = station.get("/sensors/vent/model-question")
            if asked and asked["probed"] and not asked["probing"]:  # a busy computer made it look silent
                station.ask("POST", "/sensors/vent/model-question/probe")
            return station.get("/sensors/vent")["latest"]

        wait_until(recorded, seconds=PATIENCE_S, what="a reading")


def test_an_excluded_port_is_never_probed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with station_of(tmp_path, monkeypatch, "mhz19c") as station:
        assert station.ask("PUT", "/ports/pty:mhz19c", json={"excluded": True}).status_code == 204
        told = station.take(station.device("mhz19c"))
        assert "needs_person" in {field["verdict"] for field in told["sensors.vent.model"]}
        assert station.ask("POST", "/sensors/vent/model-question/probe").status_code == 409
        assert station.get("/sensors/vent/model-question")["probed"] is False
        settled = station.ask("POST", "/sensors/vent/model-question/answer", json={"model": "winsen_mhz19c"})
        assert settled.status_code == 204, settled.text
        station.wait_for_reading()
