# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The calibrations of an instrument: standing, drift, list, certificates to save, to enter and to review. Asks."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.client.session import Session
from app.pages.calibration_certificate import CertificateDialog
from app.pages.calibration_history_words import (
    calibration_text,
    device_text,
    drift_dates,
    drift_marks,
    facts_text,
    standing_text,
)
from app.pages.calibration_recompute import RecomputeDialog
from app.pages.calibration_report import save_attachment, save_report
from app.pages.calibration_review import ReviewDialog
from app.pages.problem_words import problem_text
from app.pages.words import channel_label
from app.widgets.digit_field import HEIGHT
from app.widgets.drift_chart import DriftChart
from app.widgets.form_row import quiet_label, words_label
from app.widgets.present_colours import figures
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_calibration import CalibrationMessage, ChannelHistory, InstrumentHistory

_NONE = "No calibration of this instrument is recorded."
_NOT_FOUND = 404
_CARD = "#calibration { background: palette(alternate-base); border-radius: 6px; }"


class HistoryPanel(QWidget):
    """One block a channel.

    Signals:
        told: text for the person.
    """

    told = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._model = self._name = ""
        self.shown: InstrumentHistory | None = None
        self.charts: list[DriftChart] = []
        self.certificate: CertificateDialog | None = None
        self.review: ReviewDialog | None = None
        self.recompute: RecomputeDialog | None = None
        self.words = words_label(_NONE)
        self.add = QPushButton("Enter a laboratory's certificate…")
        self.add.setAutoDefault(False)
        self.add.setMinimumHeight(HEIGHT)
        self.add.clicked.connect(self._ask_certificate)
        self._blocks = QVBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.words)
        column.addLayout(self._blocks)
        column.addWidget(self.add)

    def about(self, model: str, name: str) -> None:
        """Show this instrument's."""
        if (model, name) != (self._model, self._name):
            self._model, self._name = model, name
            self._show(None)
        self.ask()

    def ask(self) -> None:
        """Ask anew."""
        model, name = self._model, self._name

        def took(history: InstrumentHistory) -> None:
            if (model, name) == (self._model, self._name):
                self._show(history)

        self._session.calibration.history(model, name, took, self._refused)

    def _show(self, history: InstrumentHistory | None) -> None:
        if history is not None and history == self.shown:
            return
        self.shown = history
        while item := self._blocks.takeAt(0):
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.charts = []
        channels = history.channels if history is not None else ()
        self.words.setText("" if channels else _NONE)
        self.words.setVisible(not channels)
        self.add.setVisible(bool(channels))
        for one in channels:
            self._blocks.addWidget(self._block(one))

    def _block(self, channel: ChannelHistory) -> QWidget:
        block = QWidget()
        column = QVBoxLayout(block)
        column.setContentsMargins(0, 0, 0, 8)
        alike = (one for one in self._session.sensors.values() if one.model == self._model)
        title = words_label(f"{channel_label(alike, channel.channel)}, {channel.unit}".rstrip(", "))
        title.setFont(figures(title.font(), 1.05, bold=True))
        column.addWidget(title)
        column.addWidget(words_label(standing_text(channel)))
        facts = facts_text(channel)
        if facts:
            column.addWidget(quiet_label(facts))
        said = device_text(channel)
        if said:
            heading = words_label("What the instrument says of its own calibration")
            heading.setFont(figures(heading.font(), 1.0, bold=True))
            for part in (heading, words_label(said)):
                column.addWidget(part)
        marks = drift_marks(channel)
        if marks:
            chart = DriftChart(channel.unit, marks, drift_dates(channel))
            self.charts.append(chart)
            column.addWidget(chart)
        for one in reversed(channel.calibrations):
            column.addWidget(self._row(one))
        return block

    def _row(self, one: CalibrationMessage) -> QFrame:
        card = QFrame()
        card.setObjectName("calibration")
        card.setStyleSheet(_CARD)
        row = QHBoxLayout(card)
        row.addWidget(words_label(calibration_text(one)), 1)
        if one.standing == "to_review":
            row.addWidget(_button("Review…", partial(self._ask_review, one)))
        for place, sha256 in enumerate(one.attachments, start=1):
            title = "File…" if len(one.attachments) == 1 else f"File {place}…"
            row.addWidget(_button(title, partial(self._save_file, sha256)))
        if one.kind == "run" and one.standing in {"in_force", "replaced"}:
            row.addWidget(_button("Certificate…", partial(self._save_report, one.index)))
        if one.standing in {"in_force", "replaced"}:
            row.addWidget(_button("Recompute…", partial(self._ask_period, one)))
        return card

    # ---- what a person asks for -------------------------------------------------------------------------------------

    def _save_report(self, index: int) -> None:
        save_report(self._session, index, self, self.told.emit)

    def _save_file(self, sha256: str) -> None:
        save_attachment(self._session, sha256, self, self.told.emit)

    def _ask_certificate(self) -> None:
        channels = self.shown.channels if self.shown is not None else ()
        self.certificate = CertificateDialog(self._session, self._model, self._name, channels, self)
        self.certificate.accepted.connect(lambda: self._changed("✓ The certificate is entered. It waits for a review."))
        self.certificate.open()

    def _ask_review(self, one: CalibrationMessage) -> None:
        self.review = ReviewDialog(self._session, one, self)
        self.review.accepted.connect(lambda: self._changed("✓ The review is recorded."))
        self.review.open()

    def _ask_period(self, one: CalibrationMessage) -> None:
        self.recompute = RecomputeDialog(self._session, self._model, one, self)
        self.recompute.open()

    def _changed(self, words: str) -> None:
        self.told.emit(words)
        self.ask()
        self._session.calibrations.ask()

    def _refused(self, problem: Problem) -> None:
        self._show(None)
        self.words.setText(_NONE if problem.status == _NOT_FOUND else f"⚠ {problem_text(problem)}")


def _button(title: str, work: Callable[[], None]) -> QPushButton:
    button = QPushButton(title)
    button.setAutoDefault(False)
    button.setMinimumHeight(HEIGHT)
    button.clicked.connect(lambda _=False: work())
    return button
