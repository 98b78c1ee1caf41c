# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The end of a run: what it comes to, what it means for earlier readings, and its signature. Reads and writes the log.

The verdict is the last entry of a run, and the amendment it calls for comes before it. So a run that was cut off
between the two is still open, and the amendment is found again in the log by the run that it names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from edge_daemon.calibration.computed_words import computed_words
from edge_daemon.calibration.earlier import earlier_of
from edge_daemon.calibration.earlier_words import carried_words, given_up_words
from edge_daemon.calibration.figures import figures
from edge_daemon.calibration.given_up import found_so_far
from edge_daemon.calibration.impact import late_words
from edge_daemon.calibration.judge import Earlier, as_found_results, drift, due_on, outcome_of, verdict
from edge_daemon.calibration.run import OutOfOrder, Run
from edge_daemon.calibration.words import summary_words
from edge_daemon.domain.faults import BadInput, Conflict
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import from_json
from edge_daemon.log.calibration_body import CalibrationAbort, CalibrationVerdict, ValueFunction
from edge_daemon.log.calibration_due import until
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.instruments import Key
from edge_daemon.station.amendments import AmendmentDesk
from edge_daemon.station.calibration_answers import Given, text
from edge_daemon.station.calibration_identity import doubt, said_same
from edge_daemon.station.calibration_moves import abort
from edge_daemon.station.calibration_pages import PERSON, PIN, REMARKS, SECOND_PERSON, SECOND_PIN
from edge_daemon.station.calibration_records import RunBook
from edge_daemon.station.persons import PersonBook
from edge_daemon.station.run_impact import Log, Meter, Proposed, RunImpact, key_of

__all__ = ["Closing", "Draft", "Log", "Meter"]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a run comes to if it is signed now, in words too. `impact` is what it calls for of earlier readings."""

    verdict: CalibrationVerdict
    impact: Proposed
    summary: tuple[str, ...]


class Closing:
    """Drafts and signs verdicts. Safe to use from several threads; one at a time for each run.

    `risks` tells how a sensor's device is set so that its readings can be doubted.
    """

    def __init__(
        self,
        runs: RunBook,
        amendments: AmendmentDesk,
        persons: PersonBook,
        calibrations: Callable[[], Calibrations],
        log: Log,
        risks: Callable[[str], tuple[str, ...]],
        meter: Meter,
        now_ns: Callable[[], int],
    ) -> None:
        self._runs = runs
        self._amendments = amendments
        self._persons = persons
        self._calibrations = calibrations
        self._log = log
        self._risks = risks
        self._meter = meter
        self._now_ns = now_ns
        self._impact = RunImpact(amendments, calibrations, log, meter, now_ns)

    def function_in_force(self, key: Key, channel: str) -> ValueFunction | None:
        """What makes the instrument's values of raw now; None: raw is the value."""
        now = self._calibrations().in_force(key, channel)
        return now.function if now else None

    def draft(self, run: Run, *, person: str = "", second_person: str = "", remarks: str = "") -> Draft:
        """What it would come to. Raises BadInput and Conflict, each with its own words, where it cannot be signed."""
        known, day = self._calibrations(), self._today()
        before = self._before(known, run)
        person = person or run.start.person
        risks = self._risks(run.start.sensor)
        try:
            body = verdict(
                run,
                person=person,
                second_person=second_person,
                due=due_on(run, outcome_of(run), day, self._plan_days(run)),
                before=before,
                remarks="\n".join(filter(None, (remarks, *risks))),
            )
        except OutOfOrder as misfit:
            raise Conflict(str(misfit)) from misfit
        impact = self._impact.proposed(run, person)
        words = summary_words(
            run,
            body,
            before=before,
            impact=impact.here,
            found_before=self._impact.found_before(run),
            late=self._late(known, run, day),
        )
        doubts = tuple(filter(None, (doubt(run, known.instruments),)))
        return Draft(body, impact, (*words, *self._computed(run), *doubts, *risks))

    def found(self, run: Run) -> tuple[str, ...]:
        """As found in plain sentences, for the decision: errors, drift, and settings that undo a calibration."""
        unit, risks = run.start.unit, self._risks(run.start.sensor)
        changes = drift(run, self._before(self._calibrations(), run))
        lines = []
        for one in as_found_results(run):
            title = run.procedure.point(one.point).title
            lines.append(
                f"{title}: error {figures(one.error, signed=True)} {unit}, ± {figures(one.tolerance)} allowed."
            )
            if one.point in changes:
                lines[-1] += (
                    f" Since the calibration before: {figures(changes[one.point], 3, signed=True)} {unit} per year."
                )
        return (*lines, *risks)

    def summary(self, run: Run) -> tuple[str, ...]:
        """The run in plain sentences: what it comes to, or came to. Raises as `draft`."""
        body = run.end
        if body is None:
            return self.draft(run).summary
        if run.carried is not None:
            return carried_words(run.carried)
        impact = None if body.impact is None else from_json(AmendmentBody, self._log.entry(body.impact).body)
        if isinstance(body, CalibrationAbort):
            return given_up_words(body, impact)
        before, found = self._before(self._calibrations(), run), self._impact.found_before(run)
        words = summary_words(run, body, before=before, impact=impact, found_before=found)
        return (*words, *self._computed(run), *body.remarks.splitlines())

    def give_up(self, run: Run, reason: str, person: str) -> Run:
        """End it without a verdict. What it found outside its limits stays found: earlier readings are amended as if it
        were signed. Raises Conflict where it cannot be given up yet, and what the log raises."""
        ended = abort(run, reason, person)
        run.after(run.last + 1, run.started_ns, ended)
        impact = self._impact.write(run, self._impact.proposed(run, ended.person, broken_off=True))
        return self._runs.add(run, replace(ended, outcome=found_so_far(run), impact=impact))

    def sign(self, run: Run, values: Mapping[str, Given]) -> Run:
        """Sign it. Raises BadInput naming the field, Conflict, and what the log raises."""
        person, second = self._signed(values)
        self._check_function(run)
        same = said_same(run, self._calibrations().instruments, values)
        draft = self.draft(run, person=person, second_person=second, remarks=text(values, REMARKS))
        impact = self._impact.write(run, draft.impact)
        return self._runs.add(run, replace(draft.verdict, impact=impact, same_instrument=same))

    def _check_function(self, run: Run) -> None:
        """Raises Conflict where another calibration took effect meanwhile: the run's values were made without it."""
        if self.function_in_force(key_of(run), run.start.channel) != run.start.function:
            raise Conflict(
                f"another calibration of {run.start.channel} took effect since this one began, so what was found does "
                "not fit the values of now. Give this one up and begin again"
            )

    def _signed(self, values: Mapping[str, Given]) -> tuple[str, str]:
        second = text(values, SECOND_PERSON)
        person = self._persons.check(
            text(values, PERSON), text(values, PIN), person_field=f"values.{PERSON}", pin_field=f"values.{PIN}"
        )
        if not second:
            return person, ""
        found = self._persons.check(
            second,
            text(values, SECOND_PIN),
            person_field=f"values.{SECOND_PERSON}",
            pin_field=f"values.{SECOND_PIN}",
        )
        if found == person:
            raise BadInput(f"values.{SECOND_PERSON}", second, "another person than the first is needed, or none")
        return person, found

    def _computed(self, run: Run) -> tuple[str, ...]:
        return computed_words(run.start.channel, self._calibrations().relations(key_of(run)))

    def _late(self, known: Calibrations, run: Run, day: date) -> str:
        """What it means that the last one had run out, with what the meter counted since then."""
        last = known.in_force(key_of(run), run.start.channel, run.index)
        due = until(last, self._plan_days(run)) if last else None
        if due is None or day <= due:
            return ""
        midnight = datetime.combine(due + timedelta(days=1), datetime.min.time(), UTC)
        counted = self._meter.since(run.start.sensor, round(midnight.timestamp()) * NS_PER_S, run.index)
        return late_words(run, due, day, counted)

    def _plan_days(self, run: Run) -> int | None:
        planned = self._amendments.plan.of(run.start.sensor, run.start.channel)
        return planned.calibration_interval_days if planned else None

    def _before(self, known: Calibrations, run: Run) -> Earlier | None:
        return earlier_of(run, known, self._log.entry)

    def _today(self) -> date:
        return datetime.fromtimestamp(self._now_ns() // NS_PER_S, UTC).date()
