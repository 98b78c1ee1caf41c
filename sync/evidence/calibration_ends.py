# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Judges the ends of calibration runs again: each verdict, and what was found by a run that was given up. Pure.

A verdict must say what the run's own entries give, by the procedure that its start holds: function, results, outcome,
uncertainty, the calibration before it, and the date on which it is due by procedure and monitoring plan. Its signer was
shown what the log said a moment before the entry: so what held at the run's last entry counts as well as what held at
the verdict, and the day before the entry's as well as its own.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta

from edge_daemon.calibration.earlier import earlier_of
from edge_daemon.calibration.given_up import found_so_far
from edge_daemon.calibration.judge import RULES, as_found_results, due_on, outcome_of, verdict
from edge_daemon.calibration.run import Run, take_in
from edge_daemon.domain.faults import BadInput, Conflict
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.bodies import from_json
from edge_daemon.log.calibration_body import (
    CALIBRATION_BODIES,
    CalibrationAbort,
    CalibrationBody,
    CalibrationVerdict,
    ValueUncertainty,
)
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.log.plan import Plan
from sync.evidence.finding import Finding

_SAME = 1e-9
"""Uncertainties may differ by so much, as a share: the last digit of a root is not the same on every computer."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What the log said of calibrations and plan before an entry."""

    calibrations: Calibrations = field(default_factory=Calibrations)
    plan: Plan = field(default_factory=Plan)

    def after(self, index: int, entry: Entry) -> "_Said":
        if entry.type == EntryType.PLAN:
            return replace(self, plan=self.plan.after(index, entry))
        return replace(self, calibrations=self.calibrations.after(index, entry))


@dataclass(slots=True)
class EndsJudged:
    """What came of it. `runs` are all by their start; `undated` are verdicts whose due date cannot be judged, since a
    plan of an unknown form may stand before them."""

    runs: dict[int, Run] = field(default_factory=dict)
    verdicts: int = 0
    given_up: int = 0
    wrong: Finding = field(default_factory=Finding)
    other_rules: Finding = field(default_factory=Finding)
    undated: Finding = field(default_factory=Finding)


def judged_ends(entries: Mapping[int, Entry], unread: frozenset[int] = frozenset()) -> EndsJudged:
    """Of a log with these landmarks, by index; `unread` are its plans and amendments of an unknown form."""
    ends = EndsJudged()
    _Judge(entries, min(unread, default=None), ends).run()
    return ends


@dataclass(slots=True)
class _Judge:
    """`unread` is the first entry that may be a plan which is not known here."""

    entries: Mapping[int, Entry]
    unread: int | None
    ends: EndsJudged
    _said: _Said = field(default_factory=_Said)
    _at_last: dict[int, _Said] = field(default_factory=dict)

    def run(self) -> None:
        runs = self.ends.runs
        if not any(entry.body.get("event") == "start" for entry in self.entries.values()):
            return
        for index, entry in sorted(self.entries.items()):
            body = body_of(entry)
            if isinstance(body, CalibrationVerdict):
                self._verdict(index, entry.t_ns, body, runs.get(body.run))
            elif isinstance(body, CalibrationAbort):
                self._abort(index, body, runs.get(body.run))
            self._said = self._said.after(index, entry)
            if body is not None:
                take_in(runs, index, entry.t_ns, body)
                self._at_last[getattr(body, "run", index)] = self._said

    def _verdict(self, index: int, t_ns: int, told: CalibrationVerdict, run: Run | None) -> None:
        ends = self.ends
        if told.rules != RULES:
            ends.other_rules.note(index, "")
            return
        ends.verdicts += 1
        if run is None:
            ends.wrong.note(index, f"Entry {index} is a verdict on a run that entry {told.run} does not begin")
            return
        undated = self.unread is not None and self.unread < index
        if undated:
            ends.undated.note(index, "")
        odd: str | None = None
        try:
            for made in self._drafts(run, told, t_ns):
                now = _first_difference(replace(made, due=told.due) if undated else made, told)
                if now is None:
                    return
                odd = odd or now
        except (BadInput, Conflict) as error:
            ends.wrong.note(index, f"The verdict of entry {index} could not be given: {error}")
            return
        ends.wrong.note(index, f"The verdict of entry {index} says another {odd} than its points give")

    def _drafts(self, run: Run, told: CalibrationVerdict, t_ns: int) -> Iterator[CalibrationVerdict]:
        """The verdict as it may have been drafted; the likeliest first."""
        day, outcome = datetime.fromtimestamp(t_ns // NS_PER_S, UTC).date(), outcome_of(run)
        for said in (self._said, self._at_last[run.index]):
            planned = said.plan.of(run.start.sensor, run.start.channel)
            before = earlier_of(run, said.calibrations, self.entries.__getitem__)
            for on in (day, day - timedelta(days=1)):
                made = verdict(
                    run,
                    person=told.person,
                    due=due_on(run, outcome, on, planned.calibration_interval_days if planned else None),
                    second_person=told.second_person,
                    before=before,
                    remarks=told.remarks,
                )
                yield replace(made, impact=told.impact, same_instrument=told.same_instrument)

    def _abort(self, index: int, told: CalibrationAbort, run: Run | None) -> None:
        ends = self.ends
        if told.rules != RULES:
            ends.other_rules.note(index, "")
            return
        ends.given_up += 1
        if run is None or run.end is not None:
            ends.wrong.note(index, f"Entry {index} gives up a run that is not under way")
            return
        try:
            found, outcome = as_found_results(run), found_so_far(run)
        except (BadInput, Conflict) as error:
            ends.wrong.note(index, f"What entry {index} says was found cannot be judged again: {error}")
            return
        odd = "as found" if found != told.as_found else "outcome" if outcome != told.outcome else ""
        if odd:
            ends.wrong.note(index, f"Entry {index}, which gives a run up, says another {odd} than its points give")


def body_of(entry: Entry) -> CalibrationBody | None:
    """What a calibration entry says; None for any other, and for one of a kind that this program does not know."""
    form = CALIBRATION_BODIES.get(str(entry.body.get("event"))) if entry.type == EntryType.CALIBRATION else None
    return None if form is None else from_json(form, entry.body)


def _first_difference(made: CalibrationVerdict, told: CalibrationVerdict) -> str | None:
    if _is_close(_numbers(made.uncertainty), _numbers(told.uncertainty)):
        made = replace(made, uncertainty=told.uncertainty)
    names = (one.name for one in fields(made) if getattr(made, one.name) != getattr(told, one.name))
    return next((name.replace("_", " ") for name in names), None)


def _numbers(uncertainty: ValueUncertainty | None) -> object:
    return None if uncertainty is None else astuple(uncertainty)


def _is_close(one: object, other: object) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_is_close, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_SAME)
    return one == other
