# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An instrument that answers requests, as one of the tasks on a port. Does I/O through the port it is given."""

from collections.abc import Callable

from edge_daemon.acquisition.clock import Clock
from edge_daemon.acquisition.exchange import attempt
from edge_daemon.acquisition.feed import SensorFeed
from edge_daemon.acquisition.schedule import Backoff, Schedule
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.domain.faults import ChecksumMismatch, Fault, MalformedFrame, NoReply
from edge_daemon.instruments.driver import Exchange, Pause, PolledDriver, Sample, Steps
from edge_daemon.instruments.transport import OpenPort

REPEATS = 2
"""How often a measurement is begun again within its slot after damaged bytes."""

NOTHING_NEW = "nothing_new"


class PolledTask:
    """Takes turns on the port: one attempt at one exchange each, so that a device that is silent costs others little.

    `ready_us` is when it wants its next turn; `failing` that its last attempt got no reply.
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
        now = clock.now()
        self.ready_us = now.boot_us
        self._answered_at = now
        self._schedule = Schedule(now.boot_us, setup.interval_ns // 1000)
        self._backoff = Backoff()
        self._started = False
        self._steps: Steps | None = None
        self._exchange: Exchange | None = None
        self._tries_left = 0
        self._repeats_left = REPEATS
        self._reply = b""

    @property
    def patience_us(self) -> int:
        """How long a turn holds the port if nothing answers."""
        if self._exchange is None:
            return 0
        return round((self._exchange.timeout_s + self._exchange.silence_s) * 1_000_000)

    def connected(self) -> None:
        """The port was opened: set the device up anew before measuring."""
        self._drop_steps()
        self._started = False
        self._backoff.reset()
        self.ready_us = self._clock.now().boot_us

    def restart(self) -> None:
        """After a bug in the driver: begin anew a while later."""
        self._drop_steps()
        self._started = False
        self._wait_before_start()

    def turn(self, port: OpenPort) -> None:
        """Use the port once. Raises NotConnected, and anything that a bug in the driver raises."""
        if self._exchange is not None:
            self._attempt(port, self._exchange)
        elif self._steps is not None:
            steps = self._steps
            self._run(lambda: steps.send(b""))
        else:
            self._begin()

    def _begin(self) -> None:
        if self._started and not self._schedule.take(self._clock.now().boot_us):
            self.ready_us = self._schedule.due_us
            return
        if self._started:
            self._repeats_left = REPEATS
        self._launch()

    def _launch(self) -> None:
        begin = self._driver.measure if self._started else self._driver.start
        steps = begin(self._setup.options)
        self._steps = steps
        self._run(lambda: next(steps))

    def _attempt(self, port: OpenPort, exchange: Exchange) -> None:
        self._tries_left -= 1
        outcome = attempt(port, exchange, self._clock, self._stopped)
        if self._stopped() and outcome.reply is None:
            return
        steps = self._steps
        assert steps is not None, "an exchange belongs to steps"
        self.ready_us = outcome.at.boot_us
        self.failing = outcome.reply is None
        if outcome.reply is not None:
            reply = self._reply = outcome.reply
            self._answered_at = outcome.at
            self._run(lambda: steps.send(reply))
            return
        if outcome.leftover:
            fault = MalformedFrame(f"{self.feed.sensor}: {len(outcome.leftover)} bytes came that are no whole reply")
            self.feed.trouble(fault, outcome.leftover, shown=False)
        if self._tries_left <= 0:
            silence = NoReply(f"{self.feed.sensor} did not answer within {exchange.timeout_s:g} s")
            self._run(lambda: steps.throw(silence))

    def _run(self, step: Callable[[], Exchange | Pause]) -> None:
        self._exchange = None
        try:
            wanted = step()
        except StopIteration as end:
            self._finished(end.value)
        except Fault as fault:
            self._failed(fault)
        else:
            self._want(wanted)

    def _want(self, wanted: Exchange | Pause) -> None:
        self.ready_us = self._clock.now().boot_us
        if isinstance(wanted, Pause):
            self.ready_us += round(wanted.seconds * 1_000_000)
            return
        self._exchange = wanted
        self._tries_left = max(1, wanted.tries)

    def _finished(self, sample: Sample | None) -> None:
        self._drop_steps()
        self._backoff.reset()
        if not self._started:
            self._started = True
            self.ready_us = max(self._schedule.due_us, self._clock.now().boot_us)
            return
        self.ready_us = self._schedule.due_us
        if sample is None:
            self.feed.cause(NOTHING_NEW)
        else:
            self.feed.sample(sample, self._answered_at)

    def _failed(self, fault: Fault) -> None:
        self._drop_steps()
        damaged = isinstance(fault, ChecksumMismatch | MalformedFrame)
        again = self._started and damaged and self._repeats_left > 0
        self.feed.trouble(fault, self._reply if damaged else b"", shown=not again)
        if again:
            self._repeats_left -= 1
            self._launch()
        elif self._started and not isinstance(fault, NoReply):
            self.ready_us = self._schedule.due_us
        else:
            # Silence may mean that the device lost power: it is set up again before it measures.
            self._started = False
            self._wait_before_start()

    def _wait_before_start(self) -> None:
        self.ready_us = self._clock.now().boot_us + self._backoff.next_us()

    def _drop_steps(self) -> None:
        steps, self._steps, self._exchange = self._steps, None, None
        if steps is not None:
            steps.close()
