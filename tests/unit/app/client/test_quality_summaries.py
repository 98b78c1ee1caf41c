# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A long period's summaries are not all kept: the latest hours are, and how many are left out is told."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.client import quality_desk
from app.pages.quality_hours import HoursView
from edge_daemon.api.messages_summaries import SummariesReply
from tests.unit.app.client.quality_page_stand_in import QualityPageStandIn, hour
from tests.unit.app.client.stand_in import serving
from tests.unit.app.client.test_session import WAIT_MS, session_on

FIRST = 490_000


def test_the_latest_hours_are_kept_whatever_order_they_were_summarised_in(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality_desk, "MOST_HOURS", 5)
    told = [hour("meter", FIRST + number) for number in (7, 3, 4, 1, 0, 6, 5, 2, 8)]
    stand_in = QualityPageStandIn(tmp_path, hours=told)
    stand_in.page = 2
    found: list[tuple[SummariesReply, int]] = []
    view = HoursView()
    qtbot.addWidget(view)
    with session_on(stand_in.home) as session, serving(stand_in):
        session.start()
        qtbot.waitUntil(lambda: bool(session.sensors), timeout=WAIT_MS)
        session.quality.summaries("", "", "", lambda *reply: found.append(reply), lambda _: None)
        qtbot.waitUntil(lambda: bool(found), timeout=WAIT_MS)
    ((reply, left_out),) = found
    latest = {hour("meter", FIRST + number).summary.hour for number in range(4, 9)}
    assert {one.summary.hour for one in reply.summaries} == latest
    assert (left_out, reply.complete) == (4, True)
    view.show_summaries(reply, {}, left_out)
    assert "4 earlier hours of this period are left out" in view.words.text()
    view.show_summaries(reply, {})
    assert "left out" not in view.words.text()
