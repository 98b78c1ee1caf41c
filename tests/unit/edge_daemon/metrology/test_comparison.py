# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The calibration reference's vectors on comparisons, sections 1.4.2, 1.4.4 and 1.4.6."""

import pytest

from edge_daemon.metrology.comparison import Targets, compared, error_percent, sensitivity

REFERENCE = [5.1, 8.0, 12.4, 15.9, 20.3, 27.8, 35.2, 44.0]


def close(expected: float) -> object:
    return pytest.approx(expected, rel=1e-7)


def test_vector_p4_meets_all_targets() -> None:
    found = compared(REFERENCE, [6.0, 9.1, 13.0, 18.2, 22.9, 31.1, 40.2, 49.0])
    assert found.slope == close(1.12262442)
    assert found.intercept == pytest.approx(0.01415762, abs=5e-9)
    assert (found.determination, found.rmse) == (close(0.99895912), close(3.06838720))
    assert found.nrmse_percent == close(14.5507395)
    assert Targets().missed(found) == ()


def test_vector_p5_fails_by_slope_and_error_though_it_correlates() -> None:
    found = compared(REFERENCE, [2.0, 3.5, 5.5, 7.0, 9.0, 12.0, 15.0, 18.0])
    assert found.slope == close(0.41236598)
    assert found.intercept == pytest.approx(0.30423249, abs=5e-9)
    assert (found.determination, found.rmse) == (close(0.99731130), close(14.2216824))
    assert found.nrmse_percent == close(67.4412917)
    missed = Targets().missed(found)
    assert [words.split()[0] for words in missed] == ["slope", "error"]


def test_vector_i3_sensitivity() -> None:
    voltages = [9871.0, 9402.0, 8930.0, 8011.0, 7205.0]
    found = sensitivity(voltages, [952.4, 908.1, 862.0, 774.2, 695.0])
    assert found.mean == close(10.35836374)
    assert found.deviation == pytest.approx(0.00795483, abs=5e-9)
    assert found.mean_deviation == pytest.approx(0.00355751, abs=5e-9)
    assert found.ratio_of_sums == close(10.35832717)
    assert found.change_percent(10.35) == pytest.approx(0.0808091, abs=5e-8)
    assert found.rejected == ()


def test_a_minute_with_a_cloud_is_left_out_of_the_sensitivity() -> None:
    found = sensitivity([9871.0, 9402.0, 5000.0, 8011.0], [952.4, 908.1, 862.0, 774.2])
    assert found.rejected == (2,)
    assert found.mean == pytest.approx(10.355, abs=0.01)


@pytest.mark.parametrize(("indicated", "reference", "percent"), [(100.18, 100.0, 0.18), (18.0, 18.030, -0.166389)])
def test_vectors_w1_and_w2_error_of_a_meter(indicated: float, reference: float, percent: float) -> None:
    assert error_percent(indicated, reference) == pytest.approx(percent, abs=5e-7)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="three pairs"):
        compared([1.0, 2.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="stood still"):
        compared([5.0, 5.0, 5.0], [5.0, 5.1, 4.9])
    with pytest.raises(ValueError, match="above 0"):
        sensitivity([1.0], [0.0])
    with pytest.raises(ValueError, match="agree within 2 %"):
        sensitivity([10.0, 20.0], [1.0, 1.0])
    with pytest.raises(ValueError, match="reference of 0"):
        error_percent(1.0, 0.0)
