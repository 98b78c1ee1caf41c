# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The calibration reference's vectors on pH, section 1.4.9."""

import pytest

from edge_daemon.metrology.electrode import buffer_ph, electrode_of, nernst_slope, segment_slopes


def close(expected: float) -> object:
    return pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(("temperature", "slope"), [(0, -54.1988), (10, -56.1830), (25, -59.1593), (40, -62.1357)])
def test_vector_h1_nernst(temperature: float, slope: float) -> None:
    assert nernst_slope(temperature) == pytest.approx(slope, abs=5e-5)


def test_below_absolute_zero_there_is_no_slope() -> None:
    with pytest.raises(ValueError, match="absolute zero"):
        nernst_slope(-274)


def test_vector_h2_two_buffers_and_samples_of_two_temperatures() -> None:
    cell = electrode_of([(7.00, -12.4), (10.01, -186.1)], 25)
    assert cell.slope_mv == close(-57.7076412)
    assert cell.efficiency_percent == close(97.5461047)
    assert cell.ph(-80, 25) == close(8.17142199)
    assert cell.slope_at(10) == close(-54.8043555)
    assert cell.ph(-80, 10) == close(8.23347860)


def test_vector_h3_cold_buffers() -> None:
    cell = electrode_of([(7.06, -8.0), (10.18, -182.5)], 10)
    assert cell.slope_mv == close(-55.9294872)
    assert cell.efficiency_percent == close(99.5487231)


def test_a_healthy_electrode_does_not_look_worn_in_the_cold() -> None:
    assert electrode_of([(7.0, 0.0), (8.0, -55.2)], 5).slope25_mv == pytest.approx(-59.17, abs=0.01)


def test_vector_h4_three_buffers() -> None:
    buffers = [(4.00, 168.3), (7.00, -9.1), (10.01, -184.9)]
    assert segment_slopes(buffers) == (close(-59.1333333), close(-58.4053156))
    line = electrode_of(buffers, 25)
    assert line.zero_mv == close(-8.37077161)
    assert line.slope_mv == close(-58.7685169)
    assert line.efficiency_percent == close(99.3393559)
    assert line.residuals == tuple(pytest.approx(one, abs=5e-7) for one in (0.365221, -0.729228, 0.364008))


def test_vector_h5_good_and_worn() -> None:
    good = electrode_of([(4.01, 160), (7.01, -15)], 25)
    worn = electrode_of([(4.01, 160), (7.01, 15)], 25)
    assert good.slope_mv == close(-58.3333333)
    assert good.efficiency_percent == pytest.approx(98.6037, abs=5e-5)
    assert worn.slope_mv == close(-48.3333333)
    assert worn.efficiency_percent == pytest.approx(81.7002, abs=5e-5)


@pytest.mark.parametrize(
    ("nominal", "temperature", "ph"), [(7.00, 10, 7.06), (10.01, 0, 10.32), (4.00, 40, 4.03), (10.01, 17.5, 10.09)]
)
def test_buffers_by_temperature(nominal: float, temperature: float, ph: float) -> None:
    assert buffer_ph(nominal, temperature) == pytest.approx(ph)


def test_what_is_no_buffer_or_no_pair_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no buffer of pH 6"):
        buffer_ph(6.0, 20)
    with pytest.raises(ValueError, match="0 to 40 °C"):
        buffer_ph(7.0, 41)
    with pytest.raises(ValueError, match="two different buffers"):
        electrode_of([(7.0, 0.0), (7.0, 1.0)], 25)
    with pytest.raises(ValueError, match="two buffers of pH 7"):
        segment_slopes([(7.0, 0.0), (7.0, 1.0)])
