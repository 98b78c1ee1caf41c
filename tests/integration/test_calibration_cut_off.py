# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A log is closed in the middle of a calibration: the recorder goes on in a new one and says what ended."""

import shutil
from pathlib import Path

import pytest

from edge_daemon.station.lost_key import note_lost_key
from edge_daemon.station.signing import DEMO_KEY_FOLDER
from tests.support.calibrating import PATIENCE_S, PIN, Station, ready, station_of
from tests.support.waiting import wait_until


def cut_off(station: Station) -> list[str]:
    """What the recorder's health says of calibrations that ended so."""
    return [one["detail"] for one in station.get("/health")["troubles"] if one["code"] == "calibration_cut_off"]


def test_a_run_ends_with_its_log_and_the_register_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gas = {"kind": "co2_gas", "name": "Span", "value": 1000.0, "unit": "ppm", "expanded_uncertainty": 10.0}
    with station_of(tmp_path, monkeypatch, "scd30-2") as station:
        run = ready(station)
        station.ask("POST", "/persons", json={"name": "Ana", "pin": PIN})
        assert station.ask("POST", "/standards", json={**gas, "person": "Ana"}).status_code == 201
        run.begin("co2_offset")
        run.do("go_on", values={"pressure": 1000.0})
        run.take(stable=False, reference=600.0, expanded_uncertainty=5.0)
        run.do("adjust")
        begun = run.now["index"]
        origin = station.daemon.writer.head().origin
        home = station.home.path
        assert not cut_off(station)
        assert station.ask("POST", "/log/checkpoint").status_code == 201, "the log names its key"
    shutil.rmtree(home / DEMO_KEY_FOLDER)
    note_lost_key(home, origin)
    with station_of(tmp_path, monkeypatch, "scd30-2") as station:
        assert station.daemon.writer.head().origin != origin
        run = ready(station)
        (words,) = cut_off(station)
        assert "of co2 at co2 was under way when the log was closed" in words
        assert "Nothing of it takes effect" in words
        ((_, told),) = [one for one in station.entries("calibration") if one[1]["event"] == "cut_off"]
        assert (told["origin"], told["index"], told["commanded"]) == (origin, begun, False)
        (kept,) = station.get("/standards")
        assert (kept["name"], kept["value"], kept["standing"]) == ("Span", 1000.0, "valid")
        assert station.get("/persons") == [{"name": "Ana"}]
        newest = wait_until(lambda: station.readings("co2", 0), seconds=PATIENCE_S, what="readings in the new log")[-1][
            1
        ]
        assert newest.calibrations == {}, "the offset that was not signed makes no value"
        assert newest.channels["co2"].value == newest.channels["co2"].raw
        run.begin("co2_offset")
        assert not cut_off(station), "it is being made again"
