# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The bytes of a reading, fast: the same as RFC 8785 gives, without building and sorting an object each time. Pure.

Everything that stays the same from one reading of a sensor to the next is laid down once as a template.
"""

from binascii import b2a_base64
from collections.abc import Collection, Mapping, Sequence

from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.canonical import LARGEST_EXACT_INT, NotCanonical, format_number, key_order, quote
from edge_daemon.log.stamp import ENTRY_VERSION, SALT_BYTES, EntryType, Stamp, check_stamp

MAX_QUALITY = 100

Settled = tuple[int, str, Flag]
"""An earlier entry's index, a channel, and the flag that a later sample gives it."""

Triple = tuple[float | None, float | None, Flag]
"""A channel's raw, value and flag, as they stand in the bytes: what a `ChannelValue` holds."""

_MISSING = int(Flag.MISSING)
_WRITTEN = {flag: f",{int(flag)}]" for flag in Flag}
_WRITTEN_MISSING = f"null,null{_WRITTEN[Flag.MISSING]}"
_END = f'"type":"{EntryType.READING}","v":{ENTRY_VERSION}}}'
_SALT_CHARACTERS = (SALT_BYTES * 8 + 5) // 6
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class ReadingEncoder:
    """Encodes the readings of one sensor under one configuration and one set of calibrations.

    `configuration` and the values of `calibrations` are indices of log entries. Make a new encoder when any of
    them changes.
    """

    __slots__ = ("_beginning", "_channels", "_names", "_sensor", "_sensor_text")

    def __init__(
        self, sensor: str, channels: Sequence[str], configuration: int, calibrations: Mapping[str, int]
    ) -> None:
        """Raises ValueError for no channel, a repeated one, an index that is none, or a name that UTF-8 cannot hold."""
        if not channels:
            raise ValueError(f"a reading of {sensor} needs at least one channel")
        if len(set(channels)) != len(channels):
            raise ValueError(f"a channel of {sensor} is named twice: {', '.join(channels)}")
        self._sensor = sensor
        self._sensor_text = quote(sensor)
        self._names = sorted(channels, key=key_order)
        self._channels = [(name, f"{',' if place else ''}{quote(name)}:[") for place, name in enumerate(self._names)]
        self._beginning = _beginning(configuration, calibrations)

    def encode(
        self, stamp: Stamp, channels: Mapping[str, ChannelValue], quality: int, settles: Sequence[Settled] = ()
    ) -> bytes:
        """The entry's bytes (see the module `entry` for their form). `quality` is in hundredths, 0 to 100.

        Raises ValueError, naming sensor and channel, when the channels are not this encoder's, a value is NaN or
        infinite (NotCanonical), or a value is absent without the flag MISSING or present with it.
        """
        triples = {name: (channel.raw, channel.value, channel.flag) for name, channel in channels.items()}
        return self.encode_triples(stamp, triples, quality, settles)

    def encode_triples(
        self, stamp: Stamp, channels: Mapping[str, Triple], quality: int, settles: Sequence[Settled] = ()
    ) -> bytes:
        """As `encode`, for whoever makes readings all the time and need not make an object of each value."""
        if len(channels) != len(self._names):
            raise self._wrong_channels(channels)
        check_stamp(stamp)
        if not 0 <= quality <= MAX_QUALITY:
            raise ValueError(
                f"the quality of a reading of {self._sensor} is {quality}; it must lie between 0 and {MAX_QUALITY}"
            )
        parts = [self._beginning]
        for name, before in self._channels:
            triple = channels.get(name)
            if triple is None:
                raise self._wrong_channels(channels)
            raw, value, flag = triple
            if raw is None or value is None or flag == _MISSING:
                self._check_missing(name, triple)
                parts += (before, _WRITTEN_MISSING)
                continue
            try:
                raw_text = format_number(raw)
                parts += (before, raw_text, ",", raw_text if value == raw else format_number(value), _WRITTEN[flag])
            except NotCanonical as error:
                raise NotCanonical(f"channel {name} of {self._sensor}: {error}") from error
        salt = b2a_base64(stamp.salt)[:_SALT_CHARACTERS].translate(_URL_SAFE).decode("ascii")
        settled = self._settled(settles) if settles else ""
        parts.append(
            f'}},"mono":{stamp.mono_us},"q":{quality},{settled}"salt":"{salt}","sensor":{self._sensor_text},'
            f'"t":"{rfc3339_from_ns(stamp.t_ns)}",{_END}'
        )
        return "".join(parts).encode()

    def _check_missing(self, name: str, triple: Triple) -> None:
        raw, value, flag = triple
        if raw is not None or value is not None or flag != _MISSING:
            raise NotCanonical(
                f"channel {name} of {self._sensor} has raw {raw}, value {value} and flag {int(flag)}: "
                f"raw and value must be absent exactly when the flag is {int(Flag.MISSING)} (missing)"
            )

    def _settled(self, settles: Sequence[Settled]) -> str:
        items = (f"[{_index(index, 'a settled reading')},{quote(name)},{int(flag)}]" for index, name, flag in settles)
        return f'"re":[{",".join(items)}],'

    def _wrong_channels(self, channels: Collection[str]) -> ValueError:
        return ValueError(
            f"a reading of {self._sensor} must have the channels {', '.join(self._names)}; "
            f"it has {', '.join(channels) or 'none'}"
        )


def encode_reading(
    stamp: Stamp,
    sensor: str,
    channels: Mapping[str, ChannelValue],
    quality: int,
    configuration: int,
    calibrations: Mapping[str, int],
    settles: Sequence[Settled] = (),
) -> bytes:
    """One reading's bytes. Raises as `ReadingEncoder` does, which is the quicker way for many readings of a sensor."""
    return ReadingEncoder(sensor, tuple(channels), configuration, calibrations).encode(
        stamp, channels, quality, settles
    )


def _beginning(configuration: int, calibrations: Mapping[str, int]) -> str:
    in_force = ",".join(
        f"{quote(name)}:{_index(calibrations[name], f'the calibration of {name}')}"
        for name in sorted(calibrations, key=key_order)
    )
    return f'{{"cal":{{{in_force}}},"cfg":{_index(configuration, "the configuration")},"ch":{{'


def _index(value: int, what: str) -> int:
    if not 0 <= value <= LARGEST_EXACT_INT:
        raise ValueError(f"{what} is named by the log index {value}, which cannot be one")
    return value
