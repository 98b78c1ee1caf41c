# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A reading's bytes, read strictly and fast: millions of them are checked. Pure.

Two readers must never understand the same bytes differently, so that a key that stands twice and a number that is none
are refused. The common case is told by counting keys; whatever is unusual goes to the strict reader of the log.
"""

import json
import re
from typing import NamedTuple

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.canonical import LARGEST_EXACT_INT
from edge_daemon.log.entry import LoggedReading, NotAnEntry, decode_reading
from edge_daemon.log.reading_encoder import MAX_QUALITY, Settled

READING_END = b',"type":"reading","v":1}'
"""How the bytes of a reading of version 1 end: RFC 8785 sorts the keys."""

_KEY = b'":'
_PLAIN_KEYS = frozenset({"cal", "cfg", "ch", "mono", "q", "salt", "sensor", "t", "type", "v"})
_FLAGS = frozenset({1, 2, 3, 4, 9})
_MISSING = 9
_NUMBERS = frozenset({int, float})
_TIME_CHARACTERS = len("2026-11-23T08:15:30.250000000Z")
_SALT = re.compile("[A-Za-z0-9_-]{21}[AQgw]", re.ASCII)

Channel = tuple[str, float | None, float | None, int]


class ReadReading(NamedTuple):
    """What a reading says: its channels as (name, raw, value, flag), and the entries that it names.

    `settles` are the flags that it gives to earlier entries; `settled` are the indices of these.
    """

    sensor: str
    t_ns: int
    mono_us: int
    configuration: int
    channels: tuple[Channel, ...]
    calibrations: dict[str, int]
    settled: tuple[int, ...]
    quality: int
    settles: tuple[Settled, ...] = ()


def is_reading(data: bytes) -> bool:
    """Whether the bytes say that they are a reading of version 1."""
    return data.endswith(READING_END)


def read_reading(data: bytes) -> ReadReading:
    """What the reading's bytes say. Raises NotAnEntry with the reason."""
    found = _fast(data)
    return found if found is not None else _strict(decode_reading(data))


def _fast(data: bytes) -> ReadReading | None:
    try:
        document = _DECODER.decode(data.decode("utf-8"))
        channels, calibrations = document["ch"], document["cal"]
        if b'" ' in data or b'"\t' in data or b'"\n' in data or b'"\r' in data:
            return None  # a colon after it would not be counted
        if document.keys() != _PLAIN_KEYS or data.count(_KEY) != 10 + len(channels) + len(calibrations):
            return None
        read = tuple([(name, raw, value, flag) for name, (raw, value, flag) in channels.items()])
        for _, raw, value, flag in read:
            if type(flag) is not int or flag not in _FLAGS:
                return None
            if flag == _MISSING:
                if raw is not None or value is not None:
                    return None
            elif (
                type(raw) not in _NUMBERS
                or type(value) not in _NUMBERS
                or max(abs(raw), abs(value)) > LARGEST_EXACT_INT
            ):
                return None  # larger ones are rare, and an int of Python is not what another reader sees
        sensor, mono_us, text = document["sensor"], document["mono"], document["t"]
        for whole in (document["cfg"], document["q"], mono_us, *calibrations.values()):
            if type(whole) is not int or not 0 <= whole <= LARGEST_EXACT_INT:
                return None
        if (
            (document["v"], document["type"]) != (1, "reading")
            or document["q"] > MAX_QUALITY
            or type(sensor) is not str
            or len(text) != _TIME_CHARACTERS
        ):
            return None
        if text[-1] != "Z" or not _SALT.fullmatch(document["salt"]):
            return None
        return ReadReading(
            sensor, ns_from_rfc3339(text), mono_us, document["cfg"], read, calibrations, (), document["q"]
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _strict(reading: LoggedReading) -> ReadReading:
    return ReadReading(
        reading.sensor,
        reading.t_ns,
        reading.mono_us,
        reading.configuration,
        tuple((name, told.raw, told.value, int(told.flag)) for name, told in reading.channels.items()),
        dict(reading.calibrations),
        tuple(index for index, _, _ in reading.settles),
        reading.quality,
        tuple(reading.settles),
    )


def _refuse(text: str) -> float:
    raise NotAnEntry(f"{text} is not a JSON number")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
