# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Standards, a laboratory's certificate and its review at a real daemon, and all of it again after a new start."""

from base64 import b64encode
from pathlib import Path
from typing import Any

from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.entry import decode_reading
from tests.integration.test_daemon import PATIENCE_S, Station, daemon
from tests.support.waiting import wait_until

SENSOR, CHANNEL = "windsonic", "wind_speed"
EXAMPLE = Path(__file__).parents[2] / "resources" / "examples" / "standards.csv"
CERTIFICATE: dict[str, Any] = {
    "channel": CHANNEL,
    "laboratory": "Wind tunnel",
    "number": "W-12",
    "person": "Ana",
    "pin": "2468",
    "polynomial": [0.0, 1.02],
    "expanded_uncertainty": 0.2,
    "files": [{"name": "w12.pdf", "content": b64encode(b"%PDF").decode()}],
}


def post(station: Station, path: str, **body: Any) -> Any:
    reply = station.ask("POST", path, json=body)
    assert reply.status_code in {200, 201}, reply.text
    return reply.json()


def history(station: Station) -> tuple[str, Any]:
    def known() -> str | None:
        found = [one for one in station.get("/api/instruments") if one["sensor_id"] == SENSOR]
        return f"/api/instruments/{found[0]['model']}/{found[0]['id']}" if found else None

    path = wait_until(known, seconds=PATIENCE_S, what="the instrument to be known") or ""
    return path, station.get(f"{path}/calibrations")


def value_by(station: Station, calibration: int) -> int:
    """The index of a reading that names this calibration."""

    def found() -> int | None:
        latest = station.sensor(SENSOR)["latest"]
        if latest is None or latest["index"] <= calibration:
            return None
        with LogReader(station.home / "buffer.sqlite3") as reader:
            reading = decode_reading(reader.entries(latest["index"], 1)[0][1])
        return int(latest["index"]) if reading.calibrations.get(CHANNEL) == calibration else None

    return wait_until(found, seconds=PATIENCE_S, what="a reading by the certificate") or 0


def test_a_reviewed_certificate_makes_the_values_and_survives_a_new_start(tmp_path: Path) -> None:
    with daemon(tmp_path) as child:
        station = Station(tmp_path / "home-demo", child)
        wait_until(lambda: station.sensor(SENSOR)["latest"], seconds=PATIENCE_S, what="a reading")
        for person in ("Ana", "Bo"):
            post(station, "/api/persons", name=person, pin="2468")
        imported = post(station, "/api/standards/csv", csv=EXAMPLE.read_text(encoding="utf-8"), person="Ana")
        assert [one["words"] for one in imported["lines"]] == ["Taken."] * 5
        path, _ = history(station)
        today = station.get("/api/health")["started"][:10]
        stated = {**CERTIFICATE, "calibrated": today, "due": f"{int(today[:4]) + 2}-01-01"}
        entered = post(station, f"{path}/certificates", **stated)
        review = {"accepted": True, "person": "Bo", "pin": "2468"}
        accepted = post(station, f"/api/certificates/{entered['index']}/review", **review)
        index = value_by(station, accepted["review"])
        told = station.get(f"/api/sensors/{SENSOR}/readings/{index}/uncertainty")["channels"][CHANNEL]
        assert told["value"] == 1.02 * told["raw"]
        assert told["expanded_uncertainty"] == 0.2
        period = {"from": f"{today}T00:00:00Z", "to": "2999-01-01T00:00:00Z", "calibration": accepted["review"]}
        view = station.ask("GET", f"/api/sensors/{SENSOR}/recomputed", params=period)
        assert view.text.startswith("# VIEW, not the record")
        assert f"\n{index}," in view.text
        before = history(station), station.get("/api/standards"), station.get("/api/calibrations/due")
    with daemon(tmp_path) as child:
        station = Station(tmp_path / "home-demo", child)
        assert (history(station), station.get("/api/standards"), station.get("/api/calibrations/due")) == before
