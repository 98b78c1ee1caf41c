# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An instrument that speaks by itself, as the only task on its port. Does I/O through the port it is given."""

from edge_daemon.acquisition.clock import Clock, Instant
from edge_daemon.acquisition.feed import SensorFeed
from edge_daemon.acquisition.schedule import Backoff
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.domain.faults import Fault
from edge_daemon.instruments.driver import BadFrame, Framer, StreamDriver
from edge_daemon.instruments.transport import OpenPort


class StreamTask:
    """Reads whatever arrives, finds frames and stamps them with the time their last bytes arrived."""

    failing = False
    patience_us = 0

    def __init__(self, setup: DeviceSetup, driver: StreamDriver, feed: SensorFeed, clock: Clock) -> None:
        self.feed = feed
        self._setup = setup
        self._driver = driver
        self._clock = clock
        self._framer: Framer = driver.framer()
        self._backoff = Backoff()
        self._heard = clock.now()
        self._partial = False
        self.ready_us = self._heard.boot_us

    def connected(self) -> None:
        """The port was opened: what was left of a frame belongs to the old connection."""
        self._forget()
        self.ready_us = self._heard.boot_us

    def restart(self) -> None:
        """After a bug in the driver: begin anew a while later."""
        self._forget()
        self.ready_us = self._heard.boot_us + self._backoff.next_us()

    def turn(self, port: OpenPort) -> None:
        """Read once. Raises NotConnected, and anything that a bug in the driver raises."""
        data = port.read()
        now = self._clock.now()
        if data:
            self._heard, self._partial = now, True
            self._take(self._framer.feed(data), now)
        elif self._partial and now.boot_us - self._heard.boot_us >= self._driver.idle_s * 1_000_000:
            self._partial = False
            self._take(self._framer.idle(), now)

    def _take(self, found: list[bytes | BadFrame], at: Instant) -> None:
        for frame in found:
            if isinstance(frame, BadFrame):
                self.feed.trouble(frame.fault, frame.data)
            else:
                self._decode(frame, at)

    def _decode(self, frame: bytes, at: Instant) -> None:
        try:
            sample = self._driver.decode(frame, self._setup.options)
        except Fault as fault:
            self.feed.trouble(fault, frame)
            return
        if sample is not None:
            self._backoff.reset()
            self.feed.sample(sample, at)

    def _forget(self) -> None:
        self._framer = self._driver.framer()
        self._heard = self._clock.now()
        self._partial = False
