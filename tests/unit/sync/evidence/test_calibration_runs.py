# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A calibration is judged again by a stranger: its points from the readings, its verdict from the points."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.calibration.judge import RULES, new_function, verdict
from edge_daemon.calibration.point_numbers import PointReading, point_numbers
from edge_daemon.calibration.run import Run, RunEntry, begun
from edge_daemon.domain.channel import Flag
from edge_daemon.log.calibration_body import (
    CalibrationConditions,
    CalibrationDecision,
    CalibrationPoint,
    CalibrationVerdict,
    Stage,
    ValueFunction,
)
from edge_daemon.log.calibration_values import value_of
from sync.bundle import Period
from sync.evidence.verdict import Verdict
from tests.unit.edge_daemon.log.calibration_world import PROCEDURE, start
from tests.unit.edge_daemon.log.calibration_world import verdict as bare_verdict
from tests.unit.sync.evidence.test_calibrations import LINE, MODEL, Calibrated
from tests.unit.sync.recorded import T0, S
from tests.unit.sync.signed_logs import SENSOR, outcomes

Change = Callable[[RunEntry], RunEntry]
APPLIED = "2026-11-23T08:00:00.000000000Z"
LEVELS = {"zero": (0.0, 1.0), "span": (50.0, 52.5)}


class Calibrating(Calibrated):
    """A log with a whole run in it; `change` alters an entry before it is written, as a faulty recorder would."""

    def calibrated(self, change: Change = lambda body: body) -> int:
        body = replace(start("S-1", SENSOR, "temperature", MODEL), procedure=replace(PROCEDURE, channel="temperature"))
        run = begun(self.recorded.add(body), self.recorded.t_ns, body)
        run = self._then(run, CalibrationConditions(run.index, SENSOR, MODEL, "S-1", {}, "Ana"), change)
        run = self._points(run, "as_found", change)
        run = self._then(run, CalibrationDecision(run.index, SENSOR, MODEL, "S-1", True, "Ana"), change)
        run = self._points(run, "as_left", change)
        signed = change(verdict(run, person="Ana", due="2027-11-23"))
        return self.recorded.add(signed)

    def _then(self, run: Run, body: RunEntry, change: Change) -> Run:
        changed = change(body)
        return run.after(self.recorded.add(changed), self.recorded.t_ns, changed)

    def _points(self, run: Run, stage: Stage, change: Change) -> Run:
        function = (new_function(run) if stage == "as_left" else None) or run.start.function
        for name, (reference, raw) in LEVELS.items():
            raws = [raw + number % 3 / 7 for number in range(12)]
            taken = [(self.sample(one, None, {}, flag=Flag.FAIL), self.recorded.mono_us) for one in raws]
            shown = [value_of(function, one) for one in raws]
            made = point_numbers([PointReading(mono_us, {}) for _, mono_us in taken], raws, shown, ())
            point = CalibrationPoint(
                run.index, SENSOR, MODEL, "S-1", stage, name, reference, 0.5, 2.0, None, APPLIED,
                taken[0][0], taken[-1][0], len(raws), made.raw, made.indication, made.deviation,
                made.slope_per_minute, "Ana",
            )  # fmt: skip
            run = self._then(run, point, change)
        return run


@pytest.fixture
def log() -> Calibrating:
    made = Calibrating()
    made.open()
    return made


def words(found: Verdict, name: str = "calibration_runs") -> str:
    return next(check.words for check in found.checks if check.name == name)


def test_an_honest_run_is_judged_again_from_its_readings(log: Calibrating, tmp_path: Path) -> None:
    log.calibrated()
    found = log.verdict(tmp_path)
    assert found.standing == "sound", [str(check) for check in found.checks if check.outcome == "failed"]
    assert "1 verdicts follow from their points, and 4 points from the readings" in words(found)
    assert "calibration_points" not in outcomes(found)


def test_points_whose_readings_are_not_in_the_bundle_are_told(log: Calibrating, tmp_path: Path) -> None:
    log.calibrated()
    log.recorded.pass_(3600)
    log.readings(30)
    since_ns = log.recorded.t_ns - 20 * S
    found = log.verdict(tmp_path, Period(since_ns, since_ns + 5 * S))
    assert since_ns > T0
    assert outcomes(found)["calibration_runs"] == "passed"
    assert outcomes(found)["calibration_points"] == "not_checked"
    assert "4 points of calibrations could not be read again" in words(found, "calibration_points")


def steeper(body: RunEntry) -> RunEntry:
    if not isinstance(body, CalibrationVerdict) or body.function is None:
        return body
    first, slope = body.function.coefficients
    return replace(body, function=ValueFunction("polynomial", (first, slope * 1.05), span=body.function.span))


def kinder(body: RunEntry) -> RunEntry:
    return replace(body, outcome="pass", as_found=body.as_left) if isinstance(body, CalibrationVerdict) else body


def without_results(body: RunEntry) -> RunEntry:
    return replace(body, as_found=(), as_left=()) if isinstance(body, CalibrationVerdict) else body


@pytest.mark.parametrize(
    ("change", "odd"), [(steeper, "function"), (kinder, "as found"), (without_results, "as found")]
)
def test_a_verdict_that_does_not_follow_from_its_points_is_named(
    log: Calibrating, tmp_path: Path, change: Change, odd: str
) -> None:
    index = log.calibrated(change)
    found = log.verdict(tmp_path)
    assert outcomes(found)["calibration_runs"] == "failed"
    assert f"The verdict of entry {index} says another {odd}" in words(found)


@pytest.mark.parametrize("number", ["raw", "indication", "deviation", "slope_per_minute"])
def test_a_point_that_its_readings_do_not_give_is_named(log: Calibrating, tmp_path: Path, number: str) -> None:
    def shifted(body: RunEntry) -> RunEntry:
        is_span = isinstance(body, CalibrationPoint) and (body.stage, body.point) == ("as_found", "span")
        return replace(body, **{number: getattr(body, number) + 0.125}) if is_span else body

    log.calibrated(shifted)
    found = log.verdict(tmp_path)
    assert outcomes(found)["calibration_runs"] == "failed"
    assert "says other numbers than the readings that it names" in words(found)


def test_a_verdict_without_any_point_is_named(log: Calibrating, tmp_path: Path) -> None:
    run = log.begin_run()
    bare = bare_verdict(run, function=LINE, serial="S-1", sensor=SENSOR, model=MODEL, channel="temperature")
    index = log.recorded.add(replace(bare, rules=RULES))
    found = log.verdict(tmp_path)
    assert (found.standing, outcomes(found)["calibration_runs"]) == ("failed", "failed")
    assert f"The verdict of entry {index} could not be given" in words(found)


def test_a_verdict_by_other_rules_is_not_called_checked(log: Calibrating, tmp_path: Path) -> None:
    index = log.calibrated(lambda body: replace(body, rules="0") if isinstance(body, CalibrationVerdict) else body)
    found = log.verdict(tmp_path)
    assert outcomes(found)["calibration_rules"] == "not_checked"
    assert f"first: entry {index}" in words(found, "calibration_rules")
