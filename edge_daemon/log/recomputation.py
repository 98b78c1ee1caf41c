# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a reading would be by another calibration of the same instrument, and where that cannot be told. Pure."""

from edge_daemon.domain.faults import Conflict
from edge_daemon.log.calibration_values import calibrated
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.in_force import InForce
from edge_daemon.log.instruments import Key


def check_unchanged(told: Calibrations, under: InForce, first: int, last: int) -> None:
    """Raises Conflict where the instrument itself was adjusted between the calibration `under` and one of the readings
    from index `first` to `last`: no value can be carried across that.

    A laboratory adjusted it before the first reading after the day it says, and its own certificate knows of that. A
    certificate that was overtaken when it was accepted is of its day, however late its review stands in the log.
    """
    low, high = min(first, under.index), max(last, under.index)
    late = under.index in told.history_only
    for mark in told.adjusted:
        if (mark.key, mark.channel) != (told.name_of(under.key), under.channel):
            continue
        if late:
            between = mark.at <= last if mark.t_ns > under.calibrated_ns else first < mark.at
        else:
            between = low < mark.at <= high
        if between:
            raise Conflict(
                f"the instrument itself was adjusted at entry {mark.at}, between readings from {first} to {last} and "
                f"the calibration at entry {under.index}: no value can be carried across that"
            )


def recomputed(told: Calibrations, sensor: str, index: int, raw: float, under: InForce) -> float:
    """What the sensor's reading at `index` would be by this calibration.

    Raises Conflict, saying why, for a calibration of another instrument, across an adjustment on the device, and for a
    value that is no finite number.
    """
    stretch = told.instruments.at(sensor, index)
    if stretch is None or told.name_of(stretch.key) != told.name_of(under.key):
        raise Conflict(f"the calibration at entry {under.index} is of another instrument than made reading {index}")
    check_unchanged(told, under, index, index)
    value = calibrated(under.function, raw)
    if value is None:
        raise Conflict(f"raw {raw:g} of reading {index} has no finite value by the calibration {under.index}")
    return value


def changed_since(told: Calibrations, key: Key, channel: str, t_ns: int) -> int | None:
    """The first entry at or after this time, UTC ns, by which the instrument's values of the channel were made in
    another way than before, or the instrument itself was changed; None for none."""
    made = [one for one in told.history(key) if one.channel == channel]
    found = [
        one.index
        for place, one in enumerate(made)
        if one.calibrated_ns >= t_ns and one.function != (made[place - 1].function if place else None)
    ]
    mine = (told.name_of(key), channel)
    found += [one.index for one in told.adjusted if (one.key, one.channel) == mine and one.t_ns >= t_ns]
    return min(found, default=None)
