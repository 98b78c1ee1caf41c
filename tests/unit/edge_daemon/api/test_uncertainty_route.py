# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How sure the value is at which somebody looks: asked by time over HTTP, on a log of real bytes."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.api import routes_calibration_history as routes
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from tests.unit.edge_daemon.log.calibration_world import TV_A3, U_A3, start, verdict
from tests.unit.edge_daemon.station.record_world import SENSOR, SERIAL, RecordWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RecordWorld]:
    with RecordWorld(tmp_path) as made:
        yield made


def asked(world: RecordWorld, first_s: float, last_s: float, sensor: str = SENSOR) -> tuple[int, Any]:
    now_ns = world.now_ns()
    ends = {
        "from": rfc3339_from_ns(now_ns + round(first_s * NS_PER_S)),
        "to": rfc3339_from_ns(now_ns + round(last_s * NS_PER_S)),
    }
    reply = world.ask("GET", f"/api/sensors/{sensor}/uncertainty", params=ends)
    return reply.status_code, reply.json()


def test_the_newest_reading_of_the_stretch_is_told(world: RecordWorld) -> None:
    world.station.sample(500.0)
    world.station.second += 10
    newest = world.station.sample(735.0)
    status, told = asked(world, -60, 1)
    assert (status, told["index"], told["channels"]["co2"]["value"]) == (200, newest, 735.0)
    assert told["time"] == rfc3339_from_ns(world.now_ns())
    assert told["channels"]["co2"]["expanded_uncertainty"] is None
    assert "not known" in told["channels"]["co2"]["words"]


def test_a_stretch_without_a_reading_and_one_without_length_are_refused(world: RecordWorld) -> None:
    world.station.sample(500.0)
    assert asked(world, 3_000, 4_000)[0] == 404
    assert asked(world, -60, 1, "none")[0] == 404
    status, problem = asked(world, 10, 10)
    assert (status, problem["field"]) == (422, "to")


def stretch(world: RecordWorld, first_s: float, last_s: float, channel: str = "co2") -> Any:
    now_ns = world.now_ns()
    ends = {
        "from": rfc3339_from_ns(now_ns + round(first_s * NS_PER_S)),
        "to": rfc3339_from_ns(now_ns + round(last_s * NS_PER_S)),
    }
    return world.get(f"/api/sensors/{SENSOR}/uncertainties", channel=channel, **ends)


def test_every_value_of_a_stretch_has_its_uncertainty_or_the_reason_why_not(world: RecordWorld) -> None:
    world.station.sample(500.0)
    run = world.write(replace(start(SERIAL, SENSOR, model="fake"), channel="co2"))
    made = world.write(verdict(run, "pass", TV_A3, U_A3, serial=SERIAL, sensor=SENSOR, model="fake"))
    for raw in (735.0, 2000.0):
        world.station.second += 10
        world.station.sample(raw)
    told = stretch(world, -60, 1)
    known = told["expanded_uncertainties"]
    assert [value is None for value in known] == [True, False, False]
    assert told["values"][1] == pytest.approx(693.4235977)
    assert known[1] == pytest.approx(2 * math.hypot(5.0, 0.01 * 693.4235977))
    assert told["factors"] == [None, 2.0, 2.0]
    assert told["why"][0] == "no calibration made this value"
    assert told["why"][1] == ""
    assert told["why"][2].endswith(f"outside the points of the calibration of entry {made}")
    assert (told["times"][2], told["more"]) == (rfc3339_from_ns(world.now_ns()), False)
    assert stretch(world, -60, 1, "no such channel")["times"] == []


def test_of_many_readings_the_newest_are_told(world: RecordWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "MOST_SURE", 2)
    for raw in (500.0, 501.0, 502.0):
        world.station.second += 10
        world.station.sample(raw)
    told = stretch(world, -60, 1)
    assert (told["values"], told["more"]) == ([501.0, 502.0], True)
