# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The numbers of a point, from the readings that it names. Pure: whoever has the readings gets the same ones."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edge_daemon.domain.procedure import PERCENTILE95
from edge_daemon.metrology.stability import slope_per_minute


@dataclass(frozen=True, slots=True)
class PointReading:
    """A reading: µs since boot, and the values that it has, by channel."""

    mono_us: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class PointNumbers:
    """`indication` is the mean of what is shown, `raw`, `deviation` and `slope_per_minute` are of raw; `auxiliary` are
    means of other channels' values, and what is further asked of this one."""

    raw: float
    indication: float
    deviation: float
    slope_per_minute: float
    auxiliary: Mapping[str, float]


def point_numbers(
    readings: Sequence[PointReading], raws: Sequence[float], indicated: Sequence[float], auxiliary: Sequence[str]
) -> PointNumbers:
    """The numbers of two readings at the least; `raws` and `indicated` are raw and what is shown of the channel itself,
    one for each."""
    return PointNumbers(
        raw=math.fsum(raws) / len(raws),
        indication=math.fsum(indicated) / len(indicated),
        deviation=statistics.stdev(raws),
        slope_per_minute=slope_per_minute(
            [(reading.mono_us * 1_000, raw) for reading, raw in zip(readings, raws, strict=True)]
        ),
        auxiliary={**_means(readings, auxiliary), **_statistics(indicated, auxiliary)},
    )


def _means(readings: Sequence[PointReading], channels: Sequence[str]) -> dict[str, float]:
    means = {}
    for name in channels:
        given = [reading.values[name] for reading in readings if name in reading.values]
        if given:
            means[name] = math.fsum(given) / len(given)
    return means


def _statistics(indicated: Sequence[float], auxiliary: Sequence[str]) -> dict[str, float]:
    if PERCENTILE95 not in auxiliary:
        return {}
    return {PERCENTILE95: statistics.quantiles(map(abs, indicated), n=20, method="inclusive")[-1]}
