# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A log as steps to take: chunks to send, and what is passed over between them. Reads the log through its pages.

In log order from the cursor, or over a range that was held up before. What is put together into one chunk depends on
the log and on the waypoints alone, never on where this run began: a packet that is sent again is the same bytes.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from edge_daemon.domain.faults import DamagedLog
from edge_daemon.log.entry import Entry, EntryType, NotAnEntry, decode_entry
from sync.delivery.account import NOTHING, Account, Settled
from sync.delivery.position import Advance, Aside, HourAt, Range, Times
from sync.engine.corrections import Delivered, Recent, amended, settled_again, spans_of
from sync.engine.pages import PAGE, LogPages, Row, is_reading
from sync.engine.settlers import Flags, Settlers, settles_of
from sync.engine.summaries import Summaries
from sync.packets.amendments import Amender
from sync.packets.chronicle import LANDMARKS, Unreadable, chronicle_of
from sync.packets.item import Item, summaries_in
from sync.packets.meaning import Meaning
from sync.packets.reading import Outgoing
from sync.packets.summary import OutgoingSummary
from sync.sinks.sink import Chunk

MakeChunks = Callable[[Sequence[Item]], list[Chunk]]


@dataclass(frozen=True, slots=True)
class Step:
    """A chunk with its readings and summaries, or none, and what the books are to say once it is delivered."""

    advance: Advance
    chunk: Chunk | None = None
    readings: tuple[Item, ...] = ()


class Steps:
    """Steps over one log for one destination. For one thread; `cancelled` ends a search with Cancelled."""

    def __init__(
        self, pages: LogPages, account: Account, make_chunks: MakeChunks, cancelled: threading.Event | None = None
    ) -> None:
        self._pages = pages
        self._account = account
        self._make_chunks = make_chunks
        self._summaries = Summaries(pages, account.hours)
        self._settlers = Settlers(pages, cancelled or threading.Event())
        self._delivered = Delivered(pages, account, self._settlers)
        self.chronicle = pages.landmarks(account.landmarks())

    def in_order(self, first: int, times: Times, end: int) -> Iterator[Step]:
        """From index `first` (before which `times` stand) to before `end`, in log order, corrections included."""
        course = _Course(self, Meaning(self.chronicle, times), dict(times), corrections=True)
        position = first
        while position < end:
            following = self._account.next_waypoint(position)
            stop = min(end, position - position % PAGE + PAGE, following or end)
            yield from course.page(self._pages.page(position, stop), self._account.settled(position, stop))
            yield Step(Advance(stop, dict(course.times), waypoint=True))
            position = stop

    def late(self, held: Range, times: Times | None, known_to: int) -> Iterator[Step]:
        """A range that was held up, with the flags that its readings were given by entries below `known_to`."""
        if not held.count:
            yield from self._late_summary(held, known_to)
            return
        times = self.times_before(held.first) if times is None else times
        course = _Course(self, Meaning(self.chronicle, times), dict(times), corrections=False)
        course.amender = Amender(self.chronicle.amendments_before(known_to), self.chronicle.calibrations)
        course.settles = self._settlers.flags(held.first, held.last, known_to)
        position = held.first
        while position <= held.last:
            stop = min(held.last + 1, position - position % PAGE + PAGE)
            yield from course.page(self._pages.page(position, stop), NOTHING)
            position = stop
        yield Step(Advance(held.last + 1, dict(course.times)))

    def times_before(self, index: int) -> Times:
        """Each sensor's last reported time before `index`, by reading on from the waypoint before it."""
        first, times = self._account.waypoint(index)
        meaning = Meaning(self.chronicle, times)
        for position in range(first, index, PAGE):
            self._settlers.check()
            end = min(index, position + PAGE)
            settled = self._account.settled(position, end)
            for row in self._pages.page(position, end):
                if not row.damage and is_reading(row.data) and not settled.out_of_order(row.index):
                    _read_or_pass(meaning, row)
        return meaning.last_ns

    def settled_again(self, index: int, known_to: int) -> Iterator[Outgoing]:
        """The reading at `index`, if it was delivered, with all that entries below `known_to` say of it."""
        times = self.times_before(index)
        yield from settled_again(self._delivered, self.chronicle, times, index, known_to)

    def amended(self, index: int, within: tuple[int, int] = (0, 1 << 62)) -> Iterator[Outgoing]:
        """What was delivered and the amendment at `index` changes, as it is to be sent again; of a range if given."""
        for whole in spans_of(self.chronicle, index):
            span = (max(whole[0], within[0]), min(whole[1], within[1]))
            if span[0] > span[1]:
                continue
            times = self.times_before(span[0])
            yield from amended(self._delivered, self.chronicle, times, span, index)

    def is_corrected_later(self, span: tuple[int, int], known_to: int) -> bool:
        """Whether entries behind the span, below `known_to`, correct its readings or replace its summaries."""
        later = self._amended_later, self._settled_later, self._summarised_later
        return any(found(span, known_to) for found in later)

    def corrected_later(self, span: tuple[int, int], known_to: int) -> Iterator[Step]:
        """The corrections of what is in the span (both ends included) by entries behind it, below `known_to`."""
        course = _Course(self, Meaning(self.chronicle, {}), {}, corrections=True)
        for index in self._amended_later(span, known_to):
            yield from course.resend_all(self.amended(index, span), span[1] + 1)
        for index in self._settled_later(span, known_to):
            yield from course.resend_all(self.settled_again(index, known_to), span[1] + 1)
        summaries = self._summaries.at(self._summarised_later(span, known_to), self.chronicle)
        yield from course.resend_each(summaries, span[1] + 1)

    def summary(self, index: int, entry: Entry) -> OutgoingSummary:
        """The summary at `index`. Raises Unreadable with the reason."""
        return self._summaries.read(index, entry, self.chronicle)

    def _late_summary(self, held: Range, known_to: int) -> Iterator[Step]:
        """A summary that was set aside, and those that have taken its place since: the newest is sent last."""
        course = _Course(self, Meaning(self.chronicle, {}), {}, corrections=False)
        indices = [held.first, *self._summarised_later((held.first, held.last), known_to)]
        yield from course.resend_each(self._summaries.at(indices, self.chronicle), held.first)
        yield Step(Advance(held.last + 1, {}))

    def _summarised_later(self, span: tuple[int, int], known_to: int) -> list[int]:
        first, last = span
        found = self._account.hours.later(first, last, known_to)
        missing = self._account.missing(found[0], found[-1] + 1) if found else []
        return [index for index in found if not any(a <= index <= b for a, b in missing)]

    def _amended_later(self, span: tuple[int, int], known_to: int) -> list[int]:
        return [told.index for told in self.chronicle.amendments.told if span[1] < told.index < known_to]

    def _settled_later(self, span: tuple[int, int], known_to: int) -> list[int]:
        first, last = span
        return sorted(self._settlers.flags(first, last, known_to, by=last + 1))

    def chunks(self, items: Sequence[Item]) -> list[Chunk]:
        """Readings and summaries as the destination wants them; each in exactly one chunk, in order."""
        made = self._make_chunks(items)
        if sum(chunk.count for chunk in made) != len(items):
            raise AssertionError("a destination's chunks do not hold what they were made of")
        return made

    def learn(self, row: Row) -> bool:
        """Take a landmark's bytes in; returns whether it says something new. Raises DamagedLog."""
        if row.index in self.chronicle.entries:
            return False
        entry = decode_entry(row.data)
        try:
            self.chronicle = chronicle_of([*self.chronicle.entries.items(), (row.index, entry)])
        except ValueError as error:
            raise DamagedLog(f"entry {row.index} on clock, station or setup has no known form") from error
        return True

    def type_of(self, index: int) -> str:
        """What a damaged entry was: a reading, which is to be accounted for, or another type."""
        return self._pages.type_of(index)


class _Course:
    """One walk over pages. `times` are those after the last step that was given out, while the meaning is ahead."""

    def __init__(self, steps: Steps, meaning: Meaning, times: dict[str, int], *, corrections: bool) -> None:
        self._steps = steps
        self._meaning = meaning
        self._corrections = corrections
        self._recent = Recent()
        self._run: list[Item] = []
        self._held: list[int] = []
        self._held_times: Times = {}
        self.times = times
        self.amender: Amender | None = None
        self.settles: dict[int, Flags] = {}

    def page(self, rows: Sequence[Row], settled: Settled) -> Iterator[Step]:
        """The steps of these rows, less those that were settled before."""
        self._recent.turn()
        for row in rows:
            if row.damage:
                yield from self._flush()
                if row.index not in settled.asides:
                    yield self._damaged(row, row.damage)
            elif not is_reading(row.data):
                yield from self._event(row, settled)
            elif settled.out_of_order(row.index):
                yield from self._flush()
                yield from self._settle_by(row)
            elif row.index in settled.asides:
                yield from self._flush()
                yield from self._settle_by(row)
                _read_or_pass(self._meaning, row)
                self.times.update(self._meaning.last_ns)
            else:
                yield from self._reading(row)
        yield from self._flush()

    def _reading(self, row: Row) -> Iterator[Step]:
        try:
            told = self._meaning.read(row.index, row.data)
            reading = self._present(told.outgoing, row)
        except Unreadable as error:
            yield from self._flush()
            yield self._damaged(row, str(error))
            return
        if told.settles and self._corrections:
            yield from self._settle(row.index, told.settles)
        if reading is None:
            if not self._held:
                yield from self._flush()
                self._held_times = dict(self.times)
            self._held.append(row.index)
            return
        if self._held:
            yield from self._flush()
        self._run.append(reading)
        self._recent.keep(reading)

    def _settle_by(self, row: Row) -> Iterator[Step]:
        """What a reading that goes out some other time says of earlier ones holds all the same."""
        if self._corrections and (settles := settles_of(row.data)):
            yield from self._settle(row.index, settles)

    def _present(self, reading: Outgoing | None, row: Row) -> Outgoing | None:
        if reading is None or self.amender is None:
            return reading
        return self.amender.form(reading, row.data, self.settles.get(row.index, ()))

    def _settle(self, index: int, settles: Sequence[tuple[int, str, int]]) -> Iterator[Step]:
        for earlier in sorted({target for target, _, _ in settles if target < index}):
            flags = {name: flag for target, name, flag in settles if target == earlier}
            known = self._recent.worsen(earlier, flags)
            again = [known] if known else []
            if known is None and not self._recent.has(earlier):
                again = list(self._steps.settled_again(earlier, index + 1))
            if again:
                yield from self._flush()
                yield from self._resend(again, index)

    def _summary(self, row: Row, entry: Entry) -> Iterator[Step]:
        try:
            summary = self._steps.summary(row.index, entry)
        except Unreadable as error:
            yield from self._flush()
            yield self._damaged(row, str(error))
            return
        # What it takes the place of goes out before it, in a chunk of its own; ranges of held readings end here.
        if self._held or summary.after < row.index:
            yield from self._flush()
        self._run.append(summary)

    def _event(self, row: Row, settled: Settled) -> Iterator[Step]:
        try:
            entry = decode_entry(row.data)
        except NotAnEntry:
            return
        if entry.type == EntryType.SUMMARY and not settled.out_of_order(row.index):
            yield from self._flush() if row.index in settled.asides else self._summary(row, entry)
        if entry.type not in LANDMARKS:
            return
        yield from self._flush()
        if self._steps.learn(row):
            self._meaning.learn(self._steps.chronicle)
        if entry.type == EntryType.AMENDMENT and self._corrections:
            self._recent.forget()
            yield from self.resend_all(self._steps.amended(row.index), row.index)
        yield Step(Advance(row.index + 1, dict(self.times), landmarks=(row.index,)))

    def resend_each(self, summaries: Iterator[OutgoingSummary], index: int) -> Iterator[Step]:
        """Steps that send these again, each by itself since one may take the place of another."""
        for summary in summaries:
            yield from self._resend([summary], index)

    def resend_all(self, readings: Iterator[Outgoing], index: int) -> Iterator[Step]:
        """Steps that send these again and leave the line at `index`."""
        some: list[Outgoing] = []
        for reading in readings:
            some.append(reading)
            if len(some) == PAGE:
                yield from self._resend(some, index)
                some = []
        if some:
            yield from self._resend(some, index)

    def _resend(self, items: Sequence[Item], upto: int) -> Iterator[Step]:
        again: list[Item] = [replace(item, resent=True) for item in items]
        done = 0
        for chunk in self._steps.chunks(again):
            taken = tuple(again[done : done + chunk.count])
            done += chunk.count
            corrected = tuple(item.index for item in taken if not isinstance(item, OutgoingSummary))
            sent_bytes = len(chunk.payload)
            yield Step(Advance(upto, dict(self.times), sent_bytes=sent_bytes, corrected=corrected), chunk, taken)

    def _damaged(self, row: Row, words: str) -> Step:
        was, told = self._steps.type_of(row.index), f"damaged here, never sent: {words}"
        aside: tuple[Aside, ...] = ()
        if was in {EntryType.READING, EntryType.SUMMARY}:
            counted = was == EntryType.READING
            aside = (Aside(row.index, told, damaged=True, counted=counted, summary=not counted),)
        return Step(Advance(row.index + 1, dict(self.times), aside=aside))

    def _flush(self) -> Iterator[Step]:
        if self._held:
            held = Range(self._held[0], self._held[-1], len(self._held))
            self._held = []
            news = self._steps.chronicle.clock_news()
            yield Step(Advance(held.last + 1, dict(self.times), held=((held, self._held_times),), clock_news=news))
        if self._run:
            run, self._run = self._run, []
            yield from self._sent(run)

    def _sent(self, run: Sequence[Item]) -> Iterator[Step]:
        done = 0
        for chunk in self._steps.chunks(run):
            taken = tuple(run[done : done + chunk.count])
            done += chunk.count
            yield Step(self.advance_over(taken, len(chunk.payload)), chunk, taken)

    def advance_over(self, items: Sequence[Item], sent_bytes: int) -> Advance:
        for item in items:
            if not isinstance(item, OutgoingSummary):
                self.times[item.log_sensor] = item.t_ns
        hours = hours_of(items)
        delivered, upto = len(items) - len(hours), items[-1].index + 1
        return Advance(upto, dict(self.times), delivered=delivered, hours=hours, sent_bytes=sent_bytes)


def hours_of(items: Sequence[Item]) -> tuple[HourAt, ...]:
    """What the summaries among these are about, for the books."""
    return tuple(HourAt(told.body.sensor, told.hour, told.index) for told in summaries_in(items))


def _read_or_pass(meaning: Meaning, row: Row) -> None:
    try:
        meaning.read(row.index, row.data)
    except Unreadable:  # it was set aside when its turn came, and gives no time
        return
