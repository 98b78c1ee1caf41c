# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Large buttons to choose from, in as many lines as they need; their words wrap rather than being cut. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

_HEIGHT = 52
_GAP = 8
_EDGES = 40
_STYLE = """
    QPushButton { min-height: 20px; padding: 6px 14px; border: 2px solid palette(placeholder-text);
        border-radius: 6px; }
    QPushButton:focus { border: 4px solid palette(text); padding: 4px 12px; }
    QPushButton[usual="true"] { background: palette(highlight); color: palette(highlighted-text); font-weight: bold;
        border-color: palette(highlight); }
    QPushButton[usual="true"]:focus { border-color: palette(text); }
    QPushButton:disabled, QPushButton[usual="true"]:disabled { background: palette(window);
        color: palette(placeholder-text); border: 2px dashed palette(placeholder-text); font-weight: normal; }
"""


@dataclass(frozen=True, slots=True)
class Option:
    """A button. `tip` says why it cannot be pressed, or what comes of it."""

    name: str
    title: str
    enabled: bool = True
    tip: str = ""


class ChoiceBar(QWidget):
    """The first is the usual one.

    Signals:
        chosen: name of the button that was pressed.
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.buttons: dict[str, QPushButton] = {}
        self._options: tuple[Option, ...] = ()
        self.setStyleSheet(_STYLE)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)

    @property
    def usual(self) -> QPushButton | None:
        """The first button."""
        return next(iter(self.buttons.values()), None)

    def offer(self, options: Sequence[Option]) -> None:
        """Offer these. Buttons that stay are kept, with their focus."""
        if [one.name for one in options] != list(self.buttons):
            self._build(options)
        if tuple(options) == self._options:
            return
        self._options = tuple(options)
        for one in options:
            button = self.buttons[one.name]
            button.setEnabled(one.enabled)
            button.setToolTip(one.tip)
            button.setAccessibleName(one.title)
            button.setAccessibleDescription(one.tip)
        self._arrange()

    def _build(self, options: Sequence[Option]) -> None:
        for old in self.buttons.values():
            old.hide()
            old.deleteLater()
        self.buttons = {}
        self._options = ()
        for place, one in enumerate(options):
            button = QPushButton(self)
            button.setProperty("usual", "true" if place == 0 else "false")
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, name=one.name: self.chosen.emit(name))
            button.show()
            self.buttons[one.name] = button

    def sizeHint(self) -> QSize:
        """As high as its lines."""
        return QSize(300, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width, other lines."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def _arrange(self) -> None:
        x = y = high = 0
        room = max(self.width(), 120)
        for one in self._options:
            button = self.buttons[one.name]
            # Bold is measured for all, so that becoming the usual one changes no width.
            font = button.font()
            font.setBold(True)
            metrics = QFontMetrics(font)
            text = wrapped(one.title, metrics, room - _EDGES)
            lines = text.count("\n") + 1
            width = min(max(metrics.horizontalAdvance(line) for line in text.split("\n")) + _EDGES, room)
            height = max(_HEIGHT, lines * metrics.lineSpacing() + 22)
            if x and x + width > room:
                x, y, high = 0, y + high + _GAP, 0
            button.setText(text.replace("&", "&&"))
            button.setGeometry(x, y, max(width, 120), height)
            x, high = x + max(width, 120) + _GAP, max(high, height)
        self.setFixedHeight(max(y + high, 1))
        self.updateGeometry()


def wrapped(text: str, metrics: QFontMetrics, room: int) -> str:
    """The text in lines of at most `room` pixels, as far as its words allow."""
    lines: list[str] = []
    for word in text.split():
        if lines and metrics.horizontalAdvance(f"{lines[-1]} {word}") <= room:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return "\n".join(lines)
