# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""From the settings of a soil flux sensor, as its configuration entry holds them, to the plan of a closing. Pure.

A quantity of the air is a number, or `sensor/channel`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from edge_daemon.domain.faults import BadInput, Unknown
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.domain.time import NS_PER_S, ns_from_rfc3339
from edge_daemon.log.setup import ConfiguredSensor, Setup
from edge_daemon.metrology.soil_flux import Chamber
from edge_daemon.metrology.soil_flux_verdict import Rules
from edge_daemon.station.flux_chamber import ClosingPlan, Source
from edge_daemon.station.flux_model import MODEL

LEAST_SILENCE_S = 30.0
SILENT_INTERVALS = 5
LEAST_OBSERVATION_S = 30.0
LONGEST_S = 3600.0

_UNITS: Mapping[str, Mapping[str, float]] = {
    "temperature": {"°C": 1.0},
    "pressure": {"kPa": 1.0, "hPa": 0.1, "mbar": 0.1, "Pa": 0.001},
    "humidity": {"%": 1.0},
}
_SPANS = {"temperature": (-60.0, 80.0), "pressure": (30.0, 120.0), "humidity": (0.0, 100.0)}
_UNIT_NAMES = {"temperature": "°C", "pressure": "kPa", "humidity": "%"}


@dataclass(frozen=True, slots=True)
class Schedule:
    """When an automatic chamber closes: at `first_ns` (UTC) and every `every_ns` after it."""

    first_ns: int
    every_ns: int

    def next_ns(self, now_ns: int) -> int:
        """The first closing that is not before now."""
        return self.first_ns + max(0, -((self.first_ns - now_ns) // self.every_ns)) * self.every_ns

    def missed(self, since_ns: int, now_ns: int) -> tuple[int, int]:
        """The first closing after `since_ns`, and how many there were from then to before now."""
        first = self.next_ns(since_ns + 1)
        return first, max(0, -((first - now_ns) // self.every_ns))


def plan_of(settings: Mapping[str, OptionValue], setup: Setup) -> ClosingPlan:
    """The plan that these settings make at this station. Raises BadInput naming the setting."""
    read = _Reader(settings, setup)
    co2 = read.co2_sensor()
    dead_band_s = read.number("dead_band_s", 0, LONGEST_S)
    observation_s = read.number("observation_s", LEAST_OBSERVATION_S, LONGEST_S)
    temperature, pressure = read.source("temperature"), read.source("pressure")
    if temperature is None or pressure is None:
        missing = "temperature" if temperature is None else "pressure"
        raise BadInput(missing, "", f"a number in {_UNIT_NAMES[missing]} or sensor/channel is needed")
    return ClosingPlan(
        co2_sensor=co2.configuration.sensor,
        chamber=Chamber(
            read.positive("volume_cm3"),
            read.positive("area_cm2"),
            read.number("u_volume_cm3", 0, 1e9),
            read.number("u_area_cm2", 0, 1e9),
        ),
        temperature=temperature,
        pressure=pressure,
        humidity=read.source("humidity"),
        dead_band_s=dead_band_s,
        observation_s=observation_s,
        silence_s=max(LEAST_SILENCE_S, SILENT_INTERVALS * co2.configuration.interval_ns / NS_PER_S),
        rules=Rules(read.positive("precision_ppm"), read.number("most_ratio", 1, 10)),
    )


def schedule_of(settings: Mapping[str, OptionValue], plan: ClosingPlan) -> Schedule | None:
    """When the chamber closes by itself; None for one that a person closes. Raises BadInput."""
    every_s = settings.get("every_s", 0.0)
    if isinstance(every_s, bool | str) or not (every_s == 0 or plan.end_s < every_s <= 86_400):
        raise BadInput("every_s", every_s, f"0 (a person closes it), or {plan.end_s:g} to 86400 s is allowed")
    if every_s == 0:
        return None
    text = str(settings.get("first_closing", ""))
    try:
        first_ns = ns_from_rfc3339(text)
    except ValueError as wrong:
        raise BadInput("first_closing", text, "a time like 2026-11-23T08:15:30Z is needed") from wrong
    return Schedule(first_ns, round(every_s * NS_PER_S))


class _Reader:
    """Takes settings one by one; each refusal names the setting."""

    def __init__(self, settings: Mapping[str, OptionValue], setup: Setup) -> None:
        self._settings = {**MODEL.options, **settings}
        self._setup = setup

    def number(self, name: str, least: float, most: float) -> float:
        value = self._settings[name]
        if isinstance(value, bool | str) or not least <= value <= most:
            raise BadInput(name, value, f"a number from {least:g} to {most:g} is allowed")
        return float(value)

    def positive(self, name: str) -> float:
        value = self.number(name, 0, 1e9)
        if value == 0:
            raise BadInput(name, value, "a number above 0 is needed")
        return value

    def co2_sensor(self) -> ConfiguredSensor:
        name = str(self._settings["co2_sensor"])
        found = self._setup.sensors.get(name)
        if found is None:
            raise Unknown(f"there is no sensor {name!r} at this station")
        if not any(channel.name == "co2" and channel.unit == "ppm" for channel in found.configuration.channels):
            raise BadInput("co2_sensor", name, "a sensor with a channel co2 in ppm is needed")
        return found

    def source(self, quantity: str) -> Source | None:
        text = str(self._settings[quantity]).strip()
        if not text:
            return None
        sensor, slash, channel = text.partition("/")
        if slash:
            return self._channel(quantity, sensor, channel)
        low, high = _SPANS[quantity]
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            allowed = f"{low:g} to {high:g} {_UNIT_NAMES[quantity]}, or sensor/channel, is allowed"
            raise BadInput(quantity, text, allowed)
        return Source(value=value)

    def _channel(self, quantity: str, sensor: str, channel: str) -> Source:
        found = self._setup.sensors.get(sensor)
        units = {} if found is None else {one.name: one.unit for one in found.configuration.channels}
        factor = _UNITS[quantity].get(units.get(channel, ""))
        if factor is None:
            raise BadInput(quantity, f"{sensor}/{channel}", f"a channel in {', '.join(_UNITS[quantity])} is needed")
        return Source(sensor=sensor, channel=channel, factor=factor)
