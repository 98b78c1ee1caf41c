# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Wires the daemon: the only place where its parts meet. Opens everything, and closes it in the reverse order."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from edge_daemon.acquisition.clock import Clock, SystemClock
from edge_daemon.acquisition.clock_watch import ClockEvent, ClockWatch, Suspended
from edge_daemon.acquisition.crew import Crew
from edge_daemon.acquisition.setup import DeviceSetup, Outputs, SensorStatus
from edge_daemon.acquisition.whereabouts import Whereabouts
from edge_daemon.api.health import HealthDesk, damage_before
from edge_daemon.api.live import LiveHub
from edge_daemon.api.routes_projects import message_of, ports_changed_message
from edge_daemon.api.services import Services
from edge_daemon.api.simulation import simulate
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.domain.connection import Port
from edge_daemon.home import Home
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Identity
from edge_daemon.instruments.own_models import FOLDER as OWN_MODELS
from edge_daemon.instruments.own_models import with_own_models
from edge_daemon.instruments.port_finder import PortFinder
from edge_daemon.instruments.ports import PortSource, SerialPorts, SimulatedPorts
from edge_daemon.instruments.registry import driver
from edge_daemon.log.bodies import BootBody
from edge_daemon.log.entry import EntryType, decode_entry
from edge_daemon.log.setup import ConfiguredSensor, Setup
from edge_daemon.power.choose import can_sleep, choose_inhibitor
from edge_daemon.power.wakefulness import Wakefulness
from edge_daemon.secrets.store import SecretStore
from edge_daemon.service.choose import choose_autostart
from edge_daemon.station.amendments import amendment_desk
from edge_daemon.station.anomalies import AnomalyDesk
from edge_daemon.station.bookkeeper import Bookkeeper
from edge_daemon.station.calibration_wiring import make_calibration
from edge_daemon.station.calibrations import CalibrationBook
from edge_daemon.station.captures import make_captures
from edge_daemon.station.checking import CheckDesk
from edge_daemon.station.delivery import make_delivery
from edge_daemon.station.demo import DEMO_SENSORS, add_demo_sensors
from edge_daemon.station.device_board import DeviceBoard
from edge_daemon.station.device_settings import DeviceDesk
from edge_daemon.station.device_setup import device_setup
from edge_daemon.station.excluded_ports import ExcludedPorts
from edge_daemon.station.flux_desk import FluxDesk
from edge_daemon.station.flux_model import on_ports, version_of, with_computed
from edge_daemon.station.flux_past import accounted_ns
from edge_daemon.station.home_log import home_log, new_station, stamp_of
from edge_daemon.station.identification import IdentificationDesk
from edge_daemon.station.instrument_records import make_records
from edge_daemon.station.instruments import InstrumentBook
from edge_daemon.station.journal import Journal
from edge_daemon.station.known_past import KnownPast
from edge_daemon.station.opening import Opened
from edge_daemon.station.port_watch import PortWatch
from edge_daemon.station.problem_log import report_bug, report_faults, report_writer, reported
from edge_daemon.station.proving import make_proving
from edge_daemon.station.registers import RegisterDesk
from edge_daemon.station.room_watch import RoomWatch
from edge_daemon.station.salvaging import SalvageDesk
from edge_daemon.station.sensors import SensorBook
from edge_daemon.station.settings.wiring import make_desk
from edge_daemon.station.signing import make_signing
from edge_daemon.station.standards import make_standards
from edge_daemon.station.status import Condition, StatusBoard, condition_of
from edge_daemon.station.summaries import make_summaries
from edge_daemon.station.timekeeping import TimeKeeper
from edge_daemon.station.watch import Watch


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line decides. `project_id` is for a home without a log, `secrets` opens where they are kept."""

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
        self._past = KnownPast(self._reader, clock)
        self._finder = PortFinder(ports)
        models = with_own_models(load_catalogue(), options.home.path / OWN_MODELS)
        self._catalogue = models.models
        report_faults("a model of the user's own is left out", models.faults)
        self._clock_watch = ClockWatch()
        self.timekeeper = TimeKeeper(self._past.clock_history())
        self.board = StatusBoard(lambda: clock.now().wall_ns)
        self.books = Bookkeeper(opened.writer, clock.now, stamp_of)
        self.journal = Journal(opened.writer, self.books.stamp)
        self._off_cause = "daemon_off"
        self.wakefulness = Wakefulness(choose_inhibitor(), can_sleep)
        self.instruments = InstrumentBook(
            self._past.instruments(), lambda: self.book.setup, self.books.keep, self.journal.write, self._catalogue
        )
        self.calibrations = CalibrationBook(self._past.calibrations(), self._past.plan())
        self.device_board = DeviceBoard(lambda: clock.now().wall_ns)
        self.whereabouts = Whereabouts()
        self.crew = Crew(
            device=self._device,
            identity=self._finder.identity,
            find=self._finder.find,
            clock=clock,
            outputs=Outputs(
                record=self._record,
                status=self._status,
                on_bug=report_bug,
                identity=self._identified,
                settings=self.device_board.settings_seen,
                unread=self.device_board.unread,
                custody=self.instruments,
                locate=self.whereabouts.locate,
            ),
            on_fault=lambda sensor, fault: self.board.report(sensor, Condition.FAULT, fault),
        )
        self.book = SensorBook(
            opened.setup,
            self.journal,
            with_computed(self._catalogue),
            version_of(lambda name: driver(name).version),
            demo=options.demo,
            on_change=self._apply,
        )
        self.flux = FluxDesk(self.book, self.board, clock, self.books.stamp, opened.writer.keep)
        self.devices = DeviceDesk(
            self.book, self.journal, self.device_board, self.crew.run, driver, lambda: clock.now().wall_ns
        )
        self.excluded_ports = ExcludedPorts(options.home.path)
        self.identification = IdentificationDesk(
            ports=ports.ports, in_use=self.crew.ports, excluded=self.excluded_ports.all, clock=clock
        )
        self.proving = make_proving(options.home.path, self.book, self.identification, ports.ports, self._catalogue)
        self.captures = make_captures(
            self.crew, self._finder, lambda: self.book.setup, self._catalogue, self.identification.running, clock
        )
        self.port_watch = PortWatch(ports.ports, self._ports_changed)
        self.amendments = amendment_desk(
            self._reader,
            self.journal,
            head=opened.writer.head,
            history=lambda: self.timekeeper.history,
            setup=lambda: self.book.setup,
        )
        self.standards = make_standards(self._reader, self.journal.write)
        self.calibrating = make_calibration(self, options.home, self._reader, clock, options.program)
        self.records = make_records(self, options.home, self._reader, self._catalogue, clock)
        self.anomalies = AnomalyDesk(opened.writer.keep, self.books.stamp)
        self.summaries = make_summaries(
            self, options.home.path, self._reader, options.program, lambda: self._clock_watch.utc_ns(clock.now())
        )
        self._health = HealthDesk(
            program=options.program,
            demo=options.demo,
            home=options.home.path,
            started=clock.now(),
            clock=clock,
            clock_watch=self._clock_watch,
            held=self._held_sensors,
            writer=lambda: opened.writer.state,
            others=(
                self.wakefulness.fault,
                models.fault,
                self.calibrating.fault,
                self.records.history.fault,
                RoomWatch(options.home.buffer, lambda: opened.writer.head().size, clock).fault,
                damage_before(opened.closed),
                self.devices.risk,
                self.anomalies.fault,
                lambda: self.signing.checkpoints.fault(),  # noqa: PLW0108  # made later
                lambda: self.delivery.evidence.daily.fault(),  # noqa: PLW0108  # made later
            ),
        )
        self.salvage = SalvageDesk(options.home.closed)
        self.checks = CheckDesk(options.home.buffer, options.home.path / "check.json", lambda: clock.now().wall_ns)
        self.signing = make_signing(
            options.home, options.secrets, self.journal.write, lambda: clock.now().boot_us, demo=options.demo
        )
        self.delivery = make_delivery(options.home.path, options.secrets, lambda: clock.now().boot_us)
        self.services = self._services()
        self.writer.on_commit = self._committed
        self.writer.on_state = report_writer

    def start(self, watch: Watch) -> None:
        """Log the start, begin to look at the clock, and record what is set up."""
        self._off_cause = (before := self._past.last_run()).cause
        events = self._clock_watch.start(
            self._clock.now(),
            boot_id=self._clock.boot_id(),
            synchronised=self._clock.synchronised(),
            keeps_time=self._clock.keeps_time_when_off(),
            past=self._past.clock_past(self.timekeeper.history),
        )
        boot = BootBody(
            "start", self._clock.boot_id(), self._options.program, self._clock_watch.state.value, before.ending
        )
        self.books.keep(boot)
        watch.take_in(events)
        watch.start()
        self._apply(self.book.setup)
        self.flux.start(self._off_cause, partial(accounted_ns, self._reader))
        self._off_cause = "paused"  # from here on, only a command of a person stops a sensor
        self.records.complete()
        if self._options.demo:
            add_demo_sensors(self.book, self._ports)

    def stop(self) -> None:
        """Record closings cut short and open gaps, then that this was an orderly stop."""
        self.flux.stop()
        self.crew.stop()
        state = self._clock_watch.state.value
        stop = BootBody("stop", self._clock.boot_id(), self._options.program, state)
        self.books.stopped(stop)
        self._reader.close()

    def notice_clock(self, event: ClockEvent) -> None:
        """Time slept becomes a cause of gaps."""
        if isinstance(event, Suspended):
            self.crew.note_cause("suspend")

    @property
    def clock_watch(self) -> ClockWatch:
        """Judges the clock."""
        return self._clock_watch

    def _apply(self, whole: Setup) -> None:
        setup = on_ports(whole)
        recording = [one.configuration for one in setup.sensors.values() if one.configuration.state == "recording"]
        self.identification.release(frozenset(one.connection.port for one in recording))
        self.crew.apply(setup)
        self.proving.look()
        self.wakefulness.want(any(one.configuration.state == "recording" for one in setup.sensors.values()))

    def _record(self, record: Record) -> bool:
        return self.writer.submit(record)

    def _committed(self, batch: Sequence[Committed]) -> None:
        self.whereabouts.committed(batch)
        self.timekeeper.committed(batch)
        self.board.committed(batch)
        self.flux.committed(batch)
        self.anomalies.committed(batch)
        self.amendments.committed(batch)
        for item in batch:
            if item.record.type == EntryType.INSTALLATION:
                self.book.installed(item.index, decode_entry(item.record.data))
        self.instruments.committed(batch)
        self.calibrations.committed(batch)
        self.calibrating.desk.committed(batch)
        self.services.hub.publish(batch)

    def _ports_changed(self, _present: Sequence[Port]) -> None:
        self.services.hub.announce(ports_changed_message(self.services))
        self.proving.look()

    def _identified(self, sensor: str, identity: Identity) -> None:
        self.device_board.identified(sensor, identity)
        reported(lambda: self.instruments.identified(sensor, identity), f"who the instrument at {sensor} is")

    def _status(self, status: SensorStatus) -> None:
        told = (status.fault, status.failing, status.last_ns, status.warm_at_us)
        self.board.report(status.sensor, condition_of(status), *told)

    def _device(self, sensor: ConfiguredSensor) -> DeviceSetup:
        configuration = sensor.configuration
        return device_setup(
            sensor,
            self.book.model(configuration.model),
            accounted=self._past.accounted(configuration.sensor, self.timekeeper.history, self._clock_watch),
            off_cause=self.captures.cause(configuration.connection.port) or self._off_cause,
            calibration=self.calibrations.source(configuration.sensor),
        )

    def _held_sensors(self) -> tuple[str, ...]:
        latest = ((sensor, self.board.of(sensor).latest) for sensor in self.book.setup.sensors)
        newest_ns = self.summaries.newest_ns()
        return tuple(sensor for sensor, item in latest if item and self.timekeeper.is_held(item, newest_ns))

    def _services(self) -> Services:
        simulated = self._ports if isinstance(self._ports, SimulatedPorts) else None
        hub, home = LiveHub(lambda batch: message_of(self.services, list(batch))), self._options.home.path
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
            amendments=self.amendments,
            summaries=self.summaries,
            anomalies=self.anomalies.now,
            signing=self.signing,
            destinations=self.delivery.destinations,
            secrets=self._options.secrets,
            sync=self.delivery.sync,
            automatic=self.delivery.automatic,
            evidence=self.delivery.evidence,
            autostart=choose_autostart(self._options.home.path, os.environ, demo=self._options.demo),
            settings=make_desk(
                home, self.book, with_computed(self._catalogue), self._ports.ports, self._options.secrets
            ),
            device_board=self.device_board,
            instruments=self.instruments,
            captures=self.captures,
            passports=self.records.passports,
            calibration_history=self.records.history,
            laboratory=self.records.laboratory,
            standards=self.standards,
            calibration=self.calibrating.desk,
            persons=self.calibrating.persons,
            devices=self.devices,
            identification=self.identification,
            proving=self.proving,
            registers=RegisterDesk(self.book, self.identification, self.crew.run, self.excluded_ports.all),
            excluded_ports=self.excluded_ports,
            flux=self.flux,
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
        its_log = home_log(
            options.home,
            new_station(options.project_id),
            program=options.program,
            demo=options.demo,
            stamp=lambda: stamp_of(clock.now()),
            secrets=options.secrets,
        )
        here = closing.enter_context(its_log)
        opened, witness = here.opened, here.witness
        daemon = Daemon(options, ports, opened, clock)
        watch = Watch(
            clock,
            daemon.clock_watch,
            notice=daemon.notice_clock,
            record=daemon.books.clock,
            witness=lambda: witness.see(opened.writer.head(), options.home.path),
        )
        daemon.wakefulness.start()
        closing.callback(daemon.wakefulness.stop)
        daemon.start(watch)
        closing.callback(daemon.stop)
        closing.callback(watch.stop)
        daemon.anomalies.start()
        closing.callback(daemon.anomalies.stop)
        daemon.summaries.start()
        closing.callback(daemon.summaries.stop)
        daemon.port_watch.start()
        closing.callback(daemon.port_watch.stop)
        closing.callback(daemon.identification.stop)
        closing.callback(daemon.captures.stop)
        daemon.salvage.start()
        closing.callback(daemon.salvage.stop)
        closing.callback(daemon.checks.cancel)
        daemon.delivery.start()
        closing.callback(daemon.delivery.stop)
        daemon.signing.checkpoints.start()
        closing.callback(daemon.signing.checkpoints.stop)
        yield daemon
