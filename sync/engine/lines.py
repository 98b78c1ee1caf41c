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
from sync.engine.steps import Step, Steps, hours_of
from sync.packets.item import Item, readings_in
from sync.packets.summary import OutgoingSummary

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

    def part(self, step: Step, items: Sequence[Item], sent_bytes: int) -> Advance:
        """What it means that these, the next of the step, were delivered by themselves."""

    def refused(self, step: Step, item: Item, words: str) -> None:
        """The next of the step will never be taken."""

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

    def part(self, step: Step, items: Sequence[Item], sent_bytes: int) -> Advance:
        upto = _end(step, items[-1])
        if items[0].resent:
            return _corrected(upto, self._times, items, sent_bytes)
        return _part(upto, self._times, items, sent_bytes)

    def refused(self, step: Step, item: Item, words: str) -> None:
        aside = (_aside(item, words),)
        if item.resent:
            self.settle(Advance(step.advance.upto, self._times, aside=aside))
        else:
            self.settle(Advance(item.index + 1, _after(self._times, [item]), aside=aside, hours=hours_of([item])))

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

    def part(self, step: Step, items: Sequence[Item], sent_bytes: int) -> Advance:
        if items[0].resent:
            return _corrected(_end(step, items[-1]), self._times, items, sent_bytes)
        return _part(_end(step, items[-1]), self._times, items, sent_bytes)

    def refused(self, step: Step, item: Item, words: str) -> None:
        aside = _aside(item, words, self._tries + 1)
        self.settle(Advance(_end(step, item), _after(self._times, [item]), aside=(aside,)))

    def write(self) -> None:
        if self._held is not None:
            self._held = self._account.advance_held(self._held, self._pending.take())


class Again:
    """What the far end may have lost: sent once more, and counted no second time. What it refuses now is delivered no
    longer, for nobody can tell that it still has it."""

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
        again = _unpaid(self._steps.in_order(first, times, self._debt.last + 1), self._debt)
        span, known_to = (first, self._debt.last), self._account.cursor().next
        if not self._steps.is_corrected_later(span, known_to):
            return again
        # What goes out again is as it was recorded: the debt is paid once its later corrections went out again, too.
        self._final = Advance(self._debt.last + 1, {})
        return chain(again, self._steps.corrected_later(span, known_to), [Step(self._final)])

    def settle(self, advance: Advance) -> None:
        for told in advance.aside:
            self._account.lost(told)
        if self._final is None or advance is self._final:
            self._upto = max(self._upto, advance.upto)
        if self._pending.add(advance):
            self.write()

    def part(self, step: Step, items: Sequence[Item], sent_bytes: int) -> Advance:
        upto = _end(step, items[-1])
        return _corrected(upto, {}, items, sent_bytes) if items[0].resent else Advance(upto, {}, sent_bytes=sent_bytes)

    def refused(self, step: Step, item: Item, words: str) -> None:
        self.write()
        if item.resent:
            self._account.put_aside(_aside(item, words))
        else:
            self._account.lost(_aside(item, words))
        self.settle(Advance(_end(step, item), {}))

    def write(self) -> None:
        steps = self._pending.take()
        if steps and self._debt is not None:
            self._account.pay(self._debt, self._upto, [index for step in steps for index in step.corrected])


def _unpaid(steps: Iterator[Step], debt: Debt) -> Iterator[Step]:
    """Less those that went out again before the link broke once more: packets begin at waypoints, debts anywhere."""
    for step in steps:
        correction = bool(step.readings) and step.readings[0].resent
        if step.advance.upto > debt.first or (correction and step.advance.upto == debt.first):
            yield step


def _part(upto: int, times: Times, items: Sequence[Item], sent_bytes: int) -> Advance:
    delivered, hours = readings_in(items), hours_of(items)
    return Advance(upto, _after(times, items), delivered, hours=hours, sent_bytes=sent_bytes)


def _corrected(upto: int, times: Times, items: Sequence[Item], sent_bytes: int) -> Advance:
    corrected = tuple(item.index for item in items if not isinstance(item, OutgoingSummary))
    return Advance(upto, times, sent_bytes=sent_bytes, corrected=corrected)


def _after(times: Times, items: Sequence[Item]) -> Times:
    return {**times, **{item.log_sensor: item.t_ns for item in items if not isinstance(item, OutgoingSummary)}}


def _aside(item: Item, words: str, tries: int = 1) -> Aside:
    """A correction that is refused leaves the reading where it is; a summary is in no account of readings."""
    summary = isinstance(item, OutgoingSummary)
    return Aside(item.index, words, counted=not (summary or item.resent), tries=tries, summary=summary)


def _end(step: Step, item: Item) -> int:
    """Where the line stands after this one: what is sent again lies before the line and moves it nowhere."""
    return step.advance.upto if item.resent else item.index + 1
