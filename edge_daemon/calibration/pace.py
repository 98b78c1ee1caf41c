# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How often a sensor is read while it is calibrated, and how long a point takes with that. Pure.

A point needs ten readings in its window (calibration reference, section 1.3), which an instrument that is read every
quarter of an hour never gives.
"""

from edge_daemon.domain.faults import Conflict
from edge_daemon.domain.procedure import StableSignal
from edge_daemon.metrology.stability import LEAST_SAMPLES

READINGS = 12
"""So many fit into a window, so that two may be lost."""

LONGEST_POINT_S = 1_800.0


def run_interval_s(stable: StableSignal, configured_s: float, shortest_s: float) -> float:
    """The sampling interval of a run: never longer than the configured one, nor shorter than the instrument can do."""
    return min(configured_s, max(shortest_s, stable.window_s / READINGS))


def point_s(stable: StableSignal, interval_s: float) -> float:
    """The least time from when a standard is applied until its point can be taken."""
    return max(stable.settle_s, stable.window_s, LEAST_SAMPLES * interval_s)


def check_pace(sensor: str, stable: StableSignal, interval_s: float) -> None:
    """Raises Conflict where an instrument that speaks by itself does so too seldom for a point to be taken."""
    if LEAST_SAMPLES * interval_s <= max(stable.window_s, LONGEST_POINT_S):
        return
    wanted_s = max(stable.window_s / READINGS, 1.0)
    raise Conflict(
        f"{sensor} speaks by itself every {interval_s:g} s, so the {LEAST_SAMPLES} readings of one point would take "
        f"{LEAST_SAMPLES * interval_s / 60:.0f} min. Set the instrument to speak every {wanted_s:g} s while it is "
        "calibrated, wait a minute, and begin again"
    )


def pace_words(stable: StableSignal, interval_s: float) -> str:
    """How long a point takes, for a person."""
    least_s = point_s(stable, interval_s)
    takes = f"{least_s:.0f} s" if least_s < 120 else f"{least_s / 60:.0f} min"
    return f"It is read every {interval_s:g} s, so the point takes at least {takes}."
