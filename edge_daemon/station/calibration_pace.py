# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How often a sensor will be read in a run. Reads the log where the instrument speaks by itself."""

import statistics
from itertools import pairwise

from edge_daemon.buffer.reader import LogReader
from edge_daemon.calibration.pace import check_pace, run_interval_s
from edge_daemon.calibration.run import Run
from edge_daemon.domain.procedure import StableSignal
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.entry import decode_reading
from edge_daemon.station.calibration_present import Surroundings

LOOK_BACK_NS = 60 * NS_PER_S
LEAST_HEARD = 3
MOST_HEARD = 100


def interval_ns(around: Surroundings, sensor: str, stable: StableSignal) -> int:
    """The sampling interval of a run with these limits. Raises Conflict for an instrument that is too slow, Unknown."""
    configured = around.book.sensor(sensor).configuration
    configured_s = configured.interval_ns / NS_PER_S
    if around.devices.is_asked(sensor):
        shortest_s = around.book.model(configured.model).interval.minimum_ns / NS_PER_S
        found_s = run_interval_s(stable, configured_s, shortest_s)
    else:
        with around.reader() as reader:
            found_s = _heard_every_s(reader, sensor, around.clock.now().wall_ns) or configured_s
    check_pace(sensor, stable, found_s)
    return round(found_s * NS_PER_S)


def interval_s(around: Surroundings, run: Run) -> float:
    """The sampling interval of a run that has begun."""
    return (run.start.interval_ns or around.book.sensor(run.start.sensor).configuration.interval_ns) / NS_PER_S


def _heard_every_s(reader: LogReader, sensor: str, now_ns: int) -> float | None:
    rows = reader.readings(sensor, now_ns - LOOK_BACK_NS, MOST_HEARD)
    times_us = [decode_reading(data).mono_us for _, data in rows]
    steps_us = [after - before for before, after in pairwise(times_us) if after > before]
    return statistics.median(steps_us) / 1_000_000 if len(times_us) >= LEAST_HEARD and steps_us else None
