# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Talks to the instruments on a port as recording does and keeps every byte with its time. Does I/O on that port alone.

Nothing that is read here is recorded.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from edge_daemon.acquisition.clock import Clock
from edge_daemon.acquisition.conversation import Conversation, Failed, Finished, Terms
from edge_daemon.domain.connection import LineSettings
from edge_daemon.instruments.capture_file import Chunk, together
from edge_daemon.instruments.driver import Dialogue, Driver, Options, PolledDriver
from edge_daemon.instruments.transport import OpenPort, Tap

T = TypeVar("T")

MOST_BYTES = 8 * 1024 * 1024

Open = Callable[[str, LineSettings], OpenPort]


@dataclass(frozen=True, slots=True)
class Talker:
    """An instrument on the line, and how often it is asked, in seconds."""

    driver: Driver
    options: Options
    interval_s: float


@dataclass(slots=True)
class Capture:
    """One run on one port. `run` may be called once; `chunks`, `received` and `sent` may be asked meanwhile."""

    device: str
    line: LineSettings
    talkers: Sequence[Talker]
    seconds: float
    opener: Open
    clock: Clock
    stopped: Callable[[], bool]
    received: int = 0
    sent: int = 0
    _chunks: list[Chunk] = field(default_factory=list)
    _begun_us: int = 0

    def run(self) -> None:
        """Capture until the time is over, the most bytes are kept, or it is stopped.

        Without talkers it only listens. Raises what opening the port raises, and NotConnected when it is pulled out:
        what came before is kept.
        """
        port = self.opener(self.device, self.line)
        self._begun_us = self.clock.now().boot_us
        try:
            tap = Tap(port, self._came, self._went)
            due_us = [self._begun_us for _ in self.talkers]
            for talker in self.talkers:
                self._begin(talker, tap)
            while self._goes_on():
                self._measure_due(tap, due_us)
                tap.read()
        finally:
            port.close()

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """What went over the line so far."""
        return together(tuple(self._chunks))

    def _begin(self, talker: Talker, port: Tap) -> None:
        driver = talker.driver
        if driver.start is not None:
            self._converse(driver.start(talker.options), port)
        if driver.identify is not None:
            self._converse(driver.identify(talker.options), port)

    def _measure_due(self, port: Tap, due_us: list[int]) -> None:
        for number, talker in enumerate(self.talkers):
            now_us = self.clock.now().boot_us
            if isinstance(talker.driver, PolledDriver) and now_us >= due_us[number] and self._goes_on():
                due_us[number] = now_us + round(talker.interval_s * 1_000_000)
                self._converse(talker.driver.measure(talker.options), port)

    def _converse(self, dialogue: Dialogue[T], port: Tap) -> None:
        """Have the conversation; what comes of it does not matter here, only the bytes do."""
        talk = Conversation(dialogue, Terms("the instrument", self.clock, lambda: not self._goes_on()))
        try:
            while self._goes_on():
                if talk.ready_us > self.clock.now().boot_us:
                    port.read()  # a pause: what arrives belongs into the capture
                    continue
                if isinstance(talk.turn(port), Finished | Failed):
                    return
        finally:
            talk.close()

    def _goes_on(self) -> bool:
        over = self.clock.now().boot_us - self._begun_us > self.seconds * 1_000_000
        return not over and self.received + self.sent < MOST_BYTES and not self.stopped()

    def _came(self, data: bytes) -> None:
        self.received += len(data)
        self._chunks.append(Chunk(self._now_us(), sent=False, data=data))

    def _went(self, data: bytes) -> None:
        if data:  # an exchange that only listens sends nothing
            self.sent += len(data)
            self._chunks.append(Chunk(self._now_us(), sent=True, data=data))

    def _now_us(self) -> int:
        return self.clock.now().boot_us - self._begun_us
