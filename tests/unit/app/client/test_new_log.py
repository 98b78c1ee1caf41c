# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A recorder that comes back with another log: its indices start over, and nothing is skipped or shown twice."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from app.client.session import State
from edge_daemon.api.messages import Live
from tests.unit.app.client.stand_in import StandIn, serving
from tests.unit.app.client.test_session import WAIT_MS, session_on


def test_a_new_log_is_followed_from_its_first_entry(qtbot: QtBot, tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path)
    seen: list[float | None] = []
    begun: list[bool] = []

    def take(live: Live) -> None:
        seen.extend(reading.channels["co2"][1] for reading in live.readings)

    with session_on(tmp_path) as session:
        session.received.connect(take)
        session.log_begun.connect(lambda: begun.append(True))
        with serving(stand_in):
            session.start()
            qtbot.waitUntil(lambda: session.state is State.CONNECTED and bool(session.sensors), timeout=WAIT_MS)
            for value in range(400, 405):
                stand_in.record(value)
            qtbot.waitUntil(lambda: len(seen) == 5, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: session.state is State.LOST, timeout=WAIT_MS)
        stand_in.begin_log()
        for value in (500, 501):  # fewer than were seen of the log before
            stand_in.record(value)
        stand_in.drop = False
        with serving(stand_in):
            qtbot.waitUntil(lambda: len(seen) == 7, timeout=WAIT_MS)
            qtbot.waitUntil(lambda: session.latest["co2_1"].index == 1, timeout=WAIT_MS)
            stand_in.record(502)
            qtbot.waitUntil(lambda: len(seen) == 8, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: session.state is State.LOST, timeout=WAIT_MS)
        stand_in.drop = False
        with serving(stand_in):  # the same log again: nothing begins, nothing is repeated
            qtbot.waitUntil(lambda: session.state is State.CONNECTED, timeout=WAIT_MS)
            stand_in.record(503)
            qtbot.waitUntil(lambda: len(seen) == 9, timeout=WAIT_MS)
    assert seen == [400, 401, 402, 403, 404, 500, 501, 502, 503]
    assert begun == [True]
    assert stand_in.resumed_from == [0, 0, 3]
