# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The last step of a calibration, and the reminder of it: whether the sensor is back in its place."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.pages.window import Window
from edge_daemon.api import messages_calibration as mc
from tests.unit.app.client.calibration_stand_in import CalibrationStandIn, run, step
from tests.unit.app.client.test_session import WAIT_MS
from tests.unit.app.pages.device_window import click
from tests.unit.app.pages.test_calibration import ENTER, ESCAPE, at, open_run, press

RETURN = 6


@pytest.fixture
def stand_in(tmp_path: Path) -> CalibrationStandIn:
    told = CalibrationStandIn(tmp_path)
    back = mc.StepChoice(name="returned", title="It is back and measures what it should")
    waiting = step("return", "return", title="Signed. Is the sensor back in its place?", number=7, choices=(back,))
    told.runs.insert(RETURN, run(waiting, state="signed", outcome="pass", verdict=120, summary=("As left: pass.",)))
    return told


def test_enter_says_that_the_sensor_is_back(qtbot: QtBot, window: Window, stand_in: CalibrationStandIn) -> None:
    shown = open_run(qtbot, window, stand_in, RETURN)
    assert shown.signal.value.isVisible(), "the live value stays in sight"
    assert "As left: pass." in shown.step.summary.text()
    assert not shown.frame.abort.isVisible(), "what is signed is not given up"
    press(shown, ENTER)
    at(qtbot, shown, "done")
    assert stand_in.answers[-1]["choice"] == "returned"
    assert stand_in.answers[-1]["person"] == "Ana"


def test_escape_leaves_it_for_later_and_the_overview_reminds_of_it(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    shown = open_run(qtbot, window, stand_in, RETURN)
    press(shown, ESCAPE)
    qtbot.waitUntil(lambda: not shown.isVisible(), timeout=WAIT_MS)
    card = window.overview.calibrations
    qtbot.waitUntil(lambda: any("Still marked as in calibration" in line for line in card.lines), timeout=WAIT_MS)
    assert card.buttons["co2_1"].text() == "Returned…"
    assert stand_in.answers == []


def test_the_next_calibration_can_begin_before_it_is_back(
    qtbot: QtBot, window: Window, stand_in: CalibrationStandIn
) -> None:
    shown = open_run(qtbot, window, stand_in, RETURN)
    click(shown.bar.buttons["further"])
    qtbot.waitUntil(shown.choose.isVisible, timeout=WAIT_MS)
    assert shown.run is None
    assert stand_in.answers == []
