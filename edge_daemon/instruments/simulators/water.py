# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A pond as a sonde sees it. Pure: the same for every same seed.

Oxygen at saturation follows the polynomial for fresh water at sea level by Elmore and Hayes (1960).
"""

import math
from collections.abc import Mapping

from edge_daemon.instruments.simulators.physics import diurnal, noise


def pond(seed: int, now: float) -> Mapping[int, float]:
    """Values by the sonde's parameter code, in the unit that the code stands for."""
    temperature = 18.5 + 1.6 * diurnal(now, 16.0) + 0.3 * noise(seed, "water", now, 3600.0)
    conductance = 512.0 + 14.0 * noise(seed, "salts", now, 7200.0)
    conductivity = conductance * (1.0 + 0.0191 * (temperature - 25.0))
    saturated = 14.652 - 0.41022 * temperature + 0.007991 * temperature**2 - 0.000077774 * temperature**3
    oxygen = saturated * (0.95 + 0.12 * diurnal(now, 17.0) + 0.01 * noise(seed, "bloom", now, 1800.0))
    stirred = 6.0 * max(noise(seed, "stirred", now, 900.0) - 1.0, 0.0)
    depth = 1.2 + 0.05 * noise(seed, "level", now, 5400.0)
    return {
        1: temperature,
        2: temperature * 1.8 + 32.0,
        4: conductivity / 1000.0,
        5: conductivity,
        6: conductance / 1000.0,
        7: conductance,
        12: conductance * 0.00049,
        17: -48.0,
        18: 7.8 + 0.3 * diurnal(now, 17.0) + 0.02 * noise(seed, "acid", now, 1200.0),
        19: 215.0 + 5.0 * noise(seed, "redox", now, 3600.0),
        22: depth,
        23: depth / 0.3048,
        28: 12.6,
        37: 1.1 + stirred,
        110: 0.65 * conductance,
        211: 100.0 * oxygen / saturated,
        212: oxygen,
        223: 1.2 + 0.1 * math.tanh(noise(seed, "silt", now, 30.0)) + stirred,
    }
