# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which instrument is there: a card for each sensor where that is in question. Asks the session; does no I/O."""

from collections.abc import Callable, Iterator
from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QInputDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from app.client.session import Session
from app.pages.model_questions import ModelCard, model_question_text
from app.pages.passport_words import question_text
from app.pages.problem_words import problem_text
from app.pages.words import sensor_name
from app.widgets.form_row import TOUCH, words_label
from edge_daemon.api.messages import Problem, SensorMessage
from edge_daemon.api.messages_instruments import IdentityAnswer
from edge_daemon.domain.instrument import SerialSource

Answer = Literal["replaced", "wrong_plug", "confirmed"]
_LABEL = "Serial number on the label of the new instrument (leave it empty if it has none):"


class IdentityCard(QFrame):
    """One question with its two answers.

    Signals:
        answered: an `IdentityAnswer`, without the person.
    """

    answered = Signal(object)

    def __init__(self, sensor: SensorMessage) -> None:
        super().__init__()
        self._sensor = sensor
        self.setObjectName("question")
        self.setStyleSheet("#question { border: 2px solid palette(bright-text); border-radius: 6px; }")
        title, words = question_text(sensor)
        self.title, self.words = QLabel(f"⚠ {title}"), words_label(words)
        self.title.setWordWrap(True)
        self.title.setStyleSheet("font-weight: 600;")
        said = QVBoxLayout()
        said.addWidget(self.title)
        said.addWidget(self.words)
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.addLayout(said, 1)
        for key, text, work in self._answers():
            button = QPushButton(text)
            button.setMinimumHeight(TOUCH)
            button.clicked.connect(lambda _=False, do=work: do())
            row.addWidget(button)
            self.buttons[key] = button

    def _answers(self) -> Iterator[tuple[Answer, str, Callable[[], None]]]:
        identity = self._sensor.identity
        stopped = identity is not None and identity.standing == "stopped"
        if not stopped:
            yield "confirmed", "Confirm: the same", lambda: self._tell("confirmed")
            yield "replaced", "It was replaced…", self._ask_replaced
            return
        yield "replaced", "It was replaced", self._ask_replaced
        if identity is not None and identity.cause != "wrong_plug":
            yield "wrong_plug", "Wrong plug", lambda: self._tell("wrong_plug")
            if identity.found and self._sensor.serial_source is SerialSource.LABEL:
                yield "confirmed", "The label was misread", lambda: self._tell("confirmed", identity.found)

    def _ask_replaced(self) -> None:
        identity = self._sensor.identity
        if identity is not None and identity.found:
            self._tell("replaced")
            return
        serial, agreed = QInputDialog.getText(self, "Replaced", _LABEL)
        if agreed:
            self._tell("replaced", serial.strip())

    def _tell(self, answer: Answer, serial: str = "") -> None:
        for button in self.buttons.values():
            button.setEnabled(False)
        self.answered.emit(IdentityAnswer(answer=answer, serial=serial))


class IdentityQuestions(QWidget):
    """All open questions, one below the other; takes no room where there is none.

    Signals:
        told: text for the person.
    """

    told = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.cards: dict[str, IdentityCard | ModelCard] = {}
        self._asked: dict[str, tuple[str, str]] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.hide()
        session.sensors_changed.connect(self._fill)

    def _fill(self) -> None:
        sensors = self._session.sensors
        wanted = {key: _question(sensor) for key, sensor in sensors.items()}
        wanted = {key: words for key, words in wanted.items() if words[0]}
        if wanted == self._asked:
            return
        self._asked = wanted
        for card in self.cards.values():
            card.hide()
            card.deleteLater()
        self.cards = {}
        for key in wanted:
            card = self._card(sensors[key])
            self._column.addWidget(card)
            self.cards[key] = card
        self.setVisible(bool(wanted))

    def _card(self, sensor: SensorMessage) -> IdentityCard | ModelCard:
        if model_question_text(sensor)[0]:
            asking = ModelCard(self._session, sensor)
            asking.told.connect(self.told)
            return asking
        card = IdentityCard(sensor)
        card.answered.connect(lambda answer: self._send(sensor.sensor_id, answer))
        return card

    def _send(self, sensor_id: str, answer: IdentityAnswer) -> None:
        name = sensor_name(self._session.sensors[sensor_id])

        def done() -> None:
            self.told.emit(f"{name}: your answer is recorded.")
            self._session.refresh()

        def failed(problem: Problem) -> None:
            self.told.emit(problem_text(problem))
            card = self.cards.get(sensor_id)
            for button in card.buttons.values() if card else ():
                button.setEnabled(True)

        told = answer.model_copy(update={"person": self._session.person})
        self._session.instruments.answer(sensor_id, told, done, failed)


def _question(sensor: SensorMessage) -> tuple[str, str]:
    asked = model_question_text(sensor)
    return asked if asked[0] else question_text(sensor)
