# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Judges every calibration run again: its points from the readings, its verdict from the points. Pure.

A verdict must say of function, results and outcome what the run's own entries give, by the procedure that its start
holds. A point must be what the readings that it names give. What a laboratory certified has no points here.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from edge_daemon.calibration.judge import RULES, new_function, verdict
from edge_daemon.calibration.point_numbers import PointNumbers, PointReading, point_numbers
from edge_daemon.calibration.run import Run, runs_of
from edge_daemon.domain.faults import BadInput, Conflict
from edge_daemon.log.bodies import from_json
from edge_daemon.log.calibration_body import (
    CALIBRATION_BODIES,
    CalibrationBody,
    CalibrationPoint,
    CalibrationVerdict,
)
from edge_daemon.log.calibration_values import value_of
from edge_daemon.log.entry import Entry, EntryType
from sync.evidence.finding import Finding
from sync.evidence.reading_form import ReadReading
from sync.evidence.verdict import Sheet

NAME, TITLE = "calibration_runs", "Calibration runs judged again"
LEAST = 2
_FROM_THE_CALIBRATION_BEFORE = ("uncertainty", "before", "due")
"""What a verdict says with the help of the calibration before it, whose date may have been corrected since."""


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

    judged: int = 0
    read: int = 0
    wrong: Finding = field(default_factory=Finding)
    open: Finding = field(default_factory=Finding)
    other_rules: Finding = field(default_factory=Finding)
    _points: list[_Point] = field(default_factory=list)
    _ahead: dict[str, deque[_Point]] = field(default_factory=dict)

    @staticmethod
    def of(entries: Mapping[int, Entry]) -> "RunsChecker":
        """Of a log with these landmarks, by index."""
        checker = RunsChecker()
        bodies = list(_bodies(entries))
        runs = runs_of((index, t_ns, body) for index, t_ns, body in bodies if not isinstance(body, CalibrationVerdict))
        for index, _, body in bodies:
            if isinstance(body, CalibrationVerdict):
                checker._judge(index, body, runs.get(body.run))
            elif isinstance(body, CalibrationPoint) and body.run in runs:
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
        if self.wrong.count:
            words = f"{self.wrong.count} do not follow from their own entries. {self.wrong.words}."
            sheet.failed(NAME, TITLE, words, self.wrong.entry)
        elif self.judged:
            words = (
                f"{self.judged} verdicts follow from their points, and {self.read} points from the readings that they "
                "name. Their uncertainty and due date rest on the calibration before as well and were not judged again."
            )
            sheet.passed(NAME, TITLE, words)
        if self.other_rules.count:
            words = (
                f"{self.other_rules.count} verdicts were given by rules that this program does not know (first: entry "
                f"{self.other_rules.entry})."
            )
            sheet.not_checked("calibration_rules", "Calibrations by other rules", words)
        if self.open.count:
            words = f"{self.open.count} points of calibrations could not be read again. {self.open.words}."
            sheet.not_checked("calibration_points", "Points of calibrations", words)

    def _judge(self, index: int, told: CalibrationVerdict, run: Run | None) -> None:
        if told.rules != RULES:
            self.other_rules.note(index, "")
            return
        self.judged += 1
        if run is None:
            self.wrong.note(index, f"Entry {index} is a verdict on a run that entry {told.run} does not begin")
            return
        try:
            made = verdict(
                run, person=told.person, due=told.due, second_person=told.second_person, remarks=told.remarks
            )
        except (BadInput, Conflict) as error:
            self.wrong.note(index, f"The verdict of entry {index} could not be given: {error}")
            return
        kept = {name: getattr(told, name) for name in _FROM_THE_CALIBRATION_BEFORE}
        kept |= {"impact": told.impact, "same_instrument": told.same_instrument}
        if (odd := _first_difference(replace(made, **kept), told)) is not None:
            self.wrong.note(index, f"The verdict of entry {index} says another {odd} than its points give")

    def _compare(self, point: _Point, first: int, end: int) -> None:
        told = point.told
        if not first <= told.first <= told.last < end or len(point.raws) != told.count or told.count < LEAST:
            where = f"Entry {point.index} names {told.count} readings from {told.first} to {told.last}"
            self.open.note(point.index, f"{where}, and {len(point.raws)} of them are there")
            return
        try:
            follows = point.follows()
        except (BadInput, Conflict) as error:
            self.wrong.note(point.index, f"The point of entry {point.index} cannot be read again: {error}")
            return
        if follows:
            self.read += 1
        else:
            words = f"The point of entry {point.index} says other numbers than the readings that it names"
            self.wrong.note(point.index, words)


def _bodies(entries: Mapping[int, Entry]) -> Iterator[tuple[int, int, CalibrationBody]]:
    for index, entry in sorted(entries.items()):
        form = CALIBRATION_BODIES.get(str(entry.body.get("event"))) if entry.type == EntryType.CALIBRATION else None
        if form is not None:
            yield index, entry.t_ns, from_json(form, entry.body)


def _first_difference(made: CalibrationVerdict, told: CalibrationVerdict) -> str | None:
    names = (name.replace("_", " ") for name in made.__dataclass_fields__ if getattr(made, name) != getattr(told, name))
    return next(names, None)
