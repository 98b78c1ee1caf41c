# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Every calibration of a log, what became of it, until when it holds, and what part of a period it covers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import Body, ConfigurationBody
from edge_daemon.log.calibration_body import CarriedCalibration, LaboratoryPoint, PointResult, ValueFunction
from edge_daemon.log.calibration_coverage import Coverage, coverage
from edge_daemon.log.calibration_due import due_of, dues, sensors_due
from edge_daemon.log.calibration_results import drifts, found_as, results_of
from edge_daemon.log.calibration_story import Story
from edge_daemon.log.calibrations import Calibrations, fold
from edge_daemon.log.entry import Entry
from edge_daemon.log.instruments import Key
from edge_daemon.log.plan import Plan
from edge_daemon.log.plan_body import Parameter, PlanBody
from edge_daemon.log.setup import Setup
from tests.support.logged_station import CO2
from tests.unit.edge_daemon.log.calibration_world import (
    CHANNEL,
    MODEL,
    SENSOR,
    SERIAL,
    TV_A3,
    abort,
    certificate,
    command,
    described,
    entry,
    installed,
    review,
    start,
    verdict,
)

KEY = Key(MODEL, SERIAL)
Told = list[tuple[int, Entry]]


def ns(day: str) -> int:
    return ns_from_rfc3339(f"{day}T00:00:00Z")


def log(*bodies: tuple[Body, str]) -> Told:
    """Entries of these bodies, each on its day, at indices 0, 1, 2, …"""
    return [(index, entry(body, ns(day))) for index, (body, day) in enumerate(bodies)]


def story(entries: Told) -> tuple[Story, Calibrations]:
    whole = Story()
    for index, one in entries:
        whole = whole.after(index, one)
    return whole, fold(entries)


def found(error: float, point: str = "span", tolerance: float = 60.0) -> PointResult:
    return PointResult(point, 1000.0, 1000.0 + error, error, 10.0, 2.0, tolerance, "pass", 0.99)


def run(day: str, at: int, as_found: float, as_left: float | None = None, **more: Any) -> list[tuple[Body, str]]:
    left = () if as_left is None else (found(as_left),)
    end = replace(verdict(at, **more), as_found=(found(as_found),), as_left=left)
    return [(start(), day), (end, day)]


def test_each_calibration_is_told_with_what_became_of_it() -> None:
    entries = log(
        (installed(), "2026-01-01"),
        *run("2026-02-01", 1, 12.0, 1.0, due="2027-02-01"),
        (start(), "2026-03-01"),
        (abort(3), "2026-03-01"),
        (certificate(calibrated="2026-01-10"), "2026-04-01"),
        (review(5), "2026-04-02"),
        (certificate(calibrated="2026-04-10"), "2026-05-01"),
        (review(7, accepted=False), "2026-05-02"),
        (certificate(calibrated="2026-05-10"), "2026-05-11"),
        *run("2026-06-01", 10, 90.0, outcome="fail", takes_effect=False),
        (start(), "2026-07-01"),
    )
    whole, told = story(entries)
    many = {one.first: one for one in whole.of(told, KEY)}
    assert {first: one.standing(told) for first, one in many.items()} == {
        1: "in_force",
        3: "aborted",
        5: "replaced",  # accepted when a later calibration was in force
        7: "rejected",
        9: "to_review",
        10: "rejected",
        12: "under_way",
    }
    assert [one.first for one in whole.of(told, KEY)] == [5, 1, 3, 7, 9, 10, 12]  # by when they were made
    assert (many[1].index, many[5].index, many[5].took_effect_at) == (2, 5, 6)
    assert whole.by_index(6) == whole.by_index(5) == many[5]
    assert whole.by_index(0) is None


def test_a_certificate_refused_first_stays_refused_and_reviewing_oneself_counts_for_nothing() -> None:
    entries = log(
        (installed(), "2026-01-01"),
        (certificate(), "2026-04-01"),
        (review(1, accepted=False), "2026-04-02"),
        (certificate(calibrated="2026-02-10"), "2026-04-03"),
        (review(3, person="ana"), "2026-04-04"),
    )
    whole, told = story(entries)
    assert [one.standing(told) for one in whole.of(told, KEY)] == ["rejected", "rejected"]
    assert due_of(told, KEY, CHANNEL, date(2026, 5, 1)).standing == "none"


def test_the_history_follows_an_instrument_whose_serial_number_became_known() -> None:
    entries = log(
        (installed(""), "2026-01-01"),
        (start("~0"), "2026-02-01"),
        (verdict(1, serial="~0"), "2026-02-01"),
        (described(SERIAL), "2026-03-01"),
    )
    whole, told = story(entries)
    (one,) = whole.of(told, KEY)
    assert one.standing(told) == "in_force"
    assert whole.of(told, Key(MODEL, "~0")) == (one,)


def test_what_was_carried_over_from_the_log_before_is_told_too() -> None:
    made = CarriedCalibration(
        SENSOR, MODEL, "", CHANNEL, "old", 17, "2026-02-01T00:00:00.000000000Z", "2027-02-01", "pass"
    )
    whole, told = story(log((installed(""), "2026-03-01"), (made, "2026-03-01")))
    (one,) = whole.of(told, Key(MODEL, "~0"))
    assert (one.standing(told), one.t_ns) == ("in_force", ns("2026-02-01"))
    assert due_of(told, Key(MODEL, "~0"), CHANNEL, date(2027, 1, 20)).standing == "due"


def test_results_tell_drift_by_level_and_how_well_each_was_found() -> None:
    days = ["2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01"]
    runs = [body for place, day in enumerate(days) for body in run(day, 1 + 2 * place, 10.0 if place else 0.0, 0.0)]
    whole, told = story(log((installed(), "2026-01-01"), *runs))
    results = results_of(whole.of(told, KEY), told, lambda _: None)
    assert [one.largest("as_found").error for one in results if one.largest("as_found")] == [0, 10, 10, 10]  # type: ignore[union-attr]  # asked just before
    assert results[0].drift_per_year is None
    assert results[1].drift_per_year == pytest.approx(10 / 90 * 365.25)
    drift = drifts(results)["span"]
    assert drift.told
    assert drift.per_year == pytest.approx(10 * 365.25 / 91, rel=0.01)
    assert drift.leaves == pytest.approx((date(2026, 10, 1) - date(1970, 1, 1)).days + 60 / drift.per_year * 365.25)
    assert [(round(one.share, 4), one.failed) for one in found_as(results)] == [
        (0.0, False),
        *[(round(10 / 60, 4), False)] * 3,
    ]


def test_a_laboratorys_points_are_errors_of_the_value_before_and_after() -> None:
    gain = ValueFunction("polynomial", (0.0, 1.01))
    lab = replace(certificate(function=gain), points=(LaboratoryPoint(1000.0, 990.0, 8.0),))
    entries = log((installed(), "2026-01-01"), (lab, "2026-04-01"), (review(1), "2026-04-02"))
    whole, told = story(entries)
    (result,) = results_of(whole.of(told, KEY), told, lambda reference: 0.05 * reference)
    assert [(one.stage, one.level, round(one.error, 6), one.tolerance) for one in result.errors] == [
        ("as_found", "1000 ppm", -10.0, 50.0),
        ("as_left", "1000 ppm", round(990 * 1.01 - 1000, 6), 50.0),
    ]


DUE = log((installed(), "2026-01-01"), *run("2026-02-01", 1, 1.0, due="2027-02-01"))


@pytest.mark.parametrize(
    ("on", "plan_days", "standing", "left"),
    [
        (date(2027, 1, 1), None, "ok", 31),
        (date(2027, 1, 2), None, "due", 30),
        (date(2027, 2, 1), None, "due", 0),
        (date(2027, 2, 2), None, "overdue", -1),
        (date(2026, 7, 1), 180, "due", 30),
        (date(2026, 8, 1), 180, "overdue", -1),
        (date(2027, 2, 2), 9_999, "overdue", -1),
    ],
)
def test_a_calibration_holds_until_its_date_or_the_plans_whichever_is_earlier(
    on: date, plan_days: int | None, standing: str, left: int
) -> None:
    due = due_of(fold(DUE), KEY, CHANNEL, on, plan_days=plan_days)
    assert (due.standing, due.days_left(on)) == (standing, left)
    assert bool(due.words(on)) == (standing != "ok")


def test_a_failure_since_ends_it_at_once() -> None:
    entries = [
        *DUE,
        *(
            (3 + place, one)
            for place, (_, one) in enumerate(log(*run("2026-05-01", 3, 99.0, outcome="fail", takes_effect=False)))
        ),
    ]
    due = due_of(fold(entries), KEY, CHANNEL, date(2026, 5, 2))
    assert (due.standing, due.failed) == ("overdue", True)
    assert "failed" in due.words(date(2026, 5, 2))


def configured(**more: Any) -> ConfigurationBody:
    channel = replace(CO2.channels[0], name=CHANNEL)
    return replace(CO2, sensor=SENSOR, model=MODEL, channels=(channel,), primary=CHANNEL, **more)


def planned(days: int) -> PlanBody:
    one = Parameter("co2", "ppm", SENSOR, CHANNEL, "record", 10.0, "± 30 ppm", days, 60.0, "Ana")
    return PlanBody((one,), "Ana")


@pytest.mark.parametrize(
    ("more", "plan", "standing", "told"),
    [
        ({}, None, "none", False),
        ({"stated_calibration_date": "2026-01-01"}, None, "stated", False),
        ({}, planned(365), "none", True),
        ({"stated_calibration_date": "2026-01-01"}, planned(365), "stated", True),
    ],
)
def test_a_typed_date_evidences_nothing(more: dict[str, str], plan: PlanBody | None, standing: str, told: bool) -> None:
    setup = Setup().after(0, entry(configured(**more)))
    planning = Plan() if plan is None else Plan(1, plan)
    (due,) = dues(fold(log((installed(), "2026-01-01"))), setup, planning, date(2026, 2, 1))
    assert due.standing == standing
    assert due.calibration is None
    assert sensors_due(fold([]), setup, planning, date(2026, 2, 1)) == ((SENSOR,) if told else ())


def test_sensors_that_are_due_are_told_once() -> None:
    setup = Setup().after(0, entry(configured()))
    assert sensors_due(fold(DUE), setup, Plan(), date(2026, 6, 1)) == ()
    assert sensors_due(fold(DUE), setup, Plan(), date(2027, 1, 20)) == (SENSOR,)
    assert sensors_due(fold(DUE), setup, Plan(1, planned(30)), date(2026, 6, 1)) == (SENSOR,)


# ---- coverage -------------------------------------------------------------------------------------------------------


def when(entries: Told) -> Callable[[int], int]:
    times = {index: one.t_ns for index, one in entries}
    return lambda index: times[index]


def covered(entries: Told, start_day: str, end_day: str, plan_days: int | None = None) -> Coverage:
    return coverage(fold(entries), SENSOR, CHANNEL, (ns(start_day), ns(end_day)), when(entries), plan_days)


def spans(found: Coverage) -> list[tuple[str, int, int]]:
    """(what, start, end) in UTC ns."""
    parts = [("covered", one.start_ns, one.end_ns) for one in found.covered]
    return parts + [(one.cause, one.start_ns, one.end_ns) for one in found.gaps]


def days(found: Coverage) -> list[tuple[str, int, int]]:
    """(what, first day, day after the last) since 2026-01-01, in order of time."""
    parts = spans(found)
    origin, day = ns("2026-01-01"), ns("2026-01-02") - ns("2026-01-01")
    return sorted(((what, (a - origin) // day, (b - origin) // day) for what, a, b in parts), key=lambda one: one[1])


def test_a_period_is_covered_from_the_verdict_to_the_end_of_the_day_it_was_due() -> None:
    entries = log(
        (installed(), "2026-01-02"), *run("2026-02-01", 1, 1.0, due="2026-03-01"), *run("2026-04-11", 3, 99.0)
    )
    found = covered(entries, "2026-01-01", "2026-05-01")
    assert days(found) == [
        ("no_instrument", 0, 1),
        ("not_calibrated", 1, 31),
        ("covered", 31, 60),
        ("overdue", 60, 100),
        ("covered", 100, 120),
    ]
    late = next(one for one in found.gaps if one.cause == "overdue")
    assert (late.before.index if late.before else None, late.after.index if late.after else None) == (2, 4)
    assert found.share == pytest.approx((29 + 20) / 120)


def test_a_certificate_covers_from_its_own_date_unless_it_changes_values() -> None:
    plain = log(
        (installed(), "2026-01-01"), (certificate(calibrated="2025-12-01"), "2026-02-01"), (review(1), "2026-02-10")
    )
    assert days(covered(plain, "2026-01-01", "2026-03-02")) == [("covered", 0, 60)]
    changing = [
        plain[0],
        *(
            (1 + place, one)
            for place, (_, one) in enumerate(
                log((certificate(function=TV_A3, calibrated="2025-12-01"), "2026-02-01"), (review(1), "2026-02-10"))
            )
        ),
    ]
    assert days(covered(changing, "2026-01-01", "2026-03-02")) == [("not_calibrated", 0, 40), ("covered", 40, 60)]


def test_a_failure_and_another_instrument_end_it() -> None:
    entries = log(
        (installed(), "2026-01-01"),
        *run("2026-01-11", 1, 1.0, due="2027-01-01"),
        *run("2026-01-21", 3, 99.0, outcome="fail", takes_effect=False),
        *run("2026-01-31", 5, 1.0, due="2027-01-01"),
        (replace(installed("S-2")), "2026-02-10"),
    )
    assert days(covered(entries, "2026-01-01", "2026-02-20")) == [
        ("not_calibrated", 0, 10),
        ("covered", 10, 20),
        ("failed", 20, 30),
        ("covered", 30, 40),
        ("not_calibrated", 40, 50),
    ]


def test_a_command_in_a_run_that_was_broken_off_ends_it() -> None:
    entries = log(
        (installed(), "2026-01-01"),
        *run("2026-01-11", 1, 1.0, due="2027-01-01"),
        (start(), "2026-01-21"),
        (command(3), "2026-01-21"),
        (abort(3), "2026-01-22"),
    )
    assert days(covered(entries, "2026-01-11", "2026-02-01"))[-1] == ("failed", 21, 31)


Step = tuple[str, int, int]


@given(
    st.lists(st.tuples(st.sampled_from(["pass", "fail", "swap"]), st.integers(1, 60), st.integers(1, 90)), max_size=8),
    st.integers(0, 300),
    st.integers(1, 200),
)
def test_covered_and_gaps_fill_the_period_without_overlap(steps: list[Step], first: int, length: int) -> None:
    bodies: list[tuple[Body, str]] = [(installed(), "2026-01-01")]
    day, serial = date(2026, 1, 1), SERIAL
    for what, after, holds in steps:
        day += timedelta(days=after)
        if what == "swap":
            serial = "S-2" if serial == SERIAL else SERIAL
            bodies.append((installed(serial), day.isoformat()))
            continue
        at = len(bodies)
        bodies.append((start(serial), day.isoformat()))
        due, passed = (day + timedelta(days=holds)).isoformat(), what == "pass"
        outcome: Any = "pass" if passed else "fail"
        end = verdict(at, outcome, serial=serial, takes_effect=passed, due=due)
        bodies.append((end, day.isoformat()))
    begin = date(2026, 1, 1) + timedelta(days=first)
    finish = begin + timedelta(days=length)
    found = covered(log(*bodies), begin.isoformat(), finish.isoformat())
    parts = sorted((start_ns, end_ns) for _, start_ns, end_ns in spans(found))
    assert parts[0][0] == ns(begin.isoformat())
    assert parts[-1][1] == ns(finish.isoformat())
    assert all(one[1] == other[0] for one, other in pairwise(parts))
    assert 0 <= found.share <= 1


def test_an_adjustment_that_never_took_effect_left_it_as_it_was_found() -> None:
    failed: dict[str, Any] = {"outcome": "fail", "takes_effect": False}
    entries = log(
        (installed(), "2026-01-01"),
        *run("2026-02-01", 1, 0.0),
        *run("2026-05-01", 3, 100.0, 70.0, **failed),
        *run("2026-08-01", 5, 100.0, **failed),
        *run("2026-11-01", 7, 100.0, **failed),
    )
    whole, told = story(entries)
    results = results_of(whole.of(told, KEY), told, lambda _: None)
    assert [one.drift_per_year for one in results[2:]] == [0.0, 0.0]
    drift = drifts(results)["span"]
    assert drift.per_year == pytest.approx(100 / 273 * 365.25, rel=0.3)
    effective = log((installed(), "2026-01-01"), *run("2026-02-01", 1, 100.0, 70.0), *run("2026-08-01", 3, 100.0))
    whole, told = story(effective)
    last = results_of(whole.of(told, KEY), told, lambda _: None)[-1]
    assert last.drift_per_year == pytest.approx(30 / 181 * 365.25)
