# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Sends one log to one destination: in order, halving what is refused, waiting out what breaks. Uses the network.

Nothing here remembers anything that the books do not hold: it can be killed at any instant.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from sync.delivery.account import MOST_REPEATS, Account
from sync.engine.backoff import Backoff
from sync.engine.lines import Again, HeldUp, InOrder, Line
from sync.engine.meter import Meter
from sync.engine.pages import LogPages
from sync.engine.steps import Step, Steps
from sync.packets.reading import Outgoing
from sync.sinks.sink import Chunk, Delivered, Later, Outcome, Refused, Sink, Stopped

AGAIN_NS = 600 * 10**9
"""A far end that broke off may have lost what it acknowledged in the minutes before; what is older is safe."""

TAIL = 2_000
"""What was recorded meanwhile is sent too; a sync ends once no more entries than this came during the last round."""

Trouble = Later | Stopped


@dataclass(frozen=True, slots=True)
class Ending:
    """How the drain of a log ended; `words` and `remedy` for all but `done` and `cancelled`."""

    how: Literal["done", "cancelled", "stopped", "gave_up"]
    words: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How to wait: `random` from 0 to 1 for the jitter; it gives up `give_up_s` seconds after the last success."""

    random: Callable[[], float]
    give_up_s: float


class Drain:
    """One destination and one log. For one thread; `cancelled` may be set from any."""

    def __init__(
        self,
        sink: Sink,
        account: Account,
        pages: LogPages,
        meter: Meter,
        cancelled: threading.Event,
        patience: Patience,
    ) -> None:
        self._sink = sink
        self._account = account
        self._pages = pages
        self._meter = meter
        self._cancelled = cancelled
        self._patience = patience
        self._backoff = Backoff(patience.random)
        self._success_s = time.monotonic()
        self._breaks = 0
        self._steps = Steps(pages, account, sink.chunks)

    def run(self) -> Ending:
        """Everything that is in the log by now. Raises DamagedLog, BufferUnavailable, DiskFull."""
        self._tell_debts()
        while True:
            end = self._pages.size()
            ending = self._round(end)
            if ending is not None:
                return ending
            if self._pages.size() - end <= TAIL:
                self._account.prune()
                return Ending("done")

    def _round(self, end: int) -> Ending | None:
        for line in self._lines(end):
            ending = self._line(line)
            if ending is not None:
                return ending
        return None

    def _lines(self, end: int) -> Iterator[Line]:
        yield from self._held_up()
        if self._account.cursor().next < end:
            yield InOrder(self._account, self._steps, end)
            yield from self._held_up()
        while self._account.debts():
            self._tell_debts()
            yield Again(self._account, self._steps)
        self._tell_debts()
        while any(held.why == "retry" for held in self._account.held()):
            yield from self._held_up()

    def _held_up(self) -> Iterator[Line]:
        news = self._steps.chronicle.clock_news()
        for held in self._account.held():
            if held.why == "retry" or held.checked < news:
                yield HeldUp(self._account, self._steps, held)

    def _line(self, line: Line) -> Ending | None:
        """Follow the line to its end, through all trouble; None when it is done."""
        while True:
            if self._cancelled.is_set():
                return Ending("cancelled")
            trouble = self._go(line)
            if self._cancelled.is_set():
                return Ending("cancelled")
            match trouble:
                case None:
                    return None
                case Stopped(words, remedy):
                    return Ending("stopped", words, remedy)
                case Later():
                    ending = self._wait_out(line, trouble)
                    if ending is not None:
                        return ending

    def _go(self, line: Line) -> Trouble | None:
        """Send from where the line stands until it ends (None), is cancelled (None), or something is in the way."""
        steps, under_way = line.steps(), deque[Step]()
        try:
            while True:
                outcomes = self._sink.deliver(self._feed(steps, under_way), self._cancelled)
                try:
                    trouble = self._follow(line, outcomes, under_way)
                finally:
                    _close(outcomes)
                # What was refused has been dealt with: what comes behind it is sent now.
                if not isinstance(trouble, Refused):
                    return trouble
        finally:
            line.write()

    def _feed(self, steps: Iterator[Step], under_way: deque[Step]) -> Iterator[Chunk]:
        yield from [step.chunk for step in under_way if step.chunk is not None]
        for step in steps:
            if self._cancelled.is_set():
                return
            under_way.append(step)
            if step.chunk is not None:
                yield step.chunk

    def _follow(self, line: Line, outcomes: Iterable[Outcome], under_way: deque[Step]) -> Trouble | Refused | None:
        for outcome in outcomes:
            self._pass(line, under_way)
            step = under_way[0] if under_way else None
            match outcome:
                case Later() | Stopped():
                    return outcome
                case Delivered(chunk) | Refused(chunk) if step is None or chunk is not step.chunk:
                    raise AssertionError(f"{self._sink.name} told of a chunk that was not its turn")
                case Delivered():
                    under_way.popleft()
                    self._settle(line, step)
                case Refused():
                    under_way.popleft()
                    return self._halve(line, step, step.readings, outcome) or outcome
        self._pass(line, under_way)
        if under_way and not self._cancelled.is_set():
            return Later(f"{self._sink.name} broke off without an answer")
        return None

    def _pass(self, line: Line, under_way: deque[Step]) -> None:
        """Take the steps that nothing has to be sent for."""
        while under_way and under_way[0].chunk is None:
            line.settle(under_way.popleft().advance)

    def _settle(self, line: Line, step: Step) -> None:
        line.settle(step.advance)
        self._succeeded(line, step.advance.delivered, step.advance.sent_bytes)

    def _succeeded(self, line: Line, readings: int, sent_bytes: int) -> None:
        self._success_s = time.monotonic()
        self._backoff = self._backoff.succeeded()
        self._meter.sent(readings, sent_bytes, again=line.again)

    def _tell_debts(self) -> None:
        self._meter.owes(sum(debt.last - debt.first + 1 for debt in self._account.debts()))

    def _halve(self, line: Line, step: Step, readings: Sequence[Outgoing], refused: Refused) -> Trouble | None:
        """Find what in these readings is refused and put it aside; the rest is delivered. None when all are settled."""
        if len(readings) == 1:
            self._success_s = time.monotonic()
            line.refused(step, readings[0], refused.words)
            self._meter.state("sending", refused.words)
            return None
        middle = len(readings) // 2
        return self._send(line, step, readings[:middle]) or self._send(line, step, readings[middle:])

    def _send(self, line: Line, step: Step, readings: Sequence[Outgoing]) -> Trouble | None:
        done = 0
        for chunk in self._steps.chunks(readings):
            part = readings[done : done + chunk.count]
            done += chunk.count
            outcomes = self._sink.deliver([chunk], self._cancelled)
            outcome = next(iter(outcomes), None)
            _close(outcomes)
            trouble: Trouble | None = None
            match outcome:
                case None:
                    trouble = Later(f"{self._sink.name} broke off without an answer")
                case Delivered():
                    advance = line.part(step, part, len(chunk.payload))
                    line.settle(advance)
                    self._succeeded(line, len(part) if line.again else advance.delivered, advance.sent_bytes)
                case Refused():
                    trouble = self._halve(line, step, part, outcome)
                case Later() | Stopped():
                    trouble = outcome
            if trouble is not None:
                return trouble
        return None

    def _send_again(self, line: Line, index: int) -> None:
        since_ns = time.time_ns() - AGAIN_NS
        self._account.owe(max(index, self._account.moved_before(since_ns)), again=isinstance(line, Again))
        self._tell_debts()
        self._breaks += 1
        if self._breaks <= MOST_REPEATS:
            self._account.late_again(since_ns)

    def _wait_out(self, line: Line, later: Later) -> Ending | None:
        if later.resend_from is not None:
            self._send_again(line, later.resend_from)
        if time.monotonic() - self._success_s > self._patience.give_up_s:
            return Ending("gave_up", later.words, "Connect to the network and sync again: nothing is lost.")
        wait_s = self._backoff.wait_s(later.after_s)
        if wait_s:
            self._meter.state("waiting", later.words or None)
            self._backoff = self._backoff.failed()
        return Ending("cancelled") if self._cancelled.wait(wait_s) else None


def _close(outcomes: object) -> None:
    """End a sink's generator, so that it lets go of what it has under way."""
    close = getattr(outcomes, "close", None)
    if close is not None:
        close()
