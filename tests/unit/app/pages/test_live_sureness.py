# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Each curve's value is asked at its own moment, and what is told of another reading is not said of it."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

from pytestqt.qtbot import QtBot

from app.client.session import Session
from app.client.times import text_of
from app.pages.live_sureness import LiveSureness
from app.theme.palette import LIGHT
from app.widgets.strip_chart import StripChart
from edge_daemon.api.messages_coverage import ReadingUncertainty, ValueUncertaintyMessage

START = 1_795_500_000.0
CURVES = {name: ("air", name) for name in ("co2", "humidity", "temperature")}
Take = Callable[[ReadingUncertainty], None]


def reading(t: float, **values: float) -> ReadingUncertainty:
    channels = {
        name: ValueUncertaintyMessage(
            unit="", raw=value, value=value, calibration=17, expanded_uncertainty=33.2, factor=2.0,
            extrapolated=False, words="",
        )
        for name, value in values.items()
    }  # fmt: skip
    return ReadingUncertainty(sensor_id="air", index=5, time=text_of(t), channels=channels)


def test_curves_are_asked_where_they_have_their_points_and_only_their_own_values_are_told(qtbot: QtBot) -> None:
    chart = StripChart(LIGHT)
    qtbot.addWidget(chart)
    for key in CURVES:
        chart.add_curve(key, key, "")
    for key, t in (("co2", START), ("humidity", START), ("temperature", START + 60)):
        chart.set_history(key, [t - 3_600, t, t + 3_600], [400.0] * 3, [500.0] * 3, [1] * 3)
    asked: dict[float, Take] = {}

    def uncertainty_between(_sensor: str, _start: float, end: float, done: Take, _failed: object) -> None:
        asked[round(end - 0.001, 3)] = done

    past = SimpleNamespace(uncertainty_between=uncertainty_between)
    sureness = LiveSureness(cast(Session, SimpleNamespace(past=past, sensors={})), chart, CURVES)
    chart.set_crosshair(START + 30)
    sureness.ask()
    assert set(asked) == {START, START + 60}
    shown = chart.sample_at("co2", START + 30)
    assert shown is not None
    asked[START](reading(START, co2=shown.y, humidity=777.0))
    asked[START + 60](reading(START - 30, temperature=shown.y))
    words = dict(line.split(": ", 1) for line in chart.crosshair_text().splitlines() if ": " in line)
    assert f"{shown.y:.0f} ± 33 (k = 2)" == words["co2"]
    assert [words[name].endswith("zoom in for ±") for name in CURVES] == [False, True, True]
