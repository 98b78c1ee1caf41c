# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A list of lines that can be read whole and copied: a digest breaks instead of being cut off. Shows; does no I/O."""

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFont, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QListWidget, QListWidgetItem, QWidget

_LONG = re.compile(r"[0-9A-Za-z+/=]{17,}")
_PIECE = 8
_BREAK = "\u200b"
_PLAIN = Qt.ItemDataRole.UserRole


class LineList(QListWidget):
    """Lines of text. `plain` gives each as it was added; what is copied is that, without the invisible breaks."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setSpacing(3)
        self.setTextElideMode(Qt.TextElideMode.ElideNone)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setAccessibleName(name)
        copy = QAction("Copy", self)
        copy.triggered.connect(self.copy)
        self.addAction(copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setToolTip("Select lines and press Ctrl+C to copy them")

    @property
    def plain(self) -> list[str]:
        """The lines as they were added."""
        return [str(self.item(row).data(_PLAIN)) for row in range(self.count())]

    def add_line(self, text: str, *, strong: bool = False) -> None:
        """Put a line at the end."""
        item = QListWidgetItem(_LONG.sub(_breakable, text))
        item.setData(_PLAIN, text)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, text)
        if strong:
            font = QFont(self.font())
            font.setBold(True)
            item.setFont(font)
        self.addItem(item)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy what is selected; Qt alone would copy one line, with its invisible breaks."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def copy(self) -> None:
        """Put the selected lines on the clipboard."""
        rows = sorted(index.row() for index in self.selectedIndexes())
        if rows:
            QGuiApplication.clipboard().setText("\n".join(self.plain[row] for row in rows))


def _breakable(found: re.Match[str]) -> str:
    word = found.group()
    return _BREAK.join(word[place : place + _PIECE] for place in range(0, len(word), _PIECE))
