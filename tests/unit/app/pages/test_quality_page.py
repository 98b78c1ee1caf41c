# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The quality page against a real server: what it shows of hours, claim, plan and limits, and what a person does."""

import csv
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QDateTimeEdit,
    QInputDialog,
    QLineEdit,
    QTabBar,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.client.times import text_of
from app.pages.quality_hours import HoursView
from app.pages.window import Window
from app.theme.palette import ThemeName
from edge_daemon.api.messages_quality import AnomaliesReply, AnomalyMessage, WaitingMessage
from edge_daemon.api.messages_summaries import SummariesReply
from tests.unit.app.client.quality_page_stand_in import QualityPageStandIn, amendment, hour, preview
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


# ---- hours, claim, gaps ---------------------------------------------------------------------------------------------


def test_hours_of_the_last_day_stand_newest_first_and_can_be_saved(
    qtbot: QtBot, window: Window, stand_in: QualityPageStandIn, tmp_path: Path
) -> None:
    view = window.quality.hours
    qtbot.waitUntil(lambda: len(view.table.rows) == 24, timeout=WAIT_MS)
    first = view.table.rows[0]
    assert first[1:6] == ("Meter at the gate", "95 %", "1.00", "✓ high 0.92", "14.310 ± 0.042 kW")
    assert first[6:] == ("12.9 … 15.8", "14.2", "2.76", "1, 3 min")
    assert view.table.rows[1][2:5] == ("40 %", "1.00", "✕ none")
    view.table.setFocus()
    QTest.keyClick(view.table, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: "the sensor was unplugged" in view.detail.toPlainText(), timeout=WAIT_MS)
    query = dict(next(query for what, query in stand_in.asked if what == "summaries"))
    assert query["since"].endswith(":00:00.000000Z")
    pick(window.quality.period.sensor, "co2_1")
    qtbot.waitUntil(lambda: "No hour of this period" in view.words.text(), timeout=WAIT_MS)
    pick(window.quality.period.sensor, "")
    qtbot.waitUntil(lambda: len(view.table.rows) == 24, timeout=WAIT_MS)
    with qtbot.waitSignal(view.told, timeout=WAIT_MS):
        view.save_table(tmp_path / "hours.csv")
    with (tmp_path / "hours.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert (len(rows), rows[0]["mean"], rows[0]["energy_kwh"]) == (24, "14.31", "14.2")
    assert (rows[0]["score"], rows[0]["capped_suspect"], rows[0]["capped_by_coverage"]) == ("1.0", "2", "no")
    assert rows[0]["rules"] == "4.3/2"
    assert "unplugged" in rows[0]["gaps"]
    for name in ThemeName:
        window.colour(name)
        settle(window, f"quality-hours-{name.value}")


@pytest.mark.parametrize(("basis", "told"), [("counter", "energy_total"), ("power", "active_power")])
def test_the_saved_table_tells_an_hours_energy_once(qtbot: QtBot, tmp_path: Path, basis: str, told: str) -> None:
    """So that whoever adds the column up has the energy once, though both power and counter have a row."""
    one = hour("meter", 495_000).summary
    assert one.energy is not None
    energy = replace(one.energy, basis=basis, channels=("active_power", "energy_total"))  # type: ignore[arg-type]  # one of both
    power = one.channels["active_power"]
    both = hour("meter", 495_000, energy=energy, channels={"active_power": power, "energy_total": power})
    view = HoursView()
    qtbot.addWidget(view)
    view.show_summaries(SummariesReply(complete=True, summaries=(both,)), {})
    with qtbot.waitSignal(view.told, timeout=WAIT_MS):
        view.save_table(tmp_path / "hours.csv")
    view.writer.wait()
    with (tmp_path / "hours.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["channel"], row["energy_kwh"], row["avoided_kg_co2"]) for row in rows if row["energy_kwh"]] == [
        (told, "14.2", "2.7597")
    ]
    assert len(rows) == 2


def test_hours_that_fill_several_pages_are_all_there(
    qtbot: QtBot, window: Window, stand_in: QualityPageStandIn
) -> None:
    qtbot.waitUntil(lambda: len(window.quality.hours.table.rows) == 24, timeout=WAIT_MS)
    stand_in.page = 7
    stand_in.asked.clear()
    click(window.quality.period.again)
    following = [{"after": "7"}, {"after": "14"}, {"after": "21"}]

    def followed() -> bool:
        asked = [dict(query) for what, query in stand_in.asked if what == "summaries"]
        return all(any(one.items() <= query.items() for query in asked) for one in following)

    qtbot.waitUntil(followed, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: len(window.quality.hours.table.rows) == 24, timeout=WAIT_MS)
    assert len({row[0] for row in window.quality.hours.table.rows}) == 24


def test_a_refused_question_says_why(qtbot: QtBot, window: Window, stand_in: QualityPageStandIn) -> None:
    page = window.quality
    page.show_part(page.claim)
    qtbot.waitUntil(lambda: page.claim.claim.text().startswith("✓ May be claimed"), timeout=WAIT_MS)
    assert page.claim.table.rows[0][:4] == ("Meter at the gate", "active_power", "1,368 of 1,440", "95%")
    assert page.claim.table.rows[0][4:6] == ("1.00", "0.92")
    assert page.claim.table.rows[0][8] == "48 suspect: ≤ 0.69"
    settle(window, "quality-claim")
    stand_in.refusal = refuse("until", "It must be later than since.")
    pick(page.period.span, 0)
    qtbot.waitUntil(lambda: "later than since" in page.claim.claim.text(), timeout=WAIT_MS)
    assert not page.claim.table.isVisible()


def test_gaps_and_anomalies_of_the_period_up_to_now(qtbot: QtBot, window: Window, stand_in: QualityPageStandIn) -> None:
    now = time.time()
    stand_in.gaps.append({"index": 4, "sensor_id": "meter", "start": text_of(now - 900), "end": text_of(now - 600),
                          "expected": 5, "causes": ["unplugged", "no_reply"]})  # fmt: skip
    began = AnomalyMessage(rule="irradiance_without_power", event="begin", sensors=("meter",), index=20,
                           text="The sun shines and no power comes.", time=text_of(now - 7_200))  # fmt: skip
    ended = began.model_copy(update={"event": "end", "index": 25, "time": text_of(now - 3_600)})
    still = began.model_copy(update={"index": None, "time": text_of(now - 60)})
    stand_in.anomalies = AnomaliesReply(present=(still,), past=(began, ended, still.model_copy(update={"index": 30})))
    page = window.quality
    page.show_part(page.gaps)
    qtbot.waitUntil(lambda: len(page.gaps.gaps.rows) == 1 and len(page.gaps.anomalies.rows) == 2, timeout=WAIT_MS)
    assert page.gaps.gaps.rows[0][3:] == ("5 min 0 s", "5", "the sensor was unplugged, the sensor did not answer")
    assert [row[0] for row in page.gaps.anomalies.rows] == ["▲ open", "○ past"]
    assert page.gaps.anomalies.rows[1][2] == text_of(now - 3_600)[:19].replace("T", " ")
    page.gaps.anomalies.choose(0)
    assert page.gaps.detail.text().endswith("The sun shines and no power comes.")
    page.gaps.gaps.choose(0)
    assert page.gaps.detail.text().endswith("the sensor was unplugged, the sensor did not answer")
    settle(window, "quality-gaps")


# ---- amendments -----------------------------------------------------------------------------------------------------


def test_an_amendment_is_written_only_after_what_it_changes_was_seen(
    qtbot: QtBot, window: Window, stand_in: QualityPageStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, view = window.quality, window.quality.amendments
    questions = agree(monkeypatch)
    page.show_part(view)
    qtbot.waitUntil(lambda: "No amendment" in view.words.text(), timeout=WAIT_MS)
    click(view.add)
    dialog = view.dialog
    assert dialog is not None
    pick(dialog.kind, "value_correction")
    pick(dialog.sensors, "meter")
    pick(dialog.channels, "active_power")
    assert dialog.form.rows["offset_us"].isHidden()
    line(dialog.form, "from").setText("2026-11-23 08:00")
    line(dialog.form, "to").setText("yesterday")
    line(dialog.form, "gain").setText("2")
    line(dialog.form, "offset").setText("0")
    click(dialog.look)
    assert "A time such as" in dialog.form.rows["to"].error.text()
    assert "needed" in dialog.form.rows["evidence"].error.text()
    line(dialog.form, "to").setText("2026-11-23 08:30")
    dialog.evidence.setPlainText("The current transformer's ratio was set to half.")
    line(dialog.form, "person").setText("Ana Lima")
    assert not dialog.write.isEnabled()
    stand_in.refusal = refuse("channels", "Channels of these sensors are co2.")
    click(dialog.look)
    qtbot.waitUntil(lambda: "Channels of these" in dialog.form.rows["channels"].error.text(), timeout=WAIT_MS)
    stand_in.refusal = None
    click(dialog.look)
    qtbot.waitUntil(dialog.write.isEnabled, timeout=WAIT_MS)
    seen = dialog.seen.toPlainText()
    assert seen.startswith("57 readings change, within entries 10 to 90.")
    assert "recorded 14.3 ✓ good  →  then 28.6 ✓ good, in kW" in seen
    shoot_dialog(dialog, "quality-amend")
    line(dialog.form, "gain").setText("3")
    assert not dialog.write.isEnabled(), "what was seen was of another gain"
    line(dialog.form, "gain").setText("2")
    click(dialog.look)
    qtbot.waitUntil(dialog.write.isEnabled, timeout=WAIT_MS)
    click(dialog.write)
    assert "57 readings change" in questions[-1]
    qtbot.waitUntil(lambda: len(view.table.rows) == 1, timeout=WAIT_MS)
    what, body = stand_in.posted[-1]
    assert (what, body["from"], body["to"], body["last"]) == (
        "POST amendments", "2026-11-23T08:00:00.000000Z", "2026-11-23T08:30:00.000000Z", 90
    )  # fmt: skip
    assert (body["sensors"], body["channels"], body["gain"]) == (["meter"], ["active_power"], 2)
    assert "start" not in body


def test_what_waits_for_a_time_is_said_and_its_release_is_filled_in(
    qtbot: QtBot, window: Window, stand_in: QualityPageStandIn
) -> None:
    view = window.quality.amendments
    window.quality.show_part(view)
    qtbot.waitUntil(lambda: "No amendment" in view.words.text(), timeout=WAIT_MS)
    assert view.release.isHidden()
    shown = ("2026-11-07T10:58:20.000000000Z", "2026-11-07T11:58:20.000000000Z")
    stand_in.waiting = [
        WaitingMessage(first=9, last=77, readings=60, clock_from=shown[0], clock_to=shown[1], contradicts=True)
    ]
    view.ask()
    qtbot.waitUntil(lambda: not view.release.isHidden(), timeout=WAIT_MS)
    assert "60 readings, entries 9 to 77, wait for a time" in view.waiting_words.text()
    click(view.release)
    assert view.dialog is not None
    form = view.dialog.form
    assert view.dialog.kind.currentData() == "release_untrusted_time"
    assert (line(form, "first").text(), line(form, "last").text()) == ("9", "77")
    settle(window, "quality-release")


def test_an_amendment_that_changes_nothing_cannot_be_written(
    qtbot: QtBot, window: Window, stand_in: QualityPageStandIn
) -> None:
    stand_in.previewed = preview(0)
    window.quality.show_part(window.quality.amendments)
    click(window.quality.amendments.add)
    dialog = window.quality.amendments.dialog
    assert dialog is not None
    dialog.evidence.setPlainText("seen")
    line(dialog.form, "person").setText("Ana")
    click(dialog.look)
    qtbot.waitUntil(lambda: "No reading changes" in dialog.seen.toPlainText(), timeout=WAIT_MS)
    assert not dialog.write.isEnabled()


def test_an_amendment_is_withdrawn_with_a_reason_after_what_comes_back_was_seen(
    qtbot: QtBot, window: Window, stand_in: QualityPageStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.amendments = [amendment(55)]
    view = window.quality.amendments
    window.quality.show_part(view)
    qtbot.waitUntil(lambda: len(view.table.rows) == 1, timeout=WAIT_MS)
    view.table.choose(0)
    assert "The technician cleaned the terminals." in view.words.text()
    settle(window, "quality-amendments")
    answers = iter([("Ana Lima", True), ("It was another meter.", True)])
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: next(answers))
    questions = agree(monkeypatch)
    click(view.withdraw)
    qtbot.waitUntil(lambda: view.table.rows[-1][0] == "✕ replaced", timeout=WAIT_MS)
    assert "57 readings change" in questions[-1]
    assert stand_in.posted[-1][1] == {
        "kind": "withdrawal", "replaces": 55, "evidence": "It was another meter.", "person": "Ana Lima"
    }  # fmt: skip


# ---- limits ---------------------------------------------------------------------------------------------------------


def test_limits_are_set_refused_at_their_field_and_given_back(
    qtbot: QtBot, window: Window, stand_in: QualityPageStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = window.quality.limits
    window.quality.show_part(view)
    questions = agree(monkeypatch)
    qtbot.waitUntil(lambda: view.lines["plausible"].text() == "350 to 2000", timeout=WAIT_MS)
    assert view.form.rows["spike"].unit.text() == "ppm"
    assert (view.lines["flat_s"].text(), view.lines["flat_tolerance"].text()) == ("1800 to 3600", "0.5")
    assert view.lines["possible"].text() == view.lines["deviation_s"].text() == ""
    settle(window, "quality-limits")
    view.lines["spike"].setText("100")
    click(view.save)
    assert "2 numbers are needed" in view.form.rows["spike"].error.text()
    assert "needed" in view.form.rows["person"].error.text()
    view.lines["spike"].setText("500 to 100")
    view.lines["person"].setText("Ana Lima")
    stand_in.refusal = refuse("channels.co2.spike", "First what is suspect.")
    click(view.save)
    qtbot.waitUntil(lambda: "First what is suspect." in view.form.rows["spike"].error.text(), timeout=WAIT_MS)
    stand_in.refusal = None
    view.lines["spike"].setText("80 … 400")
    view.lines["flat_s"].setText("")
    click(view.save)
    qtbot.waitUntil(lambda: stand_in.limits["co2"].spike == (80, 400), timeout=WAIT_MS)
    assert "Canopy CO₂: CO₂" in questions[-1]
    sent = stand_in.posted[-1][1]
    assert sent["person"] == "Ana Lima"
    assert sent["channels"]["co2"]["flat_s"] is None
    assert view.lines["rate_per_s"].text() == "3.33333 to 20"
    assert sent["channels"]["co2"]["rate_per_s"] == [200 / 60, 20], "what nobody changed keeps the digits not shown"
    qtbot.waitUntil(view.back.isEnabled, timeout=WAIT_MS)
    click(view.back)
    qtbot.waitUntil(lambda: view.lines["spike"].text() == "100 to 500", timeout=WAIT_MS)
    assert stand_in.posted[-1][1] == {"channels": {"co2": None}, "person": "Ana Lima"}


def test_everything_on_it_is_large_enough_for_gloves(
    qtbot: QtBot, window: Window, stand_in: QualityPageStandIn
) -> None:
    page = window.quality
    for place in range(page.tabs.count()):
        page.tabs.setCurrentIndex(place)
        assert page.tabs.tabRect(place).height() >= 44
        for kind in (QAbstractButton, QComboBox, QLineEdit):
            for one in page.findChildren(kind):
                if one.isVisible() and not _is_part(one):
                    assert one.height() >= 44, (page.tabs.tabText(place), one.accessibleName())
    assert window.width() <= 1024
    assert window.height() <= 600


def _is_part(widget: QWidget) -> bool:
    """A corner or arrow of a table or a box, or the line in a box."""
    return isinstance(widget.parentWidget(), QComboBox | QTableView | QTabBar | QDateTimeEdit)
