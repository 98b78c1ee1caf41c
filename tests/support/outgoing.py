# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Readings ready to be delivered, for tests of destinations. Pure."""

from collections.abc import Sequence

from edge_daemon.domain.station import Location, Station
from sync.packets.reading import Outgoing, SensorFacts, WireChannel, WireValue

ORIGIN = "verifield/log/" + "cd" * 16
STATION = Station("station-7", "mangroves", "Boat house", Location(-1.25, 36.75, 12.5, "Boat house, east bank"))
T0 = 1_795_421_730_000_000_000

CO2 = WireChannel("value", "ppm", 1.0, primary=True)
TEMPERATURE = WireChannel("temperature", "°C", 1.0, primary=False)


def facts_of(sensor: str) -> SensorFacts:
    channels = {"co2": CO2, "temperature": TEMPERATURE}
    return SensorFacts(sensor, "co2", "Sensirion SCD30", "ppm", channels, "2026-08-01")


def reading(index: int, facts: SensorFacts, station: Station = STATION, *, t_ns: int | None = None) -> Outgoing:
    co2, degrees = 400 + index % 50 + 0.25, 20 + index % 7 + 0.125
    values = (WireValue(CO2, co2, co2 * 1.01, 1), WireValue(TEMPERATURE, degrees, degrees, 1))
    return Outgoing(index, T0 + index * 1_000_000_000 if t_ns is None else t_ns, 90, facts, station, values)


def readings(count: int, sensors: int = 1, first: int = 10) -> list[Outgoing]:
    """`count` readings of as many sensors in turn, at indices from `first` on."""
    facts = [facts_of(f"sensor_{number}") for number in range(sensors)]
    return [reading(first + number, facts[number % sensors]) for number in range(count)]


def nothing_measured(index: int, facts: SensorFacts) -> Outgoing:
    """A reading of which every channel is missing."""
    values = (WireValue(CO2, None, None, 9), WireValue(TEMPERATURE, None, None, 9))
    return Outgoing(index, T0 + index, 0, facts, STATION, values)


def covered(told: Sequence[tuple[int, int]]) -> set[int]:
    """The indices of stretches."""
    return {index for first, last in told for index in range(first, last + 1)}
