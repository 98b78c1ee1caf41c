# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The packets of a Davis Vantage console: checksum, LOOP and LOOP2, and the units they are turned into. Pure.

Sources: Davis Instruments, Vantage Pro serial communication reference, revisions 2.3 to 2.6.1 (packets, units, missing
values); an open weather station driver (resolution of the gust). The console shows dashes where a sensor is not there
or lost; that is no value here, never a zero.
"""

import binascii
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import ChecksumMismatch, MalformedFrame
from edge_daemon.instruments.driver import Sample

PACKET_BYTES = 99
LOOP, LOOP2 = 0, 1

HPA_PER_INHG = 33.8639
M_S_PER_MPH = 0.44704

CLICK_MM: Mapping[str, float] = {"0.01 in": 0.254, "0.2 mm": 0.2, "0.1 mm": 0.1}
"""Rain of one tip of the bucket, by the console's name of the collector, in the order of its number in the console."""

RAIN = ("precipitation", "precipitation_year", "precipitation_rate")

_TYPE = 4
_WIND_NOW, _MEAN_10_MIN, _GUST = 14, 18, 22
_TRANSMITTER_BATTERIES = 86
_LINE_END = 95


def crc(data: bytes) -> bytes:
    """CRC-CCITT (polynomial 0x1021, start 0) in wire order, high byte first."""
    return binascii.crc_hqx(data, 0).to_bytes(2, "big")


def sealed(data: bytes) -> bytes:
    """Data with its checksum."""
    return data + crc(data)


def opened(data: bytes) -> bytes:
    """Data without its checksum. Raises ChecksumMismatch."""
    if crc(data[:-2]) != data[-2:]:
        raise ChecksumMismatch(f"the checksum of {len(data)} bytes from the console is wrong: {data[:32].hex(' ')}")
    return data[:-2]


def celsius(tenths_f: float) -> float:
    """Tenths of a degree Fahrenheit as °C."""
    return (tenths_f / 10 - 32) / 1.8


@dataclass(frozen=True, slots=True)
class _Field:
    """Where a number lies in a packet, as `struct` has it, which numbers mean dashes, and what it is in our unit."""

    channel: str
    offset: int
    kind: str
    missing: frozenset[int]
    converted: Callable[[int], float]

    def value(self, packet: bytes) -> float | None:
        (number,) = struct.unpack_from(self.kind, packet, self.offset)
        return None if number in self.missing else self.converted(number)


def _hpa(thousandths_inhg: int) -> float:
    return thousandths_inhg * HPA_PER_INHG / 1000


def _m_s(mph: float) -> float:
    return mph * M_S_PER_MPH


def _bearing(degrees: int) -> float:
    return float(degrees % 360)


_BYTE_DASH = frozenset({0xFF})
_WORD_DASH = frozenset({0x7FFF})
_COUNT_DASH = frozenset({0xFFFF})
_BEARING_DASH = frozenset({0, 0x7FFF})

_LOOP_FIELDS = (
    _Field("temperature", 12, "<h", _WORD_DASH, celsius),
    _Field("humidity", 33, "B", _BYTE_DASH, float),
    _Field("pressure", 7, "<H", frozenset({0}), _hpa),
    _Field("wind_speed", _WIND_NOW, "B", _BYTE_DASH, _m_s),
    _Field("wind_direction", 16, "<H", _BEARING_DASH, _bearing),
    _Field("solar_irradiance", 44, "<H", _WORD_DASH, float),
    _Field("uv_index", 43, "B", _BYTE_DASH, lambda tenths: tenths / 10),
    _Field("wind_speed_10min", 15, "B", _BYTE_DASH, _m_s),
    _Field("inside_temperature", 9, "<h", _WORD_DASH, celsius),
    _Field("inside_humidity", 11, "B", _BYTE_DASH, float),
    _Field("console_battery", 87, "<H", frozenset(), lambda raw: raw * 300 / 512 / 100),
)
_LOOP2_FIELDS = (
    _Field("pressure_station", 67, "<H", frozenset({0}), _hpa),
    _Field("wind_gust_direction", 24, "<H", _BEARING_DASH, _bearing),
)
_RAIN_CLICKS = (
    _Field("precipitation", 50, "<H", _COUNT_DASH, float),
    _Field("precipitation_year", 54, "<H", _COUNT_DASH, float),
    _Field("precipitation_rate", 41, "<H", _COUNT_DASH, float),
)


def opened_packet(packet: bytes) -> tuple[int, bytes]:
    """A packet's type (LOOP or LOOP2) and its bytes, once they are known to be whole.

    Raises ChecksumMismatch, MalformedFrame.
    """
    if len(packet) != PACKET_BYTES:
        raise MalformedFrame(f"{len(packet)} bytes where a packet has {PACKET_BYTES}")
    content = opened(packet)
    if not content.startswith(b"LOO") or content[_LINE_END:] != b"\n\r" or content[_TYPE] not in {LOOP, LOOP2}:
        raise MalformedFrame(f"no LOOP or LOOP2 packet: {packet[:16].hex(' ')} …")
    return content[_TYPE], content


def loop_channels(content: bytes, click_mm: float) -> dict[str, float | None]:
    """The channels of a LOOP packet; one tip of the bucket is `click_mm` of rain."""
    channels = {field.channel: field.value(content) for field in _LOOP_FIELDS}
    for field in _RAIN_CLICKS:
        clicks = field.value(content)
        channels[field.channel] = None if clicks is None else clicks * click_mm
    return channels


def loop2_channels(content: bytes) -> dict[str, float | None]:
    """What a LOOP2 packet has and a LOOP packet has not."""
    channels = {field.channel: field.value(content) for field in _LOOP2_FIELDS}
    gust_mph = _gust_mph(content)
    channels["wind_gust"] = None if gust_mph is None else _m_s(gust_mph)
    return channels


def _gust_mph(content: bytes) -> float | None:
    # The reference says tenths, consoles in the field send whole miles per hour. A gust is no less than the mean of the
    # same ten minutes or the wind just now, and the cups resolve one mile per hour: what would be less, or would be a
    # fraction of a mile per hour, is not tenths.
    (gust,) = struct.unpack_from("<H", content, _GUST)
    (mean_tenths,) = struct.unpack_from("<H", content, _MEAN_10_MIN)
    now = content[_WIND_NOW]
    if gust in {0xFF, 0xFFFF, 0x7FFF} or mean_tenths in {0xFFFF, 0x7FFF} or now == 0xFF:
        return None
    least_tenths = max(mean_tenths, 10 * now, 10)
    return float(gust) if gust < least_tenths or gust % 10 else gust / 10


def weak_transmitters(content: bytes) -> tuple[int, ...]:
    """The transmitters (1 to 8) whose battery a LOOP packet calls low."""
    return tuple(number + 1 for number in range(8) if content[_TRANSMITTER_BATTERIES] >> number & 1)


def judged(channels: Mapping[str, float | None], weak: tuple[int, ...], rain_doubt: str) -> Sample:
    """The sample with what the console says of itself; `rain_doubt` says why the rain may be wrongly scaled, if so."""
    words = [f"the battery of transmitter {number} is low" for number in weak]
    flags: dict[str, Flag] = {}
    if rain_doubt:
        words.append(rain_doubt)
        flags = {name: Flag.SUSPECT for name in RAIN if channels.get(name) is not None}
    return Sample(channels, flags, "; ".join(words) or "ok")
