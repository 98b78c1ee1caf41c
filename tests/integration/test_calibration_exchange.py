# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An instrument that is exchanged for another in the middle of its calibration."""

from pathlib import Path

import pytest

from tests.support.calibrating import PATIENCE_S, ready, station_of
from tests.support.waiting import wait_until


def test_another_instrument_stops_a_run_and_the_right_one_lets_it_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with station_of(tmp_path, monkeypatch, "sr30", "sr30-2") as station:
        body = {"sensor_id": "co2", "model": "hukseflux_sr30", "port": "pty:sr30", "interval_s": 1}
        assert station.ask("POST", "/sensors", json=body).status_code == 201
        run = ready(station)
        wait_until(
            lambda: (told := station.get("/sensors/co2")["identity"]) and told["serial"] == "2507",
            seconds=PATIENCE_S,
            what="the instrument to be known",
        )
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
