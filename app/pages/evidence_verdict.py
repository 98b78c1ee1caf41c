# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a check found, a line for each check. "Not checked" never looks like "passed". Shows; does no I/O."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.pages.evidence_words import MARKS, VERDICTS, exposed
from edge_daemon.api.messages_evidence import EvidenceVerdict
from sync.evidence.exposure import BARE, in_brief

_NONE = "Nothing was checked yet. Press “Verify the log”, or drop a bundle on this page."
_RUNNING = "The check is under way…"


class VerdictView(QWidget):
    """The verdict in words above, every check and everything that is not proven below."""

    def __init__(self) -> None:
        super().__init__()
        heading = QLabel("Verdict")
        heading.setStyleSheet("font-size: 13pt; font-weight: 600;")
        self.words = QLabel(_NONE)
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAccessibleName("Verdict")
        self.checks = QListWidget()
        self.checks.setWordWrap(True)
        self.checks.setSpacing(3)
        self.checks.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.checks.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.checks.setAccessibleName("Checks")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(heading)
        column.addWidget(self.words)
        column.addWidget(self.checks, 1)
        self._shown: tuple[tuple[EvidenceVerdict, ...], bool] = ((), False)

    def show_verdicts(self, verdicts: Sequence[EvidenceVerdict], *, running: bool) -> None:
        """Show these, one log or bundle after the other."""
        wanted = (tuple(verdicts), running)
        if wanted == self._shown:
            return
        self._shown = wanted
        self.checks.clear()
        worst = min(verdicts, key=lambda one: _GRAVITY.index(one.standing), default=None)
        self.words.setText(_RUNNING if running else _NONE if worst is None else VERDICTS[worst.standing])
        for verdict in verdicts:
            for text, strong in _lines(verdict):
                item = QListWidgetItem(text)
                if strong:
                    font = QFont(self.checks.font())
                    font.setBold(True)
                    item.setFont(font)
                self.checks.addItem(item)


_GRAVITY = ("failed", "unreadable", "salvaged", "incomplete", "not_vouched_for", "simulated", "sound")


def _lines(verdict: EvidenceVerdict) -> Iterator[tuple[str, bool]]:
    yield verdict.about, True
    failed_first = sorted(verdict.checks, key=lambda check: check.outcome != "failed")
    for check in failed_first:
        yield f"{MARKS[check.outcome]}: {check.title}. {check.words}", check.outcome == "failed"
    summary, ranges = in_brief(verdict.exposure)
    if summary:
        yield f"Exposure: {summary}", any(one.basis in BARE for one in verdict.exposure)
    for one in ranges:
        yield exposed(one), one.basis in BARE
    for words in verdict.not_proven:
        yield f"Not proven: {words}", False
