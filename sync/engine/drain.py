# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Sends one log to one destination: in order, halving what is refused, waiting out what breaks. Uses the network.

Nothing here remembers anything that the books do not hold: it can be killed at any instant.
"""

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from sync.delivery.account import Account
from sync.engine.backoff import Backoff
from sync.engine.ending import Ending, given_up, left_alone
from sync.engine.lines import Again, HeldUp, InOrder, Line
from sync.engine.meter import Meter
from sync.engine.pages import LogPages
from sync.engine.settlers import Cancelled
from sync.engine.steps import Step, Steps
from sync.engine.watch import Watch
from sync.packets.item import Item, readings_in
from sync.sinks.sink import Chunk, Delivered, Later, Mark, Outcome, Refused, Sink, Stopped, let_go

LOOK_S = 60.0
"""So often the far end is asked whether it is the same one still."""

MARK_S = 0.5
"""So often a far end that keeps marks is left one: on a link of 256 kbit/s that is a hundredth of it."""

MOST_REPEATS = 3
"""How often what is sent again is begun anew, for a break, at a far end that does not say whether it died."""

ROUND_S, MOST_ROUNDS = 5.0, 3
"""What was recorded meanwhile is sent too, in rounds of its own. A sync ends after one so short that hardly anything
came during it, or once so many in a row leave no less behind: the station records faster than the way takes it."""

MOST_REFUSED = 200
"""So many refusals in a row for the same reason, and it is not the single readings that are wrong."""

MOST_IN_VAIN = 1_000
"""So many in a row for whatever reason say the same."""

_NUMBERS = re.compile(r"[0-9A-Fa-f]{6,}|[0-9]+")

_ANEW = Later("the far end may have lost what it took: that goes out again", 0.0)

Trouble = Later | Stopped


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
        self._steps = Steps(pages, account, sink.chunks, cancelled)
        self._leave: Callable[[Mark], None] | None = None
        self._refusals, self._in_vain, self._refused_for = 0, 0, ""
        self._unsure, self._broke, self._repeats = True, True, 0
        self._looked_s = self._marked_s = 0.0
        self._watched_s: float | None = None
        self._watching_s: float | None = None

    def run(self) -> Ending:
        """Everything that is in the log by now. Raises DamagedLog, BufferUnavailable, DiskFull."""
        self._tell_debts()
        began = self._account.doubts.acknowledged()
        ending = self._line(None) if self._account.doubts.pending() else None
        first, least, vain = True, self._pages.size(), 0
        while ending is None:
            end, began_s = self._pages.size(), time.monotonic()
            ending = self._round(end)
            came = self._pages.size() - end
            short = not first and time.monotonic() - began_s < ROUND_S
            vain = 0 if came < least else vain + 1
            first, least = False, min(least, came)
            if ending is None and (came == 0 or short or vain >= MOST_ROUNDS):
                self._account.prune()
                ending = self._through(began)
        self._mark()
        return ending

    def _through(self, began: Mark) -> Ending | None:
        """Everything went out: how it ends. None where some of it has to go out again."""
        if self._watched_s is None:
            self._account.doubts.ended(began)
            return Ending("done")
        watch = Watch(self._account, self._meter, self._cancelled, self._look_on)
        if self._repeats > MOST_REPEATS:
            return watch.given_up(self._watched_s)
        ending = watch.ending(self._watched_s)
        self._repeats += 1 if ending is None else 0
        return ending

    def _look_on(self, patient_s: float) -> Ending | None:
        self._unsure, self._watching_s = True, patient_s
        self._success_s = time.monotonic()
        ending = self._line(None)
        self._success_s, self._watching_s = time.monotonic(), None
        return ending

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

    def _line(self, line: Line | None) -> Ending | None:
        """Follow the line to its end, through all trouble; None when it is done. Without one, only see the far end."""
        while True:
            if self._cancelled.is_set():
                return Ending("cancelled")
            trouble = self._look(line) if self._unsure else None
            if trouble is None and line is not None:
                if self._leave and not line.again and self._account.debts():
                    # A mark can say nothing of what comes behind a debt.
                    ending = self._line(Again(self._account, self._steps))
                    if ending is not None:
                        return ending
                    continue
                try:
                    trouble = self._go(line)
                except Cancelled:
                    return Ending("cancelled")
            if trouble is _ANEW:
                continue
            if self._cancelled.is_set():
                return Ending("cancelled")
            match trouble:
                case None:
                    return None
                case Stopped(words, remedy):
                    return Ending("stopped", words, remedy)
                case Later():
                    ending = self._wait_out(trouble)
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
                    let_go(outcomes)
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
                self._meter.begins()
                yield step.chunk

    def _follow(self, line: Line, outcomes: Iterable[Outcome], under_way: deque[Step]) -> Trouble | Refused | None:
        refused: Refused | None = None
        for outcome in outcomes:
            self._pass(line, under_way)
            step = under_way[0] if under_way else None
            match outcome:
                case Later() | Stopped():
                    return outcome
                case Delivered(chunk) | Refused(chunk) if step is None or chunk is not step.chunk:
                    raise AssertionError(f"{self._sink.name} told of a chunk that was not its turn")
                case Delivered(_, came_back):
                    under_way.popleft()
                    self._settle(line, step)
                    refused = None
                    trouble = self._tend(line, came_back=came_back)
                    if trouble is not None:
                        return trouble
                case Refused():
                    under_way.popleft()
                    trouble = self._halve(line, step, step.readings, outcome)
                    if trouble is not None or len(step.readings) > 1:
                        return trouble or outcome
                    refused = outcome
        self._pass(line, under_way)
        if refused is not None:
            return refused
        if under_way and not self._cancelled.is_set():
            return Later(f"{self._sink.name} broke off without an answer")
        return None

    def _pass(self, line: Line, under_way: deque[Step]) -> None:
        """Take the steps that nothing has to be sent for."""
        while under_way and under_way[0].chunk is None:
            passed = under_way.popleft().advance
            line.settle(passed)
            held = sum(told.count for told, _ in passed.held) if isinstance(line, InOrder) else 0
            if held:
                self._meter.expect(self._meter.progress.total - held)

    def _settle(self, line: Line, step: Step) -> None:
        line.settle(step.advance)
        self._succeeded(line, step.advance.delivered, step.advance.sent_bytes)

    def _succeeded(self, line: Line, readings: int, sent_bytes: int) -> None:
        self._success_s = time.monotonic()
        self._refusals = self._in_vain = 0
        self._backoff = self._backoff.succeeded()
        self._meter.sent(readings, sent_bytes, again=line.again)

    def _tell_debts(self) -> None:
        self._meter.owes(sum(debt.last - debt.first + 1 for debt in self._account.debts()))

    def _halve(self, line: Line, step: Step, items: Sequence[Item], refused: Refused) -> Trouble | None:
        """Find what of these is refused and put it aside; the rest is delivered. None when all are settled."""
        if len(items) == 1:
            self._success_s = time.monotonic()
            line.refused(step, items[0], refused.words)
            self._meter.state("sending", refused.words)
            if readings_in(items) and not line.again:
                self._meter.expect(self._meter.progress.total - 1)
            return self._all_refused(refused.words)
        middle = len(items) // 2
        return self._send(line, step, items[:middle]) or self._send(line, step, items[middle:])

    def _all_refused(self, words: str) -> Stopped | None:
        reason = _NUMBERS.sub("0", words)
        self._refusals = self._refusals + 1 if reason == self._refused_for else 1
        self._refused_for = reason
        self._in_vain += 1
        if self._refusals < MOST_REFUSED and self._in_vain < MOST_IN_VAIN:
            return None
        refused = max(self._refusals, self._in_vain)
        self._refusals = self._in_vain = 0
        return Stopped(
            f"the destination refused the last {refused:,} readings one by one: {words}",
            "Look at its settings, such as how long it keeps data. Then have what was refused tried again.",
        )

    def _send(self, line: Line, step: Step, items: Sequence[Item]) -> Trouble | None:
        done = 0
        for chunk in self._steps.chunks(items):
            part = items[done : done + chunk.count]
            done += chunk.count
            outcomes = self._sink.deliver([chunk], self._cancelled)
            outcome = next(iter(outcomes), None)
            let_go(outcomes)
            trouble: Trouble | None = None
            match outcome:
                case None:
                    trouble = Later(f"{self._sink.name} broke off without an answer")
                case Delivered(_, came_back):
                    self._came_back(came_back)
                    advance = line.part(step, part, len(chunk.payload))
                    line.settle(advance)
                    self._succeeded(line, readings_in(part) if line.again else advance.delivered, advance.sent_bytes)
                case Refused():
                    trouble = self._halve(line, step, part, outcome)
                case Later() | Stopped():
                    trouble = outcome
            if trouble is not None:
                return trouble
        return None

    def _look(self, line: Line | None) -> Trouble | None:
        """See whether the far end is the one that it was: what it may have lost is owed from then on."""
        doubts, tired = self._account.doubts, self._repeats > MOST_REPEATS
        seen = self._sink.witness(doubts.witness(), self._cancelled)
        if isinstance(seen, Later | Stopped):
            return seen
        if self._broke and self._looked_s and not seen.name and line is not None and not isinstance(line, InOrder):
            self._repeats += 1
        now = time.monotonic()
        self._leave, self._looked_s = seen.leave, now
        self._watched_s = seen.age_s if seen.watched and not seen.name else None
        if self._broke and tired and self._watched_s is not None:
            doubts.renewed()  # what is not sent again for this break is not proven by what held before it
        lost = doubts.seen(seen, broke=self._broke and not tired)
        self._unsure = self._broke = False
        if lost:
            self._tell_debts()
        return _ANEW if lost else None

    def _tend(self, line: Line, *, came_back: bool) -> Trouble | None:
        """What has to be done now and then while all goes well."""
        now = time.monotonic()
        self._came_back(came_back)
        if self._unsure or now - self._looked_s >= LOOK_S:
            line.write()
            return self._look(line)
        if self._leave and now - self._marked_s >= MARK_S:
            line.write()
            self._mark()
        return None

    def _came_back(self, came_back: bool) -> None:
        if came_back:
            self._unsure = self._broke = True

    def _mark(self) -> None:
        if self._leave is not None:
            self._marked_s = time.monotonic()
            self._leave(self._account.doubts.acknowledged())

    def _wait_out(self, later: Later) -> Ending | None:
        if later.unclean:
            self._unsure = self._broke = True
            self._leave = None
        watching, patient_s = self._watching_s is not None, self._patience.give_up_s
        if self._watching_s is not None:  # nothing waits to go out any more
            patient_s = min(patient_s, self._watching_s)
        if time.monotonic() - self._success_s > patient_s:
            return given_up(later)
        if later.after_s is not None and later.after_s > patient_s:
            return left_alone(later.words, later.after_s)
        wait_s = self._backoff.wait_s(later.after_s)
        if wait_s:
            self._meter.state("watching" if watching else "waiting", later.words or None)
            self._backoff = self._backoff.failed()
        return Ending("cancelled") if self._cancelled.wait(wait_s) else None
