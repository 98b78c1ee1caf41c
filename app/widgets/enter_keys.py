# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Enter in a dialog presses the button that has the keys, and in a line leads on to what comes next. No I/O.

Qt does this only through a default button, which would also be pressed by the Enter that a scanner types into a line.
"""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QWidget

from app.widgets.digit_field import enter_pressed


class EnterKeys(QObject):
    """Belongs to the dialog. What keeps Enter to itself, such as a box of many lines, goes on doing so."""

    def __init__(self, dialog: QDialog) -> None:
        super().__init__(dialog)
        self._dialog = dialog
        dialog.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter that nothing in the dialog has used for itself comes by here."""
        if watched is not self._dialog or not enter_pressed(event):
            return super().eventFilter(watched, event)
        found: object = self._dialog.focusWidget()
        focus = found if isinstance(found, QWidget) else self._dialog
        if isinstance(focus, QAbstractButton) and not focus.isCheckable():
            focus.click()
        else:
            tab = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier)
            QApplication.sendEvent(focus, tab)  # from there a scroll area learns of it, and follows
        return True
