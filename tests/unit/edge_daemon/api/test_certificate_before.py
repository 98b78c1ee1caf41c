# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a laboratory's certificate means beside what was before: a closed log, and what was amended already."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.calibration_body import CarriedCalibration
from tests.unit.edge_daemon.api.test_certificate_impact import BAD, GOOD, amended, entered, review
from tests.unit.edge_daemon.station.record_world import SENSOR, SERIAL, RecordWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RecordWorld]:
    with RecordWorld(tmp_path) as made:
        made.enter_persons()
        yield made


def test_it_names_the_closed_log_in_which_the_last_good_calibration_was_made(world: RecordWorld) -> None:
    made = "2026-05-01T00:00:00.000000000Z"
    world.write(CarriedCalibration(SENSOR, "fake", SERIAL, "co2", "old.example/1", 77, made, "2027-05-01", "pass"))
    world.station.sample(500.0)
    index = entered(world, BAD)
    (words,) = world.get(f"/api/certificates/{index}/impact")["words"]
    assert "in the closed log old.example/1 since its entry 77 (2026-05-01)" in words
    review(world, index)
    (one,) = amended(world).in_force
    assert (one.body.also_in, one.body.also_since, one.body.also_made) == ("old.example/1", 77, made)


def test_a_good_certificate_does_not_say_that_what_was_amended_before_is_undone(world: RecordWorld) -> None:
    world.station.sample(500.0)
    world.amendments.amend(AmendmentBody("as_found_failure", 0, 2, "found so", "Ana", (SENSOR,), ("co2",), flag=3))
    index = entered(world, GOOD)
    (words,) = world.get(f"/api/certificates/{index}/impact")["words"][:1]
    assert "stay as they are" not in words
    assert "before stands" in words
