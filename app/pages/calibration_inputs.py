# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a step asks for: number, text, switch, choice, standard, person, PIN. Draws; asks the session where it must."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QVBoxLayout, QWidget

from app.client.session import Session
from app.pages.calibration_standard_field import StandardField
from app.pages.persons import PersonField
from app.widgets.digit_field import HEIGHT, DigitField
from app.widgets.form_row import FormRow
from app.widgets.form_values import BadValue, plain_text, value_text
from app.widgets.pin_line import pin_line
from edge_daemon.api.messages_calibration import StepInput

Value = float | bool | str


class StepField(QWidget):
    """One input of a step.

    Signals:
        changed: it holds something else now.
        entered: Enter was pressed in it, where it keeps the key to itself.
        standards_wished: a person wants to see the register.
        signed_up: PIN of a person who was just added.
    """

    changed = Signal()
    entered = Signal()
    standards_wished = Signal()
    signed_up = Signal(str)

    def __init__(self, session: Session, wanted: StepInput, person: str) -> None:
        super().__init__()
        self.wanted = wanted
        self.field: QWidget
        self.row: FormRow | StandardField
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        match wanted.kind:
            case "standard":
                column.addWidget(self._make_standard(session))
            case "person":
                column.addWidget(self._make_person(session, person))
            case _:
                column.addWidget(self._make_row())

    def _make_standard(self, session: Session) -> QWidget:
        field = StandardField(session, self.wanted)
        self.field, self.row = field.chooser.search, field
        field.changed.connect(self.changed)
        field.entered.connect(self.entered)
        field.wished.connect(self.standards_wished)
        return field

    def _make_person(self, session: Session, person: str) -> QWidget:
        wanted = self.wanted
        self._person = PersonField(session, wanted.title, wanted.help, required=wanted.required, wished=person)
        self.field, self.row = self._person.box, self._person.row
        self._person.changed.connect(self.changed)
        self._person.added.connect(self.signed_up)
        return self._person

    def _make_row(self) -> QWidget:
        wanted = self.wanted
        field: DigitField | QCheckBox | QComboBox | QLineEdit
        said = wanted.help
        if wanted.kind == "number":
            field = DigitField(wanted.minimum, wanted.maximum, wanted.unit)
            said = " ".join(part for part in (said, f"Allowed: {field.allowed}." if field.allowed else "") if part)
            if isinstance(wanted.value, int | float):
                field.setText(plain_text(float(wanted.value)))
        elif wanted.kind == "switch":
            field = QCheckBox(value_text(wanted.value is True))
            field.setChecked(wanted.value is True)
            field.toggled.connect(lambda on: self.field.setProperty("text", value_text(on)))
        elif wanted.kind == "choice":
            field = QComboBox()
            for key, words in wanted.choices:
                field.addItem(words, key)
            field.setCurrentIndex(max(field.findData(wanted.value), 0))
        else:
            field = pin_line(wanted.title) if wanted.kind == "pin" else QLineEdit(str(wanted.value or ""))
        field.setMinimumHeight(HEIGHT)
        optional = "" if wanted.required or wanted.kind in {"switch", "choice"} else " (may stay empty)"
        row = FormRow(f"{wanted.title}{optional}", field, unit=wanted.unit, help_text=said)
        if wanted.kind in {"number", "pin"}:  # the unit stands right behind the digits
            row.below.setColumnStretch(1, 0)
            row.below.setColumnStretch(2, 1)
        row.touched.connect(self._touched)
        self.field, self.row = field, row
        return row

    def value(self) -> Value | None:
        """What was given; None for nothing where nothing is needed. Raises BadValue."""
        if isinstance(self.row, StandardField):
            return self.row.value
        if self.wanted.kind == "person":
            if self.wanted.required and not self._person.name:
                raise BadValue("Choose who signs, or add the person.")
            return self._person.name or None
        field = self.field
        if isinstance(field, QCheckBox):
            return field.isChecked()
        if isinstance(field, QComboBox):
            return str(field.currentData())
        text = field.text() if isinstance(field, QLineEdit) else ""
        if not text.strip():
            if self.wanted.required:
                raise BadValue("This is needed.")
            return None
        return field.number() if isinstance(field, DigitField) else text if self.wanted.kind == "pin" else text.strip()

    def offer(self, wanted: StepInput) -> None:
        """Take over other choices; what was chosen or typed stays."""
        if isinstance(self.row, StandardField) and wanted.choices != self.wanted.choices:
            self.row.offer(wanted)
        self.wanted = wanted

    def show_error(self, words: str) -> None:
        """Say what is wrong with it; nothing when `words` is empty."""
        self.row.show_error(words)

    def take_focus(self) -> None:
        """Be where keys go."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        if isinstance(self.field, QLineEdit):
            self.field.selectAll()

    def fill_pin(self, pin: str) -> None:
        """Take over the PIN that was just chosen."""
        if isinstance(self.field, QLineEdit) and self.wanted.kind == "pin":
            self.field.setText(pin)

    def _touched(self) -> None:
        self.show_error("")
        self.changed.emit()
