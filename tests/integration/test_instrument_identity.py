# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Instruments that are exchanged, on the whole recorder with simulated ones: what stops, what asks, what goes on."""

import base64
import hashlib
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
from edge_daemon.log.entry import decode_entry, decode_reading
from edge_daemon.secrets.memory_store import MemoryStore
from tests.support.in_process import InProcess
from tests.support.waiting import wait_until

PATIENCE_S = 60.0
TOKEN = "t" * 20


@dataclass
class Station:
    home: Home
    daemon: Daemon
    ports: SimulatedPorts
    api: InProcess

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.api.ask(method, path, **more)

    def get(self, path: str) -> Any:
        return self.api.get(path)

    def identity(self, sensor: str) -> Any:
        return self.get(f"/sensors/{sensor}")["identity"] or {"standing": "unknown"}

    def add(self, sensor: str, model: str, port: str, **more: Any) -> None:
        reply = self.ask("POST", "/sensors", json={"sensor_id": sensor, "model": model, "port": port, **more})
        assert reply.status_code == 201, reply.text

    def wait_for(self, sensor: str, standing: str) -> Any:
        def stands() -> Any:
            now = self.identity(sensor)
            if now["standing"] == standing:
                return now
            if self.get(f"/sensors/{sensor}/device")["fault"]:  # a busy computer makes the device look silent
                for paused in (True, False):
                    self.ask("PATCH", f"/sensors/{sensor}", json={"paused": paused})
            return None

        return wait_until(stands, seconds=PATIENCE_S, what=f"{sensor} to be {standing}")

    def wait_for_reading(self, sensor: str, after: int = -1) -> int:
        """The index of a reading behind `after`."""

        def read() -> int | None:
            latest = self.get(f"/sensors/{sensor}")["latest"]
            return latest["index"] if latest and latest["index"] > after else None

        return wait_until(read, seconds=PATIENCE_S, what=f"a reading of {sensor}") or -1

    def size(self) -> int:
        return int(self.daemon.writer.head().size)

    def exchange(self, port: str, other: str) -> None:
        self.ports.command(port, unplug=True)
        self.ports.command(port, swap=other)
        self.ports.command(port, replug=True)


@contextmanager
def station_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *instruments: str) -> Iterator[Station]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(compose, "DEMO_SENSORS", dict.fromkeys(instruments, ""))
    home = Home(tmp_path / "home-demo")
    with home.acquire_lock(), running(Options(home, demo=True, program="1", secrets=MemoryStore)) as daemon:
        ports = daemon._ports  # the test is the hand at the cables
        assert isinstance(ports, SimulatedPorts)
        yield Station(home, daemon, ports, InProcess(make_app(daemon.services, TOKEN, "1"), TOKEN))


def test_another_serial_number_stops_the_series_until_a_person_has_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with station_of(tmp_path, monkeypatch, "sr30", "sr30-2") as station:
        station.add("sun", "hukseflux_sr30", "pty:sr30", interval_s=1)
        first = station.wait_for_reading("sun")
        told = station.wait_for("sun", "confirmed")
        assert (told["serial"], told["firmware"]) == ("2507", "105")
        assert told["since"] < first

        station.exchange("sr30", "sr30-2")
        stopped = station.wait_for("sun", "stopped")
        assert (stopped["serial"], stopped["found"]) == ("2507", "2509")
        fault = wait_until(
            lambda: (now := station.get("/sensors/sun")["fault"]) and now["code"] == "identity_mismatch" and now,
            seconds=PATIENCE_S,
            what="the mismatch to be told",
        )
        assert "2509" in fault["detail"]
        refused = station.ask("POST", "/sensors/sun/identity", json={"answer": "confirmed"})
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        asked = {"answer": "wrong_plug", "person": "Ana"}
        assert station.ask("POST", "/sensors/sun/identity", json=asked).json()["identity"]["standing"] == "stopped"

        station.exchange("sr30", "sr30-2")
        back = station.wait_for("sun", "confirmed")
        resumed = station.wait_for_reading("sun", back["since"])

        station.exchange("sr30", "sr30-2")
        station.wait_for("sun", "stopped")
        replaced = station.ask("POST", "/sensors/sun/identity", json={"answer": "replaced", "person": "Ana"})
        assert replaced.status_code == 200, replaced.text
        assert replaced.json()["identity"]["serial"] == replaced.json()["serial"] == "2509"
        last = station.wait_for_reading("sun", replaced.json()["identity"]["since"])

        instruments = {one["id"]: one for one in station.get("/instruments")}
        assert [instruments["2507"]["sensor_id"], instruments["2509"]["sensor_id"]] == ["", "sun"]
        known = station.daemon.instruments.told
        assert not known.same_instrument("sun", first, resumed)
        assert not known.same_instrument("sun", resumed, last)
        with LogReader(station.home.buffer) as reader:
            for index, data in reader.readings("sun", 0, 1000):
                assert known.standing_at("sun", index) != "stopped", decode_reading(data).t_ns
            gaps = [decode_entry(reader.entries(one.index, 1)[0][1]).body for one in reader.events(["gap"], "sun")]
        assert [gap for gap in gaps if "identity_mismatch" in gap["causes"]]  # type: ignore[operator]  # a gap's form


def test_an_instrument_without_a_number_is_unconfirmed_after_an_unplug_until_one_tap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with station_of(tmp_path, monkeypatch, "scd30-2") as station:
        station.add("co2", "sensirion_scd30", "pty:scd30-2")
        first = station.wait_for_reading("co2")
        assert station.wait_for("co2", "confirmed")["id"].startswith("~")
        station.ports.command("scd30-2", unplug=True)
        wait_until(lambda: station.get("/sensors/co2")["fault"], seconds=PATIENCE_S, what="the unplug to be seen")
        station.ports.command("scd30-2", replug=True)
        doubt = station.wait_for("co2", "unconfirmed")
        assert doubt["cause"] == "unplugged"
        doubtful = station.wait_for_reading("co2", doubt["since"])
        assert "identity_unconfirmed" in [one["code"] for one in station.get("/sensors/co2")["warnings"]]
        assert station.daemon.instruments.told.standing_at("co2", doubtful) == "unconfirmed"
        history = "/projects/unassigned/sensors/co2"
        marks = [one.get("identity") for one in station.get(history)]
        assert (marks[0], marks[-1]) == (None, "unconfirmed")
        tap = {"answer": "confirmed", "serial": "L-7", "person": "Ana"}
        sure = station.ask("POST", "/sensors/co2/identity", json=tap).json()["identity"]
        assert (sure["standing"], sure["serial"]) == ("confirmed", "L-7")
        assert "identity_unconfirmed" not in [one["code"] for one in station.get("/sensors/co2")["warnings"]]
        assert station.daemon.instruments.told.same_instrument("co2", first, doubtful)
        assert not any("identity" in one for one in station.get(history)), "it was the same throughout"
        passport = station.get("/instruments/sensirion_scd30/L-7")
        assert [(one["sensor_id"], one["standing"]) for one in passport["installations"]] == [("co2", "confirmed")]


def test_a_passport_is_written_exported_and_imported_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = "/instruments/hukseflux_sr30/2507"
    photo = b"\xff\xd8 dome"
    with station_of(tmp_path, monkeypatch, "sr30") as station:
        station.add("sun", "hukseflux_sr30", "pty:sr30", interval_s=1)
        station.wait_for("sun", "confirmed")
        remark = {
            "text": "dome wiped",
            "person": "Ana",
            "files": [{"name": "dome.jpg", "content": base64.b64encode(photo).decode()}],
        }
        written = station.ask("POST", place + "/notes", json=remark)
        assert written.status_code == 201, written.text
        (attached,) = written.json()["attachments"]
        assert attached["sha256"] == hashlib.sha256(photo).hexdigest()
        assert station.ask("GET", "/attachments/" + attached["sha256"]).content == photo
        passport = station.get(place)
        assert [note["text"] for note in passport["notes"]] == ["dome wiped"]
        assert [(one["sensor_id"], one["until"]) for one in passport["installations"]] == [("sun", None)]
        assert station.ask("GET", "/instruments/hukseflux_sr30/none").status_code == 404
        dossier = station.ask("GET", place + "/dossier")
        assert dossier.headers["content-type"] == "application/zip"
        origin = station.daemon.writer.head().origin

    with station_of(tmp_path / "other", monkeypatch, "sr30") as other:
        broken = other.ask("POST", "/instruments/import", content=dossier.content[:-9])
        assert (broken.status_code, broken.json()["field"]) == (422, "dossier")
        taken = other.ask("POST", "/instruments/import", content=dossier.content, params={"person": "Ben"})
        assert taken.status_code == 201, taken.text
        assert other.ask("POST", "/instruments/import", content=dossier.content).status_code == 409
        passport = other.get(place)
        assert (passport["installations"], passport["notes"], passport["sensor_id"]) == ([], [], "")
        (history,) = passport["imported"]
        assert (history["origin"], history["person"], history["trouble"]) == (origin, "Ben", "")
        assert [one["sensor_id"] for one in history["placements"]] == ["sun"]
        assert [note["text"] for note in history["notes"]] == ["dome wiped"]
        assert history["sha256"] == hashlib.sha256(dossier.content).hexdigest()
        assert other.ask("GET", "/attachments/" + attached["sha256"]).content == photo
