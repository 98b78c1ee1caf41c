# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which calibration made each reading's values, as a fold over the log. Pure.

1. A calibration takes effect with the verdict of a run that says so and did not fail, or with the review in which
   another person than who entered it accepts a laboratory's certificate. It holds for readings with a greater index. An
   abort takes nothing into effect, nor does a run that has not ended, nor a function that cannot be applied; of a run's
   ends only the first counts. Where the instrument adjusted itself, its verdict takes effect even where it failed: what
   held before was of an instrument that is no more.
2. It belongs to the instrument and follows it through installations, whatever port or point it is at, and under the
   name it has once its serial number is known. While it is in doubt which instrument is plugged in, the one before is
   presumed.
3. Each channel has its own. A verdict without a function leaves the function of before; a certificate without one says
   that raw is the value. A verdict that verifies and states no uncertainty leaves that of before.
4. From a run's start to its end, all readings of its sensor are in calibration.
5. A reading names, by channel, what was in force for its sensor when it was made. Straight after a change a few are
   still made with what held before: these stragglers are in calibration too.
6. What is said of a reading depends on entries before it alone, and never changes as the log grows.
7. A run that ends outside the tolerance, or closer to it than can be told, casts doubt on its channel; so does one that
   was broken off after a command or once it was found outside, and a laboratory that leaves the instrument outside its
   tolerance. A later calibration ends the doubt, but no certificate of an earlier day.
8. A mere check that passes takes nothing into effect: neither date nor due date nor uncertainty moves. It only ends the
   doubt that the same check cast.
9. An accepted certificate of an earlier day than the calibration in force takes nothing into effect: it is history.
10. A laboratory that changed the instrument did so before the first reading after its day, which the review names: no
   value is carried across that, whenever it was reviewed.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import itemgetter
from types import MappingProxyType
from typing import TypeVar

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import from_json
from edge_daemon.log.calibration_body import (
    CalibrationAbort,
    CalibrationCommand,
    CalibrationStart,
    CalibrationVerdict,
    CarriedCalibration,
    CertificateReview,
    CutOffRun,
    ExternalCertificate,
)
from edge_daemon.log.calibration_values import calibrated, check_function, standard_uncertainty, value_of
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.in_force import (
    DAY_NS,
    NOTHING,
    PASSED,
    UNCALIBRATED,
    Applied,
    ByChannel,
    InForce,
    Mark,
    RunRange,
    altered,
    date_ns,
    failed,
    same_person,
)
from edge_daemon.log.instruments import TYPES as INSTRUMENT_TYPES
from edge_daemon.log.instruments import Instruments, Key

__all__ = [
    "NOTHING",
    "TYPES",
    "UNCALIBRATED",
    "Applied",
    "ByChannel",
    "Calibrations",
    "InForce",
    "Mark",
    "RunRange",
    "calibrated",
    "fold",
    "same_person",
    "standard_uncertainty",
    "value_of",
]

TYPES = (EntryType.CALIBRATION.value, *INSTRUMENT_TYPES)
"""The entries this is a fold over."""

Keyed = TypeVar("Keyed", InForce, RunRange, Mark)
_index_of = itemgetter(0)


@dataclass(frozen=True, slots=True)
class Calibrations:
    """All that a log says of calibrations. `made` took effect, in log order; `runs` are by sensor.

    `adjusted` is where an instrument itself was changed; `doubts` where a calibration failed, or was broken off after
    that. `history_only` are the reviews of accepted certificates that a later calibration had overtaken.
    """

    instruments: Instruments = field(default_factory=Instruments)
    made: tuple[InForce, ...] = ()
    runs: Mapping[str, tuple[RunRange, ...]] = field(default_factory=lambda: MappingProxyType({}))
    adjusted: tuple[Mark, ...] = ()
    doubts: tuple[Mark, ...] = ()
    by_index: Mapping[int, InForce] = field(default_factory=lambda: MappingProxyType({}))
    history_only: frozenset[int] = frozenset()
    _certificates: Mapping[int, tuple[Key, ExternalCertificate]] = field(default_factory=lambda: MappingProxyType({}))
    _names: Mapping[Key, Key] = field(default_factory=lambda: MappingProxyType({}))
    _changes: Mapping[str, tuple[tuple[int, ByChannel], ...]] = field(default_factory=lambda: MappingProxyType({}))

    def after(self, index: int, entry: Entry) -> "Calibrations":
        """What is known once this entry is in the log; entries of other types change nothing.

        Raises ValueError for an entry of a wrong form.
        """
        if entry.type == EntryType.CALIBRATION:
            return self._calibrated(index, entry)
        if entry.type not in INSTRUMENT_TYPES:
            return self
        instruments = self.instruments.after(index, entry)
        marks = altered(index, entry, instruments)
        if instruments is self.instruments and not marks:
            return self
        known = replace(self, instruments=instruments, adjusted=(*self.adjusted, *marks))
        for (_, old), (_, new) in zip(self.instruments.entries, instruments.entries, strict=False):
            if old != new:
                known = known._renamed(old, new)
                break
        return known._changed(index)

    def in_force(self, key: Key, channel: str, index: int | None = None) -> InForce | None:
        """The instrument's calibration of this channel for readings at `index`, None: for those to come."""
        found = (one for one in reversed(self.history(key)) if one.channel == channel)
        return next((one for one in found if index is None or one.index < index), None)

    def for_sensor(self, sensor: str, index: int | None = None) -> ByChannel:
        """What a sensor's reading at `index` has to name, by channel; None: those to come."""
        changes = self._changes.get(sensor)
        if not changes:
            return NOTHING
        place = len(changes) if index is None else bisect_left(changes, index, key=_index_of)
        return changes[place - 1][1] if place else NOTHING

    def changes(self, sensor: str) -> tuple[tuple[int, ByChannel], ...]:
        """Every entry that changed what the sensor's readings have to name, in log order, and what that was then."""
        return self._changes.get(sensor, ())

    def during(self, sensor: str, index: int) -> int | None:
        """The start of the run in whose range a sensor's reading at `index` lies."""
        return next((run.start for run in reversed(self.runs.get(sensor, ())) if run.holds(index)), None)

    def in_calibration(self, sensor: str, index: int, named: Mapping[str, int], channels: Iterable[str]) -> int | None:
        """The entry that puts this reading in calibration, so that all its channels fail; None for none.

        `named` is the reading's `cal`, `channels` are those it has. The entry is a run's start, or the change that a
        straggler does not know yet (the reading itself, where it names something and there never was a change).
        """
        run = self.during(sensor, index)
        if run is not None:
            return run
        due = self.for_sensor(sensor, index)
        if not due and not named:
            return None
        if all((due[name].index if name in due else None) == named.get(name) for name in channels):
            return None
        changes = self._changes.get(sensor, ())
        place = bisect_left(changes, index, key=_index_of)
        return changes[place - 1][0] if place else index

    def present(self, sensor: str) -> Applied:
        """What the sensor's readings are to be made with from now on."""
        in_force, doubted = self.for_sensor(sensor), self.doubted(sensor)
        run = next((run for run in reversed(self.runs.get(sensor, ())) if run.end is None), None)
        if run is not None:
            return Applied(in_force, run.start, doubted, run.interval_ns)
        return Applied(in_force, None, doubted) if in_force or doubted else UNCALIBRATED

    def doubted(self, sensor: str, index: int | None = None) -> frozenset[str]:
        """The channels whose instrument failed its last calibration, or was changed by one that was broken off, for the
        sensor's reading at `index`; None: for those to come."""
        marks = [mark for mark in self.doubts if index is None or mark.index < index]
        installed = self.instruments.present(sensor) if index is None else self.instruments.at(sensor, index)
        if not marks or installed is None:
            return frozenset()
        made = self.for_sensor(sensor, index)
        return frozenset(
            mark.channel
            for mark in marks
            if mark.key == installed.key and mark.casts_doubt(made.get(mark.channel), index)
        )

    def in_doubt(self, key: Key, channel: str, made: InForce | None) -> Mark | None:
        """What casts doubt on the instrument's channel in spite of the calibration `made`; None for nothing."""
        mine = (mark for mark in reversed(self.doubts) if (mark.key, mark.channel) == (self.name_of(key), channel))
        return next((mark for mark in mine if mark.casts_doubt(made)), None)

    def history(self, key: Key) -> tuple[InForce, ...]:
        """All that took effect for this instrument, in log order."""
        key = self.name_of(key)
        return tuple(one for one in self.made if one.key == key)

    def name_of(self, key: Key) -> Key:
        """The name by which an instrument is known by now, where `key` is one it had before its serial number."""
        return self._names.get(key, key)

    def overtaken_by(self, key: Key, channel: str, day_ns: int) -> InForce | None:
        """The calibration in force, where it was made later than on the day that begins at `day_ns`, UTC: one of that
        day is history only."""
        now = self.in_force(key, channel)
        return now if now is not None and now.calibrated_ns >= day_ns + DAY_NS else None

    def continuous(self, sensor: str, channel: str, first: int, last: int) -> bool:
        """Whether values of both readings (`first` before `last`) are of one function and an unchanged instrument, so
        that a difference of them means something."""
        if not self.made and not self.adjusted:
            return True
        one, other = (self.for_sensor(sensor, index).get(channel) for index in (first, last))
        if (one.function if one else None) != (other.function if other else None):
            return False
        keys = {stretch.key for index in (first, last) if (stretch := self.instruments.at(sensor, index))}
        # Whatever was adjusted in the instrument may stand behind each of its channels, as power does behind energy.
        return not any(first < mark.at <= last and mark.key in keys for mark in self.adjusted)

    # ---- the entries, one by one ------------------------------------------------------------------------------------

    def _calibrated(self, index: int, entry: Entry) -> "Calibrations":
        match entry.body.get("event"):
            case "start":
                started = from_json(CalibrationStart, entry.body)
                key = self.name_of(Key(started.model, started.serial))
                check = started.procedure.key if started.procedure.check_only else ""
                run = RunRange(index, started.sensor, key, started.channel, None, False, started.interval_ns, check)
                return self._with_run(run)
            case "command":
                return self._commanded(index, entry.t_ns, from_json(CalibrationCommand, entry.body))
            case "verdict":
                return self._judged(index, entry.t_ns, from_json(CalibrationVerdict, entry.body))
            case "abort":
                return self._aborted(index, entry.t_ns, from_json(CalibrationAbort, entry.body))
            case "certificate":
                body = from_json(ExternalCertificate, entry.body)
                told = self.name_of(Key(body.model, body.serial)), body
                return replace(self, _certificates=MappingProxyType({**self._certificates, index: told}))
            case "review":
                return self._reviewed(index, from_json(CertificateReview, entry.body))
            case "carried":
                return self._carried(index, from_json(CarriedCalibration, entry.body))
            case "cut_off":
                return self._cut_off(index, entry.t_ns, from_json(CutOffRun, entry.body))
            case _:
                return self

    def _commanded(self, index: int, t_ns: int, body: CalibrationCommand) -> "Calibrations":
        run = self._open(body.sensor, body.run)
        if run is None:
            return self
        mark = Mark(index, run.key, run.channel, t_ns)
        return replace(self._with_run(replace(run, commanded=True)), adjusted=(*self.adjusted, mark))

    def _aborted(self, index: int, t_ns: int, body: CalibrationAbort) -> "Calibrations":
        run = self._open(body.sensor, body.run)
        if run is None:
            return self
        ended = self._with_run(replace(run, end=index))
        return ended._doubted(index, t_ns, run) if run.commanded or failed(body.as_found) else ended

    def _judged(self, index: int, t_ns: int, body: CalibrationVerdict) -> "Calibrations":
        run = self._open(body.sensor, body.run)
        if run is None or body.channel != run.channel:
            return self
        ended = self._with_run(replace(run, end=index))
        changed = body.device_adjusted or run.commanded
        if body.device_adjusted:
            ended = replace(ended, adjusted=(*ended.adjusted, Mark(index, run.key, run.channel, t_ns)))
        if body.outcome not in PASSED or (changed and not body.takes_effect):
            ended = ended._doubted(index, t_ns, run)
        if run.check:
            return ended._checked(index, run) if body.outcome in PASSED else ended
        if not body.takes_effect or (body.outcome == "fail" and not body.device_adjusted):
            return ended
        before = self.in_force(run.key, run.channel)
        kept = None if body.function or changed or before is None else before.uncertainty
        return ended._in_effect(
            InForce(
                index,
                run.key,
                run.channel,
                body.function or (before.function if before else None),
                body.uncertainty or kept,
                t_ns,
                body.due,
                body.outcome,
                changed,
            )
        )

    def _reviewed(self, index: int, body: CertificateReview) -> "Calibrations":
        key, told = self._certificates.get(body.certificate, (None, None))
        made_ns = date_ns(told.calibrated) if told else None
        if key is None or told is None or made_ns is None:
            return self
        if not body.accepted or same_person(body.person, told.person):
            return self
        left = MappingProxyType({at: one for at, one in self._certificates.items() if at != body.certificate})
        adjusted, mark = told.device_adjusted, Mark(index, key, told.channel, made_ns)
        marks = (*self.adjusted, replace(mark, since=body.adjusted_from)) if adjusted else self.adjusted
        known = replace(self, _certificates=left, adjusted=marks)
        if self.overtaken_by(key, told.channel, made_ns) is not None:
            return replace(known, history_only=known.history_only | {index})
        if body.outcome not in {None, *PASSED}:
            known = replace(known, doubts=(*self.doubts, mark))
        return known._in_effect(
            InForce(index, key, told.channel, told.function, told.uncertainty, made_ns, told.due, None, adjusted)
        )

    def _carried(self, index: int, body: CarriedCalibration) -> "Calibrations":
        key, made_ns = self._there(body), ns_from_rfc3339(body.calibrated)
        told = InForce(index, key, body.channel, body.function, body.uncertainty, made_ns, body.due, body.outcome)
        mark = Mark(index, key, body.channel, made_ns, check=body.check)
        known = replace(self, doubts=(*self.doubts, mark)) if body.doubted else self
        return known._in_effect(told)

    def _cut_off(self, index: int, t_ns: int, body: CutOffRun) -> "Calibrations":
        mark = Mark(index, self._there(body), body.channel, t_ns)
        return replace(self, doubts=(*self.doubts, mark)) if body.commanded or failed(body.as_found) else self

    def _there(self, body: CarriedCalibration | CutOffRun) -> Key:
        """The instrument of the log before: a nameless one is told by its place."""
        installed = self.instruments.present(body.sensor)
        return installed.key if installed and not body.serial else self.name_of(Key(body.model, body.serial))

    def _open(self, sensor: str, start: int) -> RunRange | None:
        return next((run for run in self.runs.get(sensor, ()) if run.start == start and run.end is None), None)

    def _with_run(self, run: RunRange) -> "Calibrations":
        others = tuple(one for one in self.runs.get(run.sensor, ()) if one.start != run.start)
        known = tuple(sorted((*others, run), key=lambda one: one.start))
        return replace(self, runs=MappingProxyType({**self.runs, run.sensor: known}))

    def _doubted(self, index: int, t_ns: int, run: RunRange) -> "Calibrations":
        return replace(self, doubts=(*self.doubts, Mark(index, run.key, run.channel, t_ns, check=run.check)))

    def _checked(self, index: int, run: RunRange) -> "Calibrations":
        """What the same check found before no longer stands in the way."""
        same = (run.key, run.channel, run.check)
        doubts = (
            replace(one, ended=index) if one.ended is None and (one.key, one.channel, one.check) == same else one
            for one in self.doubts
        )
        return replace(self, doubts=tuple(doubts))

    def _in_effect(self, told: InForce) -> "Calibrations":
        try:
            check_function(told.function)
        except ValueError:  # rule 1: what cannot be applied makes no value
            return self
        by_index = MappingProxyType({**self.by_index, told.index: told})
        return replace(self, made=(*self.made, told), by_index=by_index)._changed(told.index)

    def _changed(self, index: int) -> "Calibrations":
        """Notes at `index` what is in force for each sensor, where that is now something else."""
        if not self.made:
            return self
        found = dict(self._changes)
        for sensor in self.instruments.stretches:
            installed = self.instruments.present(sensor)
            now = {one.channel: one for one in self.made if one.key == installed.key} if installed else {}
            before = self.for_sensor(sensor)
            if {name: one.index for name, one in now.items()} != {name: one.index for name, one in before.items()}:
                found[sensor] = (*found.get(sensor, ()), (index, MappingProxyType(now)))
        return replace(self, _changes=MappingProxyType(found))

    def _renamed(self, old: Key, new: Key) -> "Calibrations":
        def many(items: tuple[Keyed, ...]) -> tuple[Keyed, ...]:
            return tuple(replace(one, key=new) if one.key == old else one for one in items)

        made = many(self.made)
        certificates = {at: (new if key == old else key, body) for at, (key, body) in self._certificates.items()}
        # Only a nameless one's name is never another instrument's; a wrong serial number may be somebody else's.
        names = {name: new if known == old else known for name, known in self._names.items()}
        if not old.serial:
            names[old] = new
        return replace(
            self,
            made=made,
            by_index=MappingProxyType({one.index: one for one in made}),
            runs=MappingProxyType({sensor: many(runs) for sensor, runs in self.runs.items()}),
            adjusted=many(self.adjusted),
            doubts=many(self.doubts),
            _certificates=MappingProxyType(certificates),
            _names=MappingProxyType(names),
        )


def fold(entries: Iterable[tuple[int, Entry]]) -> Calibrations:
    """What these entries, in log order, say of calibrations. Raises ValueError for an entry of a wrong form."""
    told = Calibrations()
    for index, entry in entries:
        told = told.after(index, entry)
    return told
