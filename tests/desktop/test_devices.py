# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The window on a real daemon with simulated instruments: settings on a device, finding out what is on a port."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit
from pytestqt.qtbot import QtBot

from app.bootstrap import make_session, make_settings
from app.client.session import State
from app.pages.device_settings import DeviceSettingsDialog
from app.pages.identify import IdentifyDialog
from app.pages.window import Window
from tests.support.processes import running

NO_DAEMON = (sys.executable, "-c", "raise SystemExit('it runs already')")
WAIT_MS = 90_000
WIND = "pty:windsonic"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    home = tmp_path / "home-demo"
    command = [sys.executable, "-m", "edge_daemon", "run", "--demo", "--home", str(tmp_path / "home")]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    with running(command, output=tmp_path / "daemon.out", environment=environment):
        qtbot.waitUntil((home / "endpoint.json").exists, timeout=WAIT_MS)
        session = make_session(home, NO_DAEMON)
        shown = Window(session, make_settings(home), demo=True)
        qtbot.addWidget(shown)
        shown.show()
        session.start()
        qtbot.waitUntil(lambda: session.state is State.CONNECTED and len(session.sensors) >= 3, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: "scd30" in session.latest and session.port_list.known, timeout=WAIT_MS)
        shown.show_page("sensors")
        yield shown
        session.stop()
        shown.live.finish()


def click(button: QAbstractButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def read(qtbot: QtBot, dialog: DeviceSettingsDialog, name: str) -> None:
    """Until the device has said it: on a busy computer it may look silent."""

    def told() -> bool:
        if name in dialog.cards and dialog.cards[name].setting.device is not None:
            return True
        if dialog.read.isEnabled():
            click(dialog.read)
        return False

    qtbot.waitUntil(told, timeout=WAIT_MS)
    qtbot.waitUntil(dialog.read.isEnabled, timeout=WAIT_MS)


def write_altitude(qtbot: QtBot, dialog: DeviceSettingsDialog, metres: str) -> None:
    """Fill in, write, and accept each risk, again for as long as the device looks silent."""
    card = dialog.cards["altitude_m"]

    def written() -> bool:
        if card.result.text() == f"✓ Written. The device answers {metres} m.":
            return True
        question = dialog.questions.dialog if dialog.questions else None
        if question is not None and question.isVisible():
            click(question.agree)
        elif dialog.read.isEnabled():
            field = card.field.field
            assert isinstance(field, QLineEdit)
            field.setText(metres)
            click(dialog.write)
        return False

    qtbot.waitUntil(written, timeout=WAIT_MS)


def test_a_setting_is_read_written_and_read_back(qtbot: QtBot, window: Window) -> None:
    window.sensors.ask_settings("scd30")
    dialog = window.sensors.device
    assert dialog is not None
    read(qtbot, dialog, "altitude_m")
    assert dialog.cards["altitude_m"].state.text() == "On the device: 0 m (read just now)."
    write_altitude(qtbot, dialog, "120")
    qtbot.waitUntil(dialog.read.isEnabled, timeout=WAIT_MS)
    click(dialog.read)
    read(qtbot, dialog, "altitude_m")
    assert dialog.cards["altitude_m"].setting.device == 120


def identify(qtbot: QtBot, dialog: IdentifyDialog) -> None:
    def found() -> bool:
        if not dialog.running and not dialog.cards and dialog.again.isVisible():
            click(dialog.again)
        return bool(dialog.cards)

    qtbot.waitUntil(found, timeout=WAIT_MS)


def test_what_is_on_a_port_is_found_and_added_again(qtbot: QtBot, window: Window) -> None:
    window._session.remove_sensor("windsonic")
    rows = window.sensors.ports
    qtbot.waitUntil(lambda: WIND in rows.rows and rows.rows[WIND].identify.isEnabled(), timeout=WAIT_MS)
    click(rows.rows[WIND].identify)
    dialog = window.sensors.identification
    assert dialog is not None
    identify(qtbot, dialog)
    assert [card.match.model for card in dialog.cards] == ["gill_windsonic"]
    click(dialog.cards[0].add)
    adding = window.sensors.dialog
    assert adding is not None
    qtbot.waitUntil(adding.confirm.isEnabled, timeout=WAIT_MS)
    assert (adding.chooser.key, adding.port.currentData()) == ("gill_windsonic", WIND)
    adding.name.setText("Mast")
    adding.sensor_id.setText("mast")
    click(adding.confirm)
    qtbot.waitUntil(lambda: "mast" in window._session.latest, timeout=WAIT_MS)
    assert window._session.sensors["mast"].port == WIND


def test_registers_of_a_modbus_device_are_read_and_the_row_that_fits_is_found(qtbot: QtBot, window: Window) -> None:
    window._session.remove_sensor("scd30")
    rows = window.sensors.ports
    qtbot.waitUntil(lambda: "pty:scd30" in rows.rows and rows.rows["pty:scd30"].add.isEnabled(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "scd30" not in window._session.sensors, timeout=WAIT_MS)
    window.sensors.ask_add(port="pty:scd30", model="modbus_profile")
    adding = window.sensors.dialog
    assert adding is not None
    qtbot.waitUntil(lambda: not adding.try_orders.isHidden(), timeout=WAIT_MS)
    click(adding.try_orders)
    dialog = adding.orders
    assert dialog is not None
    dialog.address.setText("97")
    dialog.line.setText("19200 8N1")
    dialog.first.setText("32")
    dialog.count.setCurrentIndex(0)

    def shown() -> bool:
        """Asked again for as long as the device looks silent."""
        if not dialog.shown and dialog.read.isEnabled():
            click(dialog.read)
        return bool(dialog.shown)

    qtbot.waitUntil(shown, timeout=WAIT_MS)
    firmware = next(one.value for one in dialog.shown if (one.type, one.order) == ("u16", "ABCD"))
    assert firmware is not None
    dialog.known.setText(f"{firmware:g}")

    def fits() -> bool:
        if not any(one.fits for one in dialog.shown) and dialog.read.isEnabled():
            click(dialog.read)
        return any(one.fits for one in dialog.shown)

    qtbot.waitUntil(fits, timeout=WAIT_MS)
    assert (dialog.shown[0].type, dialog.shown[0].order, dialog.shown[0].scale) == ("u16", "ABCD", 1)
