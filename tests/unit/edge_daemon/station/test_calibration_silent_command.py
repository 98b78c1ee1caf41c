# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A command that cannot be undone is not sent to an instrument of which nothing comes, whatever reason is given."""

from types import SimpleNamespace
from typing import Any

import pytest

from edge_daemon.calibration.references import Reference
from edge_daemon.calibration.run import Run
from edge_daemon.domain.faults import Conflict, NoReply
from edge_daemon.domain.procedure import StableSignal
from edge_daemon.instruments.registry import driver
from edge_daemon.station.calibration_commands import Commands
from edge_daemon.station.calibration_live import LiveSignals
from edge_daemon.station.calibration_present import Present, Presents
from edge_daemon.station.calibration_references import Applied
from edge_daemon.station.calibration_signal import LiveWindow, Sampled
from edge_daemon.station.status import Condition, StatusBoard
from tests.unit.edge_daemon.calibration.runs import Level, decided, found, start, then

APPLIED = Applied(Reference(425.0, 20.0), None, "", "fresh air")
STABLE = StableSignal(settle_s=60, window_s=120, deviation=3.0, slope_per_minute=1.0)
(FORCED,) = [one for one in driver("sensirion_scd30").actions if one.calibrates]


class Bench:
    """A run before its command, with a reason to send it at once; one reading came 2 s after the standard."""

    def __init__(self) -> None:
        self.board = StatusBoard(lambda: 0)
        self.presents = Presents(LiveSignals(self.board))
        levels = {"fresh_air": Level(425.0, 562.0, 1.0, expanded=20.0)}
        run = found(start("sensirion_scd30", "co2_fresh_air"), levels, temperature=20.0, pressure=1000.0)
        self.run = decided(run, adjust=True)
        window = LiveWindow(STABLE, 2.0, 0)
        self.presents.put(self.run, Present(applied=APPLIED, window=window, ready=True, override="wind again"))
        window.take(Sampled(7, 2_000_000, 1_795_000_000_000_000_000, 560.0, 560.0))
        self.window = window

    def send(self, now_us: int) -> Run:
        around: Any = SimpleNamespace(
            clock=SimpleNamespace(now=lambda: SimpleNamespace(boot_us=now_us)),
            signals=LiveSignals(self.board),
            devices=SimpleNamespace(calibrating=lambda *_: FORCED),
        )
        around.signals.watch(self.run.start.sensor, "co2", self.window)
        runs: Any = SimpleNamespace(add=then)
        return Commands(around, self.presents, runs).prepare(self.run, self.run.step, {}, "Ada").run


def test_with_a_reason_it_goes_out_while_readings_come() -> None:
    run = Bench().send(4_000_000)
    assert (run.commands[-1].phase, run.commands[-1].override) == ("sent", "wind again")


def test_with_a_reason_it_does_not_go_out_into_silence() -> None:
    bench = Bench()
    with pytest.raises(Conflict, match=r"Nothing was sent.*No reading has come for 30 s") as refusal:
        bench.send(32_000_000)
    assert "Reload" not in refusal.value.advice
    present = bench.presents.of(bench.run)
    assert (present.ready, present.words) == (False, str(refusal.value)), (
        "it begins with the signal again, and says why"
    )


def test_nor_into_a_line_that_is_known_to_be_broken() -> None:
    bench = Bench()
    bench.board.report(bench.run.start.sensor, Condition.FAULT, NoReply("silent for 2 s"))
    with pytest.raises(Conflict, match="does not answer"):
        bench.send(4_000_000)
