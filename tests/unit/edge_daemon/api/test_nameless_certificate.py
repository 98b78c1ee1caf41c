# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A certificate of an instrument without a serial number that waited when the log before was closed, over HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.log.calibration_body import ExternalCertificate, ValueUncertainty
from edge_daemon.log.instruments import Key
from tests.unit.edge_daemon.api.test_calibration_history_routes import CERTIFICATE, review
from tests.unit.edge_daemon.log.calibration_world import certificate
from tests.unit.edge_daemon.station.record_world import SENSOR, RecordWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RecordWorld]:
    with RecordWorld(tmp_path, serial="") as made:
        made.enter_persons()
        yield made


def carried(world: RecordWorld, sensor: str) -> tuple[int, ExternalCertificate]:
    """As the opening of a log says it again: a laboratory's, without a name for the instrument."""
    digest = world.passports.attach("n77.pdf", b"%PDF-1.7 of the laboratory")
    paper = replace(
        certificate("", uncertainty=ValueUncertainty(4.0)), sensor=sensor, model="fake", attachments=(digest,)
    )
    return world.write(paper), paper


def path(world: RecordWorld) -> str:
    installed = world.station.calibrations.told.instruments.present(SENSOR)
    assert installed is not None
    return f"/api/instruments/fake/{installed.key.name}"


def shown(world: RecordWorld) -> list[Any]:
    told = world.get(f"{path(world)}/calibrations")["channels"]
    return [one for channel in told for one in channel["calibrations"]]


def test_it_waits_at_its_instrument_and_holds_for_it_once_it_is_accepted(world: RecordWorld) -> None:
    at, paper = carried(world, SENSOR)
    assert [(one["index"], one["standing"]) for one in shown(world)] == [(at, "to_review")]
    again = {**CERTIFICATE, "laboratory": paper.laboratory, "number": paper.number}
    world.post(f"{path(world)}/certificates", 409, **again)
    accepted = review(world, at)
    assert accepted["standing"] == "in_force"
    told = world.station.calibrations.told
    assert {name: one.index for name, one in told.for_sensor(SENSOR).items()} == {"co2": accepted["review"]}


def test_one_that_nobody_can_tell_any_more_is_only_refused(world: RecordWorld) -> None:
    at, _ = carried(world, "")
    assert shown(world) == []
    refusal = world.post(f"/api/certificates/{at}/review", 409, accepted=True, person="Bo", pin="2468")
    assert "nobody can tell which one" in refusal["detail"]
    told = world.station.calibrations.told
    assert told.certificates.of(at) == Key("fake", "")
    world.laboratory.review(at, accepted=False, person="Bo", pin="2468", remarks="entered again")
    assert world.station.calibrations.told.for_sensor(SENSOR) == {}
