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
3. Each channel has its own, which `computed_channels` carries over to those computed from it. A verdict without a
   function leaves the function of before; a certificate without one says that raw is the value. A verdict that verifies
   and states no uncertainty leaves that of before.
4. From a run's start to its end, or until its sensor is back, all readings of the sensor are in calibration.
5. A reading names, by channel, what was in force for its sensor when it was made. Straight after a change a few are
   still made with what held before: these stragglers are in calibration too.
6. What is said of a reading depends on entries before it alone, and never changes as the log grows.
7. A run that ends outside the tolerance, or closer to it than can be told, casts doubt on its channel; so does one that
   was broken off after a command or once it was found outside, a laboratory that leaves the instrument outside its
   tolerance, and a setting that is changed under a calibration and makes other values of the same thing measured. A
   later calibration ends the doubt, but no certificate of an earlier day.
8. A mere check that passes takes nothing into effect: neither date nor due date nor uncertainty moves. It only ends the
   doubt that the same check cast.
9. An accepted certificate of an earlier day than the calibration in force takes nothing into effect: it is history.
10. A laboratory that changed the instrument did so before the first reading after its day, which the review names: no
   value is carried across that, whenever it was reviewed.
11. A calibration is of the reported time of its entry; a fix of the clock moves it for the readings after the fix.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log import run_ends, run_ranges
from edge_daemon.log.bodies import from_json
from edge_daemon.log.calibration_body import (
    CalibrationAbort,
    CalibrationCommand,
    CalibrationReturned,
    CalibrationStart,
    CalibrationVerdict,
    CarriedCalibration,
    CertificateReview,
    CutOffRun,
    ExternalCertificate,
    SensorAway,
)
from edge_daemon.log.calibration_changes import Changes
from edge_daemon.log.calibration_dating import Dating, due_moved, moved, moved_doubts, renamed
from edge_daemon.log.calibration_doubts import doubt_on, doubted_channels, ended_by_check
from edge_daemon.log.calibration_values import calibrated, check_function, standard_uncertainty, value_of
from edge_daemon.log.certificates import Certificates
from edge_daemon.log.clock_history import CLOCK_TYPES
from edge_daemon.log.computed_channels import ComputedChannels, Relations, overtaking, with_computed
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.in_force import (
    NOTHING,
    PASSED,
    UNCALIBRATED,
    Applied,
    ByChannel,
    InForce,
    Mark,
    RunRange,
    altered,
    by_indices,
    rekeyed,
    same_person,
)
from edge_daemon.log.instruments import TYPES as INSTRUMENT_TYPES
from edge_daemon.log.instruments import Instruments, Key
from edge_daemon.log.run_ranges import NO_RUNS, RunRanges, open_run, with_run

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

TYPES = (EntryType.CALIBRATION.value, *INSTRUMENT_TYPES, *CLOCK_TYPES)
"""The entries this is a fold over."""


@dataclass(frozen=True, slots=True)
class Calibrations:
    """All that a log says of calibrations. `made` took effect, in log order; `runs` are by sensor.

    `adjusted` is where an instrument itself was changed; `doubts` where a calibration failed, or was broken off after
    that, or what was calibrated is no more. `history_only` are the reviews of accepted certificates that a later
    calibration had overtaken. `dating` says when each was made, `certificates` of which instrument a laboratory's is.
    """

    instruments: Instruments = field(default_factory=Instruments)
    made: tuple[InForce, ...] = ()
    runs: RunRanges = field(default_factory=lambda: NO_RUNS)
    adjusted: tuple[Mark, ...] = ()
    doubts: tuple[Mark, ...] = ()
    by_index: Mapping[int, InForce] = field(default_factory=lambda: MappingProxyType({}))
    history_only: Mapping[int, InForce] = field(default_factory=lambda: MappingProxyType({}))
    dating: Dating = field(default_factory=Dating)
    computed: ComputedChannels = field(default_factory=ComputedChannels)
    certificates: Certificates = field(default_factory=Certificates)
    _names: Mapping[Key, Key] = field(default_factory=lambda: MappingProxyType({}))
    _changes: Changes = field(default_factory=Changes)

    def after(self, index: int, entry: Entry) -> "Calibrations":
        """What is known once this entry is in the log; entries of other types change nothing.

        Raises ValueError for an entry of a wrong form.
        """
        if entry.type == EntryType.CALIBRATION:
            noted = replace(self, dating=self.dating.noted(index, entry))
            return noted._calibrated(index, self.dating.time_ns(index, entry), entry)
        if entry.type in CLOCK_TYPES:
            return self._dated(index, entry)
        if entry.type not in INSTRUMENT_TYPES:
            return self
        instruments, computed = self.instruments.after(index, entry), self.computed.after(index, entry)
        marks = altered(index, entry, instruments)
        if instruments is self.instruments and computed is self.computed and not marks:
            return self
        known = replace(self, instruments=instruments, computed=computed, adjusted=(*self.adjusted, *marks))
        doubts = tuple(mark for mark in marks if self.in_force(mark.key, mark.channel) is not None)
        known = replace(known, doubts=(*known.doubts, *doubts))
        pairs = zip(self.instruments.entries, instruments.entries, strict=False)
        other = next(((old, new) for (_, old), (_, new) in pairs if old != new), None)
        known = known._renamed(*other) if other else known
        return replace(known, runs=run_ranges.let_go(known.runs, index, instruments))._changed(index)

    def in_force(self, key: Key, channel: str, index: int | None = None) -> InForce | None:
        """The instrument's calibration of this channel for readings at `index`, None: for those to come."""
        found = (one for one in reversed(self.history(key)) if one.channel == channel)
        return next((one for one in found if index is None or one.index < index), None)

    def for_sensor(self, sensor: str, index: int | None = None) -> ByChannel:
        """What a sensor's reading at `index` has to name, by channel; None: those to come."""
        return self._changes.at(sensor, index)

    def of_reading(self, sensor: str, index: int, configuration: int) -> ByChannel:
        """As `for_sensor`, for the raw numbers of a reading that was made under this configuration entry."""
        return self.computed.of_reading(self.for_sensor(sensor, index), configuration)

    def made_with(self, calibration: int, channel: str, configuration: int) -> InForce | None:
        """What a reading's channel was made with that names this calibration and configuration. None for what took no
        effect; another channel's where it says nothing of this one."""
        return self.computed.made_with(self.by_index.get(calibration), channel, configuration)

    def changes(self, sensor: str) -> tuple[tuple[int, ByChannel], ...]:
        """Every entry that changed what the sensor's readings have to name, in log order, and what that was then."""
        return self._changes.of(sensor)

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
        change = self._changes.before(sensor, index)
        return change[0] if change else index

    def present(self, sensor: str) -> Applied:
        """What the sensor's readings are to be made with from now on."""
        in_force, doubted = self.for_sensor(sensor), self.doubted(sensor)
        run, gone = open_run(self.runs, sensor), run_ranges.awaited(self.runs, sensor)
        if run is not None:
            return Applied(in_force, run.start, doubted, run.interval_ns)
        if gone is not None:
            return Applied(in_force, gone.start, doubted, away_since_ns=gone.ended_ns)
        return Applied(in_force, None, doubted) if in_force or doubted else UNCALIBRATED

    def doubted(self, sensor: str, index: int | None = None) -> frozenset[str]:
        """The channels whose instrument failed its last calibration, or was changed by one that was broken off, for the
        sensor's reading at `index`; None: for those to come."""
        installed = self.instruments.present(sensor) if index is None else self.instruments.at(sensor, index)
        if not self.doubts or installed is None:
            return frozenset()
        made, mine = self.for_sensor(sensor, index), (mark for mark in self.doubts if mark.key == installed.key)
        return doubted_channels(mine, made, self.computed.of(sensor, index), index)

    def in_doubt(self, key: Key, channel: str, made: InForce | None) -> Mark | None:
        """What casts doubt on the instrument's channel in spite of the calibration `made`; None for nothing."""
        mine = [mark for mark in self.doubts if mark.key == self.name_of(key)]
        return doubt_on(channel, made, mine, self.relations(key), lambda source: self.in_force(key, source))

    def as_told(self, calibration: int, index: int) -> InForce | None:
        """The one that took effect at entry `calibration`, dated as the log knew it for a reading at `index`."""
        earlier = self.dating.earlier.get(calibration, ())
        return next((one for fix, one in earlier if index <= fix), None) or self.by_index.get(calibration)

    def moved_before(self, calibration: int, index: int) -> tuple[int, InForce] | None:
        """The last fix before `index` that moved this calibration, and how it was dated until then."""
        return next((told for told in reversed(self.dating.earlier.get(calibration, ())) if told[0] < index), None)

    def history(self, key: Key) -> tuple[InForce, ...]:
        """All that took effect for this instrument, in log order."""
        return tuple(with_computed((one for one in self.made if one.key == self.name_of(key)), self.relations(key)))

    def relations(self, key: Key) -> Relations:
        """How the instrument's channels are computed where it was installed last."""
        return self.computed.of_last(self.instruments, self.name_of(key))

    def name_of(self, key: Key) -> Key:
        """The name by which an instrument is known by now, where `key` is one it had before its serial number."""
        return self._names.get(key, key)

    def overtaken_by(self, certificate: InForce, t_ns: int) -> InForce | None:
        """The calibration that stays in force where this certificate is accepted at `t_ns`, UTC, so that it is history
        only; None where it takes effect."""
        key = certificate.key
        return overtaking(self.history(key), self.relations(key), certificate, t_ns)

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

    def _dated(self, index: int, entry: Entry) -> "Calibrations":
        """What a fix of the clock says of the entries before it; readings until then keep what was known."""
        dating, found = self.dating.after(index, entry)
        if not found:
            return replace(self, dating=dating)
        made = tuple(moved(one, found.get(one.index, one.calibrated_ns)) for one in self.made)
        dating = dating.with_earlier(index, (one for one, now in zip(self.made, made, strict=True) if one != now))
        adjusted = tuple(replace(one, t_ns=found.get(one.index, one.t_ns)) for one in self.adjusted)
        known = replace(self, made=made, by_index=by_indices(made), adjusted=adjusted, dating=dating)
        return replace(known, doubts=moved_doubts(self.doubts, index, found))._changed(index)

    def _calibrated(self, index: int, t_ns: int, entry: Entry) -> "Calibrations":
        match entry.body.get("event"):
            case "start":
                begun = from_json(CalibrationStart, entry.body)
                key = self.name_of(Key(begun.model, begun.serial))
                return replace(self, runs=run_ranges.started(self.runs, index, begun, key))
            case "command":
                return self._commanded(index, t_ns, from_json(CalibrationCommand, entry.body))
            case "verdict":
                body = from_json(CalibrationVerdict, entry.body)
                return self._judged(index, t_ns, replace(body, due=due_moved(body.due, entry.t_ns, t_ns)))
            case "abort":
                return self._aborted(index, t_ns, from_json(CalibrationAbort, entry.body))
            case "certificate":
                paper = from_json(ExternalCertificate, entry.body)
                return replace(self, certificates=self.certificates.entered(index, self._there(paper), paper))
            case "review":
                return self._reviewed(index, t_ns, from_json(CertificateReview, entry.body))
            case "carried":
                return self._carried(index, from_json(CarriedCalibration, entry.body))
            case "cut_off":
                return self._cut_off(index, t_ns, from_json(CutOffRun, entry.body))
            case "returned":
                back = from_json(CalibrationReturned, entry.body)
                return replace(self, runs=run_ranges.returned(self.runs, index, back))
            case "away":
                gone = from_json(SensorAway, entry.body)
                return replace(self, runs=run_ranges.away(self.runs, index, t_ns, gone, self._there(gone)))
            case _:
                return self

    def _commanded(self, index: int, t_ns: int, body: CalibrationCommand) -> "Calibrations":
        run = open_run(self.runs, body.sensor, body.run)
        if run is None:
            return self
        mark = Mark(index, run.key, run.channel, t_ns)
        adjusted, changed = run_ranges.commanded(self.adjusted, run, mark, body.phase)
        return replace(self, runs=with_run(self.runs, replace(run, commanded=changed)), adjusted=adjusted)

    def _aborted(self, index: int, t_ns: int, body: CalibrationAbort) -> "Calibrations":
        run = open_run(self.runs, body.sensor, body.run)
        if run is None:
            return self
        ended = replace(self, runs=run_ranges.ended(self.runs, run, index, t_ns, self.instruments))
        return ended._doubted(index, t_ns, run) if run.commanded or run_ends.found_outside(body) else ended

    def _judged(self, index: int, t_ns: int, body: CalibrationVerdict) -> "Calibrations":
        run = open_run(self.runs, body.sensor, body.run)
        if run is None or body.channel != run.channel:
            return self
        ended = replace(self, runs=run_ranges.ended(self.runs, run, index, t_ns, self.instruments))
        if body.device_adjusted:
            ended = replace(ended, adjusted=(*ended.adjusted, Mark(index, run.key, run.channel, t_ns)))
        if run_ends.casts_doubt(body, run):
            ended = ended._doubted(index, t_ns, run)
        elif run.check:  # what the same check found before no longer stands in the way
            ended = replace(ended, doubts=ended_by_check(ended.doubts, run, index))
        told = run_ends.in_effect(index, t_ns, body, run, self.in_force(run.key, run.channel))
        return ended if told is None else ended._in_effect(told)

    def _reviewed(self, index: int, t_ns: int, body: CertificateReview) -> "Calibrations":
        told = self.certificates.comes_to(index, body)
        if told is None:
            return self
        mark = Mark(index, told.key, told.channel, told.calibrated_ns)
        marks = (*self.adjusted, replace(mark, since=body.adjusted_from)) if told.device_adjusted else self.adjusted
        known = replace(self, certificates=self.certificates.taken(body), adjusted=marks)
        if self.overtaken_by(told, t_ns) is not None:
            return replace(known, history_only=MappingProxyType({**known.history_only, index: told}))
        if body.outcome not in {None, *PASSED}:
            known = replace(known, doubts=(*self.doubts, mark))
        return known._in_effect(told)

    def _carried(self, index: int, body: CarriedCalibration) -> "Calibrations":
        key, made_ns = self._there(body), ns_from_rfc3339(body.calibrated)
        told = InForce(index, key, body.channel, body.function, body.uncertainty, made_ns, body.due, body.outcome)
        mark = Mark(index, key, body.channel, made_ns, check=body.check, altered=body.altered)
        known = replace(self, doubts=(*self.doubts, mark)) if body.doubted else self
        return known if body.is_mere_doubt else known._in_effect(told)

    def _cut_off(self, index: int, t_ns: int, body: CutOffRun) -> "Calibrations":
        mark = Mark(index, self._there(body), body.channel, t_ns)
        return replace(self, doubts=(*self.doubts, mark)) if body.commanded or run_ends.found_outside(body) else self

    def _there(self, body: CarriedCalibration | CutOffRun | SensorAway | ExternalCertificate) -> Key:
        """The instrument; a nameless one of the log before is told by its place."""
        installed = self.instruments.present(body.sensor)
        return installed.key if installed and not body.serial else self.name_of(Key(body.model, body.serial))

    def _doubted(self, index: int, t_ns: int, run: RunRange) -> "Calibrations":
        return replace(self, doubts=(*self.doubts, Mark(index, run.key, run.channel, t_ns, check=run.check)))

    def _in_effect(self, told: InForce) -> "Calibrations":
        try:
            check_function(told.function)
        except ValueError:  # rule 1: what cannot be applied makes no value
            return self
        made = (*self.made, told)
        return replace(self, made=made, by_index=by_indices(made))._changed(told.index)

    def _changed(self, index: int) -> "Calibrations":
        return replace(self, _changes=self._changes.after(index, self.instruments, self.made, self.computed))

    def _renamed(self, old: Key, new: Key) -> "Calibrations":
        made = rekeyed(self.made, old, new)
        # Only a nameless one's name is never another instrument's; a wrong serial number may be somebody else's.
        names = {name: new if known == old else known for name, known in self._names.items()}
        if not old.serial:
            names[old] = new
        return replace(
            self,
            made=made,
            by_index=by_indices(made),
            runs=MappingProxyType({sensor: rekeyed(runs, old, new) for sensor, runs in self.runs.items()}),
            adjusted=rekeyed(self.adjusted, old, new),
            doubts=rekeyed(self.doubts, old, new),
            dating=replace(self.dating, earlier=renamed(self.dating.earlier, old, new)),
            history_only=by_indices(rekeyed(tuple(self.history_only.values()), old, new)),
            certificates=self.certificates.renamed(old, new),
            _names=MappingProxyType(names),
        )


def fold(entries: Iterable[tuple[int, Entry]]) -> Calibrations:
    """What these entries, in log order, say of calibrations. Raises ValueError for an entry of a wrong form."""
    told = Calibrations()
    for index, entry in entries:
        told = told.after(index, entry)
    return told
