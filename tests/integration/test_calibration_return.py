# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A sensor that left its place for a calibration: marked over restarts and a log's end, until it is said to be back."""

import shutil
from pathlib import Path

import pytest

from edge_daemon.domain.channel import Flag
from edge_daemon.log.entry import LoggedReading
from edge_daemon.station.lost_key import note_lost_key
from edge_daemon.station.signing import DEMO_KEY_FOLDER
from tests.support import calibrating
from tests.support.calibrating import PATIENCE_S, Run, Station, ready, station_of
from tests.support.waiting import wait_until


def flag_after(station: Station, index: int) -> Flag:
    """Of the newest reading, once two came after this entry: the first may have been on its way."""
    readings = wait_until(lambda: station.readings("co2", index + 1)[1:], seconds=PATIENCE_S, what="readings after it")
    newest: LoggedReading = readings[-1][1]
    return newest.channels["co2"].flag


def reminders(station: Station) -> list[str]:
    return [one["detail"] for one in station.get("/sensors/co2")["warnings"] if one["code"] == "sensor_away"]


def given_up(station: Station, run: Run) -> dict[str, object]:
    query = {"reason": "rain", "person": "Ana"}
    told: dict[str, object] = station.ask("DELETE", "/sensors/co2/calibration", params=query).json()
    run.look()
    return told


def size(station: Station) -> int:
    return station.daemon.writer.head().size


def test_readings_stay_marked_until_the_sensor_is_back_whatever_happens_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    leaving = calibrating.FRESH_AIR.replace("preparation =", "leaves_place = true\npreparation =")
    monkeypatch.setattr(calibrating, "FRESH_AIR", leaving)
    with station_of(tmp_path, monkeypatch, "scd30-2") as station:
        run = ready(station)
        told = [one for one in station.get("/sensors/co2/procedures") if one["key"] == "co2_fresh_air"]
        assert told[0]["preparation"][0].startswith("Begin here before you take the sensor out of its place")
        run.begin()
        given_up(station, run)
        assert (run.now["state"], run.now["step"]["kind"]) == ("aborted", "return")
        assert flag_after(station, size(station)) is Flag.FAIL
        (reminder,) = reminders(station)
        assert "nobody has said since that the sensor is back" in reminder
        again = station.ask("DELETE", "/sensors/co2/calibration", params={"reason": "x", "person": "Ana"})
        assert again.status_code == 409, "it is over already"

    with station_of(tmp_path, monkeypatch, "scd30-2") as station:  # after a restart
        run = Run(ready(station).station, "co2")
        assert run.look()["step"]["kind"] == "return"
        assert flag_after(station, size(station)) is Flag.FAIL
        origin = station.daemon.writer.head().origin
        assert station.ask("POST", "/log/checkpoint").status_code == 201, "the log names its key"
        home = station.home.path
    shutil.rmtree(home / DEMO_KEY_FOLDER)
    note_lost_key(home, origin)

    with station_of(tmp_path, monkeypatch, "scd30-2") as station:  # in the log that follows
        assert station.daemon.writer.head().origin != origin
        run = Run(ready(station).station, "co2")
        assert run.look()["step"]["kind"] == "return"
        assert flag_after(station, size(station)) is Flag.FAIL
        assert len(reminders(station)) == 1
        run.do("returned")
        assert run.now["step"]["kind"] == "done"
        assert flag_after(station, size(station)) is not Flag.FAIL
        assert reminders(station) == []
        events = [one["event"] for _, one in station.entries("calibration")]
        assert events == ["away", "returned"]


def test_the_next_calibration_begins_before_the_sensor_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leaving = calibrating.FRESH_AIR.replace("preparation =", "leaves_place = true\npreparation =")
    monkeypatch.setattr(calibrating, "FRESH_AIR", leaving)
    with station_of(tmp_path, monkeypatch, "scd30-2") as station:
        run = ready(station)
        run.begin()
        given_up(station, run)
        run.begin("co2_offset")  # which by itself would not take it out of its place
        given_up(station, run)
        assert run.now["step"]["kind"] == "return", "it is still away"
        assert flag_after(station, size(station)) is Flag.FAIL
        run.do("returned")
        assert flag_after(station, size(station)) is not Flag.FAIL
