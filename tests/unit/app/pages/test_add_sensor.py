# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Adding a sensor, by keyboard alone, against a real server."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from app.client.session import Session
from app.pages.add_sensor import AddSensorDialog
from app.pages.add_sensor_form import network_key
from app.pages.window import Window
from app.widgets.form_values import BadValue
from edge_daemon.api.messages import Problem
from tests.unit.app.client.device_stand_in import FREE, DeviceStandIn
from tests.unit.app.client.test_session import WAIT_MS
from tests.unit.app.pages.device_window import click, shoot, type_into


@pytest.fixture
def stand_in(tmp_path: Path) -> DeviceStandIn:
    return DeviceStandIn(tmp_path)


@pytest.fixture
def dialog(qtbot: QtBot, window: Window) -> AddSensorDialog:
    window.add_sensor()
    shown = window.sensors.dialog
    assert shown is not None
    qtbot.waitUntil(lambda: shown.chooser.list.count() == 3, timeout=WAIT_MS)
    return shown


def choose(qtbot: QtBot, dialog: AddSensorDialog, words: str, model: str) -> None:
    type_into(dialog.chooser.search, words)
    QTest.keyClick(dialog.chooser.search, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: dialog.chooser.key == model, timeout=WAIT_MS)


def test_a_sensor_is_added_by_keyboard(qtbot: QtBot, dialog: AddSensorDialog, stand_in: DeviceStandIn) -> None:
    assert not dialog.confirm.isEnabled()
    choose(qtbot, dialog, "plantower partic", "pms7003")
    assert dialog.port.currentData() == FREE
    assert (dialog.sensor_id.text(), dialog.interval.text()) == ("pms7003", "2")
    type_into(dialog.name, "Dust at the road")
    assert dialog.sensor_id.text() == "dust_at_the_road"
    qtbot.waitUntil(dialog.confirm.isEnabled, timeout=WAIT_MS)
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any(what == "POST sensors" for what, _ in stand_in.posted), timeout=WAIT_MS)
    sent = dict(stand_in.posted)["POST sensors"]
    assert sent == {
        "sensor_id": "dust_at_the_road", "model": "pms7003", "port": FREE, "name": "Dust at the road",
        "interval_s": 2.0, "settings": {}, "serial": "", "person": "",
    }  # fmt: skip
    qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=WAIT_MS)


def test_wrong_fields_are_told_while_typing(qtbot: QtBot, window: Window, dialog: AddSensorDialog) -> None:
    choose(qtbot, dialog, "scd30", "scd30")
    rows = dialog.rows
    type_into(dialog.sensor_id, "co2_1")
    assert "already" in rows["sensor_id"].error.text()
    type_into(dialog.sensor_id, "no spaces")
    assert rows["sensor_id"].error.isVisible()
    type_into(dialog.interval, "0.2")
    assert rows["interval_s"].error.text() == "⚠ SCD30 can do 1 s at the fastest."
    assert not dialog.confirm.isEnabled()
    shoot(window, dialog, "add-wrong")
    type_into(dialog.sensor_id, "fine")
    type_into(dialog.interval, "1,5")
    assert not rows["sensor_id"].error.isVisible()
    assert not rows["interval_s"].error.isVisible()
    assert dialog.confirm.isEnabled()


def test_a_meter_on_the_network_gets_its_address_and_framing(
    qtbot: QtBot, window: Window, dialog: AddSensorDialog, stand_in: DeviceStandIn
) -> None:
    choose(qtbot, dialog, "energy", "meter")
    qtbot.waitUntil(lambda: set(dialog.options) == {"address", "framing"}, timeout=WAIT_MS)
    dialog.port.setCurrentIndex(dialog.port.count() - 1)
    assert dialog.options["framing"].value() == "tcp"
    assert not dialog.confirm.isEnabled()
    type_into(dialog.place, "192.168.1.20:99999")
    assert dialog.rows["place"].error.isVisible()
    type_into(dialog.place, "192.168.1.20:502")
    address = dialog.options["address"]
    field = address.field
    assert not isinstance(field, QComboBox)
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, "300")
    assert address.row.error.text() == "⚠ Allowed: 0 to 255."
    assert not dialog.confirm.isEnabled()
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(field, "7")
    shoot(window, dialog, "add-network")
    click(dialog.confirm)
    qtbot.waitUntil(lambda: any(what == "POST sensors" for what, _ in stand_in.posted), timeout=WAIT_MS)
    sent = dict(stand_in.posted)["POST sensors"]
    assert (sent["port"], sent["settings"]) == ("tcp:192.168.1.20:502", {"address": 7, "framing": "tcp"})


def test_a_refusal_stands_beside_its_field(
    qtbot: QtBot, dialog: AddSensorDialog, stand_in: DeviceStandIn, session: Session
) -> None:
    choose(qtbot, dialog, "scd30", "scd30")
    qtbot.waitUntil(dialog.confirm.isEnabled, timeout=WAIT_MS)
    stand_in.problem = Problem(
        title="Refused", status=422, detail="Too fast.", code="bad_input", advice="Slower.", field="interval_s"
    )
    click(dialog.confirm)
    qtbot.waitUntil(lambda: dialog.rows["interval_s"].error.text() == "⚠ Refused. Too fast. Slower.", timeout=WAIT_MS)
    assert dialog.isVisible()
    session.port_list.changed.emit()  # as when a device is plugged in meanwhile
    assert dialog.rows["interval_s"].error.text() == dialog.words.text() == "⚠ Refused. Too fast. Slower."
    type_into(dialog.interval, "4")
    assert dialog.rows["interval_s"].error.text() == dialog.words.text() == ""
    stand_in.problem = None
    click(dialog.confirm)
    qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=WAIT_MS)


def test_words_that_fit_nothing_choose_nothing(dialog: AddSensorDialog) -> None:
    type_into(dialog.chooser.search, "toaster")
    assert dialog.chooser.none.isVisible()
    QTest.keyClick(dialog.chooser.search, Qt.Key.Key_Return)
    assert dialog.chooser.key == ""
    assert dialog.isVisible()
    assert not dialog.confirm.isEnabled()


@pytest.mark.parametrize("text", ["", "meter", "meter:0", "meter:x", "bad host:502"])
def test_addresses_that_are_none(text: str) -> None:
    with pytest.raises(BadValue):
        network_key(text)


def test_an_address_with_or_without_its_prefix() -> None:
    assert network_key(" tcp:meter:502 ") == network_key("meter:502") == "tcp:meter:502"
