# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""From which reading on a calibration speaks for an instrument. Pure but for what it is given to ask.

A run speaks for readings after its verdict. A laboratory's certificate is of its own day: it came back later, was
entered later and reviewed later still, and readings between that day and the review rest on it too.
"""

from collections.abc import Callable

from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.in_force import DAY_NS, InForce
from edge_daemon.log.instruments import Key

FirstReading = Callable[[str, int, int], int | None]
"""The index of a sensor's first reading at or after a time, UTC ns, from an index on; None for none."""


def first_after_day(told: Calibrations, key: Key, day_ns: int, first_reading: FirstReading) -> int | None:
    """The instrument's first reading, wherever it was, after the day that begins at `day_ns` (UTC); None for none."""
    for stretch in told.instruments.of(told.name_of(key)):
        found = first_reading(stretch.sensor, day_ns + DAY_NS, stretch.first)
        if found is not None and (stretch.until is None or found < stretch.until):
            return found
    return None


def beginning_of(told: Calibrations, made: InForce, first_reading: FirstReading) -> int:
    """The first entry whose readings rest on this calibration."""
    if made.outcome is not None:
        return made.index
    found = first_after_day(told, made.key, made.calibrated_ns, first_reading)
    return made.index if found is None else min(found, made.index)
