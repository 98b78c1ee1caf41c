# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A number on the screen is of now, or it is not there: while one calibrates, a dead sensor never looks alive."""

import pytest
from pytestqt.qtbot import QtBot

from app.pages.calibration_alive import Heartbeat
from app.pages.calibration_signal import SignalPanel
from app.widgets.stability_light import Light
from edge_daemon.api.messages import Latest, LatestValue, Trouble
from edge_daemon.api.messages_calibration import RunMessage, StepKind
from tests.unit.app.client.calibration_stand_in import live, run, step
from tests.unit.app.client.stand_in import sensor

WELL = sensor("co2_1")
SILENT = Trouble(
    code="no_reply",
    title="The instrument does not answer",
    detail="co2_1: no reply within 0.25 s",
    advice="Check its power, the wiring and the line settings (baud rate, address).",
    since="2026-11-23T08:00:00Z",
)
BROKEN = WELL.model_copy(update={"condition": "fault", "fault": SILENT})
READING = Latest(
    index=7, time="2026-11-23T08:00:00Z", quality=1.0, channels={"co2": LatestValue(raw=457.9, value=457.9, flag=1)}
)


@pytest.fixture
def panel(qtbot: QtBot) -> SignalPanel:
    made = SignalPanel()
    qtbot.addWidget(made)
    return made


@pytest.mark.parametrize("kind", ["conditions", "apply", "decide", "command", "sign", "return"])
def test_a_broken_line_takes_the_value_away_on_every_page(panel: SignalPanel, kind: StepKind) -> None:
    here = run(step("here", kind))
    panel.show_run(here, WELL, READING)
    assert (panel.value.text(), panel.light.light) == ("457.9", Light.IDLE)
    panel.show_run(here, BROKEN, READING)
    assert (panel.value.text(), panel.light.light) == ("–", Light.NO_SIGNAL)
    assert panel.unmet.text() == (
        "The instrument does not answer: co2_1: no reply within 0.25 s. "
        "Check its power, the wiring and the line settings (baud rate, address)."
    )
    panel.show_run(here, WELL, READING)
    assert (panel.value.text(), panel.unmet.text()) == ("457.9", "")


@pytest.mark.parametrize("condition", ["fault", "connecting", "paused"])
def test_nor_is_there_a_value_before_a_run(panel: SignalPanel, condition: str) -> None:
    panel.show_value(WELL.model_copy(update={"condition": condition}), READING, "co2", "ppm", 1)
    assert (panel.value.text(), panel.light.light) == ("–", Light.NO_SIGNAL)
    panel.show_value(WELL, READING, "co2", "ppm", 1)
    assert (panel.value.text(), panel.light.light) == ("457.9", Light.IDLE)


def test_a_reading_grows_old_though_nothing_is_told_of_the_line() -> None:
    now = [100.0]
    heart = Heartbeat(lambda: now[0])
    sensor_2s = WELL.model_copy(update={"interval_s": 2.0})
    assert heart.lifeless(sensor_2s, READING) is None
    now[0] += 6.0
    assert heart.lifeless(sensor_2s, READING) is None, "three intervals are no silence"
    now[0] += 1.0
    found = heart.lifeless(sensor_2s, READING)
    assert found is not None
    assert (found.words, found.passes) == ("No reading has come for 7 s.", False)
    assert heart.lifeless(sensor_2s, READING.model_copy(update={"index": 8})) is None


def settling(**changes: object) -> RunMessage:
    return run(step("settle", "settle"), live=live(stable=False, **changes))


def test_warming_up_is_no_missing_signal(panel: SignalPanel) -> None:
    unmet = ("The instrument is still warming up: 46 s to go.",)
    panel.show_run(settling(warming_s=45.2, remaining_s=225.2, silent=True, unmet=unmet), WELL, READING)
    assert panel.light.light is Light.WAIT
    assert panel.light.below == "Warming up: about 46 s more"
    assert panel.value.text() == "431.6"
    warming = WELL.model_copy(update={"condition": "warming_up"})
    panel.show_run(run(step("apply", "apply")), warming, READING)
    assert (panel.light.light, panel.light.below) == (Light.WAIT, "Warming up")


def test_a_line_that_is_known_to_be_broken_is_not_waited_for(panel: SignalPanel) -> None:
    nothing = {"raw": None, "value": None, "time": None, "trail": ()}
    seen = []
    for sensor_now in (WELL, BROKEN):
        panel.show_run(settling(**nothing), sensor_now, READING)
        seen.append(panel.light.light)
    assert seen == [Light.WAIT, Light.NO_SIGNAL]


def test_a_sensor_that_was_taken_away_has_no_value(panel: SignalPanel) -> None:
    panel.show_run(run(step("command", "command")), None, READING)
    assert (panel.value.text(), panel.light.light) == ("–", Light.NO_SIGNAL)
