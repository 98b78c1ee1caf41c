# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A large light that says whether a signal is stable: by shape, word and colour together. Draws; no I/O."""

from enum import Enum

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme.palette import Palette
from app.widgets.present_colours import figures, present_colours

_HEIGHT = 104
_SIZE = 88.0


class Light(Enum):
    """What the light says, with its word."""

    STABLE = "STABLE"
    WAIT = "WAIT"
    NO_SIGNAL = "NO SIGNAL"
    NOT_KNOWN = "NOT KNOWN"
    IDLE = "NOT JUDGED"


class StabilityLight(QWidget):
    """A filled disc with a tick; a ring that fills as the time passes; a cross in a square; a question mark; a dash.

    `below` is one more line, such as the time still needed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.light, self.below, self._share = Light.IDLE, "", 0.0
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Stability")

    def show_light(self, light: Light, below: str = "", share: float = 0.0) -> None:
        """Say this; `share` is how much of the time has passed, 0 to 1."""
        self.light, self.below, self._share = light, below, max(0.0, min(share, 1.0))
        self.setAccessibleDescription(f"{light.value}. {below}".strip())
        self.update()

    def sizeHint(self) -> QSize:
        """Room for the longest word."""
        return QSize(300, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Shape at the left, words beside it."""
        colours = present_colours(self.palette())
        colour = QColor(_colour(self.light, colours))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        place = QRectF(4, (_HEIGHT - _SIZE) / 2, _SIZE, _SIZE)
        self._draw_shape(painter, place, colour, QColor(colours.background))
        left = place.right() + 14
        words = QRectF(left, 10, self.width() - left, 48)
        painter.setPen(colour)
        painter.setFont(figures(self.font(), 1.9 if self.light in {Light.STABLE, Light.WAIT} else 1.35, bold=True))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.light.value)
        painter.setPen(QColor(colours.text))
        painter.setFont(figures(self.font(), 1.1))
        below = QRectF(left, 56, self.width() - left, 40)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap, self.below)
        painter.end()

    def _draw_shape(self, painter: QPainter, place: QRectF, colour: QColor, upon: QColor) -> None:
        painter.setPen(QPen(colour, 6))
        match self.light:
            case Light.STABLE:
                painter.setBrush(colour)
                painter.drawEllipse(place.adjusted(3, 3, -3, -3))
                painter.setPen(QPen(upon, 9, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                painter.drawPolyline(_points(place, (0.28, 0.52), (0.44, 0.68), (0.73, 0.34)))
            case Light.WAIT:
                ring = place.adjusted(8, 8, -8, -8)
                painter.setPen(QPen(colour, 2))
                painter.drawEllipse(ring)
                painter.setPen(QPen(colour, 12, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
                painter.drawArc(ring, 90 * 16, -round(self._share * 360 * 16))
                painter.setPen(QPen(colour, 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                painter.drawPolyline(_points(place, (0.5, 0.3), (0.5, 0.5), (0.64, 0.6)))
            case Light.NO_SIGNAL:
                painter.drawRect(place.adjusted(6, 6, -6, -6))
                painter.drawLine(*_points(place, (0.28, 0.28), (0.72, 0.72)).toList())
                painter.drawLine(*_points(place, (0.72, 0.28), (0.28, 0.72)).toList())
            case Light.NOT_KNOWN:
                painter.setPen(QPen(colour, 4, Qt.PenStyle.DashLine))
                painter.drawEllipse(place.adjusted(4, 4, -4, -4))
                painter.setFont(figures(self.font(), 3.4, bold=True))
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, "?")
            case Light.IDLE:
                painter.setPen(QPen(colour, 3))
                painter.drawEllipse(place.adjusted(6, 6, -6, -6))
                painter.drawLine(*_points(place, (0.34, 0.5), (0.66, 0.5)).toList())


def _points(place: QRectF, *shares: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(place.x() + x * place.width(), place.y() + y * place.height()) for x, y in shares])


def _colour(light: Light, colours: Palette) -> str:
    return {
        Light.STABLE: colours.good,
        Light.WAIT: colours.suspect,
        Light.NO_SIGNAL: colours.fail,
        Light.NOT_KNOWN: colours.suspect,
        Light.IDLE: colours.muted,
    }[light]
