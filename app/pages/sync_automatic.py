# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The switch "Sync by itself", how often, and its state in words. Asks the delivery desk; does no I/O."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.client.delivery_desk import DeliveryDesk
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_sync import AutomaticSyncChange, AutomaticSyncMessage

TOUCH = 44
EVERY = {15: "every 15 minutes", 30: "every 30 minutes", 60: "every hour", 360: "every 6 hours", 1440: "once a day"}


class AutomaticSwitch(QWidget):
    """Shows what the recorder keeps, never what was merely asked for.

    Signals:
        told: text for the person.
    """

    told = Signal(str)

    def __init__(self, desk: DeliveryDesk) -> None:
        super().__init__()
        self._desk = desk
        self._kept: AutomaticSyncMessage | None = None
        self.switch = QCheckBox("Sync by &itself when a destination can be reached")
        self.switch.setMinimumHeight(TOUCH)
        self.switch.setStyleSheet("QCheckBox { spacing: 10px; } QCheckBox::indicator { width: 26px; height: 26px; }")
        self.every = QComboBox()
        self.every.setMinimumHeight(TOUCH)
        self.every.setAccessibleName("How often")
        for minutes, words in EVERY.items():
            self.every.addItem(words, minutes)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAccessibleName("State of syncing by itself")
        row = QHBoxLayout()
        row.addWidget(self.switch)
        row.addWidget(self.every)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.words)
        self.switch.clicked.connect(self._change)
        self.every.activated.connect(self._change)
        self._usable(False)

    def ask(self) -> None:
        """Ask the recorder how it is now."""
        self._desk.automatic(self._show, self._not_told)

    def _change(self) -> None:
        wanted = AutomaticSyncChange(enabled=self.switch.isChecked(), every_minutes=int(self.every.currentData()))
        self._desk.put_automatic(wanted, self._show, self._refused)

    def _show(self, kept: AutomaticSyncMessage) -> None:
        self._kept = kept
        self._usable(True)
        self.switch.setChecked(kept.enabled)
        if self.every.findData(kept.every_minutes) < 0:
            self.every.addItem(f"every {kept.every_minutes} minutes", kept.every_minutes)
        self.every.setCurrentIndex(self.every.findData(kept.every_minutes))
        self.every.setEnabled(kept.enabled)
        self.words.setText(kept.words)
        self.words.setVisible(bool(kept.words))

    def _refused(self, problem: Problem) -> None:
        if self._kept is not None:
            self._show(self._kept)
        self.told.emit(f"{problem.title}. {problem.detail} {problem.advice}".rstrip())

    def _not_told(self, _problem: Problem) -> None:
        self._usable(False)

    def _usable(self, usable: bool) -> None:
        self.switch.setEnabled(usable)
        self.every.setEnabled(usable and self.switch.isChecked())
        self.words.setVisible(False)
