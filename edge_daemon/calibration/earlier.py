# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The instrument's calibration in force when a run began, as the log tells it. Pure."""

from collections.abc import Callable

from edge_daemon.calibration.judge import Earlier
from edge_daemon.calibration.run import Run
from edge_daemon.log.bodies import from_json
from edge_daemon.log.calibration_body import CalibrationVerdict, CarriedCalibration, PointResult
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.entry import Entry
from edge_daemon.log.in_force import InForce
from edge_daemon.log.instruments import Key


def earlier_of(run: Run, known: Calibrations, entry: Callable[[int], Entry]) -> Earlier | None:
    """The one that held for the run's channel; None where there was none. `known` is what the log says of calibrations,
    `entry` reads one of its entries.

    Of what is computed from another channel's calibration no results are compared: they are that channel's.
    """
    start = run.start
    last = known.in_force(Key(start.model, start.serial), start.channel, run.index)
    if last is None:
        return None
    results = () if last.of else _results(last, entry(last.index))
    return Earlier(last.index, last.calibrated_ns, results, last.uncertainty)


def _results(made: InForce, entry: Entry) -> tuple[PointResult, ...]:
    """What it left, or where nothing was adjusted found; a laboratory's points are other ones than ours."""
    match entry.body.get("event"):
        case "verdict":
            return Earlier.of_verdict(made.index, made.calibrated_ns, from_json(CalibrationVerdict, entry.body)).results
        case "carried":
            return from_json(CarriedCalibration, entry.body).results
        case _:
            return ()
