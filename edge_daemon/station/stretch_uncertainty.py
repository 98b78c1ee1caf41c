# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How sure each value of a stretch of one channel is, for a table of many values. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.entry import LoggedReading
from edge_daemon.station.recomputing import sureness

NO_VALUE = "the instrument gave no value"
NO_CALIBRATION = "no calibration made this value"
NOT_STATED = "the calibration of entry {index} states no uncertainty"
BEYOND = "less sure than that: raw lies outside the points of the calibration of entry {index}"


@dataclass(frozen=True, slots=True)
class SureValue:
    """A value with its expanded uncertainty and coverage factor in the channel's unit, None where that is not known:
    then `why` says so. It also warns where the uncertainty is that of other raw values."""

    t_ns: int
    value: float | None
    expanded: float | None
    factor: float | None
    why: str


def sure_values(told: Calibrations, readings: Iterable[LoggedReading], channel: str) -> tuple[SureValue, ...]:
    """Of every reading that has the channel, in their order."""
    return tuple(_sure(told, one, channel) for one in readings if channel in one.channels)


def _sure(told: Calibrations, reading: LoggedReading, channel: str) -> SureValue:
    value, index = reading.channels[channel], reading.calibrations.get(channel)
    made = None if index is None else told.made_with(index, channel, reading.configuration)
    found = sureness(made, value.raw, value.value)
    if value.value is None:
        why = NO_VALUE
    elif made is None:
        why = NO_CALIBRATION
    elif found.expanded is None:
        why = NOT_STATED.format(index=index)
    else:
        why = BEYOND.format(index=index) if found.extrapolated else ""
    return SureValue(reading.t_ns, value.value, found.expanded, found.factor, why)
