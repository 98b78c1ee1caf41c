# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the project may claim of a period, what it adds up to, and which sensor decides. Draws; no I/O."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.pages.quality_hours_words import claim_text, parameter_cells, totals_text
from app.widgets.form_row import words_label
from app.widgets.row_table import RowTable
from edge_daemon.api.messages import SensorMessage
from edge_daemon.api.messages_summaries import MetricsReply

_COLUMNS = (
    ("Sensor of record", ""),
    ("Channel", ""),
    ("Readings", "How many count, of how many that were expected"),
    ("Coverage", "Less than 50 %: no claim. Less than 75 %: at most 0.69"),
    ("Score", "From 0 to 1: by the age of the calibration, before flags and coverage cap it"),
    ("Quality", "From 0 to 1: the score as flags and coverage cap it"),
    ("Level", ""),
    ("Flags", "How many readings have which flag"),
    ("Capped", "What makes the quality less than the score"),
)


class ClaimView(QWidget):
    """Totals are of whole hours."""

    def __init__(self) -> None:
        super().__init__()
        self.claim, self.totals = words_label(), words_label()
        self.claim.setStyleSheet("font-size: 13pt; font-weight: 600;")
        self.claim.setAccessibleName("Claim")
        self.totals.setAccessibleName("Totals")
        for label in (self.claim, self.totals):
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            label.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        self.table = RowTable("Quality of the sensors of record", _COLUMNS, 7, frozenset({2, 3, 4, 5}))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.addWidget(self.claim)
        column.addWidget(self.totals)
        column.addWidget(self.table, 1)
        column.addStretch()  # takes the room that the table leaves while it has no rows

    def show_metrics(self, told: MetricsReply, sensors: Mapping[str, SensorMessage]) -> None:
        """Show these."""
        self.claim.setText(claim_text(told, sensors))
        self.totals.setText(totals_text(told))
        self.table.show_rows([parameter_cells(one, sensors) for one in told.parameters])
        self.table.setVisible(bool(told.parameters))

    def show_problem(self, words: str) -> None:
        """Say why there is nothing to show."""
        self.claim.setText(f"⚠ {words}")
        self.totals.setText("")
        self.table.hide()
