# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The calibration reference's vectors on dissolved oxygen, section 1.4.10."""

import math

import pytest

from edge_daemon.metrology.oxygen import air_referenced_saturation, oxygen_solubility, standard_pressure_hpa


@pytest.mark.parametrize(("mmhg", "percent"), [(760, 100), (720, 94.7368421), (700, 92.1052632)])
def test_vector_o1_air_referenced(mmhg: float, percent: float) -> None:
    assert air_referenced_saturation(mmhg * 1013.25 / 760) == pytest.approx(percent, rel=1e-8)


@pytest.mark.parametrize(("reading", "gain"), [(96.3, 0.98376783), (93.1, 1.01758155)])
def test_vector_o2_gain(reading: float, gain: float) -> None:
    assert air_referenced_saturation(720 * 1013.25 / 760) / reading == pytest.approx(gain, rel=1e-8)


@pytest.mark.parametrize(
    ("temperature", "salinity", "pressure", "expected"),
    [
        (0, 0, 1, 14.620834),
        (10, 0, 1, 11.287947),
        (15, 0, 1, 10.083858),
        (20, 0, 1, 9.092426),
        (25, 0, 1, 8.263457),
        (20, 35, 1, 7.396060),
        (10, 20, 1, 9.932765),
        (20, 0, 0.9, 8.162292),
        (15, 10, 720 / 760, 8.976459),
        (25, 0, 640 / 760, 6.917315),
    ],
)
def test_vector_o3_solubility(temperature: float, salinity: float, pressure: float, expected: float) -> None:
    assert oxygen_solubility(temperature, salinity, pressure) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("altitude", "pressure"), [(120, 998.917015), (1609, 834.311038)])
def test_altitude_where_there_is_no_barometer(altitude: float, pressure: float) -> None:
    assert standard_pressure_hpa(altitude) == pytest.approx(pressure, rel=1e-8)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((41, 0, 1), "temperature"), ((20, 41, 1), "salinity"), ((20, 0, 1013), "atmospheres"), ((math.nan, 0, 1), "°C")],
)
def test_outside_its_range_the_formula_is_refused(arguments: tuple[float, float, float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        oxygen_solubility(*arguments)
    with pytest.raises(ValueError, match="altitude"):
        standard_pressure_hpa(20_000)
