# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Wires the daemon: the only place where its parts meet. Opens everything, and closes it in the reverse order."""

import contextlib
import logging
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import platformdirs

from edge_daemon.acquisition.clock import Instant, SystemClock
from edge_daemon.acquisition.clock_watch import ClockEvent, ClockState, ClockWatch, Suspended, clock_body
from edge_daemon.acquisition.crew import Crew
from edge_daemon.acquisition.setup import DeviceSetup, Outputs, SensorStatus
from edge_daemon.api.live import LiveHub
from edge_daemon.api.messages import Health, SimulatorCommand, Trouble
from edge_daemon.api.routes_projects import message_of
from edge_daemon.api.services import Services
from edge_daemon.api.views import trouble
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.buffer.writer import LogWriter, WriterState, Writing
from edge_daemon.domain.connection import Port, PortIdentity, PortKind
from edge_daemon.domain.faults import BadInput, BufferUnavailable, ClockUntrusted, DiskFull, NotReady, Overloaded
from edge_daemon.domain.station import Station
from edge_daemon.domain.time import NS_PER_S, ns_from_rfc3339, rfc3339_from_ns
from edge_daemon.home import Home
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.ports import PortSource, SerialPorts, SimulatedPorts
from edge_daemon.instruments.registry import driver
from edge_daemon.log.bodies import BootBody, Ending, GapBody, from_json
from edge_daemon.log.entry import EntryType, Stamp, decode_entry, encode_entry
from edge_daemon.log.setup import ConfiguredSensor
from edge_daemon.station.entries import entries_of
from edge_daemon.station.journal import APPEND_TIMEOUT_S, Journal
from edge_daemon.station.machine import machine_hash
from edge_daemon.station.opening import Opened, Surroundings, open_log
from edge_daemon.station.sensors import SensorBook, SensorOrder
from edge_daemon.station.status import Condition, StatusBoard
from edge_daemon.station.watch import Watch
from edge_daemon.station.witness import HeadWitness

log = logging.getLogger(__name__)

SALT_BYTES = 16
DEMO_SENSORS = {"scd30": "sensirion_scd30", "pms7003": "plantower_pms7003", "windsonic": "gill_windsonic"}
DEMO_NAMES = {"scd30": "CO₂, hut", "pms7003": "Particles, hut", "windsonic": "Wind, mast"}


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
        self._started_ns = clock.now().wall_ns
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
        self.services = self._services()
        self.writer.on_commit = self._committed
        self.writer.on_state = _report_writer

    def stamp(self) -> Stamp:
        """Time and salt of an entry made now."""
        return stamp_of(self._clock.now())

    def start(self, watch: Watch) -> None:
        """Log the start, begin to look at the clock, and record what is set up."""
        self._off_cause, previous, last_ns = self._how_it_ended()
        now = self._clock.now()
        change = self._clock_watch.start(
            now,
            synchronised=self._clock.synchronised(),
            log_last_ns=last_ns,
            trusted_last_ns=last_ns if self._clock.keeps_time_when_off() else None,
        )
        boot = BootBody("start", self._clock.boot_id(), self._options.program, self._clock_watch.state.value, previous)
        self.journal.write(boot)
        self.clock_event(change)
        watch.start()
        self.crew.apply(self.book.setup)
        self._off_cause = "paused"  # from here on, only a command of a person stops a sensor
        if self._options.demo:
            self._add_demo_sensors()

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
        self.board.report(status.sensor, _condition(status), status.fault)

    def _find(self, identity: PortIdentity) -> Port | None:
        return next((port for port in self._ports.ports() if port.identity.key == identity.key), None)

    def _identity(self, key: str) -> PortIdentity:
        present = next((port.identity for port in self._ports.ports() if port.identity.key == key), None)
        return present or _absent(key)

    def _device(self, sensor: ConfiguredSensor) -> DeviceSetup:
        configuration = sensor.configuration
        return DeviceSetup(
            sensor=configuration.sensor,
            model=self.book.model(configuration.model),
            driver=driver(configuration.driver),
            interval_ns=configuration.interval_ns,
            configuration=sensor.index,
            options=configuration.settings,
            accounted_ns=self._accounted_ns(configuration.sensor),
            off_cause=self._off_cause,
        )

    def _accounted_ns(self, sensor: str) -> int | None:
        last = self._reader.last_reading(sensor)
        if last is None:
            return None
        gaps = entries_of(self._reader, (EntryType.GAP.value,), sensor=sensor, after=last.index)
        ends = [ns_from_rfc3339(from_json(GapBody, entry.body).end) for _, entry in gaps]
        return max([last.t_ns, *ends])

    def _how_it_ended(self) -> tuple[str, Ending, int | None]:
        boots = entries_of(self._reader, (EntryType.BOOT.value,), limit=1_000_000)
        if not boots:
            return "daemon_off", "first", None
        last = from_json(BootBody, boots[-1][1].body)
        newest = self._reader.entries(self._reader.head().size - 1, 1)
        last_ns = decode_entry(newest[0][1]).t_ns
        if last.event == "stop":
            return "daemon_off", "stopped", last_ns
        if last.boot_id == self._clock.boot_id():
            return "daemon_killed", "killed", last_ns
        return "power_loss", "power_loss", last_ns

    def _add_demo_sensors(self) -> None:
        present = {port.identity.location: port.identity for port in self._ports.ports()}
        for name, model in DEMO_SENSORS.items():
            if name in present and name not in self.book.setup.sensors:
                self.book.add(SensorOrder(name, model, present[name], DEMO_NAMES[name], person="demo"))

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
            health=self._health,
            now_ns=lambda: self._clock.now().wall_ns,
            simulate=None if simulated is None else lambda command: _simulate(simulated, command),
        )

    def _health(self) -> Health:
        now = self._clock.now()
        state = self.writer.state
        return Health(
            program=self._options.program,
            demo=self._options.demo,
            recording=state.writing is Writing.RECORDING,
            writer=_writing(state),
            clock=self._clock_watch.state.value,
            started=rfc3339_from_ns(self._started_ns),
            uptime_s=(now.wall_ns - self._started_ns) / NS_PER_S,
            free_bytes=shutil.disk_usage(self._options.home.path).free,
            troubles=tuple(self._troubles(state, now)),
        )

    def _troubles(self, state: WriterState, now: Instant) -> Iterator[Trouble]:
        if state.writing is Writing.DISK_FULL:
            yield trouble(DiskFull(state.reason), now.wall_ns)
        elif state.writing is not Writing.RECORDING:
            yield trouble(BufferUnavailable(state.reason), now.wall_ns)
        if self._clock_watch.state is ClockState.UNTRUSTED:
            yield trouble(ClockUntrusted("the clock follows no time source"), now.wall_ns)


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


def _condition(status: SensorStatus) -> Condition:
    if isinstance(status.fault, NotReady):
        return Condition.WARMING_UP
    if status.fault is not None:
        return Condition.FAULT
    return Condition.GOOD if status.connected and status.last_ns is not None else Condition.CONNECTING


def _absent(key: str) -> PortIdentity:
    """The identity of a port that is not there now, from its key."""
    prefix, _, rest = key.partition(":")
    if prefix == "usb":
        vendor, product, tail = [*rest.replace("@", ":@").split(":", 2), "", ""][:3]
        located = tail.startswith("@")
        return PortIdentity(
            PortKind.PHYSICAL, vendor, product, "" if located else tail, tail.removeprefix("@") if located else ""
        )
    kinds = {"pty": PortKind.PSEUDO_TERMINAL, "socket": PortKind.SOCKET, "port": PortKind.PHYSICAL}
    return PortIdentity(kinds[prefix], location=rest)


def _simulate(ports: SimulatedPorts, command: SimulatorCommand) -> None:
    if command.fault is None and command.plug is None:
        raise BadInput("fault", None, "name a fault, or unplug or replug")
    if command.fault is not None:
        ports.command(command.port, fault=command.fault)
    if command.plug is not None:
        ports.command(command.port, **{command.plug: True})


def _writing(state: WriterState) -> Literal["recording", "disk_full", "unavailable"]:
    if state.writing is Writing.DISK_FULL:
        return "disk_full"
    return "recording" if state.writing is Writing.RECORDING else "unavailable"


def _report_bug(sensor: str, bug: Exception) -> None:
    log.error("bug in the driver of %s", sensor or "a port", exc_info=bug)


def _report_writer(state: WriterState) -> None:
    level = logging.INFO if state.writing in {Writing.RECORDING, Writing.CLOSED} else logging.ERROR
    log.log(level, "log writer: %s %s", state.writing.value, state.reason)
