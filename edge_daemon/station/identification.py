# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Identifications in progress and their verdicts, one a port. A thread for each; results in memory only."""

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from edge_daemon.acquisition.clock import Clock
from edge_daemon.acquisition.conversation import Conversation, Failed, Finished, Terms
from edge_daemon.domain.connection import LineSettings, Port, PortIdentity, network_port
from edge_daemon.domain.faults import Conflict, Unknown
from edge_daemon.instruments.driver import Dialogue, Driver
from edge_daemon.instruments.identify import Identification, Open, Progress, Step, Verdict, plan, total_s
from edge_daemon.instruments.registry import DriverUnusable, driver, driver_names
from edge_daemon.instruments.transport import OpenPort, open_port

log = logging.getLogger(__name__)

T = TypeVar("T")

STOP_SECONDS = 5.0


def usable_drivers() -> tuple[Driver, ...]:
    """Every driver that can be imported; the others are named in the log file."""
    found = []
    for name in driver_names():
        try:
            found.append(driver(name))
        except DriverUnusable as fault:
            log.warning("identification goes on without a driver: %s", fault)
    return tuple(found)


@dataclass(slots=True)
class Run:
    """One identification: `verdict` is None while it goes on."""

    progress: Progress
    steps: tuple[Step, ...]
    started_ns: int
    verdict: Verdict | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None


class IdentificationDesk:
    """`in_use` are keys of ports that are recorded, `excluded` those a person keeps out.

    Safe to use from several threads.
    """

    def __init__(
        self,
        *,
        ports: Callable[[], Sequence[Port]],
        drivers: Callable[[], Sequence[Driver]] = usable_drivers,
        in_use: Callable[[], frozenset[str]],
        excluded: Callable[[], frozenset[str]],
        clock: Clock,
        opener: Open = open_port,
    ) -> None:
        self._ports = ports
        self._drivers = drivers
        self._in_use = in_use
        self._excluded = excluded
        self._clock = clock
        self._opener = opener
        self._lock = threading.Lock()
        self._runs: dict[str, Run] = {}

    def start(
        self,
        key: str,
        *,
        drivers: Sequence[Driver] | None = None,
        on_verdict: Callable[[Verdict], None] = lambda _verdict: None,
    ) -> Run:
        """Begin on this port, with all drivers or these. `on_verdict` is called in the identification's thread.

        Raises Unknown for a port that is not there, Conflict where it must not be.
        """
        port = self._present(key)
        steps = plan(self._drivers() if drivers is None else drivers)
        run = self._begin(port, steps)
        work = partial(self._main, run, port, on_verdict)
        run.thread = threading.Thread(target=work, name=f"identify {key}", daemon=True)
        run.thread.start()
        return run

    def converse(self, key: str, line: LineSettings, dialogue: Dialogue[T]) -> T:
        """Have this dialogue, which must change nothing in any device, on a free port. Waits for the device.

        Raises as `start`, what opening the port raises, and the fault that the dialogue ends with; Conflict where the
        port is wanted for recording meanwhile.
        """
        port = network_port(PortIdentity.from_key(key)) or self._present(key)
        before = self._runs.get(key)
        run = self._begin(port, ())
        try:
            opened = self._opener(port.device, line)
            try:
                return self._conversed(
                    Conversation(dialogue, Terms(port.device, self._clock, run.stop.is_set)), opened, run
                )
            finally:
                opened.close()
        finally:
            run.closed.set()
            with self._lock:
                self._runs.pop(key)
                if before is not None:  # what was found out about the port still stands
                    self._runs[key] = before

    def _conversed(self, talk: Conversation[T], opened: OpenPort, run: Run) -> T:
        try:
            while not run.stop.is_set():
                wait_us = talk.ready_us - self._clock.now().boot_us
                if wait_us > 0:
                    run.stop.wait(wait_us / 1_000_000)
                    continue
                match talk.turn(opened):
                    case Finished(value):
                        return value
                    case Failed(fault):
                        raise fault
                    case None:
                        pass
            raise Conflict("the port is wanted for something else now; ask again later")
        finally:
            talk.close()

    def _present(self, key: str) -> Port:
        """The port of this key. Raises Unknown where it is not there."""
        port = next((port for port in self._ports() if port.identity.key == key), None)
        if port is None:
            raise Unknown(f"there is no port {key} at the moment")
        return port

    def _begin(self, port: Port, steps: tuple[Step, ...]) -> Run:
        key = port.identity.key
        if key in self._in_use():
            raise Conflict(f"{port.device} is being recorded; pause its sensor first")
        if key in self._excluded():
            raise Conflict(f"{port.device} is excluded from identification; allow it first")
        with self._lock:
            before = self._runs.get(key)
            if before is not None and before.verdict is None:
                raise Conflict(f"{port.device} is being identified already")
            first = Progress(0, len(steps), "Opening the port", 0.0, total_s(steps))
            run = self._runs[key] = Run(first, steps, self._clock.now().wall_ns)
        return run

    def of(self, key: str) -> Run:
        """The newest identification of this port. Raises Unknown where there was none since the start."""
        try:
            return self._runs[key]
        except KeyError:
            raise Unknown(f"the port {key} was not identified since the recorder started") from None

    def running(self) -> frozenset[str]:
        """Keys of the ports that are being identified now."""
        with self._lock:
            return frozenset(key for key, run in self._runs.items() if run.verdict is None)

    def cancel(self, key: str) -> Run:
        """Stop the identification and wait until the port is closed. Raises Unknown as `of`."""
        run = self.of(key)
        run.stop.set()
        run.closed.wait(STOP_SECONDS)
        return run

    def release(self, keys: frozenset[str]) -> None:
        """These ports are wanted for recording, which comes first."""
        for key in self.running() & keys:
            self.cancel(key)

    def stop(self) -> None:
        """Stop all, and wait until whoever was told a verdict has taken it."""
        self.release(self.running())
        for run in list(self._runs.values()):
            if run.thread is not None:
                run.thread.join(STOP_SECONDS)

    def _main(self, run: Run, port: Port, on_verdict: Callable[[Verdict], None]) -> None:
        def progress(now: Progress) -> None:
            run.progress = now

        identification = Identification(port.device, run.steps, self._opener, self._clock, run.stop.is_set, progress)
        try:
            run.verdict = identification.run()
        except Exception as bug:  # drivers may be anyone's: a bug in one is told, and the port is freed
            log.error("bug while identifying %s", port.device, exc_info=bug)
            run.verdict = Verdict(
                "failed", f"A driver made a mistake ({type(bug).__name__}); the log file has details."
            )
        finally:
            run.closed.set()
        on_verdict(run.verdict)
