# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The vectors of the calibration reference, section 5, and every edge of every band."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.metrology.air_quality_index import Index, Pollutant, index_of, nowcast, overall, weighted_mean

VECTORS = {
    Pollutant.PM2_5: "0:0 4.5:25 9.0:50 9.05:50 9.1:51 12:56 15.2:62 28.4:87 35.4:100 35.5:101 35.9:102 55.4:150 "
    "60:154 100:182 125.4:200 150:225 225.4:300 250:350 325.4:500 500.4:849",
    Pollutant.PM10: "54:50 54.9:50 78:62 154.9:100 155:101 354:200 424:300 604:500",
    Pollutant.O3_8H: "0.061:71 0.0709:100 0.07853333:126 0.0874:154 0.110:205 0.072:105 0.076:119 0.080:133 0.084:147",
    Pollutant.O3_1H: "0.125:101 0.162:147",
    Pollutant.CO: "4.4:50 8.4:90 8.49:90 12.0:143 1.1:13",
    Pollutant.SO2_1H: "35:50 50:69 75:100 120:121",
    Pollutant.NO2: "53:50 77:76 100:100 140:108 361:151",
}
PAIRS = [(p, *map(float, pair.split(":"))) for p, text in VECTORS.items() for pair in text.split()]


@pytest.mark.parametrize(("pollutant", "concentration", "expected"), PAIRS)
def test_vectors(pollutant: Pollutant, concentration: float, expected: float) -> None:
    assert index_of(pollutant, concentration) == expected


@pytest.mark.parametrize(
    ("pollutant", "edges"),
    [
        (Pollutant.PM2_5, "9.0 35.4 55.4 125.4 225.4 325.4"),
        (Pollutant.PM10, "54 154 254 354 424 604"),
        (Pollutant.O3_8H, "0.054 0.070 0.085 0.105 0.200"),
        (Pollutant.CO, "4.4 9.4 12.4 15.4 30.4 50.4"),
        (Pollutant.SO2_1H, "35 75 185 304"),
        (Pollutant.NO2, "53 100 360 649 1249 2049"),
    ],
)
def test_the_upper_edge_of_a_band_belongs_to_it(pollutant: Pollutant, edges: str) -> None:
    found = [index_of(pollutant, float(edge)) for edge in edges.split()]
    assert found == [50, 100, 150, 200, 300, 500][: len(found)]


@given(st.integers(0, 5000), st.integers(2, 60))
def test_the_mean_of_equal_hours_has_the_index_of_each(tenths: int, count: int) -> None:
    """Binary fractions put some of these means just below the number, where cutting would lose a whole step."""
    level = tenths / 10
    mean = math.fsum([level] * count) / count
    assert index_of(Pollutant.PM2_5, mean) == index_of(Pollutant.PM2_5, level)
    assert nowcast([level] * min(count, 12), Pollutant.PM2_5) == level


def test_what_a_table_leaves_out_has_no_index() -> None:
    assert index_of(Pollutant.O3_1H, 0.100) is None
    assert index_of(Pollutant.O3_8H, 0.201) is None
    assert index_of(Pollutant.SO2_24H, 304) is None


def test_one_hour_of_sulphur_dioxide_gives_no_more_than_200() -> None:
    assert index_of(Pollutant.SO2_1H, 700) == 200
    assert index_of(Pollutant.SO2_24H, 305) == 201


def test_the_worst_pollutant_decides_and_is_named() -> None:
    given = [(Pollutant.O3_8H, 0.078), (Pollutant.PM2_5, 35.9), (Pollutant.CO, 8.4)]
    assert overall((p, index_of(p, value)) for p, value in given) == Index(126, Pollutant.O3_8H)
    assert overall([(Pollutant.O3_1H, None)]) is None


@pytest.mark.parametrize("wrong", [-0.1, float("nan"), float("inf")])
def test_what_is_no_concentration_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="no concentration"):
        index_of(Pollutant.PM2_5, wrong)


NC1 = (21.0, None, 35.0, 49.2, 48.6, 53.7, 66.2, 69.2, 64.9, 50.0, 43.0, 34.9)
NC2 = (13, 16, 10, 21, 74, 64, 53, 82, 90, 75, 80, 50)
NC3 = (12.1, 11.8, 11.5, 12.4, 12.9, 13.3, 12.7, 12.2, 11.9, 11.6, 12.0, 12.3)
NC4 = (None, 30, 28, *[20] * 9)


@pytest.mark.parametrize(
    ("hours", "mean", "cut"),
    [(NC1, 28.4098014, 28.4), (NC2, 17.4139194, 17.4), (NC3, 12.2015752, 12.2), (NC4, 25.1708919, 25.1)],
)
def test_nowcast_vectors(hours: tuple[float | None, ...], mean: float, cut: float) -> None:
    assert weighted_mean(hours) == pytest.approx(mean, abs=1e-7)
    assert nowcast(hours, Pollutant.PM2_5) == cut


def test_the_first_nowcast_vector_has_the_index_that_was_published() -> None:
    assert index_of(Pollutant.PM2_5, nowcast(NC1, Pollutant.PM2_5) or 0.0) == 87


def test_without_two_of_the_newest_three_hours_there_is_no_nowcast() -> None:
    assert nowcast((None, None, 30, *[20] * 9), Pollutant.PM2_5) is None
    assert nowcast((None, 30, None, *[20] * 9), Pollutant.PM2_5) is None
    assert nowcast((0, 0, 0), Pollutant.PM10) == 0


@given(st.floats(0, 600), st.floats(0, 600))
def test_more_particles_never_lower_the_index(one: float, other: float) -> None:
    low, high = sorted((one, other))
    first, second = index_of(Pollutant.PM2_5, low), index_of(Pollutant.PM2_5, high)
    assert first is not None
    assert second is not None
    assert first <= second
