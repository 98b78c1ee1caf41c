# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Holds a driver's conversation with something that answers: a function, or a simulated instrument in its own time."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from edge_daemon.domain.faults import NoReply
from edge_daemon.instruments.driver import Dialogue, Exchange, Pause
from edge_daemon.instruments.simulators.instrument import SimulatedInstrument

T = TypeVar("T")


@dataclass(slots=True)
class Talk:
    """Something at the far end of a line. `answer` returns b"" where it stays silent; `sent` keeps every request."""

    answer: Callable[[bytes], bytes]
    pause: Callable[[float], None] = lambda _seconds: None
    sent: list[bytes] = field(default_factory=list)
    paused_s: float = 0.0

    def hold(self, dialogue: Dialogue[T]) -> T:
        """Drive the conversation to its end as the daemon does, without repeats. Raises what the dialogue raises."""
        reply: bytes | None = None
        while True:
            try:
                step = next(dialogue) if reply is None else dialogue.send(reply)
                while isinstance(step, Exchange) and (got := self._reply(step)) is None:
                    step = dialogue.throw(NoReply("nothing answered"))
            except StopIteration as end:
                result: T = end.value
                return result
            reply = self._paused(step) if isinstance(step, Pause) else got

    def _reply(self, exchange: Exchange) -> bytes | None:
        self.sent.append(exchange.request)
        came = self.answer(exchange.request)
        if not exchange.expects_reply:
            return b""
        length = exchange.reply_length(came) if came else None
        return came[:length] if length is not None and len(came) >= length else None

    def _paused(self, pause: Pause) -> bytes:
        self.paused_s += pause.seconds
        self.pause(pause.seconds)
        return b""


class Bench:
    """A simulated instrument whose time goes on only when told, or when the driver pauses."""

    def __init__(self, instrument: SimulatedInstrument, now: float) -> None:
        self.instrument = instrument
        self.now = now
        self.talk = Talk(self._answer, self._wait)

    def hold(self, dialogue: Dialogue[T]) -> T:
        """Drive the conversation against the instrument. Raises what the dialogue raises."""
        return self.talk.hold(dialogue)

    def _answer(self, request: bytes) -> bytes:
        return self.instrument.receive(request, self.now)

    def _wait(self, seconds: float) -> None:
        self.now += seconds
