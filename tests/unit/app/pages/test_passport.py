# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Instruments: the passport, remarks with files, dossiers, and the question which one is there, on a real server."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QInputDialog, QPushButton
from pytestqt.qtbot import QtBot

from app.pages.passport import PassportDialog
from app.pages.window import Window
from edge_daemon.api.messages import Problem, Trouble
from edge_daemon.domain.instrument import SerialSource
from tests.unit.app.client.instrument_stand_in import DOSSIER, SERIAL, InstrumentStandIn, installed, passport
from tests.unit.app.client.stand_in import sensor
from tests.unit.app.client.test_session import WAIT_MS
from tests.unit.app.pages.device_window import click, shoot


@pytest.fixture
def stand_in(tmp_path: Path) -> InstrumentStandIn:
    return InstrumentStandIn(tmp_path)


@pytest.fixture
def dialog(qtbot: QtBot, window: Window) -> PassportDialog:
    window.show_page("sensors")
    window.sensors.choose("co2_1")
    click(window.sensors.pass_button)
    shown = window.sensors.passport
    assert shown is not None
    qtbot.waitUntil(lambda: shown.shown is not None and shown.choice.count() == 1, timeout=WAIT_MS)
    return shown


def said_notes(dialog: PassportDialog) -> list[str]:
    items = (dialog.notes.itemAt(place) for place in range(dialog.notes.count()))
    widgets = (item.widget() for item in items if item is not None)
    return [str(widget.property("text")) for widget in widgets if widget is not None]


def test_it_says_who_the_instrument_is_and_where_it_was(window: Window, dialog: PassportDialog) -> None:
    said = dialog.facts.text()
    assert f"Serial number: {SERIAL} (read from the device itself)" in said
    assert "Firmware: 3.66" in said
    assert dialog.installations.text() == "Canopy CO₂: 2026-11-20 08:00:00 UTC to now, ✓ confirmed"
    assert dialog.calibrations.words.text() == "No calibration of this instrument is recorded."
    assert said_notes(dialog) == ["No notes yet."]
    shoot(window, dialog, "passport")


def test_a_note_takes_a_file_along_and_gives_it_back(
    qtbot: QtBot, window: Window, dialog: PassportDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, copy = tmp_path / "certificate.pdf", tmp_path / "copy.pdf"
    certificate.write_bytes(b"\x00\xffpaper")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(certificate), ""))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(copy), ""))
    assert not dialog.note.add.isEnabled()
    dialog.note.text.setPlainText("New certificate")
    dialog.note.person.setText("Ana")
    click(dialog.note.attach)
    qtbot.waitUntil(lambda: "certificate.pdf" in dialog.note.words.text(), timeout=WAIT_MS)
    click(dialog.note.add)
    qtbot.waitUntil(lambda: len(said_notes(dialog)) == 2, timeout=WAIT_MS)
    assert said_notes(dialog)[0] == "2026-11-23 01:00:00 UTC, Ana: New certificate"
    assert dialog.note.text.toPlainText() == ""
    shoot(window, dialog, "passport-note")
    item = dialog.notes.itemAt(1)
    button = item.widget() if item is not None else None
    assert isinstance(button, QPushButton)
    click(button)
    qtbot.waitUntil(lambda: dialog.words.text() == f"✓ Saved: {copy}", timeout=WAIT_MS)
    assert copy.read_bytes() == b"\x00\xffpaper"


def test_a_file_that_is_not_there_is_told(qtbot: QtBot, dialog: PassportDialog, tmp_path: Path) -> None:
    dialog.note.take_file(tmp_path / "gone.pdf")
    qtbot.waitUntil(lambda: "gone.pdf cannot be read" in dialog.note.words.text(), timeout=WAIT_MS)


def test_dossiers_go_out_and_come_in(
    qtbot: QtBot, dialog: PassportDialog, stand_in: InstrumentStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "dossier.zip"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(target), ""))
    click(dialog.export)
    qtbot.waitUntil(lambda: dialog.words.text() == f"✓ Saved: {target}", timeout=WAIT_MS)
    assert target.read_bytes() == DOSSIER
    stand_in.refusal = Problem(title="Not a dossier", status=422, detail="Bad.", code="bad_input", advice="Another.")
    click(dialog.bring_in)
    qtbot.waitUntil(lambda: dialog.words.text() == "⚠ Not a dossier. Bad. Another.", timeout=WAIT_MS)
    stand_in.refusal = None
    click(dialog.bring_in)
    qtbot.waitUntil(lambda: dialog.words.text().startswith("✓ Imported: the history of SCD30 SN-7"), timeout=WAIT_MS)
    assert stand_in.imported == [DOSSIER, DOSSIER]
    assert "From station lap-2 of project p2" in dialog.imported.text()
    qtbot.waitUntil(lambda: dialog.choice.currentText().endswith("SN-7, not installed"), timeout=WAIT_MS)


def test_where_no_instrument_is_known_it_says_so(qtbot: QtBot, window: Window, stand_in: InstrumentStandIn) -> None:
    stand_in.passports = {}
    stand_in.sensors["co2_1"] = sensor("co2_1")
    window._session.refresh()
    qtbot.waitUntil(lambda: window._session.sensors["co2_1"].identity is None, timeout=WAIT_MS)
    window.sensors.ask_passport("co2_1")
    shown = window.sensors.passport
    assert shown is not None
    qtbot.waitUntil(lambda: "does not say yet" in shown.words.text(), timeout=WAIT_MS)
    assert not shown.export.isEnabled()


def ask_about(qtbot: QtBot, window: Window, stand_in: InstrumentStandIn, **identity: str) -> None:
    told = installed(**identity)
    if identity["standing"] == "unconfirmed":
        warning = Trouble(code="identity_unconfirmed", title="Is it still the same instrument?", detail="Unplugged.",
                          advice="Look.", since="2026-11-23T00:00:00Z")  # fmt: skip
        told = told.model_copy(update={"warnings": (warning,)})
    stand_in.sensors["co2_1"] = told.model_copy(update={"serial_source": SerialSource.LABEL})
    window._session.refresh()
    qtbot.waitUntil(lambda: "co2_1" in window.overview.questions.cards, timeout=WAIT_MS)


def test_an_unconfirmed_instrument_is_confirmed_by_one_tap(
    qtbot: QtBot, window: Window, stand_in: InstrumentStandIn
) -> None:
    assert not window.overview.questions.isVisible()
    ask_about(qtbot, window, stand_in, standing="unconfirmed", cause="unplugged")
    card = window.overview.questions.cards["co2_1"]
    assert (card.isVisible(), card.words.text()) == (True, "Unplugged.")
    assert window.overview.tiles["co2_1"].risk.text() == "⚠ Identity unconfirmed"
    shoot(window, window, "unconfirmed")
    click(card.buttons["confirmed"])
    qtbot.waitUntil(lambda: not window.overview.questions.isVisible(), timeout=WAIT_MS)
    assert stand_in.posted == [("POST identity/co2_1", {"answer": "confirmed", "serial": "", "person": ""})]


def test_another_serial_number_asks_replaced_or_wrong_plug(
    qtbot: QtBot, window: Window, stand_in: InstrumentStandIn
) -> None:
    ask_about(qtbot, window, stand_in, standing="stopped", cause="identity_mismatch", found="SN-99")
    card = window.overview.questions.cards["co2_1"]
    assert card.title.text() == "⚠ Canopy CO₂: replaced, or wrong plug?"
    assert f"serial number {SERIAL}. The device at its port now says SN-99." in card.words.text()
    assert list(card.buttons) == ["replaced", "wrong_plug", "confirmed"]
    shoot(window, window, "mismatch")
    stand_in.refusal = Problem(title="Not so", status=409, detail="No.", code="conflict")
    click(card.buttons["wrong_plug"])
    qtbot.waitUntil(lambda: window.statusBar().currentMessage().startswith("Not so"), timeout=WAIT_MS)
    assert card.buttons["replaced"].isEnabled()
    stand_in.refusal = None
    click(card.buttons["replaced"])
    qtbot.waitUntil(lambda: not window.overview.questions.cards, timeout=WAIT_MS)
    assert [body["answer"] for _, body in stand_in.posted] == ["wrong_plug", "replaced"]


def test_a_replacement_without_a_readable_serial_asks_for_its_label(
    qtbot: QtBot, window: Window, stand_in: InstrumentStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_about(qtbot, window, stand_in, standing="unconfirmed", cause="power_loss")
    answers = iter([("", False), (" SN-5 ", True)])
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: next(answers))
    card = window.overview.questions.cards["co2_1"]
    click(card.buttons["replaced"])
    assert stand_in.posted == []
    click(card.buttons["replaced"])
    qtbot.waitUntil(lambda: not window.overview.questions.cards, timeout=WAIT_MS)
    assert stand_in.posted[0][1] == {"answer": "replaced", "serial": "SN-5", "person": ""}


def test_after_wrong_plug_it_can_still_be_called_replaced(
    qtbot: QtBot, window: Window, stand_in: InstrumentStandIn
) -> None:
    ask_about(qtbot, window, stand_in, standing="stopped", cause="wrong_plug", found="")
    assert list(window.overview.questions.cards["co2_1"].buttons) == ["replaced"]


def test_a_serial_number_is_typed_from_the_label(
    qtbot: QtBot, window: Window, stand_in: InstrumentStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.passports = {"~7": passport("~7", serial="")}
    stand_in.sensors["co2_1"] = installed(id="~7", serial="")
    window._session.refresh()
    qtbot.waitUntil(lambda: window._session.sensors["co2_1"] == installed(id="~7", serial=""), timeout=WAIT_MS)
    window.sensors.ask_passport("co2_1")
    shown = window.sensors.passport
    assert shown is not None
    qtbot.waitUntil(shown.name.isEnabled, timeout=WAIT_MS)
    assert "Serial number: not known" in shown.facts.text()
    answers = iter([("  ", True), ("L-77", True)])
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: next(answers))
    click(shown.name)
    assert stand_in.posted == []
    stand_in.passports = {SERIAL: passport()}
    click(shown.name)
    qtbot.waitUntil(lambda: f"Serial number: {SERIAL}" in shown.facts.text(), timeout=WAIT_MS)
    assert stand_in.posted == [
        ("POST identity/co2_1", {"answer": "confirmed", "serial": "L-77", "person": ""}),
    ]
    assert not shown.name.isEnabled()


def test_a_swap_is_told_from_the_passport(
    qtbot: QtBot, dialog: PassportDialog, stand_in: InstrumentStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: ("", True))
    click(dialog.replaced)
    qtbot.waitUntil(lambda: bool(stand_in.posted), timeout=WAIT_MS)
    assert stand_in.posted[0][1]["answer"] == "replaced"
