# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A whole calibration with the keyboard alone, on a small screen, with a real recorder and a simulated instrument."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QWidget
from pytestqt.qtbot import QtBot

from app.pages.calibration import CalibrationWindow
from app.pages.window import Window
from app.widgets.stability_light import Light
from edge_daemon.api.messages import NewSensor, Problem
from tests.desktop.calibration_station import (
    ENTER,
    SPACE,
    WAIT_MS,
    Beaker,
    Technician,
    opened,
    quick_model,
    quick_procedure,
    recorder,
)

pytestmark = pytest.mark.timeout(900)

SHOTS = os.environ.get("VERIFIELD_SHOTS", "")
PIN = "2468"
LEAST_TARGET = 48
MOST_TABS = 60
AIR = {"settle_s": "1", "window_s": "6", "deviation": "60.0", "slope_per_minute": "400.0", "highest": "2000.0"}


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    home, beaker = tmp_path / "home-demo", Beaker(tmp_path / "beaker")
    quick_procedure(home, "co2_fresh_air", AIR)
    model = quick_model(home, "sensirion_scd30")
    with recorder(tmp_path, ("scd30-2",), beaker) as running, opened(qtbot, running, 1) as shown:
        refused: list[Problem] = []
        sensor = NewSensor(sensor_id="hut", name="CO₂, hut", model=model, port="pty:scd30-2", interval_s=0.5)
        shown._session.add_sensor(sensor, lambda: None, refused.append)
        qtbot.waitUntil(lambda: bool(refused) or "hut" in shown._session.latest, timeout=WAIT_MS)
        assert refused == []
        yield shown


def focus_of(window: QWidget) -> QWidget:
    found: object = window.focusWidget()
    return found if isinstance(found, QWidget) else window


def tab_to(window: QWidget, wanted: QWidget) -> None:
    """Press Tab until keys go to this part."""
    for _ in range(MOST_TABS):
        if focus_of(window) is wanted:
            return
        QTest.keyClick(focus_of(window), Qt.Key.Key_Tab)
    raise AssertionError(f"Tab does not lead to {wanted.accessibleName() or wanted}")


def by_key(qtbot: QtBot, technician: Technician, name: str, *, confirm: bool = False) -> None:
    """Press a choice of the open step, and agree where that is asked back, until the recorder has taken it."""
    shown, before = technician.window, technician.step

    def answered() -> bool:
        if shown.followed.waiting:
            return False
        if technician.step != before:
            return True
        if shown.ask.isVisible():
            if confirm:
                press_button(shown, shown.ask.bar.buttons["agree"])
        elif shown.bar.buttons[name].isEnabled():
            press_button(shown, shown.bar.buttons[name])
        return False

    qtbot.waitUntil(answered, timeout=WAIT_MS)


def press_button(shown: QWidget, button: QAbstractButton, key: Qt.Key = ENTER) -> None:
    tab_to(shown, button)
    QTest.keyClick(button, key)


def look(shown: CalibrationWindow, name: str) -> None:
    """What holds on every page: it fits the screen, the light is seen, and what is pressed is large enough."""
    QApplication.processEvents()
    assert shown.width() <= 1024
    assert shown.height() <= 600
    assert shown.signal.light.isVisible()
    assert shown.signal.value.isVisible()
    for button in shown.findChildren(QAbstractButton):
        if button.isVisible() and button.isEnabled() and button.focusPolicy() & Qt.FocusPolicy.TabFocus:
            assert button.height() >= LEAST_TARGET, (button.text(), button.height())
            assert button.sizeHint().width() <= button.width() or isinstance(button, QCheckBox), button.text()
    if SHOTS:
        shown.grab().save(f"{SHOTS}/keys-{name}.png")


def walk_to_the_signature(qtbot: QtBot, technician: Technician) -> set[str]:
    """Answer what is asked, by keys, until it is to be signed; the kinds of steps that came."""
    shown, seen = technician.window, set[str]()
    while True:
        qtbot.waitUntil(lambda: shown.bar.isEnabled() and not shown.followed.waiting, timeout=WAIT_MS)
        assert shown.run is not None
        kind = shown.run.step.kind
        if kind == "sign":
            return seen
        if kind not in seen:
            look(shown, kind)
        seen.add(kind)
        if kind == "apply":
            QApplication.processEvents()  # fields that were just made are shown, and take part in tabbing, from then on
            for name, text in (("reference", "800"), ("expanded_uncertainty", "5")):
                tab_to(shown, shown.step.fields[name].field)
                technician.type(text)
            technician.enter()
        elif kind == "settle":
            qtbot.waitUntil(lambda: shown.signal.light.light is Light.STABLE, timeout=WAIT_MS)
            look(shown, "stable")
            technician.enter(SPACE)
        else:
            assert kind in {"decide", "command"}, kind
            by_key(qtbot, technician, "adjust" if kind == "decide" else "send", confirm=True)


def test_a_whole_calibration_needs_nothing_but_keys(qtbot: QtBot, window: Window) -> None:
    window.show_page("sensors")
    qtbot.waitUntil(lambda: "hut" in window._session.sensors, timeout=WAIT_MS)
    window.sensors.choose("hut")
    press_button(window, window.sensors.calibrate, SPACE)
    shown = window.sensors.opener.window
    assert isinstance(shown, CalibrationWindow)
    shown.resize(1024, 600)
    qtbot.waitUntil(lambda: shown.choose.chooser.key != "", timeout=WAIT_MS)
    technician = Technician(qtbot, shown)
    look(shown, "choose")
    assert focus_of(shown) is shown.choose.chooser.list
    for _ in range(shown.choose.chooser.list.count()):
        if shown.choose.chooser.key == "co2_fresh_air":
            break
        technician.press(Qt.Key.Key_Down)
    assert shown.choose.chooser.key == "co2_fresh_air"
    technician.press(ENTER)
    look(shown, "prepare")
    tab_to(shown, shown.choose.person)
    technician.type("Kim Sato")
    technician.press(ENTER)

    technician.at("conditions")
    assert focus_of(shown) is shown.step.fields["temperature"].field, "the first thing to type has the keys"
    look(shown, "conditions")
    technician.type("21,5")
    technician.press(Qt.Key.Key_Escape)
    assert shown.ask.isVisible(), "Esc asks before anything is lost"
    look(shown, "escape")
    technician.press(Qt.Key.Key_Escape)
    assert shown.step.fields["temperature"].value() == 21.5
    technician.press(Qt.Key.Key_Tab)
    technician.type("1001.5")
    technician.enter()

    seen = walk_to_the_signature(qtbot, technician)
    assert {"apply", "settle", "decide", "command"} <= seen

    technician.at("sign")
    form = shown.step.fields["person"]._person.new
    qtbot.waitUntil(form.isVisible, timeout=WAIT_MS)
    look(shown, "new-person")
    for line in (form.pin, form.again):
        tab_to(shown, line)
        technician.type(PIN)
    technician.press(ENTER)
    qtbot.waitUntil(lambda: not form.isVisible(), timeout=WAIT_MS)
    look(shown, "sign")
    technician.vouch()
    by_key(qtbot, technician, "sign")
    technician.at("return")
    look(shown, "return")
    technician.enter()
    technician.at("done")
    assert shown.run is not None
    assert shown.run.outcome == "pass", shown.run.summary
    look(shown, "done")
    technician.press(ENTER)
    assert not shown.isVisible()
