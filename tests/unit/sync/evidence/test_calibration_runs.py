# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A calibration is judged again by a stranger: its points from the readings, its verdict from the points."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from edge_daemon.calibration.given_up import found_so_far
from edge_daemon.calibration.judge import RULES, Earlier, as_found_results, new_function, verdict
from edge_daemon.calibration.point_numbers import PointReading, point_numbers
from edge_daemon.calibration.run import Run, RunEntry, begun
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.calibration_body import (
    CalibrationAbort,
    CalibrationConditions,
    CalibrationDecision,
    CalibrationPoint,
    CalibrationVerdict,
    CarriedCalibration,
    PointResult,
    Stage,
    ValueFunction,
    ValueUncertainty,
)
from edge_daemon.log.calibration_values import value_of
from edge_daemon.log.entry import EntryType, encode_entry
from edge_daemon.log.plan_body import Parameter, PlanBody
from sync.bundle import Period
from sync.evidence.verdict import Verdict
from tests.unit.edge_daemon.log.calibration_world import DAY_NS, PROCEDURE, start
from tests.unit.edge_daemon.log.calibration_world import verdict as bare_verdict
from tests.unit.sync.evidence.test_calibrations import LINE, MODEL, Calibrated
from tests.unit.sync.recorded import T0, S
from tests.unit.sync.signed_logs import SENSOR, outcomes

Change = Callable[[RunEntry], RunEntry]
Sign = Callable[[Run], CalibrationVerdict]
DUE = "2027-11-23"
"""A year from the day of the log, by the procedure."""
APPLIED = "2026-11-23T08:00:00.000000000Z"
LEVELS = {"zero": (0.0, 1.0), "span": (50.0, 52.5)}


def sign_first(run: Run) -> CalibrationVerdict:
    return verdict(run, person="Ana", due=DUE)


class Calibrating(Calibrated):
    """A log with a whole run in it; `change` alters an entry before it is written, as a faulty recorder would."""

    named: Mapping[str, int] = MappingProxyType({})
    """What its readings name: a calibration that leaves raw as it is."""

    def calibrated(self, change: Change = lambda body: body, sign: Sign = sign_first) -> int:
        run = self.found(change)
        run = self._then(run, CalibrationDecision(run.index, SENSOR, MODEL, "S-1", True, "Ana"), change)
        run = self._points(run, "as_left", change)
        return self.recorded.add(change(sign(run)))

    def given_up(self, change: Change = lambda body: body) -> int:
        run = self.found(change)
        outcome, results = found_so_far(run), as_found_results(run)
        body = CalibrationAbort(run.index, SENSOR, MODEL, "S-1", "rain", "Ana", results, outcome, rules=RULES)
        return self.recorded.add(change(body))

    def found(self, change: Change) -> Run:
        body = replace(start("S-1", SENSOR, "temperature", MODEL), procedure=replace(PROCEDURE, channel="temperature"))
        run = begun(self.recorded.add(body), self.recorded.t_ns, body)
        run = self._then(run, CalibrationConditions(run.index, SENSOR, MODEL, "S-1", {}, "Ana"), change)
        return self._points(run, "as_found", change)

    def carry(self) -> Earlier:
        """What held in the log before, made 100 days ago, with what it had left."""
        made_ns = self.recorded.t_ns - 100 * DAY_NS
        left = PointResult("span", 50.0, 50.1, 0.1, 0.5, 2.0, 3.0, "pass", 0.99)
        u = ValueUncertainty(0.2)
        body = CarriedCalibration(
            SENSOR, MODEL, "S-1", "temperature", "verifield/old", 7, rfc3339_from_ns(made_ns), "2027-06-01", "pass",
            None, u, results=(left,),
        )  # fmt: skip
        index = self.recorded.add(body)
        self.named = {"temperature": index}
        return Earlier(index, made_ns, (left,), u)

    def plan(self, days: int) -> None:
        one = Parameter("t", "°C", SENSOR, "temperature", "record", 60.0, "any", days, 600.0, "Ana")
        self.recorded.add(PlanBody((one,), "Ana"))

    def _then(self, run: Run, body: RunEntry, change: Change) -> Run:
        changed = change(body)
        return run.after(self.recorded.add(changed), self.recorded.t_ns, changed)

    def _points(self, run: Run, stage: Stage, change: Change) -> Run:
        function = (new_function(run) if stage == "as_left" else None) or run.start.function
        for name, (reference, raw) in LEVELS.items():
            raws = [raw + number % 3 / 7 for number in range(12)]
            taken = [(self.sample(one, None, self.named, flag=Flag.FAIL), self.recorded.mono_us) for one in raws]
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


def surer(body: RunEntry) -> RunEntry:
    if not isinstance(body, CalibrationVerdict) or body.uncertainty is None:
        return body
    return replace(body, uncertainty=replace(body.uncertainty, factor=0.99 * body.uncertainty.factor))


def longer(body: RunEntry) -> RunEntry:
    return replace(body, due="2027-11-24") if isinstance(body, CalibrationVerdict) else body


def after_another(body: RunEntry) -> RunEntry:
    return replace(body, before=3) if isinstance(body, CalibrationVerdict) else body


@pytest.mark.parametrize(
    ("change", "odd"),
    [
        (steeper, "function"),
        (kinder, "as found"),
        (without_results, "as found"),
        (surer, "uncertainty"),
        (longer, "due"),
        (after_another, "before"),
    ],
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
    assert found.standing == "other_rules"
    assert f"first: entry {index}" in words(found, "calibration_rules")


def test_the_calibration_before_tells_how_it_drifts(log: Calibrating, tmp_path: Path) -> None:
    before = log.carry()
    log.calibrated(sign=lambda run: verdict(run, person="Ana", due=DUE, before=before))
    found = log.verdict(tmp_path)
    assert outcomes(found)["calibration_runs"] == "passed", words(found)
    assert "Uncertainties and due dates follow too" in words(found)


@pytest.mark.parametrize("told", ["nothing", "younger"])
def test_who_leaves_the_calibration_before_out_of_account_is_named(log: Calibrating, tmp_path: Path, told: str) -> None:
    before = log.carry()
    alone = None if told == "nothing" else replace(before, made_ns=before.made_ns - 300 * DAY_NS)

    def signed(run: Run) -> CalibrationVerdict:
        return replace(verdict(run, person="Ana", due=DUE, before=alone), before=before.index)

    index = log.calibrated(sign=signed)
    found = log.verdict(tmp_path)
    assert outcomes(found)["calibration_runs"] == "failed"
    assert f"The verdict of entry {index} says another uncertainty" in words(found)


@pytest.mark.parametrize(("due", "outcome"), [("2027-02-21", "passed"), (DUE, "failed")])
def test_a_verdict_is_due_by_the_monitoring_plan_where_that_is_earlier(
    log: Calibrating, tmp_path: Path, due: str, outcome: str
) -> None:
    log.plan(90)
    log.calibrated(sign=lambda run: verdict(run, person="Ana", due=due))
    found = log.verdict(tmp_path)
    assert outcomes(found)["calibration_runs"] == outcome


@pytest.mark.parametrize(("seconds", "outcome"), [(0.0, "passed"), (2 * 86_400.0, "failed")])
def test_what_was_drafted_the_day_before_it_was_written_is_no_fault(
    log: Calibrating, tmp_path: Path, seconds: float, outcome: str
) -> None:
    def signed(run: Run) -> CalibrationVerdict:
        to_midnight = DAY_NS - log.recorded.t_ns % DAY_NS
        log.recorded.pass_(to_midnight / 1e9 + 1.0 + seconds)
        return verdict(run, person="Ana", due=DUE)

    log.calibrated(sign=signed)
    assert outcomes(log.verdict(tmp_path))["calibration_runs"] == outcome


def test_a_plan_of_an_unknown_form_leaves_the_due_date_open(log: Calibrating, tmp_path: Path) -> None:
    strange = encode_entry(EntryType.PLAN, log.recorded.stamp(), {"parameters": 3})
    log.recorded.put(strange)
    index = log.calibrated(longer)
    found = log.verdict(tmp_path)
    assert outcomes(found)["calibration_runs"] == "passed"
    assert "due dates follow" not in words(found)
    assert outcomes(found)["calibration_due"] == "not_checked"
    assert f"(first: entry {index})" in words(found, "calibration_due")


def test_what_was_found_by_a_run_that_was_given_up_is_judged_again(log: Calibrating, tmp_path: Path) -> None:
    log.given_up()
    found = log.verdict(tmp_path)
    assert outcomes(found)["calibration_runs"] == "passed", words(found)
    assert "What 1 runs found that were given up follows too" in words(found)


@pytest.mark.parametrize("odd", ["as found", "outcome"])
def test_a_run_that_was_given_up_cannot_say_that_it_found_less(log: Calibrating, tmp_path: Path, odd: str) -> None:
    def hushed(body: RunEntry) -> RunEntry:
        if not isinstance(body, CalibrationAbort):
            return body
        return replace(body, as_found=body.as_found[:1]) if odd == "as found" else replace(body, outcome=None)

    index = log.given_up(hushed)
    found = log.verdict(tmp_path)
    assert outcomes(found)["calibration_runs"] == "failed"
    assert f"Entry {index}, which gives a run up, says another {odd}" in words(found)


def test_a_run_given_up_by_other_rules_is_not_called_checked(log: Calibrating, tmp_path: Path) -> None:
    log.given_up(lambda body: replace(body, rules="") if isinstance(body, CalibrationAbort) else body)
    found = log.verdict(tmp_path)
    assert outcomes(found)["calibration_rules"] == "not_checked"
    assert "calibration_runs" not in outcomes(found)
