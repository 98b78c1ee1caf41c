# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Finding out what is on a port: progress, one verdict, and what was tried. Asks the session; does no I/O."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.client.session import Session
from app.pages.identify_words import VERDICTS, match_detail, match_title, progress_text, tried_text
from app.widgets.form_row import EDGES, TOUCH, words_label
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_devices import IdentifyMessage, MatchMessage

_EVERY_MS = 300
_LOST_TRIES = 20


class MatchCard(QFrame):
    """One instrument that it may be, with the button that adds it."""

    def __init__(self, match: MatchMessage) -> None:
        super().__init__()
        self.match = match
        self.setObjectName("match")
        self.setStyleSheet("#match { background: palette(alternate-base); border-radius: 6px; }")
        title, detail = QLabel(match_title(match)), words_label(match_detail(match))
        title.setStyleSheet("font-size: 14pt; font-weight: 600;")
        title.setWordWrap(True)
        self.add = QPushButton("Add as sensor…")
        self.add.setMinimumHeight(TOUCH)
        said = QVBoxLayout()
        said.addWidget(title)
        said.addWidget(detail)
        row = QHBoxLayout(self)
        row.addLayout(said, 1)
        row.addWidget(self.add)


class IdentifyDialog(QDialog):
    """Begins at once. Closing it stops the identification.

    Signals:
        chosen: the `MatchMessage` that a person wants to add.
    """

    chosen = Signal(object)

    def __init__(self, session: Session, key: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Identify: {title}")
        self.setStyleSheet(EDGES)
        self.resize(720, 460)
        self._session, self._key = session, key
        self.running, self._unanswered = True, 0
        self.found: IdentifyMessage | None = None
        self.cards: list[MatchCard] = []
        self.verdict, self.words = QLabel("… Opening the port"), words_label()
        self.verdict.setStyleSheet("font-size: 15pt; font-weight: 600;")
        self.verdict.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.tried = QPlainTextEdit()
        self.tried.setReadOnly(True)
        self.tried.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.tried.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.tried.setAccessibleName("What was tried and what came back")
        self.tried.setTabChangesFocus(True)
        self.more, self.copy = QPushButton("Show what was tried"), QPushButton("Copy it")
        self.again, self.close_button = QPushButton("Try again"), QPushButton("Cancel")
        self.more.setCheckable(True)
        self._cards = QVBoxLayout()
        self._lay_out()
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self._ask)
        self.start()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        for button, work in (
            (self.more, self._show_tried),
            (self.copy, lambda: QGuiApplication.clipboard().setText(self.tried.toPlainText())),
            (self.again, self.start),
            (self.close_button, self._close_or_cancel),
        ):
            button.setMinimumHeight(TOUCH)
            button.clicked.connect(work)
            if button is self.again:
                buttons.addStretch(1)
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        for part in (self.verdict, self.bar, self.words):
            column.addWidget(part)
        column.addLayout(self._cards)
        column.addWidget(self.tried, 100)
        column.addStretch(1)
        column.addLayout(buttons)

    def start(self) -> None:
        """Begin, or begin again."""
        self.running, self._unanswered = True, 0
        for card in self.cards:
            card.hide()
            card.deleteLater()
        self.cards = []
        self.verdict.setText("… Opening the port")
        self.words.setText("What is asked changes nothing in any device.")
        self._show_parts()
        self._session.devices.identify(self._key, self._take, self._refused)

    def reject(self) -> None:
        """Closing stops what goes on."""
        if self.running:
            self.running = False
            self._session.devices.cancel(self._key, lambda _: self._session.port_list.refresh(), lambda _: None)
        self._clock.stop()
        super().reject()

    def _close_or_cancel(self) -> None:
        if not self.running:
            self.reject()
            return
        self.close_button.setEnabled(False)
        self.words.setText("Stopping…")
        self._clock.stop()
        self._session.devices.cancel(self._key, self._take, self._refused)

    def _ask(self) -> None:
        if self.running:
            self._session.devices.progress(self._key, self._take, self._not_answered)

    def _take(self, now: IdentifyMessage) -> None:
        if not self.running or now.key != self._key:
            return
        self._unanswered = 0
        if now.outcome is None:
            self.verdict.setText("… Finding out what it is")
            self.words.setText(progress_text(now))
            self.bar.setRange(0, max(int(now.total_s * 1000), 1))
            self.bar.setValue(int(now.passed_s * 1000))
            self._clock.start(_EVERY_MS)
            return
        self._show_verdict(now)

    def _show_verdict(self, found: IdentifyMessage) -> None:
        self.running, self.found = False, found
        self.verdict.setText(VERDICTS[found.outcome or "failed"])
        # Where it is certain the card below says all of it, by the name that people know.
        self.words.setText("" if found.outcome == "certain" else found.detail)
        self.tried.setPlainText(tried_text(found))
        for match in found.matches:
            card = MatchCard(match)
            card.add.clicked.connect(lambda _=False, one=match: self._choose(one))
            self._cards.addWidget(card)
            self.cards.append(card)
        self.more.setChecked(found.outcome == "none")
        self._show_parts()
        if self.cards:
            self.cards[0].add.setFocus()
        self._session.port_list.refresh()

    def _show_parts(self) -> None:
        told = not self.running and bool(self.tried.toPlainText())
        self.bar.setVisible(self.running)
        self.again.setVisible(not self.running)
        self.more.setVisible(told)
        self.close_button.setEnabled(True)
        self.close_button.setText("Cancel" if self.running else "Close")
        self._show_tried()

    def _show_tried(self) -> None:
        shown = self.more.isChecked() and not self.running and bool(self.tried.toPlainText())
        self.more.setText("Hide what was tried" if shown else "Show what was tried")
        self.tried.setVisible(shown)
        self.copy.setVisible(shown)

    def _choose(self, match: MatchMessage) -> None:
        self.chosen.emit(match)
        self.accept()

    def _not_answered(self, problem: Problem) -> None:
        """Once it has begun, a question that gets no answer is asked again for some seconds."""
        self._unanswered += 1
        if problem.status or self._unanswered > _LOST_TRIES:
            self._refused(problem)
        else:
            self._clock.start(_EVERY_MS)

    def _refused(self, problem: Problem) -> None:
        self.running = False
        self.verdict.setText(f"⚠ {problem.title}")
        self.words.setText(f"{problem.detail} {problem.advice}".strip())
        self._show_parts()
