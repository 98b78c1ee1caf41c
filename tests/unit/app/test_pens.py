# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Curves are told apart, and axes do not make much of nothing."""

import pytest
from pytestqt.qtbot import QtBot

from app.theme.palette import DARK, LIGHT, SUNLIGHT, Palette
from app.widgets.chart_lane import round_range
from app.widgets.chart_pen import curve_pen, swatch
from app.widgets.elided_label import ElidedLabel
from app.widgets.strip_chart import StripChart

PALETTES = pytest.mark.parametrize("palette", [LIGHT, DARK, SUNLIGHT], ids=lambda palette: palette.name)


@PALETTES
def test_thirty_two_curves_have_thirty_two_pens(qtbot: QtBot, palette: Palette) -> None:
    pens = [curve_pen(number, palette) for number in range(32)]
    assert len({(pen.color().name(), tuple(pen.dashPattern())) for pen in pens}) == 32
    assert all(pen.isCosmetic() and pen.width() == 1 for pen in pens)
    pictures = [swatch(number, palette).toImage() for number in range(32)]
    assert all(one != other for place, one in enumerate(pictures) for other in pictures[:place])


@PALETTES
def test_a_ninth_curve_is_drawn_otherwise_than_the_first(qtbot: QtBot, palette: Palette) -> None:
    pictures = []
    for number in (0, 8):
        chart = StripChart(palette)
        qtbot.addWidget(chart)
        chart.resize(700, 300)
        chart.show()
        for other in range(number):
            chart.add_curve(f"{other}", "A", "ppm")
            chart.set_shown(f"{other}", False)
        chart.add_curve("it", "A", "ppm")
        for other in range(number):
            chart.remove_curve(f"{other}")
        chart.append("it", [0.0, 100.0], [1.0, 2.0])
        chart.refresh()
        pictures.append(chart._lanes.grab().toImage())
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize(
    ("lowest", "highest", "least", "span"),
    [(21.30, 21.32, 1.0, (1.0, 1.4)), (21.0, 25.0, 1.0, (4.0, 5.0)), (5.0, 5.0, 0.0, (0.03, 0.2))],
)
def test_noise_does_not_fill_the_plot(lowest: float, highest: float, least: float, span: tuple[float, float]) -> None:
    bottom, top = round_range(lowest, highest, least)
    assert bottom <= lowest <= highest <= top
    assert span[0] <= top - bottom <= span[1]


def test_an_axis_begins_at_zero_where_no_value_is_below_it() -> None:
    assert round_range(0.0, 3.0, 10.0)[0] == 0.0
    assert round_range(0.0, 3.0, 10.0)[1] >= 10.0
    assert round_range(-0.1, 3.0, 10.0)[0] < -0.1


def test_the_least_span_of_a_channel_holds_on_the_screen(qtbot: QtBot) -> None:
    chart = StripChart(LIGHT)
    qtbot.addWidget(chart)
    chart.show()
    chart.add_curve("t", "Temperature", "°C", group="Hut", decimals=2, least_span=1.0)
    chart.append("t", [0.0, 1.0, 2.0], [21.31, 21.32, 21.314])
    chart.refresh()
    bottom, top = chart._lanes._stack["°C"].box.viewRange()[1]
    assert top - bottom >= 1.0
    assert "Hut: Temperature: 21.31 °C" in chart.crosshair_text()


def test_a_long_text_is_shortened_and_told_in_the_tooltip(qtbot: QtBot) -> None:
    label = ElidedLabel("Canopy at the far end of the northern transect")
    qtbot.addWidget(label)
    label.resize(90, 20)
    label.show()
    assert label.shown != label.text()
    assert label.toolTip() == label.text()
    label.setText("Hut")
    assert (label.shown, label.toolTip()) == ("Hut", "")
