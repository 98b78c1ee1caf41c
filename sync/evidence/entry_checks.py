# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks of what the entries of a run say, one after the other: form, order in time, gaps, values, flags. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import GapBody, from_json
from edge_daemon.log.clock_history import ClockHistory
from edge_daemon.log.entry import Entry, EntryType, NotAnEntry, decode_entry
from edge_daemon.log.reported_time import LARGEST_SHIFT_NS
from sync.evidence.calibration_checks import CalibrationChecker
from sync.evidence.chain import Chain, SensorForm
from sync.evidence.finding import Finding
from sync.evidence.form import CONTEXT_TYPES
from sync.evidence.quality_checks import QualityChecker
from sync.evidence.reading_form import ReadReading, is_reading, read_reading
from sync.evidence.verdict import Sheet

S = 1_000_000_000
CALM_NS = 10 * S
LONGEST_CALM_NS = 3600 * S
OPENS_AFTER_INTERVALS = 3


@dataclass(slots=True)
class _Seen:
    """Until when a sensor is accounted for: wall clock, and `mono` in its boot where a reading was the last."""

    t_ns: int
    mono_us: int | None
    boot_id: str


@dataclass(slots=True)
class EntryChecker:
    """Takes the entries of one run in order. Mutable; memory grows with the run by its notable indices only."""

    chain: Chain
    notable_types: Collection[str]
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
    first_t_ns: int | None = None
    last_t_ns: int = 0
    _last_ns: dict[str, int] = field(default_factory=dict)
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _values: CalibrationChecker = field(init=False)
    _quality: QualityChecker = field(init=False)

    def __post_init__(self) -> None:
        self._values = CalibrationChecker(self.chain)
        self._quality = QualityChecker(self.chain)

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
        self._passed(entry.t_ns)
        if entry.type in self.notable_types:
            self.notable.setdefault(entry.type, []).append(index)
        if entry.type in CONTEXT_TYPES and index not in self.chain.entries:
            self.context.note(index, f"the {entry.type} entry {index} of the run is not in the context")
        if entry.type == EntryType.READING:
            self.form.note(index, "it is a reading whose keys are not in the order of RFC 8785")
        elif entry.type == EntryType.GAP:
            self._gap(index, entry)
        elif entry.type not in set(EntryType):
            self.unknown.note(index, entry.type)

    def _reading(self, index: int, reading: ReadReading) -> None:
        self._passed(reading.t_ns)
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
        self._order(index, reading)
        self._silence(index, reading, form)

    def _order(self, index: int, reading: ReadReading) -> None:
        placed = self.chain.history.placed(index, reading.t_ns, reading.mono_us)
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
        self._seen[reading.sensor] = _Seen(reading.t_ns, reading.mono_us, boot_id)
        if seen is None:
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
        self._seen[gap.sensor] = _Seen(end_ns, None, "")

    def _hole(self, index: int, sensor: str, silent_ns: int, interval_ns: int) -> None:
        if silent_ns <= max(CALM_NS, OPENS_AFTER_INTERVALS * interval_ns):
            return
        words = f"before it {sensor} was silent for {silent_ns / S:,.0f} s, and no gap says why"
        longest = max(LONGEST_CALM_NS, OPENS_AFTER_INTERVALS * interval_ns)
        (self.silence if silent_ns > longest else self.calm).note(index, words)

    def _passed(self, t_ns: int) -> None:
        if self.first_t_ns is None:
            self.first_t_ns = t_ns
        self.last_t_ns = t_ns

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
        if self.silence.count:
            found = self.silence
            words = f"{found.count} silences are not accounted for. Entry {found.entry}: {found.words}."
            sheet.failed("completeness", title, words, self.silence.entry)
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
