# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Where a point's reference value comes from."""

import math

import pytest

from edge_daemon.calibration.references import of_fixed, of_instrument, of_saturated_air, of_standard
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.procedure import ProcedurePoint
from edge_daemon.log.calibration_body import StandardBody
from tests.unit.edge_daemon.calibration.runs import procedure_of

BUFFER = StandardBody(
    "ph_buffer", "Buffer 7", 7.0, "pH", 0.02, 2.0, "Ada", by_temperature=((25.0, 7.00), (0.0, 7.12), (10.0, 7.06))
)
GAS = StandardBody("co2_gas", "Cylinder 3", 1002.0, "ppm", 10.0, 2.0, "Ada")


def saturated(key: str) -> ProcedurePoint:
    return procedure_of("ysi_exo2_sdi12", key).point("saturated_air")


def test_a_standard_stands_for_its_value_and_uncertainty() -> None:
    found = of_standard(GAS, "ppm")
    assert (found.value, found.expanded_uncertainty, found.factor) == (1002.0, 10.0, 2.0)


@pytest.mark.parametrize(("temperature", "ph"), [(0.0, 7.12), (5.0, 7.09), (10.0, 7.06), (25.0, 7.0), (17.5, 7.03)])
def test_a_buffer_is_worth_what_it_is_at_its_temperature(temperature: float, ph: float) -> None:
    assert of_standard(BUFFER, "pH", temperature).value == pytest.approx(ph)


def test_what_a_standard_cannot_stand_for_is_refused() -> None:
    with pytest.raises(BadInput, match="temperature of the standard"):
        of_standard(BUFFER, "pH")
    with pytest.raises(BadInput, match="from 0 to 25 °C only"):
        of_standard(BUFFER, "pH", 30.0)
    with pytest.raises(BadInput, match="the channel is in µg/m³"):
        of_standard(GAS, "µg/m³")


def test_both_signs_for_micro_are_the_same_unit() -> None:
    standard = StandardBody("conductivity_standard", "KCl", 1413.0, "\u03bcS/cm", 5.0, 2.0, "Ada")
    assert of_standard(standard, "\u00b5S/cm").value == 1413.0


def test_fixed_and_typed_references() -> None:
    still = procedure_of("gill_windsonic", "wind_zero").points[0]
    assert (of_fixed(still).value, of_fixed(still).expanded_uncertainty) == (0.0, 0.02)
    air = procedure_of("sensirion_scd30", "co2_fresh_air").points[0]
    assert of_instrument(air, 431.0).expanded_uncertainty == 20.0
    assert of_instrument(air, 431.0, 4.0).expanded_uncertainty == 4.0
    load = procedure_of("schneider_pm5000", "meter_comparison").points[0]
    with pytest.raises(BadInput, match="see its certificate"):
        of_instrument(load, 100.0)
    with pytest.raises(ValueError, match="no fixed reference"):
        of_fixed(load)


def test_saturated_air_in_each_convention() -> None:
    conditions = {"pressure": 720 * 1013.25 / 760, "temperature": 15.0, "salinity": 10.0}
    assert of_saturated_air(saturated("dissolved_oxygen"), conditions).value == pytest.approx(8.976459, rel=1e-6)
    percent = of_saturated_air(saturated("dissolved_oxygen_saturation"), conditions).value
    assert percent == pytest.approx(94.7368421, rel=1e-8)
    assert of_saturated_air(saturated("dissolved_oxygen_local"), {}).value == 100.0


def test_without_a_barometer_the_altitude_stands_in() -> None:
    percent = of_saturated_air(saturated("dissolved_oxygen_saturation"), {"altitude": 1609.0}).value
    assert percent == pytest.approx(100 * 834.311038 / 1013.25, rel=1e-8)


def test_an_altitude_does_not_know_the_weather() -> None:
    percent, milligrams = saturated("dissolved_oxygen_saturation"), saturated("dissolved_oxygen")
    read, guessed = {"pressure": 1013.25, "temperature": 20.0}, {"altitude": 0.0, "temperature": 20.0}
    assert of_saturated_air(percent, read).expanded_uncertainty == 0.5
    assert of_saturated_air(percent, guessed).expanded_uncertainty == pytest.approx(math.hypot(0.5, 100 * 20 / 1013.25))
    assert of_saturated_air(milligrams, read).expanded_uncertainty == 0.06
    assert of_saturated_air(milligrams, {"altitude": 5300.0, "temperature": 20.0}).expanded_uncertainty > 0.06
    # 9.092426 mg/L at 1 atm; 20 hPa less take 0.1837 mg/L away, vapour of 23.4 hPa reckoned in
    assert of_saturated_air(milligrams, guessed).expanded_uncertainty == pytest.approx(0.193, abs=0.001)


def test_saturated_air_needs_its_circumstances() -> None:
    with pytest.raises(BadInput, match="Air pressure at the station"):
        of_saturated_air(saturated("dissolved_oxygen"), {"temperature": 15.0})
    with pytest.raises(BadInput, match="Temperature"):
        of_saturated_air(saturated("dissolved_oxygen"), {"pressure": 1000.0})
    with pytest.raises(BadInput, match="temperature in °C"):
        of_saturated_air(saturated("dissolved_oxygen"), {"pressure": 1000.0, "temperature": 55.0})
    with pytest.raises(ValueError, match="no saturated air"):
        of_saturated_air(procedure_of("gill_windsonic", "wind_zero").points[0], {})
