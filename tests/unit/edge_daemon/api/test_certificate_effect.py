# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a laboratory's certificate may change, and how sure it makes values, over HTTP on a log of real bytes."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.domain.procedure import Method
from tests.unit.edge_daemon.api.test_calibration_history_routes import CERTIFICATE, review, run
from tests.unit.edge_daemon.log.calibration_world import PROCEDURE, TV_A3, start, verdict
from tests.unit.edge_daemon.station.record_world import INSTRUMENT, SENSOR, SERIAL, RecordWorld


@pytest.fixture
def reviewers(tmp_path: Path) -> Iterator[RecordWorld]:
    with RecordWorld(tmp_path) as made:
        made.enter_persons()
        yield made


def test_a_certificate_of_before_an_adjustment_does_not_undo_it(reviewers: RecordWorld) -> None:
    entered = reviewers.post(f"{INSTRUMENT}/certificates", **CERTIFICATE)
    adjusted = run(reviewers, days=1, function=TV_A3)
    refused = review(reviewers, entered["index"], 409)
    assert f"adjusted since, at entry {adjusted}" in refused["detail"]
    again = {**CERTIFICATE, "number": "N-78"}
    assert reviewers.ask("POST", f"{INSTRUMENT}/certificates", json=again).status_code == 409
    told = reviewers.station.calibrations.told
    assert told.for_sensor(SENSOR)["co2"].function == TV_A3


def test_a_mere_check_since_does_not_keep_a_certificate_out(reviewers: RecordWorld) -> None:
    reviewers.pass_days(1)
    check = replace(PROCEDURE, method=Method.VERIFICATION, adjustment="none", check_only=True)
    begun = reviewers.write(replace(start(SERIAL, SENSOR, model="fake"), channel="co2", procedure=check))
    passed = verdict(begun, function=None, serial=SERIAL, sensor=SENSOR, model="fake", takes_effect=False)
    reviewers.write(passed)
    entered = reviewers.post(f"{INSTRUMENT}/certificates", **CERTIFICATE)
    assert review(reviewers, entered["index"])["in_force"]


def test_after_a_verification_since_a_certificate_of_an_earlier_day_is_history(reviewers: RecordWorld) -> None:
    since = run(reviewers, days=1, function=None)
    entered = reviewers.post(f"{INSTRUMENT}/certificates", **CERTIFICATE)
    told = reviewers.get(f"/api/certificates/{entered['index']}/impact")
    assert any(f"entry {since}" in words for words in told["words"])
    assert not review(reviewers, entered["index"])["in_force"]
    assert reviewers.station.calibrations.told.for_sensor(SENSOR)["co2"].index == since


def test_the_error_that_a_certificate_leaves_is_part_of_the_uncertainty(reviewers: RecordWorld) -> None:
    points = [
        {"reference": 400.0, "indication": 403.0, "expanded_uncertainty": 4.0},
        {"reference": 1000.0, "indication": 1012.0, "expanded_uncertainty": 6.0},
    ]
    for number, more, left in (
        ("A", {"expanded_uncertainty": None}, 12.0),
        ("B", {"expanded_uncertainty": 6.0}, 12.0),
        ("C", {"expanded_uncertainty": 6.0, "polynomial": [0.0, 1000 / 1012]}, 403 * 1000 / 1012 - 400),
    ):
        entered = reviewers.post(
            f"{INSTRUMENT}/certificates", **{**CERTIFICATE, "number": number, "points": points, **more}
        )
        review(reviewers, entered["index"])
        made = reviewers.station.calibrations.told.for_sensor(SENSOR)["co2"]
        assert made.uncertainty is not None
        assert made.uncertainty.constant == pytest.approx(math.hypot(3.0, abs(left) / math.sqrt(3)))
