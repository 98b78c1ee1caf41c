# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Captures of the bytes on a port: recording lends the port, which is a gap of its sensors. A thread for each.

Results are in memory only, the newest of each port.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from edge_daemon.acquisition.clock import Clock
from edge_daemon.acquisition.crew import line_of
from edge_daemon.acquisition.custody import CAPTURE
from edge_daemon.domain.connection import LineSettings, Port, PortIdentity
from edge_daemon.domain.faults import BadInput, Conflict, Fault, NotConnected, Unknown
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.instruments.capture_file import CaptureFile, Device, written
from edge_daemon.instruments.capturing import Capture, Open, Talker
from edge_daemon.instruments.driver import Driver
from edge_daemon.instruments.port_finder import PortFinder
from edge_daemon.instruments.registry import driver
from edge_daemon.instruments.transport import open_port
from edge_daemon.log.setup import ConfiguredSensor, Setup

log = logging.getLogger(__name__)

MOST_SECONDS = 3_600.0
STOP_SECONDS = 10.0
UNPLUGGED = "unplugged"

State = Literal["running", "done", "cancelled", "failed"]


class Lender(Protocol):
    """Whoever records from the ports (`Crew`)."""

    def lend(self, key: str) -> None:
        """Stop recording from the port and leave it closed."""

    def take_back(self, key: str) -> None:
        """Record from it again as it is set up then."""


@dataclass(frozen=True, slots=True)
class CaptureOrder:
    """Where and how long to capture. `model` is asked, or `line` listened to, where no sensor is set up there."""

    key: str
    seconds: float
    model: str = ""
    line: str = ""


@dataclass(slots=True)
class Run:
    """One capture. `detail` says why it failed; `cause` is what its sensors' gap is put down to."""

    order: CaptureOrder
    started_ns: int
    capture: Capture
    devices: tuple[Device, ...]
    state: State = "running"
    detail: str = ""
    cause: str = CAPTURE
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None

    def text(self) -> str:
        """The capture file so far."""
        return written(
            CaptureFile(
                self.capture.chunks,
                self.devices,
                str(self.capture.line),
                self.order.key,
                rfc3339_from_ns(self.started_ns),
            )
        )


class CaptureDesk:
    """Safe to use from several threads."""

    def __init__(
        self,
        *,
        lender: Lender,
        find: Callable[[PortIdentity], Port | None],
        identity: Callable[[str], PortIdentity],
        setup: Callable[[], Setup],
        catalogue: Mapping[str, InstrumentModel],
        driver: Callable[[str], Driver],
        identifying: Callable[[], frozenset[str]],
        clock: Clock,
        opener: Open = open_port,
    ) -> None:
        self._lender = lender
        self._find = find
        self._identity = identity
        self._setup = setup
        self._catalogue = catalogue
        self._driver = driver
        self._identifying = identifying
        self._clock = clock
        self._opener = opener
        self._lock = threading.Lock()
        self._runs: dict[str, Run] = {}
        self._lent: dict[str, str] = {}
        self._closed = False

    def start(self, order: CaptureOrder) -> Run:
        """Borrow the port and begin. Raises BadInput, NotConnected for a port that is not there, Conflict."""
        if not 0 < order.seconds <= MOST_SECONDS:
            raise BadInput("seconds", order.seconds, f"more than 0 and at most {MOST_SECONDS:g} s")
        port = self._find(self._identity(order.key))
        if port is None:
            raise NotConnected(f"the port {order.key} is not there")
        talkers, devices, line = self._on_line(order)
        with self._lock:
            before = self._runs.get(order.key)
            if self._closed or (before is not None and before.state == "running"):
                raise Conflict(f"{port.device} is being captured already")
            if order.key in self._identifying():
                raise Conflict(f"{port.device} is being identified; wait for the verdict, or stop it")
            stop = threading.Event()
            capture = Capture(port.device, line, talkers, order.seconds, self._opener, self._clock, stop.is_set)
            run = Run(order, self._clock.now().wall_ns, capture, devices, stop=stop)
            run.thread = threading.Thread(target=self._main, args=(run,), name=f"capture {order.key}", daemon=True)
            self._runs[order.key] = run
            self._lent[order.key] = CAPTURE
        run.thread.start()
        return run

    def of(self, key: str) -> Run:
        """The newest capture of this port. Raises Unknown where there was none since the start."""
        try:
            return self._runs[key]
        except KeyError:
            raise Unknown(f"the port {key} was not captured since the recorder started") from None

    def cancel(self, key: str) -> Run:
        """End the capture early and wait until the port is recorded from again. What came is kept. Raises Unknown."""
        run = self.of(key)
        run.stop.set()
        if run.thread is not None:
            run.thread.join(STOP_SECONDS)
        return run

    def stop(self) -> None:
        """End all; none begins any more."""
        with self._lock:
            self._closed = True
            keys = list(self._runs)
        for key in keys:
            self.cancel(key)

    def cause(self, key: str) -> str:
        """Why a sensor of this port was not recorded until now, if a capture is why; else empty."""
        return self._lent.get(key, "")

    def _main(self, run: Run) -> None:
        key = run.order.key
        state: State = "done"
        try:
            self._lender.lend(key)
            run.capture.run()
        except Fault as fault:
            state, run.detail = "failed", f"{fault.title}: {fault}"
            if isinstance(fault, NotConnected):
                self._lent[key] = UNPLUGGED
        except Exception as bug:  # drivers may be anyone's: a bug in one is told, and the port is given back
            log.error("bug while capturing %s", key, exc_info=bug)
            state, run.detail = "failed", f"A driver made a mistake ({type(bug).__name__}); the log file has details."
        finally:
            self._lender.take_back(key)
            self._lent.pop(key, None)
            run.state = "cancelled" if state == "done" and run.stop.is_set() else state

    def _on_line(self, order: CaptureOrder) -> tuple[tuple[Talker, ...], tuple[Device, ...], LineSettings]:
        there = [one for one in self._setup().sensors.values() if one.configuration.connection.port == order.key]
        if order.model:
            model = self._catalogue.get(order.model)
            if model is None:
                raise BadInput("model", order.model, f"known models are {', '.join(sorted(self._catalogue))}")
            talker = Talker(self._driver(model.driver), model.options, model.interval.default_ns / NS_PER_S)
            return (talker,), (Device(model.model, model.options),), _line(order.line) or model.line
        if there:
            talkers = tuple(self._talker(sensor) for sensor in there)
            return talkers, _devices(there), line_of(there[0].configuration.connection.line)
        line = _line(order.line)
        if line is None:
            raise BadInput(
                "line", order.line, "no sensor is set up there: give a model to ask, or a line like 9600 8N1"
            )
        return (), (), line

    def _talker(self, sensor: ConfiguredSensor) -> Talker:
        now = sensor.configuration
        return Talker(self._driver(now.driver), now.settings, now.interval_ns / NS_PER_S)


def _devices(sensors: Sequence[ConfiguredSensor]) -> tuple[Device, ...]:
    return tuple(Device(one.configuration.model, one.configuration.settings) for one in sensors)


def _line(text: str) -> LineSettings | None:
    if not text:
        return None
    try:
        return line_of(text)
    except (ValueError, IndexError) as error:
        raise BadInput("line", text, "a line like 9600 8N1 is needed") from error


def make_captures(
    lender: Lender,
    finder: PortFinder,
    setup: Callable[[], Setup],
    catalogue: Mapping[str, InstrumentModel],
    identifying: Callable[[], frozenset[str]],
    clock: Clock,
) -> CaptureDesk:
    """The desk for the ports that `finder` finds, with every driver that is installed."""
    return CaptureDesk(
        lender=lender,
        find=finder.find,
        identity=finder.identity,
        setup=setup,
        catalogue=catalogue,
        driver=driver,
        identifying=identifying,
        clock=clock,
    )
