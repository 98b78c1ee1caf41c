# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Readings as the packets that the marketplace receives over MQTT. Pure.

Source: the system interface, "Sensor kinds and the fields of a reading on the wire". A packet covers a range of one log
and holds at most one reading of each sensor. It depends on that range alone, so a packet that is sent again is the same
bytes, and whoever has seen its `local_hash` can drop it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from edge_daemon.domain.destination import HashForm
from edge_daemon.domain.station import Location
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.log.canonical import JsonValue, canonical
from sync.packets.reading import Outgoing, SensorFacts, WireValue

MOST_SENSORS = 64
"""A packet of 64 sensors stays below 32 kB, which every broker takes."""

_STATUS = {1: "ok", 2: "ok", 3: "suspect", 4: "fail", 9: "missing"}
_SEVERITY = {1: 0, 2: 1, 3: 2, 4: 3, 9: 4}


@dataclass(frozen=True, slots=True)
class Packet:
    """The payload and what it covers: readings `first` to `last` of the log (indices), `count` of them."""

    payload: bytes
    first: int
    last: int
    count: int


def groups(readings: Iterable[Outgoing]) -> Iterator[list[Outgoing]]:
    """Consecutive readings that fit one packet: none of a sensor twice, none of another station."""
    group: list[Outgoing] = []
    sensors: set[str] = set()
    for reading in readings:
        sensor = reading.facts.sensor
        full = sensor in sensors or len(group) >= MOST_SENSORS
        if group and (full or reading.station is not group[0].station):
            yield group
            group, sensors = [], set()
        group.append(reading)
        sensors.add(sensor)
    if group:
        yield group


def packet_of(group: Sequence[Outgoing], origin: str, form: HashForm) -> Packet:
    """The packet of readings that `groups` put together. `origin` is their log's."""
    first, last = group[0], group[-1]
    content: dict[str, JsonValue] = {
        "timestamp": rfc3339_from_ns(max(reading.t_ns for reading in group)),
        "device_id": last.station.device_id,
        "project_id": last.station.project_id,
        "location": location_of(last.station.location),
        "sensors": {reading.facts.sensor: _sensor(reading) for reading in group},
        "log": origin,
        "first": first.index,
        "last": last.index,
    }
    content["local_hash"] = local_hash(content, form)
    payload = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Packet(payload, first.index, last.index, len(group))


def local_hash(content: Mapping[str, JsonValue], form: HashForm) -> str:
    """SHA-256 (hexadecimal) over the packet without `local_hash`, in the form that the receiver checks."""
    rest = {name: value for name, value in content.items() if name != "local_hash"}
    data = canonical(rest) if form == "rfc8785" else json.dumps(rest, sort_keys=True, default=str).encode()
    return hashlib.sha256(data).hexdigest()


def sensor_of(
    facts: SensorFacts, values: Iterable[WireValue], *, timestamp: float, status: JsonValue, score: float
) -> dict[str, JsonValue]:
    """A sensor's part of a packet. `identity` stands in it only where it was not sure which instrument it was."""
    told: dict[str, JsonValue] = {value.channel.field: number_of(value.value) for value in values}
    if facts.unconfirmed:
        told |= {"identity": "unconfirmed"}
    return told | {
        "unit": facts.unit,
        "timestamp": timestamp,
        "status": status,
        "sensor_type": facts.kind,
        "sensor_model": facts.model,
        "calibration_date": facts.calibration_date,
        "data_quality_score": score,
    }


def number_of(value: float | None) -> float | None:
    """The value; None too for one that is beyond all numbers in the wire's unit, which JSON cannot write."""
    return value if value is None or value - value == 0 else None


def status_of(reading: Outgoing) -> str:
    """`ok`, or the fault of the worst channel."""
    return _status_of(*[value.flag for value in reading.values])


@lru_cache(maxsize=1024)
def _status_of(*flags: int) -> str:
    return _STATUS[max(flags, key=_SEVERITY.__getitem__, default=9)]


def seconds_of(t_ns: int) -> float | int:
    """Unix seconds: to the microsecond, which a double holds exactly enough at this date; whole ones stay whole."""
    seconds, rest = divmod(t_ns, NS_PER_S)
    return seconds if rest == 0 else round(seconds + rest / NS_PER_S, 6)


def location_of(location: Location | None) -> dict[str, JsonValue] | None:
    """The station's place as a packet tells it."""
    if location is None:
        return None
    return {
        "latitude": location.latitude,
        "longitude": location.longitude,
        "elevation": location.elevation,
        "address": location.address,
    }


def _sensor(reading: Outgoing) -> dict[str, JsonValue]:
    """A sensor's part; `time_offset_us` where an amendment corrects its time, which as its key stays."""
    offset: dict[str, JsonValue] = {} if reading.time_offset_us is None else {"time_offset_us": reading.time_offset_us}
    return offset | sensor_of(
        reading.facts,
        reading.values,
        timestamp=seconds_of(reading.t_ns),
        status=status_of(reading),
        score=reading.quality / 100,
    )
