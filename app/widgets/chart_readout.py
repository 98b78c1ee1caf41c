# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The list beside the plots: every curve's colour, name and value, and a tick to hide or show it. Draws; no I/O."""

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QCheckBox, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.theme.palette import Palette
from app.widgets.chart_curve import Curve
from app.widgets.decimation import Sample

_FLAG_WORDS = {3: "suspect", 4: "fail", 9: "missing"}


def value_text(sample: Sample | None, unit: str) -> str:
    """A sample for people: value, unit and, unless it is good, what the quality check said."""
    if sample is None:
        return "–"
    if math.isnan(sample.y):
        return "no value"
    word = _FLAG_WORDS.get(sample.flag)
    return f"{sample.y:.6g} {unit}".rstrip() + (f" ({word})" if word else "")


class ChartReadout(QScrollArea):
    """One entry a curve. `shown_changed(key, shown)` tells of a tick set or taken away by hand."""

    shown_changed = Signal(str, bool)

    def __init__(self, palette: Palette) -> None:
        super().__init__()
        self._palette = palette
        self._ticks: dict[str, QCheckBox] = {}
        self._values: dict[str, QLabel] = {}
        self._curves: dict[str, Curve] = {}
        self._time = QLabel("Latest values")
        self._time.setWordWrap(True)
        self._entries = QVBoxLayout()
        inside = QWidget()
        inside.setObjectName("readout")
        column = QVBoxLayout(inside)
        column.addWidget(self._time)
        column.addLayout(self._entries)
        column.addStretch(1)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(220)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Curves and their values")

    def add(self, curve: Curve) -> None:
        """List a curve."""
        tick = QCheckBox()
        room = self.width() - 80
        tick.setText(tick.fontMetrics().elidedText(curve.label, Qt.TextElideMode.ElideMiddle, room))
        tick.setChecked(curve.shown)
        tick.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        tick.setAccessibleName(f"Show {curve.label}")
        tick.setToolTip(curve.label)
        tick.toggled.connect(lambda shown, key=curve.key: self.shown_changed.emit(key, shown))
        value = QLabel("–")
        value.setObjectName("value")
        value.setIndent(24)
        value.setAccessibleName(f"Value of {curve.label}")
        self._curves[curve.key], self._ticks[curve.key], self._values[curve.key] = curve, tick, value
        self._entries.addWidget(tick)
        self._entries.addWidget(value)
        self.set_palette(self._palette)

    def remove(self, key: str) -> None:
        """Take a curve off the list."""
        del self._curves[key]
        for widget in (self._ticks.pop(key), self._values.pop(key)):
            self._entries.removeWidget(widget)
            widget.hide()
            widget.deleteLater()

    def set_shown(self, key: str, shown: bool) -> None:
        """Set a curve's tick."""
        self._ticks[key].setChecked(shown)

    def set_palette(self, palette: Palette) -> None:
        """Repaint the curves' colours."""
        self._palette = palette
        for key, curve in self._curves.items():
            swatch = QPixmap(14, 14)
            swatch.fill(QColor(palette.curves[curve.colour % len(palette.curves)]))
            self._ticks[key].setIcon(QIcon(swatch))

    def show_values(self, heading: str, samples: dict[str, Sample | None]) -> None:
        """Show these values, and in the heading the moment they belong to."""
        _set_text(self._time, heading)
        for key, sample in samples.items():
            _set_text(self._values[key], value_text(sample, self._curves[key].unit))

    def text(self) -> str:
        """What the list says, a line for each curve that is shown."""
        lines = [f"{curve.label}: {self._values[key].text()}" for key, curve in self._curves.items() if curve.shown]
        return "\n".join([self._time.text(), *lines])


def _set_text(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
