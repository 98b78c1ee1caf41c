# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks of what the entries of a run say, one after the other: form, order in time, gaps, values, flags. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import GapBody, from_json
from edge_daemon.log.clock_history import ClockHistory, Reported
from edge_daemon.log.effective import amendments_of
from edge_daemon.log.entry import Entry, EntryType, NotAnEntry, decode_entry
from edge_daemon.log.evidence_index import CONTEXT_TYPES
from edge_daemon.metrology.qartod import US_PER_S
from sync.evidence.calibration_checks import CalibrationChecker
from sync.evidence.calibration_runs import RunsChecker
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
from sync.evidence.form_words import is_known, why
from sync.evidence.gap_checks import GapChecker
from sync.evidence.order_checks import OrderChecker
from sync.evidence.quality_checks import QualityChecker
from sync.evidence.reading_form import ReadReading, is_reading, read_reading
from sync.evidence.verdict import Sheet

S = 1_000_000_000
LONGEST_CALM_NS = 3600 * S
NO_READING = "There is no reading among these entries."
OF_READINGS: Mapping[str, str] = MappingProxyType(
    {"order": "Order in time", "values": "Values without a calibration", "flags": "Flags computed again"}
)


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
    silence: Finding = field(default_factory=Finding)
    calm: Finding = field(default_factory=Finding)
    edge: Finding = field(default_factory=Finding)
    strange: list[int] = field(default_factory=list)
    times: EntryTimes = field(init=False)
    _begun: Moment | None = None
    _last: Moment | None = None
    _seen: dict[str, _Seen] = field(default_factory=dict)
    order: OrderChecker = field(init=False)
    gaps: GapChecker = field(init=False)
    _values: CalibrationChecker = field(init=False)
    _runs: RunsChecker = field(init=False)
    _quality: QualityChecker = field(init=False)

    def __post_init__(self) -> None:
        self.times = EntryTimes([key.index for key in self.chain.keys.named[1:]])
        for index, entry in self.chain.entries.items():
            if index < self.first:
                self.times.take_before(index, self.chain.history.placed(index, entry.t_ns, entry.mono_us))
        self.order = OrderChecker(self.chain.history, amendments_of(self.chain.entries.items()).releases)
        self.gaps = GapChecker(self.chain)
        self._values = CalibrationChecker(self.chain)
        self._runs = RunsChecker.of(self.chain.entries, self.chain.unread)
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
        placed = self._passed(index, entry.t_ns, entry.mono_us)
        if entry.type in self.notable_types:
            self.notable.setdefault(entry.type, []).append(index)
        if entry.type in CONTEXT_TYPES and index not in self.chain.entries and index not in self.chain.unread:
            self.context.note(index, f"the {entry.type} entry {index} of the run is not in the context")
        if entry.type == EntryType.READING:
            self.form.note(index, "it is a reading whose keys are not in the order of RFC 8785")
        elif entry.type == EntryType.GAP:
            self._gap(index, entry, placed)
        elif entry.type == EntryType.BOOT and entry.body.get("event") == "start":
            self._quality.replay.started(index)
        elif entry.type == EntryType.VISIT and not is_known(entry):
            self.strange.append(index)
        elif entry.type not in set(EntryType):
            self.unknown.note(index, entry.type)

    def _reading(self, index: int, reading: ReadReading) -> None:
        placed = self._passed(index, reading.t_ns, reading.mono_us)
        form = self.chain.forms.get(reading.configuration)
        if form is None or reading.configuration >= index or form.sensor != reading.sensor:
            self.form.note(index, f"it names entry {reading.configuration}, which does not configure its sensor")
            return
        if reading.settled and any(not 0 <= settled < index for settled in reading.settled):
            self.form.note(index, "it settles a flag of an entry that does not come before it")
            return
        for name, *_ in reading.channels:
            if name not in form.spans:
                self.form.note(index, "its configuration does not know one of its channels")
                return
        self._quality.take(index, reading)
        self._values.take(index, reading)
        if self._runs.waits:
            self._runs.take(index, reading)
        self.order.take(index, reading, placed)
        self._silence(index, reading, form)
        self.gaps.reading(index, reading, placed)

    def _silence(self, index: int, reading: ReadReading, form: SensorForm) -> None:
        boot_id = _boot_at(self.chain.history, index)
        seen = self._seen.get(reading.sensor)
        self._seen[reading.sensor] = _Seen(reading.t_ns, reading.mono_us, boot_id, index)
        if seen is None:
            self._first_of(index, reading, form)
            return
        if seen.mono_us is not None and seen.boot_id == boot_id:
            if reading.mono_us < seen.mono_us:
                back_s = (seen.mono_us - reading.mono_us) / US_PER_S
                words = f"the clock that nobody sets runs back by {back_s:,.0f} s within one start of the computer"
                self.order.wrong.note(index, words)
            self._hole(index, reading.sensor, (reading.mono_us - seen.mono_us) * 1000, form.interval_ns)
        else:
            self._hole(index, reading.sensor, reading.t_ns - seen.t_ns, form.interval_ns)

    def _gap(self, index: int, entry: Entry, placed: Reported) -> None:
        try:
            gap = from_json(GapBody, entry.body)
            start_ns, end_ns = ns_from_rfc3339(gap.start), ns_from_rfc3339(gap.end)
        except ValueError as error:
            self.form.note(index, f"it is no gap of a known form: {why(error)}")
            return
        seen = self._seen.get(gap.sensor)
        if seen is not None:
            self._hole(index, gap.sensor, start_ns - seen.t_ns, 0)
        else:
            self._before_gap(index, gap.sensor, start_ns)
        until_ns = self.gaps.gap(index, entry, gap, start_ns, end_ns, placed)
        self._seen[gap.sensor] = _Seen(until_ns, None, "", index)
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
        self._report_forms(sheet)
        if self.unknown.count:
            words = (
                f"{self.unknown.count} entries are of a type that this program does not know ({self.unknown.words})."
            )
            sheet.not_checked("unknown", "Entries of other types", words)
        self._report_gaps(sheet)
        if readings:
            self.order.report(sheet)
            self._values.report(sheet)
            self._quality.report(sheet)
        else:
            for name, title in OF_READINGS.items():
                sheet.not_checked(name, title, NO_READING)
        self._runs.report(sheet, self.first, self.first + entries)

    def _report_forms(self, sheet: Sheet) -> None:
        strange = sorted({*self.chain.unread, *self.chain.strange, *self.strange})
        if strange:
            words = (
                f"{len(strange)} plans, amendments, calibrations, standards, visits or words on the clock have a form "
                f"that this program does not know (first: entry {strange[0]}). What they say is not taken into account."
            )
            sheet.not_checked("unread", "Entries of other forms", words)

    def _report_gaps(self, sheet: Sheet) -> None:
        title = "Completeness"
        self._edges()
        if self.silence.count:
            found = self.silence
            words = f"{found.count} silences are not accounted for. Entry {found.entry}: {found.words}."
            sheet.failed("completeness", title, words, self.silence.entry)
        elif self.gaps.wrong.count:
            found = self.gaps.wrong
            words = f"{found.count} gaps contradict the entries around them. Entry {found.entry}: {found.words}."
            sheet.failed("completeness", title, words, found.entry)
        elif self.edge.count:
            words = (
                f"Between the readings every silence is accounted for, but at an edge it is not ({self.edge.count} "
                f"times): {self.edge.words}. A gap is told when it ends, which may be outside these entries."
            )
            sheet.not_checked("completeness", title, words)
        elif self.calm.count:
            words = "Every silence of more than an hour is accounted for, but not every shorter one"
            sheet.not_checked("completeness", title, f"{words}: see “Short silences”.")
        else:
            gaps = self.counts[EntryType.GAP]
            if not self.counts[EntryType.READING] and not gaps:
                sheet.not_checked("completeness", title, NO_READING)
                return
            sheet.passed(
                "completeness", title, f"Every silence is accounted for; {gaps} gaps are told with their causes."
            )
        if self.gaps.open.count:
            found = self.gaps.open
            words = (
                f"{found.count} gaps count readings by a clock that does not tell how long they were (first: entry "
                f"{found.entry}): {found.words}."
            )
            sheet.not_checked("gap_counts", "Readings that gaps count as missing", words)
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
