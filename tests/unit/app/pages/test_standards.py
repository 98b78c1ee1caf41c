# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The register of reference standards: scan, add, correct, withdraw, import, on a real server."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from app.pages.standards import StandardsDialog
from app.pages.window import Window
from app.widgets.leave_question import LEAVE_WORDS
from edge_daemon.api.messages import Problem
from tests.unit.app.client.calibration_stand_in import CalibrationStandIn
from tests.unit.app.client.test_session import WAIT_MS
from tests.unit.app.pages.device_window import click, shoot


@pytest.fixture
def stand_in(tmp_path: Path) -> CalibrationStandIn:
    return CalibrationStandIn(tmp_path)


@pytest.fixture
def dialog(qtbot: QtBot, window: Window) -> StandardsDialog:
    window.sensors.opener.open_standards()
    shown = window.sensors.opener.standards
    assert shown is not None
    qtbot.waitUntil(lambda: shown.table.rowCount() == 2 and bool(shown._kinds), timeout=WAIT_MS)
    return shown


def cells(dialog: StandardsDialog, row: int) -> list[str]:
    found = (dialog.table.item(row, column) for column in range(dialog.table.columnCount()))
    return [item.text() if item is not None else "" for item in found]


def test_the_list_tells_what_holds_and_a_scan_finds_one(window: Window, dialog: StandardsDialog) -> None:
    assert cells(dialog, 0) == ["Span gas 1000 ppm", "CO₂ gas", "1000 ± 10 ppm", "2028-03-31", "✓ Valid", "2026-11-20"]
    assert cells(dialog, 1)[4:] == ["✕ Expired", "not yet"]
    shoot(window, dialog, "standards")
    QTest.keyClicks(dialog.scan, "4700")
    QTest.keyClick(dialog.scan, Qt.Key.Key_Return)
    assert dialog.chosen is not None
    assert dialog.chosen.index == 42
    assert dialog.words.text().startswith("✓ Span gas 800 ppm")
    QTest.keyClicks(dialog.scan, "nobody knows")
    QTest.keyClick(dialog.scan, Qt.Key.Key_Return)
    assert "Add it" in dialog.words.text()
    click(dialog.add)
    assert dialog.form.lines["code"].text() == "nobody knows"


def test_a_standard_is_added_with_its_certificate_once_it_can_be_read(
    qtbot: QtBot, window: Window, dialog: StandardsDialog, stand_in: CalibrationStandIn, tmp_path: Path
) -> None:
    click(dialog.add)
    form = dialog.form
    assert [form.kind.itemData(place) for place in range(form.kind.count())] == ["co2_gas", "barometer"]
    for name, text in (("name", "Buffer 7"), ("value", "sieben"), ("unit", "pH"), ("person", "Ana")):
        form.lines[name].setText(text)
    form.lines["expanded_uncertainty"].setText("0,02")
    form.table.setPlainText("20 7.02\n25")
    click(form.save)
    assert form.rows["value"].error.text() == "⚠ “sieben” is not a number."
    assert form.rows["by_temperature"].error.text().startswith("⚠ Line 2: 2 numbers are needed")
    shoot(window, dialog, "standard-form")
    form.lines["value"].setText("7.00")
    form.table.setPlainText("20 7.02\n25 7.00")
    document = tmp_path / "buffer.pdf"
    document.write_bytes(b"%PDF what the maker certifies")
    form.files.take(document)
    qtbot.waitUntil(lambda: "buffer.pdf" in form.files.words.text(), timeout=WAIT_MS)
    stand_in.no = Problem(title="Bad", status=422, detail="a date is needed", code="x", field="expires")
    click(form.save)
    qtbot.waitUntil(lambda: form.rows["expires"].error.text() == "⚠ A date is needed.", timeout=WAIT_MS)
    click(form.save)
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 3, timeout=WAIT_MS)
    sent = stand_in.posted[-1][1]
    assert (sent["value"], sent["expanded_uncertainty"], sent["by_temperature"]) == (
        7.0, 0.02, ((20.0, 7.02), (25.0, 7.0))
    )  # fmt: skip
    assert [one["name"] for one in sent["files"]] == ["buffer.pdf"]
    assert dialog.words.text() == "✓ Buffer 7 is in the register: 7.00 ± 0.02 pH, ✓ Valid."


def test_who_corrects_one_field_changes_no_digit_of_the_others(
    qtbot: QtBot, dialog: StandardsDialog, stand_in: CalibrationStandIn
) -> None:
    steps = ((20.0, 11667.25), (25.0, 12880.4567))
    before = stand_in.standards[0].model_copy(update={"value": 12880.456789012, "by_temperature": steps})
    click(dialog.add)
    dialog.form.begin(("co2_gas",), before)
    dialog.form.lines["lot"].setText("7")
    dialog.form.lines["person"].setText("Ana")
    click(dialog.form.save)
    qtbot.waitUntil(lambda: stand_in.posted != [] and stand_in.posted[-1][1].get("lot") == "7", timeout=WAIT_MS)
    assert stand_in.posted[-1][1]["by_temperature"] == steps
    assert stand_in.posted[-1][1]["value"] == 12880.456789012


def test_one_is_corrected_or_withdrawn_by_a_new_entry(
    qtbot: QtBot, dialog: StandardsDialog, stand_in: CalibrationStandIn
) -> None:
    dialog.table.selectRow(1)
    click(dialog.correct)
    assert dialog.form.lines["name"].text() == "Span gas 800 ppm"
    dialog.form.lines["expires"].setText("2029-01-31")
    dialog.form.lines["person"].setText("Ana")
    click(dialog.form.save)
    qtbot.waitUntil(lambda: stand_in.posted != [] and stand_in.posted[-1][1].get("replaces") == 42, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: cells(dialog, 0)[3] == "2029-01-31", timeout=WAIT_MS)
    dialog.table.selectRow(0)
    click(dialog.withdraw)
    assert dialog.who.panel.reason.toPlainText() == "Ana"
    dialog.who.panel.reason.setPlainText("Bo")
    QTest.keyClick(dialog.who.panel.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: cells(dialog, 0)[4] == "⊘ Withdrawn", timeout=WAIT_MS)
    assert (stand_in.posted[-1][1]["withdrawn"], stand_in.posted[-1][1]["person"]) == (True, "Bo")


def test_an_imported_file_is_told_line_by_line(
    qtbot: QtBot,
    window: Window,
    dialog: StandardsDialog,
    stand_in: CalibrationStandIn,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "standards.csv"
    file.write_text("kind;name\n")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    click(dialog.bring_in)
    asked = dialog.who.panel
    QTest.keyClick(asked.reason, Qt.Key.Key_Return)
    assert asked.row.error.text() == "⚠ This is needed.", "nobody is no person"
    asked.reason.setPlainText("Ana")
    QTest.keyClick(asked.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(dialog.report.isVisible, timeout=WAIT_MS)
    said = [dialog.report.list.item(row).text() for row in range(dialog.report.list.count())]
    assert said == ["✕ Line 3: Not taken. value: a number is needed.", "✓ Line 2: Taken."]
    assert stand_in.posted[-1][1]["person"] == "Ana"
    shoot(window, dialog, "standards-import")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert dialog.scan.isVisible()


def test_a_standard_that_was_begun_is_thrown_away_at_the_second_wish_only(
    dialog: StandardsDialog, stand_in: CalibrationStandIn
) -> None:
    click(dialog.add)
    form = dialog.form
    form.lines["name"].setText("Buffer 7")
    QTest.keyClick(form.lines["name"], Qt.Key.Key_Escape)
    assert form.isVisible()
    assert form.words.text() == LEAVE_WORDS
    form.lines["lot"].setText("4711")
    assert form.words.text() == "", "who types on keeps it"
    dialog.reject()
    assert dialog.isVisible()
    click(form.cancel)
    assert not form.isVisible()
    dialog.table.selectRow(0)
    click(dialog.correct)
    QTest.keyClick(form.lines["name"], Qt.Key.Key_Escape)
    assert not form.isVisible(), "nothing was typed"
    click(dialog.withdraw)
    QTest.keyClick(dialog.who.panel.reason, Qt.Key.Key_Escape)
    assert not dialog.who.isVisible()
    assert not any(path == "POST standards" for path, _ in stand_in.posted)


def test_keys_alone_go_from_part_to_part_and_press_what_they_stand_on(dialog: StandardsDialog) -> None:
    dialog.scan.setFocus()
    seen: list[object] = []
    for _ in range(12):
        focus: object = dialog.focusWidget()
        assert isinstance(focus, QWidget)
        seen.append(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    assert {dialog.scan, dialog.table, dialog.add, dialog.bring_in, dialog.close_button} <= set(seen)
    dialog.add.setFocus()
    QTest.keyClick(dialog.add, Qt.Key.Key_Return)
    assert dialog.form.isVisible()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    dialog.close_button.setFocus()
    QTest.keyClick(dialog.close_button, Qt.Key.Key_Return)
    assert not dialog.isVisible()
