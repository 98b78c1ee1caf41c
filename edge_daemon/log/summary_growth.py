# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a period's summaries say of soil respiration and of stems that grow. Pure.

Source: calibration reference, section 6.3 (a daily mean needs all hours, because respiration follows temperature; flux
is an emission and no sequestration) and 6.4 (stems swell and shrink by day: daily maxima count, not single readings).
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.log.summary_fold import key_of
from edge_daemon.metrology.soil_flux import carbon_g_m2_day

FLUX, FLUX_UNIT = "soil_flux", "µmol m⁻² s⁻¹"
GROWTH, GROWTH_UNIT = "tree_growth", "mm"
HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Respiration:
    """Of one sensor: carbon in g C per m² and day, from `hours` of the period's `due` hours. None with no hour."""

    sensor: str
    carbon_g_m2_day: float | None
    hours: int
    due: int


@dataclass(frozen=True, slots=True)
class Growth:
    """Of one sensor's main channel (mm): the greatest value of the last UTC day less that of the first, and both days'
    numbers since 1970. `millimetres` is None where the period holds no two days with values."""

    sensor: str
    channel: str
    millimetres: float | None
    first_day: int | None
    last_day: int | None


def respirations(within: Sequence[SummaryBody], start_ns: int, end_ns: int) -> tuple[Respiration, ...]:
    """Of every sensor of soil flux among these current summaries of the period."""
    found: dict[str, list[float]] = {one.sensor: [] for one in within if one.kind == FLUX}
    for one in within:
        channel = one.channels.get(one.primary)
        if one.kind == FLUX and channel is not None and channel.mean is not None and channel.unit == FLUX_UNIT:
            found[one.sensor].append(channel.mean)
    due = (end_ns - start_ns) // HOUR_NS
    return tuple(
        Respiration(sensor, carbon_g_m2_day(math.fsum(means) / len(means)) if means else None, len(means), due)
        for sensor, means in sorted(found.items())
    )


def growths(within: Iterable[SummaryBody]) -> tuple[Growth, ...]:
    """Of every dendrometer among these current summaries of the period."""
    highest: dict[tuple[str, str], dict[int, float]] = {}
    for one in within:
        channel = one.channels.get(one.primary)
        if one.kind != GROWTH or channel is None or channel.unit != GROWTH_UNIT:
            continue
        days = highest.setdefault((one.sensor, one.primary), {})
        if channel.maximum is not None:
            day = key_of(one)[1] // HOURS_A_DAY
            days[day] = max(days.get(day, -math.inf), channel.maximum)
    return tuple(_growth(sensor, channel, days) for (sensor, channel), days in sorted(highest.items()))


def _growth(sensor: str, channel: str, days: dict[int, float]) -> Growth:
    if len(days) < 2:
        return Growth(sensor, channel, None, None, None)
    first, last = min(days), max(days)
    return Growth(sensor, channel, days[last] - days[first], first, last)
