# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One thread per port: opens it, lets its devices take turns, finds it again when it was unplugged. Does I/O."""

import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

from edge_daemon.acquisition.clock import Clock
from edge_daemon.acquisition.feed import SUSPEND, SensorFeed
from edge_daemon.acquisition.job import JOB_SECONDS, DriverBroken, Job
from edge_daemon.acquisition.polled import PolledTask
from edge_daemon.acquisition.schedule import Backoff
from edge_daemon.acquisition.setup import DeviceSetup, FindPort, Open, Outputs
from edge_daemon.acquisition.streamed import StreamTask
from edge_daemon.domain.connection import LineSettings, PortIdentity
from edge_daemon.domain.faults import BadInput, Fault, NotConnected, Unknown
from edge_daemon.instruments.driver import Dialogue, PolledDriver, StreamDriver
from edge_daemon.instruments.transport import OpenPort, open_port

STOP_SECONDS = 2.0
UNPLUGGED = "unplugged"
BUG = "bug"

_IDLE_S = 0.1
_STALLED_US = 30_000_000
_MAX_POSTPONED_US = 10_000_000

T = TypeVar("T")
Task = PolledTask | StreamTask


class PortWorker:
    """Records the devices of one port until it is stopped.

    The port is known by its identity, so that it is found under whatever name it has now. Nothing that one device
    does, not even a bug in its driver, stops the others.
    """

    def __init__(
        self,
        identity: PortIdentity,
        line: LineSettings,
        devices: Sequence[DeviceSetup],
        find: FindPort,
        clock: Clock,
        outputs: Outputs,
        *,
        opener: Open = open_port,
    ) -> None:
        """Raises BadInput for no device, or for a device that speaks by itself on a port with others."""
        streams = [device.sensor for device in devices if isinstance(device.driver, StreamDriver)]
        if not devices:
            raise BadInput("devices", identity.key, "a port needs at least one device")
        if streams and len(devices) > 1:
            raise BadInput("devices", streams[0], "an instrument that speaks by itself needs a port of its own")
        self._identity = identity
        self._line = line
        self._devices = tuple(devices)
        self._find = find
        self._clock = clock
        self._outputs = outputs
        self._opener = opener
        self._stop = threading.Event()
        self._causes: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._asking = threading.Lock()
        self._jobs: deque[Job[Any]] = deque()
        self._serving = False
        self._thread = threading.Thread(target=self._main, name=f"port {identity.key}", daemon=True)

    def start(self) -> None:
        """Begin in a thread of its own."""
        self._thread.start()

    def stop(self, seconds: float = STOP_SECONDS) -> bool:
        """End the thread, record open gaps and close the port. Returns whether it ended within `seconds`."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def note_cause(self, code: str) -> None:
        """Something outside the port (`suspend`) may have cost samples of all its sensors. Callable from any thread."""
        self._causes.put(code)

    def run(
        self, sensor: str, dialogue: Dialogue[T], *, seconds: float = JOB_SECONDS, renew: bool = False
    ) -> Future[T]:
        """Have a dialogue with the device of `sensor` between its turns. Callable from any thread; never waits.

        The result is settled within `seconds` and a few more for tidying up, or with NotConnected, NoReply or whatever
        fault the dialogue ends with. With `renew` the device is set up anew afterwards, as after connecting. Raises
        Unknown for a sensor that is not on this port.
        """
        if sensor not in {device.sensor for device in self._devices}:
            raise Unknown(f"{sensor!r} is not on the port {self._identity.key}")
        job = Job(sensor, dialogue, self._clock.now().boot_us, seconds, renew=renew)
        with self._asking:
            if self._serving:
                self._jobs.append(job)
                return job.result
        job.fail(NotConnected(f"{sensor}: the port {self._identity.key} is not open at the moment"))
        return job.result

    def _main(self) -> None:
        tasks: list[Task] = []
        for device in self._devices:
            self._guarded(device.sensor, partial(self._add_task, tasks, device))
        backoff = Backoff()
        while not self._stop.is_set():
            if not self._guarded("", partial(self._connection, tasks, backoff)):
                for task in tasks:
                    task.feed.cause(BUG)
            self._stop.wait(backoff.next_us() / 1_000_000)
        for task in tasks:
            self._guarded(task.feed.sensor, partial(task.feed.end, self._clock.now()))

    def _add_task(self, tasks: list[Task], device: DeviceSetup) -> None:
        now = self._clock.now()
        feed = SensorFeed(device, self._outputs, now)
        feed.begin(now)
        if isinstance(device.driver, PolledDriver):
            tasks.append(PolledTask(device, device.driver, feed, self._clock, self._stop.is_set))
        else:
            tasks.append(StreamTask(device, device.driver, feed, self._clock, self._stop.is_set))

    def _connection(self, tasks: Sequence[Task], backoff: Backoff) -> None:
        """From finding the port to losing it."""
        self._take_causes(tasks)
        try:
            port = self._open()
        except Fault as fault:
            cause = UNPLUGGED if isinstance(fault, NotConnected) else fault.code
            for task in tasks:
                task.feed.disconnected(fault, cause)
            return
        try:
            for task in tasks:
                task.feed.connected(port.device, self._clock.now())
                task.connected()
            self._accept_jobs()
            self._serve(port, tasks, backoff)
        except NotConnected as fault:
            for task in tasks:
                task.feed.disconnected(fault, UNPLUGGED)
        finally:
            port.close()
            self._refuse_jobs(tasks, NotConnected(f"the connection to {port.device} ended meanwhile"))

    def _accept_jobs(self) -> None:
        with self._asking:
            self._serving = True

    def _refuse_jobs(self, tasks: Sequence[Task], fault: Fault) -> None:
        with self._asking:
            self._serving = False
            refused = list(self._jobs)
            self._jobs.clear()
        for job in refused:
            job.fail(fault)
        for task in tasks:
            task.drop_jobs(fault)

    def _hand_out_jobs(self, tasks: Sequence[Task]) -> None:
        while self._jobs:
            job = self._jobs.popleft()
            task = next((task for task in tasks if task.feed.sensor == job.sensor), None)
            if task is None:
                job.fail(DriverBroken(f"{job.sensor}: its driver could not begin"))
            else:
                task.ask(job)

    def _open(self) -> OpenPort:
        port = self._find(self._identity)
        if port is None:
            raise NotConnected(f"the port {self._identity.key} is not there")
        return self._opener(port.device, self._line)

    def _serve(self, port: OpenPort, tasks: Sequence[Task], backoff: Backoff) -> None:
        # Returns when no device has been heard for long: some adapters only work again after they were opened anew.
        heard_us = self._clock.now().boot_us
        while not self._stop.is_set():
            self._take_causes(tasks)
            self._hand_out_jobs(tasks)
            for polled in (task for task in tasks if isinstance(task, PolledTask)):
                polled.keep_pace()
            now = self._clock.now()
            task = choose(tasks, now.boot_us)
            if task is None:
                waits_us = (task.ready_us - now.boot_us for task in tasks if task.ready_us > now.boot_us)
                self._stop.wait(min(_IDLE_S, min(waits_us, default=100_000) / 1_000_000))
            else:
                self._turn(task, port)
            now = self._clock.now()
            silent = [task.feed.check_silence(now) for task in tasks]
            if not all(silent):
                heard_us = now.boot_us
                backoff.reset()
            elif now.boot_us - heard_us > _STALLED_US:
                return

    def _turn(self, task: Task, port: OpenPort) -> None:
        if not self._guarded(task.feed.sensor, partial(task.turn, port)):
            task.feed.cause(BUG)
            task.restart()

    def _take_causes(self, tasks: Sequence[Task]) -> None:
        while not self._causes.empty():
            code = self._causes.get_nowait()
            for task in tasks:
                task.feed.cause(code)
                if code == SUSPEND:
                    task.renew()

    def _guarded(self, sensor: str, action: Callable[[], None]) -> bool:
        """Run `action`; a bug in it is reported and returns False. NotConnected passes."""
        try:
            action()
        except NotConnected:
            raise
        except Exception as bug:  # noqa: BLE001  # drivers may be anyone's: a bug of any kind is reported, others go on
            self._outputs.on_bug(sensor, bug)
            return False
        return True


def choose(tasks: Sequence[Task], now_us: int) -> Task | None:
    """Who uses the port now: of those ready the one waiting longest, and devices that answer before those that do not.

    A device that does not answer waits until its silence fits before the next due time of every other, ten seconds at
    most.
    """
    ready = sorted((task for task in tasks if task.ready_us <= now_us), key=lambda task: (task.failing, task.ready_us))
    if not ready:
        return None
    first = ready[0]
    if not first.failing or now_us - first.ready_us > _MAX_POSTPONED_US:
        return first
    next_due_us = min((task.ready_us for task in tasks if not task.failing), default=now_us + first.patience_us)
    return first if now_us + first.patience_us <= next_due_us else None
