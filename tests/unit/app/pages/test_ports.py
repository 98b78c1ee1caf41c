# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Ports that come and go, what is wrong with them, and finding out what is on one, against a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAction, QGuiApplication
from pytestqt.qtbot import QtBot

from app.client.session import Session
from app.pages.identify import IdentifyDialog
from app.pages.window import Window
from edge_daemon.api.messages import Problem
from edge_daemon.api.messages_devices import IdentifyMessage, MatchMessage, TriedMessage
from edge_daemon.domain.connection import PortKind
from tests.unit.app.client.device_stand_in import FREE, USED, DeviceStandIn, port
from tests.unit.app.client.test_session import WAIT_MS
from tests.unit.app.pages.device_window import click, opened, shoot

ASKING = IdentifyMessage(
    key="", started="2026-11-23T00:00:00Z", step=3, steps=9, title="SenseAir S8 at 9600 8N1", passed_s=4, total_s=30
)
SCD30 = MatchMessage(model="scd30", title="Sensirion SCD30", certain=True, serial="00A1", firmware="3.66")


@pytest.fixture
def stand_in(tmp_path: Path) -> DeviceStandIn:
    return DeviceStandIn(tmp_path)


@pytest.fixture
def window(qtbot: QtBot, stand_in: DeviceStandIn, session: Session) -> Iterator[Window]:
    for shown in opened(qtbot, stand_in, session):
        shown.show_page("sensors")
        yield shown


def identify(qtbot: QtBot, window: Window) -> IdentifyDialog:
    qtbot.waitUntil(lambda: FREE in window.sensors.ports.rows, timeout=WAIT_MS)
    click(window.sensors.ports.rows[FREE].identify)
    dialog = window.sensors.identification
    assert dialog is not None
    return dialog


def test_a_port_tells_who_uses_it_and_its_chip(qtbot: QtBot, window: Window) -> None:
    rows = window.sensors.ports.rows
    qtbot.waitUntil(lambda: rows[USED].use.text() == "✓ Used by Canopy CO₂", timeout=WAIT_MS)
    rows = window.sensors.ports.rows
    assert rows[FREE].use.text() == "Free · WCH CH340"
    assert (rows[USED].identify.isEnabled(), rows[FREE].identify.isEnabled()) == (False, True)
    shoot(window, window, "ports")


def test_a_port_that_is_plugged_in_appears_first_and_is_marked(
    qtbot: QtBot, window: Window, stand_in: DeviceStandIn
) -> None:
    panel = window.sensors.ports
    qtbot.waitUntil(lambda: FREE in panel.rows, timeout=WAIT_MS)
    window.show_page("overview")  # where no page asks for ports by the clock: the live feed alone tells
    stand_in.ports = [*stand_in.ports, port("usb:0403:6001:A5", "/dev/ttyUSB9")]
    qtbot.waitUntil(lambda: "usb:0403:6001:A5" in panel.rows, timeout=WAIT_MS)
    assert next(iter(panel.rows)) == "usb:0403:6001:A5"
    assert panel.rows["usb:0403:6001:A5"].title.text() == "NEW · USB Serial · /dev/ttyUSB9"
    assert not panel.rows[FREE].title.text().startswith("NEW")
    stand_in.ports = [stand_in.ports[0]]
    qtbot.waitUntil(lambda: list(panel.rows) == [USED], timeout=WAIT_MS)


def test_the_remedy_of_a_port_can_be_copied(qtbot: QtBot, window: Window, stand_in: DeviceStandIn) -> None:
    words = "/dev/ttyUSB0 belongs to the group dialout, which ana is not in. Run `sudo usermod -a -G dialout ana`."
    stand_in.ports = [port(FREE, "/dev/ttyUSB0", trouble=words)]
    panel = window.sensors.ports
    qtbot.waitUntil(lambda: FREE in panel.rows and panel.rows[FREE].trouble is not None, timeout=WAIT_MS)
    row = panel.rows[FREE]
    assert row.trouble is not None
    assert row.trouble.text() == f"⚠ {words}"
    assert row.copy is not None
    assert not row.identify.isEnabled()
    click(row.copy)
    assert QGuiApplication.clipboard().text() == "sudo usermod -a -G dialout ana"
    shoot(window, window, "trouble")


def test_a_port_is_excluded_and_allowed_again(qtbot: QtBot, window: Window, stand_in: DeviceStandIn) -> None:
    panel = window.sensors.ports
    qtbot.waitUntil(lambda: FREE in panel.rows, timeout=WAIT_MS)
    click(panel.rows[FREE].exclude)
    qtbot.waitUntil(lambda: panel.rows[FREE].exclude.text() == "Allow again", timeout=WAIT_MS)
    assert not panel.rows[FREE].identify.isEnabled()
    click(panel.rows[FREE].exclude)
    qtbot.waitUntil(lambda: panel.rows[FREE].exclude.text() == "Exclude", timeout=WAIT_MS)
    assert stand_in.posted == [(f"PUT ports/{FREE}", {"excluded": True}), (f"PUT ports/{FREE}", {"excluded": False})]


def test_what_is_found_is_added_with_port_and_model_filled_in(
    qtbot: QtBot, window: Window, stand_in: DeviceStandIn
) -> None:
    stand_in.identified = [
        ASKING, ASKING, ASKING.model_copy(update={"outcome": "certain", "detail": "It answered.", "matches": (SCD30,)})
    ]  # fmt: skip
    dialog = identify(qtbot, window)
    qtbot.waitUntil(lambda: "SenseAir S8" in dialog.words.text(), timeout=WAIT_MS)
    assert "Question 3 of 9, at most 26 s more" in dialog.words.text()
    shoot(window, dialog, "identify-progress")
    qtbot.waitUntil(lambda: bool(dialog.cards), timeout=WAIT_MS)
    assert dialog.verdict.text().startswith("✓")
    shoot(window, dialog, "identify-certain")
    click(dialog.cards[0].add)
    adding = window.sensors.dialog
    assert adding is not None
    qtbot.waitUntil(lambda: adding.chooser.key == "scd30", timeout=WAIT_MS)
    assert adding.port.currentData() == FREE


def test_nothing_found_shows_what_was_tried_in_hex(qtbot: QtBot, window: Window, stand_in: DeviceStandIn) -> None:
    tried = TriedMessage(title="SCD30", line="19200 8N1", result="no answer of its own", sent=("61 03",),
                         received=("00 ff",), received_bytes=300)  # fmt: skip
    stand_in.identified = [ASKING.model_copy(update={"outcome": "none", "detail": "Nobody.", "tried": (tried,)})]
    dialog = identify(qtbot, window)
    qtbot.waitUntil(dialog.tried.isVisible, timeout=WAIT_MS)
    click(dialog.copy)
    assert QGuiApplication.clipboard().text().splitlines() == [
        "SCD30 (19200 8N1): no answer of its own", "  sent      61 03", "  received  00 ff", "  and 298 bytes more",
    ]  # fmt: skip
    click(dialog.more)
    assert not dialog.tried.isVisible()
    click(dialog.more)
    shoot(window, dialog, "identify-none")


def test_it_is_cancelled_by_the_button_and_by_closing(qtbot: QtBot, window: Window, stand_in: DeviceStandIn) -> None:
    stand_in.identified = [ASKING]
    dialog = identify(qtbot, window)
    qtbot.waitUntil(lambda: "SenseAir S8" in dialog.words.text(), timeout=WAIT_MS)
    click(dialog.close_button)
    qtbot.waitUntil(lambda: dialog.verdict.text().startswith("Stopped"), timeout=WAIT_MS)
    stand_in.identified = [ASKING]
    click(dialog.again)
    qtbot.waitUntil(lambda: "SenseAir S8" in dialog.words.text(), timeout=WAIT_MS)
    dialog.reject()
    stops: tuple[str, dict[str, object]] = (f"DELETE identify {FREE}", {})
    qtbot.waitUntil(lambda: stand_in.posted.count(stops) == 2, timeout=WAIT_MS)


def test_a_refused_identification_says_why(qtbot: QtBot, window: Window, stand_in: DeviceStandIn) -> None:
    stand_in.refusal = Problem(title="Not now", status=409, detail="It is being recorded.", code="conflict")
    dialog = identify(qtbot, window)
    qtbot.waitUntil(lambda: dialog.verdict.text() == "⚠ Not now", timeout=WAIT_MS)
    assert dialog.words.text() == "It is being recorded."
    assert dialog.again.isVisible()


def free_to_identify(window: Window) -> bool:
    return window.sensors.ports.rows[FREE].identify.isEnabled()


def test_the_menu_identifies_what_is_free(qtbot: QtBot, window: Window, stand_in: DeviceStandIn) -> None:
    stand_in.identified = [ASKING.model_copy(update={"outcome": "none", "detail": "Nobody."})]
    menu = window.findChild(QAction, "identify")
    assert menu is not None
    stand_in.ports = [port(FREE, "/dev/ttyUSB0", excluded=True)]
    qtbot.waitUntil(lambda: not free_to_identify(window), timeout=WAIT_MS)
    menu.trigger()
    assert "No port is free" in window.statusBar().currentMessage()
    assert not stand_in.posted
    stand_in.ports = [port(FREE, "/dev/ttyUSB0")]
    qtbot.waitUntil(lambda: free_to_identify(window), timeout=WAIT_MS)
    window.show_page("overview")
    menu.trigger()
    assert window.sensors.isVisible()
    dialog = window.sensors.identification
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.running, timeout=WAIT_MS)
    assert dialog.verdict.text().startswith("✕")


def test_a_port_of_a_simulation_has_no_rival(qtbot: QtBot, window: Window, stand_in: DeviceStandIn) -> None:
    held = "/dev/pts/7 is held by python (process 7)"
    stand_in.ports = [port(USED, "/dev/pts/7", kind=PortKind.PSEUDO_TERMINAL, trouble=held)]
    panel = window.sensors.ports
    qtbot.waitUntil(lambda: list(panel.rows) == [USED], timeout=WAIT_MS)
    assert panel.rows[USED].trouble is None
    assert panel.rows[USED].identify.isEnabled()
