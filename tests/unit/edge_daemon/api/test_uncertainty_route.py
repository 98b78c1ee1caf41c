# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How sure the value is at which somebody looks: asked by time over HTTP, on a log of real bytes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from tests.unit.edge_daemon.station.record_world import SENSOR, RecordWorld


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
