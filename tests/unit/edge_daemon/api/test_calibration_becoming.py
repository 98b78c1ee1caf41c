# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the history says became of a calibration: where it failed, its amendment of now, when a check is due. Over HTTP,
on a log of real bytes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.calibration_body import ElectrodeResult, PointResult
from tests.unit.edge_daemon.api.test_calibration_history_routes import channel, run
from tests.unit.edge_daemon.api.test_certificate_impact import BAD, amended, entered, review
from tests.unit.edge_daemon.log.calibration_world import start, verdict
from tests.unit.edge_daemon.station.record_world import INSTRUMENT, SENSOR, SERIAL, RecordWorld


@pytest.fixture
def world(tmp_path: Path) -> Iterator[RecordWorld]:
    with RecordWorld(tmp_path) as made:
        made.enter_persons()
        yield made


def test_a_check_has_a_date_of_its_own_that_renews_no_calibration(world: RecordWorld) -> None:
    run(world, due="2027-11-01")
    before = channel(world)
    started = replace(start(SERIAL, SENSOR, model="fake"), channel="co2")
    procedure = replace(started.procedure, key="zero_check", title="Zero check", check_only=True, interval_days=90)
    at = world.write(replace(started, procedure=procedure))
    world.write(verdict(at, function=None, serial=SERIAL, sensor=SENSOR, model="fake"))
    told = channel(world)
    (one,) = told["checks"]
    assert (one["title"], one["standing"]) == ("Zero check", "ok")
    assert (told["due"], told["standing"]) == (before["due"], before["standing"])
    assert world.get("/api/calibrations/due") == []
    assert world.history.warnings(SENSOR) == ()
    world.pass_days(70)
    (due,) = world.get("/api/calibrations/due")
    assert (due["check"], due["standing"], due["channel"]) == ("Zero check", "due", "co2")
    assert "the check “Zero check” is due in 20 days" in due["words"]
    (warning,) = world.history.warnings(SENSOR)
    assert warning.code == "check_due"
    assert "Zero check" in str(world.history.fault())
    world.pass_days(30)
    assert world.get("/api/calibrations/due")[0]["standing"] == "overdue"
    assert channel(world)["standing"] == "ok", "the calibration is not the worse for it"


@pytest.mark.parametrize(
    ("errors", "electrode", "words"),
    [
        (((1.0, "pass"), (90.0, "fail")), None, "failed as found at span"),
        (((61.0, "conditional_fail"), (90.0, "fail")), None, "failed as found at zero, span"),
        (((1.0, "pass"), (2.0, "pass")), ElectrodeResult(-40.0, -40.0, 0.68, 3.0, False), "failed: the electrode is"),
        (((1.0, "pass"), (2.0, "pass")), None, "failed as found: its points taken together"),
    ],
)
def test_a_failed_run_says_where_it_failed_and_not_that_somebody_rejected_it(
    world: RecordWorld, errors: Any, electrode: ElectrodeResult | None, words: str
) -> None:
    at = world.write(replace(start(SERIAL, SENSOR, model="fake"), channel="co2"))
    found = tuple(
        PointResult(name, 1000.0, 1000.0 + error, error, 10.0, 2.0, 60.0, outcome, 0.9)
        for name, (error, outcome) in zip(("zero", "span"), errors, strict=True)
    )
    end = verdict(at, "fail", None, serial=SERIAL, sensor=SENSOR, model="fake", takes_effect=False)
    world.write(replace(end, as_found=found, electrode=electrode))
    (one,) = channel(world)["calibrations"]
    assert (one["standing"], one["in_force"]) == ("rejected", False)
    assert one["became"].startswith(words)


def test_a_run_that_failed_as_left_says_so(world: RecordWorld) -> None:
    at = world.write(replace(start(SERIAL, SENSOR, model="fake"), channel="co2"))
    good = PointResult("zero", 0.0, 1.0, 1.0, 10.0, 2.0, 60.0, "pass", 0.9)
    bad = PointResult("span", 1000.0, 1090.0, 90.0, 10.0, 2.0, 60.0, "fail", 0.1)
    end = verdict(at, "fail", None, serial=SERIAL, sensor=SENSOR, model="fake", takes_effect=False)
    world.write(replace(end, as_found=(good,), as_left=(good, bad)))
    (one,) = channel(world)["calibrations"]
    assert one["became"] == "failed as left at span"


def test_history_names_the_amendment_that_stands_now(world: RecordWorld) -> None:
    run(world)
    world.station.sample(501.0)
    world.pass_days(30)
    accepted = review(world, entered(world, BAD, calibrated="2026-12-20", due="2027-12-20"))

    def named() -> int | None:
        (told,) = world.get(f"{INSTRUMENT}/calibrations")["channels"]
        found: int | None = told["calibrations"][-1]["impact"]
        return found

    assert named() == accepted["impact"]
    (first,) = amended(world).in_force
    longer, _ = world.amendments.amend(replace(first.body, evidence="longer", replaces=first.index))
    assert named() == longer
    longest, _ = world.amendments.amend(replace(first.body, evidence="longest", replaces=longer))
    assert named() == longest
    body = AmendmentBody("withdrawal", first.body.first, first.body.last, "wrong", "Bo", replaces=longest)
    world.amendments.amend(body)
    assert named() is None
