# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a person does with menus, keys and the banner, and what the recorder then hears."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog
from pytestqt.qtbot import QtBot

from app.actions import ACTIONS
from app.bootstrap import make_settings
from app.client.session import State
from app.client.times import text_of
from app.pages.window import Window
from edge_daemon.api.messages import Problem, Trouble
from tests.unit.app.client.stand_in import START_NS, StandIn, sensor, serving
from tests.unit.app.client.test_session import WAIT_MS, session_on
from tests.unit.app.pages.test_window import show


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


@pytest.fixture
def window(qtbot: QtBot, stand_in: StandIn) -> Iterator[Window]:
    with session_on(stand_in.home) as session, serving(stand_in):
        yield from show(qtbot, stand_in, session)


def trigger(window: Window, key: str) -> None:
    found = window.findChild(QAction, key)
    assert found is not None
    found.trigger()


def answer(text: str, agreed: bool) -> Callable[..., tuple[str, bool]]:
    return lambda *_: (text, agreed)


def test_a_person_comes_and_goes(
    qtbot: QtBot, window: Window, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, event in (("arrive", "start"), ("leave", "end")):
        window.statusBar().clearMessage()
        monkeypatch.setattr(QInputDialog, "getText", answer("  Ana Lima ", True))
        trigger(window, key)
        qtbot.waitUntil(lambda: "visit is recorded" in window.statusBar().currentMessage(), timeout=WAIT_MS)
        assert stand_in.posted[-1] == ("POST visits", {"event": event, "person": "Ana Lima"})
    for text, agreed in (("   ", True), ("Ana", False)):
        monkeypatch.setattr(QInputDialog, "getText", answer(text, agreed))
        trigger(window, "arrive")
    assert len(stand_in.posted) == 2


def test_the_banner_starts_or_finds_the_recorder(qtbot: QtBot, stand_in: StandIn) -> None:
    with session_on(stand_in.home) as session:
        shown = Window(session, make_settings(stand_in.home), demo=False)
        qtbot.addWidget(shown)
        shown.show()
        session.start()
        qtbot.waitUntil(lambda: session.state is State.FAILED, timeout=WAIT_MS)
        assert shown.retry.isVisible()
        assert "no ports allowed" in shown.banner.text()
        with serving(stand_in):
            QTest.mouseClick(shown.retry, Qt.MouseButton.LeftButton)
            qtbot.waitUntil(lambda: session.state is State.CONNECTED, timeout=WAIT_MS)
            assert not shown.banner.isVisible()
        session.stop()
        shown.live.finish()


def test_a_new_log_is_told_until_it_is_understood(qtbot: QtBot, stand_in: StandIn) -> None:
    with session_on(stand_in.home) as session:
        with serving(stand_in):
            opened = show(qtbot, stand_in, session)
            window = next(opened)
            assert not window.notice.isVisible()
        qtbot.waitUntil(lambda: session.state is State.LOST, timeout=WAIT_MS)
        stand_in.begin_log()
        stand_in.drop = False
        with serving(stand_in):
            qtbot.waitUntil(lambda: session.state is State.CONNECTED, timeout=WAIT_MS)
            assert "begun a new log" in window.notice.text()
            assert window.notice.isVisible()
            QTest.mouseClick(window.understood, Qt.MouseButton.LeftButton)
            assert not window.notice.isVisible()
            assert next(opened, None) is None


def test_every_page_has_a_key_that_its_button_names(qtbot: QtBot, window: Window) -> None:
    shortcuts = {one.key: one.shortcut for one in ACTIONS}
    window.activateWindow()
    for number, (key, button) in enumerate(window.rail.items(), 1):
        assert shortcuts[key] == f"Ctrl+{number}"
        assert shortcuts[key] in button.toolTip()
        found = window.findChild(QAction, key)
        assert found is not None
        assert found.shortcut() == QKeySequence(shortcuts[key])
        QTest.keyClick(window, Qt.Key(Qt.Key.Key_0 + number), Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(window.pages[key].isVisible, timeout=WAIT_MS)
    for button, key in ((window.live.annotate_button, "note"), (window.live.picture_button, "picture")):
        assert shortcuts[key] in button.toolTip()
    assert len(set(shortcuts.values())) == len(shortcuts)


def test_without_sensors_each_page_says_what_to_do(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    stand_in.sensors.clear()
    window._session.refresh()
    qtbot.waitUntil(window.overview.add.isVisible, timeout=WAIT_MS)
    assert "Plug one in over USB" in window.overview.empty.text()
    window.show_page("live")
    assert window.live.chart._empty.isVisible()
    assert "Add a sensor" in window.live.chart._empty.text()
    window.show_page("sensors")
    assert window.sensors.empty.isVisible()
    window.show_page("overview")
    QTest.mouseClick(window.overview.add, Qt.MouseButton.LeftButton)
    assert window.sensors.isVisible()
    assert window.sensors.dialog is not None
    window.sensors.dialog.reject()


def test_a_fault_or_a_longer_value_moves_nothing(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    long = "Canopy at the far end of the northern transect, upper level, second mast"
    stand_in.sensors["co2_2"] = sensor("co2_2", name=long)
    window._session.refresh()
    qtbot.waitUntil(lambda: "co2_2" in window.overview.tiles, timeout=WAIT_MS)
    first, second = window.overview.tiles["co2_1"], window.overview.tiles["co2_2"]
    qtbot.waitUntil(lambda: first.height() == second.height() > 0, timeout=WAIT_MS)
    assert second.name.shown != long
    assert second.name.toolTip() == second.name.text() == long
    before = [(tile.pos(), tile.size()) for tile in (first, second)]
    fault = Trouble(code="no_reply", title="The sensor does not answer", detail="No reply in 3 s",
                    advice="Check its power and its cable. " * 3, since=text_of(START_NS / 1e9))  # fmt: skip
    stand_in.sensors["co2_1"] = sensor("co2_1", condition="fault", fault=fault)
    stand_in.record(39_999)
    window._session.refresh()
    qtbot.waitUntil(lambda: first.fault.isVisible() and first.value.text() == "39999", timeout=WAIT_MS)
    assert [(tile.pos(), tile.size()) for tile in (first, second)] == before


def test_a_refusal_stays_on_the_screen_until_it_is_understood(
    qtbot: QtBot, window: Window, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.problem = Problem(
        title="The disk is full", status=507, detail="No room.", code="disk_full", advice="Free some."
    )
    monkeypatch.setattr(QInputDialog, "getText", answer("Ana", True))
    trigger(window, "arrive")
    qtbot.waitUntil(window.notice.isVisible, timeout=WAIT_MS)
    assert "The disk is full. No room. Free some." in window.notice.text()
    QTest.mouseClick(window.understood, Qt.MouseButton.LeftButton)
    assert not window.notice.isVisible()


def test_nothing_is_claimed_of_sensors_before_the_recorder_has_told(qtbot: QtBot, stand_in: StandIn) -> None:
    with session_on(stand_in.home) as session:
        shown = Window(session, make_settings(stand_in.home), demo=False)
        qtbot.addWidget(shown)
        shown.show()
        assert "No sensors" not in shown.overview.empty.text() + shown.sensors.empty.text()
        assert not shown.overview.add.isVisible()
        shown.live.finish()
