# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What came of a command is put on record as far as it is known: silence is no refusal."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from edge_daemon.calibration.references import Reference
from edge_daemon.calibration.run import Run
from edge_daemon.domain.faults import (
    ChecksumMismatch,
    DeviceRefused,
    Fault,
    NoReply,
    NotConnected,
    NotReady,
    PortBusy,
    ReadsOtherwise,
)
from edge_daemon.log.calibration_body import CalibrationBody
from edge_daemon.station import calibration_moves as moves
from edge_daemon.station.calibration_commands import Commands, Sending
from edge_daemon.station.calibration_live import LiveSignals
from edge_daemon.station.calibration_present import Present, Presents
from edge_daemon.station.calibration_references import Applied
from edge_daemon.station.status import StatusBoard
from tests.unit.edge_daemon.calibration.runs import Level, decided, found, start, then

APPLIED = Applied(Reference(425.0, 20.0), None, "", "fresh air")


class Runs:
    """Puts entries on a run that is in no log."""

    def add(self, run: Run, body: CalibrationBody) -> Run:
        self.run = then(run, body)
        return self.run


def sent_to(calibrate: Callable[..., str]) -> tuple[Run, Present]:
    """The run and what is present after its command was sent to a device that answers so."""
    run = found(
        start("sensirion_scd30", "co2_fresh_air"),
        {"fresh_air": Level(425.0, 462.0, 1.0, expanded=20.0)},
        temperature=20.0,
        pressure=1000.0,
    )
    run = decided(run, adjust=True)
    command = moves.sent(run, "forced_recalibration", 425.0, "Ada", APPLIED, "")
    runs, presents = Runs(), Presents(LiveSignals(StatusBoard(lambda: 0)))
    around: Any = SimpleNamespace(
        devices=SimpleNamespace(calibrate=calibrate),
        clock=SimpleNamespace(now=lambda: SimpleNamespace(boot_us=0)),
        book=SimpleNamespace(
            sensor=lambda _: SimpleNamespace(configuration=SimpleNamespace(interval_ns=2_000_000_000))
        ),
    )
    action: Any = None
    sending = Sending(runs.add(run, command), action, 425, command, 4.0, Present(applied=APPLIED))
    desk: Any = Commands(around, presents, runs)  # type: ignore[arg-type]  # as much of a book as is asked for
    desk.send(sending)
    return runs.run, presents.of(runs.run)


def raising(fault: Fault) -> Callable[..., str]:
    def calibrate(*_: object) -> str:
        raise fault

    return calibrate


@pytest.mark.parametrize(
    ("fault", "phase", "words"),
    [
        (NoReply("silent for 2 s"), "unanswered", "It is not known whether the instrument did it"),
        (NotConnected("the connection broke"), "unanswered", "It is not known whether the instrument did it"),
        (ChecksumMismatch("CRC"), "unanswered", "It is not known whether the instrument did it"),
        (DeviceRefused("exception 3"), "failed", "The command failed."),
        (ReadsOtherwise("told 425 ppm, holds 400"), "unanswered", "It is not known whether the instrument did it"),
        (NotReady("it is still starting"), "unanswered", "It is not known whether the instrument did it"),
        (PortBusy("held"), "failed", "The command failed."),
    ],
)
def test_only_what_the_instrument_refused_has_failed(fault: Fault, phase: str, words: str) -> None:
    run, present = sent_to(raising(fault))
    assert run.commands[-1].phase == phase
    assert present.words.startswith(words)
    assert run.step.kind == "command", "it can be sent again"
    assert (run.command_unanswered is not None) is (phase == "unanswered")


def test_an_answer_is_taken_at_its_word() -> None:
    run, present = sent_to(lambda *_: "It took 425 ppm.")
    assert (run.commands[-1].phase, present.words) == ("done", "It took 425 ppm.")
