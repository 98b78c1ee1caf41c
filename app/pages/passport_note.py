# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A remark on an instrument with files, being written. Asks the session; files are read beside the Qt thread."""

import base64
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.client.instrument_desk import MOST_FILE_BYTES
from app.client.session import Session
from app.pages.passport_words import size_text
from app.pages.problem_words import problem_text
from app.widgets.form_row import TOUCH, words_label
from app.widgets.form_setting import TextBox
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_instruments import NewFile, NewInstrumentNote

_MOST_FILES = 10
_MOST_BYTES = 32 * 1024 * 1024


class NoteForm(QWidget):
    """Keeps what is written until the recorder has taken it.

    Signals:
        told: text for the person, once the remark is recorded.
    """

    told = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._model = self._name = ""
        self._files: list[tuple[str, bytes]] = []
        self.text, self.person, self.words = TextBox(), QLineEdit(session.person), words_label()
        self.text.setPlaceholderText("What you saw or did, e.g. cleaned the window, changed the filter")
        self.text.setAccessibleName("Note on this instrument")
        self.person.setPlaceholderText("your name, for the record")
        self.person.setAccessibleName("Written by")
        self.person.setMinimumHeight(TOUCH)
        self.attach, self.add = QPushButton("Attach a file…"), QPushButton("Add note")
        row = QHBoxLayout()
        row.addWidget(self.person, 1)
        for button, work in ((self.attach, self._ask_file), (self.add, self._send)):
            button.setAutoDefault(False)
            button.setMinimumHeight(TOUCH)
            button.clicked.connect(work)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text)
        column.addLayout(row)
        column.addWidget(self.words)
        self.text.textChanged.connect(self._check)
        self._show_files()

    def about(self, model: str, name: str) -> None:
        """The instrument that the remark will be on."""
        self._model, self._name = model, name
        self._check()

    def _ask_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Attach a file")
        if path:
            self.take_file(Path(path))

    def take_file(self, path: Path) -> None:
        """Attach this file."""
        self.words.setText("… Reading the file.")
        self._session.files.read(path, MOST_FILE_BYTES, lambda data: self._took(path.name, data), self._failed)

    def _took(self, name: str, data: bytes) -> None:
        if len(self._files) == _MOST_FILES or sum(len(one) for _, one in self._files) + len(data) > _MOST_BYTES:
            self._failed(f"{name} is too much for one note. Add this note first, then write another for it.")
            return
        self._files.append((name, data))
        self._show_files()

    def _show_files(self) -> None:
        names = ", ".join(f"{name} ({size_text(len(data))})" for name, data in self._files)
        self.words.setText(f"Attached: {names}" if names else "")
        self._check()

    def _check(self) -> None:
        self.add.setEnabled(bool(self._name and self.text.toPlainText().strip()))

    def _send(self) -> None:
        self.add.setEnabled(False)
        self._session.person = self.person.text().strip()
        files = tuple(NewFile(name=name, content=base64.b64encode(data)) for name, data in self._files)
        note = NewInstrumentNote(text=self.text.toPlainText().strip(), person=self._session.person, files=files)
        self._session.instruments.note(self._model, self._name, note, self._sent, self._refused)

    def _sent(self) -> None:
        self._files = []
        self.text.clear()
        self._show_files()
        self.told.emit("✓ The note is recorded.")

    def _refused(self, problem: Problem) -> None:
        self._failed(problem_text(problem))
        self._check()

    def _failed(self, words: str) -> None:
        self.words.setText(f"⚠ {words}")
