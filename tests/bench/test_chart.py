# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Frames a second of the strip chart while appending, and against plain pyqtgraph in the same run."""

from collections.abc import Callable
from time import perf_counter

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.theme.palette import LIGHT
from app.widgets.chart_view import Preset
from app.widgets.strip_chart import StripChart

CURVES = 6
SIZE = (1200, 700)


def frames_per_second(draw: Callable[[int], object], frames: int) -> float:
    draw(0)
    start = perf_counter()
    for number in range(1, frames + 1):
        draw(number)
    return frames / (perf_counter() - start)


@pytest.mark.parametrize("points", [86_400, 1_000_000])
def test_frames_a_second(
    qtbot: QtBot, capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None], points: int
) -> None:
    random = np.random.default_rng(2)
    t = np.arange(float(points))
    values = [np.cumsum(random.normal(size=points)) for _ in range(CURVES)]

    chart = StripChart(LIGHT)
    plain = pg.PlotWidget()
    for widget in (chart, plain):
        qtbot.addWidget(widget)
        widget.resize(*SIZE)
        widget.show()
    for number, y in enumerate(values):
        chart.add_curve(str(number), f"Channel {number}", ["ppm", "°C"][number % 2])
        chart.append(str(number), t, y)
    chart.choose(Preset.EVERYTHING)
    lines = [plain.plot(pen=number) for number in range(CURVES)]
    grown = [np.concatenate((y, np.zeros(20))) for y in values]
    times = np.arange(points + 20.0)

    def draw_chart(frame: int) -> None:
        for number in range(CURVES):
            chart.append(str(number), [points + float(frame)], [0.0])
        chart.refresh()
        chart.repaint()
        QApplication.processEvents()

    def draw_plain(frame: int) -> None:
        for line, y in zip(lines, grown, strict=True):
            line.setData(times[: points + frame], y[: points + frame])
        plain.repaint()
        QApplication.processEvents()

    own, other = frames_per_second(draw_chart, 60), frames_per_second(draw_plain, 4)
    figures = {"own_fps": round(own, 1), "pyqtgraph_fps": round(other, 1), "ratio": round(own / other, 1)}
    for name, figure in figures.items():
        record_property(name, figure)
    with capsys.disabled():
        print(f"\n{CURVES} curves of {points}: {figures}")
    assert own / other > 1
