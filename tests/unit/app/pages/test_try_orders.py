# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Finding a Modbus number's type and order, by keyboard, against a real server."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.pages.add_sensor import AddSensorDialog
from app.pages.try_orders import TryOrdersDialog
from app.pages.window import Window
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_devices import RegisterReading, RegistersShown, SettingDeclaration
from tests.unit.app.client.device_stand_in import ADDRESS, FRAMING, FREE, DeviceStandIn
from tests.unit.app.client.test_session import WAIT_MS
from tests.unit.app.pages.device_window import click, shoot, type_into

PROFILE = SettingDeclaration(name="profile", label="Register map", kind="text", default="", kept="host")
SHOWN = RegistersShown(
    words=(0xE979, 0x42F6),
    readings=(
        RegisterReading(type="f32", order="CDAB", value=123.456, plausible=True, fits=True, scale=1),
        RegisterReading(type="u16", order="ABCD", value=59769, plausible=True, fits=False, scale=1),
        RegisterReading(type="f32", order="BADC", value=None, plausible=False, fits=False, scale=1),
    ),
)


@pytest.fixture
def stand_in(tmp_path: Path) -> DeviceStandIn:
    made = DeviceStandIn(tmp_path)
    made.declared["meter"] = [ADDRESS, FRAMING, PROFILE]
    made.registers = SHOWN
    return made


@pytest.fixture
def form(qtbot: QtBot, window: Window) -> AddSensorDialog:
    window.add_sensor()
    shown = window.sensors.dialog
    assert shown is not None
    qtbot.waitUntil(lambda: shown.chooser.list.count() == 3, timeout=WAIT_MS)
    return shown


def choose(qtbot: QtBot, form: AddSensorDialog, model: str) -> None:
    type_into(form.chooser.search, model)
    QTest.keyClick(form.chooser.search, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: form.chooser.key == model, timeout=WAIT_MS)


@pytest.fixture
def dialog(qtbot: QtBot, form: AddSensorDialog) -> TryOrdersDialog:
    choose(qtbot, form, "meter")
    qtbot.waitUntil(lambda: "profile" in form.options and not form.try_orders.isHidden(), timeout=WAIT_MS)
    field = form.options["address"]
    field.show_value(17)
    form.try_orders.setFocus()
    QTest.keyClick(form.try_orders, Qt.Key.Key_Space)
    assert form.orders is not None
    return form.orders


def test_only_a_model_with_a_register_map_offers_it(qtbot: QtBot, form: AddSensorDialog) -> None:
    choose(qtbot, form, "pms7003")
    qtbot.waitUntil(lambda: form._options_words.text() == "This model has no options.", timeout=WAIT_MS)
    assert form.try_orders.isHidden()


def test_the_row_that_fits_is_found_and_copied_by_keyboard(
    qtbot: QtBot, window: Window, dialog: TryOrdersDialog, stand_in: DeviceStandIn
) -> None:
    type_into(dialog.first, "10")
    type_into(dialog.known, "123,5")
    QTest.keyClick(dialog.known, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 3, timeout=WAIT_MS)
    [(what, body)] = stand_in.posted
    assert what == f"POST registers {FREE}"
    assert body == {
        "line": "9600 8N1", "address": 17, "framing": "rtu", "function": 3, "first": 10, "count": 2, "known": 123.5,
    }  # fmt: skip
    assert dialog.words.text() == "The device sent E979 42F6. One row fits."
    texts = [[item.text() for column in range(4) if (item := dialog.table.item(row, column))] for row in range(3)]
    assert texts == [
        ["f32", "CDAB", "123.456", "✓ fits"], ["u16", "ABCD", "59769", ""], ["f32", "BADC", "–", "no ordinary number"],
    ]  # fmt: skip
    shoot(window, dialog, "try-orders")
    QTest.keyClick(dialog.copy, Qt.Key.Key_Space)
    copied = QGuiApplication.clipboard().text()
    assert 'type = "f32"\norder = "CDAB"\nscale = 1\n' in copied
    assert "address = 10" in copied


def test_what_is_wrong_is_said_beside_it_and_nothing_is_asked(
    qtbot: QtBot, dialog: TryOrdersDialog, stand_in: DeviceStandIn
) -> None:
    type_into(dialog.first, "40001x")
    type_into(dialog.known, "warm")
    click(dialog.read)
    assert "from 0 to 65535" in dialog.rows["first"].error.text()
    assert dialog.rows["known"].error.text()
    assert stand_in.posted == []
    stand_in.refusal = Problem(title="No reply", status=502, detail="Silent.", code="no_reply", advice="Check wires.")
    type_into(dialog.first, "0")
    type_into(dialog.known, "")
    click(dialog.read)
    qtbot.waitUntil(lambda: dialog.words.text() == "⚠ No reply. Silent. Check wires.", timeout=WAIT_MS)
    assert dialog.read.isEnabled()
