# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The strip chart: channels over one shared time axis, stacked by unit, live or held. Draws; does no I/O itself."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QPixmap, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from app.theme.palette import Palette
from app.widgets.chart_axis import NS_PER_S, time_text
from app.widgets.chart_curve import Curve
from app.widgets.chart_export import Beside, PictureWriter, csv_rows
from app.widgets.chart_lanes import LaneStack
from app.widgets.chart_marks import Annotation, Gap, Marks
from app.widgets.chart_readout import Aside, ChartReadout
from app.widgets.chart_toolbar import ChartToolbar
from app.widgets.chart_view import ChartView, Preset
from app.widgets.decimation import FloatArray, Sample
from app.widgets.flag_band import Run

_FRAME_S = 1 / 60
_KEY_PAN, _KEY_ZOOM = 0.1, 1.25
_NEAR = 0.005
_EMPTY_TEXT = "No curves yet.\n\nAdd a sensor, or choose a channel to show, and its readings appear here."
_HIDDEN_TEXT = "Every curve is hidden.\n\nTick one in the list beside this to see it."


class StripChart(QWidget):
    """Curves by key. All times are seconds since `epoch_ns` (UTC nanoseconds since 1970; 0 makes them Unix seconds).

    Signals: `view_changed(t0, t1)` when another stretch of time is shown; `annotate_requested(t)` when the technician
    double-clicks a plot or presses A; `pointed_at(t)` when the crosshair moves, None when it goes;
    `live_changed(live)` when it begins or ends to follow the newest sample;
    `picture_written(path)` and `picture_failed(path, reason)` end an `export_png`.

    Keys: Space pauses, arrows pan, + and - zoom, Home shows everything, End goes back to live, A annotates.
    Mouse: drag pans, the wheel zooms, a double click on the time axis goes back to live.
    """

    view_changed = Signal(float, float)
    annotate_requested = Signal(float)
    picture_written = Signal(str)
    picture_failed = Signal(str, str)
    pointed_at = Signal(object)
    live_changed = Signal(bool)

    def __init__(self, palette: Palette, *, epoch_ns: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._epoch_ns = epoch_ns
        self._curves: dict[str, Curve] = {}
        self._marks, self._beside_told = Marks(), ""
        now = (time.time_ns() - epoch_ns) / NS_PER_S
        self._view = ChartView(now - 300.0, now)
        self._announced = (0.0, 0.0)
        self._due = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.refresh)
        self._lanes = LaneStack(palette, epoch_ns)
        self._readout = ChartReadout(palette)
        self._toolbar = ChartToolbar()
        self._empty, self._all_hidden = QLabel(_EMPTY_TEXT), QLabel(_HIDDEN_TEXT)
        self._pages = QStackedWidget()
        self._writer = PictureWriter(self)
        self._lay_out()
        self._connect()
        self._toolbar.show_view(self._view)

    # --- Curves and data ---------------------------------------------------------------------------------------------

    def add_curve(
        self,
        key: str,
        label: str,
        unit: str,
        *,
        group: str = "",
        decimals: int | None = None,
        least_span: float = 0.0,
    ) -> None:
        """Begin a curve, empty and shown, in the lane of its unit and with the first pen that is free; see `Curve`.

        Raises:
            ValueError: there is a curve of that key.
        """
        if key in self._curves:
            raise ValueError(f"there is a curve {key!r} already")
        used = {curve.colour for curve in self._curves.values()}
        colour = next(number for number in range(len(used) + 1) if number not in used)
        curve = Curve(key, label, unit, colour, group, decimals, least_span)
        _break(curve, self._marks)
        self._curves[key] = curve
        self._lanes.add(curve)
        self._readout.add(curve)
        self._curves_changed()

    def remove_curve(self, key: str) -> None:
        """Take a curve and its data off the chart. Raises KeyError when there is none of that key."""
        self._lanes.remove(self._curves.pop(key))
        self._readout.remove(key)
        self._curves_changed()

    def set_shown(self, key: str, shown: bool) -> None:
        """Show or hide a curve; a hidden one goes on collecting. Raises KeyError when there is none of that key."""
        self._curves[key].shown = shown
        self._readout.set_shown(key, shown)
        self._curves_changed()

    def is_curve_shown(self, key: str) -> bool:
        """Whether a curve is not hidden. Raises KeyError when there is none of that key."""
        return self._curves[key].shown

    def append(self, key: str, t: ArrayLike, y: ArrayLike, flags: ArrayLike | None = None) -> None:
        """Add samples: times in seconds, values (NaN for a break), quality flags (1, 2, 3, 4 or 9).

        Raises:
            KeyError: there is no curve of that key.
            ValueError: lengths differ or a time is not finite.
        """
        self._curves[key].live.append(t, y, flags)
        self._redraw_soon()

    def set_history(self, key: str, t: ArrayLike, lo: ArrayLike, hi: ArrayLike, flags: ArrayLike | None = None) -> None:
        """Replace what is drawn before a curve's first sample: least, greatest value and worst flag of each interval.

        Raises:
            KeyError: there is no curve of that key.
            ValueError: lengths differ or a time is not finite.
        """
        self._curves[key].set_history(t, lo, hi, flags)
        self._redraw_soon()

    def set_gaps(self, gaps: Iterable[Gap]) -> None:
        """Shade these stretches without data, and no others, say why, and draw no line across them."""
        marks = replace(self._marks, gaps=tuple(sorted(gaps, key=lambda gap: gap.start)))
        for curve in self._curves.values():
            _break(curve, marks)
        self._set_marks(marks)

    def set_annotations(self, annotations: Iterable[Annotation]) -> None:
        """Mark these moments with their notes, and no others."""
        self._set_marks(replace(self._marks, annotations=tuple(annotations)))

    @property
    def marks(self) -> Marks:
        """Gaps and notes that are drawn, and where the crosshair is."""
        return self._marks

    def add_tool(self, button: QWidget) -> None:
        """Put a button of the page's own at the end of the row above the plots."""
        self._toolbar.add_tool(button)

    # --- What is shown -----------------------------------------------------------------------------------------------

    @property
    def view(self) -> ChartView:
        """The stretch of time shown."""
        return self._view

    def set_paused(self, paused: bool) -> None:
        """Hold the picture (data goes on being collected) or follow the newest sample again."""
        view = self._view
        self._set_view(ChartView(view.start, view.end, live=not paused, everything=view.everything and not paused))

    def choose(self, preset: Preset) -> None:
        """Show the last five minutes, hour, day, or everything."""
        self._set_view(self._view.with_preset(preset, *self._reach()))

    def show_span(self, start: float, end: float) -> None:
        """Show a stretch of the past, held. Raises ValueError when it has no length."""
        if not end > start:
            raise ValueError(f"a view from {start} s to {end} s has no length")
        self._set_view(ChartView(start, end, live=False))

    def set_crosshair(self, t: float | None) -> None:
        """Point at a moment: the list shows every curve's value there. None goes back to the latest values."""
        if t == self._marks.crosshair:
            return
        self.set_beside({})
        self._set_marks(replace(self._marks, crosshair=t))
        self.pointed_at.emit(t)

    def set_beside(self, beside: Mapping[str, Aside], told: str = "") -> None:
        """Say this with the values of these curves, and `told` below the list, until the crosshair moves."""
        self._beside_told = told
        self._readout.set_beside(beside)
        self._redraw_soon()

    def sample_at(self, key: str, t: float) -> Sample | None:
        """The sample of a curve that the list shows for a moment. Raises KeyError when there is none of that key."""
        return self._curves[key].at(t)

    def sample_before(self, key: str, t: float) -> Sample | None:
        """The latest sample of a curve, or the one nearest to `t` where it goes on later. Raises as `sample_at`."""
        latest = self._curves[key].latest()
        return latest if latest is None or latest.t <= t else self._curves[key].at(t)

    def crosshair_text(self) -> str:
        """What the list says: the moment, then a line for each curve shown."""
        self._show_values()
        return self._readout.text()

    def drawn(self, key: str) -> tuple[FloatArray, FloatArray]:
        """Times and values of the line a curve has on the screen; empty while it is hidden."""
        return self._lanes.drawn(self._curves[key])

    def flag_runs(self, key: str) -> tuple[Run, ...]:
        """What the band under a curve's lane shows of it: where something speaks against its samples."""
        return self._lanes.runs(self._curves[key])

    def set_theme(self, palette: Palette) -> None:
        """Draw in other colours."""
        self._lanes.set_palette(palette)
        self._readout.set_palette(palette)
        self._redraw_soon()

    def refresh(self) -> None:
        """Draw now what has come in. The chart does so by itself, at most sixty times a second and only while seen."""
        self._timer.stop()
        self._due = max(time.monotonic(), self._due + _FRAME_S)
        self._view = self._view.followed(*self._reach())
        seen = self._lanes.draw(self._view, self._marks)
        self._toolbar.show_nothing(bool(self._curves) and not seen)
        self._show_values()
        if self._announced != (self._view.start, self._view.end):
            self._announced = (self._view.start, self._view.end)
            self.view_changed.emit(*self._announced)

    # --- Export ------------------------------------------------------------------------------------------------------

    def picture(self) -> QPixmap:
        """What the chart shows, without its buttons."""
        self.refresh()
        return self._pages.grab()

    def export_png(self, path: Path) -> None:
        """Save the picture; a thread writes it, and `picture_written` or `picture_failed` tells the end."""
        self._writer.write(self.picture().toImage(), path)

    def csv_rows(self, heads: tuple[str, ...] = (), beside: Beside | None = None) -> Iterator[tuple[str, ...]]:
        """Header and every stored sample of the curves and the time shown, with further columns where wanted; iterate
        (and write) on any thread."""
        return csv_rows(list(self._curves.values()), self._view, self._epoch_ns, heads, beside)

    def wait_for_exports(self) -> None:
        """Return when no picture is being written any more; for the end of the program."""
        self._writer.wait()

    # --- Qt's events -------------------------------------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what came in while nobody looked."""
        super().showEvent(event)
        self._redraw_soon()

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop drawing."""
        super().hideEvent(event)
        self._timer.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, other columns."""
        super().resizeEvent(event)
        self._redraw_soon()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The pointer that leaves the plots points at nothing."""
        if event.type() == QEvent.Type.Leave:
            self.set_crosshair(None)
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The chart by keyboard alone."""
        middle = (self._view.start + self._view.end) / 2
        match event.key():
            case Qt.Key.Key_Space:
                self.set_paused(self._view.live)
            case Qt.Key.Key_Left:
                self._set_view(self._view.panned(-_KEY_PAN))
            case Qt.Key.Key_Right:
                self._set_view(self._view.panned(_KEY_PAN))
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self._set_view(self._view.zoomed(1 / _KEY_ZOOM, middle))
            case Qt.Key.Key_Minus:
                self._set_view(self._view.zoomed(_KEY_ZOOM, middle))
            case Qt.Key.Key_Home:
                self.choose(Preset.EVERYTHING)
            case Qt.Key.Key_End:
                self.set_paused(False)
            case Qt.Key.Key_A:
                pointed = self._marks.crosshair
                self.annotate_requested.emit(self._view.end if pointed is None else pointed)
            case _:
                super().keyPressEvent(event)

    # --- Inside ------------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        for words in (self._empty, self._all_hidden):
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            words.setWordWrap(True)
        plots = QWidget()
        row = QHBoxLayout(plots)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._lanes, 1)
        row.addWidget(self._all_hidden, 1)
        row.addWidget(self._readout)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(plots)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._toolbar)
        column.addWidget(self._pages, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Strip chart of the readings")
        self.setAccessibleDescription(
            "Space pauses, arrows pan, plus and minus zoom, Home shows everything, End goes back to live, A annotates. "
            "A band under each plot shows which readings are not good."
        )

    def _connect(self) -> None:
        self._toolbar.preset_chosen.connect(self.choose)
        self._toolbar.pause_wished.connect(self.set_paused)
        self._readout.shown_changed.connect(self.set_shown)
        self._lanes.pointed_at.connect(lambda share: self.set_crosshair(self._moment(share)))
        self._lanes.zoom_wished.connect(
            lambda factor, share: self._set_view(self._view.zoomed(factor, self._moment(share)))
        )
        self._lanes.pan_wished.connect(lambda share: self._set_view(self._view.panned(share)))
        self._lanes.reset_wished.connect(lambda: self.set_paused(False))
        self._lanes.annotation_wished.connect(lambda share: self.annotate_requested.emit(self._moment(share)))
        self._lanes.resized.connect(self._redraw_soon)
        self._lanes.installEventFilter(self)
        self._writer.written.connect(self.picture_written)
        self._writer.failed.connect(self.picture_failed)

    def _moment(self, share: float) -> float:
        return self._view.start + share * self._view.span

    def _reach(self) -> tuple[float | None, float | None]:
        curves = self._curves.values()
        first = min((curve.first_time for curve in curves if curve.first_time is not None), default=None)
        return first, max((curve.last_time for curve in curves if curve.last_time is not None), default=None)

    def _set_view(self, view: ChartView) -> None:
        was_live = self._view.live
        self._view = view.followed(*self._reach())
        if self._view.live != was_live:
            self.live_changed.emit(self._view.live)
        self._toolbar.show_view(self._view)
        self._redraw_soon()

    def _set_marks(self, marks: Marks) -> None:
        self._marks = marks
        self._redraw_soon()

    def _curves_changed(self) -> None:
        self._pages.setCurrentIndex(1 if self._curves else 0)
        seen = any(curve.shown for curve in self._curves.values())
        self._lanes.setVisible(seen)
        self._all_hidden.setVisible(not seen)
        self._redraw_soon()

    def _show_values(self) -> None:
        t = self._marks.crosshair
        heading = "Latest values" if t is None else time_text(t, self._epoch_ns, 3 if self._view.span < 60 else 0)
        samples = {key: curve.latest() if t is None else curve.at(t) for key, curve in self._curves.items()}
        marked = "" if t is None else self._marks.told_at(t, self._view.span * _NEAR)
        told = "\n".join(filter(None, (marked, self._beside_told)))
        self._readout.show_values(heading, samples, told)

    def _redraw_soon(self) -> None:
        if self.isVisible() and not self._timer.isActive():
            self._timer.start(max(round(1000 * (self._due + _FRAME_S - time.monotonic())), 0))


def _break(curve: Curve, marks: Marks) -> None:
    gaps = [(gap.start, gap.end) for gap in marks.gaps if gap.concerns((curve.key,))]
    curve.breaks = np.array(gaps, np.float64).reshape(-1, 2)
