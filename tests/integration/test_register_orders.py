# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Registers of a simulated device are read once and shown in every order, on a free port and on a recorded one."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.test_imported_model import PATIENCE_S, Station, station_of
from tests.support.waiting import wait_until


def asked(station: Station, port: str, **more: Any) -> httpx.Response:
    return station.ask("POST", f"/ports/pty:{port}/registers", json={"first": 0, **more})


def shown(station: Station, port: str, **more: Any) -> Any:
    """The answer, asked again where a busy computer makes the device look silent."""

    def answer() -> Any:
        reply = asked(station, port, **more)
        assert reply.status_code in {200, 502}, reply.text
        return reply.json() if reply.status_code == 200 else None

    return wait_until(answer, seconds=PATIENCE_S, what="the registers")


def test_on_a_free_port_the_order_that_fits_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with station_of(tmp_path, monkeypatch, "modbus", "modbus_bus") as station:
        told = shown(station, "modbus", first=2)
        humidity = next(one["value"] for one in told["readings"] if (one["type"], one["order"]) == ("f32", "ABCD"))
        assert len(told["words"]) == 2
        told = shown(station, "modbus", first=2, known=humidity, tolerance_percent=20)
        best = told["readings"][0]
        assert (best["type"], best["order"], best["fits"], best["scale"]) == ("f32", "ABCD", True, 1)

        refused = asked(station, "modbus", line="fast")
        assert (refused.status_code, refused.json()["field"]) == (422, "line")
        assert asked(station, "nowhere").status_code == 404
        silent = asked(station, "modbus", address=9)
        assert (silent.status_code, silent.json()["code"]) == (502, "no_reply")
        assert station.ask("GET", "/ports/pty:modbus/identify").status_code == 404, "it was no identification"


def test_on_a_recorded_port_it_is_asked_between_measurements(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with station_of(tmp_path, monkeypatch, "modbus", "windsonic", "scd30") as station:
        new = {"sensor_id": "vent", "model": "modbus_profile", "port": "pty:modbus", "interval_s": 1}
        assert station.ask("POST", "/sensors", json=new).status_code == 201
        before = station.wait_for_reading()["index"]
        assert len(shown(station, "modbus", count=4)["words"]) == 4
        wait_until(
            lambda: station.get("/sensors/vent")["latest"]["index"] > before, seconds=PATIENCE_S, what="it to go on"
        )
        for port, model in (("windsonic", "gill_windsonic"), ("scd30", "sensirion_scd30")):
            added = {"sensor_id": f"{port}_1", "model": model, "port": f"pty:{port}"}
            assert station.ask("POST", "/sensors", json=added).status_code in {201, 409}  # the demo adds some itself
            refused = asked(station, port)
            assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


def test_an_excluded_port_is_never_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with station_of(tmp_path, monkeypatch, "modbus") as station:
        assert station.ask("PUT", "/ports/pty:modbus", json={"excluded": True}).status_code == 204
        refused = asked(station, "modbus")
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        new = {"sensor_id": "vent", "model": "modbus_profile", "port": "pty:modbus", "interval_s": 1}
        assert station.ask("POST", "/sensors", json=new).status_code == 201
        assert asked(station, "modbus").status_code == 409
