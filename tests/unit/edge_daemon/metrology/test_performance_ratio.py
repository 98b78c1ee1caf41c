# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Reference vectors of the performance ratio (calibration reference, section 6.5)."""

import pytest

from edge_daemon.metrology.performance_ratio import PlantHour, corrected_ratio, mean_module_degc, performance_ratio

HOURS = [
    PlantHour(*one)
    for one in zip((200, 600, 950, 800, 300), (22, 38, 52, 47, 28), (17.5, 51.0, 76.5, 66.0, 26.2), strict=True)
]


def test_energy_by_what_the_sun_offered() -> None:  # TV-V1
    assert performance_ratio(412, 100, 5.2) == pytest.approx(0.792307692, rel=1e-6)


def test_the_ratio_of_hours_with_and_without_temperature() -> None:  # TV-V2
    energy, sun = sum(one.kilowatts for one in HOURS), sum(one.irradiance for one in HOURS) / 1000
    plain = performance_ratio(energy, 100, sun)
    assert plain == pytest.approx(0.832280702, rel=1e-6)
    assert corrected_ratio(HOURS, 100, -0.004) == pytest.approx(0.896922030, rel=1e-6)
    weighted = mean_module_degc(HOURS)
    assert weighted == pytest.approx(43.0175439, rel=1e-6)
    assert corrected_ratio(HOURS, 100, -0.004, weighted) == pytest.approx(plain, rel=1e-9)


def test_without_sun_or_plant_there_is_none() -> None:
    for rated, sun in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="must both be above 0"):
            performance_ratio(1, rated, sun)
    night = [PlantHour(0, 10, 0)]
    with pytest.raises(ValueError, match="without sun"):
        corrected_ratio(night, 100, -0.004)
    with pytest.raises(ValueError, match="without sun"):
        mean_module_degc(night)
