# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The trend of the last hour: from history and live readings together, with spikes and breaks."""

import pytest

from app.client.trails import TRAIL_S, Trails
from edge_daemon.api.messages import Plot

START = 1_764_000_000.0


def plot(seconds: list[float], low: list[float | None], high: list[float | None]) -> Plot:
    return Plot(
        sensor_id="s", channel="co2", unit="ppm", start="2025-11-24T16:00:00Z", resolution="minute",
        seconds=tuple(seconds), minimum=tuple(low), maximum=tuple(high), flag=(1,) * len(seconds),
    )  # fmt: skip


@pytest.mark.parametrize("history_first", [True, False])
def test_history_and_live_readings_make_one_line(history_first: bool) -> None:
    trails = Trails()
    past = plot([0.0, 20.0, 40.0], [400.0, 401.0, 402.0], [400.0, 411.0, 402.0])
    if history_first:
        trails.set_past(past, 20.0)
    trails.add("s", START + 60, 403.0)
    if not history_first:
        trails.set_past(past, 20.0)
    assert trails.points("s") == (
        (START, 400.0),
        (START + 20, 401.0),
        (START + 20, 411.0),
        (START + 40, 402.0),
        (START + 60, 403.0),
    )


def test_only_the_last_hour_stays_and_a_spike_within_it_does() -> None:
    trails = Trails()
    for second in range(2 * int(TRAIL_S)):
        trails.add("s", START + second, 999.0 if second == 5_000 else 400.0)
    points = trails.points("s")
    assert len(points) <= 800
    assert points[0][0] >= START + TRAIL_S - 10
    assert max(value for _, value in points if value is not None) == 999.0


def test_a_silence_breaks_the_line() -> None:
    trails = Trails()
    trails.set_past(plot([0.0, 20.0, 900.0], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]), 20.0)
    assert [value for _, value in trails.points("s")] == [1.0, 2.0, None, 3.0]
    slow = Trails()
    slow.set_past(plot([0.0, 600.0, 1200.0], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0]), 600.0)
    assert [value for _, value in slow.points("s")] == [1.0, 2.0, 3.0]


def test_missing_values_and_unknown_sensors_have_no_points() -> None:
    trails = Trails()
    trails.add("s", START, None)
    trails.set_past(plot([0.0], [None], [None]), 2.0)
    assert trails.points("s") == trails.points("other") == ()
