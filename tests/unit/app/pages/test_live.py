# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The live page against a real server: what lies in the past is fetched and drawn, and what is shown can be kept."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QInputDialog
from pytestqt.qtbot import QtBot

from app.client.times import seconds_of, text_of
from app.pages.live_marks import drawn_gaps
from app.pages.sureness_words import sureness_text
from app.pages.window import Window
from app.widgets.strip_chart import StripChart
from edge_daemon.api.messages import GapMessage, LiveEvent
from edge_daemon.api.messages_coverage import ReadingUncertainty
from tests.unit.app.client.stand_in import AIR, START_NS, StandIn, sensor, serving
from tests.unit.app.client.test_session import WAIT_MS, session_on
from tests.unit.app.pages.test_window import show

START = START_NS / 1e9


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


@pytest.fixture
def window(qtbot: QtBot, stand_in: StandIn) -> Iterator[Window]:
    with session_on(stand_in.home) as session, serving(stand_in):
        for shown in show(qtbot, stand_in, session):
            shown.show_page("live")
            yield shown


def gap(index: int, start: float, length: float, sensor_id: str = "co2_1", cause: str = "no_reply") -> dict[str, Any]:
    return {"index": index, "sensor_id": sensor_id, "start": text_of(start), "end": text_of(start + length),
            "expected": 1, "causes": [cause]}  # fmt: skip


def note(index: int, at: float, text: str) -> dict[str, Any]:
    return {"index": index, "time": text_of(at), "at": text_of(at), "text": text, "person": "Ana", "sensor_id": ""}


def is_in_view(chart: StripChart) -> bool:
    """Whether the picture has come to where the newest reading is."""
    newest = chart.sample_before("co2_1/co2", chart.view.end)
    return newest is not None and newest.t >= chart.view.start


def test_earlier_gaps_and_notes_are_drawn_in_the_stretch_shown(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    stand_in.gaps.append(gap(3, START - 5_000, 600, cause="unplugged"))
    stand_in.notes.append(note(4, START - 4_000, "Mast repainted"))
    chart = window.live.chart
    chart.show_span(START - 6_000, START - 3_000)

    def asked_for() -> bool:
        """It may have asked before, for what it showed at first, and the stand-in answers any question alike."""
        newest = [[query for what, query in stand_in.asked if what == path][-1:] for path in ("gaps", "notes")]
        return all(
            asked and seconds_of(asked[0]["since"]) <= START - 6_000 and seconds_of(asked[0]["until"]) >= START - 3_000
            for asked in newest
        )

    qtbot.waitUntil(asked_for, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: bool(chart.marks.gaps and chart.marks.annotations), timeout=WAIT_MS)
    shaded = chart.marks.gaps[0]
    assert (shaded.start, shaded.end) == (START - 5_000, START - 4_400)
    assert shaded.text == "Canopy CO₂: the sensor was unplugged (10 min 0 s)"
    assert shaded.keys == {"co2_1/co2", "co2_1/temperature"}
    assert [(mark.t, mark.text) for mark in chart.marks.annotations] == [(START - 4_000, "Ana: Mast repainted")]
    chart.set_crosshair(START - 4_700)
    assert "No readings: Canopy CO₂: the sensor was unplugged" in chart.crosshair_text()


def test_panning_asks_for_the_marks_of_the_new_stretch(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    chart = window.live.chart
    chart.show_span(START - 100, START)
    qtbot.waitUntil(lambda: any(what == "gaps" for what, _ in stand_in.asked), timeout=WAIT_MS)
    stand_in.gaps.append(gap(3, START - 800, 50))
    for _ in range(80):
        QTest.keyClick(chart, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: len(chart.marks.gaps) == 1, timeout=WAIT_MS)


def test_a_gap_that_ends_now_and_a_note_made_elsewhere_appear(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    stand_in.record(400)

    def fetched() -> bool:
        stretches = [query for what, query in stand_in.asked if what == "notes"]
        return bool(stretches) and seconds_of(stretches[-1]["since"]) < START < seconds_of(stretches[-1]["until"])

    qtbot.waitUntil(fetched, timeout=WAIT_MS)
    stand_in.gaps.append(gap(1, START - 60, 30))
    stand_in.events.append(LiveEvent(index=1, type="gap", sensor_id="co2_1", time=text_of(START)))
    stand_in.record(401)
    qtbot.waitUntil(lambda: len(window.live.chart.marks.gaps) == 1, timeout=WAIT_MS)


def test_more_than_a_page_of_gaps_is_fetched_whole(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    stand_in.gaps.extend(gap(number, START - 30_000 + 10 * number, 1) for number in range(2_500))
    chart = window.live.chart
    chart.show_span(START - 30_000, START)
    qtbot.waitUntil(lambda: bool(chart.marks.gaps), timeout=WAIT_MS)
    assert max(mark.end for mark in chart.marks.gaps) == START - 30_000 + 24_990 + 1
    afters = [query.get("after") for what, query in stand_in.asked if what == "gaps"]
    assert afters[-2:] == ["999", "1999"]


def test_gaps_too_near_to_tell_apart_become_one_for_each_sensor() -> None:
    sensors = {"co2_1": sensor("co2_1", name="A"), "b": sensor("b", name="B", channels=(AIR,))}
    messages = [
        GapMessage.model_validate(gap(n, START + 10 * n, 5, cause=c)) for n, c in enumerate(("no_reply", "bug"))
    ]
    messages += [GapMessage.model_validate(gap(9, START + 5, 1, "b")), GapMessage.model_validate(gap(10, 0, 1, "gone"))]
    merged = drawn_gaps(messages, sensors, 6)
    assert [(one.start - START, one.end - START) for one in merged] == [(0, 15), (5, 6)]
    assert merged[0].text.startswith("A: 2 gaps, the sensor did not answer, an error in Verifield itself")
    assert merged[1].keys == {"b/temperature"}
    assert len(drawn_gaps(messages, sensors, 4)) == 3


def test_picture_and_table_go_where_the_person_says(
    qtbot: QtBot, window: Window, stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.record(412.5)
    qtbot.waitUntil(lambda: "412 ppm" in window.live.chart.crosshair_text(), timeout=WAIT_MS)
    targets = {"PNG picture (*.png)": tmp_path / "chart.png", "CSV table (*.csv)": tmp_path / "chart.csv"}
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *asked: (str(targets[asked[3]]), asked[3]))
    for button in (window.live.picture_button, window.live.table_button):
        with qtbot.waitSignal(window.live.told, timeout=WAIT_MS) as told:
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert told.args[0].startswith("Saved: ")
    assert QImage(str(tmp_path / "chart.png")).width() > 400
    with (tmp_path / "chart.csv").open(encoding="utf-8", newline="") as file:
        assert ["Canopy CO₂: CO₂", "ppm", "412.5"] in [row[1:4] for row in csv.reader(file)]
    before = set(tmp_path.iterdir())
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    QTest.mouseClick(window.live.table_button, Qt.MouseButton.LeftButton)
    assert set(tmp_path.iterdir()) == before


def test_a_moment_is_annotated_where_the_person_points(
    qtbot: QtBot, window: Window, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    chart = window.live.chart
    monkeypatch.setattr(QInputDialog, "getMultiLineText", lambda *_: ("  Door opened \n", True))
    chart.show_span(START - 100, START)
    chart.set_crosshair(START - 30)
    stand_in.notes.append(note(7, START - 30, "Door opened"))  # what the recorder then has
    QTest.keyClick(chart, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: len(chart.marks.annotations) == 1, timeout=WAIT_MS)
    assert stand_in.posted == [("POST notes", {"text": "Door opened", "at": text_of(START - 30)})]
    monkeypatch.setattr(QInputDialog, "getMultiLineText", lambda *_: ("   ", True))
    QTest.keyClick(chart, Qt.Key.Key_A)
    monkeypatch.setattr(QInputDialog, "getMultiLineText", lambda *_: ("x", False))
    QTest.mouseClick(window.live.annotate_button, Qt.MouseButton.LeftButton)
    assert len(stand_in.posted) == 1


def test_a_trend_is_there_before_the_first_live_reading(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    tile = window.overview.tiles["co2_1"]
    qtbot.waitUntil(lambda: {value for _, value in tile.trend.points} >= {410.0, 415.0}, timeout=WAIT_MS)
    assert not stand_in.readings


def test_a_chart_with_every_curve_hidden_or_nothing_to_show_says_so(
    qtbot: QtBot, window: Window, stand_in: StandIn
) -> None:
    chart = window.live.chart
    chart.show_span(START + 50_000, START + 50_100)
    chart.refresh()
    assert "No readings in this stretch" in chart._toolbar.status.text()
    for key in ("co2_1/co2", "co2_1/temperature"):
        chart.set_shown(key, False)
    assert chart._all_hidden.isVisible()
    chart.set_shown("co2_1/co2", True)
    assert not chart._all_hidden.isVisible()


# ---- how sure -------------------------------------------------------------------------------------------------------


def sure(index: int, value: float | None, expanded: float | None, calibration: int | None) -> dict[str, Any]:
    known = {"raw": value, "value": value, "calibration": calibration, "expanded_uncertainty": expanded}
    co2 = {**known, "unit": "ppm", "factor": 2.0, "extrapolated": False, "words": ""}
    return {"sensor_id": "co2_1", "index": index, "time": text_of(START + 2 * index), "channels": {"co2": co2}}


def test_the_value_pointed_at_tells_how_sure_it_is(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    stand_in.more["sensors/co2_1/uncertainty"] = sure(0, 400.0, 33.2, 17)
    stand_in.record(400)
    chart = window.live.chart
    qtbot.waitUntil(lambda: is_in_view(chart), timeout=WAIT_MS)
    window.live.sure_button.click()
    beside = "CO₂: 400 ± 33 ppm (k = 2)"
    qtbot.waitUntil(lambda: any(one.endswith(beside) for one in chart.crosshair_text().splitlines()), timeout=WAIT_MS)
    assert "CO₂: 400 ± 33 ppm (k = 2), by the calibration of entry 17." in chart.crosshair_text()
    assert not chart.view.live, "what is looked at stands still"
    asked = [query for what, query in stand_in.asked if what == "sensors/co2_1/uncertainty"][-1]
    assert seconds_of(asked["from"]) < START < seconds_of(asked["to"])
    window.live.sure_button.click()
    assert "±" not in chart.crosshair_text()
    assert chart.view.live


@pytest.mark.parametrize("told", [sure(0, 399.0, 33.2, 17), sure(5, 400.0, 33.2, 17)], ids=["value", "time"])
def test_of_a_value_that_is_not_the_readings_nothing_is_said(
    qtbot: QtBot, window: Window, stand_in: StandIn, told: dict[str, Any]
) -> None:
    stand_in.more["sensors/co2_1/uncertainty"] = told
    stand_in.record(400)
    chart = window.live.chart
    qtbot.waitUntil(lambda: is_in_view(chart), timeout=WAIT_MS)
    window.live.sure_button.click()
    qtbot.waitUntil(lambda: "zoom in for ±" in chart.crosshair_text(), timeout=WAIT_MS)
    assert "± 33" not in chart.crosshair_text()
    assert "how sure" not in chart.crosshair_text()


def test_why_the_uncertainty_is_not_known_is_told(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    stand_in.more["sensors/co2_1/uncertainty"] = sure(0, 400.0, None, None)
    stand_in.record(400)
    chart = window.live.chart
    qtbot.waitUntil(lambda: chart.sample_before("co2_1/co2", START + 1e6) is not None, timeout=WAIT_MS)
    chart.set_crosshair(START)
    qtbot.waitUntil(lambda: "± not known, because no calibration" in chart.crosshair_text(), timeout=WAIT_MS)
    del stand_in.more["sensors/co2_1/uncertainty"]
    chart.set_crosshair(START + 0.0001)
    assert "not known" not in chart.crosshair_text(), "it was said of another moment"


def test_a_question_that_fails_says_why(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    stand_in.record(400)
    chart = window.live.chart
    qtbot.waitUntil(lambda: is_in_view(chart), timeout=WAIT_MS)
    window.live.sure_button.click()
    qtbot.waitUntil(lambda: "± not known, because sensors/co2_1/unc" in chart.crosshair_text(), timeout=WAIT_MS)


def test_the_panel_about_a_reading_tells_how_sure_its_values_are(
    qtbot: QtBot, window: Window, stand_in: StandIn
) -> None:
    stand_in.record(400)
    stand_in.more["sensors/co2_1/readings/0/uncertainty"] = sure(0, 400.0, None, 17)
    qtbot.waitUntil(lambda: "co2_1" in window._session.latest, timeout=WAIT_MS)
    panel = window.overview.why
    panel.ask(window._session.sensors["co2_1"], window._session.latest["co2_1"])
    words = "CO₂: ± not known, because the calibration of entry 17 states no uncertainty."
    qtbot.waitUntil(lambda: panel.sureness.text() == words, timeout=WAIT_MS)
    panel.close()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (sure(0, 812.34, 33.21, 17), "812 ± 33 ppm (k = 2), by the calibration of entry 17."),
        (sure(0, 1234567.8, 152.0, 17), "1234570 ± 150 ppm (k = 2), by the calibration of entry 17."),
        (sure(0, 812.34, 0.0, 17), "812.34 ± 0 ppm (k = 2), by the calibration of entry 17."),
        (sure(0, None, None, None), "no value"),
        (sure(0, 812.0, None, None), "± not known, because no calibration made this value."),
    ],
)
def test_how_sure_a_value_is_in_words(told: dict[str, Any], words: str) -> None:
    assert sureness_text(ReadingUncertainty.model_validate(told).channels["co2"]) == words


def test_a_value_beyond_its_calibrations_points_is_said_to_be_less_sure() -> None:
    told = ReadingUncertainty.model_validate(sure(0, 812.0, 33.0, 17)).channels["co2"]
    assert "less sure" in sureness_text(told.model_copy(update={"extrapolated": True}))
    assert "less sure" not in sureness_text(told)


def test_going_back_to_live_ends_the_closer_look(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    stand_in.record(400)
    live, chart = window.live, window.live.chart
    qtbot.waitUntil(lambda: is_in_view(chart), timeout=WAIT_MS)
    live.sure_button.click()
    assert chart.marks.crosshair is not None
    QTest.keyClick(chart, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: not live.sure_button.isChecked(), timeout=WAIT_MS)
    assert chart.marks.crosshair is None
