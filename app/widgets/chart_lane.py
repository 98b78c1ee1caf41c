# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One lane of the chart: the curves of one unit over the shared time. Draws; no I/O."""

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal

from app.theme.palette import Palette
from app.widgets.chart_axis import UtcAxis
from app.widgets.chart_curve import Curve
from app.widgets.chart_marks import Gap, Marks, MarksItem
from app.widgets.chart_pen import curve_pen
from app.widgets.chart_view import ChartView
from app.widgets.decimation import FloatArray, Stretch
from app.widgets.flag_band import FlagBand, Run, runs_of

_AXIS_WIDTH = 66
_HALO = 5
_WHEEL_ZOOM = 1.0015
_SUSPECT, _FAIL = 3, 4


class TimeViewBox(pg.ViewBox):
    """Turns wheel, drag and double click into wishes about time; the chart alone sets ranges.

    `zoom_wished(factor, share)` and `annotation_wished(share)` give the place as a share of the width, 0 at the left;
    `pan_wished(share)` is how far to move, later when positive.
    """

    zoom_wished = Signal(float, float)
    pan_wished = Signal(float)
    annotation_wished = Signal(float)

    def wheelEvent(self, event: object, axis: int | None = None) -> None:  # noqa: ARG002 - pyqtgraph passes the axis
        """Zoom about the pointer."""
        wheel: pg.QtWidgets.QGraphicsSceneWheelEvent = event
        wheel.accept()
        self.zoom_wished.emit(_WHEEL_ZOOM ** -wheel.delta(), self._share(wheel.pos()))

    def mouseDragEvent(self, event: object, axis: int | None = None) -> None:  # noqa: ARG002 - pyqtgraph passes the axis
        """Pull the curves along."""
        drag: pg.GraphicsScene.mouseEvents.MouseDragEvent = event
        drag.accept()
        moved = drag.pos().x() - drag.lastPos().x()
        self.pan_wished.emit(-moved / max(self.width(), 1.0))

    def mouseClickEvent(self, event: object) -> None:
        """A double click asks for a note about that moment."""
        click: pg.GraphicsScene.mouseEvents.MouseClickEvent = event
        if click.double() and click.button() == Qt.MouseButton.LeftButton:
            click.accept()
            self.annotation_wished.emit(self._share(click.pos()))

    def _share(self, place: QPointF) -> float:
        return float(min(max(place.x() / max(self.width(), 1.0), 0.0), 1.0))


class Line(pg.PlotCurveItem):
    """A line within a view whose range the chart sets: it fills the view, so that nobody need look for its extent."""

    def boundingRect(self) -> QRectF:
        """What the view shows."""
        shown: QRectF = self.viewRect()
        return shown


class Lane:
    """The plot of one unit: its curves, their suspect and failed stretches, and the marks over them."""

    def __init__(self, unit: str, epoch_ns: int, palette: Palette) -> None:
        self.unit = unit
        self.box = TimeViewBox(enableMenu=False)
        self.box.disableAutoRange()
        self.axis = UtcAxis(epoch_ns)
        self.plot = pg.PlotItem(viewBox=self.box, axisItems={"bottom": self.axis}, enableMenu=False)
        self.plot.hideButtons()
        self.plot.getAxis("left").setWidth(_AXIS_WIDTH)
        self.plot.getAxis("left").enableAutoSIPrefix(False)
        self._marks = MarksItem(self.box, palette)
        self.band = FlagBand(palette)
        # Between the curves and the axis with its times.
        self.plot.layout.removeItem(self.axis)
        self.plot.layout.addItem(self.band, 3, 1)
        self.plot.layout.addItem(self.axis, 4, 1)
        self._lines: dict[str, Line] = {}
        self._warnings: dict[tuple[str, int], Line] = {}
        self._palette = palette
        self._range: tuple[float, float] = (0.0, 1.0)
        self.curves: dict[str, Curve] = {}
        self.runs: dict[str, tuple[Run, ...]] = {}
        self.set_palette(palette)

    def add(self, curve: Curve) -> None:
        """Draw this curve from now on."""
        self.curves[curve.key] = curve
        self._lines[curve.key] = self._new_line()
        for flag in (_SUSPECT, _FAIL):
            self._warnings[curve.key, flag] = self._new_line()
            # Beneath the curve, so that it keeps its own colour within the warning's.
            self._warnings[curve.key, flag].setZValue(-1)
        self.set_palette(self._palette)

    def remove(self, key: str) -> None:
        """Forget a curve."""
        del self.curves[key]
        self.plot.removeItem(self._lines.pop(key))
        for flag in (_SUSPECT, _FAIL):
            self.plot.removeItem(self._warnings.pop((key, flag)))

    def set_palette(self, palette: Palette) -> None:
        """Draw in these colours."""
        self._palette = palette
        self._marks.set_palette(palette)
        self.band.set_palette(palette)
        for side in ("left", "bottom"):
            axis = self.plot.getAxis(side)
            axis.setPen(pg.mkPen(palette.muted))
            axis.setTextPen(pg.mkPen(palette.text))
            axis.setGrid(False)
        self.plot.getAxis("left").setLabel(self.unit, color=palette.text)
        for key, line in self._lines.items():
            line.setPen(curve_pen(self.curves[key].colour, palette))
            self._warnings[key, _SUSPECT].setPen(pg.mkPen(palette.suspect, width=_HALO))
            self._warnings[key, _FAIL].setPen(pg.mkPen(palette.fail, width=_HALO))

    def show_time_labels(self, wanted: bool) -> None:
        """Only the lowest lane says the time; the others leave the room to their curves."""
        self.axis.setStyle(showValues=wanted)
        self.axis.setHeight(None if wanted else 6)

    def show_date(self, date: str | None) -> None:
        """Say which day the times are of; None says nothing."""
        self.axis.setLabel(date, color=self._palette.text)
        self.axis.showLabel(date is not None)

    def draw(self, view: ChartView, marks: Marks, worded: frozenset[Gap], *, notes: bool) -> bool:
        """Draw what the view shows of every curve that is not hidden, and marks; see `MarksItem.show_marks`.

        Returns whether any sample is to be seen.
        """
        pixels = max(int(self.box.width()), 1)
        lowest, highest, least_span = math.inf, -math.inf, 0.0
        self.runs = {}
        for key, curve in self.curves.items():
            drawn = curve.decimated(view.start, view.end, pixels) if curve.shown else None
            self._draw_curve(key, drawn)
            if drawn is not None:
                self.runs[key] = runs_of(drawn, _within(curve.breaks, view))
            if drawn is not None and len(drawn.y):
                # fmin and fmax pass NaN over, unless there is nothing else: a comparison with NaN then changes nothing.
                lowest = min(lowest, float(np.fmin.reduce(drawn.y)))
                highest = max(highest, float(np.fmax.reduce(drawn.y)))
                least_span = max(least_span, curve.least_span)
        if lowest <= highest:
            self._range = round_range(lowest, highest, least_span)
        self.box.setRange(xRange=(view.start, view.end), yRange=self._range, padding=0, disableAutoRange=True)
        self._marks.show_marks(marks, view, worded, notes=notes)
        self.band.show_rows(tuple(self.runs.values()), view)
        return lowest <= highest

    def drawn(self, key: str) -> tuple[FloatArray, FloatArray]:
        """Times and values of the line on the screen; empty while it is hidden."""
        if not self.curves[key].shown:
            return np.empty(0), np.empty(0)
        t, y = self._lines[key].getData()
        return (np.empty(0), np.empty(0)) if t is None else (t, y)

    def _draw_curve(self, key: str, drawn: Stretch | None) -> None:
        if drawn is None or not len(drawn.t):
            for line in (self._lines[key], self._warnings[key, _SUSPECT], self._warnings[key, _FAIL]):
                line.clear()
                line.setVisible(False)
            return
        self._lines[key].setData(*_with_dots(drawn.t, drawn.y), connect="finite")
        self._lines[key].setVisible(True)
        for flag in (_SUSPECT, _FAIL):
            line, marked = self._warnings[key, flag], drawn.flags == flag
            if marked.any():
                line.setData(*_with_dots(drawn.t, np.where(marked, drawn.y, np.nan)), connect="finite")
            # An empty line would cost time in every frame all the same.
            line.setVisible(bool(marked.any()))

    def _new_line(self) -> Line:
        line = Line(antialias=False, skipFiniteCheck=False)
        line.setVisible(False)
        self.plot.addItem(line, ignoreBounds=True)
        return line


def round_range(lowest: float, highest: float, least_span: float = 0.0) -> tuple[float, float]:
    """A range of values with a margin whose ends are round, so that a live axis does not tremble with every sample.

    It is at least about `least_span` wide, so that an instrument's last digit does not fill the screen, and does not
    reach below zero where no value does.
    """
    span, real_lowest = highest - lowest, lowest
    if span < least_span:
        middle = (lowest + highest) / 2
        lowest, highest, span = middle - least_span / 2, middle + least_span / 2, least_span
    if span <= 1e-9 * max(abs(lowest), abs(highest)):
        span = max(abs(highest) * 0.02, 1e-6)
    step = 10.0 ** math.floor(math.log10(span)) / 5
    bottom = math.floor((lowest - 0.04 * span) / step) * step
    top = math.ceil((highest + 0.04 * span) / step) * step
    return (0.0, top - bottom) if bottom < 0 <= real_lowest else (bottom, top)


def _within(breaks: FloatArray, view: ChartView) -> FloatArray:
    return breaks[(breaks[:, 1] >= view.start) & (breaks[:, 0] <= view.end)]


def _with_dots(t: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Samples that stand alone between gaps are doubled: a line of no length is drawn as a dot."""
    missing = np.isnan(y)
    if not missing.any():
        return (t, y) if len(t) > 1 else (np.repeat(t, 2), np.repeat(y, 2))
    bounded = np.concatenate(([True], missing, [True]))
    alone = ~missing & bounded[:-2] & bounded[2:]
    times = np.where(alone, 2, 1)
    return np.repeat(t, times), np.repeat(y, times)
