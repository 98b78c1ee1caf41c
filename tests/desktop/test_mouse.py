# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The strip chart under a mouse, as the window system tells of it: drag, wheel, double clicks, pointing."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.theme.palette import LIGHT
from app.widgets.chart_lane import Lane
from app.widgets.chart_lanes import LaneStack
from app.widgets.strip_chart import StripChart

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
T0 = 1_795_435_200.0
WAIT_MS = 60_000


@pytest.fixture
def chart(qtbot: QtBot) -> Iterator[StripChart]:
    widget = StripChart(LIGHT)
    qtbot.addWidget(widget)
    widget.resize(1000, 600)
    widget.add_curve("co2", "CO2", "ppm")
    widget.append("co2", T0 + np.arange(1000.0), 400 + np.arange(1000.0) / 100)
    with qtbot.waitExposed(widget, timeout=WAIT_MS):
        widget.show()
    widget.refresh()
    qtbot.waitUntil(lambda: lane(widget).box.width() > 100, timeout=WAIT_MS)
    yield widget
    widget.wait_for_exports()


def lane(chart: StripChart) -> Lane:
    return chart.findChildren(LaneStack)[0]._stack["ppm"]


def viewport(chart: StripChart) -> QWidget:
    found: QWidget = chart.findChildren(LaneStack)[0].viewport()
    return found


def place(chart: StripChart, across: float, *, axis: bool = False) -> QPointF:
    """A point of the plot, or of the time axis below it, on the viewport: by its share of the width."""
    stack, item = chart.findChildren(LaneStack)[0], lane(chart).axis if axis else lane(chart).box
    area: QRectF = item.sceneBoundingRect()
    return QPointF(stack.mapFromScene(QPointF(area.left() + across * area.width(), area.center().y())))


def send(chart: StripChart, kind: QEvent.Type, spot: QPointF, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
    """A mouse event as Qt makes it of the window system's."""
    window = viewport(chart)
    event = QMouseEvent(kind, spot, QPointF(window.mapToGlobal(spot)), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, event)
    QApplication.processEvents()


def drag(chart: StripChart, qtbot: QtBot, begin: float, end: float) -> None:
    """Press, move until the chart follows (it passes over moves that come too quickly), move on and let go."""
    before, shares = chart.view, itertools.cycle((0.3, 0.4, 0.5))

    def follows() -> bool:
        send(chart, QEvent.Type.MouseMove, place(chart, begin + (end - begin) * next(shares)), NONE, LEFT)
        return chart.view != before

    send(chart, QEvent.Type.MouseMove, place(chart, begin), NONE, NONE)
    send(chart, QEvent.Type.MouseButtonPress, place(chart, begin), LEFT, LEFT)
    qtbot.waitUntil(follows, timeout=WAIT_MS)
    send(chart, QEvent.Type.MouseButtonRelease, place(chart, end), LEFT, NONE)


def double_click(chart: StripChart, spot: QPointF) -> None:
    send(chart, QEvent.Type.MouseMove, spot, NONE, NONE)
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
        send(chart, kind, spot, LEFT, LEFT)
        send(chart, QEvent.Type.MouseButtonRelease, spot, LEFT, NONE)


def test_a_drag_pulls_the_past_into_view_and_the_time_axis_leads_back(chart: StripChart, qtbot: QtBot) -> None:
    live = chart.view
    assert (live.live, live.end) == (True, T0 + 999)
    drag(chart, qtbot, 0.3, 0.7)
    qtbot.waitUntil(lambda: not chart.view.live, timeout=WAIT_MS)
    assert chart.view.span == pytest.approx(live.span)
    assert chart.view.end == pytest.approx(live.end - 0.4 * live.span, abs=0.02 * live.span)
    drag(chart, qtbot, 0.7, 0.5)
    qtbot.waitUntil(lambda: chart.view.end > live.end - 0.25 * live.span, timeout=WAIT_MS)
    double_click(chart, place(chart, 0.5, axis=True))
    qtbot.waitUntil(lambda: chart.view == live, timeout=WAIT_MS)


def test_a_double_click_asks_for_a_note_about_that_moment(chart: StripChart, qtbot: QtBot) -> None:
    with qtbot.waitSignal(chart.annotate_requested, timeout=WAIT_MS) as asked:
        double_click(chart, place(chart, 0.25))
    assert asked.args[0] == pytest.approx(chart.view.start + 0.25 * chart.view.span, abs=0.02 * chart.view.span)
    assert chart.view.live


def test_the_wheel_zooms_about_the_pointer(chart: StripChart, qtbot: QtBot) -> None:
    before = chart.view
    spot = place(chart, 0.25)
    wheel = QWheelEvent(
        spot,
        QPointF(viewport(chart).mapToGlobal(spot)),
        QPoint(),
        QPoint(0, 360),
        NONE,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport(chart), wheel)
    qtbot.waitUntil(lambda: chart.view.span < before.span, timeout=WAIT_MS)
    pointed = before.start + 0.25 * before.span
    assert (pointed - chart.view.start) / chart.view.span == pytest.approx(0.25, abs=0.02)


def test_pointing_tells_the_values_there(chart: StripChart, qtbot: QtBot) -> None:
    for across in (0.2, 0.5):
        send(chart, QEvent.Type.MouseMove, place(chart, across), NONE, NONE)
    qtbot.waitUntil(lambda: chart.crosshair_text().splitlines()[1].startswith("CO2: 408."), timeout=WAIT_MS)
    QApplication.sendEvent(chart.findChildren(LaneStack)[0], QEvent(QEvent.Type.Leave))
    qtbot.waitUntil(lambda: chart.crosshair_text().startswith("Latest values"), timeout=WAIT_MS)
