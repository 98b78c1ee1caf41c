# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Guides calibrations step by step. Waits for the log and, while a command is carried out, for the device.

A run is the projection of its log entries, and an answer is on record before it takes effect. Only what stands before
the instrument just now is in memory: after an interruption the technician is asked for it again.
"""

from collections.abc import Sequence
from dataclasses import replace

from edge_daemon.buffer.record import Committed
from edge_daemon.calibration.given_up import found_so_far
from edge_daemon.calibration.judge import GOOD, as_found_outcome
from edge_daemon.calibration.procedures import procedures_for
from edge_daemon.calibration.run import Run
from edge_daemon.domain.faults import BadInput, Conflict
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.domain.procedure import Procedure
from edge_daemon.log.calibration_body import CalibrationStart, Stage
from edge_daemon.station import calibration_moves as moves
from edge_daemon.station.calibration_answers import Answer, Choice, Page, chosen, given
from edge_daemon.station.calibration_closing import Closing
from edge_daemon.station.calibration_commands import Commands
from edge_daemon.station.calibration_pace import interval_ns
from edge_daemon.station.calibration_pages import REPEAT, with_clock_doubt
from edge_daemon.station.calibration_points import Points
from edge_daemon.station.calibration_present import Present, Presents, Surroundings
from edge_daemon.station.calibration_records import RunBook
from edge_daemon.station.calibration_situation import Situation
from edge_daemon.station.calibration_view import View
from edge_daemon.station.raw_step import with_step

OTHER_WINDOW = "Another window went on with this calibration; look at how it stands now."


class CalibrationDesk:
    """The guided calibrations of a station: one at a time for a sensor and for an instrument. Safe to use from several
    threads.
    """

    def __init__(self, around: Surroundings, runs: RunBook, closing: Closing) -> None:
        self._around = around
        self._runs = runs
        self._closing = closing
        self._presents = Presents(around.signals)
        self._points = Points(around, self._presents, runs)
        self._commands = Commands(around, self._presents, runs)
        self._view = View(around, self._presents, closing)

    def committed(self, batch: Sequence[Committed]) -> None:
        """Called by the log's writer after each commit; never waits."""
        self._runs.committed(batch)
        self._around.signals.committed(batch)

    def model(self, sensor: str) -> InstrumentModel:
        """The sensor's model. Raises Unknown."""
        return self._around.book.model(self._around.book.sensor(sensor).configuration.model)

    def procedures(self, sensor: str) -> tuple[Procedure, ...]:
        """The procedures of the sensor's model, the usual one first. Raises Unknown."""
        return procedures_for(self.model(sensor), self._around.procedures)

    def begin(self, sensor: str, procedure: str, person: str, place: str) -> Situation:
        """Begin a run. Raises Unknown, BadInput naming the field, Conflict, and what the log raises."""
        if not person.strip():
            raise BadInput("person", person, "the person at the instrument is needed")
        known = {one.key: one for one in self.procedures(sensor)}
        if procedure not in known:
            raise BadInput("procedure", procedure, f"this sensor's are {', '.join(known) or 'none'}")
        with self._presents.turn(sensor):
            start = self._start(sensor, known[procedure], person.strip(), place.strip())
            run = self._presents.went_on(self._runs.begin(start), "The calibration has begun.")
            return self._view.situation(run)

    def present(self, sensor: str) -> Situation | None:
        """The run under way, or the last one; None where there was none. Raises Unknown for no such sensor."""
        run = self._runs.of(sensor)
        if run is None:
            self._around.book.sensor(sensor)
            return None
        return self._view.situation(run)

    def answer(self, sensor: str, answer: Answer) -> Situation:
        """Answer the open step.

        Raises BadInput naming the field, Conflict where another step is open or the choice is not possible now,
        Unknown, and what the log raises. Whatever is raised, nothing takes effect that is not on record.
        """
        with self._presents.turn(sensor):
            run = self._under_way(sensor, returning=True)
            shown = self._view.situation(run).page
            if answer.step != shown.id:
                raise Conflict(OTHER_WINDOW)
            choice = chosen(shown, answer)
            if choice.name != "send":
                return self._view.situation(self._done(run, shown, choice, answer))
            values, person = given(shown.inputs, answer.values), answer.person.strip()
            sending = self._commands.prepare(run, self._presents.step(run), values, person)
        self._commands.send(sending)
        return self._view.situation(self._under_way(sensor))

    def abort(self, sensor: str, reason: str, person: str) -> Situation:
        """Give the run up. Raises BadInput naming the field, Conflict after a command that was not read back yet."""
        for name, value in (("reason", reason), ("person", person)):
            if not value.strip():
                raise BadInput(name, value, f"the {name} is needed; it is recorded")
        with self._presents.turn(sensor):
            run = self._under_way(sensor)
            if busy := self._presents.of(run).busy:
                raise Conflict(f"{busy} Wait until that is done.")
            if run.as_left_owed:
                run = self._lost(run, reason, person)
            run = self._closing.give_up(run, reason, person)
            return self._view.situation(self._presents.went_on(run, _given_up_words(run)))

    # ----------------------------------------------------------------------------------------------------------------

    def away_since_ns(self, sensor: str) -> int | None:
        """Since when (UTC) a calibration has ended without anybody saying that the sensor is back; None where none is
        to be said."""
        return self._around.calibrations().present(sensor).away_since_ns

    def _under_way(self, sensor: str, *, returning: bool = False) -> Run:
        run = self._runs.of(sensor)
        if run is None:
            self._around.book.sensor(sensor)
        if run is None or (run.end is not None and not (returning and self._view.is_away(run))):
            raise Conflict(f"no calibration of {sensor} is under way")
        return run

    def _start(self, sensor: str, procedure: Procedure, person: str, place: str) -> CalibrationStart:
        configured = self._around.book.sensor(sensor).configuration
        if configured.state != "recording":
            raise Conflict(f"{sensor} is paused, so nothing is read; let it go on first")
        installed = self._around.instruments.present(sensor)
        if installed is None:
            raise Conflict(f"nothing was read from {sensor} yet, so it is not known which instrument is there")
        if installed.standing != "confirmed":
            raise Conflict(f"it is not sure which instrument is at {sensor}; say first which one it is")
        for run in self._runs.under_way():
            where = run.start.sensor
            if where == sensor or self._view.instrument(run) == installed.key:
                raise Conflict(
                    f"a calibration by {run.start.person} is under way at {where}; go on with it or give it up"
                )
        for command in procedure.commands:
            self._around.devices.calibrating(sensor, command.action)
        before = self._runs.of(sensor)
        if before is not None and self._view.is_away(before):  # also for a procedure that would not take it away
            procedure = replace(procedure, leaves_place=True)
        procedure, model = with_step(procedure, configured), self.model(sensor)
        unit = model.channel(procedure.channel).unit
        key, said = installed.key, self._around.devices.said(sensor)
        made, program = self._closing.function_in_force(key, procedure.channel), self._around.program
        every_ns = interval_ns(self._around, sensor, procedure.stable)
        return CalibrationStart(
            sensor,
            key.model,
            key.name,
            procedure.channel,
            unit,
            procedure,
            person,
            program,
            place,
            said,
            made,
            every_ns,
            model.maker,
            model.title,
            {one.name: one.unit for one in model.channels if one.name in procedure.auxiliary},
        )

    def _done(self, run: Run, shown: Page, choice: Choice, answer: Answer) -> Run:
        """Carry out what was chosen."""
        person, reason = answer.person.strip(), answer.reason
        if choice.name.startswith(REPEAT):
            stage: Stage = "as_left" if run.taken("as_left") else "as_found"
            again = (stage, choice.name.removeprefix(REPEAT))
            once_more = Present(again=again, again_reason=reason.strip(), words="This point is taken once more.")
            self._presents.put(run, once_more)
            return run
        match choice.name:
            case "back":
                before = self._presents.of(run)
                still = Present(words="The step before is open again.")
                if shown.kind == "settle":
                    still = replace(still, again=before.again, again_reason=before.again_reason)
                self._presents.put(run, still)
                return run
            case "apply":
                values = given(shown.inputs, answer.values)
                return self._points.apply(run, shown, values, reason, self._view.references(run))
            case "take" | "take_anyway":
                values = given(shown.inputs, answer.values)
                return self._points.take(run, shown, values, person, reason if choice.name == "take_anyway" else "")
            case "steady" | "steady_anyway":
                return self._commands.steady(run, reason if choice.name == "steady_anyway" else "")
            case "go_on":
                body = moves.conditions(run, given(shown.inputs, answer.values), person, answer.files)
                moves.check_conditions_of(run, body)
                return self._presents.went_on(self._runs.add(run, body), "The conditions are recorded.")
            case "skip":
                skipped = moves.skip(run, self._presents.step(run), person, reason)
                return self._presents.went_on(self._runs.add(run, skipped), "The point was left out.")
            case "returned":
                back = self._runs.add(run, moves.returned(run, person))
                return self._presents.went_on(back, "The sensor is back: its readings count again.")
            case "sign":
                signed = self._closing.sign(run, with_clock_doubt(given(shown.inputs, answer.values), choice, reason))
                return self._presents.went_on(signed, "The calibration is signed.")
            case _:
                return self._decide(run, choice, person, reason)

    def _decide(self, run: Run, choice: Choice, person: str, reason: str) -> Run:
        as_found_outcome(run)  # points that contradict each other are taken again before anything is decided
        adjust = choice.name == "adjust"
        run = self._runs.add(run, moves.decision(run, person, reason, adjust=adjust))
        return self._presents.went_on(run, "It was decided to adjust." if adjust else "Nothing more is adjusted.")

    def _lost(self, run: Run, reason: str, person: str) -> Run:
        """As left can be given up only where the instrument is there no more: that it was not read is recorded."""
        if not self._view.hindrance(run).gone:
            raise Conflict(
                "A command was sent to the instrument, which cannot be undone. Take the as-left points first, so that "
                "it is known what it does now; then give up."
            )
        if run.step.kind == "command":
            run = self._runs.add(run, moves.decision(run, person, reason, adjust=False))
        while run.as_left_owed:
            run = self._runs.add(run, moves.skip(run, run.step, person, reason))
        return run


def _given_up_words(run: Run) -> str:
    taken = "The calibration was given up; nothing of it takes effect."
    if run.device_changed:
        taken = "The calibration was given up. What the command changed in the instrument stays changed."
    if found_so_far(run) in {None, *GOOD}:
        return taken
    return (
        f"{taken} The instrument was found outside its limits: its earlier readings are amended as suspect, and its "
        "values count as doubtful until a calibration passes."
    )
