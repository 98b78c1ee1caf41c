# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Points of a run: a standard is applied, its signal settles, the point is taken. Reads and writes the log."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from edge_daemon.calibration.figures import figures
from edge_daemon.calibration.judge import new_function
from edge_daemon.calibration.point_checks import check_choice, check_point
from edge_daemon.calibration.references import of_saturated_air_at, of_standard_at
from edge_daemon.calibration.run import Run
from edge_daemon.domain.faults import BadInput, Conflict
from edge_daemon.log.calibration_body import CalibrationConditions, CalibrationPoint, Stage, ValueFunction
from edge_daemon.log.calibration_values import value_of
from edge_daemon.station import calibration_moves as moves
from edge_daemon.station.calibration_answers import Given, Page, number
from edge_daemon.station.calibration_pace import interval_s
from edge_daemon.station.calibration_present import Present, Presents, Surroundings
from edge_daemon.station.calibration_records import RunBook
from edge_daemon.station.calibration_references import REFERENCE, TEMPERATURE, Applied, References, field_of
from edge_daemon.station.calibration_signal import LiveWindow, Sampled, Shown, own_value
from edge_daemon.station.calibration_taking import Numbers, Wanted, numbers


class Points:
    """For whoever holds the sensor's turn."""

    def __init__(self, around: Surroundings, presents: Presents, runs: RunBook) -> None:
        self._around = around
        self._presents = presents
        self._runs = runs

    def apply(self, run: Run, shown: Page, values: Mapping[str, Given], reason: str, references: References) -> Run:
        """A standard stands before the instrument from now on, for a point or for the command that needs it.

        Raises BadInput naming the field, Unknown.
        """
        point = run.procedure.point(shown.point)
        applied = references.of(point, values, reason, run.conditions.values if run.conditions else {})
        try:
            check_choice(run, shown.stage or "as_found", point, applied.reference.value, applied.standard)
        except BadInput as wrong:
            raise BadInput(f"values.{field_of(point)}", applied.reference.value, wrong.allowed) from wrong
        present, judged, now_us = self._presents.of(run), _shown(run, shown.stage), self._around.clock.now().boot_us
        window = LiveWindow(
            run.procedure.stable,
            interval_s(self._around, run),
            now_us,
            not_before_us=_settled_us(run, present, now_us) if shown.stage != "as_found" else 0,
            shown=judged,
        )
        words = f"Applied: {applied.words}."
        self._presents.put(run, replace(present, applied=applied, window=window, shown=judged, words=words))
        return run

    def take(self, run: Run, shown: Page, values: Mapping[str, Given], person: str, override: str) -> Run:
        """Take the point of the samples that there are now, computed from the log's bytes. `values` may say what a
        reference instrument shows by now.

        Raises Conflict where the signal is not stable and there is no reason to `override` that, BadInput for numbers
        that cannot be true, DamagedLog, and what the log raises.
        """
        present = self._presents.of(run)
        window, applied = present.window, present.applied
        assert window is not None, "a point is taken of a signal"
        assert applied is not None, "a point is taken at a standard"
        applied = applied.reading(number(values, REFERENCE))
        assert shown.stage is not None, "a point belongs to a stage"
        judged, since_us = window.judged(self._around.clock.now().boot_us), window.since_us
        if not judged.window or since_us is None:
            raise Conflict(" ".join(judged.unmet))
        wanted = Wanted(
            run.start.sensor,
            run.start.channel,
            run.procedure.auxiliary,
            run.procedure.stable,
            interval_s(self._around, run),
            present.shown,
        )
        found = numbers(self._around.reader, judged.window, since_us, wanted)
        found = replace(found, unmet=(*found.unmet, *judged.marks))
        stable = not (found.unmet or judged.unmet)
        if not stable and not override.strip():
            raise Conflict(f"The signal is not stable any more. {' '.join(judged.unmet)}".rstrip())
        override = "" if stable else override  # it became stable while the reason was typed: nothing was overridden
        conditions, applied = _at_the_probe(run, shown, values, person, applied, found)
        applied = self._standard_at_the_probe(run, values, applied, found)
        last = judged.window[-1]
        applied_ns = last.t_ns - (last.mono_us - since_us) * 1_000
        again = present.again_reason if present.again is not None else ""
        body = moves.point(run, shown.stage, shown.point, applied, applied_ns, found, person, override, again)
        check_point(run, body)
        run = run if conditions == run.conditions or conditions is None else self._runs.add(run, conditions)
        return self._presents.went_on(self._runs.add(run, body), _words(run, body))

    def _standard_at_the_probe(
        self, run: Run, values: Mapping[str, Given], applied: Applied, found: Numbers
    ) -> Applied:
        """What a standard with a table is at the temperature that the probe measured in it. Raises BadInput."""
        measured_c = found.auxiliary.get(TEMPERATURE)
        if applied.standard is None or applied.celsius is None or measured_c is None:
            return applied
        typed_c = number(values, TEMPERATURE)
        body = self._around.standards.by_index(applied.standard).body
        try:
            typed_c = applied.celsius if typed_c is None else typed_c
            reference = of_standard_at(body, run.start.unit, typed_c, measured_c)
        except BadInput as wrong:
            raise BadInput(f"values.{TEMPERATURE}", wrong.value, wrong.allowed) from wrong
        return replace(applied, reference=reference, celsius=measured_c)


def _at_the_probe(
    run: Run, shown: Page, values: Mapping[str, Given], person: str, applied: Applied, found: Numbers
) -> tuple[CalibrationConditions | None, Applied]:
    """The reference in saturated air at the temperature that the probe measured, where it depends on that, and the
    conditions with what was typed of the temperature anew. Raises BadInput."""
    point, told = run.procedure.point(shown.point), run.conditions
    measured_c = found.auxiliary.get(TEMPERATURE)
    if point.saturation != "solubility" or measured_c is None or told is None:
        return told, applied
    typed_c = number(values, TEMPERATURE)
    if typed_c is not None and typed_c != told.values.get(TEMPERATURE):
        told = replace(told, values={**told.values, TEMPERATURE: typed_c}, person=person)
    try:
        reference = of_saturated_air_at(point, told.values, measured_c)
    except BadInput as wrong:
        raise BadInput(f"values.{TEMPERATURE}", wrong.value, wrong.allowed) from wrong
    return told, replace(applied, reference=reference, celsius=measured_c)


def _settled_us(run: Run, present: Present, now_us: int) -> int:
    """When the effect of the last command has settled. When that was sent is not known after an interruption: then it
    counts as sent just now."""
    if present.settled_us or not run.device_touched:
        return present.settled_us
    return now_us + round(max((one.settle_s for one in run.procedure.commands), default=0.0) * 1_000_000)


def _shown(run: Run, stage: Stage | None) -> Shown:
    """As left, what the readings will be once the run is signed; else what they are."""
    function = new_function(run) if stage == "as_left" else None
    return own_value if function is None else partial(_by, function)


def _by(function: ValueFunction, sample: Sampled) -> float:
    return value_of(function, sample.raw)


def _words(run: Run, body: CalibrationPoint) -> str:
    unit = run.start.unit
    title = run.procedure.point(body.point).title
    return f"{title}: {figures(body.indication, 5)} {unit} at {figures(body.reference, 5)} {unit} was taken."
