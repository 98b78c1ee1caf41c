# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Who typed a reason while the signal became stable has overridden nothing: the record does not say so."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from edge_daemon.buffer.reader import LogReader
from edge_daemon.calibration.references import Reference
from edge_daemon.calibration.run import Run
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.procedure import StableSignal
from edge_daemon.instruments.registry import driver
from edge_daemon.log.calibration_body import CalibrationConditions
from edge_daemon.log.entry import Stamp, encode_reading
from edge_daemon.station.calibration_answers import Page
from edge_daemon.station.calibration_commands import Commands
from edge_daemon.station.calibration_live import LiveSignals
from edge_daemon.station.calibration_points import Points
from edge_daemon.station.calibration_present import Present, Presents
from edge_daemon.station.calibration_references import Applied
from edge_daemon.station.calibration_signal import LiveWindow, Sampled
from edge_daemon.station.status import StatusBoard
from tests.unit.edge_daemon.calibration.runs import Level, decided, found, mine, start, then
from tests.unit.edge_daemon.station.test_calibration_taking import START_NS, Readings

STABLE = StableSignal(settle_s=1, window_s=20, deviation=1.0, slope_per_minute=10.0)
APPLIED = Applied(Reference(425.0, 20.0), None, "", "fresh air")
(FORCED,) = [one for one in driver("sensirion_scd30").actions if one.calibrates]


class Bench:
    """A run at a signal of one reading a second; `drift` (ppm/s) keeps it from being stable."""

    def __init__(self, run: Run, drift: float, override: str = "") -> None:
        self.presents, self.run = Presents(LiveSignals(StatusBoard(lambda: 0))), run
        window, rows = LiveWindow(STABLE, 1.0, 0), list[tuple[int, bytes]]()
        for place in range(1, 31):
            us, raw = place * 1_000_000, 430.0 + drift * place
            stamp = Stamp(START_NS + us * 1_000, us, bytes(16))
            rows.append((place, encode_reading(stamp, "s1", {"co2": ChannelValue(raw, raw, Flag.GOOD)}, 0, 1, {})))
            window.take(Sampled(place, us, stamp.t_ns, raw, raw))
        self.presents.put(run, Present(applied=APPLIED, window=window, ready=True, override=override))
        self.around: Any = SimpleNamespace(
            clock=SimpleNamespace(now=lambda: SimpleNamespace(boot_us=30_500_000)),
            signals=LiveSignals(StatusBoard(lambda: 0)),
            devices=SimpleNamespace(calibrating=lambda *_: FORCED),
            reader=lambda: cast(LogReader, Readings(rows)),
        )
        self.runs: Any = SimpleNamespace(add=then)


@pytest.mark.parametrize(("drift", "kept"), [(0.0, ""), (5.0, "wind again")])
def test_a_point_keeps_a_reason_only_where_it_was_not_stable(
    drift: float, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge_daemon.station.calibration_points.interval_s", lambda *_: 1.0)
    run = start("sensirion_scd30", "co2_fresh_air", stable=STABLE)
    run = then(run, mine(run, CalibrationConditions, {"temperature": 20.0, "pressure": 1000.0}, "Ada"))
    bench = Bench(run, drift)
    page = Page("1", "settle", "Fresh air", "", "as_found", "fresh_air")
    taken = Points(bench.around, bench.presents, bench.runs).take(run, page, {}, "Ada", "wind again")
    body = taken.points[-1].body
    assert (body.override, bool(body.unmet)) == (kept, bool(kept))


@pytest.mark.parametrize(("drift", "kept"), [(0.0, ""), (5.0, "wind again")])
def test_a_command_keeps_a_reason_only_where_it_was_not_stable(drift: float, kept: str) -> None:
    levels = {"fresh_air": Level(425.0, 562.0, 1.0, expanded=20.0)}
    run = found(start("sensirion_scd30", "co2_fresh_air"), levels, temperature=20.0, pressure=1000.0)
    bench = Bench(decided(run, adjust=True), drift, override="wind again")
    sent = Commands(bench.around, bench.presents, bench.runs).prepare(bench.run, bench.run.step, {}, "Ada")
    assert (sent.command.phase, sent.command.override) == ("sent", kept)
