# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""From start to the first reading and to the first curve on the screen, with real processes, in the demo.

Seconds on whatever machine this is, to be compared with those of an earlier run on the same: nothing is demanded.
"""

import contextlib
import json
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.client.endpoint import home_folder, read_endpoint
from tests.support.processes import Child, running
from tests.support.waiting import wait_until

PATIENCE_S = 300.0
STAGES = ("window", "connected", "first_reading", "first_curve")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A demo's home; the recorder that a window started is ended with the test."""
    folder = home_folder(str(tmp_path / "home"), demo=True)
    yield folder
    endpoint = read_endpoint(folder)
    if endpoint is not None and psutil.pid_exists(endpoint.pid):
        recorder = psutil.Process(endpoint.pid)
        with contextlib.suppress(psutil.NoSuchProcess):
            recorder.send_signal(signal.SIGTERM)
            recorder.wait(PATIENCE_S)


@contextlib.contextmanager
def started(command: list[str | Path], tmp_path: Path, name: str) -> Iterator[Child]:
    environment = {"XDG_STATE_HOME": str(tmp_path / "state"), "QT_QPA_PLATFORM": "offscreen"}
    with running(command, output=tmp_path / name, environment=environment) as child:
        yield child


def has_reading(home: Path, child: Child) -> bool:
    """Whether the recorder answers and has recorded something."""
    assert child.running, child.said()[-2000:]
    endpoint = read_endpoint(home)
    if endpoint is None:
        return False
    request = urllib.request.Request(
        endpoint.url + "/api/sensors", headers={"Authorization": f"Bearer {endpoint.token}"}
    )
    with contextlib.suppress(OSError), urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        sensors: list[dict[str, Any]] = json.load(answer)
        return any(sensor["latest"] for sensor in sensors)
    return False


def test_from_the_start_of_the_recorder_to_the_first_reading(
    home: Path, tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    begun = time.monotonic()
    command: list[str | Path] = [sys.executable, "-m", "edge_daemon", "run", "--demo", "--home", tmp_path / "home"]
    with started(command, tmp_path, "recorder") as child:
        wait_until(lambda: read_endpoint(home), seconds=PATIENCE_S, what="the recorder to answer")
        answering = time.monotonic() - begun
        wait_until(lambda: has_reading(home, child), seconds=PATIENCE_S, what="a reading")
        reading = time.monotonic() - begun
        memory_mb = psutil.Process(child.pid).memory_info().rss / 2**20
        assert child.interrupt() == 0, child.said()[-2000:]
    record_property("recorder_answers_s", round(answering, 2))
    record_property("recorder_first_reading_s", round(reading, 2))
    record_property("recorder_memory_mb", round(memory_mb))
    with capsys.disabled():
        print(
            f"\nrecorder: answers after {answering:.1f} s, first reading after {reading:.1f} s; {memory_mb:.0f} MB then"
        )


def test_from_the_start_of_the_window_to_the_first_curve(
    home: Path, tmp_path: Path, record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    probe = Path(__file__).with_name("start_probe.py")
    told: dict[str, dict[str, float]] = {}
    for turn in ("starting a recorder", "finding one"):
        with started([sys.executable, probe, home], tmp_path, turn) as child:
            assert child.wait(seconds=PATIENCE_S) == 0, child.said()[-2000:]
            lines = (line.split() for line in child.said().splitlines())
            told[turn] = {line[0]: float(line[1]) for line in lines if len(line) == 2 and line[0] in STAGES}
        assert set(told[turn]) == set(STAGES)
        for stage, seconds in told[turn].items():
            record_property(f"window_{turn.replace(' ', '_')}_{stage}_s", round(seconds, 2))
    with capsys.disabled():
        for turn, stages in told.items():
            said = ", ".join(f"{stage.replace('_', ' ')} {stages[stage]:.1f} s" for stage in STAGES)
            print(f"\nwindow, {turn}: {said}", end="")
        print()
