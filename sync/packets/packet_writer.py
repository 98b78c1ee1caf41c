# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Packets quickly: the very bytes of `sync.packets.packet.packet_of`, from what is the same in every reading. Pure.

A sensor's part of a packet differs from the last one's in a few numbers alone. They are put into text that was made
once; tests hold both ways against each other.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from edge_daemon.domain.destination import HashForm
from edge_daemon.domain.station import Station
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.canonical import JsonValue
from sync.packets.packet import Packet, location_of, number_of, packet_of, seconds_of, sensor_of, status_of
from sync.packets.reading import Outgoing, SensorFacts, WireChannel, WireValue

MOST_TEMPLATES = 1024


class _Slot(float):
    """Stands in a template for the n-th value that changes."""


class _Text(NamedTuple):
    """A text with `%s` where values go, and which ones."""

    text: str
    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Template:
    """A sensor's part. It holds on to what it was made for, so that no other object takes on its identity."""

    name: str
    compact: _Text
    spaced: _Text
    made_for: tuple[SensorFacts, tuple[WireChannel, ...]]


@dataclass(frozen=True, slots=True)
class _Ends:
    """What stands around the sensors of a station's packets."""

    station: Station
    compact: tuple[str, str]
    spaced: tuple[str, str, str]


class PacketWriter:
    """Packets of one log with one form of hash. Not safe to share between threads."""

    def __init__(self, origin: str, form: HashForm) -> None:
        self._origin = origin
        self._form = form
        self._templates: dict[tuple[int, ...], _Template] = {}
        self._ends: _Ends | None = None

    def packet(self, group: Sequence[Outgoing]) -> Packet:
        """The packet of readings that `groups` put together."""
        if self._form != "sorted_json" or any(reading.time_offset_us is not None for reading in group):
            return packet_of(group, self._origin, self._form)
        first, last = group[0], group[-1]
        ends = self._ends_of(last.station)
        compact, spaced = [], []
        for reading in group:
            template = self._template(reading)
            values = _values(reading)
            compact.append(template.compact.text % tuple([values[slot] for slot in template.compact.slots]))
            spaced.append(
                (template.name, template.spaced.text % tuple([values[slot] for slot in template.spaced.slots]))
            )
        time = rfc3339_from_ns(max(reading.t_ns for reading in group))
        if len(spaced) > 1:
            spaced.sort()
        hashed = "".join([
            ends.spaced[0], f'"first": {first.index}, "last": {last.index}', ends.spaced[1],
            ", ".join([text for _, text in spaced]), ends.spaced[2], f'"timestamp": "{time}"}}',
        ])  # fmt: skip
        payload = "".join([
            f'{{"timestamp":"{time}"', ends.compact[0], ",".join(compact), ends.compact[1],
            f'"first":{first.index},"last":{last.index},"local_hash":"',
            hashlib.sha256(hashed.encode()).hexdigest(), '"}',
        ])  # fmt: skip
        return Packet(payload.encode(), first.index, last.index, len(group))

    def _template(self, reading: Outgoing) -> _Template:
        key = (id(reading.facts), *[id(value.channel) for value in reading.values])
        template = self._templates.get(key)
        if template is None:
            if len(self._templates) >= MOST_TEMPLATES:
                self._templates.clear()
            template = self._templates[key] = _template_of(reading)
        return template

    def _ends_of(self, station: Station) -> _Ends:
        if self._ends is None or self._ends.station is not station:
            self._ends = _ends_of(station, self._origin)
        return self._ends


def _values(reading: Outgoing) -> list[str]:
    """What changes, as JSON: time, status and score, then each channel's value."""
    values = [repr(seconds_of(reading.t_ns)), f'"{status_of(reading)}"', repr(reading.quality / 100)]
    for value in reading.values:
        number = number_of(value.value)
        values.append("null" if number is None else repr(number))
    return values


def _template_of(reading: Outgoing) -> _Template:
    slotted = tuple(
        WireValue(value.channel, None, _Slot(place), 1) for place, value in enumerate(reading.values, start=3)
    )
    told = sensor_of(reading.facts, slotted, timestamp=_Slot(0), status=_Slot(1), score=_Slot(2))
    name = reading.facts.sensor
    channels = tuple(value.channel for value in reading.values)
    compact = _text(name, told, ":", ",", ascii_only=False)
    spaced = _text(name, dict(sorted(told.items())), ": ", ", ", ascii_only=True)
    return _Template(name, compact, spaced, (reading.facts, channels))


def _text(name: str, told: dict[str, JsonValue], colon: str, comma: str, *, ascii_only: bool) -> _Text:
    def fixed(value: JsonValue) -> str:
        return json.dumps(value, ensure_ascii=ascii_only).replace("%", "%%")

    slots = tuple(int(value) for value in told.values() if isinstance(value, _Slot))
    members = [
        f"{fixed(key)}{colon}{'%s' if isinstance(value, _Slot) else fixed(value)}" for key, value in told.items()
    ]
    return _Text(f"{fixed(name)}{colon}{{{comma.join(members)}}}", slots)


def _ends_of(station: Station, origin: str) -> _Ends:
    location = location_of(station.location)

    def compact(value: JsonValue) -> str:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def spaced(value: JsonValue) -> str:
        return json.dumps(value, sort_keys=True)

    device, project = station.device_id, station.project_id
    return _Ends(
        station,
        compact=(
            f',"device_id":{compact(device)},"project_id":{compact(project)},"location":{compact(location)},"sensors":{{',
            f'}},"log":{compact(origin)},',
        ),
        spaced=(
            f'{{"device_id": {spaced(device)}, ',
            f', "location": {spaced(location)}, "log": {spaced(origin)}, "project_id": {spaced(project)}, '
            '"sensors": {',
            "}, ",
        ),
    )
