# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Until when a failed calibration casts doubt on readings, and what it leaves in force. Pure."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from edge_daemon.log.bodies import Body
from edge_daemon.log.calibration_body import Outcome, ValueFunction
from edge_daemon.log.calibration_coverage import coverage
from edge_daemon.log.calibration_due import due_of
from edge_daemon.log.calibrations import Calibrations, fold
from edge_daemon.log.carrying import carried
from edge_daemon.log.instruments import Key
from tests.unit.edge_daemon.log.calibration_world import (
    CHANNEL,
    MODEL,
    SENSOR,
    SERIAL,
    T_NS,
    TV_A3,
    U_A3,
    abort,
    certificate,
    command,
    entry,
    installed,
    review,
    start,
    told,
    verdict,
)

KEY = Key(MODEL, SERIAL)
TODAY = date(2027, 1, 15)  # the day of T_NS
DUE = "2027-12-31"
GOOD: tuple[tuple[int, Body], ...] = ((1, installed()), (2, start()), (9, verdict(2, due=DUE)))
DOUBTED = frozenset({CHANNEL})
RAW = ValueFunction("polynomial", (0.0, 1.0))


def standing(known: Calibrations) -> tuple[str, bool]:
    due = due_of(known, KEY, CHANNEL, TODAY)
    return due.standing, due.failed


@pytest.mark.parametrize(
    ("holds", "day", "standing"),
    [
        (28, 0, "ok"),  # a pH electrode is not due on the day it was calibrated
        (28, 20, "ok"),
        (28, 21, "due"),
        (28, 28, "due"),
        (28, 29, "overdue"),
        (180, 149, "ok"),
        (180, 150, "due"),
        (3, 2, "ok"),
        (3, 3, "due"),
    ],
)
def test_one_that_holds_for_weeks_is_due_soon_in_its_last_quarter(holds: int, day: int, standing: str) -> None:
    due = (TODAY + timedelta(days=holds)).isoformat()
    known = told((1, installed()), (2, start()), (9, verdict(2, due=due)))
    assert due_of(known, KEY, CHANNEL, TODAY + timedelta(days=day)).standing == standing


@pytest.mark.parametrize("outcome", ["conditional_fail", "fail"])
def test_a_check_outside_the_tolerance_casts_doubt_although_nothing_was_adjusted(outcome: Outcome) -> None:
    checked = verdict(10, outcome, None, None, takes_effect=False)
    known = told(*GOOD, (10, start()), (12, checked))
    assert known.doubted(SENSOR) == DOUBTED
    assert standing(known) == ("overdue", True)
    assert [one.index for one in known.made] == [9]
    again = known.after(20, entry(start())).after(22, entry(verdict(20, due=DUE)))
    assert again.doubted(SENSOR) == frozenset()
    assert standing(again) == ("ok", False)


@pytest.mark.parametrize("outcome", ["conditional_fail", "fail"])
def test_an_adjustment_on_the_device_replaces_the_function_of_before_even_where_it_failed(outcome: Outcome) -> None:
    known = told(*GOOD, (10, start()), (11, command(10)), (12, verdict(10, outcome, RAW, device_adjusted=True)))
    in_force = known.in_force(KEY, CHANNEL)
    assert in_force is not None
    assert (in_force.index, in_force.function, in_force.evidenced) == (12, RAW, False)
    assert known.doubted(SENSOR) == DOUBTED
    assert standing(known) == ("overdue", True)


def test_a_certificate_of_an_earlier_day_does_not_cure_what_failed_since() -> None:
    failed = told(*GOOD, (10, start()), (12, verdict(10, "fail", None, None, takes_effect=False)))
    for calibrated, doubted in (("2026-01-10", DOUBTED), ("2027-01-14", DOUBTED), ("2027-01-15", frozenset())):
        paper = certificate(calibrated=calibrated)
        known = failed.after(20, entry(paper)).after(21, entry(review(20)))
        assert known.doubted(SENSOR) == doubted, calibrated
        assert standing(known) == (("overdue", True) if doubted else ("ok", False)), calibrated


def test_a_certificate_entered_late_covers_until_the_failure_after_its_date_only() -> None:
    day_ns = 86_400_000_000_000
    failed = told((1, installed()), (10, start()), (12, verdict(10, "fail", None, None, takes_effect=False)))
    known = failed.after(20, entry(certificate(calibrated="2026-01-10"))).after(21, entry(review(20)))
    at = {1: T_NS - 30 * day_ns, 12: T_NS, 21: T_NS + 5 * day_ns}
    found = coverage(known, SENSOR, CHANNEL, (T_NS - 10 * day_ns, T_NS + 10 * day_ns), at.__getitem__)
    assert [(one.start_ns, one.end_ns) for one in found.covered] == [(T_NS - 10 * day_ns, T_NS)]
    assert [one.cause for one in found.gaps] == ["failed"]


def carried_on(known: Calibrations, *, sensor_first: bool) -> Calibrations:
    first: tuple[tuple[int, Body], ...] = ((1, installed()),) if sensor_first else ()
    return told(*first, *((2 + place, body) for place, body in enumerate(carried(known, "before"))))


def test_a_doubt_is_carried_on_into_every_log_that_follows() -> None:
    failed = told(*GOOD, (10, start()), (11, command(10)), (12, abort(10)))
    following = carried_on(failed, sensor_first=True)
    third = carried_on(following, sensor_first=True)
    for known in (failed, following, third):
        assert known.doubted(SENSOR) == DOUBTED
        assert standing(known) == ("overdue", True)
    in_force = third.in_force(KEY, CHANNEL)
    assert in_force is not None
    assert in_force.function == TV_A3


def test_a_doubt_is_carried_on_for_an_instrument_that_is_installed_nowhere() -> None:
    failed = told(*GOOD, (10, start()), (11, command(10)), (12, abort(10)))
    stored = carried_on(failed, sensor_first=False)
    again = carried_on(stored, sensor_first=False).after(50, entry(installed()))
    assert again.doubted(SENSOR) == DOUBTED


def test_a_doubt_is_carried_on_where_the_instrument_was_never_calibrated() -> None:
    failed = told((1, installed()), (10, start()), (12, verdict(10, "fail", None, None, takes_effect=False)))
    following = carried_on(failed, sensor_first=True)
    for known in (following, carried_on(following, sensor_first=True)):
        assert known.doubted(SENSOR) == DOUBTED
        assert standing(known) == ("overdue", True)
        assert known.for_sensor(SENSOR) == {}, "what failed makes no values, there as here"
        paper = known.after(20, entry(certificate(uncertainty=U_A3))).after(21, entry(review(20)))
        assert paper.for_sensor(SENSOR)[CHANNEL].index == 21, "a certificate of an earlier day is overtaken by nothing"
        assert paper.doubted(SENSOR) == DOUBTED
    passed = following.after(20, entry(start())).after(22, entry(verdict(20, due=DUE)))
    assert passed.doubted(SENSOR) == frozenset()


def test_a_clock_set_back_does_not_keep_a_run_from_ending_a_doubt() -> None:
    bodies = (*GOOD, (10, start()), (12, verdict(10, "fail", None, None, takes_effect=False)))
    failed = fold((index, replace(entry(body), t_ns=T_NS + 10**18)) for index, body in bodies)
    assert failed.doubted(SENSOR) == DOUBTED
    passed = failed.after(20, entry(start())).after(22, entry(verdict(20)))
    assert passed.doubted(SENSOR) == frozenset()


@pytest.mark.parametrize(("outcome", "doubted"), [("fail", True), ("pass", False), (None, False)])
def test_what_all_points_together_showed_casts_doubt_when_the_run_is_given_up(
    outcome: Outcome | None, doubted: bool
) -> None:
    given_up = replace(abort(10), outcome=outcome)
    assert told(*GOOD, (10, start()), (12, given_up)).doubted(SENSOR) == (DOUBTED if doubted else frozenset())
