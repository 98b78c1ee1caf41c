# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The signal while one calibrates: newest value, the light, what is still missing. Draws; beeps."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QFrame, QLabel, QSizePolicy, QVBoxLayout

from app.pages.calibration_alive import Heartbeat, Lifeless
from app.pages.calibration_words import needed_text, spread_text, unmet_text, warming_text
from app.widgets.form_row import quiet_label, words_label
from app.widgets.present_colours import figures
from app.widgets.stability_light import Light, StabilityLight
from edge_daemon.api.messages import Latest, SensorMessage
from edge_daemon.api.messages_calibration import LiveSignal, RunMessage

WIDTH = 316
_UNMET_LINES = 5
_BEEP_AGAIN = 5
_PATIENCE_S, _PATIENCE_SHARE = 5.0, 0.2
"""The first reading after a standard was applied may be this late: five seconds, or a share of the window, which holds
ten readings at least."""

_APPLY, _OVER = "Comes once a point is applied", "This one is over"
_IDLE = {"conditions": _APPLY, "apply": _APPLY, "return": "Is this the value of its place?"}


class SignalPanel(QFrame):
    """Always the same size: nothing moves as numbers come and go."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("signal")
        self.setStyleSheet("#signal { background: palette(alternate-base); border-radius: 8px; }")
        self.setFixedWidth(WIDTH)
        self.value, self.unit = QLabel("–"), QLabel()
        self.value.setFont(figures(self.font(), 3.2, bold=True))
        self.value.setAccessibleName("Value just now")
        self.value.setMinimumHeight(self.value.fontMetrics().height())
        self.unit.setFont(figures(self.font(), 1.2))
        self.light = StabilityLight()
        self.unmet, self.spread = words_label(), quiet_label()
        self.unmet.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.unmet.setMinimumHeight(_UNMET_LINES * self.fontMetrics().lineSpacing() + 4)
        self.unmet.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.spread.setFixedHeight(2 * self.fontMetrics().lineSpacing() + 4)
        self.beep = QCheckBox("Beep when stable")
        self.beep.setMinimumHeight(48)
        self._stable_for = self._silent_for = 0
        self._heart = Heartbeat()
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        for part in (self.value, self.unit, self.light, self.unmet, self.spread):
            column.addWidget(part, 1 if part is self.unmet else 0)
        column.addWidget(self.beep)

    def show_run(self, run: RunMessage, sensor: SensorMessage | None, latest: Latest | None) -> None:
        """Show the signal of the run; outside of a step that judges it, the sensor's newest value while it lives."""
        lifeless = self._heart.lifeless(sensor, latest)
        live = run.live
        if live is not None and run.step.kind == "settle":
            self._show_number(live.value, live.raw, run)
            self._show_live(live, run, lifeless)
            return
        under_way = run.state == "under_way"
        self.beep.setVisible(under_way)
        self._stable_for = self._silent_for = 0
        newest = latest.channels.get(run.channel) if latest is not None and not lifeless else None
        self._show_number(newest.value if newest else None, newest.raw if newest else None, run)
        self._show_idle(lifeless, _IDLE.get(run.step.kind, "") if under_way or run.step.kind == "return" else _OVER)

    def show_value(
        self, sensor: SensorMessage | None, latest: Latest | None, channel: str, unit: str, decimals: int
    ) -> None:
        """Show a channel's value before any run, while the sensor lives."""
        lifeless = self._heart.lifeless(sensor, latest)
        newest = latest.channels.get(channel) if latest is not None and not lifeless else None
        known = newest is not None and newest.value is not None
        self.value.setText(f"{newest.value:.{decimals}f}" if newest is not None and known else "–")
        self.unit.setText(unit)
        self._show_idle(lifeless, _APPLY)

    def _show_number(self, value: float | None, raw: float | None, run: RunMessage) -> None:
        self.value.setText("–" if value is None else f"{value:.{run.decimals}f}")
        said = "" if raw is None else f" · raw {raw:.{run.decimals}f}"
        self.unit.setText(f"{run.unit}{said}")

    def _show_idle(self, lifeless: Lifeless | None, words: str) -> None:
        """Nothing is judged, but that nothing comes is told all the same."""
        if lifeless is None:
            self.light.show_light(Light.IDLE, words)
        else:
            self.light.show_light(Light.WAIT if lifeless.passes else Light.NO_SIGNAL, lifeless.short)
        self._say(lifeless.words if lifeless else "", "")

    def show_lost(self) -> None:
        """The recorder does not answer: nothing is claimed of the present."""
        self.value.setText("–")
        self.light.show_light(Light.NOT_KNOWN, "The recorder does not answer")
        self._say("", "")
        self._stable_for = 0

    def _show_live(self, live: LiveSignal, run: RunMessage, lifeless: Lifeless | None) -> None:
        silent = live.raw is None and live.value is None
        self._silent_for = self._silent_for + 1 if silent else 0
        patient = lifeless is None and live.time is None
        if silent and patient and self._silent_for <= max(_PATIENCE_S, _PATIENCE_SHARE * live.window_s):
            self.light.show_light(Light.WAIT, "The first reading is awaited")
        elif live.warming_s is not None:
            self.light.show_light(Light.WAIT, warming_text(live.warming_s))
        elif silent:
            self.light.show_light(Light.NO_SIGNAL, "Nothing comes from the sensor")
        elif live.stable:
            what = "The command can be sent" if run.step.stage is None else "The point can be taken"
            self.light.show_light(Light.STABLE, what)
        else:
            window = max(live.window_s, live.remaining_s)
            share = 1 - live.remaining_s / window if window else 0.0
            self.light.show_light(Light.WAIT, needed_text(live.remaining_s), share)
        self._say(unmet_text(live.unmet), spread_text(live, run.unit, run.decimals))
        self._sound(live.stable)

    def _say(self, unmet: str, spread: str) -> None:
        self.unmet.setText(unmet)
        self.unmet.setToolTip(unmet)
        self.spread.setText(spread)

    def _sound(self, stable: bool) -> None:
        """A beep when it becomes stable, and again every few seconds for those who were not listening."""
        if stable and self.beep.isChecked() and self._stable_for % _BEEP_AGAIN == 0:
            QApplication.beep()
        self._stable_for = self._stable_for + 1 if stable else 0
