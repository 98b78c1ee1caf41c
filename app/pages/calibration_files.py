# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Photographs and documents that go with what is typed. Asks for files; reads them beside the thread."""

import base64
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from app.client.session import Session
from app.pages.passport_words import size_text
from app.widgets.digit_field import HEIGHT
from app.widgets.form_row import words_label
from edge_daemon.api.messages_calibration import FileUpload

MOST_FILES = 10
MOST_BYTES_TOGETHER = 16 * 1024 * 1024


class FilesField(QWidget):
    """What is attached is sent with the rest; until then it can be taken off again. `empty` is said without any."""

    def __init__(self, session: Session, title: str, empty: str) -> None:
        super().__init__()
        self._session, self._empty = session, empty
        self._files: list[tuple[str, bytes]] = []
        self.attach, self.take_off = QPushButton(title), QPushButton("Take the last one off")
        self.words = words_label()
        buttons = QHBoxLayout()
        for button, work in ((self.attach, self._ask), (self.take_off, self._take_off)):
            button.setAutoDefault(False)
            button.setMinimumHeight(HEIGHT)
            button.clicked.connect(lambda _=False, do=work: do())
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(buttons)
        column.addWidget(self.words)
        self.clear()

    @property
    def uploads(self) -> tuple[FileUpload, ...]:
        """The files in base64, as they are sent."""
        return tuple(
            FileUpload(name=name, content=base64.b64encode(data).decode("ascii")) for name, data in self._files
        )

    def clear(self) -> None:
        """Nothing is attached."""
        self._files.clear()
        self._show()

    def take(self, path: Path) -> None:
        """Attach this file."""
        self.words.setText("… Reading the file.")
        self._session.files.read(path, MOST_BYTES_TOGETHER, lambda data: self._took(path.name, data), self.say)

    def say(self, words: str) -> None:
        """Say why something cannot be attached."""
        if not isValid(self):  # it was read beside the thread, and the page has gone meanwhile
            return
        self._show()
        self.words.setText(f"⚠ {words} {self.words.text()}")

    def _ask(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, self.attach.text().replace("&", ""))
        if path:
            self.take(Path(path))

    def _took(self, name: str, data: bytes) -> None:
        if not isValid(self):
            return
        together = len(data) + sum(len(one) for _, one in self._files)
        if any(name == other for other, _ in self._files):
            self.say(f"{name} is attached already.")
        elif len(self._files) == MOST_FILES:
            self.say(f"At most {MOST_FILES} files can be attached.")
        elif together > MOST_BYTES_TOGETHER:
            self.say(f"{name} is too large: at most {size_text(MOST_BYTES_TOGETHER)} can be attached together.")
        else:
            self._files.append((name, data))
            self._show()

    def _take_off(self) -> None:
        self._files.pop()
        self._show()

    def _show(self) -> None:
        names = ", ".join(f"{name} ({size_text(len(data))})" for name, data in self._files)
        self.words.setText(f"Attached: {names}" if names else self._empty)
        self.take_off.setVisible(bool(self._files))
