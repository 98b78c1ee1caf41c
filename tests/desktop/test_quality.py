# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The quality page on a real daemon: limits, a plan and an amendment, from the keyboard and the mouse to the log."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from app.bootstrap import make_session, make_settings
from app.client.session import State
from app.pages.quality_form import NamedForm
from app.pages.window import Window
from tests.support.processes import running

NO_DAEMON = (sys.executable, "-c", "raise SystemExit('it runs already')")
WAIT_MS = 90_000
WIND, SPEED = "windsonic", "wind_speed"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    home = tmp_path / "home-demo"
    command = [sys.executable, "-m", "edge_daemon", "run", "--demo", "--home", str(tmp_path / "home")]
    environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    with running(command, output=tmp_path / "daemon.out", environment=environment):
        qtbot.waitUntil((home / "endpoint.json").exists, timeout=WAIT_MS)
        session = make_session(home, NO_DAEMON)
        shown = Window(session, make_settings(home), demo=True)
        qtbot.addWidget(shown)
        shown.show()
        session.start()
        qtbot.waitUntil(lambda: session.state is State.CONNECTED and WIND in session.latest, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: session.latest[WIND].channels[SPEED].value is not None, timeout=WAIT_MS)
        yield shown
        session.stop()
        shown.live.finish()


def click(button: QAbstractButton) -> None:
    assert button.isEnabled(), button.text()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def fill(form: NamedForm, **texts: str) -> None:
    for name, text in texts.items():
        field = form.rows[name].field
        assert isinstance(field, QLineEdit), name
        field.setText(text)


def pick(qtbot: QtBot, box: QComboBox, data: object) -> None:
    qtbot.waitUntil(lambda: box.findData(data) >= 0, timeout=WAIT_MS)
    box.setCurrentIndex(box.findData(data))


def test_limits_plan_and_amendment_go_from_the_page_into_the_log(qtbot: QtBot, window: Window) -> None:
    page = window.quality
    QTest.mouseClick(window.rail["quality"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.isVisible, timeout=WAIT_MS)

    page.show_part(page.limits)
    limits = page.limits
    pick(qtbot, limits.sensor, WIND)
    qtbot.waitUntil(lambda: limits.lines["spike"].text() == "20 to 40", timeout=WAIT_MS)
    fill(limits.form, plausible="500 to 600", spike="9 to 3", person="Ana Lima")
    click(limits.save)
    qtbot.waitUntil(limits.form.rows["spike"].error.isVisible, timeout=WAIT_MS)
    fill(limits.form, spike="20 to 40")
    with qtbot.waitSignal(limits.told, timeout=WAIT_MS) as told:
        click(limits.save)
    assert "The limits are in force" in told.args[0]

    page.show_part(page.plan)
    qtbot.waitUntil(page.plan.add.isEnabled, timeout=WAIT_MS)
    click(page.plan.add)
    dialog = page.plan.dialog
    assert dialog is not None
    pick(qtbot, dialog.sensor, WIND)
    fill(dialog.form, parameter="Wind speed", accuracy="±2 %", responsible="Ana Lima")
    click(dialog.take)
    page.plan.person.setText("Ana Lima")
    click(page.plan.write)
    qtbot.waitUntil(lambda: page.plan.head.text().startswith("Plan in force since"), timeout=WAIT_MS)

    page.show_part(page.amendments)
    click(page.amendments.add)
    amend = page.amendments.dialog
    assert amend is not None
    pick(qtbot, amend.kind, "maintenance")
    pick(qtbot, amend.sensors, WIND)
    amend.evidence.setPlainText("The technician held the sensor.")
    fill(amend.form, person="Ana Lima")
    click(amend.look)
    qtbot.waitUntil(amend.write.isEnabled, timeout=WAIT_MS)
    assert "readings change" in amend.seen.toPlainText()
    assert "✕ fail" in amend.seen.toPlainText()
    click(amend.write)
    qtbot.waitUntil(lambda: len(page.amendments.table.rows) == 1, timeout=WAIT_MS)
    assert page.amendments.table.rows[0][0] == "✓ counts"

    page.show_part(page.claim)
    qtbot.waitUntil(lambda: page.claim.claim.text().startswith("✕ Nothing may be claimed"), timeout=WAIT_MS)
    assert "at least 50 %" in page.claim.claim.text()
