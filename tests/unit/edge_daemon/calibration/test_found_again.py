# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What was found outside its limits once cannot be made to vanish by taking the point again, or by giving up."""

from edge_daemon.calibration.impact import as_found_amendment
from edge_daemon.calibration.judge import as_found_outcome, as_found_results, failed_once, must_adjust, verdict
from edge_daemon.calibration.run import Run
from edge_daemon.calibration.words import summary_words
from edge_daemon.log.calibration_story import Told, errors_of
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.station.calibration_moves import abort
from edge_daemon.station.calibration_pages import Around, page
from tests.unit.edge_daemon.calibration.runs import Level, commanded, decided, found, point, start, taken, then

REASON = "the wrong cylinder was open"


def twice(reason: str = REASON) -> Run:
    run = found(
        start("sensirion_scd30", "co2_fresh_air"),
        {"fresh_air": Level(425.0, 562.0, 1.0, expanded=20.0)},
        temperature=20.0,
        pressure=1000.0,
    )
    again = point(run, "as_found", "fresh_air", Level(500.0, 530.0, 1.0, expanded=20.0), repeat_reason=reason)
    return then(run, again)


def test_the_impact_is_that_of_the_worst() -> None:
    run = twice()
    assert as_found_outcome(run) == "fail"
    assert must_adjust(run)
    assert [one.error for one in as_found_results(run)] == [137.0]
    amendment = as_found_amendment(run, since=0, person="Ada", good_before=True)
    assert amendment is not None
    assert "error +137 ppm" in amendment.evidence
    assert f"Fresh air was taken again: {REASON}" in amendment.evidence


def test_left_as_it_is_the_run_fails_and_adjusted_it_is_judged_as_left() -> None:
    kept = verdict(decided(twice(), adjust=False), person="Ada", due="2027-01-01")
    assert (kept.outcome, kept.takes_effect, kept.as_found[0].error) == ("fail", False, 137.0)
    run = commanded(decided(twice(), adjust=True), "sent", "done")
    run = taken(run, "as_left", {"fresh_air": Level(500.0, 501.0, 1.0, expanded=20.0)})
    body = verdict(run, person="Ada", due="2027-01-01")
    assert (body.outcome, body.as_found[0].error) == ("pass", 137.0)
    assert f"As found, Fresh air: taken again ({REASON})." in summary_words(run, body)


def test_taking_it_again_needs_a_reason_only_where_it_failed() -> None:
    run = twice()
    assert failed_once(run, "fresh_air")
    (choice,) = [one for one in page(run, run.step, Around()).choices if one.name == "repeat:fresh_air"]
    assert choice.reason
    fine = found(
        start("sensirion_scd30", "co2_fresh_air"),
        {"fresh_air": Level(425.0, 430.0, 1.0, expanded=20.0)},
        temperature=20.0,
        pressure=1000.0,
    )
    (choice,) = [one for one in page(fine, fine.step, Around()).choices if one.name == "repeat:fresh_air"]
    assert not choice.reason


def test_giving_up_tells_what_was_found_until_then() -> None:
    run = twice()
    body = abort(run, "rain", "Ada")
    assert [(one.point, one.error, one.outcome) for one in body.as_found] == [("fresh_air", 137.0, "fail")]
    told = Told(run.last + 1, run.index, run.started_ns, run.start, body)
    assert [(one.stage, one.error) for one in errors_of(told, Calibrations())] == [("as_found", 137.0)]
    assert abort(start("sensirion_scd30", "co2_fresh_air"), "rain", "Ada").as_found == ()
