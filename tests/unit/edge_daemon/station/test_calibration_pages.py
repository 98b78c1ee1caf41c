# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What each page of a calibration shows, asks and offers."""

from typing import Any

from edge_daemon.calibration.run import Run
from edge_daemon.calibration.steps import Step
from edge_daemon.instruments.registry import driver
from edge_daemon.log.calibration_body import CalibrationConditions, CalibrationSkip
from edge_daemon.station.calibration_answers import Page
from edge_daemon.station.calibration_pages import Around, page, with_clock_doubt
from edge_daemon.station.calibration_signal import Judged, LiveWindow, Sampled
from edge_daemon.station.calibration_situation import adjustment, points_of
from tests.unit.edge_daemon.calibration.runs import Level, commanded, decided, found, fresh_air, mine, start, then

(FORCED,) = [one for one in driver("sensirion_scd30").actions if one.calibrates]
WARM = {"temperature": 20.0, "pressure": 1000.0}


def shown(run: Run, step: Step | None = None, **around: Any) -> Page:
    return page(run, step or run.step, Around(**around))


def names(made: Page, *, enabled: bool = False) -> list[str]:
    return [one.name for one in made.choices if one.enabled or not enabled]


def as_found(raw: float) -> Run:
    run = start("sensirion_scd30", "co2_fresh_air")
    return found(run, {"fresh_air": Level(425.0, raw, 1.0, expanded=20.0)}, **WARM)


def test_the_first_page_asks_for_the_circumstances_and_says_how_to_prepare() -> None:
    made = shown(start("sensirion_scd30", "co2_fresh_air"))
    assert [(one.name, one.required) for one in made.inputs][:2] == [("temperature", True), ("pressure", True)]
    assert made.inputs[-1].name == "note"
    assert "open air" in made.help
    assert (made.number, made.count > 4) == (1, True)


def test_inside_its_limits_nothing_needs_to_be_adjusted_and_outside_leaving_it_needs_a_reason() -> None:
    inside, outside = as_found(430.0), as_found(562.0)
    needed, cannot = adjustment(inside)
    made = shown(inside, must_adjust=needed, cannot=cannot)
    assert names(made) == ["keep", "adjust", "repeat:fresh_air"]
    assert made.help == "It measures within its limits."
    assert "cannot be undone" in made.choices[1].confirm
    needed, cannot = adjustment(outside)
    made = shown(outside, must_adjust=needed, cannot=cannot)
    assert names(made) == ["adjust", "keep", "repeat:fresh_air"]
    assert made.choices[1].reason
    made = shown(outside, must_adjust=True, cannot="The slope is 2.")
    assert names(made, enabled=True) == ["keep", "repeat:fresh_air"]


def test_within_its_limits_by_less_than_the_uncertainty_is_said_so() -> None:
    made = shown(as_found(455.0))
    assert "closer to one than the uncertainty reaches" in made.help
    assert made.choices[0].title == "Leave it as it is", "that nothing is needed is not known"
    assert names(made) == ["keep", "adjust", "repeat:fresh_air"]


def test_a_command_says_what_it_does_and_what_became_of_it() -> None:
    run = decided(as_found(562.0), adjust=True)
    made = shown(run, action=FORCED, applied="Applied: 425 ppm ± 20")
    assert names(made) == ["send", "back", "leave"]
    assert FORCED.risk in made.choices[0].confirm
    assert made.choices[0].confirm.startswith(f"{FORCED.label}, with Applied: 425 ppm ± 20. ")
    assert "425 ppm" in made.help
    assert "now, unchanged" in made.help
    assert made.choices[-1].title == "Do not adjust after all"
    silent = shown(commanded(run, "sent"), action=FORCED)
    assert "nor is what the instrument holds" in silent.help
    assert [one.title for one in silent.choices] == ["Send it again", "Back", "See what it holds"]
    failed = shown(commanded(run, "sent", "failed"), action=FORCED)
    assert "failed" in failed.help


def test_before_a_command_its_own_point_is_applied_and_settles() -> None:
    run = decided(as_found(562.0), adjust=True)
    apply = run.step.before()
    made = shown(run, apply)
    assert (made.kind, made.stage, made.point, made.title) == ("apply", None, "fresh_air", "For the command: Fresh air")
    assert names(made) == ["apply", "leave"]
    assert "now" in made.help
    made = shown(run, apply.settling(), applied="Fresh air: 425 ppm")
    assert (made.kind, names(made)) == ("settle", ["steady", "steady_anyway", "back", "leave"])
    assert names(made, enabled=True) == ["back", "leave"]
    assert "Wait until the light is green" in made.help
    late = shown(commanded(run, "sent"), apply)
    assert "nor is what the instrument holds" in late.help


def test_nobody_signs_who_has_no_pin_and_nothing_that_was_not_read_back() -> None:
    run = fresh_air()
    assert names(shown(run)) == ["sign", "repeat:fresh_air"]
    assert not shown(run).choices[0].enabled
    made = shown(run, persons=("Ada", "Ben"), person="Ada")
    assert made.choices[0].enabled
    assert [(one.name, one.required) for one in made.inputs if one.kind == "pin"] == [
        ("pin", True),
        ("second_pin", False),
    ]
    assert made.inputs[0].value == "Ada"
    sent = commanded(decided(as_found(562.0), adjust=True), "sent", "done")
    lost = then(sent, mine(sent, CalibrationSkip, "as_left", "fresh_air", "Ada", "it burnt"))
    made = shown(lost, persons=("Ada",))
    assert "Fresh air" in made.choices[0].why_not or "fresh_air" in made.choices[0].why_not
    assert not made.choices[0].enabled


def test_nobody_signs_by_a_clock_that_is_not_trusted_without_a_reason_which_is_printed() -> None:
    run = fresh_air()
    sound, doubtful = (shown(run, persons=("Ada",), clock_trusted=trusted) for trusted in (True, False))
    assert (sound.choices[0].reason, doubtful.choices[0].reason) == (False, True)
    assert "clock is not to be trusted" in doubtful.help
    assert "clock" not in sound.help
    values = {"person": "Ada", "remarks": "Windy."}
    assert with_clock_doubt(values, sound.choices[0], "") == values
    told = with_clock_doubt(values, doubtful.choices[0], " no network here ")
    remarks = "Windy.\nSigned while the computer's clock was not to be trusted: no network here"
    assert told == {"person": "Ada", "remarks": remarks}


def test_what_hinders_closes_every_choice_but_the_way_back() -> None:
    run = as_found(430.0)
    made = shown(run, blocked="It is paused.")
    assert names(made, enabled=True) == []
    assert made.help.startswith("It is paused.")
    step = Step("apply", "as_found", "fresh_air", "x").settling()
    assert names(shown(run, step, blocked="It is paused."), enabled=True) == ["back"]
    assert names(shown(run, step, busy="It is being sent."), enabled=True) == []


def test_points_are_judged_as_they_stand_and_a_repeated_one_counts_once() -> None:
    (point,) = points_of(as_found(562.0))
    assert (point.title, point.result.outcome, point.repeated) == ("Fresh air", "fail", 0)
    assert point.result.error == 137.0
    assert len(points_of(fresh_air())) == 2


def steady(run: Run, *, doubted: bool) -> Judged:
    """Still air, as the instrument shows it, and whether it doubts that itself."""
    window = LiveWindow(run.procedure.stable, 1.0, 0)
    for second in range(12):
        window.take(Sampled(second, second * 1_000_000, second * 10**9, 0.02, 0.02), doubted=doubted)
    return window.judged(12_000_000)


def test_a_point_that_the_instrument_itself_disowns_is_not_taken_whatever_the_reason() -> None:
    wind = start("gill_windsonic", "wind_zero")
    wind = then(wind, mine(wind, CalibrationConditions, {}, "Ada"))
    sound, doubted = (steady(wind, doubted=one) for one in (False, True))
    assert "take_anyway" in names(shown(wind, wind.step.settling(), live=sound), enabled=True)
    made = shown(wind, wind.step.settling(), live=doubted)
    (taken,) = [one for one in made.choices if one.name == "take_anyway"]
    assert not taken.enabled
    assert "no reason lifts that" in taken.why_not
    assert "The instrument itself doubts these readings." in doubted.unmet
    co2 = start("sensirion_scd30", "co2_fresh_air")
    co2 = then(co2, mine(co2, CalibrationConditions, WARM, "Ada"))
    other = shown(co2, co2.step.settling(), live=doubted)
    assert "take_anyway" in names(other, enabled=True), "others may be taken with a reason"
