# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An input made of a driver's declaration: switch, whole, number, choice or text. Draws; no I/O."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.widgets.form_row import TOUCH, FormRow
from app.widgets.form_values import BadValue, plain_text, range_text, same_value, typed_value, value_text
from edge_daemon.api.messages_devices import SettingDeclaration
from edge_daemon.domain.instrument import OptionValue

_MOST_LINES = 8


class TextBox(QPlainTextEdit):
    """Looks like a line and grows with what is pasted into it: some settings are whole small files."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.textChanged.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        lines = min(max(self.document().blockCount(), len(self.toPlainText()) // 60 + 1), _MOST_LINES)
        self.setFixedHeight(TOUCH + (lines - 1) * QFontMetrics(self.font()).lineSpacing())


class SettingInput(QWidget):
    """`value` is what the person has filled in.

    Signals:
        changed: it holds something else now.
    """

    changed = Signal()

    def __init__(self, declaration: SettingDeclaration) -> None:
        super().__init__()
        self.declaration = declaration
        self.field = _field(declaration)
        allowed = range_text(declaration)
        said = " ".join(part for part in (declaration.help, f"Allowed: {allowed}." if allowed else "") if part)
        self.row = FormRow(declaration.label, self.field, unit=declaration.unit, help_text=said)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.row)
        self.row.touched.connect(self._touched)
        self.show_value(declaration.default)

    def value(self) -> OptionValue:
        """What is filled in. Raises BadValue."""
        if isinstance(self.field, QCheckBox):
            return self.field.isChecked()
        if isinstance(self.field, QComboBox):
            chosen = self.field.currentIndex()
            if chosen < 0:
                raise BadValue("Choose one.")
            return self.declaration.choices[chosen]
        text = self.field.toPlainText() if isinstance(self.field, QPlainTextEdit) else self.field.text()
        return typed_value(self.declaration, text)

    def show_value(self, value: OptionValue) -> None:
        """Fill in this value."""
        if isinstance(self.field, QCheckBox):
            self.field.setChecked(value is True)
        elif isinstance(self.field, QComboBox):
            places = [place for place, choice in enumerate(self.declaration.choices) if same_value(choice, value)]
            self.field.setCurrentIndex(places[0] if places else -1)
        elif isinstance(self.field, QPlainTextEdit):
            self.field.setPlainText(plain_text(value))
        else:
            self.field.setText(plain_text(value))

    def fault(self) -> str:
        """What is wrong with the value, in words; empty where nothing is."""
        try:
            self.value()
        except BadValue as wrong:
            return str(wrong)
        return ""

    def _touched(self) -> None:
        self.row.show_error(self.fault())
        self.changed.emit()


def _field(declaration: SettingDeclaration) -> QCheckBox | QComboBox | QLineEdit | QPlainTextEdit:
    match declaration.kind:
        case "switch":
            switch = QCheckBox("off")
            switch.toggled.connect(lambda on: switch.setText(value_text(on)))
            return switch
        case "choice":
            box = QComboBox()
            box.addItems([value_text(choice, declaration.unit) for choice in declaration.choices])
            return box
        case "text":
            return TextBox()
        case _:
            return QLineEdit()
