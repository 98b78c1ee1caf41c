# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Readings that go out again because a later entry settled a flag or amended them. Reads pages of the log."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from edge_daemon.log.effective import Amendment
from sync.delivery.account import Account
from sync.delivery.position import Times
from sync.engine.pages import PAGE, LogPages, Row, is_reading
from sync.engine.settlers import Settlers
from sync.packets.amendments import Amender, forms
from sync.packets.chronicle import Chronicle
from sync.packets.meaning import Meaning, worsened
from sync.packets.reading import Outgoing, Unreadable


class Recent:
    """The readings of the present page and the one before: a later sample settles those of a few samples ago."""

    def __init__(self) -> None:
        self._now: dict[int, Outgoing] = {}
        self._before: dict[int, Outgoing] = {}

    def turn(self) -> None:
        """Another page begins."""
        self._before, self._now = self._now, {}

    def forget(self) -> None:
        """What was kept no longer is what the destination has."""
        self._now, self._before = {}, {}

    def keep(self, reading: Outgoing) -> None:
        """It is on its way."""
        self._now[reading.index] = reading

    def has(self, index: int) -> bool:
        """Whether the reading is among them."""
        return index in self._now or index in self._before

    def worsen(self, index: int, flags: Mapping[str, int]) -> Outgoing | None:
        """The reading with at least these flags; None where it is not among them or has flags as bad already."""
        held = self._now if index in self._now else self._before
        reading = held.get(index)
        if reading is None:
            return None
        worse = worsened(reading, flags)
        if worse is reading:
            return None
        held[index] = worse
        return worse


@dataclass(frozen=True, slots=True)
class Delivered:
    """The log as the account's destination has it, and which of its readings settle others."""

    pages: LogPages
    account: Account
    settlers: Settlers

    def rows(self, first: int, last: int) -> Iterator[Row]:
        """The readings from `first` to `last` that the destination has. Raises Cancelled."""
        for position in range(first, last + 1, PAGE):
            self.settlers.check()
            end = min(last + 1, position + PAGE)
            missing = self.account.missing(position, end)
            for row in self.pages.page(position, end):
                if not row.damage and is_reading(row.data) and not any(a <= row.index <= b for a, b in missing):
                    yield row


def settled_again(log: Delivered, chronicle: Chronicle, times: Times, index: int, known_to: int) -> Iterator[Outgoing]:
    """The reading at `index`, if the destination has it, with all that entries below `known_to` say of it.

    `times` stand before it.
    """
    settles = log.settlers.flags(index, index, known_to)
    amender = Amender(chronicle.amendments_before(known_to), chronicle.calibrations)
    meaning = Meaning(chronicle, times)
    for row in log.rows(index, index):
        with suppress(Unreadable):  # it was set aside when its turn came
            reading = meaning.read(row.index, row.data).outgoing
            if reading is not None:
                yield amender.form(reading, row.data, settles.get(row.index, ()))


def amended(
    log: Delivered, chronicle: Chronicle, times: Times, span: tuple[int, int], index: int
) -> Iterator[Outgoing]:
    """What the amendment at `index` has to be sent again of the delivered readings of `span` (both ends included).

    `times` stand before the span.
    """
    first, last = span
    earlier = chronicle.amendments_before(index)
    before = Amender(earlier, chronicle.calibrations)
    after = Amender(chronicle.amendments_before(index + 1), chronicle.calibrations)
    now, then = Meaning(chronicle, times), Meaning(replace(chronicle, amendments=earlier), times)
    replaced = replaced_by(chronicle, index)
    other_times = replaced is not None and replaced.body.kind == "release_untrusted_time"
    settles = log.settlers.flags(first, last, index)
    for row in log.rows(first, last):
        given = settles.get(row.index, ())
        try:
            reading = now.read(row.index, row.data).outgoing
            old = then.read(row.index, row.data).outgoing if other_times else reading
            had = None if old is None else before.form(old, row.data, given)
            has = None if reading is None else after.form(reading, row.data, given)
        except Unreadable:  # it was set aside when its turn came
            continue
        yield from forms(had, has)


def spans_of(chronicle: Chronicle, index: int) -> list[tuple[int, int]]:
    """The ranges of entries (both ends included) whose meaning the amendment at `index` may change."""
    told = next((one for one in chronicle.amendments.told if one.index == index), None)
    replaced = replaced_by(chronicle, index)
    if told is None or (told.body.kind == "release_untrusted_time" and replaced is None):
        return []  # what a release lets go was never delivered
    own = (told.body.first, min(told.body.last, index - 1))
    spans = [] if told.body.kind == "withdrawal" else [own]
    if replaced is not None:
        spans += _less((replaced.body.first, min(replaced.body.last, replaced.index - 1)), spans)
    return [(first, last) for first, last in spans if first <= last]


def replaced_by(chronicle: Chronicle, index: int) -> Amendment | None:
    """The amendment that the one at `index` takes the place of."""
    told = next((one for one in chronicle.amendments.told if one.index == index), None)
    if told is None or told.body.replaces is None:
        return None
    return next((one for one in chronicle.amendments_before(index).in_force if one.index == told.body.replaces), None)


def _less(span: tuple[int, int], others: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of the span is in none of the others."""
    left = [span]
    for begin, end in others:
        left = [part for first, last in left for part in ((first, min(last, begin - 1)), (max(first, end + 1), last))]
    return left
