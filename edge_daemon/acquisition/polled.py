# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An instrument that answers requests, as one of the tasks on a port. Does I/O through the port it is given."""

from collections.abc import Callable
from typing import Any, TypeVar

from edge_daemon.acquisition.clock import Clock
from edge_daemon.acquisition.conversation import Conversation, Failed, Finished, Terms
from edge_daemon.acquisition.feed import SensorFeed
from edge_daemon.acquisition.introduction import Introduction, forgotten, has_introduction, introduce
from edge_daemon.acquisition.job import DEVICE_SETTINGS, DriverBroken, Job, JobDesk
from edge_daemon.acquisition.schedule import Backoff, Schedule
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.domain.faults import ChecksumMismatch, Fault, MalformedFrame, NoReply
from edge_daemon.instruments.driver import Dialogue, PolledDriver, Sample
from edge_daemon.instruments.transport import OpenPort

REPEATS = 2
"""How often a measurement is begun again within its slot after damaged bytes."""

NOTHING_NEW = "nothing_new"

T = TypeVar("T")
Outcome = Finished[T] | Failed


class PolledTask:
    """Takes turns on the port: one attempt at one exchange each, so that a device that is silent costs others little.

    `failing` says that its last attempt got no reply. Jobs are done between its measurements.
    """

    def __init__(
        self, setup: DeviceSetup, driver: PolledDriver, feed: SensorFeed, clock: Clock, stopped: Callable[[], bool]
    ) -> None:
        self.feed = feed
        self.failing = False
        self._setup = setup
        self._driver = driver
        self._clock = clock
        self._stopped = stopped
        now_us = clock.now().boot_us
        self._next_us = now_us
        self._usual = self._schedule = Schedule(now_us, setup.interval_ns // 1000)
        self._interval_ns = setup.interval_ns
        self._backoff = Backoff()
        self._started = False
        self._talk: Conversation[Any] | None = None
        self._done: Callable[[Conversation[Any], Outcome[Any]], None] = self._measured
        self._jobs = JobDesk()
        self._repeats_left = REPEATS

    @property
    def ready_us(self) -> int:
        """When it wants its next turn."""
        if self._talk is not None:
            return self._talk.ready_us
        return self._next_us if self._jobs.asked_us is None else min(self._jobs.asked_us, self._next_us)

    @property
    def patience_us(self) -> int:
        """How long a turn holds the port if nothing answers."""
        return self._talk.patience_us if self._talk else 0

    def ask(self, job: Job[Any]) -> None:
        """Have a job done on the device between measurements."""
        self._jobs.ask(job)

    def drop_jobs(self, fault: Fault) -> None:
        """The port is closed: no job can be done."""
        self._jobs.drop_all(fault)

    def keep_pace(self) -> None:
        """Measure at the pace of the calibration run that is under way, and else as configured, in the same phase."""
        interval_ns = self._setup.calibration().interval_ns or self._setup.interval_ns
        if interval_ns == self._interval_ns:
            return
        self._interval_ns, now_us = interval_ns, self._clock.now().boot_us
        self._usual.resume(now_us)
        faster = interval_ns != self._setup.interval_ns
        self._schedule = Schedule(now_us, interval_ns // 1000) if faster else self._usual
        if self._started and self._talk is None:
            self._next_us = self._schedule.due_us

    def connected(self) -> None:
        """The port was opened: set the device up anew before measuring."""
        self._drop_talk()
        self._started = False
        self._backoff.reset()
        self._next_us = self._clock.now().boot_us

    def renew(self) -> None:
        """It may have lost power: set the device up anew before it measures again, and ask it again who it is."""
        self._started = False

    def restart(self) -> None:
        """After a bug in the driver: begin anew a while later."""
        self._jobs.drop_current(DriverBroken(f"{self.feed.sensor}: the driver {self._driver.name} failed"))
        self._drop_talk()
        self._started = False
        self._wait_before_start()

    def turn(self, port: OpenPort) -> None:
        """Use the port once. Raises NotConnected, and anything that a bug in the driver raises."""
        if self._talk is None:
            self._begin()
        talk = self._talk
        if talk is None:
            return
        if self._jobs.busy:
            self._turn_job(talk, port)
            return
        outcome = talk.turn(port)
        self.failing = talk.failing
        if outcome is not None:
            self._talk = None
            self._done(talk, outcome)

    def _begin(self) -> None:
        if self._jobs.asked_us is not None:
            self.feed.cause(DEVICE_SETTINGS)
            self._talk = self._jobs.begin(self._terms(lambda _fault, _noise: self.feed.cause(DEVICE_SETTINGS)))
        elif not self._started:
            self._launch(self._driver.start(self._setup.options), self._set_up)
        elif self._schedule.take(self._clock.now().boot_us):
            self._repeats_left = REPEATS
            self._launch(self._driver.measure(self._setup.options), self._measured)
        else:
            self._next_us = self._schedule.due_us

    def _launch(self, dialogue: Dialogue[T], done: Callable[[Conversation[Any], Outcome[T]], None]) -> None:
        self._talk = Conversation(dialogue, self._terms(self._noise))
        self._done = done

    def _terms(self, on_noise: Callable[[Fault, bytes], None]) -> Terms:
        return Terms(self.feed.sensor, self._clock, self._stopped, on_noise)

    def _noise(self, fault: Fault, noise: bytes) -> None:
        self.feed.trouble(fault, noise, shown=False)

    def _turn_job(self, talk: Conversation[Any], port: OpenPort) -> None:
        done = self._jobs.turn(talk, port, self._clock.now().boot_us)
        self.failing = talk.failing
        if done is None:
            return
        self._talk = None
        self._next_us = self._clock.now().boot_us
        if done.renew:
            self._started = False

    def _set_up(self, talk: Conversation[Any], outcome: Outcome[Sample | None]) -> None:
        if isinstance(outcome, Failed):
            self._failed(talk, outcome.fault)
            return
        self._backoff.reset()
        self._started = True
        self.feed.applied(forgotten(self._driver, self._setup.options), self._clock.now())
        if has_introduction(self._driver):
            self._launch(introduce(self._driver, self._setup.options), self._introduced)
        else:
            self._wait_for_slot()

    def _introduced(self, _talk: Conversation[Any], outcome: Outcome[Introduction]) -> None:
        if isinstance(outcome, Finished):
            self.feed.introduced(outcome.value)
        else:
            self.feed.introduced(Introduction(None, faults={"identity": outcome.fault}))
        self._wait_for_slot()

    def _wait_for_slot(self) -> None:
        self._next_us = max(self._schedule.due_us, self._clock.now().boot_us)

    def _measured(self, talk: Conversation[Any], outcome: Outcome[Sample | None]) -> None:
        if isinstance(outcome, Failed):
            self._failed(talk, outcome.fault)
            return
        self._backoff.reset()
        self._next_us = self._schedule.due_us
        if outcome.value is None:
            self.feed.cause(NOTHING_NEW)
        else:
            self.feed.sample(outcome.value, talk.answered_at)

    def _failed(self, talk: Conversation[Any], fault: Fault) -> None:
        damaged = isinstance(fault, ChecksumMismatch | MalformedFrame)
        again = self._started and damaged and self._repeats_left > 0
        self.feed.trouble(fault, talk.reply if damaged else b"", shown=not again)
        if again:
            self._repeats_left -= 1
            self._launch(self._driver.measure(self._setup.options), self._measured)
        elif self._started and not isinstance(fault, NoReply):
            self._next_us = self._schedule.due_us
        else:
            # Silence may mean that the device lost power: it is set up again before it measures.
            self._started = False
            self._wait_before_start()

    def _wait_before_start(self) -> None:
        self._next_us = self._clock.now().boot_us + self._backoff.next_us()

    def _drop_talk(self) -> None:
        talk, self._talk = self._talk, None
        if talk is not None:
            talk.close()
