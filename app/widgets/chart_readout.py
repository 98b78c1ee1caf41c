# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The list beside the plots: every curve's colour, name and value, and a tick to hide or show it. Draws; no I/O."""

import math
from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QCheckBox, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.theme.palette import Palette
from app.widgets.chart_curve import Curve
from app.widgets.chart_pen import swatch
from app.widgets.decimation import Sample
from app.widgets.elided_label import ElidedLabel

_FLAG_WORDS = {3: "suspect", 4: "fail", 9: "missing"}


def value_text(sample: Sample | None, unit: str, decimals: int | None = None) -> str:
    """A sample for people: value, unit and, unless it is good, what the quality check said."""
    if sample is None:
        return "–"
    if math.isnan(sample.y):
        return "no value"
    word = _FLAG_WORDS.get(sample.flag)
    number = f"{sample.y:.6g}" if decimals is None else f"{sample.y:.{decimals}f}"
    return f"{number} {unit}".rstrip() + (f" ({word})" if word else "")


class ChartReadout(QScrollArea):
    """One entry a curve. `shown_changed(key, shown)` tells of a tick set or taken away by hand."""

    shown_changed = Signal(str, bool)

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self._ticks: dict[str, QCheckBox] = {}
        self._values: dict[str, QLabel] = {}
        self._curves: dict[str, Curve] = {}
        self._beside: dict[str, str] = {}
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

    def add(self, curve: Curve) -> None:
        """List a curve under its group."""
        tick = QCheckBox()
        tick.setIconSize(QSize(26, 14))
        tick.setText(tick.fontMetrics().elidedText(curve.label, Qt.TextElideMode.ElideMiddle, self.width() - 84))
        tick.setChecked(curve.shown)
        tick.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        tick.setAccessibleName(f"Show {curve.name}")
        tick.setToolTip(curve.name)
        tick.toggled.connect(lambda shown, key=curve.key: self.shown_changed.emit(key, shown))
        value = QLabel("–")
        value.setObjectName("value")
        value.setIndent(24)
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
            words = value_text(sample, self._curves[key].unit, self._curves[key].decimals)
            beside = self._beside.get(key, "")
            _set_text(self._values[key], f"{words} {beside}" if beside and sample is not None else words)

    def set_beside(self, beside: Mapping[str, str]) -> None:
        """Say this behind the curves' values from now on, and nothing behind the others."""
        self._beside = {key: words for key, words in beside.items() if key in self._curves}

    def text(self) -> str:
        """What the list says, a line for each curve that is shown."""
        lines = [f"{curve.name}: {self._values[key].text()}" for key, curve in self._curves.items() if curve.shown]
        return "\n".join([self._time.text(), *lines, *self._told.text().splitlines()])


def _set_text(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
