# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An hour says how many of its values lie outside the points of the calibration that made them."""

from dataclasses import replace

from edge_daemon.log.calibration_body import ValueFunction, ValueUncertainty
from edge_daemon.log.summary import SummaryBody
from tests.unit.edge_daemon.station.summary_world import AIR
from tests.unit.edge_daemon.station.test_summary_calibration import PLAIN, air

SPANNED = ValueFunction("polynomial", (0.0, 1.0), span=(0.0, 40.0))


def hour(function: ValueFunction, uncertainty: ValueUncertainty | None) -> SummaryBody:
    world = air()
    world.calibrate(AIR, "pm2_5", function, uncertainty)
    for value in (20.0, 41.0, 60.0, 39.0):
        world.sample(AIR, pm2_5=value, no2=5.0)
        world.run(300)
    return world.hour()


def test_values_outside_the_points_are_counted() -> None:
    known = ValueUncertainty(1.0)
    assert hour(SPANNED, known).channels["pm2_5"].extrapolated == 2
    assert hour(SPANNED, known).channels["no2"].extrapolated == 0
    assert hour(SPANNED, replace(known, span=(0.0, 50.0))).channels["pm2_5"].extrapolated == 1
    assert hour(PLAIN, known).channels["pm2_5"].extrapolated == 0
    assert hour(SPANNED, None).channels["pm2_5"].extrapolated == 2
