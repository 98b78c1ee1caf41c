# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How long the disk lasts."""

import pytest

from edge_daemon.domain.room import NS_PER_DAY, bytes_per_day, days_of_room


def test_growth_is_scaled_to_a_day() -> None:
    assert bytes_per_day(500.0, 1_000, NS_PER_DAY // 24) == pytest.approx(12_000_000)
    assert days_of_room(120_000_000, 12_000_000.0) == pytest.approx(10)


@pytest.mark.parametrize(("entries", "during_ns"), [(10, 0), (10, 59 * 10**9), (-1, NS_PER_DAY)])
def test_too_little_says_nothing(entries: int, during_ns: int) -> None:
    assert bytes_per_day(500.0, entries, during_ns) is None


@pytest.mark.parametrize("growth", [None, 0.0])
def test_without_growth_there_is_no_end(growth: float | None) -> None:
    assert days_of_room(10**9, growth) is None


def test_a_full_disk_lasts_no_day() -> None:
    assert days_of_room(-5, 100.0) == 0
