# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""One record of the log and its bytes. Pure.

An entry is RFC 8785 JSON in UTF-8. Every entry has `v`, `type`, `t` (RFC 3339 UTC, nine decimals), `mono` (µs) and
`salt` (base64url); the rest is its body. A reading's body is `sensor`, `ch` {channel: [raw, value, flag]}, `q`, `cfg`,
`cal` {channel: index} and, where it settles earlier readings, `re` [[index, channel, flag], …]. The bytes are the
truth: the form of a version never changes, and unknown types and keys are kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.time import ns_from_rfc3339, rfc3339_from_ns
from edge_daemon.log.canonical import JsonValue, NotCanonical, canonical
from edge_daemon.log.reading_encoder import MAX_QUALITY, ReadingEncoder, Settled, encode_reading
from edge_daemon.log.stamp import (
    ENTRY_VERSION,
    RESERVED_KEYS,
    EntryType,
    Stamp,
    check_stamp,
    salt_from_text,
    text_from_salt,
)
from edge_daemon.log.strict_json import NotJson, parse_json
from edge_daemon.log.tree import hash_leaf

__all__ = [
    "ENTRY_VERSION",
    "Entry",
    "EntryType",
    "LoggedReading",
    "NotAnEntry",
    "ReadingEncoder",
    "Settled",
    "Stamp",
    "decode_entry",
    "decode_reading",
    "encode_entry",
    "encode_reading",
    "is_canonical",
    "leaf_hash",
]


class NotAnEntry(ValueError):
    """Bytes that are no entry of a known version; the message says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A decoded entry. `type` may be one this program does not know; `body` holds every key besides the common five."""

    v: int
    type: str
    t_ns: int
    mono_us: int
    salt: bytes
    body: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class LoggedReading:
    """A decoded reading. `quality` is in hundredths; `configuration` and `calibrations` are log indices."""

    sensor: str
    channels: Mapping[str, ChannelValue]
    quality: int
    configuration: int
    calibrations: Mapping[str, int]
    settles: tuple[Settled, ...]
    t_ns: int
    mono_us: int
    salt: bytes


def leaf_hash(data: bytes) -> bytes:
    """The hash of an entry's bytes as a leaf of the log's tree (RFC 9162 section 2.1.1)."""
    return hash_leaf(data)


def encode_entry(type: EntryType, stamp: Stamp, body: Mapping[str, JsonValue]) -> bytes:  # noqa: A002  # its key
    """The bytes of an entry that is not a reading.

    Raises ValueError when the body uses a key that every entry has, or for a reading; NotCanonical for a value that
    cannot be written.
    """
    if type is EntryType.READING:
        raise ValueError("readings are written by encode_reading, which checks them")
    taken = sorted(RESERVED_KEYS & body.keys())
    if taken:
        raise ValueError(f"the body of a {type} entry uses the reserved key {taken[0]!r}")
    check_stamp(stamp)
    common: dict[str, JsonValue] = {
        "v": ENTRY_VERSION,
        "type": type.value,
        "t": rfc3339_from_ns(stamp.t_ns),
        "mono": stamp.mono_us,
        "salt": text_from_salt(stamp.salt),
    }
    return canonical({**common, **body})


def is_canonical(data: bytes) -> bool:
    """Whether `data` is JSON in exactly its RFC 8785 form."""
    try:
        return canonical(parse_json(data)) == data
    except (NotJson, NotCanonical):
        return False


def decode_entry(data: bytes) -> Entry:
    """The entry that `data` holds, in canonical form or not. Raises NotAnEntry with the reason."""
    try:
        document = parse_json(data)
    except NotJson as error:
        raise NotAnEntry(f"an entry is {error}" if str(error).startswith("not ") else str(error)) from error
    if not isinstance(document, dict):
        raise NotAnEntry("an entry must be a JSON object")
    version = _whole(document, "v")
    if version != ENTRY_VERSION:
        raise NotAnEntry(f"the entry has version {version}; this program knows version {ENTRY_VERSION}")
    try:
        stamp = Stamp(
            t_ns=ns_from_rfc3339(_text(document, "t")),
            mono_us=_whole(document, "mono"),
            salt=salt_from_text(_text(document, "salt")),
        )
        check_stamp(stamp)
        if rfc3339_from_ns(stamp.t_ns) != document["t"]:
            raise NotAnEntry(f"t is {document['t']!r}; an entry's time has nine decimals and Z")
    except ValueError as error:
        raise NotAnEntry(str(error)) from error
    body = {key: value for key, value in document.items() if key not in RESERVED_KEYS}
    return Entry(version, _text(document, "type"), stamp.t_ns, stamp.mono_us, stamp.salt, body)


def decode_reading(data: bytes) -> LoggedReading:
    """The reading that `data` holds. Raises NotAnEntry with the reason, also for an entry of another type."""
    entry = decode_entry(data)
    if entry.type != EntryType.READING:
        raise NotAnEntry(f"the entry is a {entry.type}, not a reading")
    body = entry.body
    quality = _whole(body, "q")
    if quality > MAX_QUALITY:
        raise NotAnEntry(f"q is {quality}; it must lie between 0 and {MAX_QUALITY}")
    calibrations = _object(body, "cal")
    return LoggedReading(
        sensor=_text(body, "sensor"),
        channels={name: _channel_value(name, triple) for name, triple in _object(body, "ch").items()},
        quality=quality,
        configuration=_whole(body, "cfg"),
        calibrations={name: _whole(calibrations, name) for name in calibrations},
        settles=_settles(body.get("re", [])),
        t_ns=entry.t_ns,
        mono_us=entry.mono_us,
        salt=entry.salt,
    )


def _channel_value(name: str, triple: JsonValue) -> ChannelValue:
    if not isinstance(triple, list) or len(triple) != 3:
        raise NotAnEntry(f"channel {name!r} must be [raw, value, flag]")
    raw, value, flag = _number(name, triple[0]), _number(name, triple[1]), _flag(name, triple[2])
    if not (raw is None) == (value is None) == (flag is Flag.MISSING):
        raise NotAnEntry(
            f"channel {name!r} must lack raw and value exactly when its flag is {int(Flag.MISSING)} (missing)"
        )
    return ChannelValue(raw, value, flag)


def _settles(items: JsonValue) -> tuple[Settled, ...]:
    if not isinstance(items, list):
        raise NotAnEntry("re must be a list")
    return tuple(_settled(item) for item in items)


def _settled(item: JsonValue) -> Settled:
    if not isinstance(item, list) or len(item) != 3 or not isinstance(item[1], str):
        raise NotAnEntry("each item of re must be [index, channel, flag]")
    return _whole({"re": item[0]}, "re"), item[1], _flag(item[1], item[2])


def _flag(name: str, value: JsonValue) -> Flag:
    if not isinstance(value, int) or isinstance(value, bool) or value not in list(Flag):
        raise NotAnEntry(f"the flag of channel {name!r} is {value!r}; known are {', '.join(str(int(f)) for f in Flag)}")
    return Flag(value)


def _number(name: str, value: JsonValue) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise NotAnEntry(f"channel {name!r} holds {value!r} where a number or null must stand")
    return float(value)


def _member(document: Mapping[str, JsonValue], key: str) -> JsonValue:
    if key not in document:
        raise NotAnEntry(f"the entry has no {key}")
    return document[key]


def _text(document: Mapping[str, JsonValue], key: str) -> str:
    value = _member(document, key)
    if not isinstance(value, str):
        raise NotAnEntry(f"{key} is {value!r}; it must be text")
    return value


def _whole(document: Mapping[str, JsonValue], key: str) -> int:
    value = _member(document, key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise NotAnEntry(f"{key} is {value!r}; it must be a whole number from 0 to 2^53 - 1")
    return value


def _object(document: Mapping[str, JsonValue], key: str) -> Mapping[str, JsonValue]:
    value = _member(document, key)
    if not isinstance(value, Mapping):
        raise NotAnEntry(f"{key} is {value!r}; it must be an object")
    return value
