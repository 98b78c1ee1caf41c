# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A whole sync: several destinations side by side, closed logs first, checks before the first reading, alarms."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from edge_daemon.buffer.closed import Closing, write_closing
from edge_daemon.domain.faults import DiskFull
from edge_daemon.home import Home
from sync.delivery import runs
from sync.delivery.books import Books
from sync.engine.drain import Patience
from sync.engine.logs import shelf_of
from sync.engine.meter import Progress
from sync.engine.pages import LogPages
from sync.engine.plan import plan
from sync.engine.room import room
from sync.engine.run import Job, Listener, Result, Sync
from sync.packets.item import Item
from sync.sinks.sink import Check, Chunk, Later, Outcome, Sink, Stopped, Waiting, Witness
from tests.unit.sync.recorded import T0, FakeSink, FarEnd, Recorded

OLD = "verifield/log/" + "01" * 16


def home_with_two_logs(folder: Path) -> tuple[Home, int]:
    home = Home(folder / "home")
    home.closed.mkdir()
    old = Recorded(OLD).begin()
    old.readings("a", old.sensor("a"), 20)
    file = old.write(home.closed / "01-1.sqlite3")
    write_closing(file, Closing(OLD, len(old.entries), "", "restored", "2026-11-20T00:00:00.000000000Z", damaged=False))
    new = Recorded(t_ns=T0 + 3_600 * 10**9).begin()
    new.readings("a", new.sensor("a"), 30)
    new.write(home.buffer)
    return home, 50


def sync(
    home: Home,
    sinks: dict[str, Sink],
    told: list[Progress] | None = None,
    alarms: list[str] | None = None,
    patience_s: float = 0.0,
) -> list[Result]:
    lock = threading.Lock()

    def hear(progress: Progress) -> None:
        with lock:
            (told if told is not None else []).append(progress)

    raised = alarms if alarms is not None else []
    listener = Listener(lambda _: None, lambda *_: None, hear, lambda _, words: raised.append(words))
    with Books(home.delivery) as books:
        run = Sync(books, shelf_of(home).logs, listener, threading.Event(), Patience(lambda: 0.5, patience_s))
        return run.run([Job(name, lambda _, sink=sink: sink) for name, sink in sinks.items()])  # type: ignore[misc]  # mypy cannot tell a lambda's default


def test_every_destination_gets_every_log_the_closed_one_first(tmp_path: Path) -> None:
    home, readings = home_with_two_logs(tmp_path)
    one, two, told = FarEnd(), FarEnd(), list[Progress]()
    results = sync(home, {"one": FakeSink(one), "two": FakeSink(two, size=3)}, told)
    assert [result.done for result in results] == [True, True]
    assert len(one.kept) == len(two.kept) == readings
    assert [reading.t_ns for reading in one.kept.values()] == sorted(reading.t_ns for reading in one.kept.values())
    assert all(progress.done <= progress.total for progress in told)
    assert {progress.total for progress in told if progress.state == "done"} == {readings}
    with Books(home.delivery) as books:
        assert {(run.destination, run.delivered, run.ending) for run in runs.newest(books)} == {
            ("one", readings, "done"),
            ("two", readings, "done"),
        }
        after = plan(books, "one", shelf_of(home).logs)
        before = plan(books, "three", shelf_of(home).logs)
    assert (after.readings, after.size_bytes) == (0, 0)
    assert (before.readings, before.size_bytes) == (readings, None)
    assert [item.oldest_ns for item in before.waiting] == [T0 + 10**9, T0 + 3_601 * 10**9]


def test_one_destination_that_stops_does_not_stop_the_other(tmp_path: Path) -> None:
    home, readings = home_with_two_logs(tmp_path)
    far = FarEnd()
    stopped, done = sync(
        home, {"bad": FakeSink(FarEnd(), lambda *_: Stopped("403", "Ask for rights.")), "good": FakeSink(far)}
    )
    assert (stopped.progress.state, stopped.progress.words, stopped.progress.remedy) == (
        "stopped",
        "403",
        "Ask for rights.",
    )
    assert done.done
    assert len(far.kept) == readings


def test_a_short_pause_of_the_link_counts_into_how_fast_it_is(tmp_path: Path) -> None:
    """What an hour of such a link brings is asked before a sync, not what it would bring without its pauses."""
    home, _ = home_with_two_logs(tmp_path)
    asked = []

    def away_once(chunk: Chunk, _: Sequence[Item]) -> Outcome | None:
        asked.append(chunk)
        return Later("away", after_s=0.6) if len(asked) == 2 else None

    [result] = sync(home, {"far": FakeSink(FarEnd(), away_once)}, patience_s=60.0)
    assert result.done
    with Books(home.delivery) as books:
        [run] = runs.newest(books)
    assert run.sending_s >= 0.6


def test_a_disk_that_is_full_by_now_is_told_as_the_end(tmp_path: Path) -> None:
    """What cannot be written to the books is heard all the same; with room again everything goes out."""
    home, readings = home_with_two_logs(tmp_path)
    full = threading.Event()

    class Full(Books):
        @contextmanager
        def changing(self) -> Iterator[sqlite3.Connection]:
            if full.is_set():
                raise DiskFull("no room to write delivery.sqlite3")
            with super().changing() as connection:
                yield connection

    far, told = FarEnd(), list[Progress]()
    sink = FakeSink(far, lambda *_: full.set())
    listener = Listener(lambda _: None, lambda *_: None, told.append, lambda *_: None)
    with Full(home.delivery) as books:
        run = Sync(books, shelf_of(home).logs, listener, threading.Event(), Patience(lambda: 0.5, 0.0))
        [result] = run.run([Job("far", lambda _: sink)])
    assert (told[-1].state, result.progress.state, result.error) == ("failed", "failed", None)
    assert "no room to write" in told[-1].words
    assert sync(home, {"far": FakeSink(far)})[0].done
    assert len(far.kept) == readings


class Picky(FakeSink):
    """Fails the check's second line."""

    def check(self, waiting: Waiting) -> Iterator[Check]:
        yield Check("Server", "passed", "It answers.")
        yield Check("Retention", "failed", f"{waiting.readings} would be dropped.", "Keep data longer.")


def test_nothing_is_sent_before_the_checks_passed(tmp_path: Path) -> None:
    home, _ = home_with_two_logs(tmp_path)
    far = FarEnd()
    [result] = sync(home, {"far": Picky(far)})
    assert (result.progress.state, result.progress.remedy) == ("stopped", "Keep data longer.")
    assert far.received == 0


def test_accounts_that_do_not_add_up_are_an_alarm(tmp_path: Path) -> None:
    home, _ = home_with_two_logs(tmp_path)
    sync(home, {"far": FakeSink(FarEnd())})
    with closing(sqlite3.connect(home.delivery)) as connection, connection:
        connection.execute("UPDATE cursor SET delivered = delivered + 3 WHERE origin = ?", (OLD,))
    [result] = sync(home, {"far": FakeSink(FarEnd())})
    assert len(result.alarms) == 1
    assert "-3 unaccounted for" in result.alarms[0]
    assert not result.done


def test_a_damaged_log_waits_for_its_salvage_and_the_others_go_on(tmp_path: Path) -> None:
    home, _ = home_with_two_logs(tmp_path)
    file = home.closed / "01-1.sqlite3"
    write_closing(file, Closing(OLD, 25, "", "damaged: x", "2026-11-20T00:00:00.000000000Z", damaged=True))
    shelf = shelf_of(home)
    assert [log.path for log in shelf.logs] == [home.buffer]
    assert "salvage" in shelf.troubles[0]


def test_the_room_is_told_from_the_last_days_growth(tmp_path: Path) -> None:
    log = Recorded().begin()
    cfg = log.sensor("a")
    for _ in range(300):
        log.reading("a", cfg, after_s=600)
    path = log.write(tmp_path / "buffer.sqlite3")
    with LogPages(path) as pages:
        told = room(path, pages)
    assert told.growth_bytes_per_day is not None
    # 144 readings a day at the size that the whole file gives each of them.
    assert 0.9 < told.growth_bytes_per_day / (path.stat().st_size / len(log.entries) * 145) < 1.1
    assert told.days is not None


class Flickering(FakeSink):
    """The network goes away after the check's first line, comes back, and stays."""

    def __init__(self, far: FarEnd, failures: list[int]) -> None:
        super().__init__(far)
        self.failures = failures

    def check(self, waiting: Waiting) -> Iterator[Check]:
        failing = self.failures.pop(0) if self.failures else -1
        for number, title in enumerate(["Server", "Token"]):
            yield Check(title, "failed" if number == failing else "passed", "", temporary=number == failing)
            if number == failing:
                return


def test_a_network_that_goes_away_between_two_checks_is_waited_for(tmp_path: Path) -> None:
    home, readings = home_with_two_logs(tmp_path)
    far = FarEnd()
    [result] = sync(home, {"far": Flickering(far, [1, 0])}, patience_s=60.0)
    assert result.done
    assert len(far.kept) == readings


def test_what_goes_out_again_after_a_break_is_counted_once_and_told(tmp_path: Path) -> None:
    home, readings = home_with_two_logs(tmp_path)
    far, told, breaks = FarEnd(), list[Progress](), [True]

    def answer(chunk: Chunk, _: Sequence[Item]) -> Outcome | None:
        if chunk.first > 20 and len(far.kept) > 30 and breaks and breaks.pop():
            far.crash()
            return Later("the server went away", 0.0, unclean=True)
        return None

    [result] = sync(home, {"far": FakeSink(far, answer)}, told, patience_s=60.0)
    assert result.done
    assert (result.progress.done, result.progress.total, result.progress.again) == (readings, readings, 0)
    assert far.received > readings
    assert max(progress.again for progress in told) > 0
    with Books(home.delivery) as books:
        assert [run.delivered for run in runs.newest(books)] == [readings]


class _Broken(FakeSink):
    def witness(self, known: str, cancelled: threading.Event) -> Witness | Later | Stopped:
        raise ZeroDivisionError


def test_a_fault_of_the_program_at_one_destination_lets_the_others_end(tmp_path: Path) -> None:
    home, readings = home_with_two_logs(tmp_path)
    far, told = FarEnd(), list[Progress]()
    bad, good = sync(home, {"bad": _Broken(FarEnd()), "good": FakeSink(far)}, told)
    assert isinstance(bad.error, ZeroDivisionError)
    assert (bad.progress.state, bad.progress.words) == ("failed", "this program has a fault of its own")
    assert not bad.done
    assert good.done
    assert len(far.kept) == readings


@pytest.mark.parametrize(
    ("line", "looks", "state"),
    [
        (Check("Broker", "failed", "wrong password", "Enter it again."), 1, "stopped"),
        (Check("Broker", "failed", "no network", temporary=True), 2, "gave_up"),
        (Check("Broker", "failed", "too busy", temporary=True, answered=True), 2, "put_off"),
    ],
)
def test_only_what_is_temporary_is_tried_again_before_the_first_reading(
    tmp_path: Path, line: Check, looks: int, state: str
) -> None:
    home, _ = home_with_two_logs(tmp_path)
    looked: list[Check] = []

    class Sinks(FakeSink):
        def check(self, waiting: Waiting) -> Iterator[Check]:
            looked.append(line)
            yield line

    [result] = sync(home, {"broker": Sinks(FarEnd())}, patience_s=0.01)
    assert (result.progress.state, len(looked)) == (state, looks)
    assert line.words in result.progress.words


def test_a_log_that_was_closed_under_a_sync_gets_nothing_of_the_one_that_follows(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    old = Recorded(OLD).begin()
    old.readings("a", old.sensor("a"), 20)
    old.write(home.buffer)
    logs = shelf_of(home).logs
    home.buffer.rename(tmp_path / "old.sqlite3")
    new = Recorded().begin()
    new.readings("b", new.sensor("b"), 40)
    new.write(home.buffer)
    far = FarEnd()
    quiet = Listener(lambda *_: None, lambda *_: None, lambda *_: None, lambda *_: None)
    with Books(home.delivery) as books:
        run = Sync(books, logs, quiet, threading.Event(), Patience(lambda: 0.5, 0.0))
        [result] = run.run([Job("one", lambda _: FakeSink(far))])
    assert not far.kept
    assert result.progress.state == "put_off"
    assert result.progress.words.startswith("The log was closed meanwhile")


def test_readings_that_are_held_are_no_longer_expected(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    log = Recorded().begin()
    configuration = log.sensor("a")
    log.readings("a", configuration, 10)
    log.boot("boot-2", "untrusted")
    log.readings("a", configuration, 90)
    log.write(home.buffer)
    [result] = sync(home, {"far": FakeSink(FarEnd())})
    assert (result.progress.state, result.progress.done, result.progress.total) == ("done", 10, 10)
    with Books(home.delivery) as books:
        assert [item.held for item in plan(books, "far", shelf_of(home).logs).balances] == [90]


class _Unfinished(FakeSink):
    def close(self) -> Stopped:
        return Stopped("its file could not be finished", "Sync again.")


def test_what_was_delivered_and_is_of_no_use_yet_is_not_done(tmp_path: Path) -> None:
    home, _ = home_with_two_logs(tmp_path)
    [result] = sync(home, {"stick": _Unfinished(FarEnd())})
    assert (result.progress.state, result.progress.remedy) == ("stopped", "Sync again.")
    assert not result.done
