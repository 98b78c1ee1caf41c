# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Gathers how a run stands for a person. Reads the log, the register of standards and what is present."""

from dataclasses import replace
from datetime import UTC, datetime

from edge_daemon.calibration.pace import pace_words
from edge_daemon.calibration.run import Run
from edge_daemon.calibration.steps import Step
from edge_daemon.domain.faults import BadInput, Conflict
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.instruments import Key
from edge_daemon.log.run_ranges import is_over
from edge_daemon.station.calibration_closing import Closing
from edge_daemon.station.calibration_identity import doubt
from edge_daemon.station.calibration_pace import interval_s
from edge_daemon.station.calibration_pages import Around, page
from edge_daemon.station.calibration_present import Presents, Surroundings
from edge_daemon.station.calibration_references import References
from edge_daemon.station.calibration_situation import Hindrance, Situation, adjustment, hindrance, points_of

TEMPERATURE = "temperature"
"""The channel that tells how warm the instrument is, and what stands before it."""


class View:
    """Safe to use from several threads. Every answer is made anew."""

    def __init__(self, around: Surroundings, presents: Presents, closing: Closing) -> None:
        self._around = around
        self._presents = presents
        self._closing = closing

    def situation(self, run: Run) -> Situation:
        """The run as it stands now. Raises BadInput where the persons' file cannot be used, and what the log raises."""
        present, step = self._presents.of(run), self._step(run)
        hindered = self.hindrance(run)
        around = Around(
            again=present.again,
            applied=present.applied.words if present.applied else "",
            blocked=hindered.words,
            busy=present.busy,
            person=run.start.person,
        )
        live = None
        if present.window is not None and step.kind == "settle":
            self._around.signals.look(run.start.sensor)
            live = present.window.judged(self._around.clock.now().boot_us)
            around = replace(around, live=live)
        made = page(run, step, around if hindered.gone else self._asked(run, step, around))
        summary = self._summary(run, step)
        return Situation(run, made, points_of(run), live, self._decimals(run), summary, present.words)

    def is_away(self, run: Run) -> bool:
        """Whether the sensor is to come back to its place after the run: its readings are marked until then."""
        runs = self._around.calibrations().runs
        return run.awaits_return and not is_over(runs, run.start.sensor, run.index)

    def hindrance(self, run: Run) -> Hindrance:
        """What keeps the run from going on."""
        if run.end is not None:
            return Hindrance()
        return hindrance(run, self._around.book.setup, self._around.instruments.told)

    def instrument(self, run: Run) -> Key:
        """The run's instrument, by the name that it has by now."""
        then = self._around.instruments.told.at(run.start.sensor, run.index)
        return then.key if then else Key(run.start.model, run.start.serial)

    def references(self, run: Run) -> References:
        """The references for the run's channel today."""
        if not self._around.clock_trusted():
            return References(self._around.standards, None, run.start.unit)
        today = datetime.fromtimestamp(self._around.clock.now().wall_ns // NS_PER_S, UTC).date()
        return References(self._around.standards, today, run.start.unit)

    def _step(self, run: Run) -> Step:
        step = self._presents.step(run)
        return replace(step, kind="done") if step.kind == "return" and not self.is_away(run) else step

    def _asked(self, run: Run, step: Step, around: Around) -> Around:
        applied = self._presents.of(run).applied
        read_now = step.kind == "command" or (step.kind == "settle" and step.stage is not None)
        if read_now and applied is not None:
            around = replace(around, fields=self.references(run).later(run.procedure.point(step.point), applied))
        if step.kind == "apply":
            last = [one.body.standard for one in run.points if one.body.point == step.point]
            celsius = self._around.signals.newest(run.start.sensor, TEMPERATURE)
            named = next((one.body.reference_instrument for one in reversed(run.points)), "")
            point, before = run.procedure.point(step.point), last[-1] if last else None
            fields = self.references(run).fields(point, before, celsius, named)
            return replace(around, fields=fields, pace=pace_words(run.procedure.stable, interval_s(self._around, run)))
        if step.kind == "decide":
            needed, cannot = adjustment(run)
            return replace(around, must_adjust=needed, cannot=cannot)
        if step.kind == "command" and step.command is not None:
            return replace(around, action=self._around.devices.calibrating(run.start.sensor, step.command.action))
        if step.kind == "sign":
            around = replace(around, persons=self._around.persons.names(), clock_trusted=self._around.clock_trusted())
            return replace(around, doubt=doubt(run, self._around.instruments.told))
        return around

    def _summary(self, run: Run, step: Step) -> tuple[str, ...]:
        if step.kind == "decide":
            return self._closing.found(run)
        if step.kind not in {"sign", "return", "done"}:
            return ()
        try:
            return self._closing.summary(run)
        except (BadInput, Conflict) as refusal:
            return (str(refusal),)

    def _decimals(self, run: Run) -> int:
        try:
            return self._around.book.model(run.start.model).channel(run.start.channel).decimals
        except (BadInput, KeyError):  # a model of the project's own that was taken away or changed since
            return 2
