# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What became of each line of an imported list of standards. Draws; no I/O."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QListWidget, QPushButton, QVBoxLayout, QWidget

from app.widgets.digit_field import HEIGHT
from app.widgets.form_row import words_label
from edge_daemon.api.messages_calibration import StandardsImported


class ImportReport(QWidget):
    """Lines that were not taken come first: they are what is left to do.

    Signals:
        left: it was read.
    """

    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.words, self.list, self.back = words_label(), QListWidget(), QPushButton("Back to the list")
        self.list.setWordWrap(True)
        self.list.setAccessibleName("Lines of the file")
        self.back.setMinimumHeight(HEIGHT)
        self.back.setAutoDefault(False)
        self.back.clicked.connect(self.left)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.words)
        column.addWidget(self.list, 1)
        column.addWidget(self.back)

    def show_report(self, name: str, told: StandardsImported) -> None:
        """Show it."""
        taken = sum(one.taken for one in told.lines)
        refused = len(told.lines) - taken
        self.words.setText(f"{name}: {taken} taken, {refused} not taken." if told.lines else f"{name} has no lines.")
        self.list.clear()
        for one in sorted(told.lines, key=lambda line: (line.taken, line.line)):
            self.list.addItem(f"{'✓' if one.taken else '✕'} Line {one.line}: {one.words}")
        self.back.setFocus()
