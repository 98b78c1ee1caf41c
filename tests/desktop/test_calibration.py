# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Whole calibrations of simulated instruments through the real window, by keys and clicks, on a real recorder."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.pages.calibration import CalibrationWindow
from app.pages.calibration_standard_field import StandardField
from app.pages.window import Window
from app.widgets.stability_light import Light
from edge_daemon.api.messages import NewSensor, Problem
from tests.desktop.calibration_station import (
    ENTER,
    SUN,
    WAIT_MS,
    Beaker,
    Technician,
    click,
    opened,
    quick_model,
    quick_procedure,
    recorder,
)
from tests.desktop.certificate_by_keys import enter_certificate, open_passport, review_certificate

pytestmark = pytest.mark.timeout(900)

PIN = "2468"
INSTRUMENTS = ("exo2_modbus", "sr30", "scd30-2")
FRESH_AIR = {"settle_s": "1", "window_s": "6", "deviation": "60.0", "slope_per_minute": "400.0", "highest": "2000.0"}
CERTIFICATE = {
    "laboratory": "Sun laboratory",
    "number": "K-2026-7",
    "calibrated": "2026-10-01",
    "due": "2028-10-01",
    "coefficients": "sensitivity_ratio = 1.0008",
    "expanded_uncertainty_relative": "1.2",
}
SHOTS = os.environ.get("VERIFIELD_SHOTS", "")


@dataclass(frozen=True)
class Station:
    """A recorder that runs, what its instruments stand in, and its models that need not be waited for, by their own."""

    home: Path
    beaker: Beaker
    models: dict[str, str]


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """All tests share it: each has an instrument and a technician of its own."""
    folder = tmp_path_factory.mktemp("station")
    home, beaker = folder / "home-demo", Beaker(folder / "beaker")
    quick_procedure(home, "ph_buffers", {"settle_s": "1", "window_s": "6"})
    quick_procedure(home, "irradiance_side_by_side", {"window_s": "6"})
    quick_procedure(home, "co2_fresh_air", FRESH_AIR)
    models = {one: quick_model(home, one) for one in ("ysi_exo2_modbus", "hukseflux_sr30", "sensirion_scd30")}
    with recorder(folder, INSTRUMENTS, beaker) as running:
        yield Station(running, beaker, models)


def shoot(part: QWidget, name: str) -> None:
    if SHOTS:
        QApplication.processEvents()
        part.grab().save(f"{SHOTS}/run-{name}.png")


def record(qtbot: QtBot, window: Window, sensor: NewSensor) -> None:
    """Set a sensor up and wait for its first reading."""
    refused: list[Problem] = []
    window._session.add_sensor(sensor, lambda: None, refused.append)
    qtbot.waitUntil(lambda: bool(refused) or sensor.sensor_id in window._session.latest, timeout=WAIT_MS)
    assert refused == []


def begin(qtbot: QtBot, window: Window, sensor_id: str, procedure: str, person: str) -> Technician:
    """From the sensors' page to the first step."""
    window.show_page("sensors")
    qtbot.waitUntil(lambda: sensor_id in window._session.sensors, timeout=WAIT_MS)
    window.sensors.choose(sensor_id)
    click(window.sensors.calibrate)
    shown = window.sensors.opener.window
    assert isinstance(shown, CalibrationWindow)
    qtbot.waitUntil(lambda: shown.choose.chooser.key != "", timeout=WAIT_MS)
    shown.choose.chooser.choose(procedure)
    assert shown.choose.chooser.key == procedure
    technician = Technician(qtbot, shown)
    technician.press(ENTER)
    shown.choose.person.setFocus()
    technician.type(person)
    shoot(shown, f"{sensor_id}-prepare")
    technician.press(ENTER)
    technician.at("conditions")
    return technician


def sign_up_and_sign(qtbot: QtBot, technician: Technician, person: str) -> None:
    """The first signature makes its person on the spot."""
    shown = technician.window
    technician.at("sign")
    form = shown.step.fields["person"]._person.new
    qtbot.waitUntil(form.isVisible, timeout=WAIT_MS)
    assert form.name.text() == person
    for line in (form.pin, form.again):
        line.setFocus()
        technician.type(PIN)
    technician.press(ENTER)
    qtbot.waitUntil(lambda: not form.isVisible(), timeout=WAIT_MS)
    shoot(shown, "sign")
    technician.vouch()
    technician.choose("sign")
    technician.end()


STANDARDS = Path(__file__).parents[2] / "resources" / "examples" / "standards.csv"
PH, PH_MV, CELSIUS = 18, 17, 1


def buffer(ph: float, millivolts: float) -> dict[int, float]:
    """What a sonde with a slightly worn electrode tells in a buffer of 25 °C."""
    return {PH: ph, PH_MV: millivolts, CELSIUS: 25.0}


def take_buffer(qtbot: QtBot, technician: Technician, code: str, point: str) -> None:
    """Scan the bottle, type its temperature, wait for the light, take the point."""
    technician.at("apply", point=point)
    shown = technician.window
    row = shown.step.fields["standard"].row
    assert isinstance(row, StandardField)
    technician.fill(standard=code)
    technician.press(ENTER)
    qtbot.waitUntil(lambda: row.chooser.key != "" and not row.chooser.search.text(), timeout=WAIT_MS)
    technician.fill(temperature="25")
    shoot(shown, f"sonde-{point}")
    technician.enter()
    technician.at("settle", point=point)
    technician.choose("take")


def test_two_buffers_adjust_an_exo2_in_the_software(qtbot: QtBot, station: Station) -> None:
    beaker, model = station.beaker, station.models["ysi_exo2_modbus"]
    beaker.hold(buffer(7.08, -12.4))
    with opened(qtbot, station.home, len(INSTRUMENTS)) as window:
        record(
            qtbot,
            window,
            NewSensor(sensor_id="pond", model=model, port="pty:exo2_modbus", interval_s=0.5, name="Pond"),
        )
        window.sensors.opener.open_standards()
        register = window.sensors.opener.standards
        assert register is not None
        register.take_file(STANDARDS)
        QTest.keyClicks(register.who.panel.reason, "Eva Roth")
        QTest.keyClick(register.who.panel.reason, ENTER)
        qtbot.waitUntil(register.report.isVisible, timeout=WAIT_MS)
        click(register.report.back)
        qtbot.waitUntil(lambda: register.table.rowCount() == 5, timeout=WAIT_MS)
        click(register.close_button)
        technician = begin(qtbot, window, "pond", "ph_buffers", "Eva Roth")
        shown = technician.window
        technician.fill(temperature="25")
        technician.enter()
        take_buffer(qtbot, technician, "BUF7-2302", "buffer_7")
        beaker.hold(buffer(4.15, 161.0))
        take_buffer(qtbot, technician, "BUF4-2301", "buffer_4")
        technician.at("apply", point="buffer_10")
        technician.choose("skip")
        technician.at("decide")
        shoot(shown, "sonde-decide")
        technician.choose("adjust")
        beaker.hold(buffer(7.08, -12.4))
        take_buffer(qtbot, technician, "BUF7-2302", "buffer_7")
        beaker.hold(buffer(4.15, 161.0))
        take_buffer(qtbot, technician, "BUF4-2301", "buffer_4")
        sign_up_and_sign(qtbot, technician, "Eva Roth")
        assert shown.run is not None
        assert shown.run.outcome == "pass", shown.run.summary
        shoot(shown, "sonde-done")
        click(shown.bar.buttons["close"])

        def calibrated() -> bool:
            now = window._session.latest["pond"].channels["ph"]
            return now.raw == pytest.approx(4.15, abs=0.001) and now.value == pytest.approx(4.0, abs=0.01)

        qtbot.waitUntil(calibrated, timeout=WAIT_MS)


def test_an_sr30_is_checked_in_the_field_and_calibrated_by_a_laboratory(
    qtbot: QtBot, station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beaker, document = station.beaker, tmp_path / "K-2026-7.pdf"
    document.write_bytes(b"%PDF-1.4 what the laboratory wrote")
    beaker.hold({SUN: 302.0})
    with opened(qtbot, station.home, len(INSTRUMENTS)) as window:
        model = station.models["hukseflux_sr30"]
        record(qtbot, window, NewSensor(sensor_id="roof", model=model, port="pty:sr30", interval_s=0.5))
        technician = begin(qtbot, window, "roof", "irradiance_side_by_side", "Ana Lima")
        shown = technician.window
        technician.fill(temperature="20")
        technician.enter()
        for name, sun in (("low", 300.0), ("middle", 550.0)):
            technician.at("apply", point=name)
            beaker.hold({SUN: sun + 2.0})
            technician.fill(reference=f"{sun:g}")
            technician.enter()
            technician.at("settle", point=name)
            technician.choose("take")
        for name in ("high", "night"):
            technician.at("apply", point=name)
            technician.choose("skip")
        technician.at("sign")
        shoot(shown, "roof-sign")
        sign_up_and_sign(qtbot, technician, "Ana Lima")
        click(shown.bar.buttons["close"])
        passport = open_passport(qtbot, window, "roof")
        shoot(passport, "roof-passport")
        enter_certificate(qtbot, passport, document, CERTIFICATE, "Ana Lima", PIN)
        review_certificate(qtbot, passport, "Bo Berg", "13579")

        def put_right() -> bool:
            now = window._session.latest["roof"].channels["irradiance"]
            return now.raw is not None and now.value == pytest.approx(now.raw / 1.0008) != now.raw

        qtbot.waitUntil(put_right, timeout=WAIT_MS)
        view = tmp_path / "view.csv"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(view), ""))
        show_the_day_under_it(qtbot, window, view)


def show_the_day_under_it(qtbot: QtBot, window: Window, view: Path) -> None:
    """What was recorded before the certificate came, as it would read under it."""
    passport = window.sensors.passport
    assert passport is not None
    history = passport.calibrations
    click(next(one for one in history.findChildren(QPushButton) if one.text() == "Recompute…"))
    asked = history.recompute
    assert asked is not None
    click(asked.save)
    qtbot.waitUntil(lambda: asked.words.text().startswith(("✓", "⚠")), timeout=WAIT_MS)
    assert asked.words.text() == f"✓ Saved: {view}"
    lines = view.read_text(encoding="utf-8").splitlines()
    assert "view" in lines[0].lower(), "it is marked as no record"
    assert len(lines) > 10


def test_fresh_air_adjusts_an_scd30_by_its_own_command(
    qtbot: QtBot, station: Station, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = station.models["sensirion_scd30"]
    with opened(qtbot, station.home, len(INSTRUMENTS)) as window:
        record(
            qtbot,
            window,
            NewSensor(sensor_id="hut", name="CO₂, hut", model=model, port="pty:scd30-2", interval_s=0.5),
        )
        technician = begin(qtbot, window, "hut", "co2_fresh_air", "Kim Sato")
        shown = technician.window
        technician.fill(temperature="21,5", pressure="1001.5")
        shoot(shown, "hut-conditions")
        technician.enter()
        technician.at("apply")
        technician.fill(reference="800", expanded_uncertainty="5")
        shoot(shown, "hut-apply")
        technician.enter()
        technician.at("settle")
        qtbot.waitUntil(lambda: shown.signal.light.light is Light.WAIT, timeout=WAIT_MS)
        shoot(shown, "hut-wait")
        qtbot.waitUntil(lambda: shown.signal.light.light is Light.STABLE, timeout=WAIT_MS)
        shoot(shown, "hut-stable")
        technician.enter()
        technician.at("decide")
        as_found = shown.frame.points.item(0, 2)
        assert as_found is not None
        assert as_found.text().startswith("✕ -")
        shoot(shown, "hut-decide")
        technician.press(ENTER)
        assert shown.ask.isVisible()
        technician.press(ENTER)  # Enter alone does not agree to what cannot be undone
        assert not shown.ask.isVisible()
        technician.choose("adjust")
        technician.at("apply")
        technician.fill(reference="800", expanded_uncertainty="5")
        technician.enter()
        technician.at("settle")
        technician.choose("steady")
        technician.at("command")
        click(shown.bar.buttons["send"])
        shoot(shown, "hut-confirm")
        technician.send()
        technician.at("apply")
        technician.fill(reference="800", expanded_uncertainty="5")
        technician.enter()
        technician.at("settle")
        technician.choose("take")
        sign_up_and_sign(qtbot, technician, "Kim Sato")
        assert shown.run is not None
        assert (shown.run.state, shown.run.outcome) == ("signed", "pass"), shown.run.summary
        shoot(shown, "hut-done")
        report = tmp_path / "certificate.pdf"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(report), ""))
        monkeypatch.setattr(QDesktopServices, "openUrl", lambda _: True)
        click(shown.bar.buttons["certificate"])
        qtbot.waitUntil(lambda: shown.words.text() == f"✓ Saved: {report}", timeout=WAIT_MS)
        assert report.read_bytes().startswith(b"%PDF-")
        click(shown.bar.buttons["close"])
        assert not shown.isVisible()
