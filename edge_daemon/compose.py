# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Wires the daemon: the only place where its parts meet. Opens everything, and closes it in the reverse order."""

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from edge_daemon.acquisition.clock import Clock, SystemClock
from edge_daemon.acquisition.clock_watch import ClockEvent, ClockPast, ClockWatch, Suspended, clock_body
from edge_daemon.acquisition.crew import Crew
from edge_daemon.acquisition.gaps import Accounted
from edge_daemon.acquisition.setup import DeviceSetup, Outputs, SensorStatus
from edge_daemon.api.health import HealthDesk
from edge_daemon.api.live import LiveHub
from edge_daemon.api.routes_projects import message_of, ports_changed_message
from edge_daemon.api.services import Services
from edge_daemon.api.simulation import simulate
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.buffer.writer import WriterState, Writing
from edge_daemon.domain.connection import Port, PortIdentity, network_port
from edge_daemon.domain.faults import BufferUnavailable, DamagedLog, DiskFull, Overloaded
from edge_daemon.home import Home
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.own_models import FOLDER as OWN_MODELS
from edge_daemon.instruments.own_models import with_own_models
from edge_daemon.instruments.ports import PortSource, SerialPorts, SimulatedPorts
from edge_daemon.instruments.registry import driver
from edge_daemon.log.bodies import BootBody
from edge_daemon.log.clock_history import ClockHistory
from edge_daemon.log.entry import Stamp
from edge_daemon.log.setup import ConfiguredSensor, Setup
from edge_daemon.power.choose import can_sleep, choose_inhibitor
from edge_daemon.power.wakefulness import Wakefulness
from edge_daemon.secrets.store import SecretStore
from edge_daemon.service.choose import choose_autostart
from edge_daemon.station.checking import CheckDesk
from edge_daemon.station.demo import DEMO_SENSORS, add_demo_sensors
from edge_daemon.station.device_board import DeviceBoard
from edge_daemon.station.device_settings import DeviceDesk
from edge_daemon.station.excluded_ports import ExcludedPorts
from edge_daemon.station.home_log import home_log, new_station, stamp_of
from edge_daemon.station.identification import IdentificationDesk, usable_drivers
from edge_daemon.station.journal import Journal, record_of
from edge_daemon.station.opening import Opened
from edge_daemon.station.past import LastRun, accounted, clock_history_of, clock_past, entry_at, last_run
from edge_daemon.station.port_watch import PortWatch
from edge_daemon.station.salvaging import SalvageDesk
from edge_daemon.station.sensors import SensorBook
from edge_daemon.station.settings.wiring import make_desk
from edge_daemon.station.status import Condition, StatusBoard, condition_of
from edge_daemon.station.timekeeping import TimeKeeper
from edge_daemon.station.watch import Watch

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line decides. `project_id` names the project of a home that has no log yet.

    `secrets` opens the place for secrets when one is needed.
    """

    home: Home
    demo: bool
    program: str
    secrets: Callable[[], SecretStore]
    project_id: str = "unassigned"


class Daemon:
    """The recorder's parts, wired. Use as `with running(options) as daemon`."""

    def __init__(self, options: Options, ports: PortSource, opened: Opened, clock: Clock) -> None:
        self._options = options
        self._ports = ports
        self._clock = clock
        self.writer = opened.writer
        self._reader = LogReader(options.home.buffer)
        models = with_own_models(load_catalogue(), options.home.path / OWN_MODELS)
        self._catalogue = models.models
        for fault in models.faults:
            log.error("a model of the user's own is left out: %s", fault)
        self._clock_watch = ClockWatch()
        self.timekeeper = TimeKeeper(self._clock_history())
        self.board = StatusBoard(lambda: clock.now().wall_ns)
        self.journal = Journal(opened.writer, self.stamp)
        self._off_cause = "daemon_off"
        self.wakefulness = Wakefulness(choose_inhibitor(), can_sleep)
        self.device_board = DeviceBoard(lambda: clock.now().wall_ns)
        self.crew = Crew(
            device=self._device,
            identity=self._identity,
            find=self._find,
            clock=clock,
            outputs=Outputs(
                record=self._record,
                status=self._status,
                on_bug=_report_bug,
                identity=self.device_board.identified,
                settings=self.device_board.settings_seen,
                unread=self.device_board.unread,
            ),
            on_fault=lambda sensor, fault: self.board.report(sensor, Condition.FAULT, fault),
        )
        self.book = SensorBook(
            opened.setup,
            self.journal,
            self._catalogue,
            lambda name: driver(name).version,
            demo=options.demo,
            on_change=self._apply,
        )
        self.devices = DeviceDesk(
            self.book, self.journal, self.device_board, self.crew.run, driver, lambda: clock.now().wall_ns
        )
        self.excluded_ports = ExcludedPorts(options.home.path)
        self.identification = IdentificationDesk(
            ports=ports.ports,
            drivers=usable_drivers,
            in_use=self.crew.ports,
            excluded=self.excluded_ports.all,
            clock=clock,
        )
        self.port_watch = PortWatch(ports.ports, self._ports_changed)
        self._health = HealthDesk(
            program=options.program,
            demo=options.demo,
            home=options.home.path,
            started=clock.now(),
            clock=clock,
            clock_watch=self._clock_watch,
            held=self._held_sensors,
            writer=lambda: opened.writer.state,
            others=(self.wakefulness.fault, models.fault, self.devices.risk),
        )
        self.salvage = SalvageDesk(options.home.closed)
        self.checks = CheckDesk(
            options.home.buffer, options.home.path / "check.json", lambda: self._clock.now().wall_ns
        )
        self.services = self._services()
        self.writer.on_commit = self._committed
        self.writer.on_state = _report_writer

    def stamp(self) -> Stamp:
        """Time and salt of an entry made now."""
        return stamp_of(self._clock.now())

    def start(self, watch: Watch) -> None:
        """Log the start, begin to look at the clock, and record what is set up."""
        before = self._last_run()
        self._off_cause = before.cause
        events = self._clock_watch.start(
            self._clock.now(),
            boot_id=self._clock.boot_id(),
            synchronised=self._clock.synchronised(),
            keeps_time=self._clock.keeps_time_when_off(),
            past=self._clock_past(),
        )
        boot = BootBody(
            "start", self._clock.boot_id(), self._options.program, self._clock_watch.state.value, before.ending
        )
        self.writer.keep(record_of(boot, self.stamp()))
        watch.take_in(events)
        watch.start()
        self._apply(self.book.setup)
        self._off_cause = "paused"  # from here on, only a command of a person stops a sensor
        if self._options.demo:
            try:
                add_demo_sensors(self.book, self._ports)
            except (DiskFull, BufferUnavailable, Overloaded) as fault:
                log.error("the demo's sensors are not all set up; start again once there is room: %s", fault)

    def stop(self) -> None:
        """Record open gaps, then that this was an orderly stop."""
        self.crew.stop()
        state = self._clock_watch.state.value
        stop = BootBody("stop", self._clock.boot_id(), self._options.program, state)
        try:
            self.writer.keep(record_of(stop, self.stamp()))
        except (BufferUnavailable, Overloaded) as fault:
            log.error("the stop could not be recorded: %s", fault)
        self._reader.close()

    def notice_clock(self, event: ClockEvent) -> None:
        """Time slept becomes a cause of gaps."""
        if isinstance(event, Suspended):
            self.crew.note_cause("suspend")

    def record_clock(self, event: ClockEvent) -> bool:
        """Put what the clock did into the log, stamped with when it was seen. False when that cannot be done now."""
        try:
            # What maps this boot's readings to UTC must not be lost to a disk that is full just now.
            self.writer.keep(record_of(clock_body(event), stamp_of(event.at)))
        except (BufferUnavailable, Overloaded) as fault:
            log.error("a clock event could not be recorded: %s", fault)
            return False
        return True

    @property
    def clock_watch(self) -> ClockWatch:
        """Judges the clock."""
        return self._clock_watch

    def _apply(self, setup: Setup) -> None:
        recording = [one.configuration for one in setup.sensors.values() if one.configuration.state == "recording"]
        self.identification.release(frozenset(one.connection.port for one in recording))
        self.crew.apply(setup)
        self.wakefulness.want(any(one.configuration.state == "recording" for one in setup.sensors.values()))

    def _record(self, record: Record) -> bool:
        return self.writer.submit(record)

    def _committed(self, batch: Sequence[Committed]) -> None:
        self.timekeeper.committed(batch)
        self.board.committed(batch)
        self.services.hub.publish(batch)

    def _ports_changed(self, _present: Sequence[Port]) -> None:
        self.services.hub.announce(ports_changed_message(self.services))

    def _status(self, status: SensorStatus) -> None:
        self.board.report(status.sensor, condition_of(status), status.fault)

    def _find(self, identity: PortIdentity) -> Port | None:
        present = next((port for port in self._ports.ports() if port.identity.key == identity.key), None)
        return present or network_port(identity)

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
            accounted=self._accounted(configuration.sensor),
            off_cause=self._off_cause,
        )

    def _last_run(self) -> LastRun:
        try:
            return last_run(self._reader, self._clock.boot_id())
        except (BufferUnavailable, DamagedLog) as fault:
            log.error("the log has no room yet, and what came before cannot be read: %s", fault)
            return LastRun("daemon_off", "first")

    def _clock_history(self) -> ClockHistory:
        try:
            return clock_history_of(self._reader)
        except (BufferUnavailable, DamagedLog) as fault:
            log.error("what the log says of the clock cannot be read: %s", fault)
            return ClockHistory()

    def _clock_past(self) -> ClockPast:
        try:
            size = self._reader.head().size
            at = partial(entry_at, self._reader)
            return clock_past(self.timekeeper.history, size, at, self._clock.boot_id())
        except (BufferUnavailable, DamagedLog) as fault:
            log.error("what the clock was worth before cannot be read: %s", fault)
            return ClockPast()

    def _held_sensors(self) -> tuple[str, ...]:
        latest = ((sensor, self.board.of(sensor).latest) for sensor in self.book.setup.sensors)
        return tuple(sensor for sensor, item in latest if item and self.timekeeper.is_held(item))

    def _accounted(self, sensor: str) -> Accounted | None:
        now = self._clock.now()
        utc_ns = self._clock_watch.utc_ns(now)
        ahead_ns = None if utc_ns is None else utc_ns - now.boot_us * 1000
        try:
            return accounted(self._reader, self.timekeeper.history, sensor, self._clock.boot_id(), ahead_ns)
        except (BufferUnavailable, DamagedLog) as fault:
            log.error("how far %s is accounted for cannot be read: %s", sensor, fault)
            return None

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
            clock_history=lambda: self.timekeeper.history,
            health=self._health.now,
            now_ns=lambda: self._clock.now().wall_ns,
            closed_folder=self._options.home.closed,
            salvaging=self.salvage.now,
            checks=self.checks,
            autostart=choose_autostart(self._options.home.path, os.environ, demo=self._options.demo),
            settings=make_desk(
                self._options.home.path, self.book, self._catalogue, self._ports.ports, self._options.secrets
            ),
            device_board=self.device_board,
            devices=self.devices,
            identification=self.identification,
            excluded_ports=self.excluded_ports,
            simulate=None if simulated is None else lambda command: simulate(simulated, command),
        )


@contextlib.contextmanager
def running(options: Options) -> Iterator[Daemon]:
    """The daemon, recording. On leaving, everything accepted is on disk and the stop is recorded.

    The caller holds the home's lock.
    """
    clock = SystemClock(believed=options.demo)
    with contextlib.ExitStack() as closing:
        ports: PortSource = (
            closing.enter_context(SimulatedPorts(tuple(DEMO_SENSORS))) if options.demo else SerialPorts()
        )
        here = closing.enter_context(
            home_log(
                options.home,
                new_station(options.project_id),
                program=options.program,
                demo=options.demo,
                stamp=lambda: stamp_of(clock.now()),
            )
        )
        opened, witness = here.opened, here.witness
        daemon = Daemon(options, ports, opened, clock)
        watch = Watch(
            clock,
            daemon.clock_watch,
            notice=daemon.notice_clock,
            record=daemon.record_clock,
            witness=lambda: witness.see(opened.writer.head(), options.home.path),
        )
        daemon.wakefulness.start()
        closing.callback(daemon.wakefulness.stop)
        daemon.start(watch)
        closing.callback(daemon.stop)
        closing.callback(watch.stop)
        daemon.port_watch.start()
        closing.callback(daemon.port_watch.stop)
        closing.callback(daemon.identification.stop)
        daemon.salvage.start()
        closing.callback(daemon.salvage.stop)
        closing.callback(daemon.checks.cancel)
        yield daemon


def _report_bug(sensor: str, bug: Exception) -> None:
    log.error("bug in the driver of %s", sensor or "a port", exc_info=bug)


def _report_writer(state: WriterState) -> None:
    level = logging.INFO if state.writing in {Writing.RECORDING, Writing.CLOSED} else logging.ERROR
    log.log(level, "log writer: %s %s", state.writing.value, state.reason)
