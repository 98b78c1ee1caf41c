# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Errors at each calibration over the years, between their limits, with what they foretell. Draws; no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isclose

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.theme.palette import Palette
from app.widgets.present_colours import figures, present_colours

_HEIGHT = 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 14, 12, 56
_DAY_S = 86_400.0
_MARK = 5.0


@dataclass(frozen=True, slots=True)
class DriftMark:
    """An error at one level of one calibration. `t` is in seconds since 1970; `left`: after an adjustment."""

    t: float
    level: str
    error: float
    tolerance: float
    left: bool


@dataclass(frozen=True, slots=True)
class DriftDate:
    """A day to come, such as the one on which the next calibration is due. `t` is in seconds since 1970."""

    t: float
    words: str


class DriftChart(QWidget):
    """In the channel's unit where every level has the same limit, else in percent of each level's limit."""

    def __init__(self, unit: str, marks: Sequence[DriftMark], dates: Sequence[DriftDate]) -> None:
        super().__init__()
        self._marks, self._dates = tuple(sorted(marks, key=lambda one: one.t)), tuple(dates)
        first = self._marks[0].tolerance if self._marks else 1.0
        same = all(isclose(one.tolerance, first, rel_tol=0.01) for one in self._marks)
        self.unit = unit if same else "% of limit"
        self._limit = first if same else 100.0
        self._levels = tuple(dict.fromkeys(one.level for one in self._marks))
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Errors found over time")
        self.setAccessibleDescription("; ".join(self.told))

    @property
    def told(self) -> tuple[str, ...]:
        """What is drawn, in words."""
        return tuple(
            f"{_day(one.t)} {one.level} {'as left' if one.left else 'as found'}: {self._value(one):+.4g} {self.unit}"
            for one in self._marks
        )

    @property
    def _times(self) -> list[float]:
        return [*(one.t for one in self._marks), *(one.t for one in self._dates)]

    def sizeHint(self) -> QSize:
        """Wide rather than high."""
        return QSize(560, _HEIGHT)

    def _value(self, mark: DriftMark) -> float:
        if self.unit == "% of limit":
            return 100.0 * mark.error / mark.tolerance if mark.tolerance else 0.0
        return mark.error

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The band first, then dates to come, then each level's line and marks, then the legend."""
        if not self._marks:
            return
        colours = present_colours(self.palette())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(figures(self.font(), 0.9))
        scale = _Scale(
            QRectF(_LEFT, _TOP, self.width() - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM),
            self._times,
            max(self._limit, *(abs(self._value(one)) for one in self._marks)) * 1.2,
        )
        self._draw_band(painter, scale, colours)
        self._draw_dates(painter, scale, colours)
        for number, level in enumerate(self._levels):
            self._draw_level(painter, scale, level, colours.curves[number % len(colours.curves)], colours)
        self._draw_legend(painter, colours)
        painter.end()

    def _draw_band(self, painter: QPainter, scale: "_Scale", colours: Palette) -> None:
        top, bottom = scale.y(self._limit), scale.y(-self._limit)
        shade = QColor(colours.good)
        shade.setAlpha(28)
        painter.fillRect(QRectF(scale.area.left(), top, scale.area.width(), bottom - top), shade)
        for value in (self._limit, 0.0, -self._limit):
            y = scale.y(value)
            painter.setPen(QPen(QColor(colours.fail if value else colours.muted), 1.5 if value else 1.0))
            painter.drawLine(QPointF(scale.area.left(), y), QPointF(scale.area.right(), y))
            painter.setPen(QColor(colours.text))
            label = QRectF(0, y - 9, _LEFT - 6, 18)
            painter.drawText(label, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{value:+.4g}")
        painter.drawText(QRectF(0, scale.area.bottom() + 2, _LEFT - 6, 18), Qt.AlignmentFlag.AlignRight, self.unit)

    def _draw_dates(self, painter: QPainter, scale: "_Scale", colours: Palette) -> None:
        painter.setPen(QPen(QColor(colours.suspect), 1.5, Qt.PenStyle.DashLine))
        for one in self._dates:
            x = scale.x(one.t)
            painter.drawLine(QPointF(x, scale.area.top()), QPointF(x, scale.area.bottom()))
        for place, one in enumerate(self._dates):
            x = scale.x(one.t)
            width = painter.fontMetrics().horizontalAdvance(one.words) + 6
            left = min(max(x - width - 4, scale.area.left()), scale.area.right() - width)
            words = QRectF(left, scale.area.top() + place * 16, width, 16)
            painter.fillRect(words, QColor(colours.background))
            painter.setPen(QColor(colours.suspect))
            painter.drawText(words, 0, one.words)

    def _draw_level(self, painter: QPainter, scale: "_Scale", level: str, colour: str, colours: Palette) -> None:
        marks = [one for one in self._marks if one.level == level]
        spots = [QPointF(scale.x(one.t), scale.y(self._value(one))) for one in marks]
        painter.setPen(QPen(QColor(colour), 1))
        painter.drawPolyline(QPolygonF(spots))
        painter.setPen(QPen(QColor(colour), 2))
        for one, spot in zip(marks, spots, strict=True):
            painter.setBrush(QColor(colour if one.left else colours.background))
            painter.drawEllipse(spot, _MARK, _MARK)

    def _draw_legend(self, painter: QPainter, colours: Palette) -> None:
        painter.setPen(QColor(colours.text))
        first, last = min(self._times), max(self._times)
        dates = QRectF(_LEFT, _HEIGHT - _BOTTOM + 2, self.width() - _LEFT - _RIGHT, 18)
        painter.drawText(dates, Qt.AlignmentFlag.AlignLeft, _day(first))
        if last - first > _DAY_S:
            painter.drawText(dates, Qt.AlignmentFlag.AlignRight, _day(last))
        x = float(_LEFT)
        y = _HEIGHT - 16.0
        for number, level in enumerate(self._levels):
            painter.setPen(QPen(QColor(colours.curves[number % len(colours.curves)]), 3))
            painter.drawLine(QPointF(x, y), QPointF(x + 16, y))
            painter.setPen(QColor(colours.text))
            painter.drawText(QPointF(x + 20, y + 4), level)
            x += 34 + painter.fontMetrics().horizontalAdvance(level)
        said = "○ as found  ● as left  ▒ within limits"
        painter.drawText(QRectF(_LEFT, y - 10, self.width() - _LEFT - _RIGHT, 20), Qt.AlignmentFlag.AlignRight, said)


class _Scale:
    """From times and values to places; a single instant stands in the middle."""

    def __init__(self, area: QRectF, times: Sequence[float], reach: float) -> None:
        self.area = area
        first, last = min(times), max(times)
        spare = max((last - first) * 0.04, _DAY_S)
        self._first, self._span = first - spare, (last - first) + 2 * spare
        self._reach = reach or 1.0

    def x(self, t: float) -> float:
        return self.area.left() + (t - self._first) / self._span * self.area.width()

    def y(self, value: float) -> float:
        return self.area.center().y() - value / self._reach * self.area.height() / 2


def _day(t: float) -> str:
    return datetime.fromtimestamp(t, UTC).date().isoformat()
