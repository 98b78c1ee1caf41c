# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a calibration report says of what comes next, of who had a part, of repetitions and of what was dropped."""

from dataclasses import replace

import pytest

from edge_daemon.documents.calibration_record import PlannedInterval
from edge_daemon.documents.calibration_report import calibration_report
from edge_daemon.log.calibration_body import (
    CalibrationCommand,
    CalibrationConditions,
    CalibrationDecision,
    CalibrationSkip,
    Outcome,
    ValueFunction,
)
from tests.unit.edge_daemon.documents.test_calibration_report import NAMES, RECORD, SIGNED_NS, point, result, words_of


def test_the_interval_of_the_projects_plan_is_printed_with_its_source() -> None:
    words = words_of(calibration_report(replace(RECORD, planned=PlannedInterval(12, 180, "VM0042"))))
    asks = "The project's plan asks for a calibration every 180 days (log entry 12, by VM0042)"
    assert f"{asks}: the next one is due on 2027-11-24." in words
    late = words_of(calibration_report(replace(RECORD, planned=PlannedInterval(12, 900))))
    assert "every 900 days (log entry 12); the procedure's 365 days end sooner: the next one is due on" in late


@pytest.mark.parametrize("outcome", ["fail", "conditional_fail"])
def test_what_failed_has_no_next_date(outcome: Outcome) -> None:
    verdict = replace(RECORD.verdict, outcome=outcome, due="2026-11-24", takes_effect=False)
    words = words_of(calibration_report(replace(RECORD, verdict=verdict, planned=PlannedInterval(12, 180))))
    assert "must be calibrated, and pass, before its values are relied on again" in words
    assert "is due on" not in words


def test_everybody_who_had_a_part_is_named_with_it() -> None:
    points = tuple((index, t_ns, replace(one, person="Bo Lind")) for index, t_ns, one in RECORD.points[:3])
    command = CalibrationCommand(10, *NAMES, "sent", "forced_recalibration", 420.0, "Cem Ak")
    decisions = tuple(
        CalibrationDecision(10, *NAMES, adjust, who) for adjust, who in ((False, "Di"), (True, "Bo Lind"))
    )
    skips = (CalibrationSkip(10, *NAMES, "as_left", "span", "Eva"),)
    record = replace(RECORD, points=points, commands=((28, command),), decisions=decisions, skips=skips)
    persons = words_of(calibration_report(record)).partition("Carried out by")[2].partition("Authorised by")[0].strip()
    assert persons == (
        "Ana Ruiz: began the calibration, recorded the conditions, gave the verdict and signed "
        "Bo Lind: took Zero gas (2 times), Span gas as found, decided to adjust Eva: chose to do without Span gas "
        "Di: decided not to adjust Cem Ak: commanded forced recalibration Žofia Łuczak: signed as the second person"
    )


def test_the_function_that_an_adjustment_on_the_device_ended_is_told_to_be_dropped() -> None:
    same = ValueFunction("polynomial", (0.0, 1.0))
    verdict = replace(RECORD.verdict, function=same, fit=None, device_adjusted=True, before=77)
    before = ValueFunction("polynomial", (-2.5, 1.01))
    words = words_of(calibration_report(replace(RECORD, verdict=verdict, before=before)))
    assert "The function that held until now was dropped with it" in words
    assert "dropped" not in words_of(calibration_report(replace(RECORD, verdict=verdict, before=same)))


def test_only_the_first_try_is_called_the_first() -> None:
    tries = [point("as_found", "zero", 0.0, raw) for raw in (25.0, 21.0, 18.0)]
    tries[2] = replace(tries[2], repeat_reason="the tube had come off")
    points = tuple((20 + place, SIGNED_NS, one) for place, one in enumerate(tries))
    words = words_of(calibration_report(replace(RECORD, points=points)))
    assert words.count("the first gave") == 1
    assert "the second gave 21 at 0 ppm (log entry 21); the tube had come off" in words


def test_a_long_reference_is_printed_in_full() -> None:
    long = replace(result("span", 15234.567, 0.0), indication=15234.567)
    verdict = replace(RECORD.verdict, as_found=(long,), as_left=())
    points = ((22, SIGNED_NS, point("as_found", "span", 15234.567, 15234.567, None)),)
    conditions = CalibrationConditions(10, *NAMES, {"pressure": 1013.2512}, "Ana Ruiz")
    record = replace(RECORD, verdict=verdict, points=points, conditions=conditions)
    words = words_of(calibration_report(record))
    assert "Span gas: 15234.567 ± 2 ppm" in words
    assert "Span gas 15234.567 15234.6" in words, "the indication is rounded by its uncertainty only"
    assert "1013.2512 hPa" in words
