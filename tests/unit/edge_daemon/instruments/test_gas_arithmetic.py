# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""AAN 803 for the NO2-B43F and the conversion of gases: reference numbers."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.instruments.aan803 import FACTORS, TEMPERATURES_DEGC, Certificate, corrected_mv, factor, ppb
from edge_daemon.instruments.gas_units import ug_m3_per_ppb

CERTIFICATE = Certificate(230, 233, -4, 3, 0.288)
VECTORS = [
    (250.0, 238.0, 25, 0.50, 17.5, (60.7639, 89.1204, 81.5972, 82.4653), 114.2623),
    (241.5, 236.25, 5, 1.15, 7.7625, (26.9531, 69.2708, 52.9514, 34.7222), 54.3278),
    (262.0, 240.5, 45, -0.65, 36.875, (128.0382, 72.9167, 188.8021, 0.0), 225.6315),
    (231.0, 235.0, 20, 0.60, -0.2, (-0.6944, 12.7315, 20.8333, 17.3611), -1.3281),
]


@pytest.mark.parametrize(("we", "ae", "degc", "n", "millivolts", "shares", "mass"), VECTORS)
def test_reference_numbers(
    we: float, ae: float, degc: float, n: float, millivolts: float, shares: tuple[float, ...], mass: float
) -> None:
    assert factor(1, degc) == pytest.approx(n)
    assert corrected_mv(1, CERTIFICATE, we, ae, degc) == pytest.approx(millivolts)
    for algorithm, share in enumerate(shares, 1):
        assert ppb(algorithm, CERTIFICATE, we, ae, degc) == pytest.approx(share, abs=1e-4)
    assert ppb(1, CERTIFICATE, we, ae, degc) * ug_m3_per_ppb("no2", degc) == pytest.approx(mass, abs=1e-3)


def test_beyond_the_table_the_factor_stays() -> None:
    assert factor(1, -35) == 1.3
    assert factor(1, 99) == -1.5
    share = ppb(1, CERTIFICATE, 233.0, 236.0, -35)
    assert share == pytest.approx(-3.125)
    assert share * ug_m3_per_ppb("no2", -35) == pytest.approx(-7.3568, abs=1e-3)


@given(st.sampled_from(sorted(FACTORS)), st.floats(-60, 80))
def test_the_factor_is_continuous_and_within_its_row(algorithm: int, degc: float) -> None:
    row = FACTORS[algorithm]
    assert min(row) <= factor(algorithm, degc) <= max(row)
    steepest = max(abs(b - a) for a, b in pairwise(row)) / 10
    assert abs(factor(algorithm, degc + 0.01) - factor(algorithm, degc)) <= steepest * 0.01 + 1e-9
    for temperature, printed in zip(TEMPERATURES_DEGC, row, strict=True):
        assert math.isclose(factor(algorithm, temperature), printed, abs_tol=1e-12)


@pytest.mark.parametrize(
    ("gas", "at_0", "at_20", "at_25"),
    [
        ("no2", 2.0525, 1.9125, 1.8804),
        ("o3", 2.1414, 1.9953, 1.9619),
        ("so2", 2.8583, 2.6633, 2.6186),
        ("no", 1.3387, 1.2474, 1.2265),
        ("co", 1.2497, 1.1644, 1.1449),
    ],
)
def test_micrograms_per_ppb(gas: str, at_0: float, at_20: float, at_25: float) -> None:
    assert [round(ug_m3_per_ppb(gas, degc), 4) for degc in (0, 20, 25)] == [at_0, at_20, at_25]
    assert ug_m3_per_ppb(gas, 20, 202.65) == pytest.approx(2 * at_20, abs=2e-4)


def test_absolute_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="absolute zero"):
        ug_m3_per_ppb("no2", -273.15)
