# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What the results of an instrument's calibrations come to: drift by level, and how well it was found each time. Pure.

Source: calibration reference, sections 1.5 and 2.5.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.calibration_body import ExternalCertificate
from edge_daemon.log.calibration_story import Error, Told, errors_of
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.metrology.drift import Checked, Drift, drift_of, drift_since
from edge_daemon.metrology.interval import AsFound

DAY_S = 86_400
ToleranceAt = Callable[[float], float | None]


@dataclass(frozen=True, slots=True)
class Result:
    """A calibration with what it found and left. `drift_per_year` is the largest change of any level since the one
    before; None where no level can be compared. `adjusted` is whether what it left came to hold."""

    told: Told
    errors: tuple[Error, ...]
    drift_per_year: float | None = None
    adjusted: bool = True

    @property
    def day(self) -> float:
        """When it was made, in days since 1970."""
        return self.told.t_ns / NS_PER_S / DAY_S

    @property
    def counts(self) -> bool:
        """Whether its errors are results: those of a run that was signed, or of an accepted certificate."""
        return self.told.verdict is not None or bool(self.told.reviewed and self.told.reviewed.accepted)

    def largest(self, stage: str) -> Error | None:
        """The largest error of a stage by size."""
        return max((one for one in self.errors if one.stage == stage), key=lambda one: abs(one.error), default=None)


def results_of(many: Sequence[Told], told: Calibrations, tolerance_at: ToleranceAt) -> tuple[Result, ...]:
    """The calibrations of one channel in order of time, with what each came to.

    `tolerance_at` is what the model or its procedure allows at a reference value: for certificates, which name none,
    and to compare what was found at different references.
    """
    found: list[Result] = []
    for one in many:
        result = Result(one, tuple(_with_tolerance(one, told, tolerance_at)), adjusted=_adjusted(one, told))
        found.append(replace(result, drift_per_year=_drift_since(found, result)))
    return tuple(found)


def drifts(results: Sequence[Result]) -> Mapping[str, Drift]:
    """The drift of every level that was found in four calibrations or more."""
    known = {level: drift_of([now for _, now in many]) for level, many in _levels(results).items()}
    return {level: drift for level, drift in known.items() if drift is not None}


def found_as(results: Sequence[Result]) -> tuple[AsFound, ...]:
    """How each calibration found the instrument, in order of time; those without a tolerance say nothing."""
    return tuple(one for result in results if result.counts and (one := _as_found(result)) is not None)


def _as_found(result: Result) -> AsFound | None:
    shares = [abs(one.error) / one.tolerance for one in result.errors if one.stage == "as_found" and one.tolerance]
    return AsFound(max(shares), failed=max(shares) > 1) if shares else None


def _with_tolerance(one: Told, told: Calibrations, tolerance_at: ToleranceAt) -> Iterator[Error]:
    for error in errors_of(one, told):
        allowed = tolerance_at(error.reference)
        tolerance = allowed if error.tolerance is None else error.tolerance
        yield replace(error, tolerance=tolerance, scale=allowed or 1.0)


def _adjusted(one: Told, told: Calibrations) -> bool:
    """An adjustment that never took effect left the instrument as it was found."""
    if one.verdict is not None:
        return one.verdict.takes_effect
    changed = isinstance(one.body, ExternalCertificate) and one.body.device_adjusted
    return changed or one.took_effect_at in told.by_index


def _levels(results: Sequence[Result]) -> Mapping[str, list[tuple[Result, Checked]]]:
    levels: dict[str, list[tuple[Result, Checked]]] = {}
    for result in results:
        if result.counts:
            for level, checked in _checked(result).items():
                levels.setdefault(level, []).append((result, checked))
    return levels


def _checked(result: Result) -> Mapping[str, Checked]:
    left = {one.level: one.error for one in result.errors if one.stage == "as_left" and result.adjusted}
    return {
        one.level: Checked(result.day, one.error, left.get(one.level, one.error), one.tolerance, one.scale)
        for one in result.errors
        if one.stage == "as_found" and one.tolerance
    }


def _drift_since(before: Sequence[Result], now: Result) -> float | None:
    if not now.counts:
        return None
    checked = _checked(now)
    earlier: dict[str, Checked] = {}
    for result in before:
        if result.counts:
            earlier.update(_checked(result))
    found = [
        drift
        for level, one in checked.items()
        if level in earlier and (drift := drift_since(earlier[level], one)) is not None
    ]
    return max(found, key=abs, default=None)
