# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Wires the daemon: the only place where its parts meet. Opens everything, and closes it in the reverse order."""

import contextlib
import logging
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import platformdirs

from edge_daemon.acquisition.clock import Instant, SystemClock
from edge_daemon.acquisition.clock_watch import ClockEvent, ClockWatch, Suspended, clock_body
from edge_daemon.acquisition.crew import Crew
from edge_daemon.acquisition.setup import DeviceSetup, Outputs, SensorStatus
from edge_daemon.api.health import HealthDesk
from edge_daemon.api.live import LiveHub
from edge_daemon.api.routes_projects import message_of
from edge_daemon.api.services import Services
from edge_daemon.api.simulation import simulate
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.buffer.writer import LogWriter, WriterState, Writing
from edge_daemon.domain.connection import Port, PortIdentity
from edge_daemon.domain.faults import BufferUnavailable, DiskFull, Overloaded
from edge_daemon.domain.station import Station
from edge_daemon.home import Home
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.ports import PortSource, SerialPorts, SimulatedPorts
from edge_daemon.instruments.registry import driver
from edge_daemon.log.bodies import BootBody
from edge_daemon.log.entry import EntryType, Stamp, encode_entry
from edge_daemon.log.setup import ConfiguredSensor
from edge_daemon.station.demo import DEMO_SENSORS, add_demo_sensors
from edge_daemon.station.journal import APPEND_TIMEOUT_S, Journal
from edge_daemon.station.machine import machine_hash
from edge_daemon.station.opening import Opened, Surroundings, open_log
from edge_daemon.station.past import accounted_ns, last_run
from edge_daemon.station.sensors import SensorBook
from edge_daemon.station.status import Condition, StatusBoard, condition_of
from edge_daemon.station.watch import Watch
from edge_daemon.station.witness import HeadWitness

log = logging.getLogger(__name__)

SALT_BYTES = 16


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line decides. `project_id` names the project of a home that has no log yet."""

    home: Home
    demo: bool
    program: str
    project_id: str = "unassigned"


class Daemon:
    """The recorder's parts, wired. Use as `with running(options) as daemon`."""

    def __init__(self, options: Options, ports: PortSource, opened: Opened, clock: SystemClock) -> None:
        self._options = options
        self._ports = ports
        self._clock = clock
        self.writer = opened.writer
        self._reader = LogReader(options.home.buffer)
        self._catalogue = load_catalogue()
        self._clock_watch = ClockWatch()
        self.board = StatusBoard(lambda: clock.now().wall_ns)
        self.journal = Journal(opened.writer, self.stamp)
        self._off_cause = "daemon_off"
        self.crew = Crew(
            device=self._device,
            identity=self._identity,
            find=self._find,
            clock=clock,
            outputs=Outputs(record=self._record, status=self._status, on_bug=_report_bug),
            on_fault=lambda sensor, fault: self.board.report(sensor, Condition.FAULT, fault),
        )
        self.book = SensorBook(
            opened.setup,
            self.journal,
            self._catalogue,
            lambda name: driver(name).version,
            demo=options.demo,
            on_change=self.crew.apply,
        )
        self._health = HealthDesk(
            program=options.program,
            demo=options.demo,
            home=options.home.path,
            started_ns=clock.now().wall_ns,
            clock=clock,
            clock_watch=self._clock_watch,
            writer=lambda: opened.writer.state,
        )
        self.services = self._services()
        self.writer.on_commit = self._committed
        self.writer.on_state = _report_writer

    def stamp(self) -> Stamp:
        """Time and salt of an entry made now."""
        return stamp_of(self._clock.now())

    def start(self, watch: Watch) -> None:
        """Log the start, begin to look at the clock, and record what is set up."""
        before = last_run(self._reader, self._clock.boot_id())
        self._off_cause = before.cause
        now = self._clock.now()
        change = self._clock_watch.start(
            now,
            synchronised=self._clock.synchronised(),
            log_last_ns=before.last_ns,
            trusted_last_ns=before.last_ns if self._clock.keeps_time_when_off() else None,
        )
        boot = BootBody(
            "start", self._clock.boot_id(), self._options.program, self._clock_watch.state.value, before.ending
        )
        self.journal.write(boot)
        self.clock_event(change)
        watch.start()
        self.crew.apply(self.book.setup)
        self._off_cause = "paused"  # from here on, only a command of a person stops a sensor
        if self._options.demo:
            add_demo_sensors(self.book, self._ports)

    def stop(self) -> None:
        """Record open gaps, then that this was an orderly stop."""
        self.crew.stop()
        state = self._clock_watch.state.value
        self.journal.write(BootBody("stop", self._clock.boot_id(), self._options.program, state))
        self._reader.close()

    def clock_event(self, event: ClockEvent) -> None:
        """Put what the clock did into the log; time slept becomes a cause of gaps."""
        if isinstance(event, Suspended):
            self.crew.note_cause("suspend")
        stamp = self.stamp()
        data = encode_entry(EntryType.CLOCK, stamp, clock_body(event))
        try:
            self.writer.append(Record(data, EntryType.CLOCK.value, stamp.t_ns), APPEND_TIMEOUT_S)
        except (DiskFull, BufferUnavailable, Overloaded) as fault:
            log.error("a clock event could not be recorded: %s", fault)

    @property
    def clock_watch(self) -> ClockWatch:
        """Judges the clock."""
        return self._clock_watch

    def _record(self, record: Record) -> bool:
        return self.writer.submit(record)

    def _committed(self, batch: Sequence[Committed]) -> None:
        self.board.committed(batch)
        self.services.hub.publish(batch)

    def _status(self, status: SensorStatus) -> None:
        self.board.report(status.sensor, condition_of(status), status.fault)

    def _find(self, identity: PortIdentity) -> Port | None:
        return next((port for port in self._ports.ports() if port.identity.key == identity.key), None)

    def _identity(self, key: str) -> PortIdentity:
        present = next((port.identity for port in self._ports.ports() if port.identity.key == key), None)
        return present or PortIdentity.from_key(key)

    def _device(self, sensor: ConfiguredSensor) -> DeviceSetup:
        configuration = sensor.configuration
        return DeviceSetup(
            sensor=configuration.sensor,
            model=self.book.model(configuration.model),
            driver=driver(configuration.driver),
            interval_ns=configuration.interval_ns,
            configuration=sensor.index,
            options=configuration.settings,
            accounted_ns=accounted_ns(self._reader, configuration.sensor),
            off_cause=self._off_cause,
        )

    def _services(self) -> Services:
        simulated = self._ports if isinstance(self._ports, SimulatedPorts) else None
        hub = LiveHub(lambda batch: message_of(self.services, list(batch)))
        return Services(
            home=self._options.home.path,
            demo=self._options.demo,
            catalogue=self._catalogue,
            book=self.book,
            board=self.board,
            journal=self.journal,
            hub=hub,
            ports=self._ports.ports,
            reader=lambda: LogReader(self._options.home.buffer),
            head=self.writer.head,
            health=self._health.now,
            now_ns=lambda: self._clock.now().wall_ns,
            simulate=None if simulated is None else lambda command: simulate(simulated, command),
        )


@contextlib.contextmanager
def running(options: Options) -> Iterator[Daemon]:
    """The daemon, recording. On leaving, everything accepted is on disk and the stop is recorded.

    The caller holds the home's lock.
    """
    clock = SystemClock()
    witness = HeadWitness(platformdirs.user_state_path("verifield", appauthor=False) / "heads")
    with contextlib.ExitStack() as closing:
        ports: PortSource = (
            closing.enter_context(SimulatedPorts(tuple(DEMO_SENSORS))) if options.demo else SerialPorts()
        )
        opened = open_log(
            Surroundings(
                home=options.home.path,
                buffer=options.home.buffer,
                closed=options.home.closed,
                machine=machine_hash(),
                program=options.program,
                demo=options.demo,
                stamp=lambda: stamp_of(clock.now()),
                witness=witness,
            ),
            Station(device_id=f"vf-{secrets.token_hex(4)}", project_id=options.project_id),
        )
        closing.callback(_close_log, opened.writer, witness, options.home)
        daemon = Daemon(options, ports, opened, clock)
        watch = Watch(
            clock, daemon.clock_watch, daemon.clock_event, lambda: witness.see(opened.writer.head(), options.home.path)
        )
        daemon.start(watch)
        closing.callback(daemon.stop)
        closing.callback(watch.stop)
        yield daemon


def stamp_of(now: Instant) -> Stamp:
    """The stamp of an entry made at this instant."""
    return Stamp(now.wall_ns, now.boot_us, secrets.token_bytes(SALT_BYTES))


def _close_log(writer: LogWriter, witness: HeadWitness, home: Home) -> None:
    writer.close()
    witness.see(writer.head(), home.path)


def _report_bug(sensor: str, bug: Exception) -> None:
    log.error("bug in the driver of %s", sensor or "a port", exc_info=bug)


def _report_writer(state: WriterState) -> None:
    level = logging.INFO if state.writing in {Writing.RECORDING, Writing.CLOSED} else logging.ERROR
    log.log(level, "log writer: %s %s", state.writing.value, state.reason)
