# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Enter in a dialog: a button that has the keys is pressed, a line leads on, a box of many lines keeps it."""

from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QDialog, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.widgets.enter_keys import EnterKeys
from app.widgets.form_setting import TextBox

ENTER = Qt.Key.Key_Return


class Form(QDialog):
    def __init__(self) -> None:
        super().__init__()
        EnterKeys(self)
        self.lines = [QLineEdit() for _ in range(12)]
        self.many, self.tick = TextBox(), QCheckBox("Sure")
        self.send, self.cancel = QPushButton("Send"), QPushButton("Cancel")
        inside, self.area = QWidget(), QScrollArea()
        fields, whole = QVBoxLayout(inside), QVBoxLayout(self)
        for part in (*self.lines, self.tick, self.many):
            fields.addWidget(part)
        self.area.setWidgetResizable(True)
        self.area.setWidget(inside)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for part in (self.area, self.send, self.cancel):
            whole.addWidget(part)
        self.resize(300, 200)
        self.pressed: list[str] = []
        for button in (self.send, self.cancel):
            button.setAutoDefault(False)
            button.clicked.connect(partial(self._note, button.text()))

    def _note(self, name: str) -> None:
        self.pressed.append(name)


@pytest.fixture
def form(qtbot: QtBot) -> Form:
    shown = Form()
    qtbot.addWidget(shown)
    with qtbot.waitExposed(shown):
        shown.show()
    shown.lines[0].setFocus()
    return shown


def test_enter_leads_through_the_lines_and_presses_nothing_on_its_way(form: Form) -> None:
    for line in (*form.lines, form.tick):
        assert form.focusWidget() is line
        assert not line.visibleRegion().isEmpty(), "the area scrolls along"
        QTest.keyClick(line, ENTER)
    assert form.focusWidget() is form.many
    assert not form.tick.isChecked()
    QTest.keyClicks(form.many, "one")
    QTest.keyClick(form.many, ENTER)
    QTest.keyClicks(form.many, "two")
    assert form.many.toPlainText() == "one\ntwo"
    assert form.pressed == []


def test_enter_presses_the_button_that_has_the_keys(form: Form) -> None:
    for button in (form.cancel, form.send):
        button.setFocus()
        QTest.keyClick(button, ENTER)
    assert form.pressed == ["Cancel", "Send"]
    form.setFocus()
    QTest.keyClick(form, ENTER)
    assert form.pressed == ["Cancel", "Send"]
    assert form.isVisible()
