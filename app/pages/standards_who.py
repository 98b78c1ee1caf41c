# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Asks who changes the register of standards, before it is changed: the record names that person. Draws; no I/O."""

from collections.abc import Callable

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.pages.calibration_ask import AskPanel


class WhoPage(QWidget):
    """One question with a name for its answer; Enter goes on, Esc goes back."""

    def __init__(self, left: Callable[[], None]) -> None:
        super().__init__()
        self._left = left
        self.panel = AskPanel()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel, 1)
        column.addWidget(self.panel.bar)

    def ask(self, title: str, words: str, go_on: str, person: str, named: Callable[[str], None]) -> None:
        """Ask; `person` is the name to begin with, `named` gets the one given."""
        self.panel.ask(title, words, go_on, named, self._left, reason=True, risky=False)
        self.panel.want("Your name", person, "as it is to stand in the record")
        self.panel.reason.setFocus()
