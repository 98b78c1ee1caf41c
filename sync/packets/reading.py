# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A reading as other systems read it: their names, their units, its reported time. Values only."""

from dataclasses import dataclass
from functools import lru_cache

from edge_daemon.domain.station import Station


class Unreadable(ValueError):
    """An entry whose meaning cannot be told; the message says why."""


@dataclass(frozen=True, slots=True)
class WireChannel:
    """How a channel is called outside: wire value = value × factor, in `unit`. `primary`: the sensor's main value."""

    field: str
    unit: str
    factor: float
    primary: bool


@dataclass(frozen=True, slots=True)
class SensorFacts:
    """What a configuration entry says of all readings that name it.

    `calibration_date` (ISO 8601) is that of the primary channel's evidenced calibration, else what the project stated,
    None where nobody did. `unconfirmed`: these
    readings were recorded while it was not sure that it was still the same instrument.
    """

    sensor: str
    kind: str
    model: str
    unit: str
    channels: dict[str, WireChannel]
    calibration_date: str | None
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class WireValue:
    """One channel. `raw` and `value` are in the wire unit, None when missing (flag 9)."""

    channel: WireChannel
    raw: float | None
    value: float | None
    flag: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One reading to deliver. `index` is its place in the log, `t_ns` its reported time, `quality` in hundredths.

    `resent` marks a reading that was delivered before and goes out again under the same key, because a later entry
    settled one of its flags or corrected it. `recorded_as`, where not empty, is the sensor that the log names; an
    amendment has made it `facts.sensor`'s. `time_offset_us` is what an amendment adds to the time, which as part of the
    key stays as it was; None where none ever did.
    """

    index: int
    t_ns: int
    quality: int
    facts: SensorFacts
    station: Station
    values: tuple[WireValue, ...]
    resent: bool = False
    recorded_as: str = ""
    time_offset_us: int | None = None

    @property
    def log_sensor(self) -> str:
        """The sensor whose times, in the log's order, it belongs to."""
        return self.recorded_as or self.facts.sensor


def wire_value(channel: WireChannel, raw: float | None, value: float | None, flag: int) -> WireValue:
    """A channel's value, given in the log's unit."""
    if raw is None or value is None:
        return WireValue(channel, None, None, flag)
    factor = channel.factor
    if factor == 1.0:
        return WireValue(channel, float(raw), float(value), flag)
    return WireValue(channel, raw * factor, value * factor, flag)


@lru_cache(maxsize=256)
def unnamed(name: str) -> WireChannel:
    """A channel that the configuration does not name."""
    return WireChannel(name, "", 1.0, primary=False)
