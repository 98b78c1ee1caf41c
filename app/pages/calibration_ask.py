# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Asks back before something risky, and for a reason where one must be given; the signal stays in sight. No I/O."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.widgets.choice_bar import ChoiceBar, Option
from app.widgets.digit_field import enter_pressed
from app.widgets.form_row import FormRow, words_label
from app.widgets.form_setting import TextBox
from app.widgets.present_colours import figures

_HELP = "It is kept in the record, and on the certificate where there is one."


class AskPanel(QWidget):
    """One question. `agreed` gets the reason, empty where none was asked for. Whoever shows it shows `bar` as well."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.words = QLabel(), words_label()
        self.title.setWordWrap(True)
        self.title.setFont(figures(self.font(), 1.5, bold=True))
        self.reason = TextBox()
        self.row = FormRow("Reason", self.reason, help_text=_HELP)
        self.bar = ChoiceBar()
        self._agreed: Callable[[str], None] | None = None
        self._declined: Callable[[], object] | None = None
        self._needs_reason = self._risky = False
        self._drafts: dict[str, str] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.title, self.words, self.row):
            column.addWidget(part)
        column.addStretch(1)
        self.bar.chosen.connect(self._chosen)
        self.reason.installEventFilter(self)

    def ask(
        self,
        title: str,
        words: str,
        go_on: str,
        agreed: Callable[[str], None],
        declined: Callable[[], object],
        *,
        reason: bool,
        risky: bool,
        decline: str = "No, go back",
    ) -> None:
        """Ask. Where it is risky, Enter alone declines."""
        self._agreed, self._declined = agreed, declined
        self._needs_reason, self._risky = reason, risky
        self.title.setText(title)
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.row.setVisible(reason)
        self.want("Reason", self._drafts.pop(title, ""), _HELP)
        options = [Option("agree", go_on), Option("decline", decline)]
        self.bar.offer(list(reversed(options)) if risky else options)
        first = self.bar.usual
        if reason:
            self.reason.setFocus()
        elif first is not None:
            first.setFocus()

    def want(self, title: str, text: str, help_text: str) -> None:
        """Something else than a reason is to be written, with this to begin with."""
        self.row.title.setText(title)
        self.row.help.setText(help_text)
        self.row.show_error("")
        self.reason.setPlainText(text)
        self.reason.selectAll()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter goes on from the reason; with Shift it begins a line."""
        if watched is self.reason and enter_pressed(event):
            self._reason_given()
            return True
        return super().eventFilter(watched, event)

    def _reason_given(self) -> None:
        """Something risky still needs its own button pressed."""
        if not self._risky:
            self._chosen("agree")
        elif self.reason.toPlainText().strip():
            self.bar.buttons["agree"].setFocus()
        else:
            self._chosen("agree")

    def decline(self) -> None:
        """Go back to where one was; a reason that was begun stands there when the same is asked again."""
        if self._needs_reason:
            self._drafts[self.title.text()] = self.reason.toPlainText()
        if self._declined is not None:
            self._declined()

    def _chosen(self, name: str) -> None:
        if name == "decline":
            self.decline()
            return
        reason = self.reason.toPlainText().strip()
        if self._needs_reason and not reason:
            self.row.show_error("This is needed.")
            self.reason.setFocus()
        elif self._agreed is not None:
            self._agreed(reason)
