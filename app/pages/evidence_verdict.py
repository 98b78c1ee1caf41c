# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a check found, a line for each check. "Not checked" never looks like "passed". Shows; does no I/O."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from app.pages.evidence_words import MARKS, VERDICTS, exposed
from app.widgets.line_list import LineList
from edge_daemon.api.messages_evidence import CheckOutcome, EvidenceVerdict
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
        self.checks = LineList("Checks")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(heading)
        column.addWidget(self.words)
        column.addWidget(self.checks, 1)
        self._shown: tuple[tuple[EvidenceVerdict, ...], bool] = ((), False)

    def show_verdicts(self, verdicts: Sequence[EvidenceVerdict], *, running: bool) -> None:
        """Show these, one log or bundle after the other, the worst first."""
        wanted = (tuple(verdicts), running)
        if wanted == self._shown:
            return
        self._shown = wanted
        self.checks.clear()
        ordered = sorted(verdicts, key=lambda one: _GRAVITY.index(one.standing))
        self.words.setText(_RUNNING if running else VERDICTS[ordered[0].standing] if ordered else _NONE)
        for verdict in ordered:
            for text, strong in _lines(verdict):
                self.checks.add_line(text, strong=strong)


_GRAVITY = (
    "failed",
    "unreadable",
    "salvaged",
    "shortened",
    "incomplete",
    "other_rules",
    "not_vouched_for",
    "simulated",
    "sound",
)


def _lines(verdict: EvidenceVerdict) -> Iterator[tuple[str, bool]]:
    """What a person has to look at comes first, since a small screen shows a few lines; what passed comes last."""
    yield verdict.about, True
    yield from _checks(verdict, "failed")
    yield from _checks(verdict, "not_checked")
    summary, ranges = in_brief(verdict.exposure)
    if summary:
        yield f"Exposure: {summary}", any(one.basis in BARE for one in verdict.exposure)
    for one in ranges:
        yield exposed(one), one.basis in BARE
    for words in verdict.not_proven:
        yield f"Not proven: {words}", False
    yield from _checks(verdict, "passed")


def _checks(verdict: EvidenceVerdict, outcome: CheckOutcome) -> Iterator[tuple[str, bool]]:
    for check in verdict.checks:
        if check.outcome == outcome:
            yield f"{MARKS[outcome]}: {check.title}. {check.words}", outcome == "failed"
