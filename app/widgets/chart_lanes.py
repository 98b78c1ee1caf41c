# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The stack of lanes under one time axis, and what the pointer does on it. Draws; no I/O."""

from dataclasses import replace

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent

from app.theme.palette import Palette
from app.widgets.chart_axis import time_text
from app.widgets.chart_curve import Curve
from app.widgets.chart_lane import Lane
from app.widgets.chart_marks import Gap, Marks
from app.widgets.chart_view import ChartView
from app.widgets.decimation import FloatArray
from app.widgets.flag_band import Run


class LaneStack(pg.GraphicsLayoutWidget):
    """A lane for each unit. Places are told as shares of the lanes' width, 0 at the left; see `TimeViewBox`."""

    pointed_at = Signal(float)
    zoom_wished = Signal(float, float)
    pan_wished = Signal(float)
    annotation_wished = Signal(float)
    reset_wished = Signal()
    resized = Signal()

    def __init__(self, palette: Palette, epoch_ns: int) -> None:
        super().__init__()
        self._palette = palette
        self._epoch_ns = epoch_ns
        self._stack: dict[str, Lane] = {}
        self._date = ""
        self.setBackground(palette.background)
        self.setAntialiasing(False)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.ci.layout.setSpacing(4)
        self.ci.layout.setContentsMargins(4, 4, 10, 4)
        self._describe()

    def add(self, curve: Curve) -> None:
        """Draw a curve in the lane of its unit."""
        if curve.unit not in self._stack:
            lane = Lane(curve.unit, self._epoch_ns, self._palette)
            lane.box.zoom_wished.connect(self.zoom_wished)
            lane.box.pan_wished.connect(self.pan_wished)
            lane.axis.reset_wished.connect(self.reset_wished)
            lane.box.annotation_wished.connect(self.annotation_wished)
            self._stack[curve.unit] = lane
            self._arrange()
        self._stack[curve.unit].add(curve)
        self._describe()

    def remove(self, curve: Curve) -> None:
        """Forget a curve, and its lane when it was the last in it."""
        lane = self._stack[curve.unit]
        lane.remove(curve.key)
        if not lane.curves:
            del self._stack[curve.unit]
            if lane.plot in self.ci.items:
                self.removeItem(lane.plot)
            self._arrange()
        self._describe()

    def draw(self, view: ChartView, marks: Marks) -> bool:
        """Draw every lane that has a curve to show; one whose curves are all hidden leaves its room.

        Returns whether any sample is to be seen.
        """
        self._arrange()
        gaps = tuple(gap for gap in marks.gaps if gap.end >= view.start and gap.start <= view.end)
        said: set[Gap] = set()
        full = False
        for number, lane in enumerate(self._seen()):
            here = tuple(gap for gap in gaps if gap.concerns(lane.curves))
            full |= lane.draw(view, replace(marks, gaps=here), frozenset(here) - said, notes=number == 0)
            said.update(here)
        self._say_date(view)
        return full

    def drawn(self, curve: Curve) -> tuple[FloatArray, FloatArray]:
        """Times and values of a curve's line on the screen."""
        return self._stack[curve.unit].drawn(curve.key)

    def runs(self, curve: Curve) -> tuple[Run, ...]:
        """What the band under the curve's lane shows of it; empty while it is hidden."""
        return self._stack[curve.unit].runs.get(curve.key, ()) if curve.shown else ()

    def set_palette(self, palette: Palette) -> None:
        """Draw in these colours."""
        self._palette = palette
        self._date = ""
        self.setBackground(palette.background)
        for lane in self._stack.values():
            lane.set_palette(palette)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell where the pointer is; the scene's own signal would leave out moves that follow each other quickly."""
        super().mouseMoveEvent(event)
        self._point(self.mapToScene(event.position().toPoint()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, other columns."""
        super().resizeEvent(event)
        if hasattr(self, "_stack"):
            self.resized.emit()

    def _seen(self) -> list[Lane]:
        return [lane for lane in self._stack.values() if any(curve.shown for curve in lane.curves.values())]

    def _arrange(self) -> None:
        wanted = self._seen() or list(self._stack.values())[:1]
        placed = [lane for lane in self._stack.values() if lane.plot in self.ci.items]
        if placed == wanted:
            return
        for lane in placed:
            self.removeItem(lane.plot)
        for row, lane in enumerate(wanted):
            self.addItem(lane.plot, row=row, col=0)
            lane.show_time_labels(lane is wanted[-1])
        self._date = ""
        self.ci.layout.activate()

    def _say_date(self, view: ChartView) -> None:
        first, last = time_text(view.start, self._epoch_ns)[:10], time_text(view.end, self._epoch_ns)[:10]
        date = f"UTC, {first}" if first == last else f"UTC, {first} to {last}"
        seen = self._seen()
        if seen and date != self._date:
            self._date = date
            for lane in seen:
                lane.show_date(date if lane is seen[-1] else None)

    def _describe(self) -> None:
        curves = [f"{curve.name} in {curve.unit}" for lane in self._stack.values() for curve in lane.curves.values()]
        self.setAccessibleName("Plots: " + (", ".join(curves) or "none"))

    def _point(self, place: QPointF) -> None:
        for lane in self._seen():
            area = lane.box.sceneBoundingRect()
            if area.contains(place):
                self.pointed_at.emit((place.x() - area.left()) / area.width())
