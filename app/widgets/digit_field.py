# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A large line for a number or a PIN, that digits find their way into from anywhere on the page. Draws; no I/O."""

from math import inf

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from app.widgets.form_values import BadValue, number_of, plain_text
from app.widgets.present_colours import figures

HEIGHT = 52
_WIDTH = 220
_DIGITS = frozenset("0123456789.,-−")


def enter_pressed(event: QEvent) -> bool:
    """Whether it is the Enter key going down; with Shift it is not, for that begins a line."""
    if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.KeyPress:
        return False
    shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    return event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not shifted


class DigitField(QLineEdit):
    """`number` is what was typed, with point or comma."""

    def __init__(self, minimum: float | None = None, maximum: float | None = None, unit: str = "") -> None:
        super().__init__()
        self._minimum, self._maximum, self._unit = minimum, maximum, unit
        self.setFont(figures(self.font(), 1.5, bold=True))
        self.setFixedSize(_WIDTH, HEIGHT)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setInputMethodHints(Qt.InputMethodHint.ImhFormattedNumbersOnly)

    @property
    def allowed(self) -> str:
        """The range in words; empty where there is none."""
        low, high, unit = self._minimum, self._maximum, f" {self._unit}" if self._unit else ""
        if low is not None and high is not None:
            return f"{plain_text(low)} to {plain_text(high)}{unit}"
        if low is not None:
            return f"at least {plain_text(low)}{unit}"
        return f"at most {plain_text(high)}{unit}" if high is not None else ""

    def number(self) -> float:
        """What was typed. Raises BadValue."""
        number = float(number_of(self.text()))
        low = -inf if self._minimum is None else self._minimum
        if not low <= number <= (inf if self._maximum is None else self._maximum):
            raise BadValue(f"{plain_text(number)} cannot be used. Allowed: {self.allowed}.")
        return number

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """No number has a space in it: the page may take that key for its own."""
        if event.key() == Qt.Key.Key_Space:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def type_on(self, event: QKeyEvent) -> bool:
        """Take a digit that was typed elsewhere on the page; says whether it was one."""
        if not event.text() or event.text() not in _DIGITS:
            return False
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.setText(event.text())
        return True
