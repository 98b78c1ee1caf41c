# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The question what an imported instrument really is, against a real server."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.pages.model_questions import ModelCard
from app.pages.window import Window
from edge_daemon.api.messages import Problem, Trouble
from edge_daemon.api.messages_devices import ModelQuestion
from tests.unit.app.client.device_stand_in import DeviceStandIn
from tests.unit.app.client.stand_in import sensor
from tests.unit.app.client.test_session import WAIT_MS
from tests.unit.app.pages.device_window import click, shoot

WAITING = ModelQuestion(
    sensor_id="co2_1", stated="winsen_mhz19c", found={}, probed=False, probing=True, words="its port is being probed."
)
FOUND = WAITING.model_copy(
    update={
        "found": {"senseair_k30": "SenseAir K30"},
        "probed": True,
        "probing": False,
        "words": "it answers as a K30.",
    }
)


@pytest.fixture
def stand_in(tmp_path: Path) -> DeviceStandIn:
    made = DeviceStandIn(tmp_path)
    warning = Trouble(code="model_unproven", title="Which?", detail="The file says MH-Z19C.", advice="Wait.",
                      since="2026-11-23T00:00:00Z")  # fmt: skip
    made.sensors["co2_1"] = sensor("co2_1").model_copy(update={"warnings": (warning,), "state": "paused"})
    made.question = WAITING
    return made


def card_of(qtbot: QtBot, window: Window) -> ModelCard:
    qtbot.waitUntil(lambda: "co2_1" in window.overview.questions.cards, timeout=WAIT_MS)
    card = window.overview.questions.cards["co2_1"]
    assert isinstance(card, ModelCard)
    return card


def test_what_the_probe_finds_is_shown_as_it_comes_and_one_tap_settles_it(
    qtbot: QtBot, window: Window, stand_in: DeviceStandIn
) -> None:
    card = card_of(qtbot, window)
    qtbot.waitUntil(lambda: card.words.text() == "Its port is being probed.", timeout=WAIT_MS)
    assert not card.buttons["winsen_mhz19c"].isEnabled()
    stand_in.question = FOUND
    qtbot.waitUntil(lambda: "senseair_k30" in card.buttons, timeout=WAIT_MS)
    assert (card.words.text(), card.buttons["senseair_k30"].text()) == ("It answers as a K30.", "It is a SenseAir K30")
    shoot(window, window, "model-question")
    card.buttons["senseair_k30"].setFocus()
    QTest.keyClick(card.buttons["senseair_k30"], Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not window.overview.questions.cards, timeout=WAIT_MS)
    assert stand_in.posted == [("POST answer/co2_1", {"model": "senseair_k30", "person": ""})]


def test_a_probe_that_cannot_be_made_says_why(qtbot: QtBot, window: Window, stand_in: DeviceStandIn) -> None:
    stand_in.question = WAITING.model_copy(update={"probing": False})
    card = card_of(qtbot, window)
    qtbot.waitUntil(lambda: card.buttons["probe"].isEnabled() and "winsen_mhz19c" in card.buttons, timeout=WAIT_MS)
    stand_in.refusal = Problem(title="Not there", status=404, detail="No port.", code="unknown", advice="Plug it in.")
    click(card.buttons["probe"])
    qtbot.waitUntil(lambda: window.statusBar().currentMessage() == "Not there. No port. Plug it in.", timeout=WAIT_MS)
    assert card.buttons["probe"].isEnabled()
