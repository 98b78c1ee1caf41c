# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Which step is open with what stands before the instrument: no command without its own point."""

from dataclasses import replace

from edge_daemon.calibration.run import Run
from edge_daemon.log.calibration_body import CalibrationCommand
from edge_daemon.station.calibration_live import LiveSignals
from edge_daemon.station.calibration_present import Present, Presents
from edge_daemon.station.calibration_references import Applied
from edge_daemon.station.calibration_signal import LiveWindow
from edge_daemon.station.status import StatusBoard
from tests.unit.edge_daemon.calibration.runs import Level, decided, found, mine, start, then

LEVELS = {
    "fresh_air": Level(425.0, 560.0, 1.0, expanded=20.0),
    "span": Level(2000.0, 1900.0, expanded=20.0, standard=5),
}


def to_adjust() -> Run:
    run = found(start("winsen_mhz19b", "co2_span_mhz19"), LEVELS, temperature=20.0, pressure=1000.0)
    return decided(run, adjust=True)


def sent(run: Run, action: str, *phases: str) -> Run:
    for phase in phases:
        run = then(run, mine(run, CalibrationCommand, phase, action, None, "Ada"))
    return run


def presents() -> Presents:
    return Presents(LiveSignals(StatusBoard(lambda: 0)))


def stands(run: Run) -> Present:
    """Something stands before the instrument."""
    applied = Applied(None, None, "", "it")  # type: ignore[arg-type]  # what it is, is not asked
    return Present(applied=applied, window=LiveWindow(run.procedure.stable, 10.0, 0))


def step_of(known: Presents, run: Run) -> tuple[str, str | None, str]:
    step = known.step(run)
    return step.kind, step.stage, step.point


def test_each_command_has_its_own_point_brought_first_and_waits_until_it_is_steady() -> None:
    known, run = presents(), to_adjust()
    assert step_of(known, run) == ("apply", None, "fresh_air"), "span gas stood there last"
    known.put(run, stands(run))
    assert step_of(known, run) == ("settle", None, "fresh_air")
    known.put(run, replace(known.of(run), ready=True))
    assert step_of(known, run) == ("command", None, "fresh_air")
    run = known.went_on(sent(run, "zero_calibration", "sent", "done"), "Done.")
    assert step_of(known, run) == ("apply", None, "span")
    known.put(run, replace(stands(run), ready=True))
    run = known.went_on(sent(run, "span_calibration", "sent", "done"), "Done.")
    assert step_of(known, run) == ("apply", "as_left", "fresh_air")


def test_while_a_command_is_on_its_way_no_point_settles() -> None:
    known, run = presents(), to_adjust()
    known.put(run, Present(applied=stands(run).applied, ready=True, busy="It is on its way."))
    assert step_of(known, run) == ("command", None, "fresh_air")
    run = sent(run, "zero_calibration", "sent", "done")
    assert step_of(known, run)[0] != "settle", "nobody has said that anything stands there for it"


def test_after_a_restart_nothing_stands_there_whatever_stood_before() -> None:
    run = to_adjust()
    assert step_of(presents(), run) == ("apply", None, "fresh_air")
    assert step_of(presents(), sent(run, "zero_calibration", "sent")) == ("apply", None, "fresh_air")
