# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The form of a destination: its settings by kind, its password or token, and a test of it. Does no I/O itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from app.client.delivery_desk import DeliveryDesk
from app.pages.sync_words import KINDS, check_words
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_sync import CheckLine, DestinationChange, DestinationMessage
from edge_daemon.domain.destination import USUAL_WINDOW_S, Destination, account_identity, from_plain, identity
from edge_daemon.domain.faults import BadInput

TOUCH, FIELD, MOST_FORM = 44, 34, 440
Value = bool | int | str


@dataclass(frozen=True, slots=True)
class Field:
    """One setting. `choices` are (shown, value)."""

    name: str
    label: str
    kind: Literal["text", "whole", "switch", "choice"] = "text"
    default: Value = ""
    hint: str = ""
    choices: tuple[tuple[str, Value], ...] = ()


_WINDOW = Field(
    "resend_window_s",
    "Stay until kept for (s)",
    "whole",
    USUAL_WINDOW_S,
    hint="for a far end that does not tell whether it died; 0: what it took goes out twice instead",
)

FIELDS: Mapping[str, tuple[Field, ...]] = {
    "influxdb": (
        Field("url", "Address", hint="https://influx.example:8086"),
        Field("organisation", "Organisation"),
        Field("bucket", "Bucket"),
        _WINDOW,
    ),
    "mqtt": (
        Field("host", "Broker", hint="broker.example"),
        Field("port", "Port", "whole", 8883),
        Field("tls", "Encrypted (TLS)", "switch", True),
        Field("username", "User name"),
        Field("ca_file", "Certificate authority (file)", hint="empty: those that this computer trusts"),
        Field("client_certificate", "Client certificate (file)"),
        Field("client_key", "Client key (file)"),
        Field("protocol", "Protocol", "choice", 5, choices=(("MQTT 5", 5), ("MQTT 3.1.1", 4))),
        Field(
            "hash_form",
            "Form of local_hash",
            "choice",
            "sorted_json",
            choices=(("Sorted JSON, as the marketplace checks", "sorted_json"), ("RFC 8785", "rfc8785")),
        ),
        Field("receipt_topic", "Receipt topic", hint="empty: the broker's word counts"),
        Field("hours", "Hourly summaries go out too", "switch", True),
        _WINDOW,
    ),
    "file": (Field("folder", "Folder", hint="for example a memory stick"),),
}
SECRETS = {"influxdb": "Token", "mqtt": "Password"}


class DestinationEditor(QDialog):
    """Edits `destination`, or a new one. "Save and test" saves and says line by line what the destination answers."""

    def __init__(self, desk: DeliveryDesk, destination: DestinationMessage | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk = desk
        self._stored = destination
        self.saved: DestinationMessage | None = None
        self.setWindowTitle("Destination" if destination else "New destination")
        self.setMinimumWidth(560)
        self.kind = QComboBox()
        for kind, words in KINDS.items():
            self.kind.addItem(words, kind)
        self.name = QLineEdit(destination.name if destination else "")
        self.secret = QLineEdit()
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAccessibleName("Answer")
        self.inputs: dict[str, QWidget] = {}
        self._form = QFormLayout()
        self.test = QPushButton("Save and &test")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.addButton(self.test, QDialogButtonBox.ButtonRole.ActionRole)
        for button in self.buttons.buttons():
            button.setMinimumHeight(TOUCH)
        self._content = QWidget()
        inside = QVBoxLayout(self._content)
        inside.addLayout(self._form)
        inside.addWidget(self.words)
        inside.addStretch(1)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows what has the focus
        self._area.setWidget(self._content)
        column = QVBoxLayout(self)
        column.addWidget(self._area, 1)
        column.addWidget(self.buttons)
        if destination:
            self.kind.setCurrentIndex(self.kind.findData(destination.kind))
            self.kind.setEnabled(False)
            self.name.setEnabled(False)
        self._build()
        self.kind.currentIndexChanged.connect(self._build)
        self.buttons.accepted.connect(lambda: self._save(self.accept))
        self.buttons.rejected.connect(self.reject)
        self.test.clicked.connect(lambda: self._save(self._check))

    def change(self) -> DestinationChange:
        """What the form says."""
        kind = str(self.kind.currentData())
        settings: dict[str, Value] = {"kind": kind}
        for field in FIELDS[kind]:
            value = _value(self.inputs[field.name])
            if value != "":
                settings[field.name] = value
        secret = self.secret.text()
        return DestinationChange(settings=settings, secret=SecretStr(secret) if secret else None)

    def _build(self) -> None:
        kind = str(self.kind.currentData())
        # Kept out of the form while its rows go: a form deletes what it holds.
        for kept in (self.kind, self.name, self.secret):
            self._form.removeWidget(kept)
        while self._form.rowCount():
            self._form.removeRow(0)
        self._form.addRow("&Kind", self.kind)
        self._form.addRow("&Name", self.name)
        before = self._stored.settings if self._stored else {}
        self.inputs = {field.name: _input(field, before.get(field.name, field.default)) for field in FIELDS[kind]}
        for widget in (self.kind, self.name, self.secret, *self.inputs.values()):
            widget.setMinimumHeight(FIELD)
        for field in FIELDS[kind]:
            self._form.addRow(field.label, self.inputs[field.name])
        self.secret.setVisible(kind in SECRETS)
        if kind in SECRETS:
            self._form.addRow(SECRETS[kind], self.secret)
            self.secret.setAccessibleName(SECRETS[kind])
            stored = self._stored is not None and self._stored.secret
            self.secret.setPlaceholderText("stored; type to replace it" if stored else "kept in the keyring")
        self._area.setMinimumHeight(min(MOST_FORM, self._content.sizeHint().height()))

    def _save(self, then: Callable[[], None]) -> None:
        name = self.name.text().strip()
        if not name:
            self._say("⚠ The destination needs a name.")
            self.name.setFocus()
            return
        change = self.change()
        settings = same_data(self._stored, change.settings, self._is_same_data)
        if settings is None:
            return
        change = DestinationChange(settings=settings, secret=change.secret)
        self._wait("Saving…")

        def saved(destination: DestinationMessage) -> None:
            self.saved = self._stored = destination
            self.kind.setEnabled(False)
            self.name.setEnabled(False)
            self.secret.clear()
            self._ready()
            then()

        self._desk.put(name, change, saved, self._failed)

    def _is_same_data(self) -> bool | None:
        """Ask the person what lies behind the new address; None: go on editing."""
        assert self._stored is not None
        box = QMessageBox(
            QMessageBox.Icon.Question,
            "Another address",
            f"{self._stored.name} has another address now. Does it hold the same data as before?",
            parent=self,
        )
        box.setInformativeText(
            "The same data, for example after the server got a new name: delivery goes on where it was. "
            "Another place, for example a new server or an empty stick: everything is delivered to it from the "
            "beginning. If in doubt, choose another place: nothing is stored twice."
        )
        same = box.addButton("The &same data", QMessageBox.ButtonRole.YesRole)
        other = box.addButton("&Another place", QMessageBox.ButtonRole.NoRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(other)
        box.exec()
        return True if box.clickedButton() is same else False if box.clickedButton() is other else None

    def _check(self) -> None:
        self._wait("Asking the destination… This may take a minute.")

        def told(lines: tuple[CheckLine, ...]) -> None:
            self._ready()
            self._say(check_words(lines))

        self._desk.check(self.name.text().strip(), told, self._failed)

    def _failed(self, problem: Problem) -> None:
        self._ready()
        self._say(f"⚠ {problem.title}. {problem.detail} {problem.advice}".rstrip())
        if problem.field in self.inputs:
            self.inputs[problem.field].setFocus()

    def _say(self, words: str) -> None:
        """The buttons keep their place on a small screen, however much there is to say."""
        self.words.setText(words)
        QTimer.singleShot(0, self, lambda: self._area.ensureWidgetVisible(self.words))

    def _wait(self, words: str) -> None:
        self._say(words)
        self.buttons.setEnabled(False)

    def _ready(self) -> None:
        self.buttons.setEnabled(True)


def same_data(
    stored: DestinationMessage | None, settings: Mapping[str, Value], ask: Callable[[], bool | None]
) -> dict[str, Value] | None:
    """The settings, with whose account goes on where the place has another address now; None: the person backs out."""
    before = None if stored is None else _destination(stored.name, {"kind": stored.kind, **stored.settings})
    now = None if stored is None else _destination(stored.name, settings)
    if before is None or now is None:  # new, or with a field that the recorder will find fault with
        return dict(settings)
    same = identity(before) == identity(now) or account_identity(before) == identity(now) or ask()
    if same is None:
        return None
    goes_on = same and account_identity(before) != identity(now)
    return {**settings, "same_data_as": account_identity(before)} if goes_on else dict(settings)


def _destination(name: str, settings: Mapping[str, Value]) -> Destination | None:
    try:
        return from_plain(name, settings)
    except BadInput:
        return None


def _input(field: Field, value: Value) -> QWidget:
    if field.kind == "switch":
        switch = QCheckBox()
        switch.setChecked(bool(value))
        switch.setAccessibleName(field.label)
        return switch
    if field.kind == "choice":
        choice = QComboBox()
        for words, data in field.choices:
            choice.addItem(words, data)
        choice.setCurrentIndex(max(0, choice.findData(value)))
        choice.setAccessibleName(field.label)
        return choice
    line = QLineEdit(str(value))
    line.setPlaceholderText(field.hint)
    line.setAccessibleName(field.label)
    line.setProperty("whole", field.kind == "whole")
    return line


def _value(widget: QWidget) -> Value:
    if isinstance(widget, QCheckBox):
        return widget.isChecked()
    if isinstance(widget, QComboBox):
        chosen: Value = widget.currentData()
        return chosen
    assert isinstance(widget, QLineEdit)
    text = widget.text().strip()
    return int(text) if widget.property("whole") and text.isdecimal() else text
