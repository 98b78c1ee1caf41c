# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Applies calibrations to raw again, and holds what readings name against what was in force. Pure.

A value must be, to the last bit, what the calibration it names makes of raw (`calibration_values` says how that is
computed). Which calibration a reading has to name follows from the entries before it (the rules of `calibrations`): of
the instrument that was installed then, of that channel, before the reading in the log. Straight after a change a sensor
may still name what held before, which the log's readers count as failed; once it has named what is in force it may not
go back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from edge_daemon.log.calibration_body import CALIBRATION_BODIES
from edge_daemon.log.calibrations import ByChannel, InForce, calibrated
from edge_daemon.log.entry import EntryType
from sync.evidence.chain import Chain
from sync.evidence.finding import Finding
from sync.evidence.reading_form import ReadReading
from sync.evidence.verdict import Sheet

TITLE = "Calibrations applied again from raw"
_FAIL = 4


@dataclass(slots=True)
class _Expected:
    """What readings of a sensor name from after `first` up to `until`; `place` counts the changes until there."""

    first: int
    until: float
    place: int
    names: Mapping[str, int]


@dataclass(slots=True)
class CalibrationChecker:
    """Takes the readings of a run in order. Mutable; a few numbers for each sensor.

    `plain` are values without a calibration that are not raw.
    """

    chain: Chain
    applied: int = 0
    plain: Finding = field(default_factory=Finding)
    wrong: Finding = field(default_factory=Finding)
    stragglers: Finding = field(default_factory=Finding)
    unknown: Finding = field(default_factory=Finding)
    _expected: dict[str, _Expected] = field(default_factory=dict)
    _reached: dict[str, int] = field(default_factory=dict)

    def take(self, index: int, reading: ReadReading) -> None:
        """The next reading."""
        named = reading.calibrations
        for name, raw, value, flag in reading.channels:
            if raw is None or value is None:
                continue
            calibration = named.get(name)
            if calibration is None:
                if raw != value:
                    self.plain.note(index, f"{name} is {value:g} without a calibration, where raw is {raw:g}")
            else:
                self._apply(index, name, raw, value, flag, calibration, reading.configuration)
        expected = self._expected.get(reading.sensor)
        if expected is None or not expected.first < index <= expected.until:
            expected = self._expected[reading.sensor] = self._expect(index, reading.sensor)
        if named or expected.names:
            self._in_force(index, reading, expected)
        elif expected.place:
            self._reached[reading.sensor] = expected.place

    def report(self, sheet: Sheet) -> None:
        """The checks that came out of it."""
        title = "Values without a calibration"
        if self.plain.count:
            words = f"{self.plain.count} values do not follow from raw. Entry {self.plain.entry}: {self.plain.words}."
            sheet.failed("values", title, words, self.plain.entry)
        else:
            sheet.passed("values", title, "Each one is its raw value.")
        late = ""
        if self.stragglers.count:
            late = (
                f" {self.stragglers.count} readings straight after a change were still made with what held before "
                f"(first: entry {self.stragglers.entry}); they count as failed."
            )
        if self.wrong.count:
            words = f"{self.wrong.count} times it does not hold. Entry {self.wrong.entry}: {self.wrong.words}."
            sheet.failed("calibrations", TITLE, words, self.wrong.entry)
        elif self.applied or self.stragglers.count:
            words = f"{self.applied} values are, to the last bit, what the calibration in force makes of raw.{late}"
            sheet.passed("calibrations", TITLE, words)
        if self.unknown.count:
            words = (
                f"{self.unknown.count} values name a calibration of a kind that this program does not know "
                f"(first: entry {self.unknown.entry})."
            )
            sheet.not_checked("unknown_calibrations", "Calibrations of other kinds", words)

    def _apply(
        self, index: int, name: str, raw: float, value: float, flag: int, calibration: int, configuration: int
    ) -> None:
        made = self.chain.calibrations.made_with(calibration, name, configuration)
        if made is None or calibration >= index or made.channel != name:
            self._refuse(index, name, calibration, made)
            return
        self.applied += 1
        expected = calibrated(made.function, raw)
        if expected is None:
            if value != raw or flag != _FAIL:
                words = f"{name} has no finite value by calibration {calibration}, so that it must be raw and failed"
                self.wrong.note(index, words)
        elif expected != value:
            self.wrong.note(
                index, f"{name} is {value!r}, where calibration {calibration} makes {expected!r} of {raw!r}"
            )

    def _refuse(self, index: int, name: str, calibration: int, made: InForce | None) -> None:
        known = self.chain.entries.get(calibration)
        is_one = known is not None and known.type == EntryType.CALIBRATION and calibration < index
        if made is None and is_one and known and str(known.body.get("event")) not in CALIBRATION_BODIES:
            self.unknown.note(index, name)
        elif made is not None and made.channel != name:
            self.wrong.note(index, f"{name} names entry {calibration}, which calibrates {made.channel}")
        else:
            words = f"{name} names entry {calibration}, which is no calibration in effect before it"
            self.wrong.note(index, words)

    def _expect(self, index: int, sensor: str) -> _Expected:
        changes = self.chain.calibrations.changes(sensor)
        place = sum(1 for at, _ in changes if at < index)
        first = changes[place - 1][0] if place else -1
        until = changes[place][0] if place < len(changes) else float("inf")
        return _Expected(first, until, place, _names(changes[place - 1][1] if place else {}))

    def _in_force(self, index: int, reading: ReadReading, expected: _Expected) -> None:
        channels, named = {name for name, *_ in reading.channels}, reading.calibrations
        if named.keys() - channels:
            self.wrong.note(index, f"it names a calibration of {min(named.keys() - channels)}, which it does not have")
            return
        if named == {name: at for name, at in expected.names.items() if name in channels}:
            self._reached[reading.sensor] = expected.place
            return
        if self.unknown.count:  # what one of an unknown kind puts in force is not known
            return
        reached = self._reached.get(reading.sensor, 0)
        states: list[ByChannel] = [{}, *(state for _, state in self.chain.calibrations.changes(reading.sensor))]
        for place in range(expected.place - 1, reached - 1, -1):
            if named == {name: at for name, at in _names(states[place]).items() if name in channels}:
                self._reached[reading.sensor] = place
                self.stragglers.note(index, "")
                return
        told = ", ".join(f"{name} {at}" for name, at in sorted(named.items())) or "none"
        due = ", ".join(f"{name} {at}" for name, at in sorted(expected.names.items())) or "none"
        self.wrong.note(index, f"it names the calibrations {told}; in force was {due}")


def _names(state: ByChannel) -> dict[str, int]:
    return {name: one.index for name, one in state.items()}
