# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a failed as-found result, or a late calibration, means for readings already taken. Pure.

Source: calibration reference, sections 1.1 (step 6) and 6.2 (F35).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from edge_daemon.calibration.judge import GOOD, as_found_outcome, results
from edge_daemon.calibration.run import Run
from edge_daemon.domain.channel import Flag
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.calibration_body import PointResult
from edge_daemon.metrology.deduction import Flow, claimable_energy, permitted_share

_ENERGY_UNITS = ("kW", "kWh", "W", "Wh", "MW", "MWh")


@dataclass(frozen=True, slots=True)
class Energy:
    """What the meter counted in the time concerned."""

    kilowatt_hours: float
    flow: Flow = "export"


@dataclass(frozen=True, slots=True)
class Deduction:
    """Proposed: of `energy_kwh` only `claimable_kwh` may be claimed, corrected by `share`."""

    share: float
    energy_kwh: float
    claimable_kwh: float
    flow: Flow

    @property
    def words(self) -> str:
        """For a person."""
        verb = "deduct" if self.flow == "export" else "add"
        return (
            f"Proposed: {verb} {abs(self.energy_kwh - self.claimable_kwh):.6g} kWh ({100 * self.share:.3g} %), so that "
            f"{self.claimable_kwh:.10g} kWh of {self.energy_kwh:.10g} kWh {self.flow} count."
        )


def as_found_amendment(
    run: Run, *, since: int, person: str, good_before: bool, energy: Energy | None = None
) -> AmendmentBody | None:
    """The amendment that an as-found failure calls for; None where the as-found points are inside the tolerance.

    `since` is the index of the last good calibration (`good_before`), else of the instrument's first reading. Raises
    BadInput where the as-found points cannot be judged.
    """
    if as_found_outcome(run) in GOOD:
        return None
    return AmendmentBody(
        kind="as_found_failure",
        first=min(since, run.index),
        last=run.index,
        evidence=_evidence(run, since, good_before=good_before, energy=energy),
        person=person,
        sensors=(run.start.sensor,),
        # A meter that measures power wrongly counts energy wrongly too.
        channels=() if _measures_energy(run) else (run.start.channel,),
        flag=int(Flag.SUSPECT),
    )


def tells_of(amendment: AmendmentBody, run_index: int) -> bool:
    """Whether this amendment was made for the run, so that it is not made twice after an interruption."""
    return amendment.kind == "as_found_failure" and _run_named(amendment.evidence) == run_index == amendment.last


def as_found_deduction(run: Run, energy: Energy) -> Deduction | None:
    """The deduction for readings since the last good calibration; None for what is no meter."""
    found = _found_share(results(run, "as_found"))
    if not _measures_energy(run) or found is None:
        return None
    return deduction(run.procedure.tolerance.relative, found, energy)


def deduction(maximum_permissible: float, found: float | None, energy: Energy) -> Deduction:
    """The deduction by F35; both errors are fractions, `found` None where nothing is known of it."""
    share = permitted_share(maximum_permissible, found)
    claimable = claimable_energy(energy.kilowatt_hours, share, energy.flow)
    return Deduction(share, energy.kilowatt_hours, claimable, energy.flow)


def late_words(run: Run, due: date | None, day: date, energy: Energy | None = None) -> str:
    """What it means that the calibration came after its due date, for a person; empty where it came in time.

    `energy` is what the meter counted between the two.
    """
    if due is None or day <= due:
        return ""
    late = f"This calibration was due on {due.isoformat()} and is {(day - due).days} days late."
    if not _measures_energy(run):
        return f"{late} Values in between rest on a calibration that had run out: say so in the claim."
    if energy is None:
        return f"{late} Energy in between counts with a deduction of the meter's permitted or found error."
    return f"{late} {deduction(run.procedure.tolerance.relative, _found_share(results(run, 'as_found')), energy).words}"


def _evidence(run: Run, since: int, *, good_before: bool, energy: Energy | None) -> str:
    outside = [one for one in results(run, "as_found") if one.outcome not in GOOD]
    unit = run.start.unit
    places = "; ".join(
        f"{run.procedure.point(one.point).title}: error {one.error:+.4g} {unit}, ± {one.tolerance:.4g} allowed"
        for one in outside
    )
    begin = f"the last good calibration (entry {since})" if good_before else f"its first reading (entry {since})"
    words = [
        f"Calibration run {run.index}: found outside its limits as it came"
        f"{f' ({places})' if places else ', judged over all points together'}.",
        f"Readings of {run.start.channel} since {begin} are suspect.",
        _range_words(results(run, "as_found"), unit),
    ]
    found = as_found_deduction(run, energy) if energy else None
    return " ".join([*words, found.words] if found else words)


def _range_words(found: Sequence[PointResult], unit: str) -> str:
    errors = [one.error for one in found]
    return f"Errors found: {min(errors):+.4g} to {max(errors):+.4g} {unit}."


def _found_share(found: Sequence[PointResult]) -> float | None:
    shares = [one.error / one.reference for one in found if one.reference]
    return max(shares, key=abs, default=None)


def _measures_energy(run: Run) -> bool:
    return run.start.unit in _ENERGY_UNITS


def _run_named(evidence: str) -> int | None:
    named = re.match(r"Calibration run ([0-9]+):", evidence)
    return int(named.group(1)) if named else None
