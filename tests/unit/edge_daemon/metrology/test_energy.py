# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The vectors of the calibration reference, sections 6.1 and 6.2, and that hours add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.metrology.energy import (
    LEGACY_DEFAULT,
    GridFactor,
    PowerSample,
    avoided_kilograms,
    combined_margin,
    counter_step,
    energy_of,
    split_at,
)

S = 1_000_000_000
CAMX = GridFactor("eGRID2023 CAMX", 428.464 * 0.45359237 / 1000, 2023, "eGRID2023 revision 2")
CAMX_WITH_METHANE = GridFactor("eGRID2023 CAMX, CO2e", 429.983 * 0.45359237 / 1000, 2023, "eGRID2023 revision 2")


def samples(seconds: str, kilowatts: str) -> list[PowerSample]:
    pairs = zip(seconds.split(), kilowatts.split(), strict=True)
    return [PowerSample(int(second) * S, float(power)) for second, power in pairs]


def test_vector_e1() -> None:
    energy = energy_of(samples("0 60 120 190 260 320", "15.5 15.7 16.1 15.0 14.2 14.8"), 180 * S)
    assert energy.kilowatt_hours == pytest.approx(1.35291667, abs=1e-8)


def test_vector_e2_bridges_no_gap() -> None:
    energy = energy_of(samples("0 60 120 1020 1080", "10 12 11 9 10"), 180 * S)
    assert energy.kilowatt_hours == pytest.approx(0.53333333, abs=1e-8)
    assert energy.uncovered_ns == 900 * S
    assert energy.coverage == pytest.approx(0.16666667, abs=1e-8)


def test_vector_e3_and_order_and_duplicates_do_not_matter() -> None:
    given_twice = samples("60 0 60", "15.5 15.5 99")
    assert energy_of(given_twice, 180 * S).kilowatt_hours == pytest.approx(0.25833333, abs=1e-8)


@pytest.mark.parametrize(
    ("before", "after", "modulus", "most", "gained", "kind"),
    [
        (999_999.2, 3.4, 1e6, 50, 4.2, "rollover"),
        (65_530, 12, 65_536, 50, 18, "rollover"),
        (4_294_967_290, 15, 2**32, 50, 21, "rollover"),
        (1234.5, 0.3, 1e6, 50, 0, "reset"),
        (100, 104, 1e6, 50, 4, "normal"),
        (100, 160, 1e6, 50, 60, "jump"),
    ],
)
def test_vector_e4(before: float, after: float, modulus: float, most: float, gained: float, kind: str) -> None:
    step = counter_step(before, after, modulus, most)
    assert step.kilowatt_hours == pytest.approx(gained, abs=1e-6)
    assert step.kind == kind


def test_vectors_m1_to_m3() -> None:
    assert combined_margin(0.95, 0.87, variable=True) == pytest.approx(0.93)
    assert combined_margin(0.95, 0.87, variable=False) == pytest.approx(0.91)
    assert avoided_kilograms(1000, CAMX) == pytest.approx(194.348001, abs=1e-6)
    assert avoided_kilograms(1000, CAMX_WITH_METHANE) == pytest.approx(195.037008, abs=1e-6)
    assert avoided_kilograms(1000, LEGACY_DEFAULT) == 500
    minute = energy_of(samples("0 60", "15.5 15.5"), 180 * S).kilowatt_hours
    assert avoided_kilograms(minute, LEGACY_DEFAULT) == pytest.approx(0.12916667, abs=1e-8)
    assert avoided_kilograms(minute, CAMX) == pytest.approx(0.0502065670, abs=1e-9)


def test_a_loss_is_a_fraction() -> None:
    assert avoided_kilograms(100, LEGACY_DEFAULT, 0.1) == pytest.approx(45)
    with pytest.raises(ValueError, match="fraction"):
        avoided_kilograms(100, LEGACY_DEFAULT, 1.0)


@given(
    st.lists(st.tuples(st.integers(0, 7200), st.floats(0, 500)), min_size=2, max_size=60),
    st.integers(0, 7200),
    st.integers(1, 3600),
)
def test_two_hours_add_up_to_what_both_together_give(pairs: list[tuple[int, float]], at: int, gap_s: int) -> None:
    power = [PowerSample(second * S, kilowatts) for second, kilowatts in pairs]
    before, after = split_at(power, at * S, gap_s * S)
    halves = energy_of(before, gap_s * S).kilowatt_hours + energy_of(after, gap_s * S).kilowatt_hours
    assert halves == pytest.approx(energy_of(power, gap_s * S).kilowatt_hours, rel=1e-9, abs=1e-9)
