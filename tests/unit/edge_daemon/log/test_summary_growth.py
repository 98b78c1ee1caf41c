# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Soil respiration and stem growth of a period, from its hourly summaries."""

import pytest

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.summary import HOUR_NS, ChannelSummary, SummaryBody
from edge_daemon.log.summary_growth import FLUX_UNIT, Growth, growths, respirations

DAY = 20_000


def hour(number: int, kind: str, channel: str, unit: str, mean: float | None, maximum: float | None) -> SummaryBody:
    told = ChannelSummary(unit, 10, mean, mean, maximum, {"1": 10}, 900, 100, 90, "high")
    start = rfc3339_from_ns((DAY * 24 + number) * HOUR_NS)
    return SummaryBody(
        "s", start, kind, channel, 10, 10, 10, 100, 90, "high", "4.3/1", {"1": 10}, {channel: told}, 1, 2
    )


def test_respiration_is_carbon_by_day_and_tells_missing_hours() -> None:  # TV-F3
    flux = [hour(number, "soil_flux", "soil_flux", FLUX_UNIT, 5.05159571, 6.0) for number in range(24)]
    start, end = DAY * 24 * HOUR_NS, (DAY + 1) * 24 * HOUR_NS
    (whole,) = respirations(flux, start, end)
    assert whole.carbon_g_m2_day == pytest.approx(5.24229547, rel=1e-6)
    assert (whole.hours, whole.due) == (24, 24)
    (part,) = respirations(flux[:6], start, end)
    assert (part.hours, part.due) == (6, 24)
    (none,) = respirations([hour(0, "soil_flux", "soil_flux", FLUX_UNIT, None, None)], start, end)
    assert none.carbon_g_m2_day is None
    assert respirations([hour(0, "co2", "co2", "ppm", 400, 410)], start, end) == ()


def test_growth_is_between_daily_maxima_and_swelling_by_day_is_none() -> None:
    def swollen(number: int) -> float:
        return 100 + 0.01 * (number // 24) + (0.2 if number % 24 == 5 else 0.0)

    stems = [hour(number, "tree_growth", "diameter", "mm", 100.0, swollen(number)) for number in range(72)]
    (told,) = growths(stems)
    assert told.millimetres == pytest.approx(0.02)
    assert (told.first_day, told.last_day, told.channel) == (DAY, DAY + 2, "diameter")
    assert growths(stems[:24]) == (Growth("s", "diameter", None, None, None),)
    assert growths([hour(0, "tree_growth", "raw", "V", 1, 1)]) == ()
