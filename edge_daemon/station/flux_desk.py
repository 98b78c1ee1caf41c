# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the closings of soil chambers: by a person's word or by a schedule. One slow thread; writes to the log.

The flux sensor of a CO2 sensor is a sensor of its own, of kind `soil_flux`, with its own configuration entries: so its
readings plot, sync and prove as any other's. A schedule is one of its settings, and goes on after a restart.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from edge_daemon.acquisition.clock import Clock
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.domain.connection import PortIdentity, PortKind
from edge_daemon.domain.faults import BadInput, BufferUnavailable, Conflict, DamagedLog, Overloaded, Unknown
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.log.entry import EntryType, Stamp, decode_reading
from edge_daemon.log.setup import ConfiguredSensor
from edge_daemon.station import flux_records
from edge_daemon.station.flux_chamber import Closing, Phase, Told
from edge_daemon.station.flux_model import DEFAULT_EVERY_S, MODEL, is_computed
from edge_daemon.station.flux_settings import Schedule, plan_of, schedule_of
from edge_daemon.station.sensors import SensorBook, SensorOrder
from edge_daemon.station.status import Condition, StatusBoard

log = logging.getLogger(__name__)

TICK_S = 0.5
COMMIT_LAG_S = 2.0
LATE_S = 10.0
MOST_WAITING = 20_000
SUFFIX = ".soil_flux"
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Standing:
    """How a chamber stands: its last or present closing (None before the first), when it was closed, and the next
    scheduled closing (UTC ns), if one is."""

    sensor: str
    closing: Closing | None
    closed_ns: int | None
    next_ns: int | None


@dataclass(frozen=True, slots=True)
class _Run:
    closing: Closing
    closed_us: int
    closed_ns: int
    configuration: int
    person: str
    scheduled: bool


class FluxDesk:
    """`keep` takes a record that must not be lost, and does not wait. Safe to use from several threads."""

    def __init__(
        self,
        book: SensorBook,
        board: StatusBoard,
        clock: Clock,
        stamp: Callable[[], Stamp],
        keep: Callable[[Record], None],
    ) -> None:
        self._book = book
        self._board = board
        self._clock = clock
        self._stamp = stamp
        self._keep = keep
        self._lock = threading.Lock()
        self._runs: dict[str, _Run] = {}
        self._due_ns: dict[str, int] = {}
        self._heard: frozenset[str] = frozenset()
        self._unwritten: deque[Record] = deque()
        self._waiting: deque[Committed] = deque(maxlen=MOST_WAITING)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._main, name="soil flux", daemon=True)

    def start(self, off_cause: str, accounted_ns: Callable[[str], int | None]) -> None:
        """Begin in a thread of its own. Scheduled closings since the log last accounts for a sensor are a gap."""
        with self._lock:
            for configured in self._computed():
                self._board.report(configured.configuration.sensor, Condition.GOOD)
                try:
                    self._account(configured, off_cause, accounted_ns)
                except (BufferUnavailable, DamagedLog) as fault:
                    log.error("which closings were missed cannot be read: %s", fault)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a closing under way is aborted, and the log says so."""
        self._stop.set()
        self._thread.join()
        with self._lock:
            for sensor in list(self._runs):
                self._end(sensor, "the recorder was stopped")
            try:
                self._write_out()
            except (BufferUnavailable, Overloaded) as fault:
                log.error("what became of a closing could not be recorded: %s", fault)

    def committed(self, batch: Sequence[Committed]) -> None:
        """The writer says what is durable. Only puts aside what a closing needs."""
        heard = self._heard
        if heard:
            self._waiting.extend(
                item for item in batch if item.record.sensor in heard and item.record.type == EntryType.READING
            )

    def close_chamber(self, co2_sensor: str, settings: Mapping[str, OptionValue], name: str, person: str) -> Standing:
        """The chamber was closed just now, or is to be closed by a schedule from now on.

        Raises Unknown, BadInput, Conflict while a closing is under way, or what the log raises.
        """
        now = self._clock.now()
        sensor = flux_sensor(co2_sensor)
        wanted = {**MODEL.options, **settings, "co2_sensor": co2_sensor}
        if wanted["every_s"] and not wanted["first_closing"]:
            wanted["first_closing"] = rfc3339_from_ns(now.wall_ns)
        plan = plan_of(wanted, self._book.setup)
        schedule = schedule_of(wanted, plan)
        with self._lock:
            self._refuse_second(sensor)
            self._seen(plan.sensors)
        configured = self._configured(sensor, co2_sensor, wanted, name, person)  # waits for the disk
        with self._lock:
            self._refuse_second(sensor)
            if schedule is None or not settings.get("first_closing"):
                self._begin(sensor, configured, now.boot_us, now.wall_ns, person, scheduled=schedule is not None)
            self._due_ns.pop(sensor, None)
            if schedule is not None:
                self._due_ns[sensor] = schedule.next_ns(now.wall_ns + 1)
            self._write_out()
        return self.standing(co2_sensor)

    def standing(self, co2_sensor: str) -> Standing:
        """How its chamber stands. Raises Unknown for a sensor that there is not, or has had no closing."""
        self._book.sensor(co2_sensor)
        sensor = flux_sensor(co2_sensor)
        if sensor not in self._book.setup.sensors:
            raise Unknown(f"no chamber has been closed over {co2_sensor} yet")
        with self._lock:
            run, due = self._runs.get(sensor), self._due_ns.get(sensor)
        return Standing(sensor, run.closing if run else None, run.closed_ns if run else None, due)

    def abort(self, co2_sensor: str, person: str) -> Standing:
        """Give up the closing under way and end the schedule. Raises Unknown, Conflict where there is neither."""
        standing = self.standing(co2_sensor)
        scheduled = bool(self._book.sensor(standing.sensor).configuration.settings.get("every_s"))
        under_way = standing.closing is not None and not standing.closing.over
        if not under_way and not scheduled:
            raise Conflict(f"no closing is under way over {co2_sensor}")
        if scheduled:
            self._book.change(standing.sensor, settings={"every_s": 0.0}, person=person)
        with self._lock:
            self._due_ns.pop(standing.sensor, None)
            self._end(standing.sensor, f"stopped by {person or 'a person'}")
            self._write_out()
        return self.standing(co2_sensor)

    # ----------------------------------------------------------------------------------------------------------------

    def _main(self) -> None:
        while not self._stop.wait(TICK_S):
            try:
                self.tick()
            except (BufferUnavailable, Overloaded) as fault:
                log.error("what became of a closing is kept and tried again: %s", fault)

    def tick(self) -> None:
        """Take in what has become durable, and let time pass. Raises what `keep` raises; nothing is lost by it."""
        with self._lock:
            behind = len(self._waiting) == MOST_WAITING
            while self._waiting:
                self._take(self._waiting.popleft())
            now = self._clock.now()
            for sensor, run in list(self._runs.items()):
                if behind:
                    self._end(sensor, "more readings came than could be looked at")
                    continue
                if sensor not in self._book.setup.sensors:
                    self._end(sensor, "its sensor was removed")
                    del self._runs[sensor]
                    continue
                elapsed_s = (now.boot_us - run.closed_us) / 1e6 - COMMIT_LAG_S
                self._settle(sensor, replace(run, closing=run.closing.at(elapsed_s)))
            for configured in self._computed():
                self._keep_schedule(configured, now.wall_ns, now.boot_us)
            self._write_out()

    def _take(self, item: Committed) -> None:
        reading = decode_reading(item.record.data)
        for sensor, run in list(self._runs.items()):
            if reading.sensor in run.closing.plan.sensors:
                seconds = (reading.mono_us - run.closed_us) / 1e6
                told = Told(item.index, reading.sensor, seconds, reading.channels)
                self._settle(sensor, replace(run, closing=run.closing.told(told)))

    def _settle(self, sensor: str, run: _Run) -> None:
        """Remember how a closing stands, and write what it came to when it is over."""
        was = self._runs[sensor].closing
        run = replace(run, closing=run.closing.evaluated())
        self._runs[sensor] = run
        if was.over or not run.closing.over:
            return
        self._seen()
        if run.closing.phase is Phase.EVALUATED:
            self._unwritten.append(flux_records.reading_record(run.closing, sensor, run.configuration, self._stamp()))
        elif run.scheduled:
            lasted_s = max(run.closing.seconds, 0.0)
            self._gap(sensor, run.closed_ns, lasted_s, "closing_aborted")
        self._note(sensor, run, flux_records.words_of(run.closing))

    def _account(self, configured: ConfiguredSensor, off_cause: str, accounted_ns: Callable[[str], int | None]) -> None:
        schedule = self._schedule(configured)
        if schedule is None:
            return
        sensor, now_ns = configured.configuration.sensor, self._clock.now().wall_ns
        known_ns = accounted_ns(sensor)
        first_ns, count = schedule.missed(schedule.first_ns - 1 if known_ns is None else known_ns, now_ns)
        if count:
            self._gap(sensor, first_ns, (now_ns - first_ns) / NS_PER_S, off_cause, count)

    def _gap(self, sensor: str, closed_ns: int, lasts_s: float, cause: str, expected: int = 1) -> None:
        end_ns = closed_ns + round(lasts_s * NS_PER_S)
        self._unwritten.append(flux_records.gap_record(sensor, closed_ns, end_ns, expected, cause, self._stamp()))

    def _note(self, sensor: str, run: _Run, text: str) -> None:
        self._unwritten.append(flux_records.note_record(text, sensor, run.closed_ns, run.person, self._stamp()))

    def _write_out(self) -> None:
        """Hand over what is to be recorded, in order; what is refused just now waits."""
        while self._unwritten:
            self._keep(self._unwritten[0])
            self._unwritten.popleft()

    def _end(self, sensor: str, reason: str) -> None:
        run = self._runs.get(sensor)
        if run is not None and not run.closing.over:
            self._settle(sensor, replace(run, closing=run.closing.aborted(reason)))

    def _begin(
        self, sensor: str, configured: ConfiguredSensor, closed_us: int, closed_ns: int, person: str, *, scheduled: bool
    ) -> None:
        plan = plan_of(configured.configuration.settings, self._book.setup)
        run = _Run(Closing(plan), closed_us, closed_ns, configured.index, person, scheduled)
        observed = f"{plan.dead_band_s:g} s dead band, then {plan.observation_s:g} s"
        self._note(sensor, run, f"Chamber closed over {plan.co2_sensor}: {observed}.")
        self._board.report(sensor, Condition.GOOD)
        self._runs[sensor] = run
        self._seen()
        for name in plan.sensors:  # what the air was just before the closing
            latest = self._board.of(name).latest
            if latest is not None:
                self._take(latest)

    def _keep_schedule(self, configured: ConfiguredSensor, now_ns: int, now_us: int) -> None:
        sensor = configured.configuration.sensor
        found = self._schedule(configured)
        if found is None:
            self._due_ns.pop(sensor, None)
            return
        due = self._due_ns.setdefault(sensor, found.next_ns(now_ns))
        if now_ns < due:
            return
        self._due_ns[sensor] = found.next_ns(now_ns + 1)
        late_ns = now_ns - due
        if late_ns > LATE_S * NS_PER_S:  # the clock was set or the computer slept: the chamber's state is not known
            lasts_s = plan_of(configured.configuration.settings, self._book.setup).end_s
            self._gap(sensor, due, lasts_s, "closing_missed")
            return
        self._end(sensor, "the next scheduled closing began")
        self._begin(sensor, configured, now_us - late_ns // 1000, due, "", scheduled=True)

    def _schedule(self, configured: ConfiguredSensor) -> Schedule | None:
        configuration = configured.configuration
        if configuration.state != "recording" or not configuration.settings.get("every_s"):
            return None
        try:
            return schedule_of(configuration.settings, plan_of(configuration.settings, self._book.setup))
        except (BadInput, Unknown) as fault:  # the CO2 sensor or a source has been removed since
            self._board.report(configuration.sensor, Condition.FAULT, fault)
            return None

    def _configured(
        self, sensor: str, co2_sensor: str, settings: Mapping[str, OptionValue], name: str, person: str
    ) -> ConfiguredSensor:
        port = PortIdentity(PortKind.COMPUTED, location=co2_sensor)
        interval_ns = round(float(settings["every_s"] or DEFAULT_EVERY_S) * NS_PER_S)
        if sensor in self._book.setup.sensors:
            return self._book.change(
                sensor,
                name=name or None,
                port=port,
                interval_ns=interval_ns,
                settings=settings,
                paused=False,
                person=person,
            )
        title = name or f"Soil flux, {self._book.sensor(co2_sensor).configuration.name}"
        order = SensorOrder(sensor, MODEL.model, port, title, interval_ns, settings=settings, person=person)
        return self._book.add(order)

    def _refuse_second(self, sensor: str) -> None:
        run = self._runs.get(sensor)
        if run is not None and not run.closing.over:
            raise Conflict(f"a closing of {sensor} is under way; wait for its end, or abort it")

    def _seen(self, more: frozenset[str] = frozenset()) -> None:
        running = (run.closing.plan.sensors for run in self._runs.values() if not run.closing.over)
        self._heard = more.union(*running)

    def _computed(self) -> list[ConfiguredSensor]:
        return [one for one in self._book.setup.sensors.values() if is_computed(one.configuration)]


def flux_sensor(co2_sensor: str) -> str:
    """The name of the flux sensor that belongs to a CO2 sensor."""
    return co2_sensor[: LONGEST_NAME - len(SUFFIX)] + SUFFIX
