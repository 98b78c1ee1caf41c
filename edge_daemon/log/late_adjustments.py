# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What an entry tells of adjustments before it, so that energy told of earlier hours is to be told anew. Pure.

A laboratory's certificate is reviewed after its instrument measures again, and names the first reading after the
adjustment; the serial number by which it names the instrument may be told later still.
"""

from edge_daemon.log.calibrations import Calibrations


def told_late(before: Calibrations, after: Calibrations, index: int) -> tuple[int, ...]:
    """The entries before `index` across which differences are taken now and were not `before` the entry at `index`, or
    the other way round, in their order."""
    if before is after:
        return ()
    changed = _adjustments(before) ^ _adjustments(after)
    return tuple(sorted({at for _, at in changed if at < index}))


def tellers(told: Calibrations, sensor: str) -> tuple[int, ...]:
    """The entries that told of an adjustment of the sensor's instruments after it was made, in log order."""
    keys = {one.key for one in told.instruments.stretches.get(sensor, ())}
    return tuple(mark.index for mark in told.adjusted if mark.key in keys and mark.at < mark.index)


def _adjustments(told: Calibrations) -> frozenset[tuple[str, int]]:
    """Sensors, and entries from which on their instrument was another one than before."""
    if not told.adjusted:
        return frozenset()
    keys = {sensor: {one.key for one in many} for sensor, many in told.instruments.stretches.items()}
    return frozenset((sensor, mark.at) for sensor, known in keys.items() for mark in told.adjusted if mark.key in known)
