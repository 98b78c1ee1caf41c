# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Air quality of hours: units of the tables, hours that are covered too little, and what several hours give."""

import pytest

from edge_daemon.log.bodies import ChannelBody
from edge_daemon.log.summary import AirSummary, ChannelSummary
from edge_daemon.log.summary_air import air_of, index_now
from edge_daemon.metrology.air_quality_index import Index, Pollutant


def told(unit: str, mean: float | None, coverage: int = 100) -> ChannelSummary:
    return ChannelSummary(unit, 10, mean, mean, mean, {}, 0, coverage, 90, "high")


def test_every_pollutant_comes_in_the_unit_of_its_table() -> None:
    channels = (
        ChannelBody("fine", "µg/m³", 0, 1000, "pm2_5", "µg/m³"),
        ChannelBody("coarse", "mg/m³", 0, 1, "pm10", "µg/m³", 1000.0),
        ChannelBody("no2", "µg/m³", 0, 1000, "no2", "µg/m³"),
        ChannelBody("o3", "ppb", 0, 1000, "o3", "ppb"),
        ChannelBody("co", "mg/m³", 0, 1000, "co", "mg/m³"),
        ChannelBody("so2", "ppb", 0, 1000, "so2", "ppb"),
        ChannelBody("co2", "ppm", 0, 5000, "co2", "ppm"),
    )
    means = {"fine": ("µg/m³", 9.05), "coarse": ("mg/m³", 0.054), "no2": ("µg/m³", 35.1), "o3": ("ppb", 56.2),
             "co": ("mg/m³", 1.14488199), "so2": ("ppb", 35.0), "co2": ("ppm", 420.0)}  # fmt: skip
    air = air_of({name: told(unit, mean) for name, (unit, mean) in means.items()}, channels)
    assert air is not None
    assert air.concentrations == pytest.approx(
        {"pm2_5": 9.05, "pm10": 54.0, "no2": 18.6659349, "o3": 0.0562, "co": 1.0, "so2": 35.0}, rel=1e-6
    )
    assert (air.index, air.dominant) == (50, "so2_1h")


def test_an_hour_that_is_covered_too_little_counts_for_nothing_and_below_nothing_is_nothing() -> None:
    channels = (
        ChannelBody("pm2_5", "µg/m³", 0, 1000, "pm2_5", "µg/m³"),
        ChannelBody("no2", "ppb", -9, 999, "no2", "ppb"),
    )
    air = air_of({"pm2_5": told("µg/m³", 12.0, 74), "no2": told("ppb", -0.4)}, channels)
    assert air == AirSummary({"no2": 0.0}, 0, "no2")
    assert air_of({"pm2_5": told("V", 1.0)}, (ChannelBody("pm2_5", "V", 0, 5),)) is None


@pytest.mark.parametrize(
    ("name", "hours", "level", "expected"),
    [
        ("co", 8, 8.4, Index(90, Pollutant.CO)),
        ("co", 6, 8.4, Index(90, Pollutant.CO)),
        ("co", 5, 8.4, None),
        ("o3", 8, 0.078, Index(126, Pollutant.O3_8H)),
        ("so2", 24, 400.0, Index(232, Pollutant.SO2_24H)),
        ("so2", 18, 400.0, Index(232, Pollutant.SO2_24H)),
        ("so2", 17, 400.0, Index(200, Pollutant.SO2_1H)),
        ("so2", 24, 304.9, Index(200, Pollutant.SO2_1H)),
        ("pm2_5", 12, 9.1, Index(51, Pollutant.PM2_5)),
        ("pm2_5", 1, 9.1, None),
    ],
)
def test_means_over_several_hours_need_three_quarters_of_them(
    name: str, hours: int, level: float, expected: Index | None
) -> None:
    known = [AirSummary({name: level})] * hours
    assert index_now([*known, *[None] * (24 - hours)]) == expected


def test_only_the_newest_hours_count() -> None:
    older = [AirSummary({"pm2_5": 500.0, "co": 40.0})] * 12
    assert index_now([*[AirSummary({"pm2_5": 9.0})] * 12, *older]) == Index(50, Pollutant.PM2_5)
