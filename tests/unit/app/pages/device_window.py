# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A window on a stand-in of the daemon, and pictures of it where VERIFIELD_SHOTS names a folder."""

import os
from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.actions import Key
from app.bootstrap import make_settings
from app.client.session import Session, State
from app.pages.window import Window
from app.theme.palette import ThemeName
from tests.unit.app.client.stand_in import StandIn
from tests.unit.app.client.test_session import WAIT_MS

SHOTS = os.environ.get("VERIFIELD_SHOTS", "")


def opened(qtbot: QtBot, stand_in: StandIn, session: Session) -> Iterator[Window]:
    """The window at its smallest usual size, once it knows sensors and ports."""
    shown = Window(session, make_settings(stand_in.home), demo=False)
    qtbot.addWidget(shown)
    shown.resize(1024, 600)
    shown.show()
    session.start()
    qtbot.waitUntil(lambda: session.state is State.CONNECTED and bool(session.sensors), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: session.port_list.known, timeout=WAIT_MS)
    yield shown
    session.stop()
    shown.live.finish()


def opened_at(qtbot: QtBot, stand_in: StandIn, session: Session, page: Key) -> Iterator[Window]:
    """The demo's window with a page shown before the recorder has answered."""
    shown = Window(session, make_settings(stand_in.home), demo=True)
    qtbot.addWidget(shown)
    shown.show()
    shown.show_page(page)
    session.start()
    qtbot.waitUntil(lambda: session.state is State.CONNECTED, timeout=WAIT_MS)
    yield shown
    session.stop()
    shown.live.finish()


def shoot(window: Window, part: QWidget, name: str) -> None:
    """Take a picture in each palette."""
    for theme in ThemeName if SHOTS else ():
        window.colour(theme)
        QApplication.processEvents()
        part.grab().save(f"{SHOTS}/{name}-{theme.value}.png")


def click(button: QAbstractButton) -> None:
    """A click with the left button."""
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def type_into(line: QLineEdit, text: str) -> None:
    """Replace what stands in the line, key by key."""
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    QTest.keyClicks(line, text)
