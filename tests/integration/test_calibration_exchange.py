# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An instrument that is exchanged for another in the middle of its calibration."""

from pathlib import Path

import pytest

from edge_daemon.calibration.procedures import procedures_folder
from edge_daemon.domain.channel import Flag
from edge_daemon.log.entry import LoggedReading
from tests.support.calibrating import PATIENCE_S, Run, Station, ready, station_of
from tests.support.waiting import wait_until


def add_pyranometer(station: Station) -> Run:
    """`co2`, whose instrument tells its serial number: 2507."""
    body = {"sensor_id": "co2", "model": "hukseflux_sr30", "port": "pty:sr30", "interval_s": 1}
    assert station.ask("POST", "/sensors", json=body).status_code == 201
    run = ready(station)
    wait_until(
        lambda: (told := station.get("/sensors/co2")["identity"]) and told["serial"] == "2507",
        seconds=PATIENCE_S,
        what="the instrument to be known",
    )
    return run


def replaced(station: Station, serial: str) -> None:
    """Plug the other one in, and say that it takes the place of the one before."""
    station.exchange("sr30", "sr30-2")
    wait_until(
        lambda: station.get("/sensors/co2")["identity"]["found"] == serial, seconds=PATIENCE_S, what="it to be seen"
    )
    told = station.ask("POST", "/sensors/co2/identity", json={"answer": "replaced", "person": "Ana"})
    assert told.status_code == 200, told.text
    assert told.json()["identity"]["serial"] == serial, told.text


def flag_now(station: Station) -> Flag:
    """Of the newest reading, once two came from now on: the first may have been on its way."""
    size = station.daemon.writer.head().size
    readings = wait_until(lambda: station.readings("co2", size)[1:], seconds=PATIENCE_S, what="readings from now on")
    newest: LoggedReading = readings[-1][1]
    return newest.channels["irradiance"].flag


def test_another_instrument_in_a_run_away_from_its_place_is_not_awaited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "home-demo" / "procedures"
    own.mkdir(parents=True)
    shipped = (procedures_folder() / "irradiance_side_by_side.toml").read_text()
    leaving = shipped.replace("leaves_place = false", "leaves_place = true")
    assert leaving != shipped
    (own / "irradiance_side_by_side.toml").write_text(leaving)
    with station_of(tmp_path, monkeypatch, "sr30", "sr30-2") as station:
        run = add_pyranometer(station)
        run.begin("irradiance_side_by_side")
        assert flag_now(station) is Flag.FAIL
        replaced(station, "2509")
        given_up = station.ask("DELETE", "/sensors/co2/calibration", params={"reason": "swapped", "person": "Ana"})
        assert given_up.json()["state"] == "aborted", given_up.text
        wait_until(lambda: run.look()["step"]["kind"] == "done", seconds=PATIENCE_S, what="nothing to be awaited")
        assert flag_now(station) is not Flag.FAIL, "nobody calibrates this one"
        for serial in ("2507", "2509"):
            replaced(station, serial)  # whichever comes now was put there as it is
            assert run.look()["step"]["kind"] == "done"
            assert flag_now(station) is not Flag.FAIL
            warnings = [one["code"] for one in station.get("/sensors/co2")["warnings"]]
            assert "sensor_away" not in warnings


def test_another_instrument_stops_a_run_and_the_right_one_lets_it_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with station_of(tmp_path, monkeypatch, "sr30", "sr30-2") as station:
        run = add_pyranometer(station)
        run.begin("irradiance_side_by_side")
        asked = [one for one in run.now["step"]["inputs"] if one["required"]]
        run.do("go_on", values={one["name"]: one["minimum"] for one in asked})
        assert (run.now["step"]["kind"], run.now["step"]["point"]) == ("apply", "low")

        station.exchange("sr30", "sr30-2")
        wait_until(lambda: "2509" in run.look()["step"]["help"], seconds=PATIENCE_S, what="the other to be seen")
        refused = run.refused("apply", values={"reference": 300.0, "expanded_uncertainty": 5.0})
        assert (refused["code"], "2507" in refused["detail"]) == ("conflict", True)
        station.exchange("sr30", "sr30-2")
        wait_until(
            lambda: "2509" not in run.look()["step"]["help"], seconds=PATIENCE_S, what="the right one to be seen"
        )
        run.do("apply", values={"reference": 300.0, "expanded_uncertainty": 5.0})
        assert run.now["step"]["inputs"][0]["name"] == "reference", "what the reference shows is typed when it is taken"
        run.wait_some()
        off = run.refused("take_anyway", values={"reference": 9_000.0}, reason="a test")
        assert off["field"] == "values.reference"

        station.exchange("sr30", "sr30-2")
        wait_until(lambda: "2509" in run.look()["step"]["help"], seconds=PATIENCE_S, what="the other to be seen")
        told = station.ask("POST", "/sensors/co2/identity", json={"answer": "replaced", "person": "Ana"})
        assert told.status_code == 200, told.text
        assert "only be given up" in run.look()["step"]["help"]
        given_up = station.ask("DELETE", "/sensors/co2/calibration", params={"reason": "swapped", "person": "Ana"})
        assert given_up.json()["state"] == "aborted", given_up.text
