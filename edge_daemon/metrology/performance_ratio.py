# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How much of what the sun offers a photovoltaic plant turns into energy. Pure.

Source: IEC 61724-1, as kept in the calibration reference, section 6.5. A change of more than 5 % between calibrations
says that the power meter and the pyranometer no longer fit together.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

STANDARD_W_M2 = 1000.0
STANDARD_DEGC = 25.0


@dataclass(frozen=True, slots=True)
class PlantHour:
    """Means of one hour: irradiance in the modules' plane (W/m²), module temperature (°C), AC power (kW)."""

    irradiance: float
    module_degc: float
    kilowatts: float


def performance_ratio(kilowatt_hours: float, rated_kilowatts: float, kilowatt_hours_m2: float) -> float:
    """Energy by what the rated power would give in that much sun. Raises ValueError for a plant or a sun of nothing."""
    if rated_kilowatts <= 0 or kilowatt_hours_m2 <= 0:
        raise ValueError(f"rated power {rated_kilowatts} kW and {kilowatt_hours_m2} kWh/m² must both be above 0")
    return kilowatt_hours / rated_kilowatts / kilowatt_hours_m2


def corrected_ratio(
    hours: Sequence[PlantHour], rated_kilowatts: float, per_degc: float, reference_degc: float = STANDARD_DEGC
) -> float:
    """The ratio as it were with modules at the reference temperature; `per_degc` is the power's (negative) coefficient.

    Raises ValueError where there was no sun.
    """
    due = math.fsum(
        rated_kilowatts * one.irradiance / STANDARD_W_M2 * (1 + per_degc * (one.module_degc - reference_degc))
        for one in hours
    )
    if due <= 0:
        raise ValueError("without sun there is no performance ratio")
    return math.fsum(one.kilowatts for one in hours) / due


def mean_module_degc(hours: Sequence[PlantHour]) -> float:
    """The module temperature weighted by the irradiance. Raises ValueError where there was no sun."""
    sun = math.fsum(one.irradiance for one in hours)
    if sun <= 0:
        raise ValueError("without sun nothing has a weight")
    return math.fsum(one.irradiance * one.module_degc for one in hours) / sun
