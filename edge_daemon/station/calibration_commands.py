# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Commands by which an instrument adjusts itself: on record before the first byte, and what came of them after.

Writes to the log and, through the port's worker, to the device.
"""

from dataclasses import dataclass

from edge_daemon.calibration.run import Run
from edge_daemon.calibration.steps import Step
from edge_daemon.domain.faults import Fault
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.instruments.driver import Action
from edge_daemon.log.calibration_body import CalibrationCommand
from edge_daemon.station import calibration_moves as moves
from edge_daemon.station.calibration_present import Present, Presents, Surroundings
from edge_daemon.station.calibration_records import RunBook
from edge_daemon.station.setting_values import accepted


@dataclass(frozen=True, slots=True)
class Sending:
    """A command that is on record and may go out now. `settle_s` must pass before it is read back."""

    run: Run
    action: Action
    argument: OptionValue | None
    command: CalibrationCommand
    settle_s: float


class Commands:
    """`prepare` is for whoever holds the sensor's turn; `send` is called without it, for a device may take a minute."""

    def __init__(self, around: Surroundings, presents: Presents, runs: RunBook) -> None:
        self._around = around
        self._presents = presents
        self._runs = runs

    def prepare(self, run: Run, step: Step, person: str) -> Sending:
        """Put on record that the command goes out. Raises BadInput for what the device would not take, Unknown."""
        assert step.command is not None, "a command step has a command"
        action = self._around.devices.calibrating(run.start.sensor, step.command.action)
        argument: OptionValue | None = None
        if step.command.takes_reference and action.argument is not None:
            reference = run.taken("as_found")[step.command.point].body.reference
            whole = action.argument.kind == "whole"
            argument = accepted(action.argument, round(reference) if whole else reference)
        number = float(argument) if isinstance(argument, int | float) else None
        command = moves.sent(run, action.name, number, person)
        run = self._runs.add(run, command)
        self._presents.put(run, Present(busy="The command is on its way to the instrument."))
        return Sending(run, action, argument, command, step.command.settle_s)

    def send(self, sending: Sending) -> None:
        """Have the device do it, and put its answer on record. Raises what the log raises; the run then says that the
        answer is not known."""
        run, present = sending.run, Present(words="What came of the command could not be recorded.")
        try:
            answer, worked = self._answer(sending)
            run = self._runs.add(run, moves.answered(run, sending.command, answer, worked=worked))
            settled_us = self._around.clock.now().boot_us + round(sending.settle_s * 1_000_000)
            words = answer if worked else f"The command failed. {answer}"
            present = Present(settled_us=settled_us, words=words)
        finally:
            self._presents.put(run, present)

    def _answer(self, sending: Sending) -> tuple[str, bool]:
        try:
            return self._around.devices.calibrate(sending.run.start.sensor, sending.action, sending.argument), True
        except Fault as fault:
            return f"{fault.title}: {fault}", False
