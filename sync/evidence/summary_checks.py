# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Computes every summary of a run again from the readings, with the recorder's own functions, and compares. Pure.

A summary was made of what stood before it in the log; it is computed anew where its entry stands, from the readings and
gaps of its hour and the two beside it that went by. Which summaries are the current ones is told beforehand
(`newest_summaries`). One that does not agree, or that was replaced since, must be what the log gave when it had some
size between the last entry that the summary knows of and its own: a recorder that is busy writes a summary a little
after it read the log. Then it waits to be told anew, and is not called wrong. Where something moved readings to other
hours since, or gave them their time only then, that cannot be computed (`known_since`). Nor is one passed that later
readings, flags or gaps change (`told_since`).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.log.bodies import ConfigurationBody, from_json
from edge_daemon.log.clock_history import Reported
from edge_daemon.log.effective import Amendments, amendments_of, effective
from edge_daemon.log.entry import Entry, EntryType, LoggedReading, NotAnEntry, decode_entry, decode_reading
from edge_daemon.log.known_gap import KnownGap, known_gap
from edge_daemon.log.measured import Measured
from edge_daemon.log.plan import Plan
from edge_daemon.log.reported_time import ReportedTime
from edge_daemon.log.summarising import Hour, summarise
from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.log.summary_continuity import continuity_of
from edge_daemon.log.summary_energy import measures_energy
from edge_daemon.log.summary_fold import Key, key_of
from sync.evidence.chain import Chain
from sync.evidence.finding import Finding
from sync.evidence.form_words import why
from sync.evidence.hours_read import HoursRead
from sync.evidence.known_since import KnownSince
from sync.evidence.log_prefix import LogPrefix
from sync.evidence.reading_form import ReadReading
from sync.evidence.summary_compare import COMPUTED_RULES, differing, known_to
from sync.evidence.told_since import ToldSince
from sync.evidence.verdict import Sheet

NAME, TITLE = "summaries", "Hourly summaries"
MOST_STATES = 200
MOST_WRONG = 20
"""Once so many are wrong, replaced ones are not looked at any more."""

_NEIGHBOURS = 3
_EVER = 2**63
_UNKNOWN_RULES = "they were made by rules {}, by which this program computes nothing: another version may"
_UNREAD = "they do not follow from what is known here, and may rest on entry {}, of a form that another version knows"
SUMMARY_MARK = b'"type":"summary"'
_NO_SALT = bytes(16)
_FLAGS = {int(flag): flag for flag in Flag}


def newest_summaries(entries: Iterable[tuple[int, bytes]]) -> Iterator[tuple[Key, int]]:
    """Sensor and hour of each summary among these entries, with its index; what is none is passed over."""
    for index, data in entries:
        if SUMMARY_MARK in data:
            try:
                entry = decode_entry(data)
                if entry.type == EntryType.SUMMARY:
                    yield key_of(from_json(SummaryBody, entry.body)), index
            except (NotAnEntry, ValueError):
                continue  # the check of the entries' form, or that of the summary when it is read, says so


@dataclass(slots=True)
class _Bucket:
    """The readings of one sensor's hour, in the log's order, and the index up to which they are needed.

    `left` are the amendments that took readings of the hour elsewhere, by the index of the reading.
    """

    until: int
    readings: dict[int, tuple[ReadReading, Reported]] = field(default_factory=dict)
    configurations: set[int] = field(default_factory=set)
    left: dict[int, tuple[int, ...]] = field(default_factory=dict)


class SummaryChecker:
    """Takes the entries of a run, which begins at `first`, in order.

    Memory: the readings of a few hours, and a few numbers for each hour."""

    def __init__(self, chain: Chain, current: Mapping[Key, int], first: int) -> None:
        self._chain = chain
        self._current = current
        self._first = first
        self._amendments: Amendments = amendments_of(_of_type(chain, EntryType.AMENDMENT))
        self._fold = ReportedTime(chain.history, self._amendments.releases)
        self._plans = [Plan().after(index, entry) for index, entry in _of_type(chain, EntryType.PLAN)]
        self._configurations: dict[int, ConfigurationBody] = {}
        self._continuity = continuity_of(_of_type(chain, EntryType.INSTALLATION))
        self._gaps: dict[str, list[KnownGap]] = {}
        self._buckets: dict[Key, _Bucket] = {}
        self._settled: dict[int, list[tuple[int, str, Flag]]] = {}
        self._measured = Measured()
        self._prefix = LogPrefix(chain, self._amendments)
        self._start_ns: int | None = None
        self._hours = HoursRead()
        self._since = ToldSince(current)
        self._known_since = KnownSince(self._amendments)
        self._unsettled: list[int] = []
        self._last = first
        self.replaced = 0
        self.wrong = Finding()
        self.open = Finding()
        self.replaced_open = Finding()
        self._other_rules = Finding()

    def take(self, index: int, data: bytes, told: ReadReading | Entry | None) -> None:
        """The next entry and what it says, None where it cannot be read: the check of the entries names it."""
        self._last = index
        try:
            if isinstance(told, ReadReading):
                self._reading(index, data, told)
            elif told is not None and told.type == EntryType.GAP:
                self._gap(index, told)
            elif told is not None and told.type == EntryType.SUMMARY:
                self._summary(index, told)
        except (NotAnEntry, ValueError, LookupError) as error:
            self.open.note(index, f"entry {index} cannot be used: {why(error)}")

    def unsettled(self, since: int, size: int) -> int | None:
        """The first summary among these entries, as far as they were taken, that is not what the readings give."""
        return next((at for at in self._unsettled if since <= at < size), None)

    def report(self, sheet: Sheet) -> None:
        """Put what was found on the sheet."""
        for key in self._since.waiting():
            self._look_again(key, self._last)
        self._since.put_into(self.open)
        agreeing = self._since.agreeing
        if self.wrong.count:
            told = self.wrong
            words = f"{told.count} do not follow from the readings. Entry {told.entry}: {told.words}."
            sheet.failed(NAME, TITLE, words, told.entry)
        elif agreeing:
            words = f"{agreeing} are, in every number, what the readings give, computed from their bytes again."
            if self.replaced:
                words += f" {self.replaced} that were replaced since are what the log gave when they were made."
            sheet.passed(NAME, TITLE, words)
        self._hours.report(sheet, self._current)
        if self.replaced_open.count:
            told = self.replaced_open
            words = f"{told.count} that were replaced since were not computed again (first: entry {told.entry}): "
            sheet.not_checked(f"{NAME}_replaced", TITLE, f"{words}{told.words}.")
        if self._other_rules.count:
            told = self._other_rules
            words = f"{told.count} were not computed again (first: entry {told.entry}): {told.words}."
            sheet.not_checked(f"{NAME}_rules", TITLE, words)
        if self.open.count:
            words = f"{self.open.count} were not computed again (first: entry {self.open.entry}): {self.open.words}."
            sheet.not_checked(f"{NAME}_open", TITLE, words)
        elif not agreeing and not self.wrong.count and not self._other_rules.count:
            sheet.not_checked(NAME, TITLE, "There is none among these entries.")

    def _reading(self, index: int, data: bytes, reading: ReadReading) -> None:
        entry = Entry(1, EntryType.READING, reading.t_ns, reading.mono_us, _NO_SALT, {"sensor": reading.sensor})
        self._fold = self._fold.after(index, entry)
        settles = decode_reading(data).settles if reading.settled else ()
        for earlier, channel, flag in settles:
            self._settled.setdefault(earlier, []).append((index, channel, flag))
        reported = self._fold.reported
        if reported is None or reported.held:
            return
        change = self._amendments.change(index, reading.sensor, reported.time_ns)
        t_ns = reported.time_ns + (change.offset_ns if change else 0)
        if self._start_ns is None:
            self._start_ns = t_ns
        key = (change.sensor if change else reading.sensor, t_ns // HOUR_NS)
        edge = self._measured.edges.get(key)
        if edge is not None and edge[0] <= t_ns:  # nearly all, and nothing is asked of what lies beside
            self._measured.edges[key] = edge[0], edge[1], max(edge[2], t_ns)
        else:
            self._measured.add(key, t_ns, index)
        self._hours.read(index, key, t_ns)
        self._since.read(key, index)
        self._known_since.reading(self._fold, index, key[0], t_ns, reported)
        for near in (key, *self._measured.beside(key)) if settles else ():
            if near not in self._buckets and any(self._since.holds(near, earlier) for earlier, *_ in settles):
                self._since.changed(near, index)
        bucket = self._bucket(key)
        if bucket.until > index:
            bucket.readings[index] = reading, reported
            bucket.configurations.add(reading.configuration)
        own = (reading.sensor, reported.time_ns // HOUR_NS)
        if change and own != key and (left := self._bucket(own)).until > index:
            left.left[index] = change.by

    def _bucket(self, key: Key) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            beside = {far for near in _near(key) for far in _near(near)}
            bucket = self._buckets[key] = _Bucket(max(self._current.get(one, -1) for one in beside))
        return bucket

    def _gap(self, index: int, entry: Entry) -> None:
        gap = known_gap(self._fold, index, entry, self._amendments)
        if gap is not None:
            self._gaps.setdefault(gap.sensor, []).append(gap)
            self._known_since.gap(self._fold, index, entry, gap.sensor)

    def _summary(self, index: int, entry: Entry) -> None:
        told = from_json(SummaryBody, entry.body)
        key = key_of(told)
        if self._current.get(key) != index:
            self._replaced(index, key, told)
            return
        if self._begins_before(key, told):
            self._leave_open(index, "the readings of their hours are not all in this evidence")
        else:
            self._compare(index, told, self._computed(key))
        for due in self._since.waiting(index):
            self._look_again(due, index)
        for done in [key for key, bucket in self._buckets.items() if bucket.until <= index]:
            for earlier in self._buckets.pop(done).readings:
                self._settled.pop(earlier, None)

    def _look_again(self, key: Key, index: int) -> None:
        """Compare an hour's current summary with all that is known by now: what is beside it came later."""
        if differing(self._since.body(key), self._computed(key)):
            self._since.changed(key, index)

    def _begins_before(self, key: Key, told: SummaryBody) -> bool:
        """Whether the hour, or what matters of the one before it, lies before the run."""
        if self._first == 0:
            return False
        if self._start_ns is None or (told.first is not None and told.first < self._first):
            return True
        return (key[1] - 1) * HOUR_NS < self._start_ns or self._measured.before(key) is None

    def _compare(self, index: int, told: SummaryBody, computed: SummaryBody | None) -> None:
        key = key_of(told)
        if told.rules not in COMPUTED_RULES:
            self._unsettled.append(index)
            self._other_rules.note(index, _UNKNOWN_RULES.format(told.rules))
            return
        words = differing(told, computed)
        if not words:
            self._since.agreed(key, told)
            return
        doubt = self._doubt(index, key, told)
        if doubt:
            self._leave_open(index, doubt)
        elif doubt is not None:
            self._leave_open(index, "something that was said later concerns their hours; they wait to be told anew")
        elif unread := self._unread(index):
            self._unsettled.append(index)
            self._other_rules.note(index, unread)
        else:
            self._unsettled.append(index)
            self.wrong.note(index, f"{told.sensor}, the hour of {told.hour[:13]}: {words}")

    def _unread(self, index: int) -> str:
        """What is said where an entry before this one may say something that is not known here; empty where none is."""
        unread = [at for at in self._chain.unread if at < index]
        return _UNREAD.format(min(unread)) if unread else ""

    def _leave_open(self, index: int, words: str) -> None:
        self._unsettled.append(index)
        self.open.note(index, words)

    def _replaced(self, index: int, key: Key, told: SummaryBody) -> None:
        if told.rules not in COMPUTED_RULES:
            self.replaced_open.note(index, _UNKNOWN_RULES.format(told.rules))
            return
        if self._begins_before(key, told) or self.wrong.count >= MOST_WRONG:
            self.replaced_open.note(index, "the readings of their hours are not all in this evidence, or others fail")
            return
        doubt = "" if not differing(told, self._computed(key)) else self._doubt(index, key, told)
        if doubt == "":
            self.replaced += 1
        elif doubt is not None or (doubt := self._unread(index)):
            self.replaced_open.note(index, doubt)
        else:
            words = differing(told, self._computed(key, index - 1))
            self._unsettled.append(index)
            self.wrong.note(index, f"{told.sensor}, the hour of {told.hour[:13]}, replaced since: {words}")

    def _doubt(self, index: int, key: Key, told: SummaryBody) -> str | None:
        """Why a summary that the log does not give now cannot be called wrong; empty where it is what the log gave
        then, None where it never gave it."""
        states = self._states(index, key, told)
        if any(not differing(told, self._computed(key, size)) for size in states[:MOST_STATES]):
            return ""
        if self._moved_since(self._known(index, key, told), index, key):
            return "something that was said later moved readings to other hours or sensors, or gave them their time"
        return "too much was recorded while they were being made" if len(states) > MOST_STATES else None

    def _known(self, index: int, key: Key, told: SummaryBody) -> int:
        """The last entry that must have been known when the summary at `index` was made, whatever it says itself."""
        read = self._buckets[key].readings if key in self._buckets else ()
        return max([known_to(told), *(at for at in read if at < index)])

    def _moved_since(self, known: int, index: int, key: Key) -> bool:
        """Whether what came after the entry `known`, the last that the summary at `index` must have known, concerns
        what it was made of."""
        start_ns, end_ns = (key[1] - 1) * HOUR_NS, (key[1] + 2) * HOUR_NS
        before, after = self._measured.before(key), self._measured.after(key)
        start_ns, end_ns = min(start_ns, before or start_ns), max(end_ns, after or end_ns)
        since = self._known_since
        return since.timed_after(known, index, key[0], start_ns, end_ns) or since.moved_after(known, index, key[0])

    def _states(self, index: int, key: Key, told: SummaryBody) -> list[int]:
        """The last entries of all prefixes of the log that may give the summary at `index` other numbers.

        Of the readings behind the hour the first few matter: they say what power was at its end.
        """
        known, hour = self._known(index, key, told), key[1]
        found = self._readings_near(key, moved=True)
        later = [at for at in sorted(found) if known < at < index][:_NEIGHBOURS]
        settling = {by for at in found for by, *_ in self._settled.get(at, ()) if known < by < index}
        near = (gap for gap in self._gaps.get(key[0], ()) if _reaches(gap, (hour - 1) * HOUR_NS, (hour + 2) * HOUR_NS))
        gaps = {gap.index for gap in near if known < gap.index < index}
        changes = self._prefix.changes(known, index)
        return [index - 1, *sorted({known_to(told), known, *later, *settling, *gaps, *changes})]

    def _readings_near(self, key: Key, *, moved: bool = False) -> dict[int, tuple[ReadReading, Reported]]:
        """What counts in the hour; with `moved` also what an amendment may have moved out of it since."""
        found: dict[int, tuple[ReadReading, Reported]] = {}
        for near in _near(key) if moved or self._has_energy(key) else (key,):
            if near in self._buckets:
                found |= self._buckets[near].readings
        return found

    def _computed(self, key: Key, until: int | None = None) -> SummaryBody | None:
        """The hour's summary by all that is known; with `until` by the log up to that entry."""
        found = self._readings_near(key, moved=until is not None)
        if until is None:
            amendments, known, until = self._amendments, self._chain.calibrations, _EVER
        else:
            amendments, known = self._prefix.amendments_to(until), self._prefix.calibrations_to(until)
        readings = []
        for index in sorted(found):
            if index <= until:
                told, reported = found[index]
                settled = [(name, flag) for by, name, flag in self._settled.get(index, ()) if by <= until]
                readings.append(effective(index, _logged(told), reported, amendments, settled, known))
        gaps = [gap for gap in self._gaps.get(key[0], ()) if gap.index <= until]
        left = self._buckets[key].left.items() if key in self._buckets else ()
        amended = {by for at, taken in left if at <= until for by in taken if by <= until}
        beside = self._measured.before(key), self._measured.after(key, until)
        swaps = self._continuity.swaps_of
        return summarise(Hour(*key, readings, gaps, self._configuration, self._plan_at, swaps, known, *beside, amended))

    def _has_energy(self, key: Key) -> bool:
        """Whether readings beside the hour matter to it."""
        bucket = self._buckets.get(key)
        return bucket is not None and any(measures_energy(self._configuration(at)) for at in bucket.configurations)

    def _configuration(self, index: int) -> ConfigurationBody:
        if index not in self._configurations:
            self._configurations[index] = from_json(ConfigurationBody, self._chain.entries[index].body)
        return self._configurations[index]

    def _plan_at(self, index: int) -> Plan:
        return next((plan for plan in reversed(self._plans) if plan.index < index), Plan())


def _logged(told: ReadReading) -> LoggedReading:
    """The reading as the summary's functions take it, without what they do not look at."""
    channels = {name: ChannelValue(raw, value, _FLAGS[flag]) for name, raw, value, flag in told.channels}
    return LoggedReading(
        sensor=told.sensor,
        channels=channels,
        quality=told.quality,
        configuration=told.configuration,
        calibrations=told.calibrations,
        settles=(),
        t_ns=told.t_ns,
        mono_us=told.mono_us,
        salt=_NO_SALT,
    )


def _reaches(gap: KnownGap, start_ns: int, end_ns: int) -> bool:
    """Whether the gap may reach into this time."""
    return (gap.start_ns is None or gap.start_ns < end_ns) and (gap.end_ns is None or gap.end_ns > start_ns)


def _near(key: Key) -> tuple[Key, Key, Key]:
    return (key[0], key[1] - 1), key, (key[0], key[1] + 1)


def _of_type(chain: Chain, kind: EntryType) -> Iterator[tuple[int, Entry]]:
    return ((index, entry) for index, entry in sorted(chain.entries.items()) if entry.type == kind)
