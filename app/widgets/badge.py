# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A small button of one line that keeps its room while it has nothing to say. Draws; no I/O."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy

from app.theme.palette import Palette

_PADDING = 18
_TOUCH = 44


class Badge(QPushButton):
    """`whole` is what it says; what there is no room for is shortened, and told to a screen reader all the same."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = ""
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.setFixedHeight(_TOUCH)
        self.hide()

    def say(self, text: str, details: str, colour: str, palette: Palette) -> None:
        """Say this in one line, with the details in its tooltip; nothing hides it."""
        self.whole = text
        self.setVisible(bool(text))
        self.setToolTip(details)
        self.setAccessibleName(text)
        self.setAccessibleDescription(f"{details}\nPress to see why.".strip())
        style = (
            f"QPushButton {{ color: {colour}; background: {palette.background}; border: 1px solid {colour};"
            f" border-radius: 4px; padding: 0 8px; min-height: {_TOUCH - 2}px; text-align: left; font-weight: bold; }}"
            f"QPushButton:focus {{ border: 2px solid {palette.accent}; }}"
        )
        if style != self.styleSheet():  # to style anew costs time, and most readings change nothing here
            self.setStyleSheet(style)
        self._shorten()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, another text."""
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        room = self.width() - _PADDING
        self.setText(self.fontMetrics().elidedText(self.whole, Qt.TextElideMode.ElideRight, room))
