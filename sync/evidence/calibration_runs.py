# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Judges every calibration run again: its points from the readings, its end from the points. Pure.

A point must be what the readings that it names give. What a laboratory certified has no points here.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge_daemon.calibration.judge import new_function
from edge_daemon.calibration.point_numbers import PointNumbers, PointReading, point_numbers
from edge_daemon.calibration.run import Run
from edge_daemon.domain.faults import BadInput, Conflict
from edge_daemon.log.calibration_body import CalibrationPoint
from edge_daemon.log.calibration_values import value_of
from edge_daemon.log.entry import Entry
from sync.evidence.calibration_ends import EndsJudged, body_of, judged_ends
from sync.evidence.finding import Finding
from sync.evidence.reading_form import ReadReading
from sync.evidence.verdict import Sheet

NAME, TITLE = "calibration_runs", "Calibration runs judged again"
LEAST = 2


@dataclass(slots=True)
class _Point:
    """A point being read again: the readings that have its channel, with raw and value of it."""

    index: int
    told: CalibrationPoint
    run: Run
    readings: list[PointReading] = field(default_factory=list)
    raws: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def take(self, reading: ReadReading) -> None:
        """The next reading of its sensor."""
        own = next((one for one in reading.channels if one[0] == self.run.start.channel), None)
        if own is None or own[1] is None or own[2] is None:
            return
        given = {name: value for name, _, value, _ in reading.channels if value is not None}
        self.readings.append(PointReading(reading.mono_us, given))
        self.raws.append(own[1])
        self.values.append(own[2])

    def follows(self) -> bool:
        """Whether its numbers are those of its readings."""
        function = new_function(self.run) if self.told.stage == "as_left" else None
        shown = self.values if function is None else [value_of(function, raw) for raw in self.raws]
        made = point_numbers(self.readings, self.raws, shown, self.run.procedure.auxiliary)
        told = self.told
        return made == PointNumbers(told.raw, told.indication, told.deviation, told.slope_per_minute, told.auxiliary)


@dataclass(slots=True)
class RunsChecker:
    """Takes the readings of a log's run in order. Mutable; memory grows with the points of calibrations alone."""

    ends: EndsJudged = field(default_factory=EndsJudged)
    read: int = 0
    open: Finding = field(default_factory=Finding)
    _points: list[_Point] = field(default_factory=list)
    _ahead: dict[str, deque[_Point]] = field(default_factory=dict)

    @staticmethod
    def of(entries: Mapping[int, Entry], unread: frozenset[int] = frozenset()) -> "RunsChecker":
        """Of a log with these landmarks, by index; `unread` are its plans and amendments of an unknown form."""
        checker = RunsChecker(judged_ends(entries, unread))
        runs = checker.ends.runs
        for index, entry in sorted(entries.items()):
            body = body_of(entry)
            if isinstance(body, CalibrationPoint) and body.run in runs:
                checker._points.append(_Point(index, body, runs[body.run]))
        for point in sorted(checker._points, key=lambda one: one.told.first):
            checker._ahead.setdefault(point.told.sensor, deque()).append(point)
        return checker

    @property
    def waits(self) -> bool:
        """Whether there is any point, so that readings have to be taken."""
        return bool(self._points)

    def take(self, index: int, reading: ReadReading) -> None:
        """The next reading."""
        ahead = self._ahead.get(reading.sensor)
        if not ahead:
            return
        while ahead and ahead[0].told.last < index:
            ahead.popleft()
        for point in ahead:
            if index < point.told.first:
                break
            if index <= point.told.last:
                point.take(reading)

    def report(self, sheet: Sheet, first: int, end: int) -> None:
        """Put it on the sheet. The readings that were taken were those from entry `first` up to before `end`."""
        for point in self._points:
            self._compare(point, first, end)
        ends, wrong = self.ends, self.ends.wrong
        if wrong.count:
            words = f"{wrong.count} do not follow from their own entries. {wrong.words}."
            sheet.failed(NAME, TITLE, words, wrong.entry)
        elif ends.verdicts or ends.given_up:
            dated = "" if ends.undated.count else " Uncertainties and due dates follow too."
            up = f" What {ends.given_up} runs found that were given up follows too." if ends.given_up else ""
            words = (
                f"{ends.verdicts} verdicts follow from their points, and {self.read} points from the readings that "
                f"they name.{dated}{up}"
            )
            sheet.passed(NAME, TITLE, words)
        if ends.other_rules.count:
            words = (
                f"{ends.other_rules.count} runs were judged by rules that this program does not know (first: entry "
                f"{ends.other_rules.entry})."
            )
            sheet.not_checked("calibration_rules", "Calibrations by other rules", words)
        if ends.undated.count:
            words = (
                f"The due dates of {ends.undated.count} verdicts were not judged (first: entry {ends.undated.entry}): "
                "an entry of a form that this program does not know comes before them, which may be a monitoring plan."
            )
            sheet.not_checked("calibration_due", "Due dates of calibrations", words)
        if self.open.count:
            words = f"{self.open.count} points of calibrations could not be read again. {self.open.words}."
            sheet.not_checked("calibration_points", "Points of calibrations", words)

    def _compare(self, point: _Point, first: int, end: int) -> None:
        told = point.told
        if not first <= told.first <= told.last < end or len(point.raws) != told.count or told.count < LEAST:
            where = f"Entry {point.index} names {told.count} readings from {told.first} to {told.last}"
            self.open.note(point.index, f"{where}, and {len(point.raws)} of them are there")
            return
        try:
            follows = point.follows()
        except (BadInput, Conflict) as error:
            self.ends.wrong.note(point.index, f"The point of entry {point.index} cannot be read again: {error}")
            return
        if follows:
            self.read += 1
        else:
            words = f"The point of entry {point.index} says other numbers than the readings that it names"
            self.ends.wrong.note(point.index, words)
