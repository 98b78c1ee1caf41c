# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Why a reading is not good, in the recorder's words, how sure its values are, and the sensor's latest gaps. Asks the
session."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.client.session import Session
from app.client.times import seconds_of
from app.pages.problem_words import problem_text
from app.pages.quality_words import gaps_text, why_text
from app.pages.sureness_words import reading_text
from app.pages.words import sensor_name
from app.widgets.form_row import TOUCH
from edge_daemon.api.messages import GapMessage, Latest, Problem, SensorMessage
from edge_daemon.api.messages_coverage import ReadingUncertainty
from edge_daemon.api.messages_quality import Why

_GAPS_DAYS = 7
_WAITING = "… Asking the recorder."


class WhyPanel(QDialog):
    """One panel for all sensors; replies that come after a newer question are dropped."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._question = 0
        self.reasons, self.sureness, self.gaps = QLabel(), QLabel(), QLabel()
        self.close_button = QPushButton("Close")
        self.close_button.setMinimumHeight(TOUCH)
        self.close_button.clicked.connect(self.accept)
        inside = QWidget()
        column = QVBoxLayout(inside)
        sure_head, gaps_head = QLabel("How sure it is"), QLabel(f"Gaps in the {_GAPS_DAYS} days before")
        for head in (sure_head, gaps_head):
            head.setStyleSheet("font-weight: bold;")
        for label, name in ((self.reasons, "Why"), (self.sureness, "How sure it is"), (self.gaps, "Gaps")):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            label.setAccessibleName(name)
        for part in (self.reasons, sure_head, self.sureness, gaps_head, self.gaps):
            column.addWidget(part)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.addWidget(scroll, 1)
        outer.addWidget(self.close_button)
        self.resize(520, 380)

    def ask(self, sensor: SensorMessage, latest: Latest) -> None:
        """Open, and explain this reading of the sensor."""
        self._question += 1
        question = self._question
        self.setWindowTitle(f"Why? {sensor_name(sensor)}")
        self.reasons.setText(_WAITING)
        self.sureness.setText(_WAITING)
        self.gaps.setText(_WAITING)
        self.show()
        self.raise_()

        def explained(why: Why) -> None:
            self._say(self.reasons, why_text(why, sensor), question)

        def listed(gaps: tuple[GapMessage, ...]) -> None:
            self._say(self.gaps, gaps_text(gaps), question)

        def sure(told: ReadingUncertainty) -> None:
            self._say(self.sureness, reading_text(told.channels, sensor), question)

        past, since = self._session.past, seconds_of(latest.time) - _GAPS_DAYS * 86_400
        past.why(sensor.sensor_id, latest.index, explained, lambda one: self._failed(self.reasons, one, question))
        past.uncertainty(sensor.sensor_id, latest.index, sure, lambda one: self._failed(self.sureness, one, question))
        past.gaps(since, None, listed, lambda one: self._failed(self.gaps, one, question), sensor_id=sensor.sensor_id)

    def _failed(self, label: QLabel, problem: Problem, question: int) -> None:
        self._say(label, f"⚠ {problem_text(problem)}", question)

    def _say(self, label: QLabel, words: str, question: int) -> None:
        if question == self._question:
            label.setText(words)
