# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a failed as-found result, or a late calibration, means for readings already taken. Pure.

It is the same whether the instrument was found so in the field or by a laboratory. Source: calibration reference,
sections 1.1 (step 6) and 6.2 (F35).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from edge_daemon.calibration.closed_log import ClosedLog
from edge_daemon.calibration.figures import figures
from edge_daemon.calibration.given_up import found_so_far
from edge_daemon.calibration.judge import GOOD, as_found_outcome, as_found_results
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
        taken, share = figures(abs(self.energy_kwh - self.claimable_kwh), 6), figures(100 * self.share, 3)
        return (
            f"Proposed: {verb} {taken} kWh ({share} %), so that "
            f"{self.claimable_kwh:.10g} kWh of {self.energy_kwh:.10g} kWh {self.flow} count."
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """An instrument as it came to a calibration. `named` says which calibration, `places` where it was outside its
    limits; `maximum_permissible` is a meter's permitted error as a fraction. Errors are in `unit`."""

    named: str
    channel: str
    unit: str
    results: tuple[PointResult, ...]
    places: str
    maximum_permissible: float

    @property
    def measures_energy(self) -> bool:
        """Whether a deduction in kWh can be told."""
        return self.unit in _ENERGY_UNITS

    @property
    def share(self) -> float | None:
        """The largest error as a fraction of its reference; None without a reference that is not 0."""
        shares = [one.error / one.reference for one in self.results if one.reference]
        return max(shares, key=abs, default=None)

    def deduction(self, energy: Energy) -> Deduction | None:
        """What is to be deducted of the energy since the last good calibration; None for what is no meter."""
        if not self.measures_energy or self.share is None:
            return None
        return deduction(self.maximum_permissible, self.share, energy)

    def amendment(
        self,
        sensor: str,
        first: int,
        last: int,
        *,
        since: int,
        good_before: bool,
        person: str,
        energy: Energy | None,
        also: ClosedLog | None = None,
    ) -> AmendmentBody:
        """The amendment of a sensor's readings from index `first` to `last`, both included.

        `since` is the index of the last good calibration (`good_before`), else of the instrument's first reading;
        `also` are readings of a closed log that it concerns too.
        """
        return AmendmentBody(
            kind="as_found_failure",
            first=first,
            last=last,
            evidence=self._evidence(since, good_before=good_before, energy=energy, also=also),
            person=person,
            sensors=(sensor,),
            # A meter that measures power wrongly counts energy wrongly too.
            channels=() if self.measures_energy else (self.channel,),
            flag=int(Flag.SUSPECT),
            also_in=also.origin if also else "",
            also_since=also.since if also else None,
            also_made=also.made if also else "",
        )

    def late_words(self, due: date | None, day: date, energy: Energy | None = None) -> str:
        """What it means that the calibration came after its due date, for a person; empty where it came in time.

        `energy` is what the meter counted between the two.
        """
        if due is None or day <= due:
            return ""
        late = f"This calibration was due on {due.isoformat()} and is {(day - due).days} days late."
        if not self.measures_energy:
            return f"{late} Values in between rest on a calibration that had run out: say so in the claim."
        if energy is None:
            return f"{late} Energy in between counts with a deduction of the meter's permitted or found error."
        return f"{late} {deduction(self.maximum_permissible, self.share, energy).words}"

    def _evidence(self, since: int, *, good_before: bool, energy: Energy | None, also: ClosedLog | None) -> str:
        begin = f"the last good calibration (entry {since})" if good_before else f"its first reading (entry {since})"
        if also is not None:
            begin = f"the beginning of this log (entry {since})"
        words = [
            f"{self.named}: found outside its limits as it came"
            f"{f' ({self.places})' if self.places else ', judged over all points together'}.",
            f"Readings of {self.channel} since {begin} are suspect.",
            _range_words(self.results, self.unit),
        ]
        return " ".join([*words, *self._deducted(energy), *([also.words(self.channel)] if also else [])])

    def _deducted(self, energy: Energy | None) -> Iterator[str]:
        found = self.deduction(energy) if energy else None
        if found:
            yield found.words
        elif self.measures_energy and self.share is not None:
            share = figures(100 * permitted_share(self.maximum_permissible, self.share), 3)
            yield f"The energy since then could not be told from the counter: apply a deduction of {share} % to it."


def finding_of(run: Run) -> Finding:
    """What a run found. Raises BadInput where the as-found points cannot be judged."""
    found, unit = as_found_results(run), run.start.unit
    titles = {point.name: point.title for point in run.procedure.points}
    return Finding(
        f"Calibration run {run.index}",
        run.start.channel,
        unit,
        found,
        "; ".join(filter(None, (places_outside(found, titles, unit), *_repeats(run, titles)))),
        run.procedure.tolerance.relative,
    )


def _repeats(run: Run, titles: Mapping[str, str]) -> Iterator[str]:
    for one in run.points:
        if one.body.stage == "as_found" and one.body.repeat_reason:
            yield f"{titles[one.body.point]} was taken again: {one.body.repeat_reason}"


def places_outside(found: Sequence[PointResult], titles: Mapping[str, str], unit: str) -> str:
    """The points outside their limits, in words; `titles` name them."""
    return "; ".join(
        f"{titles[one.point]}: error {figures(one.error, signed=True)} {unit}, ± {figures(one.tolerance)} allowed"
        for one in found
        if one.outcome not in GOOD
    )


def as_found_amendment(
    run: Run,
    *,
    since: int,
    person: str,
    good_before: bool,
    energy: Energy | None = None,
    also: ClosedLog | None = None,
    broken_off: bool = False,
) -> AmendmentBody | None:
    """The amendment that an as-found failure calls for; None where the as-found points are inside the tolerance.

    `since` is the index of the last good calibration (`good_before`), else of the instrument's first reading; `also`
    are readings of a closed log. Raises BadInput where the as-found points cannot be judged; of a run that is
    `broken_off` they are judged as far as they go.
    """
    outcome = found_so_far(run) if broken_off else as_found_outcome(run)
    if outcome is None or outcome in GOOD:
        return None
    return finding_of(run).amendment(
        run.start.sensor,
        min(since, run.index),
        run.index,
        since=since,
        good_before=good_before,
        person=person,
        energy=energy,
        also=also,
    )


def tells_of(amendment: AmendmentBody, run_index: int) -> bool:
    """Whether this amendment was made for the run, at its sensor or wherever the instrument was before."""
    return amendment.kind == "as_found_failure" and _run_named(amendment.evidence) == run_index


def deduction(maximum_permissible: float, found: float | None, energy: Energy) -> Deduction:
    """The deduction by F35; both errors are fractions, `found` None where nothing is known of it."""
    share = permitted_share(maximum_permissible, found)
    claimable = claimable_energy(energy.kilowatt_hours, share, energy.flow)
    return Deduction(share, energy.kilowatt_hours, claimable, energy.flow)


def late_words(run: Run, due: date | None, day: date, energy: Energy | None = None) -> str:
    """What it means that a run came after its due date; empty where it came in time. Raises BadInput as `finding_of`.

    `energy` is what the meter counted between the two.
    """
    return finding_of(run).late_words(due, day, energy)


def _range_words(found: Sequence[PointResult], unit: str) -> str:
    errors = [one.error for one in found]
    return f"Errors found: {figures(min(errors), signed=True)} to {figures(max(errors), signed=True)} {unit}."


def _run_named(evidence: str) -> int | None:
    named = re.match(r"Calibration run ([0-9]+):", evidence)
    return int(named.group(1)) if named else None
