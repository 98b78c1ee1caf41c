# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A table of rows of text to look at and choose from: large rows, keys of its own, thousands of rows at no cost.

Draws; no I/O.
"""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from app.widgets.form_row import TOUCH
from app.widgets.present_colours import figures

Rows = Sequence[tuple[str, ...]]
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class _Model(QAbstractTableModel):
    def __init__(self, columns: Sequence[tuple[str, str]], numbers: frozenset[int]) -> None:
        super().__init__()
        self._columns = columns
        self._numbers = numbers
        self.rows: Rows = ()

    def show_rows(self, rows: Rows) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = _ROOT) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        text = self.rows[index.row()][index.column()]
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole}:
            return text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if index.column() in self._numbers else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section][0]
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._columns[section][1] or None
        return None


class RowTable(QTableView):
    """`columns` are (title, what it means); `stretched` takes the room that is left.

    Signals:
        chosen: another row, or none, is selected.
    """

    chosen = Signal()

    def __init__(
        self,
        name: str,
        columns: Sequence[tuple[str, str]],
        stretched: int,
        numbers: frozenset[int] = frozenset(),
    ) -> None:
        super().__init__()
        self._model = _Model(columns, numbers)
        self.setModel(self._model)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setFont(figures(self.font()))
        self.setStyleSheet(
            "QTableView { border: 1px solid palette(placeholder-text); }"
            "QTableView:focus { border: 2px solid palette(highlight); }"
            "QTableView::item { padding: 0 6px; } QHeaderView::section { padding: 4px 6px; }"
        )
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setDefaultSectionSize(TOUCH)
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setResizeContentsPrecision(50)
        header.setHighlightSections(False)
        header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())

    @property
    def rows(self) -> Rows:
        """What it shows."""
        return self._model.rows

    @property
    def row(self) -> int | None:
        """The selected row."""
        selected = self.selectionModel().selectedRows()
        return selected[0].row() if selected else None

    def show_rows(self, rows: Rows) -> None:
        """Show these; the same row stays selected where all are the same."""
        if rows == self._model.rows:
            return
        self._model.show_rows(rows)
        self.chosen.emit()

    def choose(self, row: int) -> None:
        """Select a row and bring it into sight."""
        self.selectRow(row)
        self.scrollTo(self._model.index(row, 0))
