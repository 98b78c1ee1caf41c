# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Settings on the device: what it says, what is written, which risks are asked about, against a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from app.client.session import Session
from app.pages.device_settings import DeviceSettingsDialog
from app.pages.device_settings_risks import RiskDialog
from app.pages.window import Window
from edge_daemon.api.messages import Trouble
from edge_daemon.api.messages_devices import DeviceFault
from tests.unit.app.client.device_stand_in import ABC_RISK, DeviceStandIn, setting
from tests.unit.app.client.stand_in import sensor
from tests.unit.app.client.test_session import WAIT_MS
from tests.unit.app.pages.device_window import click, opened, shoot, type_into


@pytest.fixture
def stand_in(tmp_path: Path) -> DeviceStandIn:
    return DeviceStandIn(tmp_path)


@pytest.fixture
def window(qtbot: QtBot, stand_in: DeviceStandIn, session: Session) -> Iterator[Window]:
    for shown in opened(qtbot, stand_in, session):
        shown.show_page("sensors")
        shown.sensors.choose("co2_1")
        yield shown


@pytest.fixture
def dialog(qtbot: QtBot, window: Window) -> DeviceSettingsDialog:
    click(window.sensors.setup)
    shown = window.sensors.device
    assert shown is not None
    qtbot.waitUntil(lambda: bool(shown.cards), timeout=WAIT_MS)
    return shown


def question(qtbot: QtBot, dialog: DeviceSettingsDialog, words: str) -> RiskDialog:
    def asked() -> bool:
        shown = dialog.questions.dialog if dialog.questions else None
        return shown is not None and shown.isVisible() and words in shown.words.text()

    qtbot.waitUntil(asked, timeout=WAIT_MS)
    assert dialog.questions is not None
    assert dialog.questions.dialog is not None
    return dialog.questions.dialog


def interval(dialog: DeviceSettingsDialog) -> QLineEdit:
    field = dialog.cards["interval"].field.field
    assert isinstance(field, QLineEdit)
    return field


def test_it_shows_what_the_device_says(qtbot: QtBot, window: Window, dialog: DeviceSettingsDialog) -> None:
    cards = dialog.cards
    assert cards["interval"].state.text() == "On the device: 2 s (read just now)."
    assert cards["mode"].state.text() == "The device cannot be asked for it. Configured: active."
    assert cards["abc"].warning.text() == f"⚠ Puts the evidence at risk: {ABC_RISK}"
    assert not cards["interval"].warning.isVisible()
    qtbot.waitUntil(lambda: dialog.device.text() == "Serial number 00A1 · Firmware 3.66", timeout=WAIT_MS)
    assert not dialog.write.isEnabled()
    assert (dialog.deeds["restart"].do.isEnabled(), dialog.deeds["zero"].do.isEnabled()) == (True, False)
    shoot(window, dialog, "device")


def test_a_harmless_setting_is_written_and_read_back(
    qtbot: QtBot, window: Window, dialog: DeviceSettingsDialog, stand_in: DeviceStandIn
) -> None:
    type_into(interval(dialog), "1")
    assert dialog.cards["interval"].field.row.error.text() == "⚠ Allowed: 2 to 1800 s."
    assert not dialog.write.isEnabled()
    type_into(interval(dialog), "5")
    type_into(dialog.person, "Ana")
    click(dialog.write)
    card = dialog.cards["interval"]
    qtbot.waitUntil(lambda: card.result.text() == "✓ Written. The device answers 5 s.", timeout=WAIT_MS)
    assert stand_in.posted == [("PUT settings/co2_1", {"values": {"interval": 5}, "person": "Ana"})]
    assert dialog.words.text().startswith("✓ Done")
    assert not dialog.write.isEnabled()
    assert window._session.person == "Ana"
    shoot(window, dialog, "device-written")


def test_each_risk_is_asked_about_before_anything_is_written(
    qtbot: QtBot, window: Window, dialog: DeviceSettingsDialog, stand_in: DeviceStandIn
) -> None:
    switch, mode = dialog.cards["abc"].field.field, dialog.cards["mode"].field.field
    assert isinstance(switch, QCheckBox)
    assert isinstance(mode, QComboBox)
    switch.setChecked(False)
    mode.setCurrentIndex(1)
    click(dialog.write)
    shoot(window, question(qtbot, dialog, ABC_RISK), "risk")
    click(question(qtbot, dialog, ABC_RISK).agree)
    asked = question(qtbot, dialog, "leave doubt")
    click(asked.decline)
    qtbot.waitUntil(lambda: dialog.words.text() == "Nothing was written.", timeout=WAIT_MS)
    assert [body.get("confirmed") for _, body in stand_in.posted] == [None]
    click(dialog.write)
    click(question(qtbot, dialog, ABC_RISK).agree)
    click(question(qtbot, dialog, "leave doubt").agree)
    qtbot.waitUntil(dialog.cards["mode"].result.isVisible, timeout=WAIT_MS)
    assert stand_in.posted[-1][1]["confirmed"] == ["abc", "mode"]
    assert dialog.cards["abc"].result.text() == "✓ Written. The device answers off."
    assert dialog.cards["mode"].result.text().startswith("◔ passive was written.")
    assert dialog.words.text().startswith("⚠")


def test_what_cannot_be_read_says_why(qtbot: QtBot, window: Window, stand_in: DeviceStandIn) -> None:
    fault = DeviceFault(code="no_reply", title="No reply", detail="silent for 2 s", advice="Check the plug.")
    stand_in.device_settings = [setting("interval", device=None, fault=fault)]
    window.sensors.ask_settings("co2_1")
    shown = window.sensors.device
    assert shown is not None
    qtbot.waitUntil(lambda: "interval" in shown.cards, timeout=WAIT_MS)
    said = shown.cards["interval"].state.text()
    assert said == "⚠ Not read: No reply: silent for 2 s. Check the plug. Configured: 2 s."


def test_an_action_is_done_once_its_risk_is_accepted(
    qtbot: QtBot, dialog: DeviceSettingsDialog, stand_in: DeviceStandIn
) -> None:
    click(dialog.deeds["restart"].do)
    click(question(qtbot, dialog, "Readings pause.").agree)
    qtbot.waitUntil(lambda: dialog.deeds["restart"].answer.text() == "✓ The device answers: restarted", timeout=WAIT_MS)
    assert [body["confirmed"] for _, body in stand_in.posted] == [False, True]


def test_a_risk_to_the_evidence_stands_on_row_and_tile(qtbot: QtBot, window: Window, stand_in: DeviceStandIn) -> None:
    risk = Trouble(code="evidence_at_risk", title="A setting puts the evidence at risk", detail="ABC is on.",
                   advice="Decide.", since="2026-11-23T00:00:00Z")  # fmt: skip
    stand_in.sensors["co2_1"] = sensor("co2_1", warnings=(risk,))
    window._session.refresh()
    table = window.sensors.table

    def state() -> str:
        item = table.item(0, 1)
        return item.text() if item is not None else ""

    qtbot.waitUntil(lambda: state() == "✓ Recording · ⚠ Evidence at risk", timeout=WAIT_MS)
    assert "ABC is on. Decide." in window.sensors.words.text()
    tile = window.overview.tiles["co2_1"]
    assert (tile.risk.text(), "ABC is on." in tile.risk.toolTip()) == ("⚠ Evidence at risk", True)
    shoot(window, window, "warned")
    stand_in.sensors["co2_1"] = sensor("co2_1")
    window._session.refresh()
    qtbot.waitUntil(lambda: not tile.risk.isVisibleTo(tile), timeout=WAIT_MS)
