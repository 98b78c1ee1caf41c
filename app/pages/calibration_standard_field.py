# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which standard is applied: scanned off its label, searched, or taken from those used last. Asks the session."""

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.client.session import Session
from app.pages.standards_words import standard_detail
from app.widgets.digit_field import HEIGHT, enter_pressed
from app.widgets.form_chooser import Choice, Chooser
from app.widgets.form_values import BadValue
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_calibration import StandardMessage, StepInput

_LINE, _MOST_LINES = 54, 3
_NONE = "No standard that fits is in the register yet. Add it from its certificate."


class StandardField(QWidget):
    """A scanner types a code and Enter; so does a person.

    Signals:
        changed: another one is chosen.
        entered: Enter was pressed with a standard chosen.
        wished: a person wants to see or add standards.
    """

    changed = Signal()
    entered = Signal()
    wished = Signal()

    def __init__(self, session: Session, wanted: StepInput) -> None:
        super().__init__()
        self._session, self._wanted = session, wanted
        self._known: dict[str, StandardMessage] = {}
        self._told = self._scanned = False
        self.chooser = Chooser(wanted.title)
        self.chooser.search.setPlaceholderText("Scan its label, or type to search")
        self.chooser.search.setMinimumHeight(HEIGHT)
        self.title, self.error = QLabel(wanted.title), QLabel()
        self.error.setWordWrap(True)
        self.error.setForegroundRole(QPalette.ColorRole.BrightText)
        self.error.hide()
        self.open = QPushButton("Register…")
        self.open.setToolTip("See all reference standards, add or correct one")
        self.open.setAutoDefault(False)
        self.open.setMinimumHeight(HEIGHT)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.open)
        column.addLayout(head)
        for part in (self.chooser, self.error):
            column.addWidget(part)
        self.chooser.search.installEventFilter(self)
        self.chooser.chosen.connect(lambda _: self._chosen())
        self.open.clicked.connect(self.wished)
        self.offer(wanted)

    @property
    def value(self) -> str:
        """What is chosen. Raises BadValue."""
        if not self.chooser.key:
            raise BadValue("Choose the standard that you apply." if self._wanted.choices else _NONE)
        return self.chooser.key

    def offer(self, wanted: StepInput) -> None:
        """Offer these; what was chosen stays so."""
        self._wanted = wanted
        self._fill(self.chooser.key or str(wanted.value or ""))
        self._session.calibration.standards(self._took, self._not_told)

    def show_error(self, words: str) -> None:
        """Say what is wrong; nothing when `words` is empty."""
        self.error.setText(f"⚠ {words}" if words else "")
        self.error.setVisible(bool(words))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter takes what was scanned; with one chosen already, it goes on."""
        if watched is self.chooser.search and enter_pressed(event):
            self._take_line()
            return True
        return super().eventFilter(watched, event)

    def _take_line(self) -> None:
        typed = self.chooser.search.text().strip()
        if not typed:
            self.entered.emit()
            return
        if not self._told:  # its code may be among those that the recorder has not told yet
            self._scanned = True
            return
        scanned = next((key for key, one in self._known.items() if one.code and one.code == typed), "")
        offered = {key for key, _ in self._wanted.choices}
        if scanned and scanned not in offered:
            self.show_error(f"{self._known[scanned].name} is in the register, but does not fit this point.")
            return
        fitting = [key for key, words in self._wanted.choices if typed.lower() in self._text(key, words)]
        chosen = scanned or (fitting[0] if len(fitting) == 1 else self.chooser.key)
        if not chosen:
            self.show_error(f"“{typed}” fits {len(fitting) or 'none'} of these standards.")
            return
        self.chooser.search.clear()
        self.chooser.choose(chosen)

    def _text(self, key: str, words: str) -> str:
        known = self._known.get(key)
        return f"{words} {standard_detail(known)} {known.code}".lower() if known else words.lower()

    def _fill(self, chosen: str) -> None:
        self.chooser.offer([self._choice(key, words) for key, words in self._wanted.choices])
        lines = max(1, min(len(self._wanted.choices), _MOST_LINES))
        self.chooser.list.setFixedHeight(lines * _LINE)
        if chosen:
            self.chooser.choose(chosen)
        self.show_error("" if self._wanted.choices else _NONE)

    def _choice(self, key: str, words: str) -> Choice:
        known = self._known.get(key)
        if known is None:
            return Choice(key, words, "", "")
        detail = " · ".join(part for part in standard_detail(known).split(" · ") if part not in words)
        return Choice(key, words, detail, known.code)

    def _chosen(self) -> None:
        if self.chooser.key:
            self.show_error("")
        self.changed.emit()

    def _took(self, found: tuple[StandardMessage, ...]) -> None:
        if not isValid(self):  # the run went on to another step meanwhile
            return
        self._known, self._told = {str(one.index): one for one in found}, True
        self._fill(self.chooser.key or str(self._wanted.value or ""))
        self._take_scanned()

    def _not_told(self, problem: Problem) -> None:
        """The choices stand without the register's details."""
        if not isValid(self):
            return
        self.open.setToolTip(f"{problem.title}. {problem.detail}")
        self._told = True
        self._take_scanned()

    def _take_scanned(self) -> None:
        if self._scanned:
            self._scanned = False
            self._take_line()
