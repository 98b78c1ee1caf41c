# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A person changes the PIN, or signs no more; both need the PIN until now, or a witness. Asks the session; does no
I/O."""

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.client.session import Session
from app.pages.persons_reset import PersonReset
from app.pages.problem_words import problem_text
from app.widgets.digit_field import HEIGHT
from app.widgets.form_row import EDGES, FormRow, quiet_label, words_label
from app.widgets.pin_line import pin_line
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_calibration import LeavingPerson, NewPin

_HELP = "A note in the record tells either. What was signed stays as it is."


class PersonChange(QDialog):
    """Stays open until the recorder has taken it, so that a refusal is seen at its field."""

    def __init__(self, session: Session, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Persons who sign")
        self.setStyleSheet(EDGES)
        self.resize(620, 420)
        self._session = session
        self.person = QComboBox()
        self.person.addItems(list(names))
        self.person.setMinimumHeight(HEIGHT)
        self.pin, self.new_pin, self.again = pin_line("PIN until now"), pin_line("New PIN"), pin_line("PIN once more")
        self.rows = {
            "name": FormRow("Person", self.person),
            "pin": FormRow("PIN until now", self.pin),
            "new_pin": FormRow("New PIN", self.new_pin, help_text="empty where the person is to be taken off"),
            "again": FormRow("New PIN once more", self.again),
        }
        self.words = words_label()
        self.change, self.remove = QPushButton("Change the PIN"), QPushButton("Take this person off")
        self.forgotten, self.cancel = QPushButton("PIN forgotten…"), QPushButton("Close")
        self.resetting: PersonReset | None = None
        self._names = tuple(names)
        self._lay_out()
        self.change.clicked.connect(self._change)
        self.remove.clicked.connect(self._remove)
        self.forgotten.clicked.connect(self._reset)
        self.cancel.clicked.connect(self.reject)
        self.pin.setFocus()

    def _lay_out(self) -> None:
        column, below = QVBoxLayout(self), QHBoxLayout()
        for row in self.rows.values():
            column.addWidget(row)
            row.touched.connect(lambda shown=row: shown.show_error(""))
        column.addWidget(quiet_label(_HELP))
        column.addStretch(1)
        for button in (self.change, self.forgotten, self.remove, self.cancel):
            button.setAutoDefault(False)
            button.setMinimumHeight(HEIGHT)
            below.addWidget(button)
        below.insertStretch(3, 1)
        self.change.setDefault(True)
        column.addWidget(self.words)
        column.addLayout(below)

    def _change(self) -> None:
        pin, new = self.pin.text(), self.new_pin.text()
        faults = {
            "pin": "" if pin else "The PIN until now is needed.",
            "new_pin": "" if len(new) >= 4 else "A PIN has at least 4 characters.",
            "again": "" if self.again.text() == new else "The two PINs differ.",
        }
        if self._stands(faults):
            wanted = NewPin(name=self.person.currentText(), pin=pin, new_pin=new)
            self._session.calibration.change_pin(wanted, lambda _: self.accept(), self._refused)

    def _remove(self) -> None:
        pin, new = self.pin.text(), self.new_pin.text()
        faults = {
            "pin": "" if pin else "The PIN until now is needed.",
            "new_pin": "Leave this empty to take the person off." if new else "",
            "again": "",
        }
        if self._stands(faults):
            leaving = LeavingPerson(name=self.person.currentText(), pin=pin)
            self._session.calibration.remove_person(leaving, lambda _: self.accept(), self._refused)

    def _reset(self) -> None:
        name = self.person.currentText()
        others = [other for other in self._names if other != name]
        self.resetting = PersonReset(self._session, name, others, self)
        self.resetting.accepted.connect(self.accept)
        self.resetting.open()

    def _stands(self, faults: dict[str, str]) -> bool:
        """Whether it can be sent; what is wrong is said at its field."""
        for name, row in self.rows.items():
            row.show_error(faults.get(name, ""))
        wrong = next((name for name, words in faults.items() if words), "")
        if wrong:
            self.rows[wrong].field.setFocus()
            return False
        self._enable(False)
        return True

    def _refused(self, problem: Problem) -> None:
        self._enable(True)
        row = self.rows.get(problem.field.rpartition(".")[2])
        if row is None:
            self.words.setText(f"⚠ {problem_text(problem)}")
            return
        row.show_error(problem.detail)
        row.field.setFocus()

    def _enable(self, on: bool) -> None:
        for button in (self.change, self.remove):
            button.setEnabled(on)
