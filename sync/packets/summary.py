# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""An hourly summary as other systems read it: what its entry says, and what the log before it adds. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from edge_daemon.domain.station import Station
from edge_daemon.log.summary import HOUR_NS, ChannelSummary, SummaryBody
from edge_daemon.log.summary_counts import EnergyCounts
from sync.packets.reading import WireChannel

ENERGY, KILOGRAMS, TONNES = "energy_generated_interval", "co2_reduced_kg", "co2_reduced_tons"
CONSUMED, CHECK_ENERGY = "energy_consumed_interval", "check_energy_interval"
AIR_INDEX, MEAN = "calculated_aqi", "hour_mean"


class Metric(NamedTuple):
    """What names a number of an hour: its type and, for statistics of a channel, what was measured."""

    type: str
    measured: str = ""


@dataclass(frozen=True, slots=True)
class AirHour:
    """The air quality index at the end of the hour that begins at `t_ns` (UTC), from it and the hours before.

    `value` is None where there is none by now, though there may have been one; `dominant` names the pollutant.
    """

    t_ns: int
    value: int | None
    dominant: str = ""


@dataclass(frozen=True, slots=True)
class OutgoingSummary:
    """The summary at `index` of the log `log`, for the hour that begins at `t_ns` (UTC).

    `channels` says how the body's channels are called outside. `counts`: how its energy enters the project's totals; it
    adds to them where the sensor is one of record or nothing was planned, and subtracts where the plan says so. `air`
    begins with this hour, if the sensor has an index; hours behind it follow whose index this summary changes. `gone`
    are numbers that the summary before it had and this one has not. `after` is the lowest index of the summaries whose
    numbers it takes the place of; its own where it does not. `resent` marks one that was delivered before.
    """

    index: int
    t_ns: int
    log: str
    station: Station
    body: SummaryBody
    channels: Mapping[str, WireChannel]
    counts: EnergyCounts
    after: int
    air: tuple[AirHour, ...] = ()
    gone: tuple[Metric, ...] = ()
    resent: bool = False

    @property
    def hour(self) -> int:
        """The number of its UTC hour since 1970."""
        return self.t_ns // HOUR_NS


class Statistics(NamedTuple):
    """A channel's hour in the wire's unit; None where there is no number, or none that can be written."""

    mean: float | None
    minimum: float | None
    maximum: float | None
    uncertainty: float | None


def statistics_of(channel: ChannelSummary, wire: WireChannel) -> Statistics:
    """The statistics, which the log keeps in its own unit."""
    ends = _wired(channel.minimum, wire.factor), _wired(channel.maximum, wire.factor)
    low, high = ends if wire.factor >= 0 else ends[::-1]
    return Statistics(_wired(channel.mean, wire.factor), low, high, _wired(channel.uncertainty, abs(wire.factor)))


def _wired(value: float | None, factor: float) -> float | None:
    if value is None:
        return None
    told = float(value) * factor
    return told if told - told == 0 else None
