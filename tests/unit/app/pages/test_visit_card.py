# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The card on return sums up everything since the last visit, however much that is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.client.times import seconds_of, text_of
from app.pages.window import Window
from tests.unit.app.client.stand_in import START_NS, StandIn, serving
from tests.unit.app.client.test_session import WAIT_MS, session_on
from tests.unit.app.pages.test_window import show

START = START_NS / 1e9


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(tmp_path)


@pytest.fixture
def window(qtbot: QtBot, stand_in: StandIn) -> Iterator[Window]:
    with session_on(stand_in.home) as session, serving(stand_in):
        yield from show(qtbot, stand_in, session)


def visit(index: int, t: float) -> dict[str, Any]:
    return {"index": index, "time": text_of(t), "event": "start", "person": "A", "place": ""}


def gap(index: int, start: float, length: float) -> dict[str, Any]:
    return {"index": index, "sensor_id": "co2_1", "start": text_of(start), "end": text_of(start + length),
            "expected": 1, "causes": ["power_loss"]}  # fmt: skip


def test_beyond_a_thousand_gaps_and_visits(qtbot: QtBot, window: Window, stand_in: StandIn) -> None:
    stand_in.visits.extend(visit(number, START - 2_000_000 + number * 100) for number in range(1_500))
    stand_in.gaps.extend(gap(number, START - 60_000 + 20 * number, 2) for number in range(2_300))
    stand_in.gaps.append(gap(2_300, START - 7_000, 900))
    card = window.overview.card
    card.ask()
    qtbot.waitUntil(lambda: "2301 gaps:" in card.text.text(), timeout=WAIT_MS)
    lines = card.text.text().splitlines()
    assert "15 min 0 s without readings (the computer lost power or was restarted)" in lines[2]
    assert lines[-1].endswith("and 2297 shorter ones")
    since = [query["since"] for what, query in stand_in.asked if what == "gaps" and "until" not in query][-1]
    assert seconds_of(since) == START - 2_000_000 + 1_499 * 100


def test_the_card_shows_all_at_once(
    qtbot: QtBot, window: Window, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in.visits.append(visit(1, START - 2_000_000))
    stand_in.gaps.append(gap(2, START - 7_000, 900))
    card = window.overview.card
    said: list[str] = []
    monkeypatch.setattr(card.text, "setText", said.append)
    card.ask()
    qtbot.waitUntil(lambda: bool(said), timeout=WAIT_MS)
    assert "Recorded: Canopy CO₂" in said[0]
    assert "1 gap:" in said[0]
