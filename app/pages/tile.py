# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One sensor at a glance: name, newest value, its age, the state in a word, and a small trend line. Draws only."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app.client.times import seconds_of
from app.pages.problem_words import sentence, trouble_text
from app.pages.quality_words import badge_lines, badge_text, worst_flag
from app.pages.words import (
    CONDITIONS,
    duration_text,
    least_span,
    primary_channel,
    sensor_name,
    value_text,
    warning_text,
)
from app.theme.palette import Palette
from app.widgets.badge import Badge
from app.widgets.elided_label import ElidedLabel
from edge_daemon.api.messages import Latest, SensorMessage
from edge_daemon.domain.channel import Flag

TILE_WIDTH = 270
_LINES_BELOW, _EDGE = 3, 14


class TrendLine(QWidget):
    """The last hour as a line, without axes; a missing value breaks it."""

    def __init__(self) -> None:
        super().__init__()
        self._points: Sequence[tuple[float, float | None]] = ()
        self._least_span = 0.0
        self.setToolTip("The last hour")
        self.setMinimumHeight(40)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Small."""
        return QSize(120, 40)

    @property
    def points(self) -> Sequence[tuple[float, float | None]]:
        """What is drawn: (seconds, value) pairs."""
        return self._points

    def show_points(self, points: Sequence[tuple[float, float | None]], least_span: float) -> None:
        """Draw these (seconds, value) pairs from now on; values closer than `least_span` do not fill the height."""
        self._points, self._least_span = points, least_span
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Scale to the values present and draw each unbroken run."""
        values = [value for _, value in self._points if value is not None]
        if len(values) < 2:
            return
        span = max(max(values) - min(values), self._least_span) or 1.0
        lowest = (min(values) + max(values) - span) / 2
        begin, duration = self._points[0][0], (self._points[-1][0] - self._points[0][0]) or 1.0
        painter = QPainter(self)
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Link), 1))
        run: list[QPointF] = []
        for t, value in (*self._points, (begin, None)):
            if value is None:
                painter.drawPolyline(QPolygonF(run))
                run = []
            else:
                x = (t - begin) / duration * (self.width() - 2) + 1
                run.append(QPointF(x, (1 - (value - lowest) / span) * (self.height() - 4) + 2))
        painter.end()


class Tile(QFrame):
    """Shows one sensor; `show_sensor` and `show_age` bring it up to date.

    Signals:
        why_wished: a person asks why this reading (a `Latest`) of the sensor (a `SensorMessage`) is not good.
        calibrate_wished: a person wants to calibrate the sensor, or to go on with it.
    """

    why_wished = Signal(object, object)
    calibrate_wished = Signal()

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._colours = palette
        self._time: float | None = None
        self._shown: tuple[SensorMessage, Latest] | None = None
        self.setObjectName("tile")
        self.setFixedWidth(TILE_WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.name, self.value, self.unit = ElidedLabel(), QLabel("–"), QLabel()
        self.state, self.age, self.others, self.fault = QLabel(), QLabel(), QLabel(), QLabel()
        self.risk = ElidedLabel()
        self.risk.hide()
        self.badge = Badge()
        self.badge.clicked.connect(self._ask_why)
        self.trend = TrendLine()
        self._details = QStackedWidget()
        for label in (self.others, self.fault):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._well = QWidget()
        for part in (self._well, self.fault):
            self._details.addWidget(part)
        self._lay_out()

    def _lay_out(self) -> None:
        base = self.font().pointSizeF()
        for label, size, bold in ((self.name, 1.15, True), (self.value, 2.6, True), (self.unit, 1.2, False)):
            font = label.font()
            font.setPointSizeF(base * size)
            font.setBold(bold)
            label.setFont(font)
        said = QVBoxLayout(self._well)
        said.setContentsMargins(0, 0, 0, 0)
        said.setSpacing(0)
        said.addWidget(self.risk)
        said.addWidget(self.others, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(_EDGE, 12, _EDGE, 12)
        figures, below = QHBoxLayout(), QHBoxLayout()
        figures.addWidget(self.value)
        figures.addWidget(self.unit, 1, Qt.AlignmentFlag.AlignBottom)
        below.addWidget(self.state)
        below.addStretch(1)
        below.addWidget(self.age)
        column.addWidget(self.name)
        column.addLayout(figures)
        column.addWidget(self.trend)
        column.addLayout(below)
        column.addWidget(self.badge)
        column.addWidget(self._details)
        # The room is always the same: a fault or a longer value must not push the other tiles about.
        self._details.setFixedHeight(_LINES_BELOW * self.fontMetrics().lineSpacing() + 4)

    def set_theme(self, palette: Palette) -> None:
        """Take over other colours; the next `show_sensor` uses them."""
        self._colours = palette

    def show_sensor(
        self,
        sensor: SensorMessage,
        latest: Latest | None,
        trail: Sequence[tuple[float, float | None]],
        *,
        known: bool,
    ) -> None:
        """Take over what is known of the sensor; where the present is not `known`, no state is claimed."""
        channel = primary_channel(sensor)
        values = latest.channels if latest else {}
        glyph, word = CONDITIONS[sensor.condition] if known else ("?", "Not known now")
        colour = {
            "good": self._colours.good,
            "fault": self._colours.fail,
            "warming_up": self._colours.suspect,
        }.get(sensor.condition if known else "", self._colours.muted)
        self.setStyleSheet(
            f"#tile {{ background: {self._colours.surface}; border: 1px solid {self._colours.muted};"
            f" border-left: 5px solid {colour}; border-radius: 6px; }}"
            f"#tile:focus {{ border-color: {self._colours.accent}; border-left-color: {colour}; }}"
        )
        self.name.setText(sensor_name(sensor))
        self.value.setText(value_text(channel, values.get(channel.name)))
        self.unit.setText(channel.unit)
        others = [one for one in sensor.channels if one.name != channel.name and not one.secondary][:3]
        said = [f"{one.label} {value_text(one, values.get(one.name))} {one.unit}".strip() for one in others]
        self.state.setText(f"{glyph} {word}")
        self.state.setStyleSheet(f"color: {colour}; font-weight: bold;")
        fault = sensor.fault
        self.fault.setText(f"{sentence(fault.title)} {fault.advice}" if fault else "")
        self.fault.setToolTip(f"{fault.detail} {fault.advice}" if fault else "")
        self._details.setCurrentWidget(self.fault if fault else self._well)
        warned = warning_text(sensor)
        self.risk.setText(warned)
        self.risk.setVisible(bool(warned))
        self.others.setText(self._as_fits(said, _LINES_BELOW - bool(warned)))
        self.others.setToolTip("\n".join(said))
        self.risk.setStyleSheet(f"color: {self._colours.suspect}; font-weight: bold;")
        self.risk.setToolTip("\n".join(map(trouble_text, sensor.warnings)))
        self._show_quality(sensor, latest)
        self._time = seconds_of(latest.time) if latest else None
        self.trend.show_points(trail, least_span(channel))
        self.setAccessibleName(
            f"{self.name.text()}: {self.value.text()} {channel.unit}, {word}{f', {warned}' if warned else ''}"
            f"{f', {self.badge.whole}' if self.badge.whole else ''}"
        )

    def _as_fits(self, said: Sequence[str], lines: int) -> str:
        """As many of these as have room in so many lines: half a line tells nothing."""
        metrics, room = self.others.fontMetrics(), QRect(0, 0, TILE_WIDTH - 2 * _EDGE, 10_000)
        for count in range(len(said), 0, -1):
            text = " · ".join([*said[:count], *(["…"] if count < len(said) else [])])
            if metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, text).height() <= lines * metrics.lineSpacing():
                return text
        return ""

    def _show_quality(self, sensor: SensorMessage, latest: Latest | None) -> None:
        self._shown = (sensor, latest) if latest else None
        colours = {Flag.SUSPECT: self._colours.suspect, Flag.FAIL: self._colours.fail}
        colour = colours.get(worst_flag(latest), self._colours.missing)
        self.badge.say(badge_text(sensor, latest), badge_lines(sensor, latest), colour, self._colours)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """What can be done with the sensor."""
        self._open_menu(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The same by Enter or Space, as by the menu key."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self._open_menu(self.mapToGlobal(self.rect().center()))
        else:
            super().keyPressEvent(event)

    def _open_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setActiveAction(menu.addAction("Calibrate…", self.calibrate_wished.emit))
        menu.popup(place)

    def _ask_why(self) -> None:
        if self._shown is not None:
            self.why_wished.emit(*self._shown)

    def show_age(self, now: float) -> None:
        """Say how old the value is at `now` (seconds since 1970)."""
        self.age.setText("no reading yet" if self._time is None else f"{duration_text(now - self._time)} ago")
