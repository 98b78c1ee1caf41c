# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The settings and actions of a sensor's device, built from the driver's declaration. Asks the session; does no I/O."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.client.session import Session
from app.pages.device_settings_risks import RiskQuestions
from app.pages.device_settings_rows import ActionCard, SettingCard, heading
from app.pages.device_settings_words import device_text, fault_text
from app.pages.problem_words import field_text, problem_text
from app.widgets.form_row import EDGES, TOUCH, quiet_label, words_label
from app.widgets.form_values import BadValue
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_devices import (
    ActionAnswer,
    ActionRequest,
    ConfirmationProblem,
    DeviceSettings,
    SettingsChange,
)

_ASKING = "… Asking the device. This can take some seconds; meanwhile its readings pause."
_WRITING = "… Writing to the device and reading back. This can take some seconds."


class DeviceSettingsDialog(QDialog):
    """Reads everything when it opens. What is written is read back, and the device's answer shown beside each field."""

    def __init__(self, session: Session, sensor_id: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Settings on the device: {name}")
        self.setStyleSheet(EDGES)
        self.resize(860, 560)
        self._session, self._sensor_id = session, sensor_id
        self.cards: dict[str, SettingCard] = {}
        self.deeds: dict[str, ActionCard] = {}
        self.questions: RiskQuestions | None = None
        self.device, self.words = words_label(), words_label(_ASKING)
        self.person = QLineEdit(session.person)
        self.person.setPlaceholderText("your name, for the record")
        self.person.setAccessibleName("Changed by")
        self.read, self.write = QPushButton("&Read again"), QPushButton("&Write…")
        self.close_button = QPushButton("Close")
        self._content = QWidget()
        self._column = QVBoxLayout(self._content)
        self._lay_out()
        self.write.clicked.connect(self._write)
        self.read.clicked.connect(self.ask)
        self.close_button.clicked.connect(self.reject)
        self.ask()

    def _lay_out(self) -> None:
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._content)
        below = QHBoxLayout()
        below.addWidget(QLabel("Changed by"))
        below.addWidget(self.person, 1)
        for button in (self.read, self.write, self.close_button):
            button.setAutoDefault(False)
            button.setMinimumHeight(TOUCH)
            below.addWidget(button)
        self.person.setMinimumHeight(TOUCH)
        column = QVBoxLayout(self)
        column.addWidget(self.device)
        column.addWidget(area, 1)
        column.addWidget(self.words)
        column.addLayout(below)

    def ask(self) -> None:
        """Read everything from the device now."""
        self._wait(_ASKING)
        devices = self._session.devices
        devices.device(self._sensor_id, lambda told: self.device.setText(device_text(told)), self._refused)
        devices.settings(self._sensor_id, self._took, self._refused)

    # ---- what the device says ---------------------------------------------------------------------------------------

    def _took(self, told: DeviceSettings) -> None:
        if set(self.cards) != {one.name for one in told.settings}:
            self._build(told)
        for setting in told.settings:
            self.cards[setting.name].show_setting(setting)
        changes = {change.name: change for change in told.changes}
        for name, card in self.cards.items():
            card.show_change(changes.get(name))
        self._ready(self._summary(told))

    def _summary(self, told: DeviceSettings) -> str:
        if told.fault is not None:
            return f"⚠ {fault_text(told.fault)} What was written before is in the record."
        if told.changes:
            good = all(change.result in {"confirmed", "configured"} for change in told.changes)
            return "✓ Done. Old and new values are in the record." if good else "⚠ Look at what the device answered."
        return "" if told.settings else "This model has no settings."

    def _build(self, told: DeviceSettings) -> None:
        while item := self._column.takeAt(0):
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.cards = {one.name: SettingCard(one) for one in told.settings}
        self.deeds = {one.name: ActionCard(one) for one in told.actions}
        for title, cards in (("Settings", self.cards), ("Actions", self.deeds)):
            if cards:
                self._column.addWidget(heading(title))
            for card in cards.values():
                self._column.addWidget(card)
        self._column.addStretch(1)
        for setting_card in self.cards.values():
            setting_card.changed.connect(self._check)
        for name, action_card in self.deeds.items():
            action_card.wished.connect(lambda chosen=name: self._act(chosen, confirmed=False))
        if told.settings:
            self._column.insertWidget(
                0, quiet_label("Nothing is written before you press Write and confirm the risks.")
            )

    # ---- what a person asks for -------------------------------------------------------------------------------------

    def _check(self) -> None:
        altered = [card for card in self.cards.values() if card.altered]
        self.write.setEnabled(bool(altered) and not any(card.field.fault() for card in altered))
        self.write.setText(f"&Write {len(altered)} changed…" if altered else "&Write…")

    def _write(self) -> None:
        values = {name: card.field.value() for name, card in self.cards.items() if card.altered}
        self._session.person = self.person.text().strip()
        self._send(SettingsChange(values=values, person=self._session.person))

    def _send(self, change: SettingsChange) -> None:
        self._wait(_WRITING)

        def refused(problem: Problem) -> None:
            if isinstance(problem, ConfirmationProblem):
                self._confirm(problem, lambda names: self._send(change.model_copy(update={"confirmed": names})))
            else:
                self._refused(problem)

        self._session.devices.write(self._sensor_id, change, self._took, refused)

    def _act(self, name: str, *, confirmed: bool) -> None:
        card = self.deeds[name]
        try:
            self._session.person = self.person.text().strip()
            request = ActionRequest(argument=card.value(), confirmed=confirmed, person=self._session.person)
        except BadValue as wrong:
            card.say(f"⚠ {wrong}")
            return
        self._wait("… The device is at it.")
        card.say("…")

        def refused(problem: Problem) -> None:
            if isinstance(problem, ConfirmationProblem):
                card.say("")
                self._confirm(problem, lambda _: self._act(name, confirmed=True))
            else:
                card.say(f"✕ {problem_text(problem)}")
                self._refused(problem)

        self._session.devices.act(self._sensor_id, name, request, lambda told: self._answered(card, told), refused)

    def _answered(self, card: ActionCard, told: ActionAnswer) -> None:
        card.say(f"✓ The device answers: {told.answer}")
        self._ready("")

    def _confirm(self, problem: ConfirmationProblem, agreed: Callable[[tuple[str, ...]], None]) -> None:
        self.words.setText("Read the risk before you go on.")
        self.questions = RiskQuestions(problem.risks, agreed, lambda: self._ready("Nothing was written."), self)

    # -----------------------------------------------------------------------------------------------------------------

    def _wait(self, words: str) -> None:
        self.words.setText(words)
        self._content.setEnabled(False)
        for button in (self.read, self.write):
            button.setEnabled(False)

    def _ready(self, words: str) -> None:
        self.words.setText(words)
        self._content.setEnabled(True)
        self.read.setEnabled(True)
        self._check()

    def _refused(self, problem: Problem) -> None:
        self._ready(f"⚠ {problem_text(problem)}")
        card = self.cards.get(problem.field.rpartition(".")[2])
        if card is not None:
            card.field.row.show_error(field_text(problem))
            card.field.field.setFocus()
