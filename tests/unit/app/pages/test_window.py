# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The window against a real server: what a person clicks, and what the screen shows."""

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from app.__main__ import NO_DISPLAY, main
from app.bootstrap import make_settings
from app.client.session import Session, State
from app.client.times import text_of
from app.pages.window import Window
from app.theme.palette import ThemeName
from edge_daemon.api.messages import Problem, Trouble
from tests.unit.app.client.stand_in import START_NS, StandIn, sensor, serving
from tests.unit.app.client.test_session import WAIT_MS, session_on

SHOTS = os.environ.get("VERIFIELD_SHOTS", "")


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


@pytest.fixture
def window(qtbot: QtBot, stand_in: StandIn) -> Iterator[Window]:
    with session_on(stand_in.home) as session, serving(stand_in):
        yield from show(qtbot, stand_in, session)


def show(qtbot: QtBot, stand_in: StandIn, session: Session) -> Iterator[Window]:
    shown = Window(session, make_settings(stand_in.home), demo=True)
    qtbot.addWidget(shown)
    shown.resize(1024, 600)
    shown.show()
    session.start()
    qtbot.waitUntil(lambda: session.state is State.CONNECTED and bool(session.sensors), timeout=WAIT_MS)
    yield shown
    session.stop()
    shown.live.finish()


def shoot(window: Window, name: str) -> None:
    if SHOTS:
        window.grab().save(f"{SHOTS}/{name}.png")


def test_a_tile_shows_value_unit_state_and_others(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    for step in range(30):
        stand_in.record(412.4 + (step * 7) % 11)
    stand_in.record(412.4)
    stand_in.sensors["co2_2"] = sensor("co2_2", name="Understorey", condition="connecting")
    tile = window.overview.tiles["co2_1"]
    qtbot.waitUntil(lambda: tile.value.text() == "412" and tile.age.text().endswith("ago"), timeout=WAIT_MS)
    window._session.refresh()
    qtbot.waitUntil(lambda: "co2_2" in window.overview.tiles, timeout=WAIT_MS)
    assert (tile.unit.text(), tile.state.text()) == ("ppm", "✓ Recording")
    assert "Temperature 21.2 °C" in tile.others.text()
    for name in ThemeName:
        window.colour(name)
        shoot(window, f"overview-{name.value}")
    assert make_settings(stand_in.home).value("window/colours") == "sunlight"


def test_gaps_and_hours_since_the_last_visit(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    stand_in.visits.append({"index": 1, "time": "2026-11-20T00:00:00Z", "event": "end", "person": "A", "place": ""})
    gap = {"index": 2, "sensor_id": "co2_1", "start": "2026-11-24T02:50:00Z", "end": "2026-11-24T03:05:00Z",
           "expected": 450, "causes": ["not_connected"]}  # fmt: skip
    start = START_NS // 10**9 - 7200 + 600
    gap |= {"start": text_of(start), "end": text_of(start + 900)}
    stand_in.gaps.append(gap)
    window.overview.card.ask()
    qtbot.waitUntil(lambda: "0.8 h" in window.overview.card.text.text(), timeout=WAIT_MS)
    assert "Canopy CO₂: 15 min 0 s without readings (the sensor was not connected)" in window.overview.card.text.text()


def test_the_banner_comes_and_goes_with_the_daemon(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    assert not window.banner.isVisible()
    stand_in.drop = True
    qtbot.waitUntil(window.banner.isVisible, timeout=WAIT_MS)
    assert "Recording may go on" in window.banner.text()
    assert window.overview.tiles["co2_1"].state.text().startswith("? Not known")
    assert min(button.height() for button in (*window.rail.values(), window.retry)) >= 44
    shoot(window, "lost")
    stand_in.drop = False
    qtbot.waitUntil(lambda: not window.banner.isVisible(), timeout=WAIT_MS)


def test_that_nothing_is_recorded_stands_at_the_head_of_every_page(qtbot: QtBot, window: Window) -> None:
    session, since = window._session, "2026-11-24T00:00:00Z"
    full = Trouble(
        code="disk_full", title="The disk is full", detail="0 bytes are left.", advice="Make room.", since=since
    )
    qtbot.waitUntil(lambda: session.health is not None, timeout=WAIT_MS)
    sound = session.health
    assert sound is not None
    session.health = sound.model_copy(update={"recording": False, "writer": "disk_full", "troubles": (full,)})
    session.station_changed.emit()
    for page in window.pages:
        window.show_page(page)
        assert window.banner.isVisible()
        assert window.banner.text() == "✕ NOT RECORDING. The disk is full. 0 bytes are left. Make room."
        assert not window.retry.isVisible()
    shoot(window, "not-recording")
    session.health = sound
    session.station_changed.emit()
    assert not window.banner.isVisible()


def test_a_sensor_is_added_by_clicks(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    QTest.mouseClick(window.rail["sensors"], Qt.MouseButton.LeftButton)
    QTest.mouseClick(window.sensors.add, Qt.MouseButton.LeftButton)
    dialog = window.sensors.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.chooser.list.count() == 1 and dialog.port.count() == 2, timeout=WAIT_MS)
    dialog.chooser.choose("pms7003")
    QTest.keyClicks(dialog.name, "Dust at the road")
    qtbot.waitUntil(dialog.confirm.isEnabled, timeout=WAIT_MS)
    if SHOTS:
        dialog.grab().save(f"{SHOTS}/add.png")
    stand_in.problem = Problem(
        title="Refused", status=422, detail="The port is taken.", code="bad_input", advice="Choose another."
    )
    QTest.mouseClick(dialog.confirm, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "The port is taken. Choose another." in dialog.words.text(), timeout=WAIT_MS)
    stand_in.problem = None
    QTest.mouseClick(dialog.confirm, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "dust_at_the_road" in window.overview.tiles, timeout=WAIT_MS)
    assert stand_in.posted[-1] == (
        "POST sensors",
        {"sensor_id": "dust_at_the_road", "model": "pms7003", "port": "pty:pms", "name": "Dust at the road",
         "interval_s": 1.0, "settings": {}, "serial": "", "person": ""},
    )  # fmt: skip
    shoot(window, "sensors")


def test_pause_and_remove_ask_the_daemon(
    qtbot: QtBot, window: Window, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.show_page("sensors")
    window.sensors.choose("co2_1")
    QTest.mouseClick(window.sensors.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.sensors.pause.text() == "Go on", timeout=WAIT_MS)
    answers = iter([QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes])
    monkeypatch.setattr(QMessageBox, "question", lambda *_: next(answers))
    QTest.mouseClick(window.sensors.remove, Qt.MouseButton.LeftButton)
    assert [what for what, _ in stand_in.posted] == ["PATCH sensors/co2_1"]
    QTest.mouseClick(window.sensors.remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.overview.empty.isVisibleTo(window.overview), timeout=WAIT_MS)
    assert stand_in.posted[-1][0] == "DELETE sensors/co2_1"


def test_notes_and_tables_of_the_chart(qtbot: QtBot, window: Window, stand_in: StandIn, tmp_path: Path) -> None:
    window.show_page("live")
    for step in range(20):
        stand_in.record(412.5 + step)
    qtbot.waitUntil(lambda: "432 ppm" in window.live.chart.crosshair_text(), timeout=WAIT_MS)
    t = START_NS / 1e9
    window.live.note(t, "Door opened")
    qtbot.waitUntil(lambda: bool(stand_in.posted), timeout=WAIT_MS)
    assert stand_in.posted == [("POST notes", {"text": "Door opened", "at": "2026-11-24T06:00:00.000000Z"})]
    window.live.chart.show_span(t - 8000, t + 60)
    qtbot.waitUntil(lambda: any(row[5] == "415.0" for row in window.live.chart.csv_rows()), timeout=WAIT_MS)
    target = tmp_path / "table.csv"
    with qtbot.waitSignal(window.live.told, timeout=WAIT_MS):
        window.live.save_table(target)
    with target.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:4] == ["time", "curve", "unit", "value"]
    assert rows[0][7:] == ["expanded_uncertainty", "coverage_factor", "uncertainty_note"]
    first = ["2026-11-24T06:00:00.000000000Z", "Canopy CO₂: CO₂", "ppm", "412.5", "", "", "1"]
    (found,) = [row for row in rows if row[:7] == first]
    assert found[7:9] == ["", ""]
    assert found[9].startswith("not known, because")
    with qtbot.waitSignal(window.live.told, timeout=WAIT_MS) as told:
        window.live.save_table(tmp_path / "nowhere" / "table.csv")
    assert "could not be saved" in told.args[0]
    shoot(window, "live")


def test_without_a_display_it_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert main(["--demo"]) == NO_DISPLAY
    assert "verifield-daemon run --demo" in capsys.readouterr().err
