# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Hourly summaries as the recorder writes them, and ready to be delivered, for tests of sync. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.summary import (
    HOUR_NS,
    AirSummary,
    ChannelSummary,
    EnergySummary,
    FactorSummary,
    SummaryBody,
)
from sync.packets.reading import WireChannel
from sync.packets.summary import OutgoingSummary
from tests.support.outgoing import ORIGIN, STATION, T0

HOUR = T0 // HOUR_NS
FACTOR = FactorSummary("grid 2025", 0.5, "2025-06-12", "ministry, table 3", 0.0, legacy_default=False)
WIRE = {
    "temperature": WireChannel("temperature", "°C", 1.0, primary=True),
    "wind": WireChannel("wind_speed", "km/h", 3.6, primary=False),
}


def channel(mean: float | None, unit: str = "°C", **more: object) -> ChannelSummary:
    """Statistics around a mean; None: nothing was accepted."""
    accepted = 0 if mean is None else 3_590
    told = ChannelSummary(
        unit=unit,
        accepted=accepted,
        mean=mean,
        minimum=None if mean is None else mean - 1,
        maximum=None if mean is None else mean + 2,
        flags={"1": accepted, "4": 3_600 - accepted},
        quality_sum=accepted * 90,
        coverage=100 * accepted // 3_600,
        score=None if mean is None else 90,
        level=None if mean is None else "high",
    )
    return replace(told, **more)  # type: ignore[arg-type]  # fields that a test names


def energy(kilowatt_hours: float, **more: object) -> EnergySummary:
    told = EnergySummary(
        kilowatt_hours=kilowatt_hours,
        basis="power",
        channels=("power",),
        covered_us=3_600_000_000,
        uncovered_us=0,
        from_power=kilowatt_hours,
        from_counter=None,
        agree=None,
        counter_events={},
        factor=FACTOR,
        avoided_kilograms=kilowatt_hours * 0.5,
    )
    return replace(told, **more)  # type: ignore[arg-type]  # fields that a test names


def air(pm2_5: float) -> AirSummary:
    return AirSummary({"pm2_5": pm2_5})


def body(sensor: str = "mast", hour: int = HOUR, mean: float | None = 20.5, **more: object) -> SummaryBody:
    """An hour of a sensor with two channels, whose wind is in m/s in the log."""
    channels = {"temperature": channel(mean), "wind": channel(2.0, "m/s", uncertainty=0.5)}
    told = SummaryBody(
        sensor=sensor,
        hour=rfc3339_from_ns(hour * HOUR_NS),
        kind="weather_station",
        primary="temperature",
        readings=3_600,
        expected=3_600,
        accepted=3_590,
        coverage=99,
        score=90,
        level="high",
        rules="4.3/1",
        flags={"1": 3_590, "4": 10},
        channels=channels,
        first=10,
        last=3_700,
    )
    return replace(told, **more)  # type: ignore[arg-type]  # fields that a test names


def withdrawn(sensor: str = "mast", hour: int = HOUR, *, replaces: int) -> SummaryBody:
    """Nothing is left of the hour."""
    empty = body(sensor, hour, channels={}, flags={}, readings=0, expected=0, accepted=0, coverage=0, score=None)
    return replace(empty, level=None, first=None, last=None, withdrawn=True, replaces=replaces, reasons=("moved_away",))


def summary(index: int, told: SummaryBody | None = None, **more: object) -> OutgoingSummary:
    """As it goes out."""
    made = told or body()
    hour = OutgoingSummary(
        index=index,
        t_ns=HOUR * HOUR_NS,
        log=ORIGIN,
        station=STATION,
        body=made,
        channels={name: WIRE[name] for name in made.channels if name in WIRE},
        counts="adds",
        after=index if made.replaces is None else made.replaces,
    )
    return replace(hour, **more)  # type: ignore[arg-type]  # fields that a test names


_LINE = re.compile(r"((?:\\ |[^ \n])+) ((?:\"(?:\\.|[^\"\\])*\"|[^ \"])+) (-?\d+)")
_FIELD = re.compile(r"([a-z_0-9]+)=(\"(?:\\.|[^\"\\])*\"|[^,]+)")

Point = dict[str, str]


def points(lines: Iterable[str], kept: Mapping[tuple[str, int], Point] | None = None) -> dict[tuple[str, int], Point]:
    """What a database holds after these lines: fields by series and time, where a field that is not told stays."""
    held = {key: dict(fields) for key, fields in (kept or {}).items()}
    for line in lines:
        found = _LINE.fullmatch(line)
        assert found, line[:200]
        held.setdefault((found[1], int(found[3])), {}).update(_FIELD.findall(found[2]))
    return held
