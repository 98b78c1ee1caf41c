# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How far one is: a bar of as many pieces as there are steps, and the same in words. Draws; no I/O."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.widgets.present_colours import present_colours

_HEIGHT = 22
_BAR = 10.0


class StepBar(QWidget):
    """`words` say it without the picture."""

    def __init__(self) -> None:
        super().__init__()
        self._number, self._count, self._who = 0, 0, ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Progress")

    @property
    def words(self) -> str:
        """Where one is, and who takes the steps."""
        where = f"Step {self._number} of {self._count}"
        return " · ".join(filter(None, (where, self._who))) if self._count else ""

    def show_step(self, number: int, count: int, who: str = "") -> None:
        """Step `number` of `count`, taken by `who`; nothing is drawn for none."""
        self._number, self._count, self._who = min(number, count), count, who
        self.setToolTip(self.words)
        self.setAccessibleDescription(self.words)
        self.update()

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(240, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Pieces done are filled, the present one is taller, the rest are hollow."""
        if not self._count:
            return
        colours = present_colours(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = painter.fontMetrics()
        words = metrics.elidedText(self.words, Qt.TextElideMode.ElideRight, self.width() // 2)
        said = metrics.horizontalAdvance(words) + 14
        painter.setPen(QColor(colours.text))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        room = self.width() - said
        width = max(room / self._count - 4, 2.0)
        for place in range(self._count):
            present = place == self._number - 1
            height = _BAR + 6 if present else _BAR
            piece = QRectF(said + place * room / self._count, (self.height() - height) / 2, width, height)
            painter.setPen(QColor(colours.accent))
            painter.setBrush(QColor(colours.accent if place < self._number else colours.background))
            painter.drawRoundedRect(piece.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.end()
