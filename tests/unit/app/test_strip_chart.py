# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The strip chart as a technician uses it: what is appended, pressed and seen."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.theme.palette import LIGHT
from app.widgets.chart_lanes import LaneStack
from app.widgets.chart_marks import Annotation, Gap
from app.widgets.strip_chart import StripChart

EPOCH_NS = 1_795_435_200_000_000_000  # 2026-11-23T12:00:00Z
WAIT_MS = 60_000


@pytest.fixture
def chart(qtbot: QtBot) -> Iterator[StripChart]:
    widget = StripChart(LIGHT, epoch_ns=EPOCH_NS)
    qtbot.addWidget(widget)
    widget.resize(900, 500)
    widget.show()
    qtbot.waitExposed(widget, timeout=WAIT_MS)
    widget.add_curve("co2", "CO2", "ppm")
    widget.add_curve("temp", "Temperature", "°C")
    yield widget
    widget.wait_for_exports()


def fill(chart: StripChart, seconds: int = 100_000) -> None:
    t = np.arange(float(seconds))
    chart.append("co2", t, 400 + t / 1000)
    chart.append("temp", t, np.full(len(t), 20.0))
    chart.refresh()


def test_what_is_appended_is_drawn_without_being_asked(chart: StripChart, qtbot: QtBot) -> None:
    chart.append("co2", [0.0, 1.0, 2.0], [400.0, 401.0, 402.0], [1, 1, 3])
    qtbot.waitUntil(lambda: chart.drawn("co2")[1].tolist() == [400.0, 401.0, 402.0], timeout=WAIT_MS)
    assert "402 ppm (suspect)" in chart.crosshair_text()


def test_empty_chart_says_so(qtbot: QtBot) -> None:
    chart = StripChart(LIGHT)
    qtbot.addWidget(chart)
    chart.show()
    shown = [label.text() for label in chart.findChildren(QLabel) if label.isVisible()]
    assert any("No curves yet" in text for text in shown)
    chart.add_curve("a", "A", "V")
    assert not any("No curves yet" in label.text() for label in chart.findChildren(QLabel) if label.isVisible())
    chart.remove_curve("a")
    assert any("No curves yet" in label.text() for label in chart.findChildren(QLabel) if label.isVisible())


def test_pause_holds_the_picture_and_keeps_the_data(chart: StripChart, qtbot: QtBot) -> None:
    fill(chart, 1000)
    QTest.keyClick(chart, Qt.Key.Key_Space)
    held = chart.view
    chart.append("co2", [1000.0, 1001.0], [1.0, 2.0])
    chart.refresh()
    assert chart.view == held
    assert not held.live
    QTest.mouseClick(button(chart, "Back to live"), Qt.MouseButton.LeftButton)
    chart.refresh()
    assert chart.view.end == 1001.0
    assert chart.drawn("co2")[1][-1] == 2.0


def button(chart: StripChart, text: str) -> QPushButton:
    return next(found for found in chart.findChildren(QPushButton) if found.text() == text)


@pytest.mark.parametrize(("text", "span"), [("5 min", 300), ("1 h", 3600), ("24 h", 86_400), ("All", 99_999)])
def test_presets(chart: StripChart, qtbot: QtBot, text: str, span: float) -> None:
    fill(chart)
    with (
        qtbot.waitSignal(chart.view_changed, timeout=WAIT_MS)
        if text != "5 min"
        else qtbot.waitExposed(chart, timeout=WAIT_MS)
    ):
        QTest.mouseClick(button(chart, text), Qt.MouseButton.LeftButton)
    assert (chart.view.span, chart.view.end) == (span, 99_999)
    assert button(chart, text).isChecked()


def test_hide_show_and_remove(chart: StripChart, qtbot: QtBot) -> None:
    fill(chart, 200)
    tick = next(found for found in chart.findChildren(QCheckBox) if found.text() == "CO2")
    tick.click()
    chart.append("co2", [200.0], [7.0])
    chart.refresh()
    assert not chart.is_curve_shown("co2")
    assert len(chart.drawn("co2")[0]) == 0
    assert "CO2" not in chart.crosshair_text()
    chart.set_shown("co2", True)
    chart.refresh()
    assert chart.drawn("co2")[1][-1] == 7.0
    chart.remove_curve("co2")
    with pytest.raises(KeyError):
        chart.append("co2", [1.0], [1.0])
    with pytest.raises(ValueError, match="already"):
        chart.add_curve("temp", "Temperature", "°C")


def test_crosshair_shows_all_values_at_that_time(chart: StripChart) -> None:
    chart.append("co2", [0.0, 10.0, 20.0], [400.0, 410.0, math.nan])
    chart.append("temp", [0.0, 10.0], [20.5, 21.5])
    chart.set_crosshair(9.0)
    text = chart.crosshair_text()
    assert text.splitlines() == ["2026-11-23 12:00:09 UTC", "CO2: 410 ppm", "Temperature: 21.5 °C"]
    chart.set_crosshair(19.0)
    assert chart.crosshair_text().splitlines()[1:] == ["CO2: no value", "Temperature: –"]


def test_pointer_moves_the_crosshair(chart: StripChart, qtbot: QtBot) -> None:
    fill(chart, 1000)
    QApplication.processEvents()
    plots = chart.findChildren(LaneStack)[0]
    QTest.mouseMove(plots.viewport(), QPoint(300, 100))
    QTest.mouseMove(plots.viewport(), QPoint(plots.width() // 2, 100))
    qtbot.waitUntil(lambda: chart.crosshair_text().startswith("2026-11-23 12:1"), timeout=WAIT_MS)


def test_wheel_zooms_and_leaves_live(chart: StripChart) -> None:
    fill(chart, 1000)
    QApplication.processEvents()
    plots = chart.findChildren(LaneStack)[0]
    place = QPointF(plots.width() / 2, 100)
    none = Qt.KeyboardModifier.NoModifier
    event = QWheelEvent(
        place, place, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, none, Qt.ScrollPhase.NoScrollPhase, False
    )
    QApplication.sendEvent(plots.viewport(), event)
    assert chart.view.span < 299
    assert not chart.view.live


def test_keyboard(chart: StripChart, qtbot: QtBot) -> None:
    fill(chart, 1000)
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert chart.view.end == pytest.approx(999 - 30)
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.view.end == pytest.approx(999)
    QTest.keyClick(chart, Qt.Key.Key_Plus)
    assert chart.view.span == pytest.approx(240)
    QTest.keyClick(chart, Qt.Key.Key_Minus)
    assert chart.view.span == pytest.approx(300)
    QTest.keyClick(chart, Qt.Key.Key_Home)
    assert (chart.view.start, chart.view.end) == (0, 999)
    QTest.keyClick(chart, Qt.Key.Key_End)
    assert chart.view.end == 999
    chart.set_crosshair(500.0)
    with qtbot.waitSignal(chart.annotate_requested, timeout=WAIT_MS) as asked:
        QTest.keyClick(chart, Qt.Key.Key_A)
    assert asked.args == [500.0]


def test_csv_has_every_sample_shown(chart: StripChart) -> None:
    chart.set_history("co2", [-20.0, -10.0], [390.0, 391.0], [395.0, 396.0])
    chart.append("co2", [0.0, 0.5, 400.0], [400.0, math.nan, 5.0], [1, 9, 1])
    chart.set_shown("temp", False)
    chart.show_span(-15, 10)
    assert list(chart.csv_rows()) == [
        ("time", "curve", "unit", "value", "minimum", "maximum", "flag"),
        ("2026-11-23T11:59:50.000000000Z", "CO2", "ppm", "", "391.0", "396.0", ""),
        ("2026-11-23T12:00:00.000000000Z", "CO2", "ppm", "400.0", "", "", "1"),
        ("2026-11-23T12:00:00.500000000Z", "CO2", "ppm", "", "", "", "9"),
    ]


def test_history_gives_way_to_samples(chart: StripChart) -> None:
    chart.append("co2", [0.0, 1.0], [5.0, 6.0])
    chart.set_history("co2", [-2.0, -1.0, 0.5], [1.0, 1.0, 1.0], [2.0, 2.0, 2.0])
    chart.refresh()
    assert chart.drawn("co2")[1].tolist() == [1.0, 2.0, 1.0, 2.0, 5.0, 6.0]


def test_picture_is_written_or_the_reason_told(chart: StripChart, qtbot: QtBot, tmp_path: Path) -> None:
    fill(chart, 1000)
    with qtbot.waitSignal(chart.picture_written, timeout=WAIT_MS):
        chart.export_png(tmp_path / "chart.png")
    assert QImage(str(tmp_path / "chart.png")).width() > 800
    with qtbot.waitSignal(chart.picture_failed, timeout=WAIT_MS) as failed:
        chart.export_png(tmp_path / "absent" / "chart.png")
    assert "could not be saved" in failed.args[1]


def test_nothing_is_drawn_while_hidden(chart: StripChart, qtbot: QtBot) -> None:
    fill(chart, 100)
    chart.hide()
    chart.append("co2", [100.0], [9.0])
    QApplication.processEvents()
    assert chart.drawn("co2")[1][-1] != 9.0
    chart.show()
    qtbot.waitUntil(lambda: chart.drawn("co2")[1][-1] == 9.0, timeout=WAIT_MS)


def test_marks_are_refused_or_painted(chart: StripChart) -> None:
    fill(chart, 1000)
    QApplication.processEvents()
    before = chart.picture().toImage()
    chart.set_gaps([Gap(800, 850, "unplugged", frozenset({"co2"}))])
    chart.set_annotations([Annotation(900, "Door opened")])
    assert chart.picture().toImage() != before
    chart.set_crosshair(820)
    assert chart.crosshair_text().splitlines()[-1] == "No readings: unplugged"
    chart.set_crosshair(900.5)
    assert chart.crosshair_text().splitlines()[-1] == "Note: Door opened"
    chart.set_crosshair(None)
    chart.set_gaps([])
    chart.set_annotations([])
    assert chart.picture().toImage() == before
    with pytest.raises(ValueError, match="before it starts"):
        Gap(2, 1, "")


def test_said_to_screen_readers(chart: StripChart) -> None:
    assert chart.accessibleName()
    assert "CO2 in ppm" in chart.findChildren(LaneStack)[0].accessibleName()
    assert all(found.accessibleName() for found in chart.findChildren(QPushButton))


def test_no_line_bridges_a_gap(chart: StripChart) -> None:
    chart.set_gaps([Gap(50, 100, "unplugged", frozenset({"co2"})), Gap(10, 10.001, "short", frozenset({"co2"}))])
    t = np.concatenate((np.arange(51.0), np.arange(100.0, 151)))
    chart.set_history("co2", [-60.0, -20.0], [1.0, 1.0], [2.0, 2.0])
    for key in ("co2", "temp"):
        chart.append(key, t, np.ones(len(t)))
    chart.add_curve("late", "Late", "ppm")
    chart.append("late", t, np.ones(len(t)))
    chart.refresh()
    times, values = chart.drawn("co2")
    assert times[np.isnan(values)].tolist() == [75.0]
    assert not np.isnan(chart.drawn("temp")[1]).any()
    assert not np.isnan(chart.drawn("late")[1]).any()
    chart.set_gaps([Gap(50, 100, "power loss")])
    chart.refresh()
    assert all(np.isnan(chart.drawn(key)[1]).sum() == 1 for key in ("co2", "temp", "late"))
