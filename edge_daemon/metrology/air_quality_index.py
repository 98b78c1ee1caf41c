# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The United States air quality index with the tables of 6 May 2024, and the NowCast of particles. Pure.

Source: 40 CFR 58 Appendix G as revised, EPA-454/B-24-002 (May 2024); as kept in the calibration reference, section 5.
Concentrations are cut to the pollutant's resolution first and computed in whole numbers of it, since binary fractions
put some values on the wrong side of a half; halves are rounded up. What is cut are the first twelve digits of a number:
twelve hours of exactly 9.1 have a mean of 9.099999999999998 in binary fractions, and are 9.1 all the same.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum

NOWCAST_HOURS = 12
LEAST_WEIGHT = 0.5


class Pollutant(StrEnum):
    """A pollutant over its averaging time."""

    PM2_5 = "pm2_5"
    PM10 = "pm10"
    O3_8H = "o3_8h"
    O3_1H = "o3_1h"
    CO = "co"
    SO2_1H = "so2_1h"
    SO2_24H = "so2_24h"
    NO2 = "no2"


@dataclass(frozen=True, slots=True)
class _Band:
    """Concentrations (in counts of the resolution) and the index values they stand for, ends included."""

    low: int
    high: int
    index_low: int
    index_high: int


@dataclass(frozen=True, slots=True)
class _Scale:
    """Resolution in the pollutant's unit, its bands, and whether the last one goes on above 500."""

    resolution: Decimal
    bands: tuple[_Band, ...]
    open_ended: bool


_INDEX = ((0, 50), (51, 100), (101, 150), (151, 200), (201, 300), (301, 500))


def _scale(resolution: str, ends: Sequence[tuple[int, int] | None], *, open_ended: bool = True) -> _Scale:
    bands = [_Band(*span, *index) for span, index in zip(ends, _INDEX, strict=True) if span is not None]
    return _Scale(Decimal(resolution), tuple(bands), open_ended)


_SCALES = {
    Pollutant.PM2_5: _scale("0.1", [(0, 90), (91, 354), (355, 554), (555, 1254), (1255, 2254), (2255, 3254)]),
    Pollutant.PM10: _scale("1", [(0, 54), (55, 154), (155, 254), (255, 354), (355, 424), (425, 604)]),
    Pollutant.O3_8H: _scale("0.001", [(0, 54), (55, 70), (71, 85), (86, 105), (106, 200), None], open_ended=False),
    Pollutant.O3_1H: _scale("0.001", [None, None, (125, 164), (165, 204), (205, 404), (405, 604)]),
    Pollutant.CO: _scale("0.1", [(0, 44), (45, 94), (95, 124), (125, 154), (155, 304), (305, 504)]),
    Pollutant.SO2_1H: _scale("1", [(0, 35), (36, 75), (76, 185), (186, 304), None, None], open_ended=False),
    Pollutant.SO2_24H: _scale("1", [None, None, None, None, (305, 604), (605, 1004)]),
    Pollutant.NO2: _scale("1", [(0, 53), (54, 100), (101, 360), (361, 649), (650, 1249), (1250, 2049)]),
}
MOST_BY_ONE_HOUR_OF_SO2 = 200


@dataclass(frozen=True, slots=True)
class Index:
    """The index and the pollutant that decides it."""

    value: int
    pollutant: Pollutant


def index_of(pollutant: Pollutant, concentration: float) -> int | None:
    """The index of one pollutant, or None where its table has none.

    `concentration` in µg/m³ for particles, ppm for O3 and CO, ppb for SO2 and NO2, over the averaging time that the
    pollutant's name states. Raises ValueError for one that is negative or not finite.
    """
    exact = _decimal(concentration)
    if not exact.is_finite() or exact < 0:
        raise ValueError(f"{concentration!r} is no concentration of {pollutant}")
    scale = _SCALES[pollutant]
    count = int((exact / scale.resolution).to_integral_value(ROUND_FLOOR))
    last = scale.bands[-1]
    for band in scale.bands:
        if count <= band.high:
            return _interpolated(band, count) if count >= band.low else None
    if pollutant is Pollutant.SO2_1H:
        return MOST_BY_ONE_HOUR_OF_SO2
    return _interpolated(last, count) if scale.open_ended else None


def overall(indices: Iterable[tuple[Pollutant, int | None]]) -> Index | None:
    """The greatest of several pollutants' indices; the first of equals. None where none has one."""
    known = [Index(value, pollutant) for pollutant, value in indices if value is not None]
    return max(known, key=lambda index: index.value, default=None)


def nowcast(hours: Sequence[float | None], pollutant: Pollutant) -> float | None:
    """NowCast (µg/m³, cut to the pollutant's resolution) of up to twelve hourly means, newest first; None is missing.

    None with fewer than two valid of the newest three. Only for particles: ozone has another method. Source: reference
    5.1. Raises ValueError for another pollutant.
    """
    if pollutant not in {Pollutant.PM2_5, Pollutant.PM10}:
        raise ValueError(f"the NowCast of {pollutant} is another method")
    recent = hours[:NOWCAST_HOURS]
    if sum(hour is not None for hour in recent[:3]) < 2:
        return None
    average = weighted_mean(recent)
    resolution = _SCALES[pollutant].resolution
    counts = (_decimal(average) / resolution).to_integral_value(ROUND_FLOOR)
    return float(counts * resolution)


def weighted_mean(hours: Sequence[float | None]) -> float:
    """The NowCast before it is cut: weights fall by min/max of the valid hours, at least by a half, for each hour back.

    Raises ValueError without a valid hour.
    """
    valid = [(back, value) for back, value in enumerate(hours) if value is not None]
    if not valid:
        raise ValueError("no hour is valid")
    least, greatest = min(value for _, value in valid), max(value for _, value in valid)
    weight = max(least / greatest, LEAST_WEIGHT) if greatest > 0 else 1.0
    weighted = math.fsum(weight**back * value for back, value in valid)
    return weighted / math.fsum(weight**back for back, _ in valid)


def _decimal(number: float) -> Decimal:
    return Decimal(f"{number:.12g}")


def _interpolated(band: _Band, count: int) -> int:
    rise, run = band.index_high - band.index_low, band.high - band.low
    doubled = 2 * rise * (count - band.low) + run
    return doubled // (2 * run) + band.index_low
