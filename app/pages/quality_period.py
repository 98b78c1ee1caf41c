# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The period and the sensor that the quality page speaks of. Whole UTC hours, as summaries are. No I/O."""

import time

from PySide6.QtCore import QDateTime, QTimeZone, Signal
from PySide6.QtWidgets import QComboBox, QDateTimeEdit, QHBoxLayout, QLabel, QPushButton, QWidget

from app.client.times import text_of
from app.widgets.form_row import TOUCH

HOUR_S = 3_600
SETTLED_S = 600
"""How long after its end an hour is summarised."""

_SPANS = (("Last 24 hours", 24), ("Last 7 days", 7 * 24), ("Last 30 days", 30 * 24), ("From … to …", 0))


class PeriodBar(QWidget):
    """`since` and `until` are RFC 3339; `sensor` is empty for all.

    Signals:
        changed: another period or sensor is chosen, or the same is asked for again.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.span, self.sensor = QComboBox(), QComboBox()
        self.start, self.end = _hour_field("From, UTC"), _hour_field("To, UTC")
        self.again = QPushButton("&Refresh")
        self.span.setAccessibleName("Period")
        self.sensor.setAccessibleName("Sensor")
        for title, hours in _SPANS:
            self.span.addItem(title, hours)
        self.sensor.addItem("All sensors", "")
        for box in (self.span, self.sensor):
            box.setMinimumHeight(TOUCH)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(11)
        self.again.setMinimumHeight(TOUCH)
        self._to = QLabel("to")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for part in (self.span, self.start, self._to, self.end, self.sensor):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self.again)
        self._fit()
        self.span.currentIndexChanged.connect(self._spanned)
        self.sensor.currentIndexChanged.connect(self.changed)
        self.start.editingFinished.connect(self.changed)
        self.end.editingFinished.connect(self.changed)
        self.again.clicked.connect(self._again)

    @property
    def since(self) -> str:
        """Where the period begins."""
        return _rfc3339(self.start)

    @property
    def until(self) -> str:
        """Where it ends; that moment is not in it."""
        return _rfc3339(self.end)

    @property
    def to_now(self) -> bool:
        """Whether it ends now: only what is summed up by the hour ends with an hour."""
        return bool(self.span.currentData())

    @property
    def sensor_id(self) -> str:
        """The chosen sensor; empty for all."""
        return str(self.sensor.currentData() or "")

    def offer(self, sensors: dict[str, str]) -> None:
        """Offer these sensors, by id; what is chosen stays chosen as long as it is there."""
        before = self.sensor_id
        known = [str(self.sensor.itemData(place)) for place in range(1, self.sensor.count())]
        if known == list(sensors):
            return
        self.sensor.blockSignals(True)
        while self.sensor.count() > 1:
            self.sensor.removeItem(1)
        for sensor_id, name in sensors.items():
            self.sensor.addItem(name, sensor_id)
        self.sensor.setCurrentIndex(max(self.sensor.findData(before), 0))
        self.sensor.blockSignals(False)

    def _spanned(self) -> None:
        self._fit()
        self.changed.emit()

    def _again(self) -> None:
        self._fit()
        self.changed.emit()

    def _fit(self) -> None:
        """A span of hours ends with the last hour that is summarised."""
        hours = int(self.span.currentData())
        for part in (self.start, self._to, self.end):
            part.setVisible(not hours)
        if hours:
            end = int((time.time() - SETTLED_S) // HOUR_S) * HOUR_S
            self.start.setDateTime(_moment(end - hours * HOUR_S))
            self.end.setDateTime(_moment(end))


def _moment(seconds: int) -> QDateTime:
    return QDateTime.fromSecsSinceEpoch(seconds, QTimeZone.utc())


def _hour_field(name: str) -> QDateTimeEdit:
    field = QDateTimeEdit()
    field.setTimeZone(QTimeZone.utc())
    field.setDisplayFormat("yyyy-MM-dd HH:'00'")
    field.setCalendarPopup(True)
    field.setMinimumHeight(TOUCH)
    field.setAccessibleName(name)
    field.setToolTip(f"{name}, whole hours")
    return field


def _rfc3339(field: QDateTimeEdit) -> str:
    seconds = field.dateTime().toSecsSinceEpoch()
    return text_of(seconds - seconds % HOUR_S)
