# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a technician reads while calibrating: sentences, no names of fields, and what a command does before it goes."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from app.pages.calibration_words import error_text, size_text
from app.pages.problem_words import field_text, problem_text, sentence, trouble_text
from app.pages.window import Window
from app.widgets.form_row import FormRow
from edge_daemon.api.messages import Problem, Trouble
from edge_daemon.api.messages_calibration import StepInput
from tests.unit.app.client.calibration_stand_in import CalibrationStandIn, point
from tests.unit.app.client.test_session import WAIT_MS
from tests.unit.app.pages.device_window import click
from tests.unit.app.pages.test_calibration import ENTER, open_run, press

WRONG_PIN = Problem(
    title="This cannot be accepted",
    status=422,
    detail="values.pin: '••••' cannot be used; it is not the PIN of Ana",
    code="bad_input",
    advice="Correct the value and try again.",
    field="values.pin",
    allowed="it is not the PIN of Ana; the next try is possible in 1 s",
)
NOT_SURE = Problem(
    title="Not possible at the moment",
    status=409,
    detail="it is not sure which instrument is at co2_1; say first which one it is",
    code="conflict",
    advice="Look at how it stands now, then try again.",
)


@pytest.fixture
def stand_in(tmp_path: Path) -> CalibrationStandIn:
    return CalibrationStandIn(tmp_path)


def test_at_a_field_stands_what_is_wrong_and_elsewhere_of_which_field_it_is() -> None:
    assert field_text(WRONG_PIN) == "It is not the PIN of Ana; the next try is possible in 1 s."
    assert problem_text(WRONG_PIN) == (
        "This cannot be accepted. Pin: it is not the PIN of Ana; the next try is possible in 1 s. "
        "Correct the value and try again."
    )
    assert problem_text(NOT_SURE) == (
        "Not possible at the moment. It is not sure which instrument is at co2_1; say first which one it is. "
        "Look at how it stands now, then try again."
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("it is silent", "It is silent."),
        ("silent, and cold!", "Silent, and cold!"),
        ("co2_1 has no reading there", "co2_1 has no reading there."),
        ("scd30, co2: never", "scd30, co2: never."),
        ("roof: it is dark", "roof: it is dark."),
        ("Is it?", "Is it?"),
        (" ", ""),
    ],
)
def test_a_sentence_is_made_of_words_but_no_name_is_changed(said: str, told: str) -> None:
    assert sentence(said) == told


def test_a_warning_that_asks_something_ends_with_its_own_mark() -> None:
    asked = Trouble(code="x", title="Is it the same?", detail="co2_1: nobody knows", advice="Look.", since="")
    assert trouble_text(asked) == "Is it the same? co2_1: nobody knows. Look."


def test_an_error_and_its_uncertainty_end_at_the_same_place() -> None:
    assert error_text(point("as_left", 2.626, expanded_uncertainty=20.01)) == "+3 ± 20"
    assert error_text(point("as_left", 0.9, expanded_uncertainty=0.0996)) == "+0.90 ± 0.10"
    assert error_text(point("as_left", -0.12345, expanded_uncertainty=0.0214)) == "-0.123 ± 0.021"
    assert [size_text(value, 1) for value in (42.75, 42.5, 1000.0)] == ["42.75", "42.5", "1000"]


def test_every_field_of_a_form_is_large_enough_for_a_gloved_finger(qtbot: QtBot) -> None:
    small, large = QLineEdit(), QLineEdit()
    large.setMinimumHeight(52)
    rows = [FormRow("Title", field) for field in (small, large)]
    for row in rows:
        qtbot.addWidget(row)
    assert (small.minimumHeight(), large.minimumHeight()) == (48, 52)


def test_what_cannot_be_undone_is_asked_with_the_number_that_was_typed(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    shows = StepInput(name="reference", title="What the reference shows by now", kind="number", unit="ppm", value=425.0)
    now = stand_in.runs[4]
    stand_in.runs[4] = now.model_copy(update={"step": now.step.model_copy(update={"inputs": (shows,)})})
    shown = open_run(qtbot, window, stand_in, 4)
    shown.step.fields["reference"].field.setProperty("text", "431,2")
    press(shown, ENTER)
    assert shown.ask.words.text().endswith("\n\nWhat the reference shows by now: 431,2 ppm")
    assert shown.ask.words.text().startswith("The instrument sets its reading")


@pytest.mark.parametrize(("changed", "words"), [(False, "Nothing of it takes effect."), (True, "⚠ A command went")])
def test_after_a_command_giving_up_is_not_said_to_change_nothing(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn, changed: bool, words: str
) -> None:
    stand_in.runs[2] = stand_in.runs[2].model_copy(update={"device_changed": changed})
    shown = open_run(qtbot, window, stand_in, 2)
    click(shown.frame.abort)
    assert shown.ask.words.text().startswith(words)
    assert ("Nothing of it takes effect" in shown.ask.words.text()) is not changed


def test_why_it_cannot_go_on_is_told_as_it_is_by_now(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    shown = open_run(qtbot, window, stand_in, 2)
    press(shown, ENTER)
    assert shown.words.text() == "The signal is not stable yet."
    step = stand_in.runs[2].step
    other = step.choices[0].model_copy(update={"why_not": "The instrument is still warming up: 40 s to go."})
    stand_in.change(step=step.model_copy(update={"choices": (other, *step.choices[1:])}))
    qtbot.waitUntil(lambda: shown.words.text() == other.why_not, timeout=WAIT_MS)


def test_a_run_that_was_given_up_shows_no_progress(qtbot: QtBot, window: Window, stand_in: CalibrationStandIn) -> None:
    shown = open_run(qtbot, window, stand_in, 2)
    assert shown.frame.steps.words.startswith("Step 3 of 6")
    shown.frame.show_run(stand_in.runs[2].model_copy(update={"state": "aborted"}), "Ana")
    assert shown.frame.steps.words == ""
