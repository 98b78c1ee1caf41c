# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A computer whose clock goes wrong, and the log that its recorder would write: the real clock watch, no file."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from edge_daemon.acquisition.clock import Instant
from edge_daemon.acquisition.clock_watch import ClockEvent, ClockPast, ClockWatch, clock_body
from edge_daemon.log.bodies import TYPE_OF, Body, BootBody, to_json
from edge_daemon.log.clock_history import Reported, clock_history
from edge_daemon.log.entry import Entry, EntryType, Stamp, decode_entry, encode_entry
from edge_daemon.log.reported_time import Release, ReportedTime
from edge_daemon.station.past import clock_past

S = 1_000_000_000
NOON = 1_795_000_000 * S


@dataclass
class World:
    """`true_ns` is UTC. `truth` holds it for each reading's index. A free-running clock gains `drift_ppm`."""

    drift_ppm: int = 0
    true_ns: int = NOON
    wall_ns: int = NOON
    boot_ns: int = 5 * S
    slept_ns: int = 0
    synchronised: bool = False
    keeps_time: bool = True
    boots: int = 0
    entries: list[Entry] = field(default_factory=list)
    truth: dict[int, int] = field(default_factory=dict)
    watch: ClockWatch = field(default_factory=ClockWatch)

    @property
    def log(self) -> list[tuple[int, Entry]]:
        return list(enumerate(self.entries))

    def now(self) -> Instant:
        return Instant(self.wall_ns, self.boot_ns // 1000, self.boot_ns - self.slept_ns)

    def start(self) -> None:
        """The recorder starts."""
        history = clock_history(self.log)
        past = ClockPast()
        if self.entries:
            past = clock_past(history, len(self.entries), self.entries.__getitem__, self._boot_id)
        self.watch = ClockWatch()
        events = self.watch.start(
            self.now(), boot_id=self._boot_id, synchronised=self.synchronised, keeps_time=self.keeps_time, past=past
        )
        self.write(BootBody("start", self._boot_id, "1", self.watch.state.value))
        self._record(events)

    def stop(self) -> None:
        """The recorder stops in order."""
        self.write(BootBody("stop", self._boot_id, "1", self.watch.state.value))

    def reboot(self, off_s: float, wall_error_s: float = 0.0) -> None:
        """Off, and on again with a hardware clock that went wrong by `wall_error_s` meanwhile; not synchronised."""
        self.true_ns += round(off_s * S)
        self.wall_ns += round((off_s + wall_error_s) * S)
        self.boot_ns, self.slept_ns, self.synchronised = 3 * S, 0, False
        self.boots += 1

    def run(self, seconds: float) -> None:
        """Time passes. A synchronised clock is kept right."""
        passed = round(seconds * S)
        gained = 0 if self.synchronised else passed * self.drift_ppm // 1_000_000
        self.true_ns += passed
        self.wall_ns += passed + gained
        self.boot_ns += passed + gained

    def sleep(self, seconds: float) -> None:
        """The computer sleeps."""
        before = self.boot_ns
        self.run(seconds)
        self.slept_ns += self.boot_ns - before

    def set_wall(self, by_s: float) -> None:
        """Someone sets the clock: the kernel then no longer calls it synchronised."""
        self.wall_ns += round(by_s * S)
        self.synchronised = False

    def synchronise(self) -> None:
        """A time source sets the clock right."""
        self.wall_ns, self.synchronised = self.true_ns, True

    def tick(self) -> None:
        """The recorder looks at the clock."""
        self._record(self.watch.tick(self.now(), synchronised=self.synchronised))

    def read(self, sensor: str = "a") -> int:
        """A reading; returns its index."""
        index = self._append(EntryType.READING.value, {"sensor": sensor}, self.now())
        self.truth[index] = self.true_ns
        return index

    def write(self, body: Body, at: Instant | None = None) -> int:
        """An entry with this body, now or stamped with an earlier moment; returns its index."""
        return self._append(TYPE_OF[type(body)].value, to_json(body), at or self.now())

    @property
    def _boot_id(self) -> str:
        return f"boot-{self.boots}"

    def _record(self, events: list[ClockEvent]) -> None:
        for event in events:
            self.write(clock_body(event), event.at)

    def _append(self, kind: str, body: object, at: Instant) -> int:
        assert isinstance(body, dict)
        data = encode_entry(EntryType.NOTE, Stamp(at.wall_ns, at.boot_us, bytes(16)), body)
        entry = decode_entry(data)
        self.entries.append(Entry(entry.v, kind, entry.t_ns, entry.mono_us, entry.salt, entry.body))
        return len(self.entries) - 1


def times(log: Sequence[tuple[int, Entry]], releases: Sequence[Release] = ()) -> dict[int, Reported]:
    """The reported time of each reading, by index."""
    fold = ReportedTime(clock_history(log), releases)
    found: dict[int, Reported] = {}
    for index, entry in log:
        fold = fold.after(index, entry)
        if entry.type == EntryType.READING and fold.reported is not None:
            found[index] = fold.reported
    return found


def assert_in_order(log: Sequence[tuple[int, Entry]], reported: dict[int, Reported]) -> None:
    by_sensor: dict[object, list[int]] = {}
    for index, entry in log:
        if index in reported and not reported[index].held:
            by_sensor.setdefault(entry.body["sensor"], []).append(reported[index].time_ns)
    for told in by_sensor.values():
        assert all(earlier < later for earlier, later in pairwise(told))
