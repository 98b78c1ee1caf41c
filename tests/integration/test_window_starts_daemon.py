# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The window on a home without a recorder: it starts one that outlives it, and finds the same one the next time."""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from pytestqt.qtbot import QtBot

from app.bootstrap import make_session
from app.client.endpoint import home_folder, read_endpoint
from app.client.finder import daemon_command
from app.client.session import Session, State
from tests.support.qt_garbage import qt_objects_end_with_their_test
from tests.support.waiting import wait_until

WAIT_MS = 90_000

__all__ = ["qt_objects_end_with_their_test"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A demo's home; whatever recorder is there at the end is stopped by the process id it tells."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    folder = home_folder(str(tmp_path / "home"), demo=True)
    yield folder
    endpoint = read_endpoint(folder)
    if endpoint is not None and psutil.pid_exists(endpoint.pid):
        process = psutil.Process(endpoint.pid)
        with contextlib.suppress(ProcessLookupError):
            os.kill(endpoint.pid, signal.SIGTERM)
        with contextlib.suppress(psutil.NoSuchProcess):
            process.wait(30)


@contextlib.contextmanager
def session_on(home: Path) -> Iterator[Session]:
    session = make_session(home, daemon_command(home, demo=True))
    try:
        session.start()
        yield session
    finally:
        session.stop()
        session.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def test_the_recorder_it_starts_outlives_it_and_is_found_again(qtbot: QtBot, home: Path) -> None:
    states: list[State] = []
    with session_on(home) as session:
        session.state_changed.connect(states.append)
        qtbot.waitUntil(lambda: session.state is State.CONNECTED and bool(session.latest), timeout=WAIT_MS)
    assert states[0] is State.STARTING
    started = read_endpoint(home)
    assert started is not None
    recorder = psutil.Process(started.pid)
    assert os.getsid(started.pid) == started.pid != os.getsid(0)
    assert str(home.with_name("home")) in recorder.cmdline()
    with session_on(home) as session:
        states.clear()
        session.state_changed.connect(states.append)
        qtbot.waitUntil(lambda: session.state is State.CONNECTED and bool(session.latest), timeout=WAIT_MS)
        assert State.STARTING not in states
        assert recorder.is_running()
        assert read_endpoint(home) == started
        os.kill(started.pid, signal.SIGTERM)
        qtbot.waitUntil(lambda: session.state is State.LOST, timeout=WAIT_MS)
    wait_until(lambda: not _runs(started.pid), seconds=60, what="the recorder to end")


def test_a_recorder_that_is_killed_is_started_again(qtbot: QtBot, home: Path) -> None:
    with session_on(home) as session:
        qtbot.waitUntil(lambda: session.state is State.CONNECTED and bool(session.latest), timeout=WAIT_MS)
        first = read_endpoint(home)
        assert first is not None
        os.kill(first.pid, signal.SIGKILL)

        def is_back() -> bool:
            now = read_endpoint(home)
            return now is not None and now.pid != first.pid and session.state is State.CONNECTED

        qtbot.waitUntil(is_back, timeout=WAIT_MS)


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
