# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Quality over the API of a real daemon: limits, reasons, settled flags, amendments, the plan, what does not fit."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.buffer.check import check_log
from edge_daemon.buffer.reader import LogReader
from edge_daemon.log.entry import Entry, decode_entry
from tests.integration.test_daemon import PATIENCE_S, Station, daemon
from tests.support.waiting import wait_until

SENSOR = "windsonic"
SPEED = "wind_speed"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    with daemon(tmp_path) as child:
        started = Station(tmp_path / "home-demo", child)
        started.wait_for_readings("windsonic")
        yield started


def entries(station: Station, after: int = -1) -> list[tuple[int, Entry]]:
    with LogReader(station.home / "buffer.sqlite3") as reader:
        return [(index, decode_entry(data)) for index, data in reader.entries(after + 1, 5_000)]


def put_limits(station: Station, **limits: Any) -> Any:
    body = {"channels": {SPEED: limits or None}, "person": "Ana"}
    reply = station.ask("PUT", f"/api/sensors/{SENSOR}/limits", json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def amend(station: Station, **body: Any) -> Any:
    reply = station.ask("POST", "/api/amendments", json={"evidence": "seen on site", "person": "Ana", **body})
    assert reply.status_code == 201, reply.text
    return reply.json()


def latest_under(station: Station, configuration: int) -> int:
    """Index of a reading of the wind sensor that names this configuration."""

    def found() -> int | None:
        latest = station.sensor(SENSOR)["latest"]
        if latest is None or latest["index"] <= configuration:
            return None
        with LogReader(station.home / "buffer.sqlite3") as reader:
            entry = decode_entry(reader.entries(latest["index"], 1)[0][1])
        return int(latest["index"]) if entry.body["cfg"] == configuration else None

    return wait_until(found, seconds=PATIENCE_S, what="a reading under the new limits") or 0


def test_a_site_sets_limits_which_flag_what_follows_and_explain_it(station: Station) -> None:
    before = station.get(f"/api/sensors/{SENSOR}/limits")
    assert before["channels"][SPEED]["spike"] == [20, 40]
    told = put_limits(station, plausible=[500, 600])
    assert told["configuration"] > before["configuration"]
    index = latest_under(station, told["configuration"])
    why = station.get(f"/api/sensors/{SENSOR}/why", params={"index": index})
    speed = why["channels"][SPEED]
    tests = {reason["test"]: reason["text"] for reason in speed["reasons"]}
    assert speed["flag"] == speed["effective_flag"] == 3
    assert "500 to 600 m/s" in tests["plausible_range"]
    failing = wait_until(
        lambda: station.sensor(SENSOR)["failing"].get(SPEED), seconds=PATIENCE_S, what="the failing test's name"
    )
    assert "plausible_range" in (failing or ())
    (entry,) = [entry for at, entry in entries(station) if at == told["configuration"]]
    changes = entry.body["limit_changes"]
    assert isinstance(changes, list)
    assert {"channel": SPEED, "name": "plausible", "old": [0, 40], "new": [500, 600]} in changes
    assert entry.body["person"] == "Ana"
    assert put_limits(station)["channels"][SPEED] == before["channels"][SPEED]


def test_limits_that_cannot_be_meant_name_their_field(station: Station) -> None:
    for limits, field in (
        ({SPEED: {"spike": [3, 1]}}, f"channels.{SPEED}.spike"),
        ({"co2": {}}, "channels.co2"),
        ({SPEED: {"spikes": [1, 2]}}, f"channels.{SPEED}.spikes"),
    ):
        reply = station.ask("PUT", f"/api/sensors/{SENSOR}/limits", json={"channels": limits})
        assert (reply.status_code, reply.json()["field"]) == (422, field)


def test_a_spike_is_settled_by_a_later_reading_of_the_same_sensor(station: Station) -> None:
    # The simulated air never stands still, while the wind has spells of dead calm. It is suspect while it warms up.
    body = {"channels": {"co2": {"spike": [0, 0.0001]}}, "person": "Ana"}
    reply = station.ask("PUT", "/api/sensors/scd30/limits", json=body)
    assert reply.status_code == 200, reply.text
    configuration = reply.json()["configuration"]

    def settled() -> list[tuple[int, Any]]:
        return [(at, entry) for at, entry in entries(station, configuration) if "re" in entry.body]

    found = wait_until(settled, seconds=PATIENCE_S, what="a reading that settles an earlier one") or []
    logged = dict(entries(station))
    for at, entry in found:
        items = entry.body["re"]
        assert isinstance(items, list)
        for item in items:
            assert isinstance(item, list)
            of, channel, flag = item
            assert isinstance(of, int)
            assert of < at
            assert (logged[of].type, logged[of].body["sensor"], channel, flag) == ("reading", "scd30", "co2", 4)
    first = found[0][1].body["re"]
    assert isinstance(first, list)
    assert isinstance(first[0], list)
    why = station.get("/api/sensors/scd30/why", params={"index": first[0][0]})
    assert "spike" in {reason["test"] for reason in why["channels"]["co2"]["reasons"]}
    assert why["channels"]["co2"]["effective_flag"] == 4
    assert why["effective_quality"] <= 0.69
    station.child.interrupt()
    station.child.wait()
    assert check_log(station.home / "buffer.sqlite3").sound


def test_an_amendment_changes_how_readings_are_read_and_no_byte(station: Station) -> None:
    index = station.sensor(SENSOR)["latest"]["index"]
    before = entries(station)[: index + 1]
    told = amend(station, kind="value_correction", sensors=[SENSOR], channels=[SPEED], gain=2, offset=1, last=index)
    assert (told["first"], told["last"], told["counts"]) == (0, index, True)
    why = station.get(f"/api/sensors/{SENSOR}/why", params={"index": index})
    speed = why["channels"][SPEED]
    assert speed["effective_value"] == pytest.approx(2 * speed["value"] + 1)
    assert why["amended_by"] == [told["index"]]
    assert "amendment" in {reason["test"] for reason in speed["reasons"]}
    again = amend(station, kind="withdrawal", replaces=told["index"])
    speed = station.get(f"/api/sensors/{SENSOR}/why", params={"index": index})["channels"][SPEED]
    assert speed["effective_value"] == speed["value"]
    listed = station.get("/api/amendments")
    assert [(one["index"], one["counts"]) for one in listed] == [(told["index"], False), (again["index"], False)]
    assert entries(station)[: index + 1] == before


def test_what_an_amendment_would_change_is_told_before_and_nothing_is_written(station: Station) -> None:
    index = station.sensor(SENSOR)["latest"]["index"]
    wanted = {"kind": "value_correction", "sensors": [SENSOR], "channels": [SPEED], "gain": 2, "offset": 1,
              "last": index, "evidence": "seen on site", "person": "Ana"}  # fmt: skip
    reply = station.ask("POST", "/api/amendments/preview", json=wanted)
    assert reply.status_code == 200, reply.text
    told = reply.json()
    assert station.get("/api/amendments") == []
    logged = [entry for _, entry in entries(station)[: index + 1] if entry.body.get("sensor") == SENSOR]
    assert (told["readings"], told["exact"]) == (sum(entry.type == "reading" for entry in logged), True)
    for one in told["examples"]:
        speed = one["channels"][SPEED]
        assert speed["now_value"] == speed["recorded_value"]
        assert speed["then_value"] == pytest.approx(2 * speed["recorded_value"] + 1)
    refused = station.ask("POST", "/api/amendments/preview", json={**wanted, "channels": ["co2"]})
    assert (refused.status_code, refused.json()["field"]) == (422, "channels")


def test_an_amendment_that_does_not_fit_names_its_field(station: Station) -> None:
    for body, field in (
        ({"kind": "clock_offset", "offset_us": 5}, "uncertainty_us"),
        ({"kind": "maintenance", "sensors": ["nobody"]}, "sensors"),
        ({"kind": "maintenance", "from": "soon"}, "from"),
        ({"kind": "other"}, "kind"),
    ):
        reply = station.ask("POST", "/api/amendments", json={"evidence": "e", "person": "Ana", **body})
        assert (reply.status_code, reply.json()["field"]) == (422, field)
    gone = {"kind": "withdrawal", "evidence": "e", "person": "Ana", "replaces": 1}
    assert station.ask("POST", "/api/amendments", json=gone).status_code == 404
    assert station.get("/api/amendments") == []


def test_the_plan_is_written_read_and_checked(station: Station) -> None:
    assert station.get("/api/plan")["index"] is None
    parameter = {
        "parameter": "Wind speed",
        "unit": "m/s",
        "sensor": SENSOR,
        "channel": SPEED,
        "role": "record",
        "frequency_s": 60,
        "accuracy": "±2 % at 12 m/s",
        "calibration_interval_days": 730,
        "longest_gap_s": 3600,
        "responsible": "Ana",
    }
    later = {**parameter, "parameter": "Power", "sensor": "meter", "channel": "active_power"}
    tree = {"equation": "chave_4", "diameter_cm": 30, "reading_mm": 6.44, "measured": "2026-11-01",
            "source": "density by species", "height_m": 22, "density_g_cm3": 0.6}  # fmt: skip
    stem = {**parameter, "parameter": "Growth", "unit": "mm", "sensor": "oak", "channel": "diameter", "tree": tree}
    plan = {"parameters": [parameter, later, stem], "person": "Ana", "methodology": "AMS-I.D."}
    reply = station.ask("PUT", "/api/plan", json=plan)
    assert reply.status_code == 200, reply.text
    told = station.get("/api/plan")
    assert told == reply.json()
    assert (told["parameters"][0]["channel"], told["missing"]) == (SPEED, ["meter", "oak"])
    assert told["parameters"][0]["tree"] is None
    planned = told["parameters"][2]["tree"]
    assert {**planned, **tree} == planned
    assert (planned["root_shoot"], planned["carbon_fraction"]) == (0.0, 0.47)
    wrong = {**plan, "parameters": [{**parameter, "channel": "gust"}]}
    refused = station.ask("PUT", "/api/plan", json=wrong)
    assert (refused.status_code, refused.json()["field"]) == (422, "parameters.0.channel")
    for changed, field in (
        ({**parameter, "tree": tree}, "parameters.0.tree"),
        ({**stem, "tree": {**tree, "height_m": None}}, "parameters.0.tree.height_m"),
        ({**stem, "tree": {**tree, "trees": 500}}, "parameters.0.tree.trees"),
    ):
        refused = station.ask("PUT", "/api/plan", json={**plan, "parameters": [changed]})
        assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert station.get("/api/plan") == told


def test_nothing_fails_to_fit_together_in_the_demo(station: Station) -> None:
    told = station.get("/api/anomalies", params={"since": "2020-01-01T00:00:00Z"})
    assert {one["rule"] for one in told["present"]} <= {"co2_and_humidity_jump", "wind_without_direction"}
    assert all(one["index"] is not None for one in told["past"])
