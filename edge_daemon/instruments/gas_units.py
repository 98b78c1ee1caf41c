# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""From the share of a gas in the air to its mass in a volume. Pure.

µg/m³ = ppb × M × P / (R × T), with M in g/mol, P in kPa, R = 8.314462618 J/(mol K) (CODATA 2018) and T in K. European
reporting fixes 20 °C (Directive 2008/50/EC, annex VI), practice in the United States 25 °C, both at 101.325 kPa.
"""

from collections.abc import Mapping

GAS_CONSTANT = 8.314462618
ZERO_DEGC_K = 273.15
STANDARD_KPA = 101.325

MOLAR_MASS_G: Mapping[str, float] = {
    "no2": 46.0055,
    "o3": 47.9982,
    "so2": 64.066,
    "no": 30.006,
    "co": 28.010,
    "ch2o": 30.026,
}


def ug_m3_per_ppb(gas: str, temperature_degc: float, pressure_kpa: float = STANDARD_KPA) -> float:
    """µg/m³ for one ppb of `gas` at this temperature and pressure. Raises KeyError for a gas not in MOLAR_MASS_G.

    Raises ValueError at or below absolute zero.
    """
    kelvin = temperature_degc + ZERO_DEGC_K
    if kelvin <= 0:
        raise ValueError(f"{temperature_degc} °C is at or below absolute zero")
    return MOLAR_MASS_G[gas] * pressure_kpa / (GAS_CONSTANT * kelvin)
