# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The table of the live page, on a server: each value with its uncertainty, or a blank and the reason."""

import csv
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.pages.live_table import NOT_FOUND, OLDER, SEVERAL
from app.pages.window import Window
from tests.unit.app.client.stand_in import START_NS, StandIn
from tests.unit.app.client.test_session import WAIT_MS

PATH = "sensors/co2_1/uncertainties"


def saved(qtbot: QtBot, window: Window, target: Path) -> list[list[str]]:
    with qtbot.waitSignal(window.live.told, timeout=WAIT_MS):
        window.live.save_table(target)
    with target.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture
def live(qtbot: QtBot, window: Window, stand_in: StandIn) -> Window:
    window.show_page("live")
    for step in range(3):
        stand_in.record(412.5 + step)
    qtbot.waitUntil(lambda: any(row[3] == "414.5" for row in window.live.chart.csv_rows()), timeout=WAIT_MS)
    t = START_NS / 1e9
    window.live.chart.show_span(t - 60, t + 60)
    return window


def test_each_value_has_its_uncertainty_and_a_blank_its_reason(
    qtbot: QtBot, live: Window, stand_in: StandIn, tmp_path: Path
) -> None:
    rows = [row for row in live.live.chart.csv_rows() if row[3]]
    (first,) = [row[0] for row in rows if row[3] == "412.5"]
    (second,) = [row[0] for row in rows if row[3] == "413.5"]
    stand_in.more[PATH] = {
        "sensor_id": "co2_1", "channel": "co2", "times": [first, second], "values": [412.5, 413.5],
        "expanded_uncertainties": [33.0, None], "factors": [2.0, None],
        "why": ["", "the calibration of entry 7 states no uncertainty"], "more": False,
    }  # fmt: skip
    told = {row[3]: row[7:] for row in saved(qtbot, live, tmp_path / "table.csv") if "CO₂: CO₂" in row[1]}
    assert told["412.5"] == ["33.0", "2.0", ""]
    assert told["413.5"] == ["", "", "the calibration of entry 7 states no uncertainty"]
    assert told["414.5"] == ["", "", NOT_FOUND]


def test_what_was_too_much_to_ask_and_what_stands_for_several_readings_is_said(
    qtbot: QtBot, live: Window, stand_in: StandIn, tmp_path: Path
) -> None:
    t = START_NS / 1e9
    newest = next(row[0] for row in live.live.chart.csv_rows() if row[3] == "414.5")
    stand_in.more[PATH] = {
        "sensor_id": "co2_1", "channel": "co2", "times": [newest], "values": [414.5],
        "expanded_uncertainties": [33.0], "factors": [2.0], "why": [""], "more": True,
    }  # fmt: skip
    key = next(iter(live.live._curves))
    live.live.chart.set_history(key, [t - 30, t - 20], [400.0, 401.0], [410.0, 411.0])
    rows = [row for row in saved(qtbot, live, tmp_path / "table.csv") if "CO₂: CO₂" in row[1]]
    told = {row[3]: row[9] for row in rows if row[3]}
    assert (told["412.5"], told["414.5"]) == (OLDER, "")
    assert {row[9] for row in rows if row[4]} == {SEVERAL}
