# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Holds the times of a run's readings against the order in which they stand in the log. Pure.

The rules are the log's own (`reported_time`, 6 to 8). A time far before the one before it fails where the log tells of
nothing that set the clock between the two; where it does, one of two believed times is wrong and the log holds the
reading: a clock that ran ahead cannot be told from entries that were dated back, and neither is called the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.clock_history import ClockHistory, Reported, Standing
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.reported_time import LARGEST_SHIFT_NS, Release, ReportedTime
from sync.evidence.finding import Finding
from sync.evidence.reading_form import ReadReading
from sync.evidence.verdict import Sheet

TITLE = "Order in time"
_NO_SALT = bytes(16)


@dataclass(slots=True)
class OrderChecker:
    """Takes the readings of one run in order. Mutable; memory: two numbers for each sensor.

    `wrong` contradict the order, `jumped` contradict a time before a word on the clock, `held` have no time, `moved`
    were set a little later, `released` have the time that a person gave them.
    """

    history: ClockHistory
    releases: Sequence[Release] = ()
    wrong: Finding = field(default_factory=Finding)
    jumped: Finding = field(default_factory=Finding)
    held: Finding = field(default_factory=Finding)
    moved: Finding = field(default_factory=Finding)
    released: Finding = field(default_factory=Finding)
    _last: dict[str, tuple[int, int]] = field(default_factory=dict)

    def take(self, index: int, reading: ReadReading, placed: Reported) -> None:
        """The next reading, at its time by the log's clock."""
        last = self._last.get(reading.sensor)
        plain = not self.releases or not any(one.first <= index <= one.last for one in self.releases)
        if plain and placed.held:
            self.held.note(index, "")
        elif plain and (last is None or placed.time_ns > last[0]):
            self._last[reading.sensor] = placed.time_ns, index
        else:
            self._by_the_rules(index, reading, placed, last)

    def report(self, sheet: Sheet) -> None:
        """Put what was found on the sheet."""
        if self.wrong.count:
            words = f"{self.wrong.count} readings contradict the order. Entry {self.wrong.entry}: {self.wrong.words}."
            sheet.failed("order", TITLE, words, self.wrong.entry)
        elif self.jumped.count:
            words = (
                f"{self.jumped.count} readings contradict the times before them, and between lies an entry that tells "
                f"of the computer's clock: it was set. Entry {self.jumped.entry}: {self.jumped.words}. One of the two "
                "times is wrong; the log holds such readings back, so that they count nowhere, and this does not tell "
                "a clock that ran ahead from entries that were dated back."
            )
            sheet.not_checked("order", TITLE, words)
        else:
            moved, released = self.moved.count, self.released.count
            more = f" {moved} were set at the same instant and are kept in order." if moved else ""
            more += f" {released} have the time that a person gave them." if released else ""
            sheet.passed("order", TITLE, f"The reported time of every sensor strictly increases.{more}")
        if self.held.count:
            words = f"{self.held.count} readings from entry {self.held.entry} on have no known time yet."
            sheet.not_checked("held", "Readings whose time is not known", words)

    def _by_the_rules(self, index: int, reading: ReadReading, placed: Reported, last: tuple[int, int] | None) -> None:
        fold = ReportedTime(self.history, self.releases, {} if last is None else {reading.sensor: last[0]})
        entry = Entry(1, EntryType.READING, reading.t_ns, reading.mono_us, _NO_SALT, {"sensor": reading.sensor})
        reported = fold.after(index, entry).reported or placed
        if not reported.held:
            self._last[reading.sensor] = reported.time_ns, index
            if reported.standing is Standing.RELEASED:
                self.released.note(index, "")
            elif reported.time_ns != placed.time_ns:
                self.moved.note(index, "")
        elif placed.held or last is None or last[0] - placed.time_ns < LARGEST_SHIFT_NS:
            self.held.note(index, "")  # a person gave it a time that the log could not take
        else:
            self._against(index, last[1], last[0] - placed.time_ns)

    def _against(self, index: int, before: int, back_ns: int) -> None:
        words = f"it is dated {back_ns / NS_PER_S:,.0f} s before the reading of its sensor before it"
        if self.history.stretch_at(index) == self.history.stretch_at(before):
            self.wrong.note(index, words)
        else:
            self.jumped.note(index, f"{words}, entry {before}")
