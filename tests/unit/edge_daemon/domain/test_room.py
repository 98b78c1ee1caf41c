# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How long the disk lasts."""

import pytest

from edge_daemon.domain.room import NS_PER_DAY, bytes_per_day, days_of_room, is_low


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


@pytest.mark.parametrize(
    ("free", "days", "low"),
    [
        (10**12, None, False),
        (10**12, 29.9, True),
        (10**12, 30.0, False),
        (999_999_999, None, True),
        (1_000_000_000, 1e6, False),
    ],
)
def test_a_disk_is_low_by_days_or_by_bytes(free: int, days: float | None, *, low: bool) -> None:
    assert is_low(free, days, before=False) is low


@pytest.mark.parametrize(
    ("free", "days", "low"), [(10**12, 44.9, True), (10**12, 45.0, False), (1_400_000_000, 100.0, True)]
)
def test_a_disk_that_was_low_needs_clearly_more_room(free: int, days: float, *, low: bool) -> None:
    assert is_low(free, days, before=True) is low
