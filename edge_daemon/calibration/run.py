# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A guided calibration as a fold over its log entries: what was done, and the one step that is open. Pure.

Nothing else is remembered, so a run goes on after any interruption exactly where its last entry left it. Which standard
stands before the instrument right now is no entry: after a crash the technician is asked again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar, Literal

from edge_daemon.calibration.steps import Kind, Step
from edge_daemon.domain.faults import Conflict
from edge_daemon.domain.procedure import DeviceCommand, Method, Procedure, ProcedurePoint
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.calibration_body import (
    CalibrationAbort,
    CalibrationBody,
    CalibrationCommand,
    CalibrationConditions,
    CalibrationDecision,
    CalibrationPoint,
    CalibrationReturned,
    CalibrationSkip,
    CalibrationStart,
    CalibrationVerdict,
    Outcome,
    SensorAway,
    Stage,
)

RunEntry = (
    CalibrationConditions
    | CalibrationPoint
    | CalibrationDecision
    | CalibrationSkip
    | CalibrationCommand
    | CalibrationVerdict
    | CalibrationAbort
    | CalibrationReturned
)

LOG_CLOSED = "the log was closed before anybody said that the sensor is back in its place"


class OtherRun(Conflict):
    """The entry belongs to another run, sensor or instrument."""

    title: ClassVar[str] = "This belongs to another calibration"


class OutOfOrder(Conflict):
    """The entry does not fit what was done so far."""

    title: ClassVar[str] = "This step is not the open one"


@dataclass(frozen=True, slots=True)
class Taken:
    """A point entry at its log index."""

    index: int
    t_ns: int
    body: CalibrationPoint


@dataclass(frozen=True, slots=True)
class Run:
    """A run up to its newest entry, at index `last`.

    `points` are all that were ever taken; of a point taken again the last one counts. `refused` are indices of entries
    in the log that name this run but do not fit it. One that is `carried` ended in the log before or with it, and
    nothing of it is left but that its sensor is not back. `ended_at` is the index of its end, which `returned` may
    follow.
    """

    index: int
    start: CalibrationStart
    started_ns: int
    last: int
    conditions: CalibrationConditions | None = None
    points: tuple[Taken, ...] = ()
    skips: tuple[CalibrationSkip, ...] = ()
    decision: CalibrationDecision | None = None
    commands: tuple[CalibrationCommand, ...] = ()
    end: CalibrationVerdict | CalibrationAbort | None = None
    ended_ns: int | None = None
    refused: tuple[int, ...] = ()
    returned: CalibrationReturned | None = None
    carried: SensorAway | None = None
    ended_at: int | None = None

    @property
    def procedure(self) -> Procedure:
        """The procedure it was started with."""
        return self.start.procedure

    @property
    def state(self) -> Literal["under_way", "signed", "aborted"]:
        """How it stands."""
        if self.end is None:
            return "under_way"
        if self.carried is not None:
            return self.carried.ended_as or "aborted"
        return "signed" if isinstance(self.end, CalibrationVerdict) else "aborted"

    @property
    def outcome(self) -> Outcome | None:
        """That of its verdict; None where it has none."""
        if self.carried is not None:
            return self.carried.outcome
        return self.end.outcome if isinstance(self.end, CalibrationVerdict) else None

    def taken(self, stage: Stage) -> Mapping[str, Taken]:
        """The points of a stage that count, by name, in the procedure's order."""
        last = {taken.body.point: taken for taken in self.points if taken.body.stage == stage}
        return {point.name: last[point.name] for point in self.procedure.points if point.name in last}

    def repeated(self, taken: Taken) -> int:
        """How often this point of this stage was taken before."""
        same = (taken.body.stage, taken.body.point)
        return sum((one.body.stage, one.body.point) == same and one.index < taken.index for one in self.points)

    def skipped(self, stage: Stage, point: str) -> bool:
        """Whether this point was left out and not taken after all."""
        left_out = any((skip.stage, skip.point) == (stage, point) for skip in self.skips)
        return left_out and point not in self.taken(stage)

    @property
    def device_touched(self) -> bool:
        """Whether a command was meant to go out, whatever was answered."""
        return any(command.phase == "sent" for command in self.commands)

    @property
    def device_changed(self) -> bool:
        """Whether a command may have changed the instrument: from the first byte on, unless it refused it or the
        command never went out."""
        phases = (*(command.phase for command in self.commands), "")
        return any(one == "sent" and after != "failed" for one, after in pairwise(phases))

    @property
    def adjusts(self) -> bool:
        """Whether it was decided to adjust."""
        return self.decision is not None and self.decision.adjust

    @property
    def as_left_owed(self) -> bool:
        """Whether the run may not be given up yet: after a command that may have changed the instrument, as-left
        readings come first. One that it refused owes nothing."""
        return self.device_changed and any(step.stage == "as_left" for step in self._open())

    @property
    def lost_points(self) -> tuple[str, ...]:
        """Points that had to be taken as left and could not: such a run cannot be signed."""
        return tuple(
            point.name for point in self.procedure.points if not point.optional and self.skipped("as_left", point.name)
        )

    @property
    def command_unanswered(self) -> CalibrationCommand | None:
        """The last command, where nobody knows what came of it: no answer came, or there was a crash."""
        last = self.commands[-1] if self.commands else None
        return last if last is not None and last.phase in {"sent", "unanswered"} else None

    @property
    def awaits_return(self) -> bool:
        """Whether it has ended, and nobody has said yet that the sensor is back in its place."""
        return self.end is not None and self.procedure.leaves_place and self.returned is None

    @property
    def step(self) -> Step:
        """The step that is open now."""
        if self.end is not None and not self.awaits_return:
            return Step("done", id=f"{self.last}-done")
        return self._step("return") if self.awaits_return else self._open()[0]

    @property
    def page(self) -> tuple[int, int]:
        """The open step's number, from 1, and how many steps there are as far as is known; where it was given up, the
        one at which that was."""
        if isinstance(self.end, CalibrationAbort):
            return replace(self, end=None, returned=None).page
        count = len(self._planned())
        return (count, count) if self.end is not None else (count - len(self._open()) + 1, count)

    def after(self, index: int, t_ns: int, body: CalibrationBody) -> "Run":
        """The run with one more entry. Raises OtherRun and OutOfOrder for an entry that does not belong here."""
        if not isinstance(body, RunEntry):
            raise OutOfOrder(f"a {body.event} entry cannot stand within the run {self.index}")
        self._check_identity(index, body)
        if isinstance(body, CalibrationConditions):
            return replace(self, last=index, conditions=body)
        if isinstance(body, CalibrationPoint):
            self._check_point(body)
            return replace(self, last=index, points=(*self.points, Taken(index, t_ns, body)))
        if isinstance(body, CalibrationSkip):
            self._check_skip(body)
            return replace(self, last=index, skips=(*self.skips, body))
        if isinstance(body, CalibrationDecision):
            self._check_decision()
            return replace(self, last=index, decision=body)
        if isinstance(body, CalibrationCommand):
            self._check_command(body)
            return replace(self, last=index, commands=(*self.commands, body))
        if isinstance(body, CalibrationReturned):
            return replace(self, last=index, returned=body)
        self._check_end(body)
        return replace(self, last=index, end=body, ended_ns=t_ns, ended_at=index)

    def _planned(self) -> tuple[Step, ...]:
        """All steps in order, as far as the decisions made so far tell; not decided yet counts as adjusting."""
        steps = [self._step("conditions"), *self._stage_steps("as_found")]
        if self.procedure.method is not Method.VERIFICATION and self.procedure.adjustment != "none":
            steps.append(self._step("decide"))
            adjusting = self.decision is None or self.decision.adjust
            if adjusting:
                steps.extend(self._command_steps())
            if adjusting or self.device_touched:
                steps.extend(self._stage_steps("as_left"))
        steps.append(self._step("sign"))
        if self.procedure.leaves_place:
            steps.append(self._step("return"))
        return tuple(steps)

    def _open(self) -> tuple[Step, ...]:
        planned = self._planned()
        first = next(place for place, step in enumerate(planned) if not self._is_done(step))
        return planned[first:]

    def _step(
        self, kind: Kind, stage: Stage | None = None, point: str = "", device: DeviceCommand | None = None
    ) -> Step:
        name = "-".join(filter(None, (kind, stage, point, device.action if device else "")))
        return Step(kind, stage, point, f"{self.last}-{name}", device)

    def _stage_steps(self, stage: Stage) -> list[Step]:
        return [self._step("apply", stage, point.name) for point in self.procedure.points if self._wanted(stage, point)]

    def _wanted(self, stage: Stage, point: ProcedurePoint) -> bool:
        # What was left out as found is not asked for again as left.
        return not self.skipped(stage, point.name) and not self.skipped("as_found", point.name)

    def _command_steps(self) -> list[Step]:
        if self.procedure.adjustment != "device":
            return []
        wanted = (one for one in self.procedure.commands if not self.skipped("as_found", one.point))
        return [self._step("command", point=command.point, device=command) for command in wanted]

    def _is_done(self, step: Step) -> bool:
        if step.kind == "conditions":
            return self.conditions is not None
        if step.kind == "apply" and step.stage is not None:
            return step.point in self.taken(step.stage)
        if step.kind == "decide":
            return self.decision is not None
        if step.command is not None:
            return any(one.action == step.command.action and one.phase == "done" for one in self.commands)
        return self.end is not None

    def _check_identity(self, index: int, body: RunEntry) -> None:
        if index <= self.last:
            raise OutOfOrder(f"the entry at {index} comes after the one at {self.last}")
        if body.run != self.index:
            raise OtherRun(f"the entry is of the run {body.run}, not of {self.index}")
        mine = (self.start.sensor, self.start.model, self.start.serial)
        if (body.sensor, body.model, body.serial) != mine:
            raise OtherRun(f"the entry is of {body.sensor} ({body.model} {body.serial}), not of {' '.join(mine)}")
        if isinstance(body, CalibrationReturned):
            if not self.awaits_return:
                raise OutOfOrder(f"nobody waits for the sensor of the run {self.index}")
        elif self.end is not None:
            raise OutOfOrder(f"the run {self.index} has ended")

    def _check_point(self, body: CalibrationPoint) -> None:
        if self._opens(body.stage, body.point) or self._may_repeat(body.stage, body.point):
            return
        raise OutOfOrder(f"the point {body.point} ({body.stage}) is not the next one; {self._next_words()}")

    def _check_skip(self, body: CalibrationSkip) -> None:
        if not self._opens(body.stage, body.point):
            raise OutOfOrder(f"the point {body.point} ({body.stage}) is not the next one; {self._next_words()}")
        lost = body.stage == "as_left" and self.device_touched and body.reason
        if not self.procedure.point(body.point).optional and not lost:
            raise OutOfOrder(f"the point {body.point} cannot be left out")

    def _check_decision(self) -> None:
        settled = self.taken("as_left") or any(skip.stage == "as_left" for skip in self.skips)
        decidable = self.step.kind == "decide" or (self.decision is not None and not settled)
        if not decidable:
            raise OutOfOrder(f"nothing is to be decided now; {self._next_words()}")

    def _check_command(self, body: CalibrationCommand) -> None:
        if body.phase == "sent":
            fits = self.step.command is not None and self.step.command.action == body.action
        else:
            pending = self.command_unanswered
            fits = pending is not None and (pending.phase, pending.action) == ("sent", body.action)
        if not fits:
            raise OutOfOrder(f"the command {body.action} ({body.phase}) is not the next one; {self._next_words()}")

    def _check_end(self, body: CalibrationVerdict | CalibrationAbort) -> None:
        if isinstance(body, CalibrationAbort):
            if self.as_left_owed:
                raise OutOfOrder("a command was sent to the instrument: take the as-left points first, then give up")
            return
        if self.step.kind != "sign":
            raise OutOfOrder(f"the run cannot be signed yet; {self._next_words()}")
        if missing := self.lost_points:
            raise OutOfOrder(f"as-left is missing at {', '.join(missing)}: the run can only be given up")

    def _opens(self, stage: Stage, point: str) -> bool:
        step = self.step
        return step.kind == "apply" and (step.stage, step.point) == (stage, point)

    def _may_repeat(self, stage: Stage, point: str) -> bool:
        known = point in self.taken(stage) or self.skipped(stage, point)
        return known and (stage == "as_left" or self.decision is None)

    def _next_words(self) -> str:
        step = self.step
        return " ".join(filter(None, ("the open step is", step.kind, step.stage, step.point)))


def begun(index: int, t_ns: int, start: CalibrationStart) -> Run:
    """The run that the start entry at `index` begins."""
    return Run(index, start, t_ns, index)


def away(index: int, t_ns: int, body: SensorAway) -> Run:
    """The run of the log before whose sensor is not back yet."""
    end = CalibrationAbort(index, body.sensor, body.model, body.serial, LOG_CLOSED, body.start.person)
    start = replace(body.start, sensor=body.sensor, model=body.model, serial=body.serial)
    ended_ns = ns_from_rfc3339(body.ended) if body.ended else t_ns
    return Run(index, start, t_ns, index, end=end, ended_ns=ended_ns, carried=body, ended_at=index)


def runs_of(entries: Iterable[tuple[int, int, CalibrationBody]]) -> dict[int, Run]:
    """All runs by the index of their start, from (index, t ns, body) in order of the log.

    An entry that does not fit its run changes nothing but the run's `refused`: the log cannot be mended, and one odd
    entry must not hide a run. Entries of runs that began before the first entry given are passed over.
    """
    runs: dict[int, Run] = {}
    for index, t_ns, body in entries:
        take_in(runs, index, t_ns, body)
    return runs


def take_in(runs: dict[int, Run], index: int, t_ns: int, body: CalibrationBody) -> None:
    """Take one more entry into the runs, as `runs_of` does."""
    if isinstance(body, CalibrationStart):
        runs[index] = begun(index, t_ns, body)
    elif isinstance(body, SensorAway):
        runs[index] = away(index, t_ns, body)
    elif isinstance(body, RunEntry) and body.run in runs:
        runs[body.run] = _followed(runs[body.run], index, t_ns, body)


def _followed(run: Run, index: int, t_ns: int, body: RunEntry) -> Run:
    try:
        return run.after(index, t_ns, body)
    except (OtherRun, OutOfOrder):
        return replace(run, refused=(*run.refused, index))
