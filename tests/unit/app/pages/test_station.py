# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The station page against a real server: what a person fills in and switches, and what the screen then shows."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.bootstrap import make_settings
from app.client.session import Session, State
from app.pages.autostart_switch import WORDS
from app.pages.place_form import NotAllowed, change_of
from app.pages.station import room_text
from app.pages.window import Window
from app.theme.palette import ThemeName
from edge_daemon.api.messages import Problem, Trouble
from edge_daemon.domain.autostart import AutostartState
from tests.unit.app.client.station_stand_in import StationStandIn
from tests.unit.app.client.test_session import WAIT_MS

SHOTS = os.environ.get("VERIFIELD_SHOTS", "")
EMPTY = dict.fromkeys(("project_id", "name", "latitude", "longitude", "elevation", "address", "person"), "")


@pytest.fixture
def stand_in(tmp_path: Path) -> StationStandIn:
    return StationStandIn(tmp_path)


@pytest.fixture
def window(qtbot: QtBot, stand_in: StationStandIn, session: Session) -> Iterator[Window]:
    shown = Window(session, make_settings(stand_in.home), demo=True)
    qtbot.addWidget(shown)
    shown.resize(1024, 900)
    shown.show()
    shown.show_page("station")
    session.start()
    qtbot.waitUntil(lambda: session.state is State.CONNECTED and session.health is not None, timeout=WAIT_MS)
    yield shown
    session.stop()
    shown.live.finish()


def shoot(window: Window, name: str) -> None:
    for theme in ThemeName if SHOTS else ():
        window.colour(theme)
        QApplication.processEvents()  # the layout follows the new colours' edges once the loop runs
        window.grab().save(f"{SHOTS}/station-{name}-{theme.value}.png")


def type_into(line: QLineEdit, text: str) -> None:
    line.selectAll()
    QTest.keyClicks(line, text)


def wait_for_switch(qtbot: QtBot, window: Window, state: AutostartState) -> None:
    switch = window.station.autostart
    qtbot.waitUntil(lambda: switch.words.text().startswith(WORDS[state]), timeout=WAIT_MS)


def test_it_shows_who_the_station_is_and_how_the_recorder_does(
    qtbot: QtBot, window: Window, stand_in: StationStandIn
) -> None:
    facts = window.station.facts
    qtbot.waitUntil(lambda: facts["Version"].text() == "0.1.0", timeout=WAIT_MS)
    assert facts["Device id"].text() == "vf-1f2e3d4c"
    assert facts["Project id"].text() == "amazon-1"
    assert facts["Data folder"].text() == str(stand_in.home)
    assert facts["Clock"].text().startswith("◔ Running on its own")
    assert (facts["Disk"].text(), facts["Troubles"].text()) == ("✓ 18.4 GB free", "✓ None")
    stand_in.free_bytes = 900_000_000
    stand_in.troubles = (
        Trouble(code="may_sleep", title="This computer may fall asleep while recording", detail="Access denied",
                advice="Turn off automatic sleep.", since="2026-11-23T00:00:00Z"),
    )  # fmt: skip
    window._session.refresh()
    qtbot.waitUntil(lambda: "may fall asleep" in facts["Troubles"].text(), timeout=WAIT_MS)
    assert "Access denied. Turn off automatic sleep." in facts["Troubles"].text()
    assert facts["Disk"].text() == "⚠ 0.9 GB free: make room soon"
    wait_for_switch(qtbot, window, AutostartState.DISABLED)
    shoot(window, "facts")


def test_name_and_place_are_saved_by_keyboard_and_shown_everywhere(
    qtbot: QtBot, window: Window, stand_in: StationStandIn
) -> None:
    form = window.station.place
    qtbot.waitUntil(lambda: form.fields["name"].text() == "North plot", timeout=WAIT_MS)
    assert not form.save.isEnabled()
    for key, text in {
        "name": "Upper Rio Negro",
        "latitude": "-3,4653",
        "longitude": "-62.2159",
        "elevation": "71",
        "address": "Camp 4",
        "person": "Ana",
    }.items():
        type_into(form.fields[key], text)
    QTest.keyClick(form.fields["person"], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: form.words.text().startswith("✓ Saved"), timeout=WAIT_MS)
    place = {"latitude": -3.4653, "longitude": -62.2159, "elevation": 71.0, "address": "Camp 4"}
    assert stand_in.posted == [("PATCH station", {"name": "Upper Rio Negro", "location": place, "person": "Ana"})]
    assert window._session.station is not None
    assert window._session.station.name == "Upper Rio Negro"
    assert form.fields["latitude"].text() == "-3.4653"
    assert not form.save.isEnabled()
    shoot(window, "saved")


def test_bad_fields_are_named_before_anything_is_sent(qtbot: QtBot, window: Window, stand_in: StationStandIn) -> None:
    form = window.station.place
    qtbot.waitUntil(lambda: form.fields["name"].text() == "North plot", timeout=WAIT_MS)
    type_into(form.fields["latitude"], "91")
    QTest.mouseClick(form.save, Qt.MouseButton.LeftButton)
    assert form.words.text() == "⚠ Latitude (°N): “91” must be a number from −90 to 90."
    assert window.focusWidget() is form.fields["latitude"]
    shoot(window, "refused")
    type_into(form.fields["latitude"], "9")
    assert form.words.text() == ""
    QTest.mouseClick(form.save, Qt.MouseButton.LeftButton)
    assert form.words.text() == "⚠ A place needs latitude and longitude."
    assert window.focusWidget() is form.fields["longitude"]
    assert stand_in.posted == []


def test_what_the_recorder_refuses_is_told_and_nothing_typed_is_lost(
    qtbot: QtBot, window: Window, stand_in: StationStandIn
) -> None:
    form = window.station.place
    qtbot.waitUntil(lambda: form.fields["name"].text() == "North plot", timeout=WAIT_MS)
    stand_in.refusal = Problem(
        title="The disk is full", status=507, detail="No room.", code="disk_full", advice="Free space."
    )
    type_into(form.fields["name"], "South plot")
    QTest.mouseClick(form.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "The disk is full. No room. Free space." in form.words.text(), timeout=WAIT_MS)
    told = window._session.station
    assert told is not None
    form.fill(told.model_copy(update={"name": "Renamed elsewhere"}))
    assert form.fields["name"].text() == "South plot"
    assert form.save.isEnabled()
    stand_in.refusal = None
    QTest.mouseClick(form.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: form.words.text().startswith("✓ Saved"), timeout=WAIT_MS)
    assert stand_in.posted[-1][1]["name"] == "South plot"


def test_recording_after_restart_is_switched_by_keyboard(
    qtbot: QtBot, window: Window, stand_in: StationStandIn
) -> None:
    part = window.station.autostart
    wait_for_switch(qtbot, window, AutostartState.DISABLED)
    assert not part.switch.isChecked()
    part.switch.setFocus()
    QTest.keyClick(part.switch, Qt.Key.Key_Space)
    wait_for_switch(qtbot, window, AutostartState.ENABLED)
    assert part.switch.isChecked()
    assert window.focusWidget() is part.switch
    QTest.keyClick(part.switch, Qt.Key.Key_Space)
    wait_for_switch(qtbot, window, AutostartState.DISABLED)
    assert stand_in.posted == [("PUT autostart", {"enabled": True}), ("PUT autostart", {"enabled": False})]


def test_a_refusal_shows_the_remedy_and_can_be_tried_again(
    qtbot: QtBot, window: Window, stand_in: StationStandIn
) -> None:
    part = window.station.autostart
    wait_for_switch(qtbot, window, AutostartState.DISABLED)
    stand_in.granted = False
    QTest.mouseClick(part.switch, Qt.MouseButton.LeftButton, pos=QPoint(12, part.switch.height() // 2))
    wait_for_switch(qtbot, window, AutostartState.UNAVAILABLE)
    assert "`loginctl enable-linger ana`" in part.words.text()
    assert (part.switch.isChecked(), part.switch.isEnabled(), part.again.isVisible()) == (False, False, True)
    shoot(window, "unavailable")
    stand_in.granted = True
    QTest.mouseClick(part.again, Qt.MouseButton.LeftButton)
    wait_for_switch(qtbot, window, AutostartState.ENABLED)
    assert (part.switch.isEnabled(), part.again.isVisible()) == (True, False)
    shoot(window, "enabled")


def test_where_nothing_starts_programs_there_is_nothing_to_try(
    qtbot: QtBot, window: Window, stand_in: StationStandIn
) -> None:
    part = window.station.autostart
    wait_for_switch(qtbot, window, AutostartState.DISABLED)
    stand_in.autostart = {"state": "unavailable", "reason": "The demo records nothing real.", "mechanism": ""}
    part.ask()
    wait_for_switch(qtbot, window, AutostartState.UNAVAILABLE)
    assert part.words.text().endswith("The demo records nothing real.")
    assert (part.switch.isEnabled(), part.again.isVisible()) == (False, False)


def test_without_a_recorder_the_switch_claims_nothing(qtbot: QtBot, window: Window, stand_in: StationStandIn) -> None:
    part = window.station.autostart
    wait_for_switch(qtbot, window, AutostartState.DISABLED)
    stand_in.drop = True
    qtbot.waitUntil(lambda: part.words.text().startswith("? Not known"), timeout=WAIT_MS)
    assert not part.switch.isEnabled()
    stand_in.drop = False
    wait_for_switch(qtbot, window, AutostartState.DISABLED)
    stand_in.refusal = Problem(title="Broken", status=500, detail="A bug.", code="bug", advice="Report it.")
    QTest.mouseClick(part.switch, Qt.MouseButton.LeftButton, pos=QPoint(12, part.switch.height() // 2))
    qtbot.waitUntil(lambda: part.words.text() == "⚠ Broken. A bug. Report it.", timeout=WAIT_MS)
    assert part.again.isVisible()


def test_everything_has_a_name_for_those_who_hear_the_screen(window: Window) -> None:
    page = window.station
    assert all(line.accessibleName() and line.accessibleDescription() for line in page.place.fields.values())
    assert all(fact.accessibleName() for fact in page.facts.values())
    assert all(fact.focusPolicy() & Qt.FocusPolicy.TabFocus for fact in page.facts.values())
    assert page.autostart.words.accessibleName()
    assert min(line.height() for line in page.place.fields.values()) >= 44


@pytest.mark.parametrize(
    ("texts", "key"),
    [
        ({"latitude": "north", "longitude": "1"}, "latitude"),
        ({"latitude": "nan", "longitude": "1"}, "latitude"),
        ({"latitude": "1", "longitude": "180.1"}, "longitude"),
        ({"latitude": "1", "longitude": "1", "elevation": "1e9"}, "elevation"),
        ({"address": "Camp 4"}, "latitude"),
        ({"latitude": "1"}, "longitude"),
        ({"name": "x" * 201}, "name"),
    ],
)
def test_fields_that_cannot_be_used_are_named(texts: dict[str, str], key: str) -> None:
    with pytest.raises(NotAllowed) as refusal:
        change_of({**EMPTY, **texts})
    assert refusal.value.key == key


def test_zero_degrees_is_a_place_and_none_is_none() -> None:
    place = change_of({**EMPTY, "latitude": "0", "longitude": " −0,5 "}).location
    assert place is not None
    assert (place.latitude, place.longitude, place.elevation) == (0, -0.5, None)
    assert change_of(EMPTY).location is None
    assert "✓" in room_text(2_000_000_000)
