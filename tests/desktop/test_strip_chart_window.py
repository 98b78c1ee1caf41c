# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A window with the strip chart, rendered in every palette."""

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.theme.apply import apply_palette
from app.theme.palette import DARK, LIGHT, SUNLIGHT, Palette
from app.widgets.chart_lanes import LaneStack
from app.widgets.strip_chart import StripChart


def colours_in(image: QImage) -> dict[str, int]:
    plain = image.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(plain.constBits(), np.uint32) & 0xFFFFFF
    found, counts = np.unique(pixels, return_counts=True)
    return {f"#{int(colour):06x}": int(count) for colour, count in zip(found, counts, strict=True)}


@pytest.mark.parametrize("palette", [LIGHT, DARK, SUNLIGHT], ids=lambda palette: palette.name)
def test_every_curve_is_seen_in_its_colour(qtbot: QtBot, qapp: QApplication, palette: Palette) -> None:
    sheet, colours, style = qapp.styleSheet(), qapp.palette(), qapp.style().name()
    try:
        apply_palette(qapp, palette)
        chart = StripChart(palette)
        qtbot.addWidget(chart)
        chart.resize(1000, 700)
        with qtbot.waitExposed(chart, timeout=60_000):
            chart.show()
        t = 1.8e9 + np.arange(300.0)
        for number in range(8):
            chart.add_curve(str(number), f"Channel {number}", ["ppm", "°C"][number % 2])
            chart.append(str(number), t, 10 * number + np.sin(t / 20), np.where(np.arange(300) < 250, 1, 4))
        chart.refresh()
        qapp.processEvents()
        seen = colours_in(chart.findChildren(LaneStack)[0].grab().toImage())
        assert seen[palette.background] > 100_000
        for colour in (*palette.curves, palette.fail):
            assert seen.get(QColor(colour).name(), 0) > 50, colour
    finally:
        qapp.setStyleSheet(sheet)
        qapp.setPalette(colours)
        qapp.setStyle(style)
