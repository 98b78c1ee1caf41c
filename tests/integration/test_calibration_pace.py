# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A sonde that is read every quarter of an hour is read every few seconds while it is calibrated, and never after that.

The whole recorder, with simulated instruments.
"""

from pathlib import Path

import pytest

from tests.support.calibrating import PATIENCE_S, Run, ready, station_of
from tests.support.waiting import wait_until


def test_a_sonde_is_read_fast_in_a_run_and_slowly_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with station_of(tmp_path, monkeypatch, "exo2_modbus", "scd30-2") as station:
        body = {"sensor_id": "pond", "model": "ysi_exo2_modbus", "port": "pty:exo2_modbus"}
        reply = station.ask("POST", "/sensors", json=body)
        assert reply.status_code == 201, reply.text
        ready(station)
        wait_until(lambda: station.get("/sensors/pond")["latest"], seconds=PATIENCE_S, what="a first reading")
        assert station.get("/sensors/pond")["interval_s"] == 900
        run = Run(station, "pond")
        run.begin("ph_buffers")
        start = run.now["index"]
        (begun,) = [one for index, one in station.entries("calibration") if index == start]
        assert begun["interval_ns"] == 5 * 10**9
        assert begun["procedure"]["stable"]["window_s"] == 60
        run.do("go_on", values={"temperature": 25.0})
        assert "every 5 s, so the point takes at least 60 s" in run.now["step"]["help"]
        wait_until(lambda: len(station.readings("pond", start)) >= 3, seconds=PATIENCE_S, what="readings in the run")
        given_up = station.ask("DELETE", "/sensors/pond/calibration", params={"reason": "rain", "person": "Ana"})
        assert given_up.json()["state"] == "aborted", given_up.text
        end = max(index for index, _ in station.entries("calibration"))
        # The other sensor is read twice a second: so much time has passed.
        wait_until(lambda: len(station.readings("co2", end)) >= 24, seconds=PATIENCE_S, what="a while to pass")
        assert len(station.readings("pond", end)) <= 1
        assert station.get("/sensors/pond")["interval_s"] == 900
        gaps = [one for _, one in station.entries("gap") if one["sensor"] == "pond"]
        assert gaps == []
