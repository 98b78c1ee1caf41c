# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What lies over a lane's curves: shaded gaps, annotations, the crosshair. Draws; no I/O."""

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsObject, QStyleOptionGraphicsItem, QWidget

from app.theme.palette import Palette
from app.widgets.chart_view import ChartView

_LABEL_WIDTH = 150.0
_TEXT_MARGIN = 3.0


@dataclass(frozen=True, slots=True)
class Gap:
    """No data from `start` to `end` (seconds since the chart's epoch), and why.

    It breaks the curves of `keys` and is shaded in their lanes; none named means all. Raises ValueError when it ends
    before it starts.
    """

    start: float
    end: float
    text: str
    keys: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if not self.end >= self.start:
            raise ValueError(f"a gap cannot end ({self.end} s) before it starts ({self.start} s)")

    def concerns(self, keys: Iterable[str]) -> bool:
        """Whether any of these curves has it."""
        return not self.keys or not self.keys.isdisjoint(keys)


@dataclass(frozen=True, slots=True)
class Annotation:
    """What a person noted about the moment `t` (seconds since the chart's epoch)."""

    t: float
    text: str


@dataclass(frozen=True, slots=True)
class Marks:
    """Everything that is not a curve. `crosshair` is a time in seconds, or None while nobody points."""

    gaps: tuple[Gap, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    crosshair: float | None = None

    def told_at(self, t: float, within: float) -> str:
        """In full what the marks say of the moment `t` and of what lies at most `within` seconds from it, by lines."""
        gaps = [gap.text for gap in self.gaps if gap.start - within <= t <= gap.end + within]
        notes = [note.text for note in self.annotations if abs(note.t - t) <= within]
        return "\n".join([*(f"No readings: {text}" for text in gaps), *(f"Note: {text}" for text in notes)])


class MarksItem(QGraphicsObject):
    """Paints marks in the pixels of the lane it lies on, so that text and lines keep their size at any zoom."""

    def __init__(self, parent: QGraphicsItem, palette: Palette) -> None:
        super().__init__(parent)
        self.setZValue(100)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._palette = palette
        self._worded: frozenset[Gap] = frozenset()
        self._notes = False
        self._marks = Marks()
        self._view = ChartView(0.0, 1.0)

    def set_palette(self, palette: Palette) -> None:
        """Paint in these colours."""
        self._palette = palette
        self.update()

    def show_marks(self, marks: Marks, view: ChartView, worded: frozenset[Gap], *, notes: bool) -> None:
        """Paint these. The words of a mark stand in one lane only: those of `worded` gaps, and of `notes`, in this."""
        self._marks, self._view, self._worded, self._notes = marks, view, worded, notes
        self.prepareGeometryChange()
        self.update()

    def boundingRect(self) -> QRectF:
        """The lane."""
        return self.parentItem().boundingRect()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Gaps first, then annotations, then the crosshair."""
        painter.setClipRect(self.boundingRect())
        for gap in self._marks.gaps:
            if gap.end >= self._view.start and gap.start <= self._view.end:
                self._paint_gap(painter, gap)
        for annotation in self._marks.annotations:
            if self._view.start <= annotation.t <= self._view.end:
                self._paint_annotation(painter, annotation)
        if self._marks.crosshair is not None:
            painter.setPen(QPen(QColor(self._palette.muted), 0))
            self._paint_line(painter, self._marks.crosshair)

    def _x(self, t: float) -> float:
        lane = self.boundingRect()
        return lane.left() + (t - self._view.start) / self._view.span * lane.width()

    def _paint_line(self, painter: QPainter, t: float) -> None:
        lane, x = self.boundingRect(), round(self._x(t))
        painter.drawLine(int(x), int(lane.top()), int(x), int(lane.bottom()))

    def _paint_gap(self, painter: QPainter, gap: Gap) -> None:
        lane = self.boundingRect()
        left = max(self._x(gap.start), lane.left())
        right = min(self._x(gap.end), lane.right())
        area = QRectF(left, lane.top(), max(right - left, 1.0), lane.height())
        shade = QColor(self._palette.missing)
        shade.setAlpha(60)
        painter.fillRect(area, shade)
        shade.setAlpha(150)
        painter.fillRect(area, QBrush(shade, Qt.BrushStyle.BDiagPattern))
        if gap in self._worded:
            self._paint_text(painter, gap.text, area.left(), area.width(), lane.bottom() - 22)

    def _paint_annotation(self, painter: QPainter, annotation: Annotation) -> None:
        painter.setPen(QPen(QColor(self._palette.accent), 0, Qt.PenStyle.DashLine))
        self._paint_line(painter, annotation.t)
        if self._notes:
            lane = self.boundingRect()
            room = lane.right() - self._x(annotation.t)
            width = min(
                _LABEL_WIDTH, QFontMetricsF(painter.font()).horizontalAdvance(annotation.text) + 2 * _TEXT_MARGIN + 2
            )
            left = self._x(annotation.t) + 2 if room > width else self._x(annotation.t) - width - 2
            self._paint_text(painter, annotation.text, left, width, lane.top() + 2)

    def _paint_text(self, painter: QPainter, text: str, left: float, width: float, top: float) -> None:
        metrics = QFontMetricsF(painter.font())
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, width - 2 * _TEXT_MARGIN)
        if len(shown) < min(len(text), 8):
            return
        box = QRectF(left, top, metrics.horizontalAdvance(shown) + 2 * _TEXT_MARGIN, metrics.height() + 2)
        painter.fillRect(box, QColor(self._palette.surface))
        painter.setPen(QColor(self._palette.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)
