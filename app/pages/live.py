# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Strip charts of the running readings and of the past, with gaps and notes. Asks the session; does no I/O itself."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog, QPushButton, QVBoxLayout, QWidget

from app.actions import Key, action_of
from app.client.session import Session
from app.client.times import seconds_of, text_of
from app.pages.live_marks import LiveMarks, curve_key
from app.pages.live_sureness import LiveSureness, newest_shown
from app.pages.live_table import LiveTable
from app.pages.words import least_span, sensor_name
from app.theme.palette import Palette
from app.widgets.strip_chart import StripChart
from edge_daemon.api.messages import Live, NewNote, Plot

_SETTLE_MS = 150
_POINTS = 1600
_NAN = float("nan")


class LivePage(QWidget):
    """The chart with its buttons.

    Signals:
        told: text for the person, e.g. where a file was saved.
    """

    told = Signal(str)

    def __init__(self, session: Session, palette: Palette) -> None:
        super().__init__()
        self._session = session
        self.chart = StripChart(palette)
        self._curves: dict[str, tuple[str, str]] = {}
        self._held: tuple[float, float] | None = None
        self._question = 0
        self._marks = LiveMarks(session, self.chart)
        self.sureness = LiveSureness(session, self.chart, self._curves)
        self._table = LiveTable(session, self.chart, self._curves)
        self.annotate_button = QPushButton("Note…")
        self.picture_button = QPushButton("Picture…")
        self.table_button = QPushButton("Table…")
        buttons: tuple[tuple[QPushButton, Key, Callable[[], None]], ...] = (
            (self.annotate_button, "note", lambda: self.annotate(self.chart.view.end)),
            (self.picture_button, "picture", self.choose_picture),
            (self.table_button, "table", self.choose_table),
        )
        for button, key, work in buttons:
            button.setMinimumHeight(44)
            button.setToolTip(action_of(key).tooltip)
            button.clicked.connect(work)
            self.chart.add_tool(button)
        self.sure_button = QPushButton("How sure?")
        self.sure_button.setCheckable(True)
        self.sure_button.setMinimumHeight(44)
        self.sure_button.setToolTip("Hold the picture and say how sure the newest values shown are: ± U and k")
        self.sure_button.toggled.connect(self.look_closer)
        self.chart.pointed_at.connect(lambda t: self.sure_button.setChecked(False) if t is None else None)
        self.chart.live_changed.connect(lambda live: self.sure_button.setChecked(False) if live else None)
        self.chart.add_tool(self.sure_button)
        column = QVBoxLayout(self)
        column.addWidget(self.chart, 1)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.timeout.connect(self._fetch)
        self.chart.view_changed.connect(self._view_changed)
        self.chart.annotate_requested.connect(self.annotate)
        self.chart.picture_written.connect(self._saved)
        self.chart.picture_failed.connect(self._not_saved)
        self._table.written.connect(self._saved)
        self._table.failed.connect(self._not_saved)
        session.sensors_changed.connect(self._sensors_changed)
        session.received.connect(self._received)
        session.resumed.connect(self._resumed)
        self._sensors_changed()

    def set_theme(self, palette: Palette) -> None:
        """Take over other colours."""
        self.chart.set_theme(palette)

    def finish(self) -> None:
        """Return when no file is being written any more; for the end of the program."""
        self._table.wait()
        self.chart.wait_for_exports()

    def look_closer(self, wished: bool) -> None:
        """Point at the newest values shown, held, for whoever has no pointer; or go back to the running picture."""
        chart = self.chart
        chart.set_paused(wished)
        chart.set_crosshair(newest_shown(chart, self._curves) if wished else None)

    # ---- notes and files --------------------------------------------------------------------------------------------

    def annotate(self, t: float) -> None:
        """Ask what is to be noted about the moment `t` (seconds since 1970)."""
        text, agreed = QInputDialog.getMultiLineText(self, "Note", "What happened at this moment?")
        if agreed and text.strip():
            self.note(t, text.strip())

    def note(self, t: float, text: str) -> None:
        """Record a remark about the moment `t`; it is marked in the chart once it is recorded."""
        self._session.add_note(NewNote(text=text, at=text_of(t)), self._marks.ask)

    def choose_picture(self) -> None:
        """Ask for a file and save the picture there."""
        path, _ = QFileDialog.getSaveFileName(self, "Save picture", "verifield.png", "PNG picture (*.png)")
        if path:
            self.chart.export_png(Path(path))

    def choose_table(self) -> None:
        """Ask for a file and save what is shown there as CSV."""
        path, _ = QFileDialog.getSaveFileName(self, "Save table", "verifield.csv", "CSV table (*.csv)")
        if path:
            self.save_table(Path(path))

    def save_table(self, path: Path) -> None:
        """Save what is shown as CSV, with how sure each value is."""
        self._table.save(path)

    def _saved(self, path: str) -> None:
        self.told.emit(f"Saved: {path}")

    def _not_saved(self, _path: str, why: str) -> None:
        self.told.emit(why)

    # ---- curves -----------------------------------------------------------------------------------------------------

    def _sensors_changed(self) -> None:
        wanted = {
            curve_key(sensor.sensor_id, channel.name): (sensor, channel)
            for sensor in self._session.sensors.values()
            for channel in sensor.channels
        }
        for key in self._curves.keys() - wanted.keys():
            # The chart can take away only what it has drawn, and this page may not have been looked at yet.
            self.chart.set_shown(key, True)
            self.chart.refresh()
            self.chart.remove_curve(key)
            del self._curves[key]
        # Secondary channels are hidden at first: they come last, so that the clearest colours go to what is seen.
        for key, (sensor, channel) in sorted(wanted.items(), key=lambda item: item[1][1].secondary):
            if key not in self._curves:
                self._curves[key] = (sensor.sensor_id, channel.name)
                self.chart.add_curve(
                    key,
                    channel.label,
                    channel.unit,
                    group=sensor_name(sensor),
                    decimals=channel.decimals,
                    least_span=least_span(channel),
                )
                if channel.secondary:
                    self.chart.set_shown(key, False)
                self._held = None
        self._settle.start(_SETTLE_MS)

    def _received(self, live: Live) -> None:
        for reading in live.readings:
            t = seconds_of(reading.time)
            for name, (_, value, flag) in reading.channels.items():
                key = curve_key(reading.sensor_id, name)
                if key in self._curves:
                    self.chart.append(key, [t], [_NAN if value is None else value], [flag])

    def _resumed(self) -> None:
        self._held = None
        self._settle.start(_SETTLE_MS)

    # ---- history for what is shown ----------------------------------------------------------------------------------

    def _view_changed(self, start: float, end: float) -> None:
        if not self._settle.isActive() and not self._enough(start, end):
            self._settle.start(_SETTLE_MS)

    def _enough(self, start: float, end: float) -> bool:
        if self._held is None:
            return False
        first, last = self._held
        if self.chart.view.everything:
            return first == 0.0
        return first <= start and end <= last and last - first <= 8 * (end - start)

    def _fetch(self) -> None:
        start, end = self.chart.view.start, self.chart.view.end
        if self._enough(start, end):
            return
        span = end - start
        self._question += 1
        # A stretch more on either side, so that following and panning a little need no new question.
        self._held = (0.0, end + span) if self.chart.view.everything else (start - span, end + span)
        self._marks.ask(self._held)
        question = self._question
        for sensor_id, channel in self._curves.values():
            self._session.past.plot(
                sensor_id, channel, *self._held, _POINTS, lambda plot: self._took_curve(plot, question)
            )

    def _took_curve(self, plot: Plot, question: int) -> None:
        key = curve_key(plot.sensor_id, plot.channel)
        if key not in self._curves or question != self._question:
            return
        start = seconds_of(plot.start)
        self.chart.set_history(
            key,
            [start + s for s in plot.seconds],
            [_NAN if low is None else low for low in plot.minimum],
            [_NAN if high is None else high for high in plot.maximum],
            plot.flag,
        )
