# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An instrument that speaks by itself, as the only task on its port. Does I/O through the port it is given."""

from collections.abc import Callable
from typing import Any, TypeVar

from edge_daemon.acquisition.clock import Clock, Instant
from edge_daemon.acquisition.conversation import Conversation, Failed, Finished, Terms
from edge_daemon.acquisition.feed import SensorFeed
from edge_daemon.acquisition.introduction import Introduction, forgotten, has_introduction, introduce
from edge_daemon.acquisition.job import DEVICE_SETTINGS, DriverBroken, Job, JobDesk
from edge_daemon.acquisition.pace import Pace
from edge_daemon.acquisition.schedule import Backoff
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.domain.faults import Fault
from edge_daemon.instruments.driver import BadFrame, Dialogue, Framer, StreamDriver
from edge_daemon.instruments.transport import OpenPort, Tap

T = TypeVar("T")
Outcome = Finished[T] | Failed


class StreamTask:
    """Reads whatever arrives, finds frames and stamps them with the time their last bytes arrived.

    While it converses with the device it goes on finding frames among all that arrives.
    """

    failing = False
    patience_us = 0

    def __init__(
        self, setup: DeviceSetup, driver: StreamDriver, feed: SensorFeed, clock: Clock, stopped: Callable[[], bool]
    ) -> None:
        self.feed = feed
        self._setup = setup
        self._driver = driver
        self._clock = clock
        self._stopped = stopped
        self._framer: Framer = driver.framer()
        self._backoff = Backoff()
        self._heard = clock.now()
        self._partial = False
        self._talk: Conversation[Any] | None = None
        self._done: Callable[[Outcome[Any]], None] = self._set_up
        self._jobs = JobDesk()
        self._start_us: int | None = None
        self._unknown = False
        self._pace: Pace | None = None
        self.ready_us = self._heard.boot_us

    def ask(self, job: Job[Any]) -> None:
        """Have a job done on the device."""
        self._jobs.ask(job)

    def drop_jobs(self, fault: Fault) -> None:
        """The port is closed: no job can be done."""
        self._jobs.drop_all(fault)

    def connected(self) -> None:
        """The port was opened: what was left of a frame belongs to the old connection."""
        self._forget()
        self.renew()
        self.ready_us = self._heard.boot_us

    def restart(self) -> None:
        """After a bug in the driver: begin anew a while later."""
        self._jobs.drop_current(DriverBroken(f"{self.feed.sensor}: the driver {self._driver.name} failed"))
        self._forget()
        self.ready_us = self._heard.boot_us + self._backoff.next_us()

    def turn(self, port: OpenPort) -> None:
        """Use the port once. Raises NotConnected, and anything that a bug in the driver raises."""
        now_us = self._clock.now().boot_us
        if self._talk is None:
            self._begin(now_us)
        if self._talk is not None and self._talk.ready_us <= now_us:
            self._converse(self._talk, Tap(port, self._hear))
            return
        data = port.read()
        if data:
            self._hear(data)
        else:
            self._idle()

    def _begin(self, now_us: int) -> None:
        if self._start_us is not None and self._start_us <= now_us and self._driver.start is not None:
            self._launch(self._driver.start(self._setup.options), self._set_up)
        elif self._unknown and self._start_us is None:
            self._unknown = False
            self._launch(introduce(self._driver, self._setup.options), self._introduced)
        elif self._jobs.asked_us is not None:
            self.feed.cause(DEVICE_SETTINGS)
            self._talk = self._jobs.begin(self._terms())

    def _launch(self, dialogue: Dialogue[T], done: Callable[[Outcome[T]], None]) -> None:
        self._talk = Conversation(dialogue, self._terms())
        self._done = done

    def _terms(self) -> Terms:
        # What makes no reply has gone through the framer already.
        return Terms(self.feed.sensor, self._clock, self._stopped)

    def _converse(self, talk: Conversation[Any], port: Tap) -> None:
        if self._jobs.busy:
            done = self._jobs.turn(talk, port, self._clock.now().boot_us)
            if done is not None:
                self._talk = None
                if done.renew:
                    self.renew()
            return
        outcome = talk.turn(port)
        if outcome is not None:
            self._talk = None
            self._done(outcome)

    def _set_up(self, outcome: Outcome[None]) -> None:
        now = self._clock.now()
        if isinstance(outcome, Failed):
            self.feed.trouble(outcome.fault)
            self._start_us = now.boot_us + self._backoff.next_us()
            return
        self._start_us = None
        written = forgotten(self._driver, self._setup.options)
        self._pace = Pace(now.boot_us) if written else None
        self.feed.applied(written, now)

    def _introduced(self, outcome: Outcome[Introduction]) -> None:
        if isinstance(outcome, Finished):
            self.feed.introduced(outcome.value)
        else:
            self.feed.introduced(Introduction(None, faults={"identity": outcome.fault}))

    def _hear(self, data: bytes) -> None:
        now = self._clock.now()
        if now.boot_us - self._heard.boot_us > self._driver.silent_after_s * 1_000_000:
            self.renew()
        self._heard, self._partial = now, True
        self._take(self._framer.feed(data), now)

    def _idle(self) -> None:
        now = self._clock.now()
        if self._partial and now.boot_us - self._heard.boot_us >= self._driver.idle_s * 1_000_000:
            self._partial = False
            self._take(self._framer.idle(), now)

    def _take(self, found: list[bytes | BadFrame], at: Instant) -> None:
        for frame in found:
            if not isinstance(frame, BadFrame):
                self._decode(frame, at)
            elif self._talk is None:
                self.feed.trouble(frame.fault, frame.data)
            else:
                self.feed.cause(DEVICE_SETTINGS)  # answers of a conversation are no frames

    def _decode(self, frame: bytes, at: Instant) -> None:
        try:
            sample = self._driver.decode(frame, self._setup.options)
        except Fault as fault:
            if self._talk is None:
                self.feed.trouble(fault, frame)
            return
        if sample is not None:
            self._backoff.reset()
            self.feed.sample(sample, at)
            if self._pace is not None and self._pace.is_other(at.boot_us):
                self._pace = None
                self.renew()

    def renew(self) -> None:
        """It may have lost power: set the device up anew, and ask it again who it is."""
        self._start_us = None if self._driver.start is None else self._clock.now().boot_us
        self._unknown = has_introduction(self._driver)
        if self._driver.identify is not None:
            self.feed.asked_for_identity(self._clock.now())

    def _forget(self) -> None:
        if self._talk is not None:
            self._talk.close()
        self._talk = None
        self._framer = self._driver.framer()
        self._heard = self._clock.now()
        self._partial = False
