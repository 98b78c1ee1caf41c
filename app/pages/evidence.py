# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The evidence page: what is witnessed, anchor, verify, export, and the verdict in words. Asks the session; no I/O."""

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.client.evidence_desk import EvidenceDesk
from app.client.session import Session, State
from app.pages.evidence_dialogs import BundleDialog, RegisterDialog, RootDialog, ask_path, modal
from app.pages.evidence_verdict import VerdictView
from app.pages.evidence_words import headline, job_words, notes, timeline
from app.widgets.line_list import LineList
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_evidence import EvidenceJob, EvidenceStanding

TOUCH = 48
LONGEST_WITNESS = 4096
RUNNING_MS, RESTING_MS = 700, 60_000
NOT_FOUND = 404


class EvidencePage(QWidget):
    """A bundle that is dropped on it is checked.

    Signals:
        told: text for the person.
    """

    told = Signal(str)

    def __init__(self, session: Session, desk: EvidenceDesk) -> None:
        super().__init__()
        self._session, self._desk = session, desk
        self._standing: EvidenceStanding | None = None
        self._job: EvidenceJob | None = None
        self.words, self.notes, self.state = _label("State of the evidence"), _label("Notes"), _label("Present work")
        self.words.setStyleSheet("font-size: 13pt;")
        self.anchor = _button("&Anchor now", "Put the signed root where nobody can change it")
        self.verify = _button("&Verify the log", "Check every entry of this station's logs")
        self.check = _button("&Check a bundle…", "Or drop a bundle anywhere on this page")
        self.export = _button("E&xport a bundle…", "Evidence of a period that a stranger can check offline")
        self.report = _button("Visit &report…", "What was recorded and what is missing, as PDF")
        self.online = QCheckBox("As&k the chain too")
        self.online.setMinimumHeight(TOUCH)
        self.online.setToolTip("A check also asks a node of the chain about the anchors; this needs a network")
        self.witness = QLineEdit()
        self.witness.setMinimumHeight(TOUCH)
        self.witness.setMaxLength(LONGEST_WITNESS)
        self.witness.setAccessibleName("Outside witness for the check")
        self.witness.setPlaceholderText(
            "Outside witness: text of a photographed code, a receipt's or checkpoint's path"
        )
        self.witness.setToolTip("Only a head that somebody else kept shows that the log was not written anew")
        self.root = _button("Show the r&oot", "A QR code for a second person to photograph")
        self.register = _button("Station re&gister…", "What checks trust: the project's register and key, and networks")
        self.cancel = _button("Cance&l", "End what is under way")
        self.bar = QProgressBar()
        self.timeline = LineList("Checkpoints and anchors, newest first")
        self.verdict = VerdictView()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        self.setAcceptDrops(True)
        self._lay_out()
        self._connect()
        self._show_job(None)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask anew, and keep asking while the page is seen."""
        super().showEvent(event)
        self._ask_all()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks: what is under way is followed still, so that its end can be told."""
        super().hideEvent(event)
        self._pace()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A file or folder of this computer may be dropped."""
        if _dropped(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Check what was dropped."""
        path = _dropped(event)
        if path:
            event.acceptProposedAction()
            self.check_bundle(path)

    def check_bundle(self, path: str) -> None:
        """Begin to check the bundle at this path; empty: the station's own logs."""
        witness = self.witness.text().strip()
        self._desk.verify(path, self._show_job, self._failed, witness=witness, online=self.online.isChecked())

    def _lay_out(self) -> None:
        buttons = QGridLayout()
        order = (self.anchor, self.verify, self.check, self.export, self.report, self.root, self.register, self.cancel)
        for place, button in enumerate(order):
            buttons.addWidget(button, place // 4, place % 4)
        buttons.addWidget(self.online, 2, 0)
        buttons.addWidget(self.witness, 2, 1, 1, 3)
        progress = QHBoxLayout()
        progress.addWidget(self.state, 2)
        progress.addWidget(self.bar, 1)
        history = QWidget()
        column = QVBoxLayout(history)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(_heading("Checkpoints and anchors"))
        column.addWidget(self.timeline, 1)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.addWidget(history)
        both.addWidget(self.verdict)
        both.setStretchFactor(0, 2)
        both.setStretchFactor(1, 3)
        whole = QVBoxLayout(self)
        whole.addWidget(self.words)
        whole.addWidget(self.notes)
        whole.addLayout(buttons)
        whole.addLayout(progress)
        whole.addWidget(both, 1)

    def _connect(self) -> None:
        self.anchor.clicked.connect(lambda: self._desk.anchor(self._show_job, self._failed))
        self.verify.clicked.connect(lambda: self.check_bundle(""))
        self.check.clicked.connect(lambda: ask_path(self, self.check_bundle))
        self.export.clicked.connect(self._export)
        self.report.clicked.connect(self._report)
        self.root.clicked.connect(self._show_root)
        self.register.clicked.connect(lambda: modal(RegisterDialog(self._desk, self._session.files, self)))
        self.cancel.clicked.connect(lambda: self._desk.cancel(self._show_job, self._failed))
        self._session.state_changed.connect(self._ask_all)

    def _ask_all(self) -> None:
        if self._session.state is State.CONNECTED and self.isVisible():
            self._desk.standing(self._show_standing, self._failed)
            self._desk.job(self._show_job, self._no_job)
        self._pace()

    def _look(self) -> None:
        self._desk.job(self._show_job, self._no_job)
        if self._job is None or not self._job.running:
            self._desk.standing(self._show_standing, _nothing)

    def _pace(self) -> None:
        if self._job is not None and self._job.running:
            self._timer.start(RUNNING_MS)
        elif self.isVisible():
            self._timer.start(RESTING_MS)
        else:
            self._timer.stop()

    def _show_standing(self, standing: EvidenceStanding) -> None:
        self._standing = standing
        self.words.setText(headline(standing))
        self.notes.setText(notes(standing))
        self.notes.setVisible(bool(self.notes.text()))
        shown = list(timeline(standing)) or [
            "No checkpoint was signed yet. One is signed every hour, and at each sync."
        ]
        if shown != self.timeline.plain:
            self.timeline.clear()
            for words in shown:
                self.timeline.add_line(words)
        self._fill()

    def _show_job(self, job: EvidenceJob | None) -> None:
        ended = bool(self._job and self._job.running and job and not job.running)
        self._job = job
        if job is not None:
            self.state.setText(job_words(job))
            self.verdict.show_verdicts(job.verdicts, running=job.running and job.kind == "verify")
        if ended and job is not None:
            self.told.emit(job_words(job))
            self._desk.standing(self._show_standing, _nothing)
        self._pace()
        self._fill()

    def _fill(self) -> None:
        running = self._job is not None and self._job.running
        connected = self._session.state is State.CONNECTED
        for button in (self.anchor, self.verify, self.check, self.export):
            button.setEnabled(connected and not running)
        self.anchor.setEnabled(self.anchor.isEnabled() and bool(self._standing and self._standing.network))
        self.root.setEnabled(self._standing is not None)
        self.cancel.setEnabled(running)
        self.bar.setVisible(running)
        if running and self._job is not None:
            self.bar.setRange(0, self._job.total and 1000)
            self.bar.setValue(1000 * self._job.done // self._job.total if self._job.total else 0)

    def _export(self) -> None:
        dialog = BundleDialog(tuple(self._session.sensors), self)

        def accepted() -> None:
            if dialog.wanted is not None:
                self._desk.bundle(dialog.wanted, self._show_job, self._failed)

        dialog.accepted.connect(accepted)
        modal(dialog)

    def _show_root(self) -> None:
        if self._standing is not None:
            modal(RootDialog(self._standing, self))

    def _report(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save the visit report", "visit.pdf", "PDF (*.pdf)")
        if path:
            self.told.emit("… The recorder is making the report.")
            self._desk.visit_report(lambda data: self._write(Path(path), data), self._failed)

    def _write(self, path: Path, data: bytes) -> None:
        def written() -> None:
            opened = QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
            more = "" if opened else ". No program on this computer shows PDF files."
            self.told.emit(f"✓ Saved: {path}{more}")

        self._session.files.write(path, data, written, lambda words: self.told.emit(f"⚠ {words}"))

    def _no_job(self, problem: Problem) -> None:
        if problem.status == NOT_FOUND:
            self._show_job(None)

    def _failed(self, problem: Problem) -> None:
        words = f"⚠ {problem.title}. {problem.detail} {problem.advice}".rstrip()
        self.state.setText(words)
        self.told.emit(words)
        self._fill()


def _dropped(event: QDropEvent) -> str:
    files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return files[0] if len(files) == 1 else ""


def _nothing(_problem: Problem) -> None:
    """The page asks again by itself; the window's banner tells of a lost recorder."""


def _label(name: str) -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAccessibleName(name)
    return label


def _button(text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setMinimumHeight(TOUCH)
    button.setToolTip(tip)
    return button


def _heading(text: str) -> QLabel:
    heading = QLabel(text)
    heading.setStyleSheet("font-size: 13pt; font-weight: 600;")
    return heading
