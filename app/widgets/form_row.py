# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One row of a form: title, input, unit, a help line, and the error right below. Draws; no I/O."""

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QWidget,
)

TOUCH = 48
TITLE_WIDTH = 170
# The style's own edges can hardly be seen in the dark, nor in the sun.
EDGES = """
    QLineEdit, QPlainTextEdit { border: 2px solid palette(placeholder-text); border-radius: 4px;
        background: palette(base); padding: 0 6px; }
    QLineEdit:focus, QPlainTextEdit:focus { border-color: palette(highlight); }
    QListWidget, QTableWidget, QTextBrowser { border: 1px solid palette(placeholder-text); }
    QListWidget:focus, QTableWidget:focus { border: 2px solid palette(highlight); }
    QComboBox { padding-left: 6px; }
    QProgressBar { border: 1px solid palette(placeholder-text); border-radius: 4px; background: palette(base); }
    QProgressBar::chunk { background: palette(highlight); border-radius: 3px; }
    QPushButton { min-height: 36px; }
    QCheckBox { spacing: 10px; }
    QCheckBox::indicator { width: 26px; height: 26px; }
"""

Input = QLineEdit | QComboBox | QAbstractButton | QPlainTextEdit


def quiet_label(text: str = "") -> QLabel:
    """A line of explanation: wrapped, plain, in the muted colour."""
    label = words_label(text)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    return label


def words_label(text: str = "") -> QLabel:
    """A wrapped line of plain text that can be selected and copied."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    return label


class FormRow(QWidget):
    """`show_error` says what is wrong beside the field; empty text takes it away.

    Signals:
        touched: what the field holds has changed, by a person or by the program.
    """

    touched = Signal()

    def __init__(self, title: str, field: Input, *, unit: str = "", help_text: str = "") -> None:
        super().__init__()
        self.field = field
        field.setMinimumHeight(max(field.minimumHeight(), TOUCH))
        if isinstance(field, QComboBox):  # its longest entry must not make the whole form wider than its room
            field.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            field.setMinimumContentsLength(12)
        field.setAccessibleName(title)
        field.setAccessibleDescription(help_text)
        self.title, self.help, self.error = QLabel(title), quiet_label(help_text), QLabel()
        self.title.setWordWrap(True)
        self.title.setBuddy(field)
        self.title.setFixedWidth(TITLE_WIDTH)
        self.title.setMinimumHeight(TOUCH)
        self.help.setVisible(bool(help_text))
        self.error.setWordWrap(True)
        self.error.setTextFormat(Qt.TextFormat.PlainText)
        self.error.setForegroundRole(QPalette.ColorRole.BrightText)
        self.error.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(2)
        grid.addWidget(self.title, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(field, 0, 1)
        self.unit = QLabel(unit)
        grid.addWidget(self.unit, 0, 2)
        grid.addWidget(self.help, 1, 1, 1, 2)
        grid.addWidget(self.error, 2, 1, 1, 2)
        grid.setColumnStretch(1, 1)
        self.below = grid
        _changes(field).connect(self.touched)

    def add_below(self, widget: QWidget) -> None:
        """Another line under the field."""
        self.below.addWidget(widget, self.below.rowCount(), 1, 1, 2)

    def show_help(self, words: str) -> None:
        """Explain the field anew."""
        self.help.setText(words)
        self.help.setVisible(bool(words))
        self.field.setAccessibleDescription(words)

    def show_unit(self, unit: str) -> None:
        """The field's number is in this unit."""
        self.unit.setText(unit)

    def show_error(self, words: str) -> None:
        """Say what is wrong with the field; nothing when `words` is empty."""
        self.error.setText(f"⚠ {words}" if words else "")
        self.error.setVisible(bool(words))
        self.field.setAccessibleDescription(f"{words} {self.help.text()}".strip())


def _changes(field: Input) -> SignalInstance:
    if isinstance(field, QComboBox):
        return field.currentIndexChanged
    if isinstance(field, QAbstractButton):
        return field.toggled
    return field.textChanged
