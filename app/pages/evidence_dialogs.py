# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The dialogs of the evidence page: the present root to photograph, a bundle's period, the station register. No I/O."""

from collections.abc import Callable
from pathlib import Path
from typing import get_args

from PySide6.QtCore import QDateTime, Qt, QTimeZone
from PySide6.QtGui import QFontDatabase, QGuiApplication, QTextOption
from PySide6.QtWidgets import (
    QCheckBox,
    QDateTimeEdit,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.client.evidence_desk import EvidenceDesk
from app.client.files import Files
from app.widgets.qr_view import QrView
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_evidence import (
    EvidenceStanding,
    NewBundle,
    RegisterChange,
    RegisterMessage,
    TrustableNetwork,
)

TOUCH = 44
LINES = 3
"""What the root's text needs at most, with a long origin before it."""

LARGEST_REGISTER = 1_000_000
_BUTTONS = QDialogButtonBox.StandardButton


class RootDialog(QDialog):
    """The log's present head as a QR code: whoever photographs it is a witness."""

    def __init__(self, standing: EvidenceStanding, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("The present root")
        self.code = QrView()
        self.code.show_text(standing.root_text)
        words = QLabel(
            f"{standing.size:,} entries. A second person photographs this and keeps it: a log that is rewritten later "
            "cannot have the same root at the same size."
        )
        words.setWordWrap(True)
        self.root = QPlainTextEdit(standing.root_text)
        self.root.setReadOnly(True)
        self.root.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.root.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.root.setFixedHeight(LINES * self.root.fontMetrics().lineSpacing() + 16)
        self.root.setAccessibleName("The root as text")
        buttons = _closing(self)
        self.copy = buttons.addButton("&Copy the text", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy.setMinimumHeight(TOUCH)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(standing.root_text))
        column = QVBoxLayout(self)
        column.addWidget(self.code, 1)
        column.addWidget(words)
        column.addWidget(self.root)
        column.addWidget(buttons)
        self.resize(520, 560)


class BundleDialog(QDialog):
    """Which period and sensors a bundle is asked for, and where it goes. `wanted` is None until it is accepted."""

    def __init__(self, sensors: tuple[str, ...], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export an evidence bundle")
        self.wanted: NewBundle | None = None
        self.whole = QCheckBox("The &whole log")
        self.whole.setChecked(True)
        self.whole.setMinimumHeight(TOUCH)
        now = QDateTime.currentDateTimeUtc()
        self.since, self.until = _time_field(now.addDays(-30)), _time_field(now)
        self.sensors = QLineEdit()
        self.sensors.setMinimumHeight(TOUCH)
        self.sensors.setPlaceholderText(f"all; or some of: {', '.join(sensors)}" if sensors else "all")
        self.path = QLineEdit(str(Path.home() / "evidence.zip"))
        self.path.setMinimumHeight(TOUCH)
        choose = QPushButton("&Choose…")
        choose.setMinimumHeight(TOUCH)
        choose.clicked.connect(self._choose)
        place = QHBoxLayout()
        place.addWidget(self.path, 1)
        place.addWidget(choose)
        form = QFormLayout()
        form.addRow("", self.whole)
        form.addRow("From (UTC)", self.since)
        form.addRow("Until (UTC)", self.until)
        form.addRow("Sensors", self.sensors)
        form.addRow("Write to", place)
        words = QLabel(
            "A stranger can check it offline, with the page that is written beside it. Entries of other sensors within "
            "the period are in it as well: only so can its completeness be seen."
        )
        words.setWordWrap(True)
        buttons = QDialogButtonBox(_BUTTONS.Save | _BUTTONS.Cancel)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(words)
        column.addWidget(buttons)
        self.whole.toggled.connect(self._show_period)
        self._show_period(True)
        self.resize(620, 340)

    def _show_period(self, whole: bool) -> None:
        for field in (self.since, self.until):
            field.setEnabled(not whole)

    def _choose(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Write the bundle to", self.path.text(), "ZIP (*.zip)")
        if path:
            self.path.setText(path)

    def _accept(self) -> None:
        whole = self.whole.isChecked()
        self.wanted = NewBundle(
            path=self.path.text().strip() or " ",
            since="" if whole else _rfc3339(self.since),
            until="" if whole else _rfc3339(self.until),
            sensors=tuple(name.strip() for name in self.sensors.text().split(",") if name.strip()),
        )
        self.accept()


class RegisterDialog(QDialog):
    """What checks trust: the project's station register and key, and networks that are no public chains. Kept by the
    recorder for every check, of this station's logs and of bundles. Shows what is kept, never what was typed."""

    def __init__(self, desk: EvidenceDesk, files: Files, parent: QWidget) -> None:
        super().__init__(parent)
        self._desk, self._files = desk, files
        self.setWindowTitle("What checks trust")
        words = QLabel(
            "The project signs a list of its stations and their keys. With it, a check can say whose key signed; "
            "without it, every verdict says “signer not vouched for”. The project's key is needed too: it shows that "
            "the project signed the list."
        )
        words.setWordWrap(True)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("The register")
        self.keys = QPlainTextEdit()
        self.keys.setAccessibleName("Keys of the project, one a line")
        self.keys.setMaximumHeight(80)
        self.networks: dict[TrustableNetwork, QCheckBox] = {
            name: QCheckBox(name) for name in get_args(TrustableNetwork)
        }
        networks = QHBoxLayout()
        for name, box in self.networks.items():
            box.setMinimumHeight(TOUCH)
            box.setAccessibleName(f"Trust anchors on {name}")
            networks.addWidget(box)
        networks.addStretch(1)
        trusting = QLabel(
            "Take anchors on these networks for an outside witness too. They are no public chains: only where somebody "
            "else, whom you trust, keeps the ledger. Every verdict says so."
        )
        trusting.setWordWrap(True)
        self.state = QLabel()
        self.state.setWordWrap(True)
        load = QPushButton("&Open a file…")
        load.setMinimumHeight(TOUCH)
        load.clicked.connect(self._choose)
        buttons = QDialogButtonBox(_BUTTONS.Save | _BUTTONS.Close)
        buttons.accepted.connect(self._save)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for part in (words, load, QLabel("Register"), self.text, QLabel("Keys of the project, one a line"), self.keys):
            column.addWidget(part)
        column.addWidget(trusting)
        column.addLayout(networks)
        column.addWidget(self.state)
        column.addWidget(buttons)
        self.resize(640, 560)
        desk.register(self._show, self._failed)

    def _show(self, kept: RegisterMessage) -> None:
        self.text.setPlainText(kept.text)
        self.keys.setPlainText("\n".join(kept.project_keys))
        for name, box in self.networks.items():
            box.setChecked(name in kept.trusted_networks)
        self.state.setText("Kept." if kept.text else "No register is kept here yet.")

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open the station register")
        if path:
            self._files.read(Path(path), LARGEST_REGISTER, self._took, self.state.setText)

    def _took(self, content: bytes) -> None:
        self.text.setPlainText(content.decode("utf-8", errors="replace"))

    def _save(self) -> None:
        keys = tuple(line.strip() for line in self.keys.toPlainText().splitlines() if line.strip())
        trusted = tuple(name for name, box in self.networks.items() if box.isChecked())
        change = RegisterChange(text=self.text.toPlainText(), project_keys=keys, trusted_networks=trusted)
        self._desk.put_register(change, self._show, self._failed)

    def _failed(self, problem: Problem) -> None:
        self.state.setText(f"⚠ {problem.title}. {problem.detail} {problem.advice}")


def _closing(dialog: QDialog) -> QDialogButtonBox:
    buttons = QDialogButtonBox(_BUTTONS.Close)
    buttons.rejected.connect(dialog.reject)
    return buttons


def _time_field(value: QDateTime) -> QDateTimeEdit:
    field = QDateTimeEdit(value)
    field.setTimeZone(QTimeZone.utc())
    field.setDisplayFormat("yyyy-MM-dd HH:mm")
    field.setCalendarPopup(True)
    field.setMinimumHeight(TOUCH)
    return field


def _rfc3339(field: QDateTimeEdit) -> str:
    return field.dateTime().toUTC().toString("yyyy-MM-ddTHH:mm:00") + "Z"


def ask_path(parent: QWidget, chosen: Callable[[str], None]) -> None:
    """Ask for a bundle on this computer."""
    path, _ = QFileDialog.getOpenFileName(parent, "Check a bundle", "", "Evidence (*.zip);;All files (*)")
    if path:
        chosen(path)


def modal(dialog: QDialog) -> None:
    """Open it above its page without waiting; it goes when it is closed."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setModal(True)
    dialog.open()
