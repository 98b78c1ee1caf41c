# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The air quality of an hour from the hourly means of a sensor's channels. Pure.

Source: calibration reference, section 5; gases are brought to ppb or ppm at 25 °C and 1 atm (section 5.2).
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from edge_daemon.log.bodies import ChannelBody
from edge_daemon.log.summary import AirSummary, ChannelSummary
from edge_daemon.metrology.air_quality_index import NOWCAST_HOURS, Index, Pollutant, index_of, nowcast, overall

LEAST_COVERAGE = 75
"""Percent of an hour that its mean needs to count, and of the hours that a mean over several needs."""

MICROGRAMS_PER_PPB = {"no2": 1.88043086, "o3": 1.96188056, "so2": 2.61863654}
MILLIGRAMS_PER_PPM_OF_CO = 1.14488199
PARTICLES = {"pm2_5": Pollutant.PM2_5, "pm10": Pollutant.PM10}
ONE_HOUR = {"no2": Pollutant.NO2, "so2": Pollutant.SO2_1H, "o3": Pollutant.O3_1H}
OVER_HOURS = ((Pollutant.O3_8H, "o3", 8), (Pollutant.CO, "co", 8), (Pollutant.SO2_24H, "so2", 24))
"""Means over several hours, of which three quarters are needed."""

INDEX_HOURS = 24
"""So many hours an index looks back."""


def air_of(channels: Mapping[str, ChannelSummary], told: Iterable[ChannelBody]) -> AirSummary | None:
    """The means of the channels that measure a pollutant, in the units of its table; None where none does."""
    found: dict[str, float] = {}
    measured = False
    for channel in told:
        name, summary = channel.wire_field, channels[channel.name]
        if name not in PARTICLES and name not in MICROGRAMS_PER_PPB and name != "co":
            continue
        measured = True
        if summary.mean is not None and summary.coverage >= LEAST_COVERAGE:
            value = _in_table_unit(name, max(summary.mean * channel.wire_factor, 0.0), channel.wire_unit)
            if value is not None:
                found[name] = value
    if not measured:
        return None
    index = overall(
        (pollutant, index_of(pollutant, found[name])) for name, pollutant in ONE_HOUR.items() if name in found
    )
    return AirSummary(found, index.value if index else None, index.pollutant.value if index else "")


def index_now(hours: Sequence[AirSummary | None]) -> Index | None:
    """The index of up to 24 hours, newest first (None: unknown): NowCast of particles, 8 h of O3 and CO, 24 h of much
    SO2, 1 h of the other gases."""
    recent = [{} if hour is None else hour.concentrations for hour in hours]
    found: list[tuple[Pollutant, int | None]] = []
    for name, pollutant in PARTICLES.items():
        average = nowcast([hour.get(name) for hour in recent[:NOWCAST_HOURS]], pollutant)
        if average is not None:
            found.append((pollutant, index_of(pollutant, average)))
    for pollutant, name, span in OVER_HOURS:
        known = [hour[name] for hour in recent[:span] if name in hour]
        if 100 * len(known) >= LEAST_COVERAGE * span:
            found.append((pollutant, index_of(pollutant, math.fsum(known) / len(known))))
    newest = recent[0] if recent else {}
    found.extend((one, index_of(one, newest[name])) for name, one in ONE_HOUR.items() if name in newest)
    return overall(found)


def _in_table_unit(name: str, value: float, unit: str) -> float | None:
    if name in PARTICLES:
        return value if unit == "µg/m³" else None
    if name == "co":
        return {"ppm": value, "mg/m³": value / MILLIGRAMS_PER_PPM_OF_CO}.get(unit)
    if unit not in {"µg/m³", "ppb"}:
        return None
    ppb = value / MICROGRAMS_PER_PPB[name] if unit == "µg/m³" else value
    return ppb / 1000 if name == "o3" else ppb
