# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The recorder's own parts on a clock that goes wrong: what its log says of time, what it shows, what it asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from edge_daemon.acquisition.clock import Instant, SystemClock
from edge_daemon.acquisition.clock_watch import ClockEvent, ClockState, ClockWatch, StateChanged
from edge_daemon.acquisition.feed import SensorFeed
from edge_daemon.acquisition.setup import Outputs
from edge_daemon.api.routes_projects import message_of
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.compose import Daemon, Options
from edge_daemon.domain.connection import Port, PortIdentity
from edge_daemon.domain.time import ns_from_rfc3339, rfc3339_from_ns
from edge_daemon.home import Home
from edge_daemon.instruments.driver import Sample
from edge_daemon.log.bodies import GapBody, NoteBody, from_json
from edge_daemon.log.clock_history import Reported
from edge_daemon.log.entry import Entry, EntryType, decode_entry
from edge_daemon.log.reported_time import ReportedTime, first_held
from edge_daemon.secrets.memory_store import MemoryStore
from edge_daemon.station.home_log import home_log, new_station, stamp_of
from edge_daemon.station.past import accounted, clock_history_of
from edge_daemon.station.sensors import SensorOrder
from edge_daemon.station.watch import Watch
from tests.support.logged_station import CO2
from tests.unit.edge_daemon.acquisition.fakes import polled

S = 1_000_000_000
HOUR_S = 3600
WEEK_S = 7 * 86_400
NOON = 1_795_000_000 * S
SENSOR = "s"


@dataclass
class FakeClock:
    """A computer's clocks, moved by the test. `true_ns` is UTC."""

    true_ns: int = NOON
    wall_ns: int = NOON
    boot_ns: int = 30 * S
    boots: int = 0
    follows: bool = True

    def now(self) -> Instant:
        return Instant(self.wall_ns, self.boot_ns // 1000, self.boot_ns)

    def boot_id(self) -> str:
        return f"boot-{self.boots}"

    def synchronised(self) -> bool:
        return self.follows

    def keeps_time_when_off(self) -> bool:
        return True

    def run(self, seconds: float) -> None:
        passed = round(seconds * S)
        self.true_ns, self.wall_ns, self.boot_ns = self.true_ns + passed, self.wall_ns + passed, self.boot_ns + passed

    def set_wall(self, by_s: float) -> None:
        self.wall_ns += round(by_s * S)
        self.follows = False

    def synchronise(self) -> None:
        self.wall_ns, self.follows = self.true_ns, True

    def reboot(self, off_s: float, wall_error_s: float = 0.0) -> None:
        self.run(off_s)
        self.set_wall(wall_error_s)
        self.boots, self.boot_ns = self.boots + 1, 20 * S


class NoPorts:
    """A computer that nothing is plugged into."""

    def ports(self) -> tuple[Port, ...]:
        return ()


class QuietWatch(Watch):
    """Looks when the test says so."""

    def start(self) -> None:
        """No thread."""


@dataclass
class Run:
    """The daemon running, with one sensor whose instrument is the test: a reading every `interval_s`."""

    daemon: Daemon
    watch: Watch
    clock: FakeClock
    feed: SensorFeed
    interval_s: float

    def look(self) -> None:
        """One look at the clock."""
        self.watch.take_in(self.daemon.clock_watch.tick(self.clock.now(), synchronised=self.clock.synchronised()))

    def read(self, readings: int) -> None:
        """Readings that tell the true time, and a look at the clock after each."""
        for _ in range(readings):
            self.clock.run(self.interval_s)
            self.feed.sample(Sample({"co2": (self.clock.true_ns - NOON) / S / 1e4}), self.clock.now())
            self.look()

    def settle(self) -> None:
        """Everything accepted so far is durable and known to all."""
        self.daemon.journal.write(NoteBody("looked", rfc3339_from_ns(self.clock.true_ns), "Ana"))


@contextmanager
def recording(home: Path, clock: FakeClock, *, interval_s: float = 60.0, demo: bool = False) -> Iterator[Run]:
    place = Home(home)
    options = Options(place, demo, "1", MemoryStore, "p")
    station = new_station("p", "d")
    with home_log(place, station, program="1", demo=demo, stamp=lambda: stamp_of(clock.now())) as here:
        daemon = Daemon(options, NoPorts(), here.opened, clock)
        watch = QuietWatch(
            clock, daemon.clock_watch, notice=daemon.notice_clock, record=daemon.books.clock, witness=lambda: None
        )
        daemon.start(watch)
        now = clock.now()
        utc_ns = daemon.clock_watch.utc_ns(now)
        ahead_ns = None if utc_ns is None else utc_ns - now.boot_us * 1000
        with LogReader(place.buffer) as reader:
            known = accounted(reader, daemon.timekeeper.history, SENSOR, clock.boot_id(), ahead_ns)
        device = replace(polled(SENSOR, "A", interval_s), accounted=known)
        outputs = Outputs(daemon.writer.submit, lambda _: None, lambda _, bug: pytest.fail(str(bug)))
        feed = SensorFeed(device, outputs, now)
        feed.begin(now)
        run = Run(daemon, watch, clock, feed, interval_s)
        yield run
        feed.end(clock.now())
        daemon.stop()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "home"


def log_of(home: Path) -> list[tuple[int, Entry]]:
    with LogReader(home / "buffer.sqlite3") as reader:
        return [(index, decode_entry(data)) for index, data in reader.entries(0, 100_000)]


def readings_of(home: Path) -> list[tuple[Reported, int]]:
    """Each reading's reported time, and the true time it tells."""
    with LogReader(home / "buffer.sqlite3") as reader:
        fold = ReportedTime(clock_history_of(reader))
    found = []
    for index, entry in log_of(home):
        fold = fold.after(index, entry)
        if entry.type == EntryType.READING and fold.reported is not None:
            channels = entry.body["ch"]
            assert isinstance(channels, dict)
            found.append((fold.reported, NOON + round(channels["co2"][0] * 1e4 * S)))
    return found


def gaps_of(home: Path) -> list[tuple[int, int, int]]:
    """Each gap's ends in reported time, in seconds after the start, and its expected samples."""
    with LogReader(home / "buffer.sqlite3") as reader:
        fold = ReportedTime(clock_history_of(reader))
    found = []
    for index, entry in log_of(home):
        if entry.type == EntryType.GAP:
            gap = from_json(GapBody, entry.body)
            ends = [fold.wall(index, entry, ns_from_rfc3339(end)) for end in (gap.start, gap.end)]
            assert not any(end.held for end in ends)
            found.append((*(round((end.time_ns - NOON) / S) for end in ends), gap.expected))
    return [(start, end, expected) for start, end, expected in found]


def assert_right(home: Path, bound_s: float) -> None:
    """Every reading has its true time, within what it says of itself, and no two share or swap one."""
    found = readings_of(home)
    assert found
    for reported, truth in found:
        assert reported.uncertainty_ns is not None
        assert abs(reported.time_ns - truth) <= min(reported.uncertainty_ns, bound_s * S) + 1_000
    told = [reported.time_ns for reported, _ in found]
    assert told == sorted(set(told))


@pytest.mark.parametrize("by_s", [-WEEK_S, -HOUR_S, -5, 5, HOUR_S, WEEK_S])
def test_a_clock_set_at_any_moment_while_recording(home: Path, by_s: float) -> None:
    clock = FakeClock()
    with recording(home, clock) as run:
        run.read(3)
        clock.set_wall(by_s)
        clock.run(120)
        run.read(3)
        clock.synchronise()
        run.read(3)
    assert_right(home, 1e-3)
    assert gaps_of(home) == [(180, 360, 2)]


def test_a_boot_seven_days_slow_for_a_week_then_fixed(home: Path) -> None:
    clock = FakeClock()
    with recording(home, clock, interval_s=HOUR_S) as run:
        run.read(5)
    clock.reboot(10 * HOUR_S, wall_error_s=-WEEK_S)
    with recording(home, clock, interval_s=HOUR_S) as run:
        run.read(WEEK_S // HOUR_S)
        run.settle()
        with LogReader(home / "buffer.sqlite3") as reader:
            history = clock_history_of(reader)
        assert [reported.held for reported, _ in readings_of(home)] == [False] * 5 + [True] * (WEEK_S // HOUR_S)
        log = log_of(home)
        held = first_held(ReportedTime(history), log)
        assert held is not None
        ((first, last),) = history.waiting(len(log))
        assert first <= held <= last == len(log) - 1
        clock.synchronise()
        run.look()
        run.read(5)
    assert_right(home, 1e-3)
    bounds = [reported.uncertainty_ns or 0 for reported, _ in readings_of(home)]
    assert max(bounds) == pytest.approx(0.5 * S + (WEEK_S - HOUR_S) * 1e-4 * S, rel=1e-3)


def test_a_restart_of_the_recorder_keeps_time_and_counts_by_the_clock_nobody_sets(home: Path) -> None:
    clock = FakeClock()
    with recording(home, clock) as run:
        run.read(3)
        clock.follows = False
        run.look()
    clock.run(600)
    clock.set_wall(-HOUR_S)
    with recording(home, clock) as run:
        run.read(3)
        run.settle()
        assert run.daemon.services.health().clock == "holdover"
    assert gaps_of(home) == [(180, 780, 10)]
    assert_right(home, 1e-3)


def test_an_unknown_clock_that_is_set_while_the_recorder_is_off_changes_no_count(home: Path) -> None:
    clock = FakeClock(follows=False)
    with recording(home, clock) as run:
        run.read(3)
    clock.run(600)
    clock.set_wall(-HOUR_S)
    with recording(home, clock) as run:
        run.read(1)
        clock.synchronise()
        run.look()
    assert gaps_of(home) == [(180, 780, 10)]
    assert_right(home, 1e-3)


def test_a_clock_event_recorded_late_tells_when_it_was_seen(home: Path) -> None:
    clock = FakeClock()
    with recording(home, clock) as run:
        seen = clock.now()
        clock.run(30)
        assert run.daemon.books.clock(StateChanged(seen, None, ClockState.TRUSTED, 1))
    entry = next(entry for _, entry in reversed(log_of(home)) if entry.type == EntryType.CLOCK)
    assert (entry.t_ns, entry.mono_us) == (seen.wall_ns, seen.boot_us)


def test_time_off_over_a_reboot_is_counted_between_known_times_only(home: Path) -> None:
    clock = FakeClock()
    with recording(home, clock) as run:
        run.read(1)
    clock.reboot(600)
    with recording(home, clock) as run:
        run.read(1)
    clock.reboot(600, wall_error_s=-WEEK_S)
    with recording(home, clock) as run:
        run.read(1)
        clock.synchronise()
        run.look()
    assert gaps_of(home) == [(60, 660, 10), (720, 1320, 0)]


def test_time_off_is_counted_by_the_interval_that_held_until_then(home: Path) -> None:
    """Set from 10 minutes to 1 s while it is paused, a sensor that was read 5 minutes ago misses nothing."""
    clock = FakeClock()
    with recording(home, clock, interval_s=600) as run:
        run.daemon.journal.write(replace(CO2, sensor=SENSOR, interval_ns=600 * S))
        run.read(2)
        clock.run(300)
        run.daemon.journal.write(replace(CO2, sensor=SENSOR, interval_ns=S))
    with recording(home, clock, interval_s=1) as run:
        run.read(1)
    assert gaps_of(home) == []


def test_what_is_held_is_said_in_words_and_on_every_live_reading(home: Path) -> None:
    clock = FakeClock(follows=False)
    with recording(home, clock) as run:
        order = SensorOrder(SENSOR, "sensirion_scd30", PortIdentity.from_key("pty:none"), person="Ana")
        run.daemon.book.add(order)
        run.read(2)
        run.settle()
        health = run.daemon.services.health()
        assert health.held == (SENSOR,)
        (trouble,) = [t for t in health.troubles if t.code == "clock_untrusted"]
        assert SENSOR in trouble.detail
        assert "network" in trouble.advice
        assert "release" in trouble.advice
        assert live(run, home)[-1] == ("held", rfc3339_from_ns(clock.wall_ns))

        clock.run(1)
        clock.wall_ns = clock.true_ns + 77 * S
        clock.follows, clock.true_ns = True, clock.wall_ns
        run.look()
        run.settle()
        health = run.daemon.services.health()
        assert (health.held, [t for t in health.troubles if t.code == "clock_untrusted"]) == ((), [])
        assert live(run, home)[-1] == ("fixed", rfc3339_from_ns(clock.true_ns - S))


def live(run: Run, home: Path) -> list[tuple[str | None, str]]:
    """Standing and time of each reading as a subscriber is told that asks from the start."""
    with LogReader(home / "buffer.sqlite3") as reader:
        items = [Committed(i, Record(data, decode_entry(data).type, 0)) for i, data in reader.entries(0, 1000)]
    return [(reading.standing, reading.time) for reading in message_of(run.daemon.services, items).readings]


def test_the_demo_believes_its_clock_and_says_that_it_is_no_evidence(home: Path) -> None:
    assert SystemClock(believed=True).synchronised()
    with recording(home, FakeClock(follows=True), demo=True) as run:
        health = run.daemon.services.health()
        assert (health.clock, health.troubles) == ("trusted", ())
        assert any("no" in note and "evidence" in note for note in health.notes)


def test_what_could_not_be_recorded_of_the_clock_is_recorded_first_once_it_can() -> None:
    noticed: list[ClockEvent] = []
    told: list[ClockEvent] = []
    room = False

    def record(event: ClockEvent) -> bool:
        if room:
            told.append(event)
        return room

    clock = FakeClock()
    watch = Watch(clock, ClockWatch(), notice=noticed.append, record=record, witness=lambda: None)
    events = [StateChanged(clock.now(), None, state, None) for state in (ClockWatch().state, ClockWatch().state)]
    watch.take_in(events[:1])
    watch.take_in([])
    room = True
    watch.take_in(events[1:])
    assert (told, noticed) == (events, events)
