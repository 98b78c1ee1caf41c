# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A destination that asks to be left alone is: before the first reading, and by the syncs that nobody asked for."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from edge_daemon.home import Home
from edge_daemon.secrets.private_file import write_private
from sync.__main__ import app
from sync.delivery import runs
from sync.delivery.books import Books
from sync.engine.drain import Patience
from sync.engine.logs import shelf_of
from sync.engine.run import Job, Listener, Sync
from sync.sinks.sink import Check, Waiting
from tests.unit.sync.engine.test_run import home_with_two_logs, sync
from tests.unit.sync.recorded import FakeSink, FarEnd


class Busy(FakeSink):
    """Asks to be left alone for `after_s` each time it is checked, `times` times."""

    def __init__(self, far: FarEnd, after_s: float | None, times: int = 1_000_000) -> None:
        super().__init__(far)
        self.after_s, self.times, self.looks = after_s, times, 0

    def check(self, waiting: Waiting) -> Iterator[Check]:
        self.looks += 1
        if self.looks <= self.times:
            yield Check("Server", "failed", "429", "", temporary=True, answered=True, after_s=self.after_s)


class Clock(threading.Event):
    """Notes what is waited for, and does not wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        return self.is_set()


def test_what_it_asks_for_is_waited_before_the_first_reading(tmp_path: Path) -> None:
    home, readings = home_with_two_logs(tmp_path)
    far, clock = FarEnd(), Clock()
    quiet = Listener(lambda *_: None, lambda *_: None, lambda *_: None, lambda *_: None)
    with Books(home.delivery) as books:
        run = Sync(books, shelf_of(home).logs, quiet, clock, Patience(lambda: 0.5, 900.0))
        sink = Busy(far, 120.0, times=2)
        [result] = run.run([Job("far", lambda _: sink)])
    assert result.done
    assert len(far.kept) == readings
    assert clock.waits == [120.0, 120.0]


def test_without_a_time_it_is_asked_less_and_less_often(tmp_path: Path) -> None:
    home, _ = home_with_two_logs(tmp_path)
    clock = Clock()
    quiet = Listener(lambda *_: None, lambda *_: None, lambda *_: None, lambda *_: None)
    with Books(home.delivery) as books:
        run = Sync(books, shelf_of(home).logs, quiet, clock, Patience(lambda: 0.5, 900.0))
        sink = Busy(FarEnd(), None, times=5)
        run.run([Job("far", lambda _: sink)])
    assert clock.waits == [0.25, 0.5, 1.0, 2.0, 2.0]


def test_for_longer_than_one_wants_to_wait_it_ends_and_is_remembered(tmp_path: Path) -> None:
    home, _ = home_with_two_logs(tmp_path)
    sink = Busy(FarEnd(), 3_000.0)
    [result] = sync(home, {"far": sink}, patience_s=900.0)
    assert (result.progress.state, sink.looks, result.after_s) == ("put_off", 1, 3_000.0)
    assert "left alone until" in result.progress.words
    with Books(home.delivery) as books:
        assert 2_000 < runs.rest_s(books, "far") <= 3_000
        assert runs.rest_s(books, "another") == 0
    # Whoever syncs all the same is not kept from it, and then it is forgotten.
    [result] = sync(home, {"far": FakeSink(FarEnd())})
    assert result.done
    with Books(home.delivery) as books:
        assert runs.rest_s(books, "far") == 0


@pytest.mark.parametrize("automatic", [True, False])
def test_a_sync_that_nobody_asked_for_leaves_it_alone(tmp_path: Path, automatic: bool) -> None:
    home, _ = home_with_two_logs(tmp_path)
    stick = tmp_path / "stick"
    stick.mkdir()
    table = f'[destinations.stick]\nkind = "file"\nfolder = "{stick}"\n'
    write_private(home.path / "destinations.toml", table.encode())
    with Books(home.delivery) as books:
        runs.end(books, runs.begin(books, "stick"), "put_off", "", 3_000.0)
    ran = CliRunner().invoke(app, ["run", "--json", "--home", str(home.path), *(["--automatic"] if automatic else [])])
    assert ran.exit_code == (1 if automatic else 0), ran.output[-300:]
    [end] = [told for told in map(json.loads, ran.output.splitlines()) if told["event"] == "end"]
    assert end["state"] == ("put_off" if automatic else "done")
    assert (end["after_s"] > 2_000) == automatic
    assert bool(list(stick.iterdir())) != automatic
    assert Home(home.path).delivery.exists()
