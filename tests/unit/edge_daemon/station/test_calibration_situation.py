# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The points of a run as a technician sees them are judged as the verdict judges them."""

from edge_daemon.calibration.judge import results
from edge_daemon.station.calibration_situation import points_of
from tests.unit.edge_daemon.calibration.runs import Level, found, start


def test_errors_count_from_the_zero_point_where_only_differences_mean_anything() -> None:
    run = start("dendrometer_mm", "dendrometer_gauge_blocks")
    far = {one.name: Level(one.nominal or 0.0, (one.nominal or 0.0) + 3.0, 0.001) for one in run.procedure.points}
    taken = points_of(found(run, far))
    assert [abs(one.result.error) < 1e-9 for one in taken] == [True] * len(run.procedure.points)
    assert tuple(one.result for one in taken) == results(found(run, far), "as_found")
