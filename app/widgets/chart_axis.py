# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The time axis of a chart: UTC times and dates at round moments. Draws; no I/O."""

import math

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal

from edge_daemon.domain.time import rfc3339_from_ns

NS_PER_S = 1_000_000_000
_DAY_S = 86_400.0
_STEPS_S = (
    *(base * 10.0**power for power in range(-3, 0) for base in (1, 2, 5)),
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0),
    *(3600.0, 7200.0, 10_800.0, 21_600.0, 43_200.0),
    *(_DAY_S * days for days in (1, 2, 7, 14, 28, 91, 182, 364, 1820)),
)
_LABEL_PIXELS = 95


def time_text(t: float, epoch_ns: int, decimals: int = 0) -> str:
    """Seconds since the epoch as `YYYY-MM-DD HH:MM:SS UTC`, for people."""
    text = rfc3339_from_ns(epoch_ns + round(t * NS_PER_S))
    clock = text[11 : 20 + decimals] if decimals else text[11:19]
    return f"{text[:10]} {clock} UTC"


def tick_step(span_s: float, pixels: float) -> float:
    """The shortest round step in seconds whose labels do not touch on `pixels`."""
    room = max(pixels / _LABEL_PIXELS, 1.0)
    return next((step for step in _STEPS_S if span_s / step <= room), _STEPS_S[-1])


def tick_text(time_ns: int, step_s: float) -> str:
    """A label as short as the step allows; midnight shows the date."""
    text = rfc3339_from_ns(time_ns)
    if step_s >= _DAY_S or text[11:] == "00:00:00.000000000Z":
        return text[:10]
    if step_s >= 60:
        return text[11:16]
    return text[11:19] if step_s >= 1 else text[11:23]


class UtcAxis(pg.AxisItem):
    """A bottom axis whose values are seconds since `epoch_ns` (UTC nanoseconds since 1970).

    `reset_wished` tells of a double click on it.
    """

    reset_wished = Signal()

    def __init__(self, epoch_ns: int) -> None:
        super().__init__("bottom")
        self._epoch_ns = epoch_ns
        self.setToolTip("Double-click to go back to the newest readings")
        self.enableAutoSIPrefix(False)

    def mouseClickEvent(self, event: object) -> None:
        """A double click asks for the newest readings again."""
        click: pg.GraphicsScene.mouseEvents.MouseClickEvent = event
        if click.double() and click.button() == Qt.MouseButton.LeftButton:
            click.accept()
            self.reset_wished.emit()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:  # noqa: N803 - pyqtgraph's names
        """Round moments of UTC within the view."""
        step = tick_step(maxVal - minVal, size)
        epoch = self._epoch_ns / NS_PER_S
        first = math.ceil((minVal + epoch) / step)
        last = math.floor((maxVal + epoch) / step)
        return [(step, [number * step - epoch for number in range(first, last + 1)])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: ARG002 - pyqtgraph's names
        """Labels for the moments of `tickValues`."""
        step_ns = max(round(spacing * NS_PER_S), 1)
        times = (self._epoch_ns + round(value * NS_PER_S) for value in values)
        return [
            tick_text(round(time / 1000) * 1000 if step_ns < NS_PER_S else _whole_second(time), spacing)
            for time in times
        ]


def _whole_second(time_ns: int) -> int:
    return (time_ns + NS_PER_S // 2) // NS_PER_S * NS_PER_S
