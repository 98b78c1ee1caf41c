# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A calibration in its window, by keys and clicks, on a real server that tells the run from memory."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from app.client.session import State
from app.pages.calibration import CalibrationWindow
from app.pages.calibration_standard_field import StandardField
from app.pages.window import Window
from app.widgets.digit_field import DigitField
from app.widgets.stability_light import Light
from edge_daemon.api.messages import Problem
from tests.unit.app.client.calibration_stand_in import CalibrationStandIn, live, script
from tests.unit.app.client.stand_in import serving
from tests.unit.app.client.test_session import WAIT_MS, session_on
from tests.unit.app.pages.device_window import click, opened, shoot

ENTER, ESCAPE, SPACE = Qt.Key.Key_Return, Qt.Key.Key_Escape, Qt.Key.Key_Space


@pytest.fixture
def stand_in(tmp_path: Path) -> CalibrationStandIn:
    return CalibrationStandIn(tmp_path)


def open_run(qtbot: QtBot, window: Window, stand_in: CalibrationStandIn, place: int) -> CalibrationWindow:
    """The window on a run that stands at this place of the script."""
    stand_in.place = place
    window.sensors.opener.open("co2_1")
    shown = window.sensors.opener.window
    assert shown is not None
    shown.resize(1024, 600)
    at(qtbot, shown, stand_in.runs[place].step.id)
    assert shown.ask.isVisible()  # nobody has given a name in this window yet
    press(shown, ENTER)
    assert window._session.person == "Ana"
    return shown


def at(qtbot: QtBot, shown: CalibrationWindow, step: str) -> None:
    qtbot.waitUntil(
        lambda: shown.run is not None and shown.run.step.id == step and shown.bar.isEnabled(), timeout=WAIT_MS
    )


def focus(shown: CalibrationWindow) -> QWidget:
    found: object = shown.focusWidget()
    return found if isinstance(found, QWidget) else shown


def press(shown: CalibrationWindow, key: Qt.Key) -> None:
    QTest.keyClick(focus(shown), key)


def type_keys(shown: CalibrationWindow, text: str) -> None:
    QTest.keyClicks(focus(shown), text)


def scan(qtbot: QtBot, shown: CalibrationWindow, code: str, chosen: str) -> None:
    """As a scanner does, and until the standard is found."""
    row = shown.step.fields["standard"].row
    assert isinstance(row, StandardField)
    type_keys(shown, code)
    press(shown, ENTER)
    qtbot.waitUntil(lambda: row.chooser.key == chosen and not row.chooser.search.text(), timeout=WAIT_MS)


def test_a_run_goes_from_the_choice_to_the_signature_by_keys_alone(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    window.show_page("sensors")
    window.sensors.choose("co2_1")
    click(window.sensors.calibrate)
    shown = window.sensors.opener.window
    assert shown is not None
    shown.resize(1024, 600)
    qtbot.waitUntil(lambda: shown.choose.chooser.key != "", timeout=WAIT_MS)
    shoot(window, shown, "choose")
    press(shown, ENTER)
    assert "Automatic self-calibration is switched off." in shown.choose.preparation.text()
    shoot(window, shown, "prepare")
    type_keys(shown, "Ana Lima")
    press(shown, ENTER)
    at(qtbot, shown, "conditions")
    assert stand_in.posted[-1] == (
        "POST run", {"procedure": "co2_forced_recalibration", "person": "Ana Lima", "place": ""}
    )  # fmt: skip
    shoot(window, shown, "conditions")
    type_keys(shown, "1013,2")
    press(shown, ENTER)
    at(qtbot, shown, "apply")
    assert stand_in.answers[-1]["values"] == {"pressure": 1013.2}
    scan(qtbot, shown, "4711-1000", "41")
    shoot(window, shown, "apply")
    press(shown, ENTER)
    at(qtbot, shown, "settle")
    assert stand_in.answers[-1]["values"] == {"standard": "41"}
    assert shown.signal.light.light is Light.WAIT
    shoot(window, shown, "settle-wait")
    press(shown, ENTER)  # not stable: it says so and nothing is sent
    assert shown.words.text() == "The signal is not stable yet."
    assert stand_in.answers[-1]["step"] == "apply"
    choices = stand_in.runs[2].step.choices
    taken = choices[0].model_copy(update={"enabled": True})
    stable = stand_in.runs[2].step.model_copy(update={"choices": (taken, *choices[1:])})
    stand_in.change(live=live(stable=True), step=stable)
    qtbot.waitUntil(lambda: shown.signal.light.light is Light.STABLE, timeout=WAIT_MS)
    shoot(window, shown, "settle-stable")
    press(shown, SPACE)
    at(qtbot, shown, "decide")
    assert (stand_in.answers[-1]["step"], stand_in.answers[-1]["choice"]) == ("settle", "take")
    shoot(window, shown, "decide")
    press(shown, ENTER)
    at(qtbot, shown, "command")
    press(shown, ENTER)
    shoot(window, shown, "confirm")
    press(shown, ENTER)  # Enter alone declines what cannot be undone
    assert stand_in.answers[-1]["step"] == "decide"
    press(shown, ENTER)
    press(shown, Qt.Key.Key_Tab)
    press(shown, ENTER)
    at(qtbot, shown, "sign")
    assert (stand_in.answers[-1]["step"], stand_in.answers[-1]["confirmed"]) == ("command", True)


def test_signing_makes_the_first_person_on_the_spot(qtbot: QtBot, window: Window, stand_in: CalibrationStandIn) -> None:
    shown = open_run(qtbot, window, stand_in, 5)
    form = shown.step.fields["person"]._person.new
    qtbot.waitUntil(form.isVisible, timeout=WAIT_MS)
    shoot(window, shown, "sign-new")
    form.name.setText("Ana Lima")
    form.pin.setText("2468")
    form.again.setText("2469")
    click(form.add)
    assert form.rows["again"].error.text() == "⚠ The two PINs differ."
    form.again.setText("2468")
    click(form.add)
    qtbot.waitUntil(lambda: not form.isVisible(), timeout=WAIT_MS)
    shoot(window, shown, "sign")
    click(shown.bar.buttons["sign"])
    at(qtbot, shown, "done")
    assert stand_in.answers[-1]["values"] == {"person": "Ana Lima", "pin": "2468"}
    assert stand_in.answers[-1]["person"] == "Ana Lima"
    assert shown.step.outcome.text() == "✓ Pass"
    shoot(window, shown, "done")
    press(shown, ENTER)
    assert not shown.isVisible()


def test_a_refused_value_is_marked_at_its_field_and_stays(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    shown = open_run(qtbot, window, stand_in, 0)
    field = shown.step.fields["pressure"]
    assert isinstance(field.field, DigitField)
    field.field.setText("500")
    press(shown, ENTER)
    assert "Allowed: 700 to 1400 hPa" in field.row.error.text()
    assert stand_in.answers == []
    field.field.setText("900")
    stand_in.no = Problem(title="Bad", status=422, detail="Not so low here.", code="x", field="values.pressure")
    press(shown, ENTER)
    qtbot.waitUntil(lambda: field.row.error.text() == "⚠ Not so low here.", timeout=WAIT_MS)
    assert field.field.text() == "900"
    shoot(window, shown, "refused")


def test_an_expired_standard_is_used_with_a_reason_only(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    shown = open_run(qtbot, window, stand_in, 1)
    scan(qtbot, shown, "4700", "42")
    stand_in.no = Problem(title="Bad", status=422, detail="It was good until 2026-01-31.", code="x", field="reason")
    press(shown, ENTER)
    qtbot.waitUntil(shown.ask.isVisible, timeout=WAIT_MS)
    assert shown.ask.words.text() == "It was good until 2026-01-31."
    shoot(window, shown, "reason")
    press(shown, ENTER)
    assert shown.ask.row.error.text() == "⚠ This is needed."
    type_keys(shown, "the only bottle")
    press(shown, ENTER)
    at(qtbot, shown, "settle")
    assert (stand_in.answers[-1]["values"], stand_in.answers[-1]["reason"]) == ({"standard": "42"}, "the only bottle")


def test_where_another_window_went_on_it_shows_how_the_run_stands(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    shown = open_run(qtbot, window, stand_in, 0)
    shown.followed.stop()
    shown.step.fields["pressure"].field.setProperty("text", "1000")
    stand_in.place = 3
    press(shown, ENTER)
    at(qtbot, shown, "decide")
    assert shown.frame.points.rowCount() == 1


def test_a_lost_recorder_is_told_and_the_run_goes_on(qtbot: QtBot, tmp_path: Path) -> None:
    stand_in = CalibrationStandIn(tmp_path)
    with session_on(tmp_path) as session:
        with serving(stand_in):
            shown_window = opened(qtbot, stand_in, session)
            window = next(shown_window)
            shown = open_run(qtbot, window, stand_in, 0)
            type_keys(shown, "98")
        qtbot.waitUntil(lambda: shown.signal.light.light is Light.NOT_KNOWN, timeout=WAIT_MS)
        assert "does not answer" in shown.words.text()
        assert not shown.bar.buttons["ok"].isEnabled()
        shoot(window, shown, "lost")
        stand_in.drop = False
        with serving(stand_in):
            qtbot.waitUntil(shown.bar.buttons["ok"].isEnabled, timeout=WAIT_MS)
            assert session.state is State.CONNECTED
            assert shown.step.fields["pressure"].field.property("text") == "98"
            type_keys(shown, "0")
            press(shown, ENTER)
            at(qtbot, shown, "apply")
            assert stand_in.answers[-1]["values"] == {"pressure": 980.0}
            for _ in shown_window:
                pass


def test_a_run_begun_elsewhere_meanwhile_is_gone_on_with(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    window.sensors.opener.open("co2_1")
    shown = window.sensors.opener.window
    assert shown is not None
    qtbot.waitUntil(lambda: shown.choose.chooser.key != "", timeout=WAIT_MS)
    press(shown, ENTER)
    stand_in.place = 3  # the other window was quicker
    type_keys(shown, "Bo")
    press(shown, ENTER)
    at(qtbot, shown, "decide")
    assert shown.frame.steps.words.endswith("Bo"), "who answers from now on"


def test_an_abort_is_asked_back_and_needs_a_reason(qtbot: QtBot, window: Window, stand_in: CalibrationStandIn) -> None:
    shown = open_run(qtbot, window, stand_in, 2)
    press(shown, ESCAPE)  # this step has a way back
    at(qtbot, shown, "apply")
    press(shown, ESCAPE)
    assert shown.ask.isVisible()
    type_keys(shown, "bottle empty")
    click(shown.ask.bar.buttons["agree"])
    qtbot.waitUntil(lambda: shown.run is not None and shown.run.state == "aborted", timeout=WAIT_MS)
    assert stand_in.posted[-1] == ("DELETE run", {"reason": "bottle empty", "person": "Ana"})


def test_digits_find_their_field_from_anywhere(qtbot: QtBot, window: Window, stand_in: CalibrationStandIn) -> None:
    shown = open_run(qtbot, window, stand_in, 0)
    shown.bar.buttons["ok"].setFocus()
    type_keys(shown, "1")
    type_keys(shown, "013")
    assert shown.step.fields["pressure"].field.property("text") == "1013"


def test_it_beeps_when_asked_to(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    beeps: list[int] = []
    monkeypatch.setattr(QApplication, "beep", lambda: beeps.append(1))
    shown = open_run(qtbot, window, stand_in, 2)
    click(shown.signal.beep)
    stand_in.change(live=live(stable=True))
    qtbot.waitUntil(lambda: bool(beeps), timeout=WAIT_MS)


def test_nothing_moves_as_numbers_change_and_targets_are_large(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    shown = open_run(qtbot, window, stand_in, 2)
    places = [part.geometry() for part in (shown.signal, shown.signal.light, shown.signal.unit, shown.bar)]
    unmet = tuple(f"Condition number {number} is not met, at great length." for number in range(4))
    stand_in.change(live=live(stable=False, value=-12345.67, raw=-12345.67, unmet=unmet, remaining_s=3599.0))
    qtbot.waitUntil(lambda: shown.signal.value.text() == "-12345.7", timeout=WAIT_MS)
    QApplication.processEvents()
    assert places == [part.geometry() for part in (shown.signal, shown.signal.light, shown.signal.unit, shown.bar)]
    for button in (
        *shown.bar.buttons.values(), shown.frame.who, shown.frame.leave, shown.frame.abort, shown.signal.beep
    ):  # fmt: skip
        assert button.height() >= 48
    shoot(window, shown, "long-words")


def test_who_goes_on_is_recorded_and_may_be_another(qtbot: QtBot, window: Window, stand_in: CalibrationStandIn) -> None:
    stand_in.place = 0
    window.sensors.opener.open("co2_1")
    shown = window.sensors.opener.window
    assert shown is not None
    qtbot.waitUntil(shown.ask.isVisible, timeout=WAIT_MS)
    assert shown.ask.reason.toPlainText() == "Ana"
    shoot(window, shown, "who")
    type_keys(shown, "Bo Berg")
    press(shown, ENTER)
    type_keys(shown, "1000")
    press(shown, ENTER)
    at(qtbot, shown, "apply")
    assert stand_in.answers[-1]["person"] == "Bo Berg"


def test_a_second_enter_while_it_waits_does_nothing(qtbot: QtBot, window: Window, stand_in: CalibrationStandIn) -> None:
    shown = open_run(qtbot, window, stand_in, 0)
    type_keys(shown, "1000")
    for _ in range(3):
        press(shown, ENTER)
    at(qtbot, shown, "apply")
    assert shown.isVisible()
    assert len(stand_in.answers) == 1


def test_it_is_gone_on_with_from_the_sensor(qtbot: QtBot, window: Window, stand_in: CalibrationStandIn) -> None:
    stand_in.place = 3
    window.show_page("sensors")
    window.sensors.choose("co2_1")
    window._session.calibrations.ask()
    qtbot.waitUntil(lambda: window.sensors.calibrate.text().startswith("Go on"), timeout=WAIT_MS)
    shoot(window, window, "sensors")
    click(window.sensors.calibrate)
    shown = window.sensors.opener.window
    assert shown is not None
    at(qtbot, shown, "decide")
    assert [one.step.id for one in script()][3] == "decide"


def test_the_tiles_menu_leads_to_the_calibration(qtbot: QtBot, window: Window, stand_in: CalibrationStandIn) -> None:
    stand_in.place = 3
    tile = window.overview.tiles["co2_1"]
    place = QPoint(20, 20)
    QApplication.sendEvent(tile, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, tile.mapToGlobal(place)))
    menu = tile.findChild(QMenu)
    assert menu is not None
    assert [action.text() for action in menu.actions()] == ["Calibrate…"]
    menu.actions()[0].trigger()
    shown = window.sensors.opener.window
    assert shown is not None
    at(qtbot, shown, "decide")


def test_a_tile_is_reached_by_tab_and_its_menu_by_enter(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    stand_in.place = 3
    tile = window.overview.tiles["co2_1"]
    assert tile.focusPolicy() & Qt.FocusPolicy.TabFocus
    QTest.keyClick(tile, ENTER)
    menu = tile.findChild(QMenu)
    assert menu is not None
    QTest.keyClick(menu, ENTER)
    shown = window.sensors.opener.window
    assert shown is not None
    at(qtbot, shown, "decide")
