# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The sun over a solar plant, and what the plant's meter sees. Pure.

The sun's height follows the formula for the elevation angle from latitude, declination and hour angle (Duffie and
Beckman, Solar Engineering of Thermal Processes, 1.6.5); the clear-sky irradiance the model of Haurwitz (1945).
"""

import math
from dataclasses import dataclass

from edge_daemon.instruments.simulators.physics import DAY_S, noise

LATITUDE_DEG = 15.0
YEAR_S = 365.2422 * DAY_S
SOLSTICE_S = 172.0 * DAY_S
NIGHT_OFFSET_W_M2 = 2.0
LONGEST_STEP_S = 60.0
MOST_STEPS = 1440


@dataclass(frozen=True, slots=True)
class Mains:
    """What a meter at the plant's connection sees: means of the phases, totals of powers, counters since ever."""

    active_kw: float
    reactive_kvar: float
    line_to_line_v: float
    current_a: float
    frequency_hz: float
    delivered_kwh: float
    received_kwh: float


def sun_height(now: float) -> float:
    """Sine of the sun's elevation at longitude 0; negative at night."""
    declination = math.radians(23.44) * math.cos(2.0 * math.pi * ((now % YEAR_S) - SOLSTICE_S) / YEAR_S)
    hour_angle = 2.0 * math.pi * (now / DAY_S % 1.0 - 0.5)
    latitude = math.radians(LATITUDE_DEG)
    return math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(
        hour_angle
    )


def irradiance(seed: int, now: float) -> float:
    """Global horizontal irradiance in W/m²: clear sky dimmed by passing clouds; a little below zero at night."""
    height = sun_height(now)
    if height <= 0.01:
        return -NIGHT_OFFSET_W_M2 + 0.3 * math.tanh(noise(seed, "night", now, 600.0))
    clear = 1098.0 * height * math.exp(-0.057 / height)
    cover = 1.0 / (1.0 + math.exp(-3.0 * (noise(seed, "clouds", now, 1800.0) - 0.3)))
    edges = 0.06 * math.tanh(noise(seed, "cloud edge", now, 20.0))
    return clear * (1.0 - 0.7 * cover + edges * cover)


class Plant:
    """A solar plant of `peak_kw` seen by its meter. Its counters only grow, as fast as its power says.

    It generates in proportion to the irradiance and takes a little of its own at night.
    """

    OWN_USE_KW = 0.35
    NOMINAL_V = 480.0
    NOMINAL_HZ = 50.0

    def __init__(self, seed: int, now: float, *, peak_kw: float = 250.0, delivered_kwh: float = 12_345.678) -> None:
        self._seed = seed
        self._peak_kw = peak_kw
        self._at = now
        self._delivered_kwh = delivered_kwh
        self._received_kwh = 21.5

    def at(self, now: float) -> Mains:
        """The meter's view at a time that never goes back."""
        self._count(now)
        active = self._power(now)
        volts = self.NOMINAL_V + 3.0 * math.tanh(noise(self._seed, "volts", now, 30.0))
        reactive = 0.04 * abs(active) + 0.8 + 0.2 * noise(self._seed, "reactive", now, 15.0)
        return Mains(
            active_kw=active,
            reactive_kvar=reactive,
            line_to_line_v=volts,
            current_a=1000.0 * math.hypot(active, reactive) / (math.sqrt(3.0) * volts),
            frequency_hz=self.NOMINAL_HZ + 0.03 * math.tanh(noise(self._seed, "frequency", now, 10.0)),
            delivered_kwh=self._delivered_kwh,
            received_kwh=self._received_kwh,
        )

    def _power(self, now: float) -> float:
        return self._peak_kw * max(irradiance(self._seed, now), 0.0) / 1000.0 - self.OWN_USE_KW

    def _count(self, now: float) -> None:
        elapsed = max(now - self._at, 0.0)
        steps = min(max(1, math.ceil(elapsed / LONGEST_STEP_S)), MOST_STEPS)
        for step in range(steps):
            middle = self._at + (step + 0.5) * elapsed / steps
            energy_kwh = self._power(middle) * elapsed / steps / 3600.0
            self._delivered_kwh += max(energy_kwh, 0.0)
            self._received_kwh += max(-energy_kwh, 0.0)
        self._at = max(now, self._at)
