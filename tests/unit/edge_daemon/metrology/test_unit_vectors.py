# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Reference vectors of gas units and the index they lead to (calibration reference, section 5.2)."""

import pytest

from edge_daemon.instruments.gas_units import MOLAR_MASS_G, ug_m3_per_ppb
from edge_daemon.log.summary_air import MICROGRAMS_PER_PPB
from edge_daemon.metrology.air_quality_index import Pollutant, index_of


def test_nitrogen_dioxide_in_mass_becomes_its_index() -> None:  # TV-X1
    ppb = 35.1 / MICROGRAMS_PER_PPB["no2"]
    assert ppb == pytest.approx(18.6659349, rel=1e-6)
    assert index_of(Pollutant.NO2, ppb) == 17


def test_ozone_in_mass_is_truncated_in_its_tables_unit() -> None:  # TV-X2
    ppm = 110.3 / MICROGRAMS_PER_PPB["o3"] / 1000
    assert ppm == pytest.approx(0.0562215672, rel=1e-6)
    assert index_of(Pollutant.O3_8H, ppm) == index_of(Pollutant.O3_8H, 0.056)


def test_mass_depends_on_temperature_and_pressure() -> None:  # TV-X3
    assert 100 * ug_m3_per_ppb("no2", 25) == pytest.approx(188.043086, rel=1e-6)
    assert 100 * ug_m3_per_ppb("no2", 10, 85.0) == pytest.approx(166.103173, rel=1e-6)


@pytest.mark.parametrize(
    ("gas", "at_25", "at_20"),
    [
        ("no2", 1.88043086, 1.91250370),
        ("o3", 1.96188056, 1.99534262),
        ("so2", 2.61863654, 2.66330030),
        ("co", 1.14488199, 1.16440923),
    ],
)
def test_the_table_of_factors(gas: str, at_25: float, at_20: float) -> None:
    assert ug_m3_per_ppb(gas, 25) == pytest.approx(at_25, rel=1e-6)
    assert ug_m3_per_ppb(gas, 20) == pytest.approx(at_20, rel=1e-6)
    assert MICROGRAMS_PER_PPB.get(gas, at_25) == pytest.approx(at_25, rel=1e-6)


@pytest.mark.parametrize(("degc", "litres_per_mol"), [(25, 24.4654037), (20, 24.0551169), (0, 22.4139695)])
@pytest.mark.parametrize("gas", MOLAR_MASS_G)
def test_a_mole_of_any_gas_fills_the_same_volume(gas: str, degc: float, litres_per_mol: float) -> None:
    assert MOLAR_MASS_G[gas] / ug_m3_per_ppb(gas, degc) == pytest.approx(litres_per_mol, abs=5e-8)
