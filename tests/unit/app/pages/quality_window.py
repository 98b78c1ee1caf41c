# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The quality page on a stand-in of the daemon, and what a person does there."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QMessageBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.pages.window import Window
from edge_daemon.api.messages import Problem
from tests.unit.app.client.quality_page_stand_in import QualityPageStandIn, hour
from tests.unit.app.client.stand_in import serving
from tests.unit.app.client.test_session import session_on
from tests.unit.app.pages.test_window import SHOTS, shoot, show


def day_of_hours(home: Path) -> QualityPageStandIn:
    """A daemon that knows the last day, one of whose hours has no level."""
    now = int(time.time() // 3600)
    made = [hour("meter", now - back) for back in range(2, 26)]
    made[1] = hour("meter", now - 3, score=None, level=None, coverage=40)
    return QualityPageStandIn(home, hours=made)


def quality_window(qtbot: QtBot, stand_in: QualityPageStandIn) -> Iterator[Window]:
    """The window, turned to the page."""
    with session_on(stand_in.home) as session, serving(stand_in):
        for shown in show(qtbot, stand_in, session):
            shown.show_page("quality")
            yield shown


def click(button: QAbstractButton) -> None:
    assert button.isEnabled(), button.text()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def refuse(field: str, detail: str) -> Problem:
    return Problem(title="That cannot be used", status=422, detail=detail, code="bad_input", field=field)


def agree(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every question is answered with yes; the questions."""
    questions: list[str] = []

    def answer(_parent: QWidget, _title: str, words: str) -> QMessageBox.StandardButton:
        questions.append(words)
        return QMessageBox.StandardButton.Yes

    monkeypatch.setattr(QMessageBox, "question", answer)
    return questions


def line(form: Any, name: str) -> QLineEdit:
    field = form.rows[name].field
    assert isinstance(field, QLineEdit)
    return field


def pick(box: QComboBox, data: object) -> None:
    place = box.findData(data)
    assert place >= 0, data
    box.setCurrentIndex(place)


def settle(window: Window, name: str) -> None:
    """A picture once everything has found its place."""
    if SHOTS:
        QApplication.processEvents()
    shoot(window, name)


def shoot_dialog(dialog: QWidget, name: str) -> None:
    if SHOTS:
        QApplication.processEvents()
        dialog.grab().save(f"{SHOTS}/{name}.png")
