# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Computes every current summary of a run again from the readings, with the recorder's own functions, and compares.
Pure.

A summary was made of what stood before it in the log; it is computed anew where its entry stands, from the readings and
gaps of its hour and the two beside it that went by. Which summaries are the current ones is told beforehand
(`newest_summaries`). One that a later amendment or clock fix concerns waits to be told anew: it is not called wrong.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import ConfigurationBody, GapBody, from_json
from edge_daemon.log.clock_history import Reported
from edge_daemon.log.effective import Amendments, Effective, amendments_of, effective
from edge_daemon.log.entry import Entry, EntryType, LoggedReading, NotAnEntry, decode_entry, decode_reading
from edge_daemon.log.plan import Plan
from edge_daemon.log.reported_time import ReportedTime
from edge_daemon.log.summarising import Hour, KnownGap, summarise
from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.log.summary_continuity import continuity_of
from edge_daemon.log.summary_energy import measures_energy
from edge_daemon.log.summary_fold import Key, key_of
from edge_daemon.metrology.period import RULES
from sync.evidence.chain import Chain
from sync.evidence.finding import Finding
from sync.evidence.reading_form import ReadReading
from sync.evidence.verdict import Sheet

NAME, TITLE = "summaries", "Hourly summaries"
SOURCELESS_RULES = "4.3/1"
"""Rules that gave the same numbers, without the score before its caps (`edge_daemon.metrology.period`)."""

COMPUTED_RULES = frozenset({RULES, SOURCELESS_RULES})
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
    """The readings of one sensor's hour, in the log's order, and the index up to which they are needed."""

    until: int
    readings: dict[int, tuple[ReadReading, Reported]] = field(default_factory=dict)
    configurations: set[int] = field(default_factory=set)


class SummaryChecker:
    """Takes the entries of a run, which begins at `first`, in order. Memory: the readings of a few hours."""

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
        self._settled: dict[int, list[tuple[str, Flag]]] = {}
        self._start_ns: int | None = None
        self.agreeing = 0
        self.wrong = Finding()
        self.open = Finding()

    def take(self, index: int, data: bytes, told: ReadReading | Entry | None) -> None:
        """The next entry and what it says, None where it cannot be read: the check of the entries names it."""
        try:
            if isinstance(told, ReadReading):
                self._reading(index, data, told)
            elif told is not None and told.type == EntryType.GAP:
                self._gap(index, told)
            elif told is not None and told.type == EntryType.SUMMARY:
                self._summary(index, told)
        except (NotAnEntry, ValueError, LookupError) as error:
            self.open.note(index, f"entry {index} cannot be used: {error}")

    def report(self, sheet: Sheet) -> None:
        """Put what was found on the sheet."""
        if self.wrong.count:
            told = self.wrong
            words = f"{told.count} do not follow from the readings. Entry {told.entry}: {told.words}."
            sheet.failed(NAME, TITLE, words, told.entry)
        elif self.agreeing:
            words = f"{self.agreeing} are, in every number, what the readings give, computed from their bytes again."
            sheet.passed(NAME, TITLE, words)
        if self.open.count:
            words = f"{self.open.count} were not computed again (first: entry {self.open.entry}): {self.open.words}."
            sheet.not_checked(f"{NAME}_open", TITLE, words)
        elif not self.agreeing and not self.wrong.count:
            sheet.not_checked(NAME, TITLE, "There is none among these entries.")

    def _reading(self, index: int, data: bytes, reading: ReadReading) -> None:
        entry = Entry(1, EntryType.READING, reading.t_ns, reading.mono_us, _NO_SALT, {"sensor": reading.sensor})
        self._fold = self._fold.after(index, entry)
        if reading.settled:
            for earlier, channel, flag in decode_reading(data).settles:
                self._settled.setdefault(earlier, []).append((channel, flag))
        reported = self._fold.reported
        if reported is None or reported.held:
            return
        change = self._amendments.change(index, reading.sensor, reported.time_ns)
        t_ns = reported.time_ns + (change.offset_ns if change else 0)
        if self._start_ns is None:
            self._start_ns = t_ns
        key = (change.sensor if change else reading.sensor, t_ns // HOUR_NS)
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(max(self._current.get(near, -1) for near in _near(key)))
        if bucket.until > index:
            bucket.readings[index] = reading, reported
            bucket.configurations.add(reading.configuration)

    def _gap(self, index: int, entry: Entry) -> None:
        body = from_json(GapBody, entry.body)
        start, end = (self._fold.wall(index, entry, ns_from_rfc3339(text)) for text in (body.start, body.end))
        if start.held or end.held or end.time_ns <= start.time_ns:
            return
        change = self._amendments.change(index, body.sensor, start.time_ns)
        sensor, offset_ns = (change.sensor, change.offset_ns) if change else (body.sensor, 0)
        gap = KnownGap(
            index, sensor, start.time_ns + offset_ns, end.time_ns + offset_ns, body.expected, tuple(body.causes)
        )
        self._gaps.setdefault(sensor, []).append(gap)

    def _summary(self, index: int, entry: Entry) -> None:
        told = from_json(SummaryBody, entry.body)
        key = key_of(told)
        if self._current.get(key) != index:
            return
        if self._begins_before(key, told):
            self.open.note(index, "the readings of their hours are not all in this evidence")
        else:
            self._compare(index, told, self._computed(key))
        for done in [key for key, bucket in self._buckets.items() if bucket.until <= index]:
            for earlier in self._buckets.pop(done).readings:
                self._settled.pop(earlier, None)

    def _begins_before(self, key: Key, told: SummaryBody) -> bool:
        """Whether the hour, or what matters of the one before it, lies before the run."""
        if self._first == 0:
            return False
        if self._start_ns is None or (told.first is not None and told.first < self._first):
            return True
        return (key[1] - 1) * HOUR_NS < self._start_ns

    def _compare(self, index: int, told: SummaryBody, computed: SummaryBody | None) -> None:
        if told.rules not in COMPUTED_RULES:
            words = f"they were made by rules {told.rules}, which this program does not know: newer ones may"
            self.open.note(index, words)
            return
        if computed is None:
            differing = "" if told.withdrawn else "its hour holds nothing that could be summarised"
        else:
            differing = _differing(told, computed)
        if not differing:
            self.agreeing += 1
        elif self._concerned_later(index, told):
            self.open.note(index, "something that was said later concerns their hours; they wait to be told anew")
        else:
            self.wrong.note(index, f"{told.sensor}, the hour of {told.hour[:13]}: {differing}")

    def _concerned_later(self, index: int, told: SummaryBody) -> bool:
        first, last = told.first or 0, index if told.last is None else told.last
        amended = any(
            one.index > index and one.body.first <= last and one.body.last >= first for one in self._amendments.told
        )
        return amended or any(fix.index > index for fix in self._chain.history.fixes)

    def _computed(self, key: Key) -> SummaryBody | None:
        found: dict[int, tuple[ReadReading, Reported]] = {}
        for near in _near(key) if self._has_energy(key) else (key,):
            if near in self._buckets:
                found |= self._buckets[near].readings
        readings = [self._effective(index, *found[index]) for index in sorted(found)]
        gaps = self._gaps.get(key[0], [])
        return summarise(
            Hour(
                *key,
                readings,
                gaps,
                self._configuration,
                self._plan_at,
                self._continuity.swaps_of,
                self._chain.calibrations,
            )
        )

    def _has_energy(self, key: Key) -> bool:
        """Whether readings beside the hour matter to it."""
        bucket = self._buckets.get(key)
        return bucket is not None and any(measures_energy(self._configuration(at)) for at in bucket.configurations)

    def _effective(self, index: int, told: ReadReading, reported: Reported) -> Effective:
        settled = self._settled.get(index, ())
        return effective(index, _logged(told), reported, self._amendments, settled, self._chain.calibrations)

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


def _near(key: Key) -> tuple[Key, Key, Key]:
    return (key[0], key[1] - 1), key, (key[0], key[1] + 1)


def _of_type(chain: Chain, kind: EntryType) -> Iterator[tuple[int, Entry]]:
    return ((index, entry) for index, entry in sorted(chain.entries.items()) if entry.type == kind)


def _differing(told: SummaryBody, computed: SummaryBody) -> str:
    """The first thing that differs, in words; empty where nothing does. What it replaces and why is its own matter."""
    due = replace(computed, replaces=told.replaces, reasons=told.reasons)
    if told.rules == SOURCELESS_RULES:
        due = _by_older_rules(due, told)
    if told == due:
        return ""
    for name in SummaryBody.__dataclass_fields__:
        says, gives = getattr(told, name), getattr(due, name)
        if says != gives:
            if isinstance(says, int | float | str | None):
                return f"it says {name} {says}, where the readings give {gives}"
            return f"what it says of {name} is not what the readings give"
    return "it is not what the readings give"


def _by_older_rules(due: SummaryBody, told: SummaryBody) -> SummaryBody:
    """What is due of a summary that was made before the score before its caps, and the rated power, were told."""
    channels = {name: replace(channel, source=None) for name, channel in due.channels.items()}
    energy = due.energy
    if energy is not None and told.energy is not None and told.energy.rated_kilowatts is None:
        energy = replace(energy, rated_kilowatts=None)
    return replace(due, rules=told.rules, source=None, channels=channels, energy=energy)
