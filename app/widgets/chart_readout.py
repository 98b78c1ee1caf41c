# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The list beside the plots: every curve's colour, name and value, and a tick to hide or show it. Draws; no I/O."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QCheckBox, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.theme.palette import Palette
from app.widgets.chart_curve import Curve
from app.widgets.chart_pen import swatch
from app.widgets.decimation import Sample
from app.widgets.elided_label import ElidedLabel

_TICK, _TICK_HEIGHT = 24, 36
_FLAG_WORDS = {3: "suspect", 4: "fail", 9: "missing"}


@dataclass(frozen=True, slots=True)
class Aside:
    """What is said with a value: `words` behind it; `number` is how the value is written then, where it is not empty.

    Who knows how sure a value is does not write digits that say nothing.
    """

    words: str
    number: str = ""


def value_text(sample: Sample | None, unit: str, decimals: int | None = None, aside: Aside | None = None) -> str:
    """A sample for people: value, unit, what is said `aside` of it and, unless it is good, what the quality check
    said."""
    if sample is None:
        return "–"
    words, number = (aside.words, aside.number) if aside else ("", "")
    flag = _FLAG_WORDS.get(sample.flag)
    if math.isnan(sample.y):
        return f"no value {words}".rstrip()
    number = number or (f"{sample.y:.6g}" if decimals is None else f"{sample.y:.{decimals}f}")
    return " ".join(filter(None, (number, unit, words, f"({flag})" if flag else "")))


class ChartReadout(QScrollArea):
    """One entry a curve. `shown_changed(key, shown)` tells of a tick set or taken away by hand."""

    shown_changed = Signal(str, bool)

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self._ticks: dict[str, QCheckBox] = {}
        self._values: dict[str, QLabel] = {}
        self._curves: dict[str, Curve] = {}
        self._beside: dict[str, Aside] = {}
        self._groups: dict[str, QVBoxLayout] = {}
        self._boxes: dict[str, QWidget] = {}
        self._time = QLabel("Latest values")
        self._time.setWordWrap(True)
        self._entries = QVBoxLayout()
        # Below the values, so that these stay where they are while the pointer passes over gaps and notes.
        self._told = QLabel()
        self._told.setWordWrap(True)
        self._told.setTextFormat(Qt.TextFormat.PlainText)
        inside = QWidget()
        inside.setObjectName("readout")
        column = QVBoxLayout(inside)
        column.addWidget(self._time)
        column.addLayout(self._entries)
        column.addWidget(self._told)
        column.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(220)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Curves and their values")
        self.setStyleSheet(f"QCheckBox::indicator {{ width: {_TICK}px; height: {_TICK}px; }}")

    def add(self, curve: Curve) -> None:
        """List a curve under its group."""
        tick = QCheckBox()
        tick.setIconSize(QSize(26, 14))
        tick.setMinimumHeight(_TICK_HEIGHT)
        tick.setText(tick.fontMetrics().elidedText(curve.label, Qt.TextElideMode.ElideMiddle, self.width() - 94))
        tick.setChecked(curve.shown)
        tick.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        tick.setAccessibleName(f"Show {curve.name}")
        tick.setToolTip(curve.name)
        tick.toggled.connect(lambda shown, key=curve.key: self.shown_changed.emit(key, shown))
        value = QLabel("–")
        value.setObjectName("value")
        value.setIndent(_TICK + 8)
        value.setAccessibleName(f"Value of {curve.name}")
        self._curves[curve.key], self._ticks[curve.key], self._values[curve.key] = curve, tick, value
        place = self._place(curve.group)
        place.addWidget(tick)
        place.addWidget(value)
        self.set_palette(self._palette)

    def _place(self, group: str) -> QVBoxLayout:
        if group not in self._groups:
            box = QWidget()
            column = QVBoxLayout(box)
            column.setContentsMargins(0, 4, 0, 4)
            column.setSpacing(0)
            if group:
                title = ElidedLabel(group)
                font = title.font()
                font.setBold(True)
                title.setFont(font)
                column.addWidget(title)
            self._groups[group], self._boxes[group] = column, box
            self._entries.addWidget(box)
        return self._groups[group]

    def remove(self, key: str) -> None:
        """Take a curve off the list, and its group with the last of it."""
        group = self._curves.pop(key).group
        for widget in (self._ticks.pop(key), self._values.pop(key)):
            self._groups[group].removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        if all(curve.group != group for curve in self._curves.values()):
            del self._groups[group]
            box = self._boxes.pop(group)
            self._entries.removeWidget(box)
            box.hide()
            box.deleteLater()

    def set_shown(self, key: str, shown: bool) -> None:
        """Set a curve's tick."""
        self._ticks[key].setChecked(shown)

    def set_palette(self, palette: Palette) -> None:
        """Repaint the curves' colours."""
        self._palette = palette
        for key, curve in self._curves.items():
            self._ticks[key].setIcon(QIcon(swatch(curve.colour, palette, self.devicePixelRatioF())))

    def show_values(self, heading: str, samples: dict[str, Sample | None], told: str = "") -> None:
        """Show these values, in the heading the moment they belong to, and below what is `told` of that moment."""
        _set_text(self._time, heading)
        _set_text(self._told, told)
        for key, sample in samples.items():
            curve = self._curves[key]
            _set_text(self._values[key], value_text(sample, curve.unit, curve.decimals, self._beside.get(key)))

    def set_beside(self, beside: Mapping[str, Aside]) -> None:
        """Say this with the curves' values from now on, and nothing with the others."""
        self._beside = {key: aside for key, aside in beside.items() if key in self._curves}

    def text(self) -> str:
        """What the list says, a line for each curve that is shown."""
        lines = [f"{curve.name}: {self._values[key].text()}" for key, curve in self._curves.items() if curve.shown]
        return "\n".join([self._time.text(), *lines, *self._told.text().splitlines()])


def _set_text(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
