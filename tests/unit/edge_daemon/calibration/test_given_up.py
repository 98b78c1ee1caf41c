# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a run has found when it is broken off: at its points, and over all points together."""

import pytest

from edge_daemon.calibration.given_up import found_so_far
from edge_daemon.calibration.impact import as_found_amendment
from edge_daemon.calibration.judge import as_found_results
from edge_daemon.log.calibration_body import CalibrationConditions
from tests.unit.edge_daemon.calibration.runs import Level, found, mine, point, start, then


def test_nothing_taken_is_nothing_found() -> None:
    assert found_so_far(start("gill_windsonic", "wind_zero")) is None


@pytest.mark.parametrize(("percentile", "outcome"), [(0.05, "pass"), (0.5, "fail")])
def test_gusts_in_still_air_are_found_although_the_mean_is_good(percentile: float, outcome: str) -> None:
    level = Level(0.0, 0.02, 0.001, auxiliary={"percentile95": percentile})
    run = found(start("gill_windsonic", "wind_zero"), {"still_air": level})
    assert found_so_far(run) == outcome
    amendment = as_found_amendment(run, since=3, person="Ada", good_before=True, broken_off=True)
    assert (amendment is not None) is (outcome == "fail")
    if amendment is not None:
        assert "judged over all points together" in amendment.evidence


@pytest.mark.parametrize("names", [("buffer_7", "buffer_4", "buffer_10"), ("buffer_7", "buffer_4")])
def test_a_worn_electrode_is_found_although_every_point_is_right(names: tuple[str, ...]) -> None:
    volts = {"buffer_7": -15.0, "buffer_4": 120.0, "buffer_10": -150.0}
    run = start("ysi_exo2_rs232", "ph_buffers")
    levels = {
        name: Level(
            run.procedure.point(name).nominal or 0.0,
            run.procedure.point(name).nominal or 0.0,
            0.001,
            auxiliary={"ph_voltage": volts[name], "temperature": 25.0},
        )
        for name in names
    }
    run = then(run, mine(run, CalibrationConditions, {}, "Ada"))
    for name in names:
        run = then(run, point(run, "as_found", name, levels[name]))
    assert all(one.outcome == "pass" for one in as_found_results(run))
    assert found_so_far(run) == "fail"
