# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The row of buttons above the plots. Draws; no I/O."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from app.widgets.chart_view import ChartView, Preset
from app.widgets.elided_label import ElidedLabel

_PRESET_NAMES = {
    Preset.FIVE_MINUTES: ("5 min", "Show the last five minutes"),
    Preset.ONE_HOUR: ("1 h", "Show the last hour"),
    Preset.ONE_DAY: ("24 h", "Show the last 24 hours"),
    Preset.EVERYTHING: ("All", "Show everything there is (Home)"),
}


class ChartToolbar(QWidget):
    """Stretches to choose from, pause, and the way back to live."""

    preset_chosen = Signal(Preset)
    pause_wished = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 6, 6, 6)
        self._group = QButtonGroup(self)
        self.presets: dict[Preset, QPushButton] = {}
        for preset, (text, meaning) in _PRESET_NAMES.items():
            button = _button(text, meaning)
            button.setCheckable(True)
            button.clicked.connect(lambda _checked, chosen=preset: self.preset_chosen.emit(chosen))
            self._group.addButton(button)
            self.presets[preset] = button
            row.addWidget(button)
        self.pause = _button("Pause", "Hold the picture still; recording goes on (Space)")
        self.pause.clicked.connect(lambda: self.pause_wished.emit(True))
        self.back = _button("Back to live", "Follow the newest readings again (End)")
        self.back.clicked.connect(lambda: self.pause_wished.emit(False))
        self.status = ElidedLabel()
        self.status.setAccessibleName("State of the chart")
        row.addSpacing(12)
        # Either of the two stands in the same place and takes the same room.
        width = max(button.sizeHint().width() for button in (self.pause, self.back))
        for widget in (self.pause, self.back):
            widget.setMinimumWidth(width)
            row.addWidget(widget)
        row.addSpacing(6)
        row.addWidget(self.status, 1)
        self._row = row
        self._view_words, self._nothing = "", False

    def show_view(self, view: ChartView) -> None:
        """Reflect which stretch is shown and whether it is live."""
        self.pause.setVisible(view.live)
        self.back.setVisible(not view.live)
        self._view_words = "Live" if view.live else "Paused: recording goes on"
        self._say()
        chosen = Preset.EVERYTHING if view.everything else _preset_of(view.span)
        self._group.setExclusive(False)
        for preset, button in self.presets.items():
            button.setChecked(preset is chosen)
        self._group.setExclusive(True)

    def show_nothing(self, nothing: bool) -> None:
        """Say whether the stretch shown has no readings."""
        if nothing != self._nothing:
            self._nothing = nothing
            self._say()

    def add_tool(self, button: QWidget) -> None:
        """Put a button at the end of the row."""
        self._row.addWidget(button)

    def _say(self) -> None:
        self.status.setText(f"{self._view_words}. No readings in this stretch." if self._nothing else self._view_words)


def _preset_of(span_s: float) -> Preset | None:
    return next((preset for preset in Preset if preset.value and abs(preset.value - span_s) < 1e-3), None)


def _button(text: str, meaning: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(meaning)
    button.setAccessibleName(meaning)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
