# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How a curve is told from the others: its colour, and its dashes once every colour has been used. Draws; no I/O."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from app.theme.palette import Palette

_DASHES: tuple[tuple[float, ...], ...] = ((), (6.0, 3.0), (2.0, 3.0), (10.0, 3.0, 2.0, 3.0))
_SWATCH_WIDTH, _SWATCH_HEIGHT = 26, 14


def curve_pen(number: int, palette: Palette) -> QPen:
    """The pen of the curve with this number, one pixel wide at any zoom; 32 numbers give 32 different pens."""
    pen = QPen(QColor(palette.curves[number % len(palette.curves)]), 1)
    pen.setCosmetic(True)
    dashes = _DASHES[number // len(palette.curves) % len(_DASHES)]
    if dashes:
        pen.setDashPattern(list(dashes))
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen


def swatch(number: int, palette: Palette, ratio: float = 1.0) -> QPixmap:
    """A piece of the curve's line, thick enough to tell its colour, for the list beside the plots."""
    picture = QPixmap(round(_SWATCH_WIDTH * ratio), round(_SWATCH_HEIGHT * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    pen = curve_pen(number, palette)
    painter = QPainter(picture)
    if pen.style() is Qt.PenStyle.SolidLine:
        painter.fillRect(QRectF(0, 3, _SWATCH_WIDTH, 8), pen.color())
    else:
        pattern = pen.dashPattern()
        pen.setWidth(4)
        pen.setDashPattern([length / 3 for length in pattern])
        painter.setPen(pen)
        painter.drawLine(0, _SWATCH_HEIGHT // 2, _SWATCH_WIDTH, _SWATCH_HEIGHT // 2)
    painter.end()
    return picture
