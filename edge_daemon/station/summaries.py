# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Keeps one current summary of every sensor's hour in the log. What is to do is told by the log alone, so that a
restart only reads it again. `Summariser` is driven step by step; `SummaryDesk` drives it in a thread at low cost."""

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BufferUnavailable, DamagedLog, DiskFull, Overloaded
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.clock_history import Reported
from edge_daemon.log.effective import Effective, effective
from edge_daemon.log.entry import Entry, LoggedReading
from edge_daemon.log.late_adjustments import tellers
from edge_daemon.log.summarising import Hour, summarise
from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.log.summary_fold import Key, Summaries
from edge_daemon.station.amendments import AmendmentDesk
from edge_daemon.station.anomalies import AnomalyDesk
from edge_daemon.station.hour_cache import FILE, HourCache
from edge_daemon.station.hour_index import HourIndex, reading_of
from edge_daemon.station.journal import Journal
from edge_daemon.station.meter_watch import MeterWatch
from edge_daemon.station.ratio_watch import RatioWatch
from edge_daemon.station.timekeeping import TimeKeeper
from edge_daemon.station.waiting import Waiting

log = logging.getLogger(__name__)

DELAY_NS = 600 * NS_PER_S
"""How long after its end an hour is summarised."""

HOURS_AT_A_TIME = 4
BLOCKS_AT_A_TIME = 32
LOOK_S = 10.0
AFTER_A_FAULT_S = 60.0
SAVE_S = 600.0
"""How often what is known is kept for the next start."""

SHARE = 4
"""For each second of work this many seconds of rest."""

Write = Callable[[SummaryBody], tuple[int, Entry]]


@dataclass(slots=True)
class _Collected:
    """Readings of one sensor's hour and its neighbours, and the amendments that took readings of it elsewhere."""

    readings: dict[int, tuple[LoggedReading, Reported]] = field(default_factory=dict)
    left: set[int] = field(default_factory=set)


class Summariser:
    """Reads the log, and writes the summaries that are due. Belongs to one thread; `index` may be looked at by others.

    `write` makes an entry durable; `now_ns` gives UTC, None while it is not known: then the newest reading counts.
    """

    def __init__(self, index: HourIndex, write: Write, now_ns: Callable[[], int | None]) -> None:
        self._write = write
        self._now_ns = now_ns
        self.index = index
        self.caught_up = False

    def steps(self) -> Iterator[None]:
        """All that is to do now, in short steps. Raises what reading and writing raise; nothing is lost by that."""
        yield from self.index.catch_up()
        self.caught_up = True
        for keys in self._due():
            yield from self._settle(keys)

    def _due(self) -> Iterator[list[Key]]:
        """The touched hours that are over, the latest first, as many at a time as stand in a few blocks."""
        now_ns = self._now_ns()
        latest = ((self.index.newest_ns if now_ns is None else now_ns) - DELAY_NS) // HOUR_NS
        some: list[Key] = []
        blocks: set[int] = set()
        for key in sorted((key for key in self.index.touched if key[1] < latest), key=lambda key: (-key[1], key[0])):
            blocks |= set(self.index.blocks_of(self._near(key)))
            if len(some) >= HOURS_AT_A_TIME and len(blocks) > BLOCKS_AT_A_TIME:
                yield some
                some, blocks = [], set(self.index.blocks_of(self._near(key)))
            some.append(key)
        if some:
            yield some

    def _settle(self, keys: list[Key]) -> Iterator[None]:
        collected, settled = {key: _Collected() for key in keys}, dict[int, list[tuple[str, Flag]]]()
        wanted: dict[Key, list[Key]] = {}
        for key in keys:
            for near in self._near(key):
                wanted.setdefault(near, []).append(key)
        for block in self.index.blocks_of(wanted):
            self._collect(block, wanted, collected, settled)
            yield
        for key in keys:
            adjusted = tellers(self.index.calibrations, key[0])
            body = self.index.summaries.needed(key, self._computed(key, collected[key], settled), adjusted)
            self.index.touched.discard(key)
            if body is not None:
                try:
                    index, entry = self._write(body)
                except (BufferUnavailable, DiskFull, Overloaded):
                    self.index.touched.add(key)
                    raise
                self.index.summaries.learn(index, entry)
            yield

    def _near(self, key: Key) -> list[Key]:
        around = [(key[0], hour) for hour in (key[1] - 1, key[1], key[1] + 1)]
        return around if any(self.index.is_powered(one) for one in around) else [key]

    def _collect(
        self,
        block: int,
        wanted: Mapping[Key, Sequence[Key]],
        collected: dict[Key, _Collected],
        settled: dict[int, list[tuple[str, Flag]]],
    ) -> None:
        fold, rows = self.index.rows(block)
        amendments = self.index.amendments
        moved = any(one.body.kind == "wrong_plug" for one in amendments.in_force)
        marks = (
            ()
            if moved
            else tuple(f'"sensor":{json.dumps(sensor, ensure_ascii=False)}'.encode() for sensor, _ in wanted)
        )
        for index, data in rows:
            if marks and not any(mark in data for mark in marks):
                continue
            found = reading_of(data)
            if found is None:
                continue
            reading, entry = found
            fold = fold.after(index, entry)
            for earlier, channel, flag in reading.settles:
                settled.setdefault(earlier, []).append((channel, flag))
            reported = fold.reported
            if reported is None or reported.held:
                continue
            change = amendments.change(index, reading.sensor, reported.time_ns)
            sensor = change.sensor if change else reading.sensor
            near = (sensor, (reported.time_ns + (change.offset_ns if change else 0)) // HOUR_NS)
            for key in wanted.get(near, ()):
                collected[key].readings[index] = (reading, reported)
            own = (reading.sensor, reported.time_ns // HOUR_NS)
            if change and near != own and own in collected:
                collected[own].left.update(change.by)

    def _computed(self, key: Key, found: _Collected, settled: dict[int, list[tuple[str, Flag]]]) -> SummaryBody | None:
        known = self.index
        readings: list[Effective] = [
            effective(index, reading, reported, known.amendments, settled.get(index, ()), known.calibrations)
            for index, (reading, reported) in sorted(found.readings.items())
        ]
        gaps = known.gaps_of(key[0])
        beside = known.measured.before(key), known.measured.after(key)
        told, plan, swaps, calibrations = known.configuration, known.plan_at, known.swaps_of, known.calibrations
        return summarise(Hour(*key, readings, gaps, told, plan, swaps, calibrations, *beside, found.left))


class SummaryDesk:
    """Drives a summariser beside recording: a short step, then a longer rest. With a `cache` a start goes on where the
    run before has come to."""

    def __init__(
        self, index: HourIndex, write: Write, now_ns: Callable[[], int | None], cache: HourCache | None = None
    ) -> None:
        self._summariser = Summariser(index, write, now_ns)
        self._cache = cache
        self._saved_s = -SAVE_S
        self._stop = threading.Event()
        self._busy = True
        self._thread = threading.Thread(target=self._main, name="summaries", daemon=True)

    @property
    def summaries(self) -> Summaries:
        """All summaries of the log that are known so far."""
        return self._summariser.index.summaries

    def unbroken(self, sensor: str, channel: str, first: int, last: int) -> bool:
        """Whether one instrument, set up and calibrated in one way, made the channel's values from entry `first` to
        `last`, as far as the log is known so far: only then does a difference between them say something."""
        index = self._summariser.index
        if not index.continuity.unbroken(sensor, first, last):
            return False
        return index.calibrations.continuous(sensor, channel, first, last)

    def newest_before(self, index: int) -> tuple[int, Mapping[str, int]]:
        """An entry at or before `index`, and each sensor's newest reported time (UTC ns) before that entry."""
        return self._summariser.index.newest_before(index)

    def newest_ns(self) -> Mapping[str, int]:
        """Each sensor's newest reported time (UTC ns), as far as the log is known so far."""
        return self._summariser.index.fold.last_ns

    def waiting(self) -> list[Waiting]:
        """The readings whose time is not known, in the log's order, as far as the log is known so far."""
        return self._summariser.index.waiting()

    @property
    def complete(self) -> bool:
        """Whether the log has been read to its end since the start."""
        return self._summariser.caught_up

    @property
    def busy(self) -> bool:
        """Whether there is more to do at this moment than to wait for new entries."""
        return self._busy

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _main(self) -> None:
        pause_s, begun = 0.0, False
        while not self._stop.wait(pause_s):
            try:
                pause_s, self._busy = LOOK_S, True
                if self._cache and not begun:
                    begun = True
                    self._rest_after_each(self._cache.restoring(self._summariser.index))
                self._rest_after_each(self._summariser.steps())
                self._busy = False
                if time.monotonic() - self._saved_s >= SAVE_S:
                    pause_s = max(pause_s, SHARE * self._save())
            except (BufferUnavailable, DamagedLog, DiskFull, Overloaded, ValueError, LookupError) as fault:
                log.error("hourly summaries wait: %s", fault)
                pause_s = AFTER_A_FAULT_S
        self._save()

    def _rest_after_each(self, steps: Iterable[None]) -> bool:
        """Do these steps; false if it was told to stop before the last one."""
        began = time.monotonic()
        for _ in steps:
            if self._stop.wait(SHARE * (time.monotonic() - began)):
                return False
            began = time.monotonic()
        return True

    def _save(self) -> float:
        """Keep what is known of the log, once all of it has been read; how long it took, in seconds."""
        began = time.monotonic()
        if self._cache is not None and self.complete:
            try:
                self._cache.save(self._summariser.index)
            except (OSError, BufferUnavailable, DamagedLog) as fault:
                log.warning("the next start reads the log again, because what is known cannot be kept: %s", fault)
        self._saved_s = time.monotonic()
        return self._saved_s - began


class Parts(Protocol):
    """What the desk needs of the recorder."""

    @property
    def timekeeper(self) -> TimeKeeper: ...
    @property
    def amendments(self) -> AmendmentDesk: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def anomalies(self) -> AnomalyDesk: ...


def make_summaries(
    parts: Parts, home: Path, reader: LogReader, program: str, now_ns: Callable[[], int | None]
) -> SummaryDesk:
    """The desk of the log that `reader` reads, with its side file in the folder `home`."""
    index = HourIndex(reader.entries, parts.timekeeper.history, parts.amendments.amendments)
    watches = (RatioWatch(index, parts.anomalies.say), MeterWatch(index, parts.anomalies.say))

    def write(body: SummaryBody) -> tuple[int, Entry]:
        told = parts.journal.write(body)
        for watch in watches:
            watch.written(body)
        return told

    return SummaryDesk(index, write, now_ns, HourCache(home / FILE, reader, program))
