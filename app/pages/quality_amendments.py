# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The log's amendments: what each says and whether it counts; add one, withdraw one. Asks the session."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QInputDialog, QMessageBox, QPushButton, QVBoxLayout, QWidget

from app.client.session import Session
from app.pages.evidence_dialogs import modal
from app.pages.problem_words import problem_text
from app.pages.quality_amendment_form import AmendmentDialog
from app.pages.quality_amendment_words import amendment_cells, amendment_text, preview_text
from app.pages.waiting_words import waiting_text
from app.widgets.form_row import TOUCH, words_label
from app.widgets.row_table import RowTable
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_quality import AmendmentMessage, AmendmentPreview, NewAmendment, WaitingMessage

_COLUMNS = (
    ("State", ""),
    ("Entry", "Its index in the log"),
    ("Written, UTC", ""),
    ("What happened", ""),
    ("Concerns", ""),
    ("Changes", ""),
    ("By", ""),
)
_NONE = "No amendment: every reading is to be read as it was recorded."


class AmendmentsView(QWidget):
    """The newest first.

    Signals:
        told: text for the person.
        amended: the log has one more.
    """

    told = Signal(str)
    amended = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._all: tuple[AmendmentMessage, ...] = ()
        self.dialog: AmendmentDialog | None = None
        self.table = RowTable("Amendments", _COLUMNS, 4, frozenset({1}))
        self.words = words_label("… Asking the recorder.")
        self.waiting_words = words_label("")
        self.waiting_words.setAccessibleName("What waits for a time")
        self._waiting: tuple[WaitingMessage, ...] = ()
        self.add, self.withdraw = QPushButton("&Amend…"), QPushButton("&Withdraw…")
        self.release = QPushButton("&Release…")
        buttons = QHBoxLayout()
        for button in (self.add, self.withdraw, self.release):
            button.setMinimumHeight(TOUCH)
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.addWidget(self.table, 1)
        column.addWidget(self.waiting_words)
        column.addWidget(self.words)
        column.addLayout(buttons)
        self.table.chosen.connect(self._show_chosen)
        self.add.clicked.connect(lambda: self._open(()))
        self.release.clicked.connect(lambda: self._open(self._waiting[:1]))
        self.withdraw.clicked.connect(self._ask_why)
        self._show_chosen()
        self._took_waiting(())

    def ask(self) -> None:
        """Ask for them now."""
        self._session.quality.amendments(self._took, self._failed)
        self._session.quality.waiting(self._took_waiting, self._failed)

    def _took_waiting(self, found: tuple[WaitingMessage, ...]) -> None:
        self._waiting = found
        self.waiting_words.setText(waiting_text(found))
        for part in (self.waiting_words, self.release):
            part.setVisible(bool(found))

    def _took(self, found: tuple[AmendmentMessage, ...]) -> None:
        self._all = tuple(reversed(found))
        self.table.show_rows([amendment_cells(one, self._session.sensors) for one in self._all])
        self._show_chosen()

    @property
    def _chosen(self) -> AmendmentMessage | None:
        row = self.table.row
        return self._all[row] if row is not None and row < len(self._all) else None

    def _show_chosen(self) -> None:
        one = self._chosen
        self.withdraw.setEnabled(one is not None and one.counts)
        if one is not None:
            self.words.setText(amendment_text(one, self._session.sensors))
        elif not self._all:
            self.words.setText(_NONE)
        else:
            counting = sum(one.counts for one in self._all)
            self.words.setText(
                f"{len(self._all)} amendments, of which {counting} count. Choose one to see its evidence."
            )

    def _open(self, release: tuple[WaitingMessage, ...]) -> None:
        dialog = AmendmentDialog(self._session, tuple(one for one in self._all if one.counts), self)
        for one in release:
            dialog.propose_release(one.first, one.last)
        self.dialog = dialog

        def accepted() -> None:
            if dialog.written is not None:
                self._written(dialog.written)

        dialog.accepted.connect(accepted)
        modal(dialog)

    def _ask_why(self) -> None:
        one = self._chosen
        if one is None:
            return
        person, agreed = QInputDialog.getText(self, "Withdraw", "Your name:", text=self._session.person)
        if not agreed or not person.strip():
            return
        why, agreed = QInputDialog.getText(self, "Withdraw", f"Why does the amendment at entry {one.index} not hold?")
        if not agreed or not why.strip():
            return
        self._session.person = person.strip()
        new = NewAmendment(kind="withdrawal", replaces=one.index, evidence=why.strip(), person=person.strip())
        self._session.quality.preview(new, lambda told: self._ask_withdraw(one, new, told), self._failed)

    def _ask_withdraw(self, one: AmendmentMessage, new: NewAmendment, told: AmendmentPreview) -> None:
        question = (
            f"Withdraw the amendment at entry {one.index}? It stays in the log, and so does its withdrawal.\n\n"
            f"{preview_text(told, self._session.sensors)}"
        )
        if QMessageBox.question(self, "Withdraw the amendment", question) is QMessageBox.StandardButton.Yes:
            self._session.quality.amend(new, self._written, self._failed)

    def _written(self, told: AmendmentMessage) -> None:
        self.told.emit(f"✓ Written as entry {told.index} of the log. The hours it concerns are summarised anew.")
        self.amended.emit()
        self.ask()

    def _failed(self, problem: Problem) -> None:
        self.words.setText(f"⚠ {problem_text(problem)}")
