# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A list to choose from with a line to search it, usable by keyboard alone. Draws; no I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.widgets.form_row import TOUCH, quiet_label

_KEY = Qt.ItemDataRole.UserRole
_TWO_LINES = 52


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: `title` above, `detail` below; `words` are searched beside both."""

    key: str
    title: str
    detail: str
    words: str = ""

    def holds(self, wanted: Sequence[str]) -> bool:
        """Whether every wanted word, in lower case, occurs in it."""
        text = f"{self.title} {self.detail} {self.words} {self.key}".lower()
        return all(word in text for word in wanted)


class Chooser(QWidget):
    """Arrow keys in the search line move through the list.

    Signals:
        chosen: key of the choice, empty for none.
    """

    chosen = Signal(str)

    def __init__(self, title: str) -> None:
        super().__init__()
        self._choices: tuple[Choice, ...] = ()
        self.search, self.list, self.none = QLineEdit(), QListWidget(), quiet_label("Nothing fits these words.")
        self.search.setPlaceholderText("Search by name, maker or what it measures")
        self.search.setAccessibleName(f"Search: {title}")
        self.search.setMinimumHeight(TOUCH)
        self.search.setClearButtonEnabled(True)
        self.list.setAccessibleName(title)
        self.list.setUniformItemSizes(True)
        self.search.installEventFilter(self)
        self.none.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.search, self.none):
            column.addWidget(part)
        column.addWidget(self.list, 1)
        self.search.textChanged.connect(self._filter)
        self.list.currentItemChanged.connect(lambda *_: self.chosen.emit(self.key))

    @property
    def key(self) -> str:
        """Key of what is chosen, empty for none."""
        item = self.list.currentItem()
        return str(item.data(_KEY)) if self.list.currentRow() >= 0 and not item.isHidden() else ""

    def offer(self, choices: Sequence[Choice]) -> None:
        """Offer these."""
        self._choices = tuple(choices)
        self.list.clear()
        for choice in choices:
            item = QListWidgetItem(f"{choice.title}\n{choice.detail}")
            item.setData(_KEY, choice.key)
            item.setSizeHint(QSize(0, _TWO_LINES))
            self.list.addItem(item)

    def choose(self, key: str) -> None:
        """Choose by key, and bring it into view."""
        for place in range(self.list.count()):
            item = self.list.item(place)
            if item.data(_KEY) == key:
                self.list.setCurrentItem(item)
                self.list.scrollToItem(item, QListWidget.ScrollHint.PositionAtCenter)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows of the search line move through the list, and Enter take what is first."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
                self._step(1 if event.key() == Qt.Key.Key_Down else -1)
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                if not self.key:
                    self._step(1)
                return True
        return super().eventFilter(watched, event)

    def _filter(self, text: str) -> None:
        wanted = text.lower().split()
        shown = 0
        for place, choice in enumerate(self._choices):
            fits = choice.holds(wanted)
            self.list.item(place).setHidden(not fits)
            shown += fits
        self.none.setVisible(shown == 0 and bool(self._choices))
        self.chosen.emit(self.key)

    def _step(self, by: int) -> None:
        places = [place for place in range(self.list.count()) if not self.list.item(place).isHidden()]
        if not places:
            return
        now = self.list.currentRow()
        following = places.index(now) + by if now in places else 0
        self.list.setCurrentRow(places[max(0, min(following, len(places) - 1))])
