# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Plausible air, dust and wind as functions of time and seed. Pure: the same arguments give the same value for ever."""

import math
import random
from dataclasses import dataclass

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Air:
    """CO2 in ppm, temperature in degC, relative humidity in %."""

    co2_ppm: float
    temperature_degc: float
    humidity_percent: float


@dataclass(frozen=True, slots=True)
class Wind:
    """Speed in m/s and the direction the wind comes from, in degrees 0 to below 360."""

    speed_m_s: float
    direction_deg: float


def noise(seed: int, name: str, now: float, correlation_s: float) -> float:
    """Noise around 0 with a standard deviation a little under 1, smooth over about `correlation_s` seconds."""
    place = now / correlation_s
    knot = math.floor(place)
    blend = (1.0 - math.cos(math.pi * (place - knot))) / 2.0
    return (1.0 - blend) * _knot(seed, name, knot) + blend * _knot(seed, name, knot + 1)


def diurnal(now: float, peak_hour: float) -> float:
    """A day's swing between -1 and 1 that is highest at `peak_hour` UTC."""
    return math.cos(2.0 * math.pi * (now / DAY_S - peak_hour / 24.0))


def settled(elapsed_s: float, time_constant_s: float) -> float:
    """The fraction (0 to 1) of a step that a first-order sensor shows `elapsed_s` after power-up."""
    return 1.0 - math.exp(-max(elapsed_s, 0.0) / time_constant_s) if time_constant_s > 0 else 1.0


def air(seed: int, now: float) -> Air:
    """Outdoor air near vegetation: CO2 between 410 and 480 ppm, highest before dawn; warmest and driest at 14 h."""
    drift = math.tanh(noise(seed, "co2 drift", now, 900.0))
    flutter = math.tanh(noise(seed, "co2 flutter", now, 4.0))
    warmth = diurnal(now, 14.0)
    humidity = 66.0 - 18.0 * warmth + 4.0 * noise(seed, "humidity", now, 1200.0)
    return Air(
        co2_ppm=445.0 + 18.0 * diurnal(now, 4.0) + 12.0 * drift + 2.0 * flutter,
        temperature_degc=21.0 + 6.0 * warmth + 0.8 * noise(seed, "temperature", now, 1800.0),
        humidity_percent=min(max(humidity, 5.0), 99.0),
    )


def fine_dust(seed: int, now: float) -> float:
    """PM2.5 in µg/m³: a morning and an evening rush, passing plumes, never below zero."""
    rush = 4.0 * max(diurnal(now, 7.5), 0.0) ** 4 + 5.0 * max(diurnal(now, 19.0), 0.0) ** 4
    plume = 12.0 * max(noise(seed, "plume", now, 90.0) - 1.2, 0.0)
    return max(7.0 + rush + plume + 1.5 * noise(seed, "dust", now, 20.0), 0.0)


def wind(seed: int, now: float) -> Wind:
    """Wind that rises in the afternoon, with gusts of a few seconds and spells of dead calm."""
    mean = 2.6 + 1.6 * diurnal(now, 15.0) + 1.8 * noise(seed, "mean wind", now, 700.0)
    gust = 1.0 + 0.35 * noise(seed, "gust", now, 5.0) + 0.10 * noise(seed, "eddy", now, 1.0)
    veer = 230.0 + 60.0 * noise(seed, "veer", now, 2400.0) + 12.0 * noise(seed, "swing", now, 8.0)
    return Wind(speed_m_s=min(max(mean * gust, 0.0), 60.0), direction_deg=veer % 360.0)


def _knot(seed: int, name: str, index: int) -> float:
    return random.Random(f"{seed}/{name}/{index}").gauss(0.0, 1.0)
