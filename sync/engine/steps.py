# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A log as steps to take: chunks to send, and what is passed over between them. Reads the log through its pages.

In log order from the cursor, or over a range that was held up before. What is put together into one chunk depends on
the log and on the waypoints alone, never on where this run began: a packet that is sent again is the same bytes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from edge_daemon.domain.faults import DamagedLog
from edge_daemon.log.entry import EntryType, NotAnEntry, decode_entry
from sync.delivery.account import NOTHING, Account, Settled
from sync.delivery.position import Advance, Aside, Range, Times
from sync.engine.corrections import Flags, Recent, amended, settled_again, settlements, spans_of
from sync.engine.pages import PAGE, LogPages, Row, is_reading
from sync.packets.amendments import Amender
from sync.packets.chronicle import LANDMARKS, Unreadable, chronicle_of
from sync.packets.meaning import Meaning
from sync.packets.reading import Outgoing
from sync.sinks.sink import Chunk

MakeChunks = Callable[[Sequence[Outgoing]], list[Chunk]]


@dataclass(frozen=True, slots=True)
class Step:
    """A chunk with its readings, or none, and what the books are to say once it is delivered."""

    advance: Advance
    chunk: Chunk | None = None
    readings: tuple[Outgoing, ...] = ()


class Steps:
    """Steps over one log for one destination. For one thread."""

    def __init__(self, pages: LogPages, account: Account, make_chunks: MakeChunks) -> None:
        self._pages = pages
        self._account = account
        self._make_chunks = make_chunks
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
        times = self.times_before(held.first) if times is None else times
        course = _Course(self, Meaning(self.chronicle, times), dict(times), corrections=False)
        course.amender = Amender(self.chronicle.amendments_before(known_to), self.chronicle.calibrations)
        course.settles = settlements(self._pages, held.first, held.last, known_to)
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
            end = min(index, position + PAGE)
            settled = self._account.settled(position, end)
            for row in self._pages.page(position, end):
                if not row.damage and is_reading(row.data) and not settled.out_of_order(row.index):
                    _read_or_pass(meaning, row)
        return meaning.last_ns

    def settled_again(self, index: int, known_to: int) -> Iterator[Outgoing]:
        """The reading at `index`, if it was delivered, with all that entries below `known_to` say of it."""
        times = self.times_before(index)
        yield from settled_again(self._pages, self._account, self.chronicle, times, index, known_to)

    def amended(self, index: int, within: tuple[int, int] = (0, 1 << 62)) -> Iterator[Outgoing]:
        """What was delivered and the amendment at `index` changes, as it is to be sent again; of a range if given."""
        for whole in spans_of(self.chronicle, index):
            span = (max(whole[0], within[0]), min(whole[1], within[1]))
            if span[0] > span[1]:
                continue
            times = self.times_before(span[0])
            yield from amended(self._pages, self._account, self.chronicle, times, span, index)

    def is_corrected_later(self, span: tuple[int, int], known_to: int) -> bool:
        """Whether entries behind the span, below `known_to`, give flags to its readings or amend them."""
        return bool(self._amended_later(span, known_to) or self._settled_later(span, known_to))

    def corrected_later(self, span: tuple[int, int], known_to: int) -> Iterator[Step]:
        """The corrections of the span's readings (both ends included) by entries behind it, below `known_to`."""
        course = _Course(self, Meaning(self.chronicle, {}), {}, corrections=True)
        for index in self._amended_later(span, known_to):
            yield from course.resend_all(self.amended(index, span), span[1] + 1)
        for index in self._settled_later(span, known_to):
            yield from course.resend_all(self.settled_again(index, known_to), span[1] + 1)

    def _amended_later(self, span: tuple[int, int], known_to: int) -> list[int]:
        return [told.index for told in self.chronicle.amendments.told if span[1] < told.index < known_to]

    def _settled_later(self, span: tuple[int, int], known_to: int) -> list[int]:
        first, last = span
        return sorted(settlements(self._pages, first, last, known_to, by=last + 1))

    def chunks(self, readings: Sequence[Outgoing]) -> list[Chunk]:
        """The readings as the destination wants them; each in exactly one chunk, in order."""
        made = self._make_chunks(readings)
        if sum(chunk.count for chunk in made) != len(readings):
            raise AssertionError("a destination's chunks do not hold the readings that they were made of")
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

    def is_counted(self, index: int) -> bool:
        """Whether a damaged entry is to be accounted for as a reading."""
        return self._pages.is_reading(index)


class _Course:
    """One walk over pages. `times` are those after the last step that was given out, while the meaning is ahead."""

    def __init__(self, steps: Steps, meaning: Meaning, times: dict[str, int], *, corrections: bool) -> None:
        self._steps = steps
        self._meaning = meaning
        self._corrections = corrections
        self._recent = Recent()
        self._run: list[Outgoing] = []
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
                yield from self._event(row)
            elif settled.out_of_order(row.index):
                yield from self._flush()
            elif row.index in settled.asides:
                yield from self._flush()
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

    def _event(self, row: Row) -> Iterator[Step]:
        try:
            entry = decode_entry(row.data)
        except NotAnEntry:
            return
        if entry.type not in LANDMARKS:
            return
        yield from self._flush()
        if self._steps.learn(row):
            self._meaning.learn(self._steps.chronicle)
        if entry.type == EntryType.AMENDMENT and self._corrections:
            self._recent.forget()
            yield from self.resend_all(self._steps.amended(row.index), row.index)
        yield Step(Advance(row.index + 1, dict(self.times), landmarks=(row.index,)))

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

    def _resend(self, readings: Sequence[Outgoing], upto: int) -> Iterator[Step]:
        again = [replace(reading, resent=True) for reading in readings]
        done = 0
        for chunk in self._steps.chunks(again):
            taken = tuple(again[done : done + chunk.count])
            done += chunk.count
            yield Step(Advance(upto, dict(self.times), sent_bytes=len(chunk.payload)), chunk, taken)

    def _damaged(self, row: Row, words: str) -> Step:
        counted = self._steps.is_counted(row.index)
        aside = (Aside(row.index, f"damaged here, never sent: {words}", damaged=True),) if counted else ()
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

    def _sent(self, run: Sequence[Outgoing]) -> Iterator[Step]:
        done = 0
        for chunk in self._steps.chunks(run):
            taken = tuple(run[done : done + chunk.count])
            done += chunk.count
            yield Step(self.advance_over(taken, len(chunk.payload)), chunk, taken)

    def advance_over(self, readings: Sequence[Outgoing], sent_bytes: int) -> Advance:
        for reading in readings:
            self.times[reading.log_sensor] = reading.t_ns
        return Advance(readings[-1].index + 1, dict(self.times), delivered=len(readings), sent_bytes=sent_bytes)


def _read_or_pass(meaning: Meaning, row: Row) -> None:
    try:
        meaning.read(row.index, row.data)
    except Unreadable:  # it was set aside when its turn came, and gives no time
        return
