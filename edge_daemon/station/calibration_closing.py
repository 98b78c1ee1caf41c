# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The end of a run: what it comes to, what it means for earlier readings, and its signature. Reads and writes the log.

The verdict is the last entry of a run, and the amendment it calls for comes before it. So a run that was cut off
between the two is still open, and the amendment is found again in the log by the run that it names.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from edge_daemon.calibration.impact import Energy, as_found_amendment, late_words
from edge_daemon.calibration.judge import Earlier, as_found_results, drift, due_on, outcome_of, verdict
from edge_daemon.calibration.run import OutOfOrder, Run
from edge_daemon.calibration.words import summary_words
from edge_daemon.domain.faults import BadInput, BufferUnavailable, Conflict
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import Body, NoteBody, from_json
from edge_daemon.log.calibration_body import CalibrationVerdict, ValueFunction
from edge_daemon.log.calibration_due import until
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.entry import Entry
from edge_daemon.log.in_force import good
from edge_daemon.log.instruments import Key, Stretch
from edge_daemon.station.amendments import AmendmentDesk
from edge_daemon.station.calibration_answers import Given, text
from edge_daemon.station.calibration_pages import PERSON, PIN, REMARKS, SECOND_PERSON, SECOND_PIN
from edge_daemon.station.calibration_records import RunBook, body_of
from edge_daemon.station.impact_beginning import FirstReading, beginning_of
from edge_daemon.station.persons import PersonBook


@dataclass(frozen=True, slots=True)
class Draft:
    """What a run comes to if it is signed now, in words too.

    `impact` is the amendment of the run's own sensor, `elsewhere` those of where the instrument was before.
    """

    verdict: CalibrationVerdict
    impact: AmendmentBody | None
    summary: tuple[str, ...]
    elsewhere: tuple[AmendmentBody, ...] = ()


class Meter(Protocol):
    """What a sensor's energy counter counted; None where that cannot be told."""

    def between(self, sensor: str, first: int, last: int) -> Energy | None:
        """From the entry at `first` to the one at `last`."""

    def since(self, sensor: str, t_ns: int, last: int) -> Energy | None:
        """From a moment, UTC, to the entry at `last`."""


@dataclass(frozen=True, slots=True)
class Log:
    """The log as signing needs it. `write` makes an entry durable, `entry` reads one, `amendment` finds the one that
    was written for the run that began at an index, `first_reading` a sensor's first one after a time."""

    write: Callable[[Body], tuple[int, Entry]]
    entry: Callable[[int], Entry]
    amendment: Callable[[int], int | None]
    first_reading: FirstReading


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
        self._unconfirmed: set[int] = set()

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
        since, begin, good_before = self._since(known, run)
        counted = self._meter.between(run.start.sensor, begin, run.index)
        impact = as_found_amendment(run, since=since, person=person, good_before=good_before, energy=counted)
        impact = replace(impact, first=min(begin, impact.first)) if impact else None
        here, elsewhere = (
            _by_stretch(impact, known.instruments.of(known.name_of(_key(run))), run) if impact else (None, ())
        )
        words = summary_words(run, body, before=before, impact=here, late=self._late(known, run, day))
        return Draft(body, here, (*words, *risks), elsewhere)

    def found(self, run: Run) -> tuple[str, ...]:
        """As found in plain sentences, for the decision: errors, drift, and settings that undo a calibration."""
        unit, risks = run.start.unit, self._risks(run.start.sensor)
        changes = drift(run, self._before(self._calibrations(), run))
        lines = []
        for one in as_found_results(run):
            title = run.procedure.point(one.point).title
            lines.append(f"{title}: error {one.error:+.4g} {unit}, ± {one.tolerance:.4g} allowed.")
            if one.point in changes:
                lines[-1] += f" Since the calibration before: {changes[one.point]:+.3g} {unit} per year."
        return (*lines, *risks)

    def summary(self, run: Run) -> tuple[str, ...]:
        """The run in plain sentences: what it comes to, or came to. Raises as `draft`."""
        body = run.end
        if not isinstance(body, CalibrationVerdict):
            return self.draft(run).summary
        known = self._calibrations()
        impact = None if body.impact is None else from_json(AmendmentBody, self._log.entry(body.impact).body)
        return (*summary_words(run, body, before=self._before(known, run), impact=impact), *body.remarks.splitlines())

    def sign(self, run: Run, values: Mapping[str, Given]) -> Run:
        """Sign it. Raises BadInput naming the field, Conflict, and what the log raises."""
        person, second = self._signed(values)
        self._check_function(run)
        draft = self.draft(run, person=person, second_person=second, remarks=text(values, REMARKS))
        for body in draft.elsewhere:
            if all(one.body != body for one in self._amendments.amendments.told):
                self._amendments.amend(body)
        impact = None if draft.impact is None else self._amended(run, draft.impact)
        return self._runs.add(run, replace(draft.verdict, impact=impact))

    def _check_function(self, run: Run) -> None:
        """Raises Conflict where another calibration took effect meanwhile: the run's values were made without it."""
        if self.function_in_force(_key(run), run.start.channel) != run.start.function:
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

    def _amended(self, run: Run, body: AmendmentBody) -> int:
        """The index of the run's amendment, which is written unless it was before.

        A write that was not confirmed may still come into the log. So another entry goes first: once that is durable,
        it is certain whether the amendment is there.
        """
        if run.index in self._unconfirmed:
            told = f"Calibration run {run.index} is signed again: the disk did not confirm the first signature."
            self._log.write(NoteBody(told, rfc3339_from_ns(self._now_ns()), body.person, run.start.sensor))
            self._unconfirmed.discard(run.index)
        written = self._log.amendment(run.index)
        if written is not None:
            return written
        try:
            return self._amendments.amend(body)[0]
        except BufferUnavailable:
            self._unconfirmed.add(run.index)
            raise

    def _late(self, known: Calibrations, run: Run, day: date) -> str:
        """What it means that the last one had run out, with what the meter counted since then."""
        last = known.in_force(_key(run), run.start.channel, run.index)
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
        last = known.in_force(_key(run), run.start.channel, run.index)
        if last is None:
            return None
        told = body_of(self._log.entry(last.index))
        if isinstance(told, CalibrationVerdict):
            return replace(Earlier.of_verdict(last.index, last.calibrated_ns, told), uncertainty=last.uncertainty)
        return Earlier(last.index, last.calibrated_ns, uncertainty=last.uncertainty)

    def _since(self, known: Calibrations, run: Run) -> tuple[int, int, bool]:
        """The last good calibration, else the instrument's first reading; where the readings begin that an as-found
        failure casts doubt on; and whether there is such a calibration."""
        key = known.name_of(_key(run))
        found = good(known.history(key), known.doubts, run.start.channel)
        before = [one for one in found if one.index < run.index]
        if before:
            return before[-1].index, beginning_of(known, before[-1], self._log.first_reading), True
        first = min((one.first for one in known.instruments.of(key)), default=0)
        return first, first, False

    def _today(self) -> date:
        return datetime.fromtimestamp(self._now_ns() // NS_PER_S, UTC).date()


def _by_stretch(
    body: AmendmentBody, stretches: Sequence[Stretch], run: Run
) -> tuple[AmendmentBody, tuple[AmendmentBody, ...]]:
    """The amendment cut to where the instrument was: at the run's sensor now, and wherever it was before.

    What another instrument measured in between at the same sensor is not touched.
    """
    here, elsewhere = body, []
    for one in stretches:
        first = max(body.first, one.first)
        last = run.index if one.until is None else min(one.until - 1, run.index)
        if one.sensor == run.start.sensor and one.holds(run.index):
            here = replace(body, first=min(first, run.index))
        elif first <= last:
            elsewhere.append(replace(body, first=first, last=last, sensors=(one.sensor,)))
    return here, tuple(elsewhere)


def _key(run: Run) -> Key:
    return Key(run.start.model, run.start.serial)
