# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Hourly summaries with what earlier ones say of the same hours: read from the log's pages.

What is said of a summary depends on the log up to its index alone, so that one that is sent again is the same bytes.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from edge_daemon.log.entry import Entry, EntryType, NotAnEntry, decode_entry
from edge_daemon.log.summary import HOUR_NS, AirSummary, SummaryBody
from edge_daemon.log.summary_air import INDEX_HOURS, index_now
from edge_daemon.log.summary_fold import key_of
from sync.delivery.hours import MOST_AFFECTED, HourBook
from sync.engine.pages import LogPages
from sync.packets.chronicle import Chronicle, Unreadable
from sync.packets.summary import AirHour, OutgoingSummary
from sync.packets.summary_meaning import SummaryMeaning, summary_body

_KEPT_HOURS = 2 * INDEX_HOURS
"""So many bodies of earlier summaries are kept in memory for each sensor: those that an hour's index has to do with."""


class _Known(NamedTuple):
    entry: int
    air: AirSummary | None


class Summaries:
    """The summaries of one log. For one thread. Methods raise DamagedLog or BufferUnavailable."""

    def __init__(self, pages: LogPages, hours: HourBook) -> None:
        self._pages = pages
        self._hours = hours
        self._seen: dict[tuple[str, int], set[int]] = {}
        self._bodies: dict[int, SummaryBody] = {}
        self._sensors: set[str] = set()
        self._meaning: tuple[Chronicle, SummaryMeaning] | None = None

    def read(self, index: int, entry: Entry, chronicle: Chronicle) -> OutgoingSummary:
        """What goes out for the summary at `index`. Raises Unreadable with the reason."""
        body = summary_body(entry)
        self._keep(index, body)
        replaced = None if body.replaces is None or body.replaces >= index else self._body(body.replaces)
        if replaced is not None and key_of(replaced) != key_of(body):
            raise Unreadable(
                f"entry {body.replaces}, which it names as the one that it replaces, is about another hour"
            )
        air, after = self._air(index, body, replaced)
        return self._meaning_of(chronicle).outgoing(index, body, replaced, air, after)

    def at(self, indices: list[int], chronicle: Chronicle) -> Iterator[OutgoingSummary]:
        """The summaries at these indices, less those that cannot be read: they were set aside."""
        for index in indices:
            entry = self._entry(index)
            if entry is not None:
                with suppress(Unreadable):
                    yield self.read(index, entry, chronicle)

    def _air(
        self, index: int, body: SummaryBody, replaced: SummaryBody | None
    ) -> tuple[tuple[AirHour, ...], int | None]:
        """The index of this hour and of those behind it that are known, and the lowest summary that had told of one."""
        if body.air is None and (replaced is None or replaced.air is None):
            return (), None
        sensor, hour = key_of(body)
        known = self._known(sensor, hour, index)
        known[hour] = _Known(index, body.air)
        told: list[AirHour] = []
        for number in range(hour, hour + MOST_AFFECTED + 1):
            if number not in known or (known[number].air is None and number != hour):
                continue
            recent = [known[back].air if (back := number - ago) in known else None for ago in range(INDEX_HOURS)]
            now = None if body.withdrawn and number == hour else index_now(recent)
            if now is not None or number != hour or replaced is not None:
                told.append(AirHour(number * HOUR_NS, now.value if now else None, now.pollutant.value if now else ""))
        return tuple(told), min((one.entry for number, one in known.items() if number > hour), default=None)

    def _known(self, sensor: str, hour: int, before: int) -> dict[int, _Known]:
        """The newest summary below `before` of each hour that has to do with this one."""
        first, last = hour - MOST_AFFECTED, hour + MOST_AFFECTED
        indices = self._hours.known(sensor, first, last, before)
        for number in range(first, last + 1):
            told = indices.get(number, -1)
            if seen := {one for one in self._seen.pop((sensor, number), ()) if one > told}:  # the books know the others
                self._seen[sensor, number] = seen
            newest = max((one for one in seen if one < before), default=-1)
            if newest > told:
                indices[number] = newest
        found: dict[int, _Known] = {}
        for number, index in indices.items():
            body = self._body(index)
            if body is not None and key_of(body) == (sensor, number):
                found[number] = _Known(index, body.air)
        return found

    def _keep(self, index: int, body: SummaryBody) -> None:
        # The books learn of it once it is delivered; until then this is what tells where it is.
        if body.air is not None or body.replaces is not None:
            self._seen.setdefault(key_of(body), set()).add(index)
        self._bodies.pop(index, None)
        self._bodies[index] = body
        self._sensors.add(body.sensor)
        while len(self._bodies) > _KEPT_HOURS * len(self._sensors):
            del self._bodies[next(iter(self._bodies))]

    def _body(self, index: int) -> SummaryBody | None:
        if index not in self._bodies:
            entry = self._entry(index)
            try:
                body = None if entry is None else summary_body(entry)
            except Unreadable:  # it was set aside when its turn came
                body = None
            if body is None:
                return None
            self._keep(index, body)
        return self._bodies[index]

    def _entry(self, index: int) -> Entry | None:
        """The summary's entry, None where its bytes are damaged or another entry's."""
        row = next(iter(self._pages.page(index, index + 1)), None)
        if row is None or row.damage:
            return None
        try:
            entry = decode_entry(row.data)
        except NotAnEntry:
            return None
        return entry if entry.type == EntryType.SUMMARY else None

    def _meaning_of(self, chronicle: Chronicle) -> SummaryMeaning:
        if self._meaning is None or self._meaning[0] is not chronicle:
            self._meaning = chronicle, SummaryMeaning(chronicle)
        return self._meaning[1]
