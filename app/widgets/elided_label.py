# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A line of text that is shortened to its room and then tells the whole in its tooltip. Draws; no I/O."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

_LEAST_CHARACTERS = 8


class ElidedLabel(QLabel):
    """As a label of one line, but never wider than its room. `text()` is always the whole text."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @property
    def shown(self) -> str:
        """What there is room for."""
        line = " ".join(self.text().split())
        return self.fontMetrics().elidedText(line, Qt.TextElideMode.ElideMiddle, self.contentsRect().width())

    def setText(self, text: str) -> None:
        """Show another text."""
        super().setText(text)
        self._tell_the_whole()

    def minimumSizeHint(self) -> QSize:
        """Room for a few letters."""
        metrics = QFontMetrics(self.font())
        return QSize(metrics.averageCharWidth() * _LEAST_CHARACTERS, metrics.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, another text."""
        super().resizeEvent(event)
        self._tell_the_whole()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw as much as there is room for."""
        painter = QPainter(self)
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            int(self.alignment()),
            self.palette(),
            self.isEnabled(),
            self.shown,
            self.foregroundRole(),
        )
        painter.end()

    def _tell_the_whole(self) -> None:
        whole = self.text()
        self.setToolTip("" if self.shown == whole else whole)
