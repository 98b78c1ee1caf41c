# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A card for a sensor whose imported model nothing has shown: what was found, and a button for each answer. No I/O."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from app.client.session import Session
from app.pages.problem_words import problem_text
from app.pages.words import sensor_name
from app.widgets.form_row import TOUCH, words_label
from edge_daemon.api.messages import Problem, SensorMessage
from edge_daemon.api.messages_devices import ModelAnswer, ModelQuestion

_EVERY_MS = 1000
_CODE = "model_unproven"
_TITLE = "which instrument is it really?"
_NO_QUESTION: tuple[str, str] = ("", "")


def model_question_text(sensor: SensorMessage) -> tuple[str, str]:
    """The question's title and words; both empty where there is none."""
    told = next((one for one in sensor.warnings if one.code == _CODE), None)
    return (f"{sensor_name(sensor)}: {_TITLE}", f"{told.detail} {told.advice}") if told else _NO_QUESTION


class ModelCard(QFrame):
    """Asks what was found and offers that, the model that the file states, and another probe.

    Signals:
        told: text for the person.
    """

    told = Signal(str)

    def __init__(self, session: Session, sensor: SensorMessage) -> None:
        super().__init__()
        self._session, self._sensor = session, sensor
        self.setObjectName("question")
        self.setStyleSheet("#question { border: 2px solid palette(bright-text); border-radius: 6px; }")
        title, words = model_question_text(sensor)
        self.title, self.words = QLabel(f"⚠ {title}"), words_label(words)
        self.title.setWordWrap(True)
        self.title.setStyleSheet("font-weight: 600;")
        said = QVBoxLayout(self)
        said.addWidget(self.title)
        said.addWidget(self.words)
        self._row = QHBoxLayout()
        said.addLayout(self._row)
        self.buttons: dict[str, QPushButton] = {}
        self._answering = False
        self._add("probe", "Probe now", self._probe)
        self._row.addStretch(1)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self._ask)
        self._ask()

    def _add(self, key: str, text: str, work: Callable[[], None]) -> None:
        button = QPushButton(text)
        button.setMinimumHeight(TOUCH)
        button.clicked.connect(lambda _=False: work())
        self._row.insertWidget(len(self.buttons), button)
        self.buttons[key] = button

    def _ask(self) -> None:
        self._session.devices.model_question(self._sensor.sensor_id, self._offer, self._later)

    def _later(self, _problem: Problem) -> None:
        self._clock.start(_EVERY_MS)

    def _offer(self, asked: ModelQuestion | None) -> None:
        if asked is None:  # it is proven, or answered elsewhere
            self._session.refresh()
            return
        self._clock.start(_EVERY_MS)
        if self._answering:
            return
        self.words.setText(f"{asked.words[:1].upper()}{asked.words[1:]}")
        for model, title in asked.found.items():
            if model not in self.buttons:
                self._add(model, f"It is a {title}", partial(self._answer, model))
        if asked.stated not in self.buttons:
            self._add(asked.stated, f"It is a {self._sensor.title}", lambda: self._answer(asked.stated))
        self._all(enabled=not asked.probing)

    def _probe(self) -> None:
        self._all(enabled=False)
        self._session.devices.probe_model(self._sensor.sensor_id, self._offer, self._failed)

    def _answer(self, model: str) -> None:
        self._answering = True
        self._all(enabled=False)
        answer = ModelAnswer(model=model, person=self._session.person)
        self._session.devices.answer_model(self._sensor.sensor_id, answer, self._answered, self._failed)

    def _answered(self) -> None:
        self.told.emit(f"{sensor_name(self._sensor)}: your answer is recorded, and it records from now on.")
        self._session.refresh()

    def _failed(self, problem: Problem) -> None:
        self._answering = False
        self.told.emit(problem_text(problem))
        self._all(enabled=True)

    def _all(self, *, enabled: bool) -> None:
        for button in self.buttons.values():
            button.setEnabled(enabled)
