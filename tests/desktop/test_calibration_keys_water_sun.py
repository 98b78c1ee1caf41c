# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Calibrations of a sonde in buffers and of a pyranometer in the sun with the keyboard alone, on a real recorder."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.pages.calibration import CalibrationWindow
from app.pages.calibration_standard_field import StandardField
from app.pages.window import Window
from app.widgets.stability_light import Light
from edge_daemon.api.messages import NewSensor, Problem
from tests.desktop.calibration_station import (
    ENTER,
    SPACE,
    SUN,
    WAIT_MS,
    Beaker,
    Technician,
    opened,
    quick_model,
    quick_procedure,
    recorder,
)
from tests.desktop.test_calibration_keys import PIN, by_key, focus_of, look, press_button, tab_to

pytestmark = pytest.mark.timeout(900)

PH, PH_MV, CELSIUS = 18, 17, 1
STANDARDS = Path(__file__).parents[2] / "resources" / "examples" / "standards.csv"
BUFFERS = {"buffer_7": ("BUF7-2302", 7.08, -12.4), "buffer_4": ("BUF4-2301", 4.15, 161.0)}
SUNS = {"low": 300.0, "middle": 550.0}


@dataclass(frozen=True)
class Bench:
    """A window on a recorder, and what its instruments stand in."""

    window: Window
    beaker: Beaker


def bench(qtbot: QtBot, tmp_path: Path, instrument: str, model: str, procedure: str, sensor: str) -> Iterator[Bench]:
    home, beaker = tmp_path / "home-demo", Beaker(tmp_path / "beaker")
    quick_procedure(home, procedure, {"window_s": "6"} | ({"settle_s": "1"} if procedure == "ph_buffers" else {}))
    quick = quick_model(home, model)
    with recorder(tmp_path, (instrument,), beaker) as running, opened(qtbot, running, 1) as shown:
        refused: list[Problem] = []
        new = NewSensor(sensor_id=sensor, model=quick, port=f"pty:{instrument}", interval_s=0.5)
        shown._session.add_sensor(new, lambda: None, refused.append)
        qtbot.waitUntil(lambda: bool(refused) or sensor in shown._session.latest, timeout=WAIT_MS)
        assert refused == []
        yield Bench(shown, beaker)


@pytest.fixture
def pond(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    yield from bench(qtbot, tmp_path, "exo2_modbus", "ysi_exo2_modbus", "ph_buffers", "pond")


@pytest.fixture
def roof(qtbot: QtBot, tmp_path: Path) -> Iterator[Bench]:
    yield from bench(qtbot, tmp_path, "sr30", "hukseflux_sr30", "irradiance_side_by_side", "roof")


def begin(qtbot: QtBot, window: Window, sensor: str, procedure: str, person: str) -> Technician:
    """From the sensors' page to the first step, by keys."""
    window.show_page("sensors")
    qtbot.waitUntil(lambda: sensor in window._session.sensors, timeout=WAIT_MS)
    window.sensors.choose(sensor)
    press_button(window, window.sensors.calibrate, SPACE)
    shown = window.sensors.opener.window
    assert isinstance(shown, CalibrationWindow)
    shown.resize(1024, 600)
    qtbot.waitUntil(lambda: shown.choose.chooser.key != "", timeout=WAIT_MS)
    technician = Technician(qtbot, shown)
    assert focus_of(shown) is shown.choose.chooser.list
    for _ in range(shown.choose.chooser.list.count()):
        if shown.choose.chooser.key == procedure:
            break
        technician.press(Qt.Key.Key_Down)
    assert shown.choose.chooser.key == procedure
    technician.press(ENTER)
    tab_to(shown, shown.choose.person)
    technician.type(person)
    technician.press(ENTER)
    technician.at("conditions")
    look(shown, f"{sensor}-conditions")
    return technician


def typed(technician: Technician, name: str, text: str) -> None:
    QApplication.processEvents()  # fields that were just made take part in tabbing from then on
    shown = technician.window
    tab_to(shown, shown.step.fields[name].field)
    technician.type(text)


def take(qtbot: QtBot, technician: Technician, name: str) -> None:
    """Wait for the light, and take the point with Space."""
    technician.at("settle", point=name)
    light = technician.window.signal.light
    qtbot.waitUntil(lambda: light.light is Light.STABLE, timeout=WAIT_MS)
    look(technician.window, f"{name}-stable")
    technician.enter(SPACE)


def sign(qtbot: QtBot, technician: Technician) -> None:
    """The first signature makes its person on the spot."""
    technician.at("sign")
    shown = technician.window
    form = shown.step.fields["person"]._person.new
    qtbot.waitUntil(form.isVisible, timeout=WAIT_MS)
    for line in (form.pin, form.again):
        tab_to(shown, line)
        technician.type(PIN)
    technician.press(ENTER)
    qtbot.waitUntil(lambda: not form.isVisible(), timeout=WAIT_MS)
    look(shown, "sign")
    technician.vouch()
    by_key(qtbot, technician, "sign")
    technician.end()
    look(shown, "done")
    assert shown.run is not None
    assert shown.run.outcome == "pass", shown.run.summary
    technician.press(ENTER)
    assert not shown.isVisible()


def buffer(bench: Bench, qtbot: QtBot, technician: Technician, name: str) -> None:
    """Put the sonde into a buffer, let a scanner read its bottle, and take the point."""
    code, ph, millivolts = BUFFERS[name]
    technician.at("apply", point=name)
    bench.beaker.hold({PH: ph, PH_MV: millivolts, CELSIUS: 25.0})
    row = technician.window.step.fields["standard"].row
    assert isinstance(row, StandardField)
    QApplication.processEvents()
    tab_to(technician.window, row.chooser.search)
    technician.type(code)
    technician.press(ENTER)
    qtbot.waitUntil(lambda: row.chooser.key != "" and not row.chooser.search.text(), timeout=WAIT_MS)
    typed(technician, "temperature", "25")
    look(technician.window, f"{name}-apply")
    technician.enter()
    take(qtbot, technician, name)


def test_a_sonde_is_adjusted_in_buffers_with_nothing_but_keys(qtbot: QtBot, pond: Bench) -> None:
    window = pond.window
    window.sensors.opener.open_standards()
    register = window.sensors.opener.standards
    assert register is not None
    register.take_file(STANDARDS)  # the system's own file dialog is no part of the window
    QTest.keyClicks(register.who.panel.reason, "Eva Roth")
    QTest.keyClick(register.who.panel.reason, ENTER)
    qtbot.waitUntil(register.report.isVisible, timeout=WAIT_MS)
    press_button(register, register.report.back)
    qtbot.waitUntil(lambda: register.table.rowCount() == 5, timeout=WAIT_MS)
    press_button(register, register.close_button)
    technician = begin(qtbot, window, "pond", "ph_buffers", "Eva Roth")
    typed(technician, "temperature", "25")
    technician.enter()
    for stage in ("found", "left"):
        for name in BUFFERS:
            buffer(pond, qtbot, technician, name)
        if stage == "found":
            technician.at("apply", point="buffer_10")
            by_key(qtbot, technician, "skip", confirm=True)
            technician.at("decide")
            look(technician.window, "decide")
            by_key(qtbot, technician, "adjust", confirm=True)
    sign(qtbot, technician)

    def calibrated() -> bool:
        now = window._session.latest["pond"].channels["ph"]
        return now.raw == pytest.approx(4.15, abs=0.001) and now.value == pytest.approx(4.0, abs=0.01)

    qtbot.waitUntil(calibrated, timeout=WAIT_MS)


def test_a_pyranometer_is_checked_in_the_sun_with_nothing_but_keys(qtbot: QtBot, roof: Bench) -> None:
    roof.beaker.hold({SUN: 302.0})
    technician = begin(qtbot, roof.window, "roof", "irradiance_side_by_side", "Ana Lima")
    typed(technician, "temperature", "20")
    technician.enter()
    for name, sun in SUNS.items():
        technician.at("apply", point=name)
        roof.beaker.hold({SUN: sun + 2.0})
        typed(technician, "reference", f"{sun:g}")
        look(technician.window, f"{name}-apply")
        technician.enter()
        take(qtbot, technician, name)
    for name in ("high", "night"):
        technician.at("apply", point=name)
        by_key(qtbot, technician, "skip", confirm=True)
    sign(qtbot, technician)
