# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The weather over a station, with rain that is counted by a tipping bucket. Pure: the same for every same seed."""

import math
from dataclasses import dataclass

from edge_daemon.instruments.simulators import physics
from edge_daemon.instruments.simulators.physics import DAY_S
from edge_daemon.instruments.simulators.sun import irradiance

LONGEST_STEP_S = 30.0
MOST_STEPS = 2880
SHOWER_S = 2400.0
GUST_WINDOW_S = 600


@dataclass(frozen=True, slots=True)
class Weather:
    """Air in °C and %, sea-level pressure in hPa, wind in m/s and degrees with its mean and gust of ten minutes,
    sunlight in W/m², rain in mm/h."""

    temperature_degc: float
    humidity_percent: float
    pressure_hpa: float
    speed_m_s: float
    direction_deg: float
    mean_m_s: float
    gust_m_s: float
    gust_direction_deg: float
    sunlight_w_m2: float
    rain_mm_h: float


def weather(seed: int, now: float) -> Weather:
    """The weather at a time."""
    air = physics.air(seed, now)
    wind = physics.wind(seed, now)
    past = [physics.wind(seed, now - back) for back in range(0, GUST_WINDOW_S, 10)]
    gust = max(past, key=lambda moment: moment.speed_m_s)
    rain = rain_rate(seed, now)
    return Weather(
        temperature_degc=air.temperature_degc - 0.2 * rain,
        humidity_percent=min(air.humidity_percent + 4.0 * rain, 100.0),
        pressure_hpa=1014.0 + 6.0 * physics.noise(seed, "pressure", now, DAY_S),
        speed_m_s=wind.speed_m_s,
        direction_deg=wind.direction_deg,
        mean_m_s=sum(moment.speed_m_s for moment in past) / len(past),
        gust_m_s=gust.speed_m_s,
        gust_direction_deg=gust.direction_deg,
        sunlight_w_m2=max(irradiance(seed, now), 0.0),
        rain_mm_h=rain,
    )


def rain_rate(seed: int, now: float) -> float:
    """Rain in mm/h: dry most of the time, showers of some tens of minutes."""
    return 9.0 * max(physics.noise(seed, "shower", now, SHOWER_S) - 1.1, 0.0)


class RainBucket:
    """Counts tips of `tip_mm`, for ever and since the last midnight UTC."""

    def __init__(self, seed: int, now: float, tip_mm: float) -> None:
        self.tip_mm = tip_mm
        self.year_tips = 1044
        self.day_tips = 3
        self._seed = seed
        self._at = now
        self._held_mm = 0.0

    def advance(self, now: float) -> None:
        """Let it rain until `now`."""
        elapsed = max(now - self._at, 0.0)
        steps = min(max(1, math.ceil(elapsed / LONGEST_STEP_S)), MOST_STEPS)
        for step in range(steps):
            middle = self._at + (step + 0.5) * elapsed / steps
            self._held_mm += rain_rate(self._seed, middle) * elapsed / steps / 3600.0
        if math.floor(now / DAY_S) != math.floor(self._at / DAY_S):
            self.day_tips = 0
        self._at = max(now, self._at)
        tips = math.floor(self._held_mm / self.tip_mm)
        self._held_mm -= tips * self.tip_mm
        self.day_tips += tips
        self.year_tips += tips
