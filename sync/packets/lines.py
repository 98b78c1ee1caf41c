# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Readings, and the hourly summaries between them, as InfluxDB line protocol. Pure.

Source: InfluxDB, Line protocol reference (v2): escaping, field types, nanosecond timestamps; names as in the system
interface, "Time-series schema". A field keeps its type for ever: `value`, `raw` and `quality` are floats, `flag` an
integer, `unit` text. The unit is a field and no tag: another unit would begin another series. An amendment that
corrects a reading's time adds `time_offset_us`, an integer to be added to the point's time, which as its key stays.
`identity="unconfirmed"` stands in a reading that was recorded while it was not sure that it was still of the same
instrument, and in no other.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from sync.packets.item import Item
from sync.packets.line_text import string_field, tag_text
from sync.packets.reading import WireValue
from sync.packets.summary import OutgoingSummary
from sync.packets.summary_lines import summary_lines

MEASUREMENT = "sensor_reading"
PRIMARY = "primary"


def lines_of(items: Iterable[Item]) -> Iterator[str]:
    """One line for each channel that has a value. A missing value has no line: absence is what it means.

    The lines of summaries are those of `sync.packets.summary_lines`.
    """
    for reading in items:
        if isinstance(reading, OutgoingSummary):
            yield from summary_lines(reading)
            continue
        station, facts = reading.station, reading.facts
        offset = "" if reading.time_offset_us is None else f",time_offset_us={reading.time_offset_us}i"
        doubt = ',identity="unconfirmed"' if facts.unconfirmed else ""
        tail = f"{doubt},quality={reading.quality / 100!r}{offset} {reading.t_ns}"
        for value in reading.values:
            if value.value is None or value.raw is None:
                continue
            series = _series(station.project_id, station.device_id, facts.sensor, facts.kind, _measured(value))
            yield f"{series} {_fields(value)}{tail}"


def _measured(value: WireValue) -> str:
    return PRIMARY if value.channel.primary else value.channel.field


def _fields(value: WireValue) -> str:
    return f"value={value.value!r},raw={value.raw!r},flag={value.flag}i,unit={string_field(value.channel.unit)}"


@lru_cache(maxsize=4096)
def _series(project: str, device: str, sensor: str, kind: str, measured: str) -> str:
    tags = {
        "device_id": device,
        "measurement_type": measured,
        "project_id": project,
        "sensor_id": sensor,
        "sensor_type": kind,
    }
    return ",".join([MEASUREMENT, *(f"{name}={tag_text(value)}" for name, value in tags.items() if value)])
