# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the operator sees of quality: the badge on a tile, the panel that says why, the band under a plot."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.client.times import text_of
from app.pages.quality_words import MOST_GAPS, badge_lines, badge_text, gaps_text, why_text, worst_flag
from app.pages.window import Window
from app.theme.palette import ThemeName, palette_named
from edge_daemon.api.messages import GapMessage, Latest, LatestValue, Problem
from edge_daemon.domain.channel import Flag
from tests.unit.app.client.quality_stand_in import SLOW_CHANGE, QualityStandIn, explanation
from tests.unit.app.client.stand_in import START_NS, sensor, serving
from tests.unit.app.client.test_session import WAIT_MS, session_on
from tests.unit.app.pages.test_window import show

START = START_NS / 1e9


@pytest.fixture
def stand_in(tmp_path: Path) -> QualityStandIn:
    return QualityStandIn(tmp_path)


@pytest.fixture
def window(qtbot: QtBot, stand_in: QualityStandIn) -> Iterator[Window]:
    with session_on(stand_in.home) as session, serving(stand_in):
        yield from show(qtbot, stand_in, session)


def gap(index: int, start: float, length: float, cause: str = "unplugged") -> dict[str, Any]:
    return {"index": index, "sensor_id": "co2_1", "start": text_of(start), "end": text_of(start + length),
            "expected": 1, "causes": [cause]}  # fmt: skip


def latest(**flags: int) -> Latest:
    channels = {name: LatestValue(raw=1, value=1, flag=flag) for name, flag in flags.items()}
    return Latest(index=0, time=text_of(START), quality=1, channels=channels)


# ---- words ------------------------------------------------------------------------------------------------------


def test_the_badge_names_the_worst_flag_and_its_tests_only() -> None:
    one = sensor("a", failing={"co2": ("rate_of_change", "spike"), "temperature": ("flat_line",)})
    assert badge_text(one, latest(co2=3, temperature=1)) == "▲ suspect: changes too fast, a spike"
    assert badge_text(one, latest(co2=3, temperature=4)) == "✕ fail: does not change"
    assert badge_text(one, latest(co2=9, temperature=2)).startswith("– missing")
    assert badge_text(sensor("a"), latest(co2=2, temperature=1)) == "○ not evaluated"
    assert badge_text(one, latest(co2=1, temperature=1)) == badge_text(one, None) == ""
    calibrated = sensor("a", failing={"co2": ("calibration",), "temperature": ("calibration_overdue",)})
    assert badge_text(calibrated, latest(co2=4, temperature=3)) == "✕ fail: being calibrated"
    assert badge_text(calibrated, latest(co2=1, temperature=3)) == "▲ suspect: its calibration is overdue"
    lines = badge_lines(one, latest(co2=3, temperature=4))
    assert lines == "CO₂: suspect (changes too fast, a spike)\nTemperature: fail (does not change)"
    assert worst_flag(latest(co2=4, temperature=9)) is Flag.MISSING


def test_a_test_of_a_later_version_is_shown_as_the_recorder_names_it() -> None:
    assert badge_text(sensor("a", failing={"co2": ("new_test",)}), latest(co2=4)) == "✕ fail: new test"


def test_why_tells_what_changed_since() -> None:
    settled = explanation(5).channels["co2"].model_copy(update={"flag": 1})
    words = why_text(explanation(5, channels={"co2": settled}, original_time="2026-11-24T05:00:00Z"), sensor("a"))
    assert "Reading of 2026-11-24 06:00:00 UTC (recorded as 2026-11-24 05:00:00 UTC)" in words
    assert f"▲ CO₂: 900 ppm, suspect, recorded as good\n   {SLOW_CHANGE}" in words
    good = {"temperature": explanation(5).channels["temperature"]}
    assert why_text(explanation(5, channels=good), sensor("a")).endswith("Nothing speaks against it.")


def test_gaps_come_newest_first_and_the_rest_are_counted() -> None:
    found = [GapMessage.model_validate(gap(number, START + 100 * number, 60)) for number in range(MOST_GAPS + 3)]
    lines = gaps_text(found).splitlines()
    assert lines[0] == "2026-11-24 06:20:00 UTC to 2026-11-24 06:21:00 UTC (1 min 0 s): the sensor was unplugged"
    assert lines[-1] == "and 3 before these"
    assert len(lines) == MOST_GAPS + 1
    assert gaps_text(()) == "None."


# ---- tile and panel ---------------------------------------------------------------------------------------------


def test_the_badge_comes_and_goes_without_moving_anything(
    qtbot: QtBot, window: Window, stand_in: QualityStandIn
) -> None:
    tile = window.overview.tiles["co2_1"]
    stand_in.record(400)
    qtbot.waitUntil(lambda: tile.value.text() == "400", timeout=WAIT_MS)
    assert not tile.badge.isVisible()
    size = tile.size()
    stand_in.fail(co2=("rate_of_change",))
    stand_in.record_flagged(900, 3)
    window._session.refresh()
    qtbot.waitUntil(lambda: tile.badge.isVisible() and "fast" in tile.badge.whole, timeout=WAIT_MS)
    assert tile.badge.whole == "▲ suspect: changes too fast"
    assert tile.badge.accessibleName() == "▲ suspect: changes too fast"
    assert "suspect: changes too fast" in tile.accessibleName()
    assert tile.badge.toolTip() == "CO₂: suspect (changes too fast)"
    assert (tile.size(), tile.badge.height() >= 44) == (size, True)
    for name in ThemeName:
        window.colour(name)
        assert palette_named(name).suspect in tile.badge.styleSheet()
    stand_in.record(401)
    qtbot.waitUntil(lambda: not tile.badge.isVisible(), timeout=WAIT_MS)
    assert tile.size() == size


def test_a_press_on_the_badge_says_why_and_lists_the_gaps(
    qtbot: QtBot, window: Window, stand_in: QualityStandIn
) -> None:
    stand_in.gaps.append(gap(3, START - 5_000, 600))
    stand_in.record(400)
    stand_in.record_flagged(900, 3)
    tile, panel = window.overview.tiles["co2_1"], window.overview.why
    qtbot.waitUntil(tile.badge.isVisible, timeout=WAIT_MS)
    QTest.mouseClick(tile.badge, Qt.MouseButton.LeftButton)
    assert panel.isVisible()
    qtbot.waitUntil(lambda: SLOW_CHANGE in panel.reasons.text(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: "the sensor was unplugged" in panel.gaps.text(), timeout=WAIT_MS)
    assert stand_in.why_asked == [("co2_1", 1)]
    asked = [query for what, query in stand_in.asked if what == "gaps" and "sensor" in query]
    assert [query["sensor"] for query in asked] == ["co2_1"]
    assert "▲ CO₂: 900 ppm, suspect" in panel.reasons.text()
    assert "Temperature" not in panel.reasons.text()
    assert panel.windowTitle() == "Why? Canopy CO₂"
    QTest.mouseClick(panel.close_button, Qt.MouseButton.LeftButton)
    assert not panel.isVisible()


def test_a_refused_question_says_what_to_do(qtbot: QtBot, window: Window, stand_in: QualityStandIn) -> None:
    stand_in.refusal = Problem(
        title="Not found", status=404, detail="co2_1 has no reading there.", code="unknown", advice="Look again."
    )
    stand_in.record_flagged(None, 9)
    tile, panel = window.overview.tiles["co2_1"], window.overview.why
    qtbot.waitUntil(tile.badge.isVisible, timeout=WAIT_MS)
    QTest.keyClick(tile.badge, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "co2_1 has no reading there. Look again." in panel.reasons.text(), timeout=WAIT_MS)
    qtbot.waitUntil(lambda: panel.gaps.text() == "None.", timeout=WAIT_MS)


# ---- band -------------------------------------------------------------------------------------------------------


def test_live_flags_stand_in_the_band_under_their_plot(qtbot: QtBot, window: Window, stand_in: QualityStandIn) -> None:
    window.show_page("live")
    chart = window.live.chart
    for flag in (1, 3, 3, 1, 4, 1):
        stand_in.record_flagged(400, flag)

    def seen() -> list[tuple[float, float, Flag]]:
        chart.refresh()
        return [(run.start - START, run.end - START, run.flag) for run in chart.flag_runs("co2_1/co2")]

    qtbot.waitUntil(lambda: seen() == [(2, 6, Flag.SUSPECT), (8, 10, Flag.FAIL)], timeout=WAIT_MS)
    assert chart.flag_runs("co2_1/temperature") == ()
    chart.set_shown("co2_1/co2", False)
    assert seen() == []


def test_flags_of_the_past_and_gaps_stand_in_the_band(qtbot: QtBot, window: Window, stand_in: QualityStandIn) -> None:
    window.show_page("live")
    chart = window.live.chart
    stand_in.gaps.append(gap(3, START - 5_000, 600))
    chart.show_span(START - 8_000, START)
    qtbot.waitUntil(lambda: bool(chart.marks.gaps), timeout=WAIT_MS)

    def seen() -> list[tuple[float, float]]:
        chart.refresh()
        runs = chart.flag_runs("co2_1/co2")
        return [(run.start - START, run.end - START) for run in runs if run.flag is Flag.MISSING]

    qtbot.waitUntil(lambda: (-5_000, -4_400) in seen(), timeout=WAIT_MS)
    chart.set_history("co2_1/co2", [START - 7_200, START - 7_100], [400, 400], [401, 401], [4, 1])
    chart.refresh()
    first = chart.flag_runs("co2_1/co2")[0]
    assert (first.start - START, first.end - START, first.flag) == (-7_200, -7_100, Flag.FAIL)


def test_the_band_is_painted_in_the_colours_of_each_palette(
    qtbot: QtBot, window: Window, stand_in: QualityStandIn
) -> None:
    window.show_page("live")
    chart = window.live.chart
    for flag in (1, 4, 4, 4, 4, 1):
        stand_in.record_flagged(400, flag)
    chart.show_span(START, START + 10)
    qtbot.waitUntil(lambda: len(chart.flag_runs("co2_1/co2")) == 1, timeout=WAIT_MS)
    for name in ThemeName:
        window.colour(name)
        image = chart.picture().toImage()
        red = [
            y
            for y in range(image.height())
            if image.pixelColor(image.width() // 2, y).name() == palette_named(name).fail
        ]
        assert len(red) >= 8, name
