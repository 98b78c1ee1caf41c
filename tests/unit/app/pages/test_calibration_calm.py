# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Nothing typed is lost by one key, and the light alarms nobody without need."""

from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.pages.calibration_signal import SignalPanel
from app.pages.window import Window
from app.widgets.choice_bar import ChoiceBar, Option
from app.widgets.leave_question import LEAVE_WORDS, LeaveQuestion
from app.widgets.stability_light import Light
from tests.unit.app.client.calibration_stand_in import CalibrationStandIn, live
from tests.unit.app.client.stand_in import sensor
from tests.unit.app.pages.device_window import click
from tests.unit.app.pages.test_calibration import ESCAPE, open_run, press, type_keys

SENSOR = sensor("co2_1")


@pytest.fixture
def stand_in(tmp_path: Path) -> CalibrationStandIn:
    return CalibrationStandIn(tmp_path)


def test_a_reason_that_was_begun_is_still_there_when_the_same_is_asked_again(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    shown = open_run(qtbot, window, stand_in, 0)
    click(shown.frame.abort)
    type_keys(shown, "bottle empty")
    press(shown, ESCAPE)
    assert shown.step.isVisible()
    click(shown.frame.abort)
    assert shown.ask.reason.toPlainText() == "bottle empty"
    press(shown, ESCAPE)
    click(shown.frame.who)
    assert shown.ask.reason.toPlainText() == "Ana", "another question has an answer of its own"


def test_the_first_reading_is_awaited_before_silence_is_called_a_fault(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    nothing: dict[str, Any] = {"raw": None, "value": None, "time": None, "trail": (), "window_s": 6.0}
    panel, run = SignalPanel(), stand_in.runs[2].model_copy(update={"live": live(stable=False, **nothing)})
    qtbot.addWidget(panel)
    seen = []
    for _ in range(7):
        panel.show_run(run, SENSOR, None)
        seen.append(panel.light.light)
    assert seen == [Light.WAIT] * 5 + [Light.NO_SIGNAL] * 2
    panel.show_run(run.model_copy(update={"live": live(stable=True)}), SENSOR, None)
    seen.append(panel.light.light)
    unusable = live(stable=False, raw=None, value=None)
    panel.show_run(run.model_copy(update={"live": unusable}), SENSOR, None)
    seen.append(panel.light.light)
    assert seen[7:] == [Light.STABLE, Light.NO_SIGNAL], "something came, but no value"


def test_a_run_that_has_ended_waits_for_no_point_and_beeps_no_more(stand_in: CalibrationStandIn, qtbot: QtBot) -> None:
    panel = SignalPanel()
    qtbot.addWidget(panel)
    panel.show_run(stand_in.runs[0], SENSOR, None)
    assert (panel.light.below, panel.beep.isHidden()) == ("Comes once a point is applied", False)
    panel.show_run(stand_in.runs[0].model_copy(update={"state": "signed"}), SENSOR, None)
    assert (panel.light.below, panel.beep.isHidden()) == ("This one is over", True)


def test_a_form_with_something_in_it_is_left_at_the_second_wish() -> None:
    said: list[str] = []
    typed = [False]
    question = LeaveQuestion(lambda: typed[0], said.append)
    assert question.may_leave()
    typed[0] = True
    assert not question.may_leave()
    assert said == [LEAVE_WORDS]
    question.take_back()
    assert said == [LEAVE_WORDS, ""]
    assert not question.may_leave()
    assert question.may_leave()


def test_the_button_that_enter_presses_is_seen_from_afar(qtbot: QtBot) -> None:
    bar = ChoiceBar()
    qtbot.addWidget(bar)
    bar.resize(600, 60)
    bar.offer([Option("take", "Take the point"), Option("back", "Back")])
    bar.show()
    bar.activateWindow()
    for name, button in bar.buttons.items():
        others = next(one for other, one in bar.buttons.items() if other != name)
        others.setFocus()
        without, size = button.grab().toImage(), button.size()
        button.setFocus()
        qtbot.waitUntil(button.hasFocus)
        ringed = button.grab().toImage()
        assert button.size() == size, "nothing moves"
        middle = ringed.width() // 2
        rows = range(ringed.height() // 2)
        changed = [row for row in rows if ringed.pixel(middle, row) != without.pixel(middle, row)]
        assert len(changed) >= 2, name


def test_a_word_that_the_recorder_adds_to_a_step_takes_away_nothing_typed(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    shown = open_run(qtbot, window, stand_in, 0)
    type_keys(shown, "1013")
    before = shown.run
    assert before is not None
    later = before.step.model_copy(update={"id": f"{before.step.id}-later"})
    shown.followed.told.emit(before.model_copy(update={"step": later, "words": "The instrument told it again."}), False)
    assert shown.step.fields["pressure"].field.property("text") == "1013"
    assert shown.words.text() == "The instrument told it again."
    other = later.model_copy(update={"title": "Another step"})
    shown.followed.told.emit(before.model_copy(update={"step": other}), False)
    assert shown.step.fields["pressure"].field.property("text") == ""
