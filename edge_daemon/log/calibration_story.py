# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Every calibration that a log tells of, whatever came of it, as a fold; and what its results come to. Pure.

Unlike `calibrations`, which knows what made each value, this also tells of runs that were broken off or failed and of
certificates that nobody reviewed or that were refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.bodies import from_json
from edge_daemon.log.calibration_body import (
    CalibrationAbort,
    CalibrationStart,
    CalibrationVerdict,
    CarriedCalibration,
    CertificateReview,
    CutOffRun,
    ExternalCertificate,
    LaboratoryPoint,
    PointResult,
    Stage,
    ValueFunction,
)
from edge_daemon.log.calibration_dating import due_moved
from edge_daemon.log.calibration_values import value_of
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.in_force import PASSED, date_ns
from edge_daemon.log.instruments import Key

Standing = Literal["in_force", "replaced", "to_review", "rejected", "aborted", "under_way", "checked"]


@dataclass(frozen=True, slots=True)
class Told:
    """A calibration. `first` is the entry that begins it, `index` the one that decides it: a run's end, a certificate
    itself; `review` is where a certificate was accepted or refused. `t_ns` is when it was made, UTC, by the laptop's
    clock where `mono_us` is that entry's: `dated` by what the log says of the clock since."""

    index: int
    first: int
    t_ns: int
    body: CalibrationStart | ExternalCertificate | CarriedCalibration | CutOffRun
    end: CalibrationVerdict | CalibrationAbort | None = None
    review: int | None = None
    reviewed: CertificateReview | None = None
    mono_us: int | None = None

    def dated(self, told: Calibrations) -> "Told":
        """The same, of the time at which it was made as far as that is known by now."""
        if self.mono_us is None:
            return self
        t_ns = told.dating.stamped_ns(self.index, self.t_ns, self.mono_us)
        due = due_moved(self.verdict.due, self.t_ns, t_ns) if self.verdict else ""
        return replace(self, t_ns=t_ns, mono_us=None, end=replace(self.verdict, due=due) if self.verdict else self.end)

    @property
    def key(self) -> Key:
        """The instrument, as it was named then."""
        return Key(self.body.model, self.body.serial)

    def instrument(self, told: Calibrations) -> Key:
        """The instrument under its present name: one that was carried over may be known by its place only."""
        at = self.took_effect_at
        made = told.by_index.get(at) or next((mark for mark in told.doubts if mark.index == at), None)
        return made.key if made else told.certificates.of(self.first) or told.name_of(self.key)

    @property
    def took_effect_at(self) -> int:
        """The entry by which readings name it, if it took effect."""
        return self.index if self.review is None else self.review

    @property
    def verdict(self) -> CalibrationVerdict | None:
        """The verdict of a run that was signed."""
        return self.end if isinstance(self.end, CalibrationVerdict) else None

    @property
    def passed_check(self) -> bool:
        """Whether it is a mere check that passed, which takes nothing into effect."""
        is_check = isinstance(self.body, CalibrationStart) and self.body.procedure.check_only
        return is_check and self.verdict is not None and self.verdict.outcome in PASSED

    def standing(self, told: Calibrations) -> Standing:
        """What became of it. `rejected`: the reviewer refused the certificate, or the run failed; `replaced`: a later
        calibration counts, or did so already when the certificate was accepted."""
        if isinstance(self.body, CalibrationStart):
            if self.end is None:
                return "under_way"
            if isinstance(self.end, CalibrationAbort):
                return "aborted"
        elif isinstance(self.body, CutOffRun):
            return "aborted"
        elif isinstance(self.body, ExternalCertificate) and self.review is None:
            return "to_review"
        made = told.by_index.get(self.took_effect_at)
        if made is None and self.took_effect_at in told.history_only:
            return "replaced"
        if made is None:
            return "checked" if self.passed_check else "rejected"
        now = told.in_force(made.key, made.channel)
        return "in_force" if now is not None and now.index == made.index else "replaced"


@dataclass(frozen=True, slots=True)
class Story:
    """All calibrations of a log, by the entry that begins them."""

    told: Mapping[int, Told] = field(default_factory=lambda: MappingProxyType({}))

    def after(self, index: int, entry: Entry) -> "Story":
        """The story once this entry is in the log. Raises ValueError for an entry of a wrong form."""
        if entry.type != EntryType.CALIBRATION:
            return self
        match entry.body.get("event"):
            case "start":
                body = from_json(CalibrationStart, entry.body)
                return self._with(Told(index, index, entry.t_ns, body, mono_us=entry.mono_us))
            case "certificate":
                paper = from_json(ExternalCertificate, entry.body)
                made_ns = date_ns(paper.calibrated)
                return self._with(Told(index, index, entry.t_ns if made_ns is None else made_ns, paper))
            case "carried":
                carried = from_json(CarriedCalibration, entry.body)
                return self._with(Told(index, index, ns_from_rfc3339(carried.calibrated), carried))
            case "cut_off":
                ended = from_json(CutOffRun, entry.body)
                return self._with(Told(index, index, entry.t_ns, ended, mono_us=entry.mono_us))
            case "verdict":
                return self._ended(index, entry, from_json(CalibrationVerdict, entry.body))
            case "abort":
                return self._ended(index, entry, from_json(CalibrationAbort, entry.body))
            case "review":
                return self._reviewed(index, from_json(CertificateReview, entry.body))
            case _:
                return self

    def of(self, told: Calibrations, key: Key) -> tuple[Told, ...]:
        """The instrument's calibrations in the order in which they were made."""
        key = told.name_of(key)
        found = [one.dated(told) for one in self.told.values() if one.instrument(told) == key]
        return tuple(sorted(found, key=lambda one: (one.t_ns, one.index)))

    def by_index(self, index: int) -> Told | None:
        """The one that this entry begins, decides or reviews."""
        return next((one for one in self.told.values() if index in {one.index, one.first, one.review}), None)

    def _with(self, one: Told) -> "Story":
        return Story(MappingProxyType({**self.told, one.first: one}))

    def _ended(self, index: int, entry: Entry, body: CalibrationVerdict | CalibrationAbort) -> "Story":
        run = self.told.get(body.run)
        if run is None or run.end is not None or not isinstance(run.body, CalibrationStart):
            return self
        return self._with(replace(run, index=index, t_ns=entry.t_ns, mono_us=entry.mono_us, end=body))

    def _reviewed(self, index: int, body: CertificateReview) -> "Story":
        certificate = self.told.get(body.certificate)
        if certificate is None or not isinstance(certificate.body, ExternalCertificate) or certificate.reviewed:
            return self
        return self._with(replace(certificate, review=index, reviewed=body))


@dataclass(frozen=True, slots=True)
class Error:
    """What was found at one level. `level` names it across calibrations; `tolerance` is None where none is known.

    `scale` is what one specification for all calibrations allows there, 1 where there is none.
    """

    stage: Stage
    level: str
    reference: float
    error: float
    expanded_uncertainty: float
    tolerance: float | None
    scale: float = 1.0


def errors_of(one: Told, told: Calibrations) -> Iterator[Error]:
    """What the calibration found, and what it left.

    A laboratory sees what the instrument shows; its error is that of the value made of it, by the calibration of before
    as found and by the certificate's own function as left.
    """
    if one.verdict is not None:
        yield from (_error("as_found", point) for point in one.verdict.as_found)
        yield from (_error("as_left", point) for point in one.verdict.as_left)
    elif isinstance(one.end, CalibrationAbort):
        yield from (_error("as_found", point) for point in one.end.as_found)
    elif isinstance(one.body, CutOffRun):
        yield from (_error("as_found", point) for point in one.body.as_found)
    elif isinstance(one.body, CarriedCalibration):
        yield from (_error("as_left", point) for point in one.body.results)
    elif isinstance(one.body, ExternalCertificate):
        before = told.in_force(one.instrument(told), one.body.channel, one.took_effect_at)
        earlier = before.function if before else None
        yield from _laboratory_errors(one.body, "as_found", earlier)
        if one.body.function != earlier or any(point.stage == "as_left" for point in one.body.points):
            yield from _laboratory_errors(one.body, "as_left", one.body.function)


def points_of(body: ExternalCertificate, stage: Stage) -> tuple[LaboratoryPoint, ...]:
    """What the certificate says of a stage.

    Where it has no values as left, those as found are what is left, unless the laboratory changed the instrument.
    """
    mine = tuple(point for point in body.points if point.stage == stage)
    if mine or stage == "as_found" or (body.device_adjusted and body.function is None):
        return mine
    return body.points


def _laboratory_errors(body: ExternalCertificate, stage: Stage, function: ValueFunction | None) -> Iterator[Error]:
    for point in points_of(body, stage):
        error = value_of(function, point.indication) - point.reference
        yield Error(stage, f"{point.reference:g} {body.unit}", point.reference, error, point.expanded_uncertainty, None)


def _error(stage: Stage, point: PointResult) -> Error:
    return Error(stage, point.point, point.reference, point.error, point.expanded_uncertainty, point.tolerance)
