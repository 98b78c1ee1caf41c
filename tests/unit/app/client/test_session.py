# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The session against a real server: finds it, follows it, loses it and resumes without a hole."""

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from app.bootstrap import make_session
from app.client.endpoint import home_folder, read_endpoint
from app.client.session import Session, State
from edge_daemon.api.messages import Live, NewSensor, Problem
from tests.unit.app.client.stand_in import StandIn, serving

NO_DAEMON = (sys.executable, "-c", "raise SystemExit('no ports allowed')")
WAIT_MS = 60_000


@contextlib.contextmanager
def session_on(home: Path) -> Iterator[Session]:
    """A session that is taken apart in this thread: left to the collector, another thread might free Qt's objects."""
    session = make_session(home, NO_DAEMON)
    try:
        yield session
    finally:
        session.stop()
        session.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_a_lost_daemon_comes_back_without_a_hole(qtbot: QtBot, tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path)
    with session_on(tmp_path) as session:
        seen: list[int] = []

        def take(live: Live) -> None:
            seen.extend(one.index for one in live.readings)

        session.received.connect(take)
        with serving(stand_in):
            session.start()
            qtbot.waitUntil(lambda: session.state is State.CONNECTED, timeout=WAIT_MS)
            stand_in.record(400)
            stand_in.record(401)
            qtbot.waitUntil(lambda: seen == [0, 1], timeout=WAIT_MS)
        qtbot.waitUntil(lambda: session.state is State.LOST, timeout=WAIT_MS)
        stand_in.record(402)
        stand_in.record(403)
        stand_in.drop = False
        with serving(stand_in):  # at another port: the new endpoint.json is what tells
            qtbot.waitUntil(lambda: session.state is State.CONNECTED, timeout=WAIT_MS)
            qtbot.waitUntil(lambda: len(seen) >= 4, timeout=WAIT_MS)
    assert seen == [0, 1, 2, 3]
    assert stand_in.resumed_from == [0, 2]


def test_a_refusal_comes_back_as_the_problem(qtbot: QtBot, tmp_path: Path) -> None:
    stand_in = StandIn(tmp_path)
    stand_in.problem = Problem(title="This cannot be accepted", status=422, detail="port: taken", code="bad_input")
    with session_on(tmp_path) as session:
        refused: list[Problem] = []
        with serving(stand_in):
            session.start()
            qtbot.waitUntil(lambda: session.state is State.CONNECTED, timeout=WAIT_MS)
            session.add_sensor(NewSensor(sensor_id="a", model="m", port="p"), lambda: None, refused.append)
            qtbot.waitUntil(lambda: bool(refused), timeout=WAIT_MS)
    assert refused == [stand_in.problem]


def test_a_daemon_that_ends_at_its_start_is_told_with_its_words(qtbot: QtBot, tmp_path: Path) -> None:
    with session_on(tmp_path) as session:
        session.start()
        qtbot.waitUntil(lambda: session.state is State.FAILED, timeout=WAIT_MS)
        assert "no ports allowed" in session.words


def test_the_token_stays_on_this_computer(tmp_path: Path) -> None:
    endpoint = {"url": "http://192.0.2.1:80", "pid": 1, "token": "secret"}
    (tmp_path / "endpoint.json").write_text(json.dumps(endpoint))
    assert read_endpoint(tmp_path) is None
    (tmp_path / "endpoint.json").write_text(json.dumps({**endpoint, "url": "http://127.0.0.1:80"}))
    found = read_endpoint(tmp_path)
    assert found is not None
    assert "secret" not in repr(found)


def test_a_demo_has_a_folder_of_its_own(tmp_path: Path) -> None:
    assert home_folder(str(tmp_path / "x"), demo=False) == tmp_path / "x"
    assert home_folder(str(tmp_path / "x"), demo=True) == tmp_path / "x-demo"
