# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A laboratory's certificate that was overtaken when it was accepted: readings can be shown under it all the same."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.calibration_body import CertificateReview, ExternalCertificate, ValueFunction
from tests.unit.edge_daemon.api.test_calibration_history_routes import lines, run, view
from tests.unit.edge_daemon.log.calibration_world import certificate, review
from tests.unit.edge_daemon.station.record_world import SENSOR, SERIAL, RecordWorld

TWICE = ValueFunction("polynomial", (0.0, 2.0))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RecordWorld]:
    with RecordWorld(tmp_path) as made:
        made.enter_persons()
        yield made


def overtaken(world: RecordWorld, day: str) -> tuple[int, int]:
    """A certificate of a day before the calibration in force, and the review that accepted it."""
    paper = replace(certificate(calibrated=day, function=TWICE), sensor=SENSOR, model="fake", serial=SERIAL)
    assert isinstance(paper, ExternalCertificate)
    at = world.write(paper)
    body = review(at)
    assert isinstance(body, CertificateReview)
    return at, world.write(replace(body, sensor=SENSOR, model="fake", serial=SERIAL))


def test_readings_are_shown_under_it_by_either_of_its_entries(world: RecordWorld) -> None:
    reading = world.station.sample(500.0)
    run(world)
    at, accepted = overtaken(world, "2026-11-01")
    told = world.history.told()
    assert accepted in told.history_only
    for index in (at, accepted):
        (row,) = (one for one in lines(view(world, index))[1] if int(one["index"]) == reading)
        assert float(row[f"value_under_{accepted}_ppm"]) == 1000.0
        assert float(row["value_ppm"]) == 500.0, "the record keeps its value"


def test_an_adjustment_after_its_day_is_crossed_by_readings_after_that_only(world: RecordWorld) -> None:
    before = world.station.sample(500.0)
    cut = rfc3339_from_ns(world.now_ns() + 1)
    adjusted = run(world, days=1, device_adjusted=True)
    _, accepted = overtaken(world, "2026-11-01")
    world.station.sample(510.0)
    assert f"adjusted at entry {adjusted}" in view(world, accepted, 409)
    (row,) = lines(view(world, accepted, to=cut))[1]
    assert int(row["index"]) == before
