# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A forgotten PIN gets another one, with somebody else who signs as the witness. Asks the session; does no I/O."""

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.client.session import Session
from app.pages.problem_words import problem_text
from app.widgets.digit_field import HEIGHT
from app.widgets.form_row import EDGES, FormRow, quiet_label, words_label
from app.widgets.pin_line import pin_line
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_calibration import NewPin

_WITNESSED = (
    "The witness signs for it with the own PIN, and a note in the record names both. The old PIN stops working."
)
_ALONE = (
    "Nobody else signs at this station, so there is no witness. A note in the record says that, for everybody who "
    "checks what is signed afterwards. The old PIN stops working."
)


class PersonReset(QDialog):
    """Stays open until the recorder has taken it, so that a refusal is seen at its field."""

    def __init__(self, session: Session, name: str, others: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Forgotten PIN of {name}")
        self.setStyleSheet(EDGES)
        self.resize(620, 420)
        self._session, self._name, self._alone = session, name, not others
        self.new_pin, self.again, self.pin = pin_line("New PIN"), pin_line("PIN once more"), pin_line("PIN of witness")
        self.witness = QComboBox()
        self.witness.addItems(list(others))
        self.witness.setMinimumHeight(HEIGHT)
        self.unseen = QCheckBox("Reset it without a witness")
        self.unseen.setMinimumHeight(HEIGHT)
        self.rows = {
            "new_pin": FormRow("New PIN", self.new_pin, help_text=f"typed by {name}"),
            "again": FormRow("New PIN once more", self.again),
            "witness": FormRow("Witness", self.witness),
            "pin": FormRow("PIN of the witness", self.pin, help_text="typed by the witness"),
        }
        self.words = words_label()
        self.reset, self.cancel = QPushButton("Reset the PIN"), QPushButton("Close")
        self._lay_out()
        self.reset.clicked.connect(self._send)
        self.cancel.clicked.connect(self.reject)
        self.new_pin.setFocus()

    def _lay_out(self) -> None:
        column, below = QVBoxLayout(self), QHBoxLayout()
        for row in self.rows.values():
            column.addWidget(row)
            row.touched.connect(lambda shown=row: shown.show_error(""))
        for name in ("witness", "pin"):
            self.rows[name].setVisible(not self._alone)
        column.addWidget(quiet_label(_ALONE if self._alone else _WITNESSED))
        column.addWidget(self.unseen)
        self.unseen.setVisible(self._alone)
        column.addStretch(1)
        for button in (self.reset, self.cancel):
            button.setAutoDefault(False)
            button.setMinimumHeight(HEIGHT)
            below.addWidget(button)
        below.insertStretch(1, 1)
        self.reset.setDefault(True)
        column.addWidget(self.words)
        column.addLayout(below)

    def _send(self) -> None:
        new = self.new_pin.text()
        faults = {
            "new_pin": "" if len(new) >= 4 else "A PIN has at least 4 characters.",
            "again": "" if self.again.text() == new else "The two PINs differ.",
            "pin": "" if self._alone or self.pin.text() else "The PIN of the witness is needed.",
        }
        for name, row in self.rows.items():
            row.show_error(faults.get(name, ""))
        wrong = next((name for name, words in faults.items() if words), "")
        if wrong:
            self.rows[wrong].field.setFocus()
            return
        if self._alone and not self.unseen.isChecked():
            self.words.setText("⚠ Say that it is to be reset without a witness.")
            self.unseen.setFocus()
            return
        self.reset.setEnabled(False)
        self._session.calibration.change_pin(
            NewPin(
                name=self._name,
                pin="" if self._alone else self.pin.text(),
                new_pin=new,
                forgotten=True,
                witness="" if self._alone else self.witness.currentText(),
            ),
            lambda _: self.accept(),
            self._refused,
        )

    def _refused(self, problem: Problem) -> None:
        self.reset.setEnabled(True)
        row = self.rows.get(problem.field.rpartition(".")[2])
        if row is None or row.isHidden():
            self.words.setText(f"⚠ {problem_text(problem)}")
            return
        row.show_error(problem.detail)
        row.field.setFocus()
