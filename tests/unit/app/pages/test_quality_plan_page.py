# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The plan on the quality page against a real server: drafted, refused at its fields, written."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.pages.window import Window
from tests.unit.app.client.quality_page_stand_in import PARAMETER, QualityPageStandIn
from tests.unit.app.client.test_session import WAIT_MS
from tests.unit.app.pages.quality_window import (
    agree,
    click,
    day_of_hours,
    line,
    pick,
    quality_window,
    refuse,
    settle,
    shoot_dialog,
)


@pytest.fixture
def stand_in(tmp_path: Path) -> QualityPageStandIn:
    return day_of_hours(tmp_path)


@pytest.fixture
def window(qtbot: QtBot, stand_in: QualityPageStandIn) -> Iterator[Window]:
    yield from quality_window(qtbot, stand_in)


def test_a_plan_is_drafted_asked_back_written_and_refused_at_its_field(
    qtbot: QtBot, window: Window, stand_in: QualityPageStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, view = window.quality, window.quality.plan
    questions = agree(monkeypatch)
    page.show_part(view)
    qtbot.waitUntil(lambda: "There is no plan yet" in view.head.text(), timeout=WAIT_MS)
    assert not view.write.isEnabled()
    click(view.add)
    dialog = view.dialog
    assert dialog is not None
    form = dialog.form
    click(dialog.take)
    assert form.rows["parameter"].error.text() == "⚠ This is needed."
    pick(dialog.sensor, "meter")
    line(form, "parameter").setText("Electricity exported")
    line(form, "unit").setText("kWh")
    line(form, "accuracy").setText("class 0.2S")
    line(form, "responsible").setText("Ana Lima")
    assert form.rows["counts"].isHidden()
    dialog.has_factor.setChecked(True)
    assert not form.rows["counts"].isHidden()
    for name, text in (("name", "eGRID2023 CAMX"), ("kilograms_per_kilowatt_hour", "0.194348"), ("date", "2025-06-12")):
        line(form, f"factor_{name}").setText(text)
    click(dialog.take)
    assert "needed" in form.rows["factor_source"].error.text()
    line(form, "factor_source").setText("US EPA, eGRID2023 rev 2")
    line(form, "calibration_interval_days").setText("1095")
    qtbot.waitUntil(form.rows["factor_source"].isVisible, timeout=WAIT_MS)
    shoot_dialog(dialog, "quality-plan-form")
    click(dialog.take)
    assert "draft" in view.head.text()
    view.person.setText("Ana Lima")
    stand_in.refusal = refuse("parameters.0.factor.date", "A date like 2025-06-12 is needed.")
    click(view.write)
    assert "＋ Meter at the gate, active_power: Electricity exported" in questions[-1]
    qtbot.waitUntil(lambda: view.dialog is not None and view.dialog is not dialog, timeout=WAIT_MS)
    again = view.dialog
    assert again is not None
    assert "A date like 2025-06-12" in again.form.rows["factor_date"].error.text()
    again.reject()
    stand_in.refusal = None
    click(view.write)
    qtbot.waitUntil(lambda: "Plan in force since" in view.head.text(), timeout=WAIT_MS)
    assert stand_in.posted[-1][1]["parameters"] == [PARAMETER]
    assert not view.write.isEnabled()
    view.table.choose(0)
    settle(window, "quality-plan")
    click(view.remove)
    assert not view.write.isEnabled(), "a plan of nothing cannot be written"
    click(view.give_up)
    assert len(view.table.rows) == 1


def test_a_tree_is_planned_with_its_equation_and_only_for_millimetres(
    qtbot: QtBot, window: Window, stand_in: QualityPageStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, view = window.quality, window.quality.plan
    agree(monkeypatch)
    page.show_part(view)
    qtbot.waitUntil(lambda: "There is no plan yet" in view.head.text(), timeout=WAIT_MS)
    click(view.add)
    dialog = view.dialog
    assert dialog is not None
    form = dialog.form
    for name, text in (("parameter", "Stem growth"), ("accuracy", "0.05 mm"), ("responsible", "Ana Lima")):
        line(form, name).setText(text)
    dialog.sensor.setEditText("oak")
    dialog.channel.setEditText("diameter")
    assert form.rows["tree"].isHidden()
    line(form, "unit").setText("mm")
    assert not form.rows["tree"].isHidden()
    assert form.rows["tree_equation"].isHidden()
    dialog.tree.wanted.setChecked(True)
    assert form.rows["tree_stress"].isHidden()
    pick(dialog.tree.equation, "jenkins")
    assert form.rows["tree_height_m"].isHidden()
    assert not form.rows["tree_group"].isHidden()
    pick(dialog.tree.equation, "chave_4")
    given = {"diameter_cm": "30", "reading_mm": "6,44", "measured": "2026-11-01", "source": "Chave et al. 2014"}
    for name, text in given.items():
        line(form, f"tree_{name}").setText(text)
    line(form, "tree_height_m").setText("tall")
    click(dialog.take)
    assert "not a number" in form.rows["tree_height_m"].error.text()
    assert "needed" in form.rows["tree_density_g_cm3"].error.text()
    line(form, "tree_height_m").setText("22")
    line(form, "tree_density_g_cm3").setText("0.6")
    shoot_dialog(dialog, "quality-plan-tree")
    click(dialog.take)
    assert "Chave et al. 2014, equation 4" in view.detail.text()
    view.person.setText("Ana Lima")
    stand_in.refusal = refuse("parameters.0.tree.measured", "A date like 2025-06-12 is needed.")
    click(view.write)
    qtbot.waitUntil(lambda: view.dialog is not None and view.dialog is not dialog, timeout=WAIT_MS)
    again = view.dialog
    assert again is not None
    assert "A date like 2025-06-12" in again.form.rows["tree_measured"].error.text()
    assert line(again.form, "tree_reading_mm").text() == "6.44"
    assert again.tree.wanted.isChecked()
    again.reject()
    stand_in.refusal = None
    click(view.write)
    qtbot.waitUntil(lambda: "Plan in force since" in view.head.text(), timeout=WAIT_MS)
    (planned,) = stand_in.posted[-1][1]["parameters"]
    assert planned["tree"] == {
        "equation": "chave_4", "group": "", "diameter_cm": 30.0, "reading_mm": 6.44, "measured": "2026-11-01",
        "source": "Chave et al. 2014", "height_m": 22.0, "density_g_cm3": 0.6, "root_shoot": 0.0,
        "carbon_fraction": 0.47,
    }  # fmt: skip
