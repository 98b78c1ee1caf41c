# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The three ways through a log: in order from the cursor, what was held up, what is sent again. Changes the books.

A line knows where it stands from the books alone, so that it can be left at any instant and taken up again.
"""

import time
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Protocol

from sync.delivery.account import Account, Debt
from sync.delivery.position import Advance, Aside, Held, Times
from sync.engine.steps import Step, Steps
from sync.packets.reading import Outgoing

WRITE_AFTER_S = 0.25
"""Acknowledgements are written together; what a kill in between takes with it is sent again."""


class Line(Protocol):
    """What the drain needs of a way through the log. `again`: what goes out on it was delivered and counted before."""

    @property
    def again(self) -> bool: ...

    def steps(self) -> Iterator[Step]:
        """The steps from where the books say that the line stands."""

    def settle(self, advance: Advance) -> None:
        """Another step is done; written within a moment."""

    def part(self, step: Step, readings: Sequence[Outgoing], sent_bytes: int) -> Advance:
        """What it means that these readings, the next of the step, were delivered by themselves."""

    def refused(self, step: Step, reading: Outgoing, words: str) -> None:
        """The reading, the next of the step, will never be taken."""

    def write(self) -> None:
        """Write what was settled."""


class _Pending:
    """Steps that were taken and are not in the books yet."""

    def __init__(self) -> None:
        self.steps: list[Advance] = []
        self._since_s = 0.0

    def add(self, advance: Advance) -> bool:
        """Take another; returns whether it is time to write."""
        if not self.steps:
            self._since_s = time.monotonic()
        self.steps.append(advance)
        return time.monotonic() - self._since_s >= WRITE_AFTER_S

    def take(self) -> list[Advance]:
        steps, self.steps = self.steps, []
        return steps


class InOrder:
    """From the cursor to before the index `end`."""

    again = False

    def __init__(self, account: Account, steps: Steps, end: int) -> None:
        self._account = account
        self._steps = steps
        self._end = end
        self._pending = _Pending()
        self._times: Times = account.cursor().times

    def steps(self) -> Iterator[Step]:
        cursor = self._account.cursor()
        self._times = cursor.times
        return self._steps.in_order(cursor.next, cursor.times, self._end)

    def settle(self, advance: Advance) -> None:
        self._times = advance.times
        if self._pending.add(advance):
            self.write()

    def part(self, step: Step, readings: Sequence[Outgoing], sent_bytes: int) -> Advance:
        upto = _end(step, readings[-1])
        if readings[0].resent:
            return Advance(upto, self._times, sent_bytes=sent_bytes)
        return Advance(upto, _after(self._times, readings), len(readings), sent_bytes=sent_bytes)

    def refused(self, step: Step, reading: Outgoing, words: str) -> None:
        if reading.resent:
            aside = Aside(reading.index, words, counted=False)
            self.settle(Advance(step.advance.upto, self._times, aside=(aside,)))
        else:
            aside = Aside(reading.index, words)
            self.settle(Advance(reading.index + 1, _after(self._times, [reading]), aside=(aside,)))

    def write(self) -> None:
        self._account.advance(self._pending.take())


class HeldUp:
    """A range that was passed over. What still has no time stays held."""

    again = False

    def __init__(self, account: Account, steps: Steps, held: Held) -> None:
        self._account = account
        self._steps = steps
        self._held: Held | None = held
        self._tries = held.tries
        self._pending = _Pending()
        self._times: Times = held.times or {}

    def steps(self) -> Iterator[Step]:
        held = self._held
        if held is None:
            return iter(())
        self._times = self._steps.times_before(held.range.first) if held.times is None else held.times
        return self._steps.late(held.range, self._times, self._account.cursor().next)

    def settle(self, advance: Advance) -> None:
        self._times = advance.times
        if self._pending.add(advance):
            self.write()

    def part(self, step: Step, readings: Sequence[Outgoing], sent_bytes: int) -> Advance:
        return Advance(_end(step, readings[-1]), _after(self._times, readings), len(readings), sent_bytes=sent_bytes)

    def refused(self, step: Step, reading: Outgoing, words: str) -> None:
        aside = Aside(reading.index, words, tries=self._tries + 1)
        self.settle(Advance(_end(step, reading), _after(self._times, [reading]), aside=(aside,)))

    def write(self) -> None:
        if self._held is not None:
            self._held = self._account.advance_held(self._held, self._pending.take())


class Again:
    """Readings that were acknowledged shortly before a break: sent once more, and counted no second time."""

    again = True

    def __init__(self, account: Account, steps: Steps) -> None:
        self._account = account
        self._steps = steps
        self._debt: Debt | None = None
        self._upto = 0
        self._pending = _Pending()
        self._final: Advance | None = None

    def steps(self) -> Iterator[Step]:
        self._debt = next(iter(self._account.debts()), None)
        self._final = None
        if self._debt is None:
            return iter(())
        self._upto = self._debt.first
        first, times = self._account.waypoint(self._upto)
        again = self._steps.in_order(first, times, self._debt.last + 1)
        span, known_to = (first, self._debt.last), self._account.cursor().next
        if not self._steps.is_corrected_later(span, known_to):
            return again
        # What goes out again is as it was recorded: the debt is paid once its later corrections went out again, too.
        self._final = Advance(self._debt.last + 1, {})
        return chain(again, self._steps.corrected_later(span, known_to), [Step(self._final)])

    def settle(self, advance: Advance) -> None:
        if self._final is None or advance is self._final:
            self._upto = max(self._upto, advance.upto)
        if self._pending.add(advance):
            self.write()

    def part(self, step: Step, readings: Sequence[Outgoing], sent_bytes: int) -> Advance:
        return Advance(_end(step, readings[-1]), {}, sent_bytes=sent_bytes)

    def refused(self, step: Step, reading: Outgoing, words: str) -> None:
        self._account.put_aside(Aside(reading.index, words, counted=False))
        self.settle(Advance(_end(step, reading), {}))

    def write(self) -> None:
        if self._pending.take() and self._debt is not None:
            self._account.pay(self._debt, self._upto)


def _after(times: Times, readings: Sequence[Outgoing]) -> Times:
    return {**times, **{reading.log_sensor: reading.t_ns for reading in readings}}


def _end(step: Step, reading: Outgoing) -> int:
    """Where the line stands after this reading: one that is sent again lies before the line and moves it nowhere."""
    return step.advance.upto if reading.resent else reading.index + 1
