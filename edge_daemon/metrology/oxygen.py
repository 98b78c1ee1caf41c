# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Oxygen dissolved in water at equilibrium with air. Pure.

Source: Benson and Krause 1980 and 1984 in the form of USGS Office of Water Quality memorandum 2011.03, as kept in the
calibration reference, section 1.4.10 (F6).
"""

import math

HPA_PER_ATM = 1013.25
MMHG_PER_ATM = 760.0
_KELVIN = 273.15


def atmospheres_from_hectopascal(pressure_hpa: float) -> float:
    """A pressure in standard atmospheres."""
    return pressure_hpa / HPA_PER_ATM


def oxygen_solubility(temperature_c: float, salinity: float, pressure_atm: float) -> float:
    """Oxygen in mg/L of water in equilibrium with air saturated with water.

    `salinity` is on the practical scale, `pressure_atm` the true pressure at the place. Raises ValueError outside 0 to
    40 °C, 0 to 40, and 0.5 to 1.1 atm.
    """
    _check("a water temperature in °C", temperature_c, 0.0, 40.0)
    _check("a salinity", salinity, 0.0, 40.0)
    _check("a pressure in atmospheres", pressure_atm, 0.5, 1.1)
    t = temperature_c + _KELVIN
    fresh = math.exp(-139.34411 + 1.575701e5 / t - 6.642308e7 / t**2 + 1.243800e10 / t**3 - 8.621949e11 / t**4)
    salt = math.exp(-salinity * (0.017674 - 10.754 / t + 2140.7 / t**2))
    return fresh * salt * _pressure_factor(temperature_c, pressure_atm)


def air_referenced_saturation(pressure_hpa: float) -> float:
    """Percent that a sensor shows in saturated air where 100 % stands for 760 mmHg."""
    return 100.0 * pressure_hpa / HPA_PER_ATM


def standard_pressure_hpa(altitude_m: float) -> float:
    """Pressure of the standard atmosphere at an altitude: only where no barometer is at hand.

    Raises ValueError outside -500 to 11000 m.
    """
    _check("an altitude in metres", altitude_m, -500.0, 11000.0)
    return HPA_PER_ATM * math.pow(1 - 2.25577e-5 * altitude_m, 5.25588)


def _pressure_factor(temperature_c: float, pressure_atm: float) -> float:
    t = temperature_c + _KELVIN
    theta = 0.000975 - 1.426e-5 * temperature_c + 6.436e-8 * temperature_c**2
    vapour = math.exp(11.8571 - 3840.70 / t - 216961 / t**2)
    return (pressure_atm - vapour) * (1 - theta * pressure_atm) / ((1 - vapour) * (1 - theta))


def _check(what: str, value: float, lowest: float, highest: float) -> None:
    if not lowest <= value <= highest:
        raise ValueError(f"{what} of {value:g}: {lowest:g} to {highest:g} is allowed")
