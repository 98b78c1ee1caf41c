# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Shows risks one after the other; all must be accepted. Draws; no I/O."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.pages.device_settings_words import risk_text
from app.widgets.form_row import EDGES, TOUCH, words_label
from edge_daemon.api.messages_devices import RiskMessage


class RiskDialog(QDialog):
    """One risk. Nothing but the button accepts it: Enter at the wrong moment does not."""

    def __init__(self, risk: RiskMessage, place: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("A risk to be confirmed")
        self.setStyleSheet(EDGES)
        self.setMinimumWidth(460)
        title = QLabel(f"{risk.label}{place}")
        title.setWordWrap(True)
        title.setStyleSheet("font-size: 14pt; font-weight: 600;")
        self.words = words_label(risk_text(risk))
        self.decline, self.agree = QPushButton("Do not do it"), QPushButton("I accept this risk")
        row = QHBoxLayout()
        row.addStretch(1)
        for button, work in ((self.decline, self.reject), (self.agree, self.accept)):
            button.setMinimumHeight(TOUCH)
            button.setAutoDefault(button is self.decline)
            button.clicked.connect(work)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.addWidget(title)
        column.addWidget(self.words)
        column.addLayout(row)
        self.decline.setFocus()


class RiskQuestions(QObject):
    """Asks about each risk in turn: `agreed` gets the names once all are accepted, `declined` ends it."""

    def __init__(
        self,
        risks: Sequence[RiskMessage],
        agreed: Callable[[tuple[str, ...]], None],
        declined: Callable[[], None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._risks, self._window = tuple(risks), parent
        self._agreed, self._declined = agreed, declined
        self.dialog: RiskDialog | None = None
        self._ask(0)

    def _ask(self, place: int) -> None:
        if place == len(self._risks):
            self.dialog = None
            self._agreed(tuple(risk.name for risk in self._risks))
            return
        several = f" ({place + 1} of {len(self._risks)})" if len(self._risks) > 1 else ""
        self.dialog = RiskDialog(self._risks[place], several, self._window)
        self.dialog.accepted.connect(lambda: self._ask(place + 1))
        self.dialog.rejected.connect(self._declined)
        self.dialog.open()
