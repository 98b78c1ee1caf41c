# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Calibrations that are open, due or overdue, on the overview: one calm line each. Asks the session; does no I/O."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout

from app.client.session import Session
from app.pages.words import channel_label, sensor_name
from app.widgets.form_row import TOUCH, words_label
from edge_daemon.api.messages_calibration import RunMessage
from edge_daemon.api.messages_coverage import DueMessage

_MOST = 4
_ORDER = {"overdue": 0, "due": 1, "stated": 2, "none": 3}
_GLYPHS = {"overdue": "✕", "due": "◔", "stated": "⚠", "none": "○"}


class CalibrationCard(QFrame):
    """Takes no room where there is nothing to say. Sensors that were never calibrated share one line.

    Signals:
        wished: a person wants to calibrate the sensor of this id, or to go on with it.
    """

    wished = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setObjectName("calibrations")
        self.setStyleSheet("#calibrations { background: palette(alternate-base); border-radius: 6px; }")
        self.buttons: dict[str, QPushButton] = {}
        self.lines: list[str] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 6, 12, 6)
        self._column.setSpacing(2)
        self.hide()
        session.calibrations.changed.connect(self._fill)
        session.sensors_changed.connect(self._fill)

    def _fill(self) -> None:
        watch = self._session.calibrations
        wanted: list[tuple[str, str, str]] = [
            (sensor_id, self._open_text(run), "Returned…" if run.step.kind == "return" else "Go on")
            for sensor_id, run in sorted(watch.under_way.items())
        ]
        told = sorted(
            (one for one in watch.due if one.sensor_id not in watch.under_way),
            key=lambda one: (_ORDER[one.standing], one.due or "", one.sensor_id),
        )
        pressing = [one for one in told if one.standing != "none"]
        wanted += [
            (one.sensor_id, self._due_text(one), "Check…" if one.check else "Calibrate…") for one in pressing[:_MOST]
        ]
        if len(pressing) > _MOST:
            wanted.append(("", f"… and {len(pressing) - _MOST} more that are due", ""))
        without = dict.fromkeys(self._name(one.sensor_id) for one in told if one.standing == "none")
        if without:
            wanted.append(("", f"{_GLYPHS['none']} No calibration is recorded yet: {', '.join(without)}", ""))
        self._show(wanted)

    def _show(self, wanted: list[tuple[str, str, str]]) -> None:
        lines = [text for _, text, _ in wanted]
        if lines == self.lines:
            return
        self.lines, self.buttons = lines, {}
        while item := self._column.takeAt(0):
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for sensor_id, text, title in wanted:
            line = QFrame()
            row = QHBoxLayout(line)
            row.setContentsMargins(0, 0, 0, 0)
            row.addWidget(words_label(text), 1)
            if title:
                button = QPushButton(title)
                button.setMinimumHeight(TOUCH)
                button.clicked.connect(partial(self._wish, sensor_id))
                row.addWidget(button)
                self.buttons.setdefault(sensor_id, button)
            self._column.addWidget(line)
        self.setVisible(bool(wanted))

    def _wish(self, sensor_id: str, _checked: bool = False) -> None:
        self.wished.emit(sensor_id)

    def _open_text(self, run: RunMessage) -> str:
        if run.step.kind == "return":
            return (
                f"◑ Still marked as in calibration: {self._name(run.sensor_id)}, {run.title}. Is it back in its place?"
            )
        where = f", step {run.step.number} of {run.step.count}" if run.step.count else ""
        return f"◑ Calibration under way: {self._name(run.sensor_id)}, {run.title}{where}"

    def _due_text(self, one: DueMessage) -> str:
        words = one.words.removeprefix(f"{one.sensor_id}, {one.channel}: ")
        sensor = self._session.sensors.get(one.sensor_id)
        label = channel_label([sensor] if sensor is not None else [], one.channel)
        return f"{_GLYPHS[one.standing]} {self._name(one.sensor_id)}, {label}: {words}"

    def _name(self, sensor_id: str) -> str:
        sensor = self._session.sensors.get(sensor_id)
        return sensor_name(sensor) if sensor is not None else sensor_id
