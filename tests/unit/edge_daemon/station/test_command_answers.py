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
from edge_daemon.instruments import modbus
from edge_daemon.instruments.driver import PolledDriver
from edge_daemon.instruments.drivers import senseair_s8, sensirion_scd30
from edge_daemon.instruments.simulators.instrument import SimulatedInstrument
from edge_daemon.instruments.simulators.models.senseair import S8, SenseAir
from edge_daemon.instruments.simulators.models.sensirion_scd30 import Scd30
from edge_daemon.instruments.simulators.physics import Air
from edge_daemon.log.calibration_body import CalibrationBody
from edge_daemon.station import calibration_moves as moves
from edge_daemon.station.calibration_commands import Commands, Sending
from edge_daemon.station.calibration_live import LiveSignals
from edge_daemon.station.calibration_present import Present, Presents
from edge_daemon.station.calibration_references import Applied
from edge_daemon.station.status import StatusBoard
from tests.support.conversing import Bench, Talk
from tests.unit.edge_daemon.calibration.runs import Level, decided, found, procedure_of, start, then

APPLIED = Applied(Reference(425.0, 20.0), None, "", "fresh air")


class Runs:
    """Puts entries on a run that is in no log."""

    def add(self, run: Run, body: CalibrationBody) -> Run:
        self.run = then(run, body)
        return self.run


def sent_to(
    calibrate: Callable[..., str], model: str = "sensirion_scd30", key: str = "co2_fresh_air"
) -> tuple[Run, Present]:
    """The run and what is present after its command was sent to a device that answers so."""
    run = found(
        start(model, key),
        {"fresh_air": Level(425.0, 462.0, 1.0, expanded=20.0)},
        temperature=20.0,
        pressure=1000.0,
    )
    run = decided(run, adjust=True)
    assert run.step.command is not None
    command = moves.sent(run, run.step.command.action, 425.0, "Ada", APPLIED, "")
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


class RefusesLate:
    """An instrument that takes what changes it, and then is too busy to tell what came of it: each question after the
    write to this register is refused with exception 6 (Modbus application protocol V1.1b3, section 7)."""

    def __init__(self, instrument: SimulatedInstrument, changing: int) -> None:
        self.instrument = instrument
        self.bench = Bench(instrument, 10.0)
        self.answer = self.bench.talk.answer
        self.bench.talk.answer = self._answer
        self.changing = changing
        self.changed = False

    def _answer(self, request: bytes) -> bytes:
        address, function, register = request[0], request[1], int.from_bytes(request[2:4], "big")
        if self.changed and function == modbus.READ_HOLDING:
            refusal = bytes([address, function | 0x80, 6])
            return refusal + modbus.crc(refusal)
        reply = self.answer(request)
        self.changed = self.changed or (
            function == modbus.WRITE_SINGLE and register == self.changing and reply == request
        )
        return reply


AIR = Air(437.0, 21.0, 50.0)


@pytest.mark.parametrize(
    ("driver", "instrument", "changing", "model", "key"),
    [
        (sensirion_scd30.DRIVER, Scd30(lambda _: AIR, 0.0), 0x39, "sensirion_scd30", "co2_fresh_air"),
        (senseair_s8.DRIVER, SenseAir(lambda _: AIR, 0.0, S8), 0x01, "senseair_s8", "co2_fresh_air_senseair"),
    ],
    ids=["scd30", "senseair"],
)
def test_a_refusal_after_the_change_leaves_it_open_whether_it_was_made(
    driver: PolledDriver, instrument: SimulatedInstrument, changing: int, model: str, key: str
) -> None:
    device = RefusesLate(instrument, changing)
    wanted = next(one.action for one in procedure_of(model, key).commands)
    (action,) = [one for one in driver.actions if one.name == wanted]
    run, present = sent_to(lambda *_: device.bench.hold(action.run({}, 425)), model, key)
    assert device.changed
    assert run.commands[-1].phase == "unanswered"
    assert run.device_changed, "as-left points are owed, and no value is carried across it"
    assert run.as_left_owed
    assert "took" in run.commands[-1].answer
    assert present.words.startswith("It is not known whether the instrument did it")


def test_a_refusal_of_the_change_itself_owes_nothing() -> None:
    def busy(request: bytes) -> bytes:
        refusal = bytes([request[0], request[1] | 0x80, 6])
        return refusal + modbus.crc(refusal)

    (action,) = [one for one in sensirion_scd30.DRIVER.actions if one.name == "forced_recalibration"]
    run, _ = sent_to(lambda *_: Talk(busy).hold(action.run({}, 425)))
    assert (run.commands[-1].phase, run.device_changed, run.as_left_owed) == ("failed", False, False)


def test_an_answer_is_taken_at_its_word() -> None:
    run, present = sent_to(lambda *_: "It took 425 ppm.")
    assert (run.commands[-1].phase, present.words) == ("done", "It took 425 ppm.")
