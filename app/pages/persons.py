# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Who signs: a choice of known persons, and adding one with a PIN on the spot. Asks the session; does no I/O."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFrame, QLineEdit, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.client.session import Session
from app.pages.persons_change import PersonChange
from app.pages.problem_words import field_text, problem_text
from app.widgets.digit_field import HEIGHT, enter_pressed
from app.widgets.form_row import FormRow, words_label
from app.widgets.pin_line import pin_line
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_calibration import NewPerson, PersonMessage

_NEW, _CHANGE = "Somebody new…", "Change a PIN, or take somebody off…"
_LEAST_PIN = 4


class NewPersonForm(QFrame):
    """Keeps what is typed until the recorder has taken it.

    Signals:
        added: name and PIN of the person who now can sign.
    """

    added = Signal(str, str)

    def __init__(self, session: Session, name: str) -> None:
        super().__init__()
        self._session = session
        self.setObjectName("person")
        self.setStyleSheet("#person { border: 2px solid palette(highlight); border-radius: 6px; }")
        self.name, self.pin, self.again = QLineEdit(name), pin_line("New PIN"), pin_line("PIN once more")
        self.rows = {
            "name": FormRow("New person", self.name, help_text="as it is to stand on certificates"),
            "pin": FormRow("PIN", self.pin, help_text=f"at least {_LEAST_PIN} characters; keep it to yourself"),
            "again": FormRow("PIN once more", self.again),
        }
        self.words = words_label()
        self.add = QPushButton("Add this person")
        self.add.setAutoDefault(False)
        self.add.setMinimumHeight(HEIGHT)
        self.add.clicked.connect(self.send)
        column = QVBoxLayout(self)
        for row in self.rows.values():
            column.addWidget(row)
            row.touched.connect(self._clear)
        column.addWidget(self.add)
        column.addWidget(self.words)
        self.words.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter adds the person; it does not go on to the window, which would sign."""
        if enter_pressed(event):
            self.send()
        else:
            super().keyPressEvent(event)

    def send(self) -> None:
        """Add the person, once what was typed can be used."""
        name, pin = self.name.text().strip(), self.pin.text()
        faults = {
            "name": "" if name else "A name is needed.",
            "pin": "" if len(pin) >= _LEAST_PIN else f"A PIN has at least {_LEAST_PIN} characters.",
            "again": "" if self.again.text() == pin else "The two PINs differ.",
        }
        for key, words in faults.items():
            self.rows[key].show_error(words)
        wrong = next((key for key, words in faults.items() if words), "")
        if wrong:
            self.rows[wrong].field.setFocus()
            return
        self.add.setEnabled(False)
        new = NewPerson(name=name, pin=pin)
        self._session.calibration.add_person(new, lambda told: self._added(told, pin), self._refused)

    def _added(self, told: PersonMessage, pin: str) -> None:
        if not isValid(self):  # the person stands in the recorder's list all the same
            return
        self.add.setEnabled(True)
        for line in (self.pin, self.again):
            line.clear()
        self.added.emit(told.name, pin)

    def _refused(self, problem: Problem) -> None:
        if not isValid(self):
            return
        self.add.setEnabled(True)
        row = self.rows.get(problem.field.rpartition(".")[2])
        if row is not None:
            row.show_error(field_text(problem))
            row.field.setFocus()
        else:
            self.words.setText(f"⚠ {problem_text(problem)}")
            self.words.show()

    def _clear(self) -> None:
        self.words.hide()
        for row in self.rows.values():
            row.show_error("")


class PersonField(QWidget):
    """A list of known persons; without any, the form for a new one stands there at once.

    Signals:
        changed: another person is chosen.
        added: PIN of a person who was just added here.
    """

    changed = Signal()
    added = Signal(str)

    def __init__(self, session: Session, title: str, help_text: str, *, required: bool, wished: str) -> None:
        super().__init__()
        self._session, self._required, self._wished = session, required, wished
        self.box = QComboBox()
        self.row = FormRow(title, self.box, help_text=help_text)
        self.box.setMinimumHeight(HEIGHT)
        self.new = NewPersonForm(session, wished if required else "")
        self.new.hide()
        self.change: PersonChange | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.row)
        column.addWidget(self.new)
        self.box.activated.connect(lambda _: self._chosen())
        self.new.added.connect(self._added)
        self.ask()

    @property
    def name(self) -> str:
        """Who is chosen; empty for nobody."""
        return str(self.box.currentData() or "")

    def ask(self) -> None:
        """Ask who is known."""
        self._session.calibration.persons(self._took, self._refused)

    def _took(self, persons: tuple[PersonMessage, ...]) -> None:
        if not isValid(self):  # the run went on to another step meanwhile
            return
        before = self.name or self._wished
        self.box.clear()
        if not self._required:
            self.box.addItem("Nobody: one signature is enough", "")
        for one in persons:
            self.box.addItem(one.name, one.name)
        self.box.addItem(_NEW, None)
        if persons:
            self.box.addItem(_CHANGE, None)
        place = self.box.findData(before) if before else 0
        unknown = self.box.findText(_NEW) if self._required else 0  # whoever is at work has no PIN yet
        self.box.setCurrentIndex(place if place >= 0 else unknown)
        self.row.show_error("")
        self._chosen()

    def _chosen(self) -> None:
        if self.box.currentText() == _CHANGE:
            self._change()
            return
        new = self.box.currentText() == _NEW
        self.new.setVisible(new)
        if new and self.isVisible():
            (self.new.pin if self.new.name.text() else self.new.name).setFocus()
        self.changed.emit()

    def _change(self) -> None:
        """Somebody else's PIN may be changed here too: who signs is asked for again after it."""
        names = [str(self.box.itemData(place)) for place in range(self.box.count()) if self.box.itemData(place)]
        self.box.setCurrentIndex(0)
        self._chosen()
        self.change = PersonChange(self._session, names, self.window())
        self.change.finished.connect(lambda _: self.ask())
        self.change.open()

    def _added(self, name: str, pin: str) -> None:
        self._wished = name
        self.box.insertItem(self.box.findText(_NEW), name, name)
        self.box.setCurrentIndex(self.box.findData(name))
        self._chosen()
        self.added.emit(pin)
        self.ask()

    def _refused(self, problem: Problem) -> None:
        if isValid(self):
            self.row.show_error(problem_text(problem))
