# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A window is never larger than the screen."""

from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.widgets.fitting import show_fitting


def shown(qtbot: QtBot, size: QSize) -> tuple[QRect, QRect]:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(size)
    with qtbot.waitExposed(window):
        show_fitting(window)
    return window.geometry(), window.screen().availableGeometry()


def test_a_window_larger_than_the_screen_fills_it(qtbot: QtBot) -> None:
    room = shown(qtbot, QSize(1, 1))[1]
    geometry, _ = shown(qtbot, room.size() + QSize(300, 120))
    assert room.contains(geometry)


def test_one_that_fits_keeps_its_size(qtbot: QtBot) -> None:
    geometry, _ = shown(qtbot, QSize(640, 400))
    assert geometry.size() == QSize(640, 400)
