# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One conversation with a device, an attempt at an exchange at a time. Does I/O through the port it is given."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from edge_daemon.acquisition.clock import Clock, Instant
from edge_daemon.acquisition.exchange import attempt
from edge_daemon.domain.faults import Fault, MalformedFrame, NoReply
from edge_daemon.instruments.driver import Dialogue, Exchange, Pause
from edge_daemon.instruments.transport import Line

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finished(Generic[T]):
    """The conversation came to its end with this result."""

    value: T


@dataclass(frozen=True, slots=True)
class Failed:
    """The conversation ended with a fault."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Terms:
    """What a conversation needs to know around it.

    `who` names the device to a person. `on_noise` gets bytes that made no whole reply. `most_tries` bounds what an
    exchange may ask for.
    """

    who: str
    clock: Clock
    stopped: Callable[[], bool]
    on_noise: Callable[[Fault, bytes], None] = lambda _fault, _noise: None
    most_tries: int = 100


class Conversation(Generic[T]):
    """Takes turns on a port until its dialogue ends, so that others can use the port in between.

    `ready_us` is when it wants its next turn, `failing` that its last attempt got no reply, `reply` the last reply and
    `answered_at` when it came.
    """

    def __init__(self, dialogue: Dialogue[T], terms: Terms) -> None:
        self.failing = False
        self.reply = b""
        self.answered_at = terms.clock.now()
        self.ready_us = self.answered_at.boot_us
        self._dialogue = dialogue
        self._terms = terms
        self._begun = False
        self._exchange: Exchange | None = None
        self._tries_left = 0

    @property
    def patience_us(self) -> int:
        """How long the next turn holds the port if nothing answers."""
        if self._exchange is None:
            return 0
        return round((self._exchange.timeout_s + self._exchange.silence_s) * 1_000_000)

    def turn(self, port: Line) -> Finished[T] | Failed | None:
        """Use the port once. None while the conversation goes on.

        Raises NotConnected when the port is gone, and anything that a bug in the dialogue raises.
        """
        if self._exchange is None:
            return self._advance(self._next)
        return self._attempt(port, self._exchange)

    def interrupt(self, fault: Fault) -> Finished[T] | Failed | None:
        """Raise `fault` in the dialogue, which may still tidy up on the device. None when it goes on."""
        if not self._begun:
            self.close()
            return Failed(fault)
        return self._advance(lambda: self._dialogue.throw(fault))

    def close(self) -> None:
        """End the dialogue where it stands."""
        with contextlib.suppress(RuntimeError):  # a dialogue that wants to go on all the same is left where it is
            self._dialogue.close()

    def _next(self) -> Exchange | Pause:
        if self._begun:
            return self._dialogue.send(b"")
        self._begun = True
        return next(self._dialogue)

    def _attempt(self, port: Line, exchange: Exchange) -> Finished[T] | Failed | None:
        self._tries_left -= 1
        outcome = attempt(port, exchange, self._terms.clock, self._terms.stopped)
        if self._terms.stopped() and outcome.reply is None:
            return None
        self.ready_us = outcome.at.boot_us
        self.failing = outcome.reply is None
        if outcome.reply is not None:
            return self._answered(outcome.reply, outcome.at)
        if outcome.leftover:
            count = len(outcome.leftover)
            fault = MalformedFrame(f"{self._terms.who}: {count} bytes came that are no whole reply")
            self._terms.on_noise(fault, outcome.leftover)
        if self._tries_left > 0:
            return None
        silence = NoReply(f"{self._terms.who} did not answer within {exchange.timeout_s:g} s")
        return self._advance(lambda: self._dialogue.throw(silence))

    def _answered(self, reply: bytes, at: Instant) -> Finished[T] | Failed | None:
        self.reply = reply
        self.answered_at = at
        return self._advance(lambda: self._dialogue.send(reply))

    def _advance(self, step: Callable[[], Exchange | Pause]) -> Finished[T] | Failed | None:
        self._exchange = None
        try:
            wanted = step()
        except StopIteration as end:
            return Finished(end.value)
        except Fault as fault:
            return Failed(fault)
        self.ready_us = self._terms.clock.now().boot_us
        if isinstance(wanted, Pause):
            self.ready_us += round(wanted.seconds * 1_000_000)
        else:
            self._exchange = wanted
            self._tries_left = max(1, min(wanted.tries, self._terms.most_tries))
        return None
