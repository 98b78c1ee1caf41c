# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One point in fresh air after an earlier adjustment in the software, through the API of the whole recorder."""

import base64
from pathlib import Path

import pytest

from tests.support.calibrating import PATIENCE_S, PIN, ready, station_of
from tests.support.waiting import wait_until

SLOPE = 0.97


def test_one_point_moves_the_line_in_force_and_keeps_its_slope(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with station_of(tmp_path, monkeypatch, "scd30-2") as station:
        run = ready(station)
        for name, pin in (("Ana", PIN), ("Ben", "0815")):
            station.ask("POST", "/persons", json={"name": name, "pin": pin})
        run.begin("co2_offset")
        (model, serial) = (run.now["model"], run.now["serial"])
        station.ask("DELETE", "/sensors/co2/calibration", params={"reason": "the laboratory's first", "person": "Ana"})
        file = {"name": "n77.pdf", "content": base64.b64encode(b"%PDF-1.7").decode()}
        entered = station.ask(
            "POST",
            f"/instruments/{model}/{serial}/certificates",
            json={
                "channel": "co2",
                "laboratory": "National laboratory",
                "number": "N-77",
                "calibrated": "2026-01-10",
                "due": "2035-01-10",
                "person": "Ana",
                "pin": PIN,
                "expanded_uncertainty": 8.0,
                "polynomial": [0.0, SLOPE],
                "files": [file],
            },
        )
        assert entered.status_code == 201, entered.text[:500]
        accepted = station.ask(
            "POST",
            f"/certificates/{entered.json()['index']}/review",
            json={"accepted": True, "person": "Ben", "pin": "0815"},
        )
        assert accepted.status_code == 200, accepted.text[:500]
        review = accepted.json()["review"]
        wait_until(
            lambda: [one for _, one in station.readings("co2", review) if one.calibrations.get("co2") == review],
            seconds=PATIENCE_S,
            what="readings by the laboratory's line",
        )
        run.begin("co2_offset")
        (begun,) = [body for index, body in station.entries("calibration") if index == run.now["index"]]
        assert begun["function"]["coefficients"] == [0.0, SLOPE]
        run.do("go_on", values={"pressure": 1000.0})
        taken = run.take(stable=False, reference=600.0, expanded_uncertainty=5.0)
        run.do("adjust")
        run.take(stable=False, reference=600.0, expanded_uncertainty=5.0)
        done = run.do("sign", values={"person": "Ana", "pin": PIN})
        assert done["state"] == "signed"
        body = station.entries("calibration")[-1][1]
        offset, slope = body["function"]["coefficients"]
        assert slope == SLOPE
        assert offset == pytest.approx(600.0 - taken["points"][0]["indication"], abs=1e-6)
        following = wait_until(
            lambda: [
                one
                for _, one in station.readings("co2", done["verdict"])
                if one.calibrations.get("co2") == done["verdict"]
            ],
            seconds=PATIENCE_S,
            what="readings by the new calibration",
        )
        number = following[-1].channels["co2"]
        assert number.value == pytest.approx(offset + SLOPE * number.raw, abs=1e-9)
