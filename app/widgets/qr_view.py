# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A QR code for a second person to photograph: black on white in every palette. Draws; does no I/O."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

QUIET = 4
"""Modules of white around the code, as ISO/IEC 18004 asks for."""


def modules_of(text: str) -> tuple[tuple[bool, ...], ...]:
    """The code's dark modules, row by row, for this text in UTF-8."""
    # Loaded when somebody wants a code: it brings more with it than the rest of the window.
    from reportlab.graphics.barcode.qrencoder import QR8bitByte, QRCode, QRErrorCorrectLevel

    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(QR8bitByte(text.encode()))
    code.make()
    rows: list[list[bool]] = code.modules
    return tuple(tuple(bool(dark) for dark in row) for row in rows)


class QrView(QWidget):
    """Shows `text`, as large as whole pixels for a module allow."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._modules: tuple[tuple[bool, ...], ...] = ()
        self.setMinimumSize(220, 220)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_text(self, text: str) -> None:
        """Show the code of this text."""
        if text != self.text:
            self.text, self._modules = text, modules_of(text) if text else ()
            self.setAccessibleName(f"QR code of {text}")
            self.update()

    def sizeHint(self) -> QSize:
        """Large enough for a telephone at arm's length."""
        return QSize(360, 360)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """White ground, then every dark module as a square of whole pixels."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        if not self._modules:
            return
        count = len(self._modules) + 2 * QUIET
        size = max(1, min(self.width(), self.height()) // count)
        left = (self.width() - size * count) // 2 + size * QUIET
        top = (self.height() - size * count) // 2 + size * QUIET
        for row, line in enumerate(self._modules):
            for column, dark in enumerate(line):
                if dark:
                    square = QRect(left + column * size, top + row * size, size, size)
                    painter.fillRect(square, Qt.GlobalColor.black)
