# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The thin band under a lane that shows what quality its curves' samples have, a row for each curve. Draws; no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter
from PySide6.QtWidgets import QGraphicsWidget, QStyleOptionGraphicsItem, QWidget

from app.theme.palette import Palette
from app.widgets.chart_view import ChartView
from app.widgets.decimation import FloatArray, Stretch
from edge_daemon.domain.channel import Flag

_LEAST_HEIGHT, _ROW_HEIGHT = 8.0, 4.0
_LEAST_WIDTH = 2.0
_MEANING = (
    "Quality of the readings, a row for each curve. Empty: good. Grey stripes: not evaluated. "
    "Lower half filled: suspect. Filled: fail. Grey: missing."
)


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring samples of the same flag: from the first to the sample that follows them (seconds)."""

    start: float
    end: float
    flag: Flag


def runs_of(drawn: Stretch, breaks: FloatArray) -> tuple[Run, ...]:
    """Where something speaks against a curve; good samples have no run.

    `breaks` (starts and ends in seconds, a row each) come last as missing runs and hide what lies beneath: the sample
    before a break does not tell of the time within it.
    """
    gaps = tuple(Run(float(start), float(end), Flag.MISSING) for start, end in breaks)
    if not len(drawn.t):
        return gaps
    flags = np.where(np.isnan(drawn.y), Flag.MISSING, drawn.flags)
    begins = np.concatenate(([0], np.flatnonzero(np.diff(flags)) + 1))
    ends = np.append(begins[1:], len(flags) - 1)
    bad = flags[begins] != Flag.GOOD
    found = (
        Run(float(drawn.t[begin]), float(drawn.t[end]), Flag(int(flags[begin])))
        for begin, end in zip(begins[bad], ends[bad], strict=True)
    )
    return (*found, *gaps)


class FlagBand(QGraphicsWidget):
    """Paints rows of runs in pixels. Each flag has a shape of its own, so that colour never stands alone."""

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self._view = ChartView(0.0, 1.0)
        self.rows: tuple[tuple[Run, ...], ...] = ()
        self.setToolTip(_MEANING)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self._take_height(_LEAST_HEIGHT)

    def set_palette(self, palette: Palette) -> None:
        """Paint in these colours."""
        self._palette = palette
        self.update()

    def show_rows(self, rows: Sequence[tuple[Run, ...]], view: ChartView) -> None:
        """Paint these, the first row at the top."""
        if (self.rows, self._view) != (tuple(rows), view):
            self.rows, self._view = tuple(rows), view
            self._take_height(max(_LEAST_HEIGHT, _ROW_HEIGHT * len(self.rows)))
            self.update()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        """Row by row, in the order of the runs."""
        area = self.rect()
        painter.setClipRect(area)
        painter.fillRect(area, QColor(self._palette.surface))
        height = area.height() / max(len(self.rows), 1)
        for number, row in enumerate(self.rows):
            for run in row:
                if run.end >= self._view.start and run.start <= self._view.end:
                    self._paint_run(painter, run, area.top() + number * height, height)

    def _paint_run(self, painter: QPainter, run: Run, top: float, height: float) -> None:
        left, right = self._x(max(run.start, self._view.start)), self._x(min(run.end, self._view.end))
        box = QRectF(left, top, max(right - left, _LEAST_WIDTH), height)
        painter.fillRect(box, QColor(self._palette.surface))
        match run.flag:
            case Flag.NOT_EVALUATED:
                painter.fillRect(box, QBrush(QColor(self._palette.missing), Qt.BrushStyle.BDiagPattern))
            case Flag.SUSPECT:
                box.setTop(top + height / 2)
                painter.fillRect(box, QColor(self._palette.suspect))
            case Flag.FAIL:
                painter.fillRect(box, QColor(self._palette.fail))
            case Flag.MISSING:
                painter.fillRect(box, QColor(self._palette.missing))

    def _x(self, t: float) -> float:
        return self.rect().left() + (t - self._view.start) / self._view.span * self.rect().width()

    def _take_height(self, height: float) -> None:
        if self.minimumHeight() != height:
            self.setMinimumHeight(height)
            self.setMaximumHeight(height)
