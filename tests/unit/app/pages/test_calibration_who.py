# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Who works on a calibration, and the pictures that go with it, in the window on a real server."""

import base64
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.pages.calibration_files import MOST_BYTES_TOGETHER
from app.pages.persons import PersonField
from app.pages.persons_change import PersonChange
from app.pages.persons_reset import PersonReset
from app.pages.window import Window
from edge_daemon.api.messages import Problem
from tests.unit.app.client.calibration_stand_in import CalibrationStandIn
from tests.unit.app.client.test_session import WAIT_MS
from tests.unit.app.pages.device_window import click, shoot
from tests.unit.app.pages.test_calibration import ENTER, ESCAPE, at, open_run, press, type_keys

CHANGED = {"name": "Ana", "new_pin": "1357", "forgotten": False, "witness": ""}


@pytest.fixture
def stand_in(tmp_path: Path) -> CalibrationStandIn:
    return CalibrationStandIn(tmp_path)


def test_what_another_window_does_leaves_the_question_who_goes_on_open(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    stand_in.place = 0
    window.sensors.opener.open("co2_1")
    shown = window.sensors.opener.window
    assert shown is not None
    qtbot.waitUntil(shown.ask.isVisible, timeout=WAIT_MS)
    type_keys(shown, "Bo")
    stand_in.place = 3
    qtbot.waitUntil(lambda: shown.run is not None and shown.run.step.id == "decide", timeout=WAIT_MS)
    type_keys(shown, " Berg")
    assert shown.ask.isVisible()
    assert shown.ask.reason.toPlainText() == "Bo Berg"
    press(shown, ENTER)
    assert shown.step.isVisible()
    press(shown, ENTER)
    at(qtbot, shown, "command")
    assert (stand_in.answers[-1]["step"], stand_in.answers[-1]["person"]) == ("decide", "Bo Berg")


def test_somebody_else_takes_over_in_the_middle(qtbot: QtBot, window: Window, stand_in: CalibrationStandIn) -> None:
    shown = open_run(qtbot, window, stand_in, 0)
    click(shown.frame.who)
    assert shown.ask.isVisible()
    press(shown, ESCAPE)
    assert shown.step.isVisible()
    click(shown.frame.who)
    shoot(window, shown, "somebody-else")
    type_keys(shown, "Bo Berg")
    press(shown, ENTER)
    assert shown.frame.steps.words.endswith("Bo Berg")
    type_keys(shown, "1000")
    press(shown, ENTER)
    at(qtbot, shown, "apply")
    assert stand_in.answers[-1]["person"] == "Bo Berg"


def test_photographs_go_with_the_conditions(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn, tmp_path: Path
) -> None:
    picture, other, huge = tmp_path / "before.jpg", tmp_path / "after.jpg", tmp_path / "huge.jpg"
    picture.write_bytes(b"a picture")
    other.write_bytes(b"another")
    huge.write_bytes(bytes(MOST_BYTES_TOGETHER))
    step = stand_in.runs[0].step.model_copy(update={"files": True})
    stand_in.runs[0] = stand_in.runs[0].model_copy(update={"step": step})
    shown = open_run(qtbot, window, stand_in, 0)
    field = shown.step.files
    assert field.isVisible()

    def shows(words: str) -> bool:
        return words in field.words.text()

    for path, words in ((picture, "before.jpg"), (picture, "already"), (huge, "too large"), (other, "after.jpg")):
        field.take(path)
        qtbot.waitUntil(partial(shows, words), timeout=WAIT_MS)
    shoot(window, shown, "photographs")
    click(field.take_off)
    assert "after.jpg" not in field.words.text()
    shown.step.fields["pressure"].take_focus()
    type_keys(shown, "1000")
    press(shown, ENTER)
    at(qtbot, shown, "apply")
    (sent,) = stand_in.answers[-1]["files"]
    assert (sent["name"], base64.b64decode(sent["content"])) == ("before.jpg", b"a picture")
    assert not shown.step.files.isVisible()


def change_of(who: PersonField) -> PersonChange:
    """The dialog to change a PIN, opened as a person does."""
    place = who.box.findText("Change a PIN", Qt.MatchFlag.MatchStartsWith)
    who.box.setCurrentIndex(place)
    who.box.activated.emit(place)
    assert who.change is not None
    return who.change


def test_a_pin_is_changed_and_a_person_taken_off_where_one_signs(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    stand_in.persons = ["Ana", "Bo"]
    shown = open_run(qtbot, window, stand_in, 5)
    who = shown.step.fields["person"]._person
    qtbot.waitUntil(lambda: who.name == "Ana", timeout=WAIT_MS)

    change = change_of(who)
    click(change.change)
    assert change.rows["pin"].error.text() == "⚠ The PIN until now is needed."
    for line, text in ((change.pin, "2468"), (change.new_pin, "1357"), (change.again, "1357")):
        line.setText(text)
    shoot(window, change, "pin")
    stand_in.no = Problem(title="Bad", status=422, detail="It is not the PIN of Ana.", code="x", field="pin")
    click(change.change)
    qtbot.waitUntil(lambda: "not the PIN" in change.rows["pin"].error.text(), timeout=WAIT_MS)
    click(change.change)
    qtbot.waitUntil(lambda: not change.isVisible(), timeout=WAIT_MS)
    assert stand_in.posted[-1] == ("POST pin", {**CHANGED, "pin": "2468"})
    assert who.name == "Ana"
    change = change_of(who)
    change.person.setCurrentText("Bo")
    change.pin.setText("9999")
    click(change.remove)
    qtbot.waitUntil(lambda: who.box.findText("Bo") < 0, timeout=WAIT_MS)
    assert stand_in.posted[-1] == ("POST removal", {"name": "Bo", "pin": "9999"})


def test_a_forgotten_pin_is_reset_with_a_witness_or_visibly_without(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    stand_in.persons = ["Ana", "Bo"]
    shown = open_run(qtbot, window, stand_in, 5)
    who = shown.step.fields["person"]._person
    qtbot.waitUntil(lambda: who.name == "Ana", timeout=WAIT_MS)

    def opened() -> PersonReset:
        change_of(who)
        assert who.change is not None
        click(who.change.forgotten)
        assert who.change.resetting is not None
        return who.change.resetting

    reset = opened()
    assert [reset.witness.itemText(place) for place in range(reset.witness.count())] == ["Bo"]
    for line in (reset.new_pin, reset.again):
        line.setText("1357")
    click(reset.reset)
    assert reset.rows["pin"].error.text() == "⚠ The PIN of the witness is needed."
    reset.pin.setText("2468")
    shoot(window, reset, "pin-forgotten")
    stand_in.no = Problem(title="Bad", status=422, detail="It is not the PIN of Bo.", code="x", field="pin")
    click(reset.reset)
    qtbot.waitUntil(lambda: "not the PIN of Bo" in reset.rows["pin"].error.text(), timeout=WAIT_MS)
    click(reset.reset)
    qtbot.waitUntil(lambda: not reset.isVisible() and not (who.change and who.change.isVisible()), timeout=WAIT_MS)
    sent = {"name": "Ana", "pin": "2468", "new_pin": "1357", "forgotten": True, "witness": "Bo"}
    assert stand_in.posted[-1] == ("POST pin", sent)
    stand_in.persons = ["Ana"]
    who.ask()
    qtbot.waitUntil(lambda: who.box.findText("Bo") < 0, timeout=WAIT_MS)
    reset = opened()
    for line in (reset.new_pin, reset.again):
        line.setText("2580")
    click(reset.reset)
    assert "without a witness" in reset.words.text()
    reset.unseen.setChecked(True)
    shoot(window, reset, "pin-forgotten-alone")
    click(reset.reset)
    qtbot.waitUntil(lambda: not reset.isVisible(), timeout=WAIT_MS)
    alone = {"name": "Ana", "pin": "", "new_pin": "2580", "forgotten": True, "witness": ""}
    assert stand_in.posted[-1] == ("POST pin", alone)
