# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks of what the entries of a run say, one after the other: form, order in time, gaps, values, flags. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import GapBody, from_json
from edge_daemon.log.clock_history import ClockHistory, Reported
from edge_daemon.log.entry import Entry, EntryType, NotAnEntry, decode_entry
from edge_daemon.log.reported_time import LARGEST_SHIFT_NS
from sync.evidence.calibration_checks import CalibrationChecker
from sync.evidence.chain import Chain, SensorForm
from sync.evidence.edge_silence import (
    OPENS_AFTER_INTERVALS,
    Moment,
    lasted_ns,
    limit_ns,
    recordings,
    silent_at_end,
)
from sync.evidence.entry_times import EntryTimes
from sync.evidence.finding import Finding
from sync.evidence.form import CONTEXT_TYPES
from sync.evidence.quality_checks import QualityChecker
from sync.evidence.reading_form import ReadReading, is_reading, read_reading
from sync.evidence.verdict import Sheet

S = 1_000_000_000
LONGEST_CALM_NS = 3600 * S


@dataclass(slots=True)
class _Seen:
    """Until when a sensor is accounted for: wall clock, and `mono` in its boot where a reading was the last."""

    t_ns: int
    mono_us: int | None
    boot_id: str
    index: int


@dataclass(slots=True)
class EntryChecker:
    """Takes the entries of one run in order. Mutable; memory grows with the run by its notable indices only."""

    chain: Chain
    notable_types: Collection[str]
    first: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    notable: dict[str, list[int]] = field(default_factory=dict)
    form: Finding = field(default_factory=Finding)
    unknown: Finding = field(default_factory=Finding)
    context: Finding = field(default_factory=Finding)
    order: Finding = field(default_factory=Finding)
    moved: Finding = field(default_factory=Finding)
    held: Finding = field(default_factory=Finding)
    silence: Finding = field(default_factory=Finding)
    calm: Finding = field(default_factory=Finding)
    edge: Finding = field(default_factory=Finding)
    times: EntryTimes = field(init=False)
    _begun: Moment | None = None
    _last: Moment | None = None
    _last_ns: dict[str, int] = field(default_factory=dict)
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _values: CalibrationChecker = field(init=False)
    _quality: QualityChecker = field(init=False)

    def __post_init__(self) -> None:
        self.times = EntryTimes([key.index for key in self.chain.keys.named[1:]])
        self._values = CalibrationChecker(self.chain)
        self._quality = QualityChecker(self.chain, self.first)

    def take(self, index: int, data: bytes) -> ReadReading | Entry | None:
        """The next entry; gives what it says, None where it cannot be read."""
        found: ReadReading | Entry
        try:
            if is_reading(data):
                self.counts[EntryType.READING] += 1
                found = read_reading(data)
                self._reading(index, found)
            else:
                found = decode_entry(data)
                self._other(index, found)
        except NotAnEntry as error:
            self.form.note(index, str(error))
            return None
        return found

    def _other(self, index: int, entry: Entry) -> None:
        self.counts[entry.type] += 1
        self._passed(index, entry.t_ns, entry.mono_us)
        if entry.type in self.notable_types:
            self.notable.setdefault(entry.type, []).append(index)
        if entry.type in CONTEXT_TYPES and index not in self.chain.entries and index not in self.chain.unread:
            self.context.note(index, f"the {entry.type} entry {index} of the run is not in the context")
        if entry.type == EntryType.READING:
            self.form.note(index, "it is a reading whose keys are not in the order of RFC 8785")
        elif entry.type == EntryType.GAP:
            self._gap(index, entry)
        elif entry.type == EntryType.BOOT and entry.body.get("event") == "start":
            self._quality.replay.started(index)
        elif entry.type not in set(EntryType):
            self.unknown.note(index, entry.type)

    def _reading(self, index: int, reading: ReadReading) -> None:
        placed = self._passed(index, reading.t_ns, reading.mono_us)
        form = self.chain.forms.get(reading.configuration)
        if form is None or reading.configuration >= index or form.sensor != reading.sensor:
            self.form.note(index, f"it names entry {reading.configuration}, which does not configure its sensor")
            return
        if any(not 0 <= settled < index for settled in reading.settled):
            self.form.note(index, "it settles a flag of an entry that does not come before it")
        if any(name not in form.spans for name, *_ in reading.channels):
            self.form.note(index, "its configuration does not know one of its channels")
            return
        self._quality.take(index, reading)
        self._values.take(index, reading)
        self._order(index, reading, placed)
        self._silence(index, reading, form)

    def _order(self, index: int, reading: ReadReading, placed: Reported) -> None:
        if placed.held:
            self.held.note(index, "")
            return
        last_ns = self._last_ns.get(reading.sensor)
        if last_ns is None or placed.time_ns > last_ns:
            self._last_ns[reading.sensor] = placed.time_ns
            return
        back_ns = last_ns - placed.time_ns
        if back_ns >= LARGEST_SHIFT_NS:
            self.order.note(index, f"it is dated {back_ns / S:,.0f} s before the reading of its sensor before it")
            return
        self.moved.note(index, "")
        self._last_ns[reading.sensor] = last_ns + 1

    def _silence(self, index: int, reading: ReadReading, form: SensorForm) -> None:
        boot_id = _boot_at(self.chain.history, index)
        seen = self._seen.get(reading.sensor)
        self._seen[reading.sensor] = _Seen(reading.t_ns, reading.mono_us, boot_id, index)
        if seen is None:
            self._first_of(index, reading, form)
            return
        if seen.mono_us is not None and seen.boot_id == boot_id:
            self._hole(index, reading.sensor, (reading.mono_us - seen.mono_us) * 1000, form.interval_ns)
        else:
            self._hole(index, reading.sensor, reading.t_ns - seen.t_ns, form.interval_ns)

    def _gap(self, index: int, entry: Entry) -> None:
        try:
            gap = from_json(GapBody, entry.body)
            start_ns, end_ns = ns_from_rfc3339(gap.start), ns_from_rfc3339(gap.end)
        except ValueError as error:
            self.form.note(index, f"it is no gap of a known form: {error}")
            return
        seen = self._seen.get(gap.sensor)
        if seen is not None:
            self._hole(index, gap.sensor, start_ns - seen.t_ns, 0)
        else:
            self._before_gap(index, gap.sensor, start_ns)
        self._seen[gap.sensor] = _Seen(end_ns, None, "", index)
        self._quality.replay.gap(index, gap.sensor, gap.causes)

    def _hole(self, index: int, sensor: str, silent_ns: int, interval_ns: int) -> None:
        if silent_ns <= limit_ns(interval_ns):
            return
        words = f"before it {sensor} was silent for {silent_ns / S:,.0f} s, and no gap says why"
        longest = max(LONGEST_CALM_NS, OPENS_AFTER_INTERVALS * interval_ns)
        (self.silence if silent_ns > longest else self.calm).note(index, words)

    def _first_of(self, index: int, reading: ReadReading, form: SensorForm) -> None:
        """Before a sensor's first reading in the run it may have been silent since the run or it itself began."""
        configured = self.chain.entries[reading.configuration]
        begun = self._begun
        if begun is None or reading.configuration >= begun.index:
            begun = Moment(reading.configuration, configured.t_ns, configured.mono_us)
        silent_ns = lasted_ns(self.chain.history, begun, Moment(index, reading.t_ns, reading.mono_us))
        if silent_ns > limit_ns(form.interval_ns):
            words = f"{reading.sensor} said nothing in the first {silent_ns / S:,.0f} s"
            self.edge.note(index, words)

    def _before_gap(self, index: int, sensor: str, start_ns: int) -> None:
        known = next((one for one in recordings(self.chain, index) if one.sensor == sensor), None)
        if known is None or self._begun is None:
            return
        begun_ns = (known.since if known.since.index >= self._begun.index else self._begun).t_ns
        if start_ns - begun_ns > limit_ns(0):
            words = f"{sensor} said nothing in the first {(start_ns - begun_ns) / S:,.0f} s before its first gap"
            self.edge.note(index, words)

    def _passed(self, index: int, t_ns: int, mono_us: int) -> Reported:
        self._last = Moment(index, t_ns, mono_us)
        if self._begun is None:
            self._begun = self._last
        placed = self.chain.history.placed(index, t_ns, mono_us)
        self.times.take(index, placed)
        return placed

    def _edges(self) -> None:
        """Which sensors are silent up to the run's end."""
        if self._begun is None or self._last is None:
            return
        seen = {sensor: Moment(one.index, one.t_ns, one.mono_us) for sensor, one in self._seen.items()}
        for words in silent_at_end(self.chain, self._begun, self._last, seen):
            self.edge.note(self._last.index, f"{words}, up to the end of these entries")

    def report(self, sheet: Sheet) -> None:
        """Put what was found on the sheet."""
        entries, readings = sum(self.counts.values()), self.counts[EntryType.READING]
        title = "Form of the entries"
        if self.form.count:
            words = f"{self.form.count} entries do not have their form. Entry {self.form.entry}: {self.form.words}"
            sheet.failed("entries", title, words, self.form.entry)
        else:
            sheet.passed(
                "entries", title, f"All {entries} entries can be read in one way only, {readings} are readings."
            )
        if self.chain.unread:
            words = (
                f"{len(self.chain.unread)} plans or amendments are of a form that this program does not know (first: "
                f"entry {min(self.chain.unread)}). What they say of other entries is not taken into account."
            )
            sheet.not_checked("unread", "Plans and amendments of other forms", words)
        if self.unknown.count:
            words = (
                f"{self.unknown.count} entries are of a type that this program does not know ({self.unknown.words})."
            )
            sheet.not_checked("unknown", "Entries of other types", words)
        self._report_order(sheet)
        self._report_gaps(sheet)
        self._values.report(sheet)
        self._quality.report(sheet)

    def _report_order(self, sheet: Sheet) -> None:
        title = "Order in time"
        if self.order.count:
            words = f"{self.order.count} readings contradict the order. Entry {self.order.entry}: {self.order.words}."
            sheet.failed("order", title, words, self.order.entry)
        else:
            moved = (
                f" {self.moved.count} were set at the same instant and are kept in order." if self.moved.count else ""
            )
            sheet.passed("order", title, f"The reported time of every sensor strictly increases.{moved}")
        if self.held.count:
            words = f"{self.held.count} readings from entry {self.held.entry} on have no known time yet."
            sheet.not_checked("held", "Readings whose time is not known", words)

    def _report_gaps(self, sheet: Sheet) -> None:
        title = "Completeness"
        self._edges()
        if self.silence.count:
            found = self.silence
            words = f"{found.count} silences are not accounted for. Entry {found.entry}: {found.words}."
            sheet.failed("completeness", title, words, self.silence.entry)
        elif self.edge.count:
            words = (
                f"Between the readings every silence is accounted for, but at an edge it is not ({self.edge.count} "
                f"times): {self.edge.words}. A gap is told when it ends, which may be outside these entries."
            )
            sheet.not_checked("completeness", title, words)
        else:
            gaps = self.counts[EntryType.GAP]
            sheet.passed(
                "completeness", title, f"Every silence is accounted for; {gaps} gaps are told with their causes."
            )
        if self.calm.count:
            words = (
                f"{self.calm.count} silences of at most an hour have no gap (first: entry {self.calm.entry}). An "
                "instrument that speaks at a rate of its own may be calm for so long; the log does not say if it is."
            )
            sheet.not_checked("calm", "Short silences", words)


def _boot_at(history: ClockHistory, index: int) -> str:
    stretch = history.stretch_at(index)
    return stretch.boot_id if stretch else ""


def same_counts(told: Mapping[str, int], found: Mapping[str, int]) -> bool:
    """Whether an index tells the same numbers of entries as were found."""
    return {name: count for name, count in told.items() if count} == {
        name: count for name, count in found.items() if count
    }
