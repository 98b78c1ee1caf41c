# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Dendrometer conversions against the references' numeric checks."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_daemon.instruments import dendrometer as d
from edge_daemon.metrology.fit import Point, fit_polynomial

close = pytest.approx
positions = st.integers(0, d.STEPS - 1)


def framed(position: int, *bits: int) -> int:
    frame = position << 6 | sum(1 << bit for bit in bits)
    return frame | frame.bit_count() % 2


def test_potentiometer() -> None:
    assert d.from_ratio(13107, 26400, 11) == close(5.46125, rel=1e-9)
    assert d.from_ratio(1.250, 2.500, 12.7) == close(6.35)
    for raw in (-5, 0, 263, 26137, 26400, 30000):
        assert d.from_ratio(raw, 26400, 11) is None
    assert d.from_ratio(100, 0, 11) is None


def test_voltage_of_a_published_transducer() -> None:
    assert d.from_voltage(2.0, 0.0, 0.2) == close(10)
    assert d.from_voltage(0.8426, 0.1, 0.2) == close(3.713)


def test_encoder_movement() -> None:
    assert d.unwrapped_um(50, 4000) == close(71.289, abs=5e-4)
    assert d.unwrapped_um(4000, 50) == close(-71.289, abs=5e-4)
    assert d.unwrapped_um(1124, 100) == close(500.0)


def test_positions_are_averaged_on_their_circle() -> None:
    assert d.mean_position([4095, 0]) == close(4095.5)
    assert d.mean_position([10, 20, 30]) == close(20)
    assert d.mean_position([0, 2048]) is None
    assert d.mean_position([]) is None


@pytest.mark.parametrize(
    ("bits", "marginal", "beyond"),
    [((5,), False, False), ((5, 1, 2), True, False), ((5, 1, 2, 3), False, True), ((5, 1), False, False)],
)
def test_a_sound_encoder_frame(bits: tuple[int, ...], marginal: bool, beyond: bool) -> None:
    assert d.encoder_frame(framed(1234, *bits)) == d.EncoderFrame(1234, marginal, beyond)


def test_an_encoder_frame_that_must_be_refused() -> None:
    for frame in (framed(1234), framed(1234, 5, 4), framed(1234, 5) ^ 1, framed(1234, 5) | 1 << 18):
        assert d.encoder_frame(frame) is None


def test_band_compensation_of_the_reference() -> None:
    true = d.band_compensated(0.350, 1000, d.PER_KELVIN["steel 316"], -8 + 20, 20)
    assert true == close(0.222)
    assert d.diameter_from_circumference(true) == close(0.0707, abs=5e-5)
    assert d.band_compensated(0.350, 1000, d.PER_KELVIN["steel 316"], 12, 20, -1) == close(0.478)


@pytest.mark.parametrize(
    ("band", "kelvin", "circumference", "diameter"), [(945, 20, 0.22113, 0.07038787), (1500, 15, 0.26325, 0.08379508)]
)
def test_thermal_correction_of_the_calibration_reference(
    band: float, kelvin: float, circumference: float, diameter: float
) -> None:
    moved = d.band_compensated(0, band, d.PER_KELVIN["steel"], 20 + kelvin, 20)
    assert moved == close(circumference, rel=1e-6)
    assert d.diameter_from_circumference(moved) == close(diameter, rel=1e-6)


def test_rod_compensation() -> None:
    assert d.rod_compensated(1.0, 4.0, 30, 20) == close(0.96)


def test_stems() -> None:
    assert d.diameter_from_circumference(94.5) == close(30.08028424, rel=1e-9)
    assert d.diameter_from_circumference(1.32) == close(0.42016905, rel=1e-7)
    assert d.diameter_from_circumference(50.8) == close(16.17, abs=5e-3)
    assert d.radius_from_circumference(2 * math.pi) == close(1)
    assert d.diameter_from_radius(0.25) == 0.5
    assert d.basal_area_increment(30, 30.42) == close(math.pi / 4 * (30.42**2 - 900))


def test_gauge_blocks() -> None:
    gain, offset = d.two_point(102.4, 0, 2103.5, 10)
    assert gain * 2103.5 + offset == close(10)
    assert gain * 102.4 + offset == close(0)
    with pytest.raises(ValueError, match="two raw values"):
        d.two_point(5, 0, 5, 10)


def test_tv_d1_least_squares_on_gauge_blocks() -> None:
    millivolts, blocks = (102.4, 602.1, 1103.0, 1602.2, 2103.5), (0, 2.5, 5, 7.5, 10)
    line = fit_polynomial([Point(x, y) for x, y in zip(millivolts, blocks, strict=True)])
    assert line.coefficients == close((-0.51066315, 0.0049976993), rel=1e-7)
    assert line.residual_deviation == close(0.00271138, rel=1e-5)
    assert max(map(abs, line.residuals)) == close(0.00334934, rel=1e-5)
    assert line.value(1350.0) == close(6.23623090, rel=1e-8)
    assert line.uncertainty(1350.0) == close(0.00128455, rel=1e-5)


@given(positions, st.floats(-999, 999))
def test_any_movement_under_a_millimetre_is_found_again(old: int, moved_um: float) -> None:
    steps = round(moved_um / d.UM_PER_STEP)
    assert d.unwrapped_um((old + steps) % d.STEPS, old) == close(steps * d.UM_PER_STEP)


@given(positions, st.lists(st.integers(-100, 100), min_size=1, max_size=20))
def test_the_mean_turns_with_the_circle(base: int, offsets: list[int]) -> None:
    here = d.mean_position([offset % d.STEPS for offset in offsets])
    there = d.mean_position([(base + offset) % d.STEPS for offset in offsets])
    assert here is not None
    assert there is not None
    apart = (there - here - base + d.STEPS / 2) % d.STEPS - d.STEPS / 2
    assert apart == close(0, abs=1e-6)


@given(st.floats(-5, 5), st.floats(100, 5000), st.floats(0, 1e-4), st.floats(-20, 50), st.sampled_from([1, -1]))
def test_no_correction_at_the_reference_and_twice_at_twice(
    moved: float, band: float, alpha: float, reference: float, sign: int
) -> None:
    assert d.band_compensated(moved, band, alpha, reference, reference, sign) == moved
    once = d.band_compensated(0, band, alpha, reference + 1, reference, sign)
    assert d.band_compensated(0, band, alpha, reference + 2, reference, sign) == close(2 * once, abs=1e-12)
