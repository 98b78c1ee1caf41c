# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Values straight between the lines of a table."""

import pytest

from edge_daemon.metrology.interpolation import straight_between

TABLE = ((0.0, 7.12), (10.0, 7.06), (25.0, 7.00))


@pytest.mark.parametrize(("x", "value"), [(0.0, 7.12), (5.0, 7.09), (10.0, 7.06), (17.5, 7.03), (25.0, 7.0)])
def test_between_two_lines_it_is_straight(x: float, value: float) -> None:
    assert straight_between(TABLE, x) == pytest.approx(value)


@pytest.mark.parametrize("x", [-0.1, 25.1, float("nan")])
def test_beyond_the_table_nothing_is_known(x: float) -> None:
    with pytest.raises(ValueError, match="nothing"):
        straight_between(TABLE, x)
    with pytest.raises(ValueError):
        straight_between((), 1.0)
