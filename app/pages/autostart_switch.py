# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The switch "Record after restart", with its state in words. Asks the session; does no I/O."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.client.session import Session, State
from app.pages.problem_words import problem_text
from edge_daemon.api.messages import Problem
from edge_daemon.domain.autostart import AutostartReport, AutostartState

TOUCH = 44
ASKING = "… Asking this computer."
WORDS = {
    AutostartState.ENABLED: "✓ Recording begins again by itself when this computer restarts.",
    AutostartState.DISABLED: "After a restart nothing is recorded until somebody opens this window.",
    AutostartState.UNAVAILABLE: "⚠ This computer does not start the recorder by itself.",
}


class AutostartSwitch(QWidget):
    """Shows what the system says, never what was merely asked for."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._had_focus = False
        self.switch = QCheckBox("&Record after restart")
        self.switch.setMinimumHeight(TOUCH)
        self.switch.setStyleSheet("QCheckBox { spacing: 10px; } QCheckBox::indicator { width: 26px; height: 26px; }")
        self.again = QPushButton("&Try again")
        self.again.setMinimumHeight(TOUCH)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAccessibleName("State of recording after a restart")
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout()
        row.addWidget(self.switch)
        row.addWidget(self.again)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.words)
        self.switch.clicked.connect(self._switch)
        self.again.clicked.connect(lambda: self._switch(True))
        session.state_changed.connect(self._connection_changed)
        self._wait("… The recorder has not been found yet.")

    def ask(self) -> None:
        """Ask the system how it is now."""
        if self._session.state is State.CONNECTED:
            self._wait(ASKING)
            self._session.desk.autostart(self._show, self._failed)

    def _connection_changed(self) -> None:
        if self._session.state is State.CONNECTED and self.isVisible():
            self.ask()
        elif self._session.state is not State.CONNECTED:
            self._wait("? Not known while the window has no recorder.")

    def _switch(self, on: bool) -> None:
        self._wait("… Switching. This may take some seconds.")
        self._session.desk.switch_autostart(on, self._show, self._failed)

    def _wait(self, words: str) -> None:
        # Qt moves the focus on from what cannot be used; whoever works by keyboard gets it back with the answer.
        self._had_focus |= self.window().focusWidget() in {self.switch, self.again}
        self.switch.setEnabled(False)
        self.again.hide()
        self.words.setText(words)

    def _show(self, report: AutostartReport) -> None:
        unavailable = report.state is AutostartState.UNAVAILABLE
        self.switch.setChecked(report.state is AutostartState.ENABLED)
        self.switch.setEnabled(not unavailable)
        # Where nothing starts programs for this station, trying again is no remedy.
        self.again.setVisible(unavailable and bool(report.mechanism))
        self.words.setText(f"{WORDS[report.state]} {report.reason}".strip())
        if self._had_focus:
            (self.switch if self.switch.isEnabled() else self.again).setFocus()
        self._had_focus = False

    def _failed(self, problem: Problem) -> None:
        self._wait(f"⚠ {problem_text(problem)}")
        self.again.show()
