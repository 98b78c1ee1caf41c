# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Commands by which an instrument adjusts itself: on record before the first byte, and what came of them after.

Writes to the log and, through the port's worker, to the device.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from edge_daemon.calibration.point_checks import check_reference
from edge_daemon.calibration.run import Run
from edge_daemon.calibration.steps import Step
from edge_daemon.domain.faults import (
    BadInput,
    Conflict,
    DeviceRefused,
    Fault,
    PermissionRefused,
    PortBusy,
    ReadsOtherwise,
    Unknown,
)
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.driver import Action
from edge_daemon.log.calibration_body import CalibrationCommand
from edge_daemon.station import calibration_moves as moves
from edge_daemon.station.calibration_answers import Given, number
from edge_daemon.station.calibration_pace import interval_s
from edge_daemon.station.calibration_present import Present, Presents, Surroundings
from edge_daemon.station.calibration_records import RunBook
from edge_daemon.station.calibration_references import REFERENCE
from edge_daemon.station.calibration_signal import LiveWindow
from edge_daemon.station.setting_values import accepted

_NOT_DONE = (BadInput, Conflict, DeviceRefused, PermissionRefused, PortBusy, Unknown)
"""What the instrument itself said, or what keeps the command from going out. After anything else, silence above all, it
may have done it."""
_WORDS: Mapping[moves.CameOfIt, str] = {
    "failed": "The command failed.",
    "unanswered": "It is not known whether the instrument did it: send it again, or see what it holds.",
}


@dataclass(frozen=True, slots=True)
class Sending:
    """A command that is on record and may go out now. `settle_s` must pass before it is read back, and `present` is
    what stands before the instrument meanwhile."""

    run: Run
    action: Action
    argument: OptionValue | None
    command: CalibrationCommand
    settle_s: float
    present: Present


class Commands:
    """`steady` and `prepare` are for whoever holds the sensor's turn; `send` is called without it, for a device may
    take a minute."""

    def __init__(self, around: Surroundings, presents: Presents, runs: RunBook) -> None:
        self._around = around
        self._presents = presents
        self._runs = runs

    def steady(self, run: Run, override: str) -> Run:
        """The signal is steady at what the command needs, or `override` says why it is sent all the same."""
        present = replace(self._presents.of(run), ready=True, override=override.strip())
        words = "The command can be sent."
        if present.override:
            words = "The command can be sent. That the signal was not stable is recorded with it."
        self._presents.put(run, replace(present, words=words))
        return run

    def prepare(self, run: Run, step: Step, values: Mapping[str, Given], person: str) -> Sending:
        """Put on record that the command goes out. `values` may say what a reference instrument shows by now.

        Raises Conflict where the signal is not steady any more, BadInput for what the device would not take, Unknown.
        """
        assert step.command is not None, "a command step has a command"
        present = self._steady(run)
        assert present.applied is not None, "a command is sent at a standard"
        applied = present.applied.reading(number(values, REFERENCE))
        check_reference(run.procedure.point(step.point), applied.reference.value)
        action = self._around.devices.calibrating(run.start.sensor, step.command.action)
        argument: OptionValue | None = None
        if step.command.takes_reference and action.argument is not None:
            reference = applied.reference.value
            argument = accepted(action.argument, round(reference) if action.argument.kind == "whole" else reference)
        told = float(argument) if isinstance(argument, int | float) else None
        command = moves.sent(run, action.name, told, person, applied, present.override)
        run = self._runs.add(run, command)
        present = replace(present, applied=applied)
        # Without its window, which is of the command: the step after it has nothing to do with that.
        busy = Present(applied=applied, ready=True, busy="The command is on its way to the instrument.")
        self._presents.put(run, busy)
        return Sending(run, action, argument, command, step.command.settle_s, present)

    def send(self, sending: Sending) -> None:
        """Have the device do it, and put its answer on record. Raises what the log raises; the run then says that the
        answer is not known."""
        run, present = sending.run, Present(words="What came of the command could not be recorded.")
        try:
            answer, phase = self._answer(sending)
            run = self._runs.add(run, moves.answered(run, sending.command, answer, phase))
            settled_us = self._around.clock.now().boot_us + round(sending.settle_s * 1_000_000)
            if phase == "done":
                present = Present(settled_us=settled_us, words=answer)
            else:
                present = self._once_more(sending, settled_us, f"{_WORDS[phase]} {answer}")
        finally:
            self._presents.put(run, present)

    def _steady(self, run: Run) -> Present:
        """What is present, where the command may be sent."""
        present = self._presents.of(run)
        assert present.window is not None, "a command is sent at a signal"
        self._around.signals.look(run.start.sensor)
        judged = present.window.judged(self._around.clock.now().boot_us)
        if judged.stable:
            return replace(present, override="")
        if present.override and not judged.silent:
            return present
        lost = "Nothing was sent: a command needs an instrument that answers."
        why = lost if judged.silent else "The signal is not steady any more."
        words = f"{why} {' '.join(judged.unmet)}".rstrip()
        self._presents.put(run, replace(present, ready=False, words=words))
        raise Conflict(words)

    def _once_more(self, sending: Sending, settled_us: int, words: str) -> Present:
        """What the command needs still stands there, but what the device made of it has to settle."""
        run, present = sending.run, sending.present
        since_us = present.window.since_us if present.window else None
        now_us = self._around.clock.now().boot_us
        window = LiveWindow(
            run.procedure.stable,
            interval_s(self._around, run),
            now_us if since_us is None else since_us,
            not_before_us=settled_us,
        )
        return Present(applied=present.applied, window=window, settled_us=settled_us, words=words)

    def _answer(self, sending: Sending) -> tuple[str, moves.CameOfIt]:
        try:
            return self._around.devices.calibrate(sending.run.start.sensor, sending.action, sending.argument), "done"
        except Fault as fault:
            sure = isinstance(fault, _NOT_DONE) and not isinstance(fault, ReadsOtherwise)
            return f"{fault.title}: {fault}.", "failed" if sure else "unanswered"
