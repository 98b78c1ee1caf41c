# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Something a person wants of a device while it is recorded: a dialogue with a deadline and a promised result.

Does I/O through the port it is given.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from typing import Any, ClassVar, Generic, TypeVar

from edge_daemon.acquisition.conversation import Conversation, Failed, Finished, Terms
from edge_daemon.domain.faults import Fault, NoReply
from edge_daemon.instruments.driver import Dialogue
from edge_daemon.instruments.transport import Line

T = TypeVar("T")

JOB_SECONDS = 15.0
TIDY_SECONDS = 3.0
"""How long after its deadline a dialogue may go on, to leave the device as it should be left."""

DEVICE_SETTINGS = "device_settings"
"""The cause of samples that a job on their device cost."""


class DriverBroken(Fault):
    """The driver's own code failed. The instrument goes on being recorded."""

    code: ClassVar[str] = "driver_broken"
    title: ClassVar[str] = "The instrument's driver made a mistake"
    advice: ClassVar[str] = "Please report it with the log file from the data folder. Recording is not affected."


class Job(Generic[T]):
    """`result` is settled exactly once, whatever happens to the port. `renew`: set the device up anew afterwards."""

    def __init__(self, sensor: str, dialogue: Dialogue[T], asked_us: int, seconds: float, *, renew: bool) -> None:
        self.sensor = sensor
        self.asked_us = asked_us
        self.renew = renew
        self.result: Future[T] = Future()
        self._dialogue = dialogue
        self._deadline_us = asked_us + round(seconds * 1_000_000)
        self._seconds = seconds
        self._late = False

    def begin(self, terms: Terms) -> Conversation[T]:
        """The conversation to take turns with."""
        return Conversation(self._dialogue, terms)

    def turn(self, talk: Conversation[T], port: Line, now_us: int) -> bool:
        """Take one turn of the conversation; True when the job is done, one way or another.

        Raises NotConnected, and anything that a bug in the driver raises.
        """
        if now_us > self._deadline_us + round(TIDY_SECONDS * 1_000_000):
            talk.close()
            return self.fail(self._too_late())
        if now_us > self._deadline_us and not self._late:
            self._late = True
            outcome = talk.interrupt(self._too_late())
        else:
            outcome = talk.turn(port)
        match outcome:
            case Finished(value):
                return self._settle(lambda: self.result.set_result(value))
            case Failed(fault):
                return self.fail(self._too_late() if self._late else fault)
            case None:
                return False

    def fail(self, fault: Fault) -> bool:
        """Settle the result with a fault, unless it is settled already."""
        return self._settle(lambda: self.result.set_exception(fault))

    def _too_late(self) -> NoReply:
        return NoReply(f"{self.sensor}: this was not done within {self._seconds:g} s")

    def _settle(self, settle: Callable[[], None]) -> bool:
        try:
            settle()
        except InvalidStateError:  # whoever waited has cancelled
            return True
        return True


class JobDesk:
    """The jobs of one device: those that wait, and the one that is being done. Used by the port's thread alone."""

    def __init__(self) -> None:
        self._waiting: deque[Job[Any]] = deque()
        self._current: Job[Any] | None = None

    @property
    def asked_us(self) -> int | None:
        """Since when the first job waits; None when there is none."""
        return self._waiting[0].asked_us if self._waiting else None

    @property
    def busy(self) -> bool:
        """Whether a job is being done."""
        return self._current is not None

    def ask(self, job: Job[Any]) -> None:
        """Have the job done after those before it."""
        self._waiting.append(job)

    def begin(self, terms: Terms) -> Conversation[Any]:
        """Begin the first job that waits. Raises IndexError when none does."""
        self._current = self._waiting.popleft()
        return self._current.begin(terms)

    def turn(self, talk: Conversation[Any], port: Line, now_us: int) -> Job[Any] | None:
        """Take a turn of the present job's conversation; the job when it is done. Raises as `Job.turn`."""
        job = self._current
        assert job is not None, "a turn belongs to a job"
        if not job.turn(talk, port, now_us):
            return None
        self._current = None
        return job

    def drop_current(self, fault: Fault) -> None:
        """The present job cannot go on."""
        if self._current is not None:
            self._current.fail(fault)
            self._current = None

    def drop_all(self, fault: Fault) -> None:
        """No job can be done now."""
        self.drop_current(fault)
        while self._waiting:
            self._waiting.popleft().fail(fault)
