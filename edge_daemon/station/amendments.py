# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Amendments: checked, written once, never taken away; and the plan of what is to be monitored. Waits for the disk.

What the desk tells is what is durable, whoever wrote it: also an entry that its writer was told had failed, because the
disk answered too late.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Committed, Head
from edge_daemon.domain.faults import BadInput, BufferUnavailable, DamagedLog, Unknown
from edge_daemon.domain.time import NS_PER_S, ns_from_rfc3339
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.amendment_check import check_amendment
from edge_daemon.log.bodies import ConfigurationBody, from_json
from edge_daemon.log.clock_history import ClockHistory
from edge_daemon.log.effective import Amendments, amendments_of
from edge_daemon.log.entry import Entry, EntryType, decode_entry
from edge_daemon.log.plan import Plan, check_plan, plan_of
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.log.setup import Setup
from edge_daemon.station.entries import entries_of
from edge_daemon.station.journal import Journal
from edge_daemon.station.past import entry_at

log = logging.getLogger(__name__)

SLACK_NS = 60 * NS_PER_S
"""Entries are stamped a little before they reach the log, so that neighbours may stand in another order."""

LATEST_NS = 2**63 - 1

TYPES = (EntryType.AMENDMENT.value, EntryType.PLAN.value)


class AmendmentDesk:
    """The log's amendments and plan, kept up with the log, and the commands that add to them.

    Safe to use from several threads; `committed` is called in the writer's thread. `entries` reads the amendments and
    plans that the log holds; where the disk does not give them at the start, they are asked for again whenever
    somebody wants to know. `read` gives the entry at an index, `known_sensors` every sensor that the log has ever had
    with its channels.
    """

    def __init__(
        self,
        journal: Journal,
        entries: Callable[[], Iterable[tuple[int, Entry]]],
        *,
        head: Callable[[], Head],
        history: Callable[[], ClockHistory],
        setup: Callable[[], Setup],
        read: Callable[[int], Entry],
        known_sensors: Callable[[], dict[str, frozenset[str]]],
    ) -> None:
        self._journal = journal
        self._head = head
        self._history = history
        self._setup = setup
        self._read = read
        self._known_sensors = known_sensors
        self._writing = threading.Lock()
        self._learning = threading.Lock()  # never held while the log is written: its writer needs it
        self._entries = entries
        self._known: dict[int, Entry] = {}
        self._amendments, self._plan = Amendments(), Plan()
        self._complete = False
        self._complain = True
        self._read_past()

    @property
    def amendments(self) -> Amendments:
        """All that are durable."""
        self._read_past()
        return self._amendments

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        self._read_past()
        return self._plan

    def committed(self, batch: Sequence[Committed]) -> None:
        """These records are durable. Never waits. Raises ValueError for an entry of a wrong form."""
        for item in batch:
            if item.record.type in TYPES:
                self._learn(item.index, decode_entry(item.record.data))

    def amend(self, body: AmendmentBody) -> tuple[int, Entry]:
        """Write an amendment. Raises BadInput naming the field, Unknown, or what the log raises.

        Where it gives times, `first` and `last` become the narrowest range of indices that these times can lie in.
        """
        body = self.checked(body)
        with self._writing:
            index, entry = self._journal.write(body)
            self._learn(index, entry)
        return index, entry

    def checked(self, body: AmendmentBody) -> AmendmentBody:
        """The amendment as `amend` would write it, and raises what it would raise of it; writes nothing."""
        body = self._ranged(body)
        check_amendment(body)
        self._check_sensors(body)
        told = [one.index for one in self.amendments.told]
        if body.replaces is not None and body.replaces not in told:
            raise Unknown(f"there is no amendment at index {body.replaces} that could be replaced")
        return body

    def set_plan(self, body: PlanBody) -> tuple[int, Entry]:
        """Write a plan, which holds from here on. Raises BadInput naming the field, or what the log raises."""
        check_plan(body, self._setup())
        with self._writing:
            index, entry = self._journal.write(body)
            self._learn(index, entry)
        return index, entry

    def _read_past(self) -> None:
        if self._complete:
            return
        try:
            past = dict(self._entries())
        except (BufferUnavailable, DamagedLog) as fault:
            if self._complain:
                log.error("which amendments and plan the log holds cannot be read: %s", fault)
            self._complain = False
            return
        with self._learning:
            self._known = {**past, **self._known}
            self._fold()
            self._complete = True

    def _learn(self, index: int, entry: Entry) -> None:
        """An entry is told twice where this desk wrote it, and in any order where several were written at once."""
        with self._learning:
            if index in self._known:
                return
            newest = index > max(self._known, default=-1)
            self._known[index] = entry
            if newest:
                self._amendments, self._plan = self._amendments.after(index, entry), self._plan.after(index, entry)
            else:
                self._fold()

    def _fold(self) -> None:
        entries = sorted(self._known.items())
        self._amendments, self._plan = amendments_of(entries), plan_of(entries)

    def _ranged(self, body: AmendmentBody) -> AmendmentBody:
        size = self._head().size
        last = size - 1 if body.last < 0 else body.last
        if last >= size:
            raise BadInput("last", last, f"the log's last index is {size - 1}")
        if not 0 <= body.first <= last:
            raise BadInput("first", body.first, f"an index from 0 to {last} is needed")
        start_ns, end_ns = _time("from", body.start), _time("to", body.end)
        if start_ns is not None and end_ns is not None and end_ns <= start_ns:
            raise BadInput("to", body.end, "it must be later than `from`")
        if body.kind == "release_untrusted_time" and (body.start or body.end):
            raise BadInput("from", body.start, "readings whose time is not known are named by their indices")
        if start_ns is None and end_ns is None:
            return replace(body, last=last)
        spans = list(self._spans(start_ns, end_ns, size))
        if not spans:
            raise BadInput("from", body.start, "the log has no entry whose time lies in this range")
        first = max(body.first, min(span[0] for span in spans))
        return replace(body, first=first, last=max(first, min(last, max(span[1] for span in spans))))

    def _spans(self, start_ns: int | None, end_ns: int | None, size: int) -> Iterator[tuple[int, int]]:
        """First and last index of each stretch of one clock's readings that may lie in these reported times."""
        stretches = self._history().stretches
        for place, stretch in enumerate(stretches):
            end = stretches[place + 1].first if place + 1 < len(stretches) else size
            if stretch.state == "untrusted" and self.amendments.releases:
                yield stretch.first, end - 1  # a person's word gives these a time, whatever the clock says
                continue
            # Within a stretch time goes on with the index; what has no time, because it came after a fix, comes last.
            first = stretch.first if start_ns is None else self._bisect(stretch.first, end, start_ns - SLACK_NS)
            after_ns = LATEST_NS if end_ns is None else end_ns + SLACK_NS
            last = self._bisect(stretch.first, end, after_ns)
            if first < last:
                yield first, last - 1

    def _bisect(self, first: int, end: int, t_ns: int) -> int:
        while first < end:
            middle = (first + end) // 2
            placed_ns = self._placed(middle)
            if placed_ns is None or placed_ns >= t_ns:
                end = middle
            else:
                first = middle + 1
        return first

    def _placed(self, index: int) -> int | None:
        entry = self._read(index)
        placed = self._history().placed(index, entry.t_ns, entry.mono_us)
        return None if placed.held else placed.time_ns

    def _check_sensors(self, body: AmendmentBody) -> None:
        known = self._known_sensors()
        for field, names in (("sensors", body.sensors), ("reads_as", (body.reads_as,) if body.reads_as else ())):
            for name in names:
                if name not in known:
                    raise BadInput(field, name, f"sensors of this log are {', '.join(sorted(known)) or 'none'}")
        channels = frozenset().union(*(known[name] for name in body.sensors or known))
        for name in body.channels:
            if name not in channels:
                raise BadInput("channels", name, f"channels of these sensors are {', '.join(sorted(channels))}")


def amendment_desk(
    reader: LogReader,
    journal: Journal,
    *,
    head: Callable[[], Head],
    history: Callable[[], ClockHistory],
    setup: Callable[[], Setup],
) -> AmendmentDesk:
    """The desk of the log that `reader` reads."""
    return AmendmentDesk(
        journal,
        lambda: _all_of(reader, TYPES),
        head=head,
        history=history,
        setup=setup,
        read=lambda index: entry_at(reader, index),
        known_sensors=lambda: sensors_of(reader),
    )


def sensors_of(reader: LogReader) -> dict[str, frozenset[str]]:
    """Every sensor that the log has ever had, with all channels that it ever had."""
    sensors: dict[str, frozenset[str]] = {}
    for _, entry in _all_of(reader, (EntryType.CONFIGURATION.value,)):
        if entry.body.get("subject", "sensor") == "sensor":
            told = from_json(ConfigurationBody, entry.body)
            channels = frozenset(channel.name for channel in told.channels)
            sensors[told.sensor] = sensors.get(told.sensor, frozenset()) | channels
    return sensors


def _all_of(reader: LogReader, types: tuple[str, ...]) -> Iterator[tuple[int, Entry]]:
    after = -1
    while page := entries_of(reader, types, after=after):
        yield from page
        after = page[-1][0]


def _time(field: str, text: str) -> int | None:
    if not text:
        return None
    try:
        return ns_from_rfc3339(text)
    except ValueError as wrong:
        raise BadInput(field, text, f"give a time like 2026-11-23T08:15:30Z ({wrong})") from wrong
