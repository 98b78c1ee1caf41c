# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Soil flux over the API of a real daemon on a simulated SCD30: close, watch, refuse, evaluate, abort, restart."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.entry import decode_entry
from tests.support.processes import Child, running
from tests.support.recorder import recorder_at
from tests.support.waiting import wait_until

PATIENCE_S = 120.0
PATH = "/api/sensors/scd30/flux"
CHAMBER: dict[str, Any] = {
    "volume_cm3": 5200,
    "area_cm2": 320,
    "temperature": {"sensor": "scd30", "channel": "temperature"},
    "humidity": {"sensor": "scd30", "channel": "humidity"},
    "pressure": {"value": 100.8},
    "dead_band_s": 2,
    "observation_s": 30,
    "person": "Ana",
}


class Station:
    def __init__(self, home: Path, child: Child) -> None:
        self.home = home
        self._child = child
        self.ask = recorder_at(home, child).ask
        wait_until(self.reads, seconds=PATIENCE_S, what="a reading of the SCD30")

    def stop(self) -> None:
        """In order, as a service is stopped."""
        self._child.interrupt(seconds=PATIENCE_S)

    def reads(self) -> bool:
        return any(one["sensor_id"] == "scd30" and one["latest"] for one in self.ask("GET", "/api/sensors").json())

    def standing(self) -> Any:
        reply = self.ask("GET", PATH)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def over(self) -> Any:
        standing = self.standing()
        return standing if standing["phase"] in {"evaluated", "aborted"} else None

    def entries(self, kind: str) -> list[dict[str, Any]]:
        with LogReader(self.home / "buffer.sqlite3") as reader:
            found = reader.events([kind], sensor="scd30.soil_flux", after=-1, limit=1000)
            return [dict(decode_entry(reader.entries(event.index, 1)[0][1]).body) for event in found]


@contextmanager
def demo(tmp_path: Path) -> Iterator[Station]:
    command = [sys.executable, "-m", "edge_daemon", "run", "--demo", "--home", str(tmp_path / "home")]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    with running(command, output=tmp_path / "daemon.out", environment=environment) as child:
        yield Station(tmp_path / "home-demo", child)


def test_a_chamber_is_closed_watched_and_aborted_and_its_schedule_outlives_a_restart(tmp_path: Path) -> None:
    with demo(tmp_path) as station:
        assert station.ask("GET", PATH).status_code == 404
        for body, field in (
            ({**CHAMBER, "volume_cm3": 0}, "volume_cm3"),
            ({**CHAMBER, "pressure": {}}, "pressure"),
            ({**CHAMBER, "temperature": {"value": 20, "sensor": "scd30", "channel": "temperature"}}, "temperature"),
            ({**CHAMBER, "pressure": {"sensor": "scd30", "channel": "co2"}}, "pressure"),
        ):
            refused = station.ask("POST", PATH, json=body)
            assert (refused.status_code, refused.json()["field"]) == (422, field)
        assert station.ask("POST", "/api/sensors/windsonic/flux", json=CHAMBER).status_code == 422

        begun = station.ask("POST", PATH, json={**CHAMBER, "observation_s": 600, "every_s": 1800})
        assert begun.status_code == 201, begun.text
        assert begun.json()["flux_sensor"] == "scd30.soil_flux"
        assert begun.json()["next_closing"] > begun.json()["closed_at"]
        assert station.ask("POST", PATH, json=CHAMBER).status_code == 409
        wait_until(
            lambda: station.standing()["phase"] == "measuring", seconds=PATIENCE_S, what="the dead band to be over"
        )
        (flux,) = (one for one in station.ask("GET", "/api/sensors").json() if one["kind"] == "soil_flux")
        assert (flux["sensor_id"], flux["condition"], flux["port_kind"]) == ("scd30.soil_flux", "good", "computed")
        following = begun.json()["next_closing"]
        station.stop()
    with demo(tmp_path) as station:
        again = wait_until(
            lambda: standing if (standing := station.standing())["next_closing"] else None,
            seconds=PATIENCE_S,
            what="the schedule to go on",
        )
        assert again is not None
        assert (again["phase"], again["next_closing"]) == ("idle", following)
        ended = station.ask("DELETE", PATH, params={"person": "Ana"})
        assert (ended.status_code, ended.json()["next_closing"]) == (200, None)
        assert station.ask("DELETE", PATH).status_code == 409
        texts = [note["text"] for note in station.entries("note")]
        assert "Chamber closed over scd30" in texts[0]
        assert "recorder was stopped" in texts[1]
        assert [gap["causes"] for gap in station.entries("gap")] == [["closing_aborted"]]


def test_a_closing_becomes_a_reading_of_its_own_sensor(tmp_path: Path) -> None:
    with demo(tmp_path) as station:
        assert station.ask("POST", PATH, json=CHAMBER).status_code == 201
        done = wait_until(station.over, seconds=PATIENCE_S, what="the closing to be over")
        assert done["phase"] == "evaluated", done["reason"]
        flux = done["flux"]
        assert flux["reason"] == done["reason"]
        assert {check["name"] for check in flux["checks"]} >= {"samples", "scatter", "range"}
        assert flux["linear"]["flux"] == flux["flux"] or flux["model"] == "exponential"
        assert len(done["points"]) >= 10

        def shown() -> Any:
            sensors = station.ask("GET", "/api/sensors").json()
            return next((one["latest"] for one in sensors if one["kind"] == "soil_flux"), None)

        latest = wait_until(shown, seconds=PATIENCE_S, what="the flux to be shown")
        assert latest["channels"]["soil_flux"]["value"] == flux["flux"]
        assert latest["channels"]["flux_uncertainty"]["value"] == flux["uncertainty"]
