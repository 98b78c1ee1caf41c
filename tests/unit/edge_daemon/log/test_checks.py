# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Mere checks: passed they change nothing, failed they cast doubt until the same check passes."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from edge_daemon.log.bodies import Body
from edge_daemon.log.calibration_body import CalibrationStart, CarriedCalibration, PointResult
from edge_daemon.log.calibration_coverage import coverage
from edge_daemon.log.calibration_due import due_of
from edge_daemon.log.calibration_story import Story
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.carrying import carried
from edge_daemon.log.check_due import CheckDue, checks_due
from edge_daemon.log.in_force import date_ns
from edge_daemon.log.instruments import Key
from tests.unit.edge_daemon.log.calibration_world import (
    CHANNEL,
    DAY_NS,
    MODEL,
    PROCEDURE,
    SENSOR,
    SERIAL,
    T_NS,
    U_A3,
    abort,
    certificate,
    entry,
    installed,
    review,
    start,
    told,
    verdict,
)

KEY = Key(MODEL, SERIAL)
DOUBTED = frozenset({CHANNEL})
FAILED_POINT = PointResult("zero", 0.0, 90.0, 90.0, 1.0, 2.0, 30.0, "fail", 0.0)


def check(key: str = "zero_check") -> CalibrationStart:
    return replace(start(), procedure=replace(PROCEDURE, key=key, check_only=True))


def calibrated(*more: tuple[int, Body]) -> Calibrations:
    return told((1, installed()), (2, start()), (3, verdict(2, due="2027-06-01")), *more)


@pytest.mark.parametrize("claims", [True, False])
def test_a_check_that_passed_moves_neither_date_nor_due_nor_uncertainty(claims: bool) -> None:
    passed = verdict(10, function=None, uncertainty=replace(U_A3, constant=0.1), takes_effect=claims, due="2040-01-01")
    known = calibrated((10, check()), (11, passed))
    made = known.in_force(KEY, CHANNEL)
    assert made is not None
    assert (made.index, made.due, made.uncertainty) == (3, "2027-06-01", U_A3)
    assert known.present(SENSOR).run is None
    assert due_of(known, KEY, CHANNEL, date(2027, 6, 2)).standing == "overdue"


def test_a_check_is_no_calibration_where_there_was_none() -> None:
    known = told((1, installed()), (2, check()), (3, verdict(2, function=None)))
    assert known.in_force(KEY, CHANNEL) is None
    assert due_of(known, KEY, CHANNEL, date(2027, 1, 1)).standing == "none"
    story = Story().after(2, entry(check())).after(3, entry(verdict(2, function=None)))
    assert story.told[2].standing(known) == "checked"


def test_a_check_that_failed_casts_doubt_until_the_same_check_passes() -> None:
    failed = calibrated((10, check()), (11, verdict(10, "fail", function=None, takes_effect=False)))
    assert failed.doubted(SENSOR) == DOUBTED
    other = failed.after(20, entry(check("other"))).after(21, entry(verdict(20, function=None)))
    assert other.doubted(SENSOR) == DOUBTED
    passed = other.after(30, entry(check())).after(31, entry(verdict(30, function=None)))
    assert passed.doubted(SENSOR) == frozenset()
    assert due_of(passed, KEY, CHANNEL, date(2027, 1, 20)).standing == "ok"
    assert [passed.doubted(SENSOR, index) for index in (10, 15, 31, 32)] == [frozenset(), DOUBTED, DOUBTED, frozenset()]


def test_no_check_ends_the_doubt_of_a_calibration_that_failed() -> None:
    known = calibrated((10, start()), (11, verdict(10, "fail", takes_effect=False)))
    known = known.after(20, entry(check())).after(21, entry(verdict(20, function=None)))
    assert known.doubted(SENSOR) == DOUBTED


def test_a_failed_check_interrupts_the_coverage_and_a_passed_one_goes_on_with_it() -> None:
    known = calibrated(
        (10, check()), (11, verdict(10, "fail", function=None, takes_effect=False)),
        (20, check()), (21, verdict(20, function=None)),
    )  # fmt: skip
    found = coverage(known, SENSOR, CHANNEL, (T_NS + 5 * DAY_NS, T_NS + 30 * DAY_NS), lambda at: T_NS + at * DAY_NS)
    spans = [((one.start_ns - T_NS) // DAY_NS, (one.end_ns - T_NS) // DAY_NS) for one in found.covered]
    assert spans == [(5, 11), (21, 30)]
    assert [one.cause for one in found.gaps] == ["failed"]


def test_the_doubt_of_a_check_goes_with_the_log_after_and_ends_there_with_the_check() -> None:
    known = calibrated((10, check()), (11, verdict(10, "fail", function=None, takes_effect=False)))
    (again,) = carried(known, "verifield/log/x")
    assert isinstance(again, CarriedCalibration)
    following = told((1, installed()), (2, again))
    assert following.doubted(SENSOR) == DOUBTED
    passed = following.after(5, entry(check())).after(6, entry(verdict(5, function=None)))
    assert passed.doubted(SENSOR) == frozenset()


def test_giving_up_after_a_failing_as_found_casts_doubt_and_tells_what_was_found() -> None:
    given_up = replace(abort(10), as_found=(FAILED_POINT,))
    known = calibrated((10, start()), (11, given_up))
    assert known.doubted(SENSOR) == DOUBTED
    assert calibrated((10, start()), (11, abort(10))).doubted(SENSOR) == frozenset()
    fine = replace(given_up, as_found=(replace(FAILED_POINT, outcome="conditional_pass"),))
    assert calibrated((10, start()), (11, fine)).doubted(SENSOR) == frozenset()
    cured = known.after(20, entry(start())).after(21, entry(verdict(20)))
    assert cured.doubted(SENSOR) == frozenset()


# ---- certificates that came late ------------------------------------------------------------------------------------


def certificates() -> Calibrations:
    new = replace(certificate(calibrated="2026-06-01"), number="new", due="2028-06-01")
    old = replace(certificate(calibrated="2023-06-01", uncertainty=U_A3), number="old", due="2025-06-01")
    return told((1, installed()), (10, new), (11, review(10)), (20, old), (21, review(20)))


def test_an_older_certificate_accepted_later_is_history_only() -> None:
    known = certificates()
    made = known.in_force(KEY, CHANNEL)
    assert made is not None
    assert (made.index, made.due) == (11, "2028-06-01")
    assert due_of(known, KEY, CHANNEL, date(2026, 11, 23)).standing == "ok"
    assert set(known.history_only) == {21}
    span = [date_ns(day) or 0 for day in ("2026-07-01", "2026-12-01")]
    days = {1: "2023-01-01", 11: "2026-06-10", 21: "2026-11-01"}
    found = coverage(known, SENSOR, CHANNEL, (span[0], span[1]), lambda at: date_ns(days[at]) or 0)
    assert (found.share, found.gaps) == (1.0, ())


def test_what_an_older_certificate_leaves_outside_its_limits_is_no_news() -> None:
    late = replace(review(20), outcome="fail")
    new = replace(certificate(calibrated="2026-06-01"), number="new")
    old = replace(certificate(calibrated="2023-06-01"), number="old")
    known = told((1, installed()), (10, new), (11, review(10)), (20, old), (21, late))
    assert known.doubted(SENSOR) == frozenset()


def test_a_certificate_of_the_same_day_or_later_takes_over() -> None:
    for days in (0, 1):
        newer = (date(2026, 6, 1) + timedelta(days)).isoformat()
        first, second = certificate(calibrated="2026-06-01"), replace(certificate(calibrated=newer), number="b")
        known = told((1, installed()), (10, first), (11, review(10)), (20, second), (21, review(20)))
        made = known.in_force(KEY, CHANNEL)
        assert made is not None
        assert made.index == 21


def checks(*bodies: tuple[int, Body], on: date, plan_days: int | None = None) -> list[CheckDue]:
    story, known = Story(), told((1, installed()), *bodies)
    for index, body in bodies:
        story = story.after(index, entry(body))
    return list(checks_due(story.of(known, KEY), CHANNEL, on, sensor=SENSOR, plan_days=plan_days))


MADE = date(2027, 1, 15)
"""The day of the entries' time."""


@pytest.mark.parametrize(
    ("days", "plan_days", "standing", "words"),
    [
        (0, None, "ok", "in 365 days"),
        (334, None, "ok", "in 31 days"),
        (335, None, "due", "in 30 days, on 2028-01-15"),
        (365, None, "due", "today"),
        (366, None, "overdue", "was due on 2028-01-15, 1 day ago"),
        (0, 90, "ok", "in 90 days, on 2027-04-15"),
        (91, 90, "overdue", "1 day ago"),
        (0, 1_000, "ok", "in 365 days"),
        (3, 20, "ok", "in 17 days"),
        (10, 20, "due", "in 10 days"),
    ],
)
def test_a_check_is_due_again_after_its_interval_or_the_plans(
    days: int, plan_days: int | None, standing: str, words: str
) -> None:
    on = MADE + timedelta(days=days)
    (one,) = checks((10, check()), (11, verdict(10, function=None)), on=on, plan_days=plan_days)
    assert (one.last, one.standing) == (MADE, standing)
    assert words in one.words(on)
    assert one.words(on).startswith(f"{SENSOR}, {CHANNEL}: the check “")
    assert "renews no calibration" in one.words(on)


def test_only_a_check_that_passed_last_is_due_again() -> None:
    passed, failed = verdict(10, function=None), verdict(20, "fail", function=None, takes_effect=False)
    assert checks((10, check()), (11, passed), (20, check()), (21, failed), on=MADE) == []
    assert len(checks((10, check()), (11, passed), (20, check("other")), (21, failed), on=MADE)) == 1
    assert checks((10, check()), (11, abort(10)), on=MADE) == []
    assert checks((10, start()), (11, verdict(10)), on=MADE) == []
