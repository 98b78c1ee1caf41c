# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A laboratory's certificate entered and reviewed in the real window with the keyboard alone."""

import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialog, QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.pages.calibration_history import HistoryPanel
from app.pages.passport import PassportDialog
from app.pages.persons import PersonField
from app.pages.window import Window
from tests.desktop.calibration_station import ENTER, SPACE, WAIT_MS

MOST_TABS = 60
LEAST_TARGET = 48
SHOTS = os.environ.get("VERIFIELD_SHOTS", "")


def focus_of(window: QWidget) -> QWidget:
    """Where keys go."""
    found: object = window.focusWidget()
    return found if isinstance(found, QWidget) else window


def tab_to(window: QWidget, wanted: QWidget) -> None:
    """Press Tab until keys go to this part."""
    for _ in range(MOST_TABS):
        if focus_of(window) is wanted:
            return
        QTest.keyClick(focus_of(window), Qt.Key.Key_Tab)
    raise AssertionError(f"Tab does not lead to {wanted.accessibleName() or wanted}")


def press(window: QWidget, button: QPushButton, key: Qt.Key = ENTER) -> None:
    """Go to a button and press it."""
    tab_to(window, button)
    QTest.keyClick(button, key)


def open_passport(qtbot: QtBot, window: Window, sensor: str) -> PassportDialog:
    """From the sensors' page to the passport, which knows the instrument's history."""
    window.show_page("sensors")
    window.sensors.choose(sensor)
    press(window, window.sensors.pass_button, SPACE)
    passport = window.sensors.passport
    assert passport is not None
    history = passport.calibrations
    qtbot.waitUntil(lambda: history.shown is not None and history.add.isVisible(), timeout=WAIT_MS)
    return passport


def enter_certificate(
    qtbot: QtBot, passport: PassportDialog, document: Path, typed: dict[str, str], person: str, pin: str
) -> None:
    """Attach the document, then type field after field as the form leads, and send it off."""
    history = passport.calibrations
    press(passport, history.add)
    form = history.certificate
    assert form is not None
    look(form, "certificate-empty")
    press(form, form.send)
    assert not form.send.hasFocus(), "nothing is entered without what is needed"
    assert form.words.text().startswith("⚠")
    with pytest.MonkeyPatch.context() as patched:  # the system's own file dialog is no part of the window
        patched.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(document), ""))
        press(form, form.documents.attach)
    qtbot.waitUntil(lambda: document.name in form.documents.words.text(), timeout=WAIT_MS)
    tab_to(form, form.rows["laboratory"].field)
    for name, text in typed.items():
        tab_to(form, form.rows[name].field)
        QTest.keyClicks(focus_of(form), text)
    choose_person(qtbot, form, form.person, person)
    tab_to(form, form.pin)
    QTest.keyClicks(form.pin, pin)
    QTest.keyClick(form, Qt.Key.Key_Escape)
    assert form.isVisible(), "Esc asks before what was typed is thrown away"
    look(form, "certificate-typed")
    press(form, form.send)
    qtbot.waitUntil(lambda: not form.isVisible() or form.words.text().startswith("⚠"), timeout=WAIT_MS)
    assert not form.isVisible(), form.words.text()


def review_certificate(qtbot: QtBot, passport: PassportDialog, person: str, pin: str) -> None:
    """As somebody who is not known yet: signs up on the spot, reads what accepting means, and accepts."""
    history = passport.calibrations
    qtbot.waitUntil(lambda: bool(_reviews(history)), timeout=WAIT_MS)
    QApplication.processEvents()  # buttons that were just made take part in tabbing from then on
    press(passport, _reviews(history)[0])
    review = history.review
    assert review is not None
    choose_person(qtbot, review, review.person, "Somebody new…")
    form = review.person.new
    qtbot.waitUntil(form.isVisible, timeout=WAIT_MS)
    for line, text in ((form.name, person), (form.pin, pin), (form.again, pin)):
        tab_to(review, line)
        QTest.keyClicks(line, text)
    QTest.keyClick(form.again, ENTER)
    qtbot.waitUntil(lambda: review.person.name == person and not form.isVisible(), timeout=WAIT_MS)
    assert review.pin.text() == pin, "who has just chosen it need not type it again"
    qtbot.waitUntil(review.accept_button.isEnabled, timeout=WAIT_MS)
    assert review.impact.text().startswith("If you accept it:")
    look(review, "review")
    press(review, review.accept_button)
    qtbot.waitUntil(lambda: not review.isVisible() or review.words.text() != "", timeout=WAIT_MS)
    assert not review.isVisible(), review.words.text()

    def in_force() -> bool:
        channels = history.shown.channels if history.shown is not None else ()
        found = [one for channel in channels for one in channel.calibrations if one.kind == "certificate"]
        return [one.standing for one in found] == ["in_force"]

    qtbot.waitUntil(in_force, timeout=WAIT_MS)
    look(passport, "in-force")


def choose_person(qtbot: QtBot, dialog: QDialog, field: PersonField, wanted: str) -> None:
    """With the arrow keys, until the box shows the wanted name."""
    box: QComboBox = field.box
    qtbot.waitUntil(lambda: box.findText(wanted) >= 0, timeout=WAIT_MS)
    if box.currentText() == wanted:
        return
    tab_to(dialog, box)
    key = Qt.Key.Key_Down if box.findText(wanted) > box.currentIndex() else Qt.Key.Key_Up
    for _ in range(box.count()):
        QTest.keyClick(box, key)
        if box.currentText() == wanted:
            return
    raise AssertionError(f"the arrow keys do not lead to {wanted}")


def look(part: QWidget, name: str) -> None:
    """What holds of every dialog: it fits the screen, and what is pressed or typed into is large enough."""
    QApplication.processEvents()
    assert part.width() <= 1024
    assert part.height() <= 600
    for one in part.findChildren(QWidget):
        if one.isVisible() and one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.parent() is not None:
            assert one.height() >= LEAST_TARGET or one.window() is not part, (type(one).__name__, one.height())
    if SHOTS:
        part.grab().save(f"{SHOTS}/certificate-{name}.png")


def _reviews(history: HistoryPanel) -> list[QPushButton]:
    return [one for one in history.findChildren(QPushButton) if one.text() == "Review…" and one.isVisible()]
