# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A period's values by another calibration, beside the recorded ones, saved as CSV. Asks the session."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from PySide6.QtWidgets import QComboBox, QDialog, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.client.session import Session
from app.pages.problem_words import field_text, problem_text
from app.pages.words import sensor_name
from app.widgets.digit_field import HEIGHT
from app.widgets.enter_keys import EnterKeys
from app.widgets.form_row import EDGES, FormRow, words_label
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_calibration import CalibrationMessage

_ABOUT = (
    "The record stays as it is: this is a view, and each of its lines says so. A period in which the instrument itself "
    "was adjusted cannot be shown under a calibration from before or after."
)


class RecomputeDialog(QDialog):
    """Stays open, so that another period can be asked for."""

    def __init__(self, session: Session, model: str, one: CalibrationMessage, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"A period by the calibration of {one.time[:10]}")
        self.setStyleSheet(EDGES)
        self.resize(640, 380)
        EnterKeys(self)
        self._session, self._index = session, one.index
        self.sensor = QComboBox()
        for sensor in session.sensors.values():
            if sensor.model == model:
                self.sensor.addItem(sensor_name(sensor), sensor.sensor_id)
        now = datetime.now(UTC).replace(microsecond=0)
        self.start, self.end = QLineEdit(_text(now - timedelta(days=1))), QLineEdit(_text(now))
        self.rows = {
            "sensor": FormRow("Sensor", self.sensor),
            "from": FormRow("From", self.start, help_text="UTC, as 2026-06-30T08:00:00Z"),
            "to": FormRow("To", self.end),
        }
        self.words = words_label()
        self.save, self.cancel = QPushButton("Save as CSV…"), QPushButton("Close")
        column, below = QVBoxLayout(self), QHBoxLayout()
        column.addWidget(words_label(_ABOUT))
        for row in self.rows.values():
            row.field.setMinimumHeight(HEIGHT)
            row.touched.connect(lambda shown=row: shown.show_error(""))
            column.addWidget(row)
        column.addStretch(1)
        column.addWidget(self.words)
        for button, work in ((self.save, self._save), (self.cancel, self.reject)):
            button.setAutoDefault(False)
            button.setMinimumHeight(HEIGHT)
            button.clicked.connect(lambda _=False, do=work: do())
            below.addWidget(button)
        below.addStretch(1)
        self.save.setEnabled(self.sensor.count() > 0)
        column.addLayout(below)

    def _save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, "Save the view", f"view-by-calibration-{self._index}.csv", "CSV (*.csv)"
        )
        if not path:
            return
        self.words.setText("… The recorder computes the view.")

        def took(data: bytes) -> None:
            self._session.files.write(Path(path), data, lambda: self._say(f"✓ Saved: {path}"), self._failed)

        wanted = str(self.sensor.currentData()), self._index, self.start.text().strip(), self.end.text().strip()
        self._session.calibration.recomputed(*wanted, took, self._refused)

    def _say(self, words: str) -> None:
        self.words.setText(words)

    def _failed(self, words: str) -> None:
        self._say(f"⚠ {words}")

    def _refused(self, problem: Problem) -> None:
        row = self.rows.get(problem.field)
        if row is None:
            self._failed(problem_text(problem))
            return
        self._say("")
        row.show_error(field_text(problem))
        row.field.setFocus()


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
