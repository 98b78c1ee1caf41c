# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The CO2 flux of soil under a closed chamber: vapour, flux equation, detection limit, conversions. Pure.

Sources: LI-COR, LI-8100A manual, section 4 (flux equation, dilution by water vapour); goFlux R package (flux term,
minimum detectable flux). A flux is positive when CO2 leaves the soil.
"""

import math
from dataclasses import dataclass

GAS_CONSTANT = 8.314462618
"""J/(mol K)"""

CO2_G_PER_MOL = 44.0095
CARBON_G_PER_MOL = 12.011
ZERO_DEGC_K = 273.15
SECONDS_PER_HOUR = 3600.0
SECONDS_PER_DAY = 86_400.0

_UNITS = 10.0
"""kPa to Pa, cm³ to m³ and cm² to m² in one: 1000 × 10⁻⁶ / 10⁻⁴."""


@dataclass(frozen=True, slots=True)
class Chamber:
    """`volume_cm3` is all air that shares the CO2: chamber, collar above the soil, tubes and analyser. `area_cm2` is
    the soil inside the collar. `u_…` are standard uncertainties.

    Raises ValueError for what is no volume, area or uncertainty.
    """

    volume_cm3: float
    area_cm2: float
    u_volume_cm3: float = 0.0
    u_area_cm2: float = 0.0

    def __post_init__(self) -> None:
        _check(self.volume_cm3 > 0, "the chamber's volume must be above 0 cm³", self.volume_cm3)
        _check(self.area_cm2 > 0, "the soil's area must be above 0 cm²", self.area_cm2)
        _check(self.u_volume_cm3 >= 0, "an uncertainty is not below 0", self.u_volume_cm3)
        _check(self.u_area_cm2 >= 0, "an uncertainty is not below 0", self.u_area_cm2)


@dataclass(frozen=True, slots=True)
class Air:
    """The air in the chamber when it was closed. `water_mmol_mol` is the mole fraction of water vapour; 0 for an
    analyser that tells the dry mole fraction. Raises ValueError for impossible air.
    """

    pressure_kpa: float
    temperature_degc: float
    water_mmol_mol: float = 0.0
    u_pressure_kpa: float = 0.0
    u_temperature_degc: float = 0.0

    def __post_init__(self) -> None:
        _check(self.pressure_kpa > 0, "the pressure must be above 0 kPa", self.pressure_kpa)
        _check(self.temperature_degc > -ZERO_DEGC_K, "the temperature is below absolute zero", self.temperature_degc)
        _check(0 <= self.water_mmol_mol < 1000, "water vapour is 0 to below 1000 mmol/mol", self.water_mmol_mol)
        _check(self.u_pressure_kpa >= 0, "an uncertainty is not below 0", self.u_pressure_kpa)
        _check(self.u_temperature_degc >= 0, "an uncertainty is not below 0", self.u_temperature_degc)


def water_mmol_mol(humidity_percent: float, temperature_degc: float, pressure_kpa: float) -> float:
    """Mole fraction of water vapour in mmol/mol, by Magnus' formula (0.61094 kPa, 17.625, 243.04 °C)."""
    saturated_kpa = 0.61094 * math.exp(17.625 * temperature_degc / (temperature_degc + 243.04))
    return 1000.0 * (humidity_percent / 100.0) * saturated_kpa / pressure_kpa


def dry_ppm(wet_ppm: float, water: float) -> float:
    """CO2 per mole of dry air, from what a wet analyser tells and the water vapour in mmol/mol at the same instant."""
    return wet_ppm / (1.0 - water / 1000.0)


def flux_term(chamber: Chamber, air: Air, gas_constant: float = GAS_CONSTANT) -> float:
    """Moles of dry air over a square metre of soil: flux in µmol m⁻² s⁻¹ = this × slope in ppm/s."""
    kelvin = air.temperature_degc + ZERO_DEGC_K
    moist = chamber.volume_cm3 * air.pressure_kpa / (gas_constant * chamber.area_cm2 * kelvin)
    return _UNITS * moist * (1.0 - air.water_mmol_mol / 1000.0)


def u_flux(slope: float, u_slope: float, chamber: Chamber, air: Air) -> float:
    """Standard uncertainty of the flux in µmol m⁻² s⁻¹: slope, volume, area, pressure and temperature, independent."""
    parts = (
        chamber.u_volume_cm3 / chamber.volume_cm3,
        chamber.u_area_cm2 / chamber.area_cm2,
        air.u_pressure_kpa / air.pressure_kpa,
        air.u_temperature_degc / (air.temperature_degc + ZERO_DEGC_K),
    )
    return flux_term(chamber, air) * math.hypot(u_slope, *(slope * part for part in parts))


def detectable(precision_ppm: float, seconds: float, term: float) -> float:
    """Smallest flux that an analyser of this precision (one standard deviation) tells from none in this time."""
    return precision_ppm / seconds * term


def co2_g_m2_h(flux: float) -> float:
    """µmol CO2 m⁻² s⁻¹ as g CO2 m⁻² h⁻¹."""
    return flux * CO2_G_PER_MOL * 1e-6 * SECONDS_PER_HOUR


def co2_g_m2_day(flux: float) -> float:
    """µmol CO2 m⁻² s⁻¹ as g CO2 m⁻² d⁻¹."""
    return flux * CO2_G_PER_MOL * 1e-6 * SECONDS_PER_DAY


def carbon_g_m2_day(flux: float, carbon_g_per_mol: float = CARBON_G_PER_MOL) -> float:
    """µmol CO2 m⁻² s⁻¹ as g C m⁻² d⁻¹. A mean of a day needs all its hours: respiration follows temperature."""
    return flux * carbon_g_per_mol * 1e-6 * SECONDS_PER_DAY


def _check(holds: bool, why: str, value: float) -> None:
    if not holds:
        raise ValueError(f"{why}; it is {value:g}")
