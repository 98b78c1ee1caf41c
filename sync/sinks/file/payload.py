# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Readings and hourly summaries as JSON lines and back, so that another machine can deliver them as this one would.
Pure.

The first line holds what many readings share, {"stations": […], "sensors": […]}; each other line is one reading:
[index, reported time in ns as text, quality in hundredths, sensor's place, station's place, sent again, the sensor it
was recorded as, what is added to its time in µs or null, [[channel's place, raw, value, flag], …]].
A summary is an object with the fields of `OutgoingSummary`. Numbers are written so that they come back bit for bit.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import cache

from pydantic import TypeAdapter

from edge_daemon.domain.station import Location, Station
from sync.packets.item import Item
from sync.packets.reading import Outgoing, SensorFacts, WireChannel, WireValue
from sync.packets.summary import OutgoingSummary


class NotReadings(ValueError):
    """Bytes that are no readings; the message says where."""


def encode(items: Sequence[Item]) -> bytes:
    """The lines, in UTF-8."""
    readings = [item for item in items if isinstance(item, Outgoing)]
    facts = {id(reading.facts): reading.facts for reading in readings}
    stations = {id(reading.station): reading.station for reading in readings}
    fact_places = {key: place for place, key in enumerate(facts)}
    station_places = {key: place for place, key in enumerate(stations)}
    channels = {key: _channels(key, readings) for key in facts}
    shared = {
        "stations": [asdict(station) for station in stations.values()],
        "sensors": [_sensor(told, list(channels[key].values())) for key, told in facts.items()],
    }
    places = {key: {channel: place for place, channel in enumerate(told)} for key, told in channels.items()}
    lines = [_line(shared)]
    for reading in items:
        if isinstance(reading, OutgoingSummary):
            lines.append(_line(_summaries().dump_python(reading, mode="json", by_alias=True)))
            continue
        key = id(reading.facts)
        values = [[places[key][id(told.channel)], told.raw, told.value, told.flag] for told in reading.values]
        place, station = fact_places[key], station_places[id(reading.station)]
        row = [reading.index, str(reading.t_ns), reading.quality, place, station, reading.resent]
        lines.append(_line([*row, reading.recorded_as, reading.time_offset_us, values]))
    return "".join(lines).encode()


def decode(data: bytes) -> Iterator[Item]:
    """Readings and summaries, in order; readings of one station share it. Raises NotReadings."""
    lines = [line for line in data.split(b"\n") if line]
    try:
        shared = json.loads(lines[0])
        stations = [_station(told) for told in shared["stations"]]
        sensors = [_facts(told) for told in shared["sensors"]]
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise NotReadings(f"line 1 does not say which stations and sensors there are: {error!r}") from error
    for number, line in enumerate(lines[1:], start=2):
        try:
            if line.startswith(b"{"):
                yield _summaries().validate_json(line)
                continue
            index, t_ns, quality, sensor, station, resent, recorded_as, offset_us, values = json.loads(line)
            facts, channels = sensors[sensor]
            told = tuple(WireValue(channels[place], raw, value, flag) for place, raw, value, flag in values)
            yield Outgoing(index, int(t_ns), quality, facts, stations[station], told, resent, recorded_as, offset_us)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise NotReadings(f"line {number} is no reading: {error!r}") from error


@cache
def _summaries() -> TypeAdapter[OutgoingSummary]:
    return TypeAdapter(OutgoingSummary)


def _channels(key: int, readings: Iterable[Outgoing]) -> dict[int, tuple[str, WireChannel]]:
    """Every channel of the sensor by identity, also those that its configuration does not name."""
    found: dict[int, tuple[str, WireChannel]] = {}
    for reading in readings:
        if id(reading.facts) == key:
            if not found:
                found = {id(channel): (name, channel) for name, channel in reading.facts.channels.items()}
            for value in reading.values:
                found.setdefault(id(value.channel), ("", value.channel))
    return found


def _sensor(facts: SensorFacts, channels: list[tuple[str, WireChannel]]) -> dict[str, object]:
    plain = {name: value for name, value in asdict(facts).items() if name != "channels"}
    if not facts.unconfirmed:
        del plain["unconfirmed"]
    return plain | {"channels": [{"name": name} | asdict(channel) for name, channel in channels]}


def _facts(told: dict[str, object]) -> tuple[SensorFacts, list[WireChannel]]:
    plain = dict(told)
    listed = plain.pop("channels")
    if not isinstance(listed, list):
        raise TypeError("a sensor without channels")
    named = [(str(channel.pop("name")), WireChannel(**channel)) for channel in listed]
    own = {name: channel for name, channel in named if name}
    return SensorFacts(channels=own, **plain), [channel for _, channel in named]  # type: ignore[arg-type]  # from JSON


def _station(told: dict[str, object]) -> Station:
    location = told["location"]
    known = Location(**location) if isinstance(location, dict) else None
    return Station(str(told["device_id"]), str(told["project_id"]), str(told["name"]), known)


def _line(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"
