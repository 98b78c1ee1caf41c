# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The row of buttons above the plots. Draws; no I/O."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QWidget

from app.widgets.chart_view import ChartView, Preset

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
        self.status = QLabel()
        self.status.setAccessibleName("State of the chart")
        row.addSpacing(12)
        for widget in (self.pause, self.back, self.status):
            row.addWidget(widget)
        row.addStretch(1)

    def show_view(self, view: ChartView) -> None:
        """Reflect which stretch is shown and whether it is live."""
        self.pause.setVisible(view.live)
        self.back.setVisible(not view.live)
        self.status.setText("Live" if view.live else "Paused: recording goes on")
        chosen = Preset.EVERYTHING if view.everything else _preset_of(view.span)
        self._group.setExclusive(False)
        for preset, button in self.presets.items():
            button.setChecked(preset is chosen)
        self._group.setExclusive(True)


def _preset_of(span_s: float) -> Preset | None:
    return next((preset for preset in Preset if preset.value and abs(preset.value - span_s) < 1e-3), None)


def _button(text: str, meaning: str) -> QPushButton:
    button = QPushButton(text)
    button.setToolTip(meaning)
    button.setAccessibleName(meaning)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
