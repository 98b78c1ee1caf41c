# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One destination on the sync page: what waits, how far it is, and what a check says. Shows; does no I/O."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout

from app.pages.sync_words import KINDS, check_words, plan_words, progress_words
from edge_daemon.api.messages_sync import CheckLine, DestinationMessage, SyncPlan, SyncProgress

TOUCH = 44
_BUTTONS = (("check", "Test"), ("resend", "Send again…"), ("edit", "Edit…"), ("remove", "Remove…"))


class DestinationCard(QFrame):
    """Signals:
    check, resend, edit, remove: asked for by the person.
    """

    check = Signal()
    resend = Signal()
    edit = Signal()
    remove = Signal()

    def __init__(self, destination: DestinationMessage) -> None:
        super().__init__()
        self.destination = destination
        self.setObjectName("card")
        self.setFrameShape(QFrame.Shape.StyledPanel)
        title = QLabel(f"{destination.name} · {KINDS[destination.kind]}")
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setStyleSheet("font-weight: 600;")
        self.words = _text(f"What waits for {destination.name}")
        self.bar = QProgressBar()
        self.bar.setAccessibleName(f"Progress to {destination.name}")
        self.bar.setTextVisible(False)
        self.lines = _text(f"Check of {destination.name}")
        self.lines.hide()
        self.buttons = {name: QPushButton(text) for name, text in _BUTTONS}
        row = QHBoxLayout()
        row.addWidget(title, 1)
        for name, button in self.buttons.items():
            button.setMinimumHeight(TOUCH)
            button.setAccessibleName(f"{button.text().rstrip('…')} {destination.name}")
            button.clicked.connect(getattr(self, name))
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.addLayout(row)
        column.addWidget(self.words)
        column.addWidget(self.bar)
        column.addWidget(self.lines)
        if destination.needs_secret and not destination.secret:
            self.words.setText("⚠ Its password or token is not stored: press Edit and enter it.")
        self.show_progress(None)

    def show_plan(self, plan: SyncPlan) -> None:
        """What waits, while no sync runs."""
        if not self.destination.needs_secret or self.destination.secret:
            self.words.setText(plan_words(plan))

    def show_progress(self, told: SyncProgress | None) -> None:
        """How the running sync is doing here; None when there is none."""
        # The bar keeps its place, so that nothing below it jumps.
        self.bar.setEnabled(told is not None)
        self.bar.setRange(0, max(1, told.total) if told else 1)
        self.bar.setValue(told.done if told else 0)
        if told is not None:
            self.words.setText(progress_words(told))

    def show_check(self, lines: tuple[CheckLine, ...]) -> None:
        """What the check said."""
        self.lines.setText(check_words(lines))
        self.lines.show()

    def show_words(self, words: str) -> None:
        """What is going on with the check."""
        self.lines.setText(words)
        self.lines.show()


def _text(name: str) -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAccessibleName(name)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
