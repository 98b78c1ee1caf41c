# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The points taken so far, as-found and as-left side by side. Draws; no I/O."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from app.pages.calibration_words import OUTCOMES, error_text, last_points, size_text
from app.widgets.present_colours import figures
from edge_daemon.api.messages_calibration import PointMessage, RunMessage
from edge_daemon.log.calibration_body import Stage

_COLUMNS = ("Point", "Reference", "As found", "As left", "Limit")
_ROW = 32
_MOST_ROWS = 4


class PointsTable(QTableWidget):
    """One row a point; takes no room while nothing was taken."""

    def __init__(self) -> None:
        super().__init__(0, len(_COLUMNS))
        self.setHorizontalHeaderLabels(list(_COLUMNS))
        self.setAccessibleName("Points taken so far")
        self.setStyleSheet("QTableWidget::item { padding: 0 4px; } QHeaderView::section { padding: 2px 4px; }")
        self.setFont(figures(self.font()))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setDefaultSectionSize(_ROW)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self._shown: tuple[PointMessage, ...] = ()
        self.hide()

    def show_run(self, run: RunMessage, *, room: bool) -> None:
        """Show this run's points, where there is room."""
        self.setVisible(bool(run.points) and room)
        if run.points == self._shown:
            return
        self._shown = run.points
        rows = last_points(run.points)
        self.setHorizontalHeaderLabels([*_COLUMNS[:1], *(f"{one}, {run.unit}" for one in _COLUMNS[1:])])
        self.setRowCount(len(rows))
        for row, stages in enumerate(rows.values()):
            newest = list(stages.values())[-1]
            self._put(row, 0, newest.title, newest.title)
            self._put(row, 1, size_text(newest.reference, run.decimals), "What the standard is")
            self._put_stage(row, 2, "as_found", stages, run.decimals)
            self._put_stage(row, 3, "as_left", stages, run.decimals)
            self._put(row, 4, f"±{size_text(newest.tolerance, run.decimals)}", "The error may be so large")
        shown = min(len(rows), _MOST_ROWS)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + shown * _ROW + 4)
        self.scrollToBottom()

    def _put_stage(self, row: int, column: int, stage: Stage, stages: dict[Stage, PointMessage], decimals: int) -> None:
        point = stages.get(stage)
        if point is None:
            self._put(row, column, "–", "Not taken")
            return
        glyph, word = OUTCOMES[point.outcome]
        marks = f" ×{point.repeated + 1}" if point.repeated else ""
        marks += " ⚠" if point.overridden else ""
        said = [
            f"{word}. Error = indication {size_text(point.indication, decimals)} - reference, ± expanded uncertainty."
        ]
        said += [f"Taken {point.repeated + 1} times; every take stays in the record."] if point.repeated else []
        said += [f"Taken before it was stable: {point.overridden}"] if point.overridden else []
        self._put(row, column, f"{glyph} {error_text(point)}{marks}", "\n".join(said))

    def _put(self, row: int, column: int, text: str, tip: str) -> None:
        item = QTableWidgetItem(text)
        item.setToolTip(tip)
        self.setItem(row, column, item)
