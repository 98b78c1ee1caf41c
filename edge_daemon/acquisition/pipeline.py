# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""From a decoded sample to the record of a reading. Pure.

A value is never altered or dropped: what is wrong with it is said by its flag. No calibration is applied here yet, so
that a channel's value is its raw value and a reading names no calibration.
"""

from collections.abc import Mapping
from math import isfinite

from edge_daemon.acquisition.gaps import Gap
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.buffer.record import Record
from edge_daemon.domain.channel import ChannelSpec, ChannelValue, Flag, worse
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.instruments.driver import Sample
from edge_daemon.log.canonical import JsonValue
from edge_daemon.log.entry import EntryType, ReadingEncoder, Stamp, encode_entry
from edge_daemon.metrology.score import reading_quality, source_score


class Pipeline:
    """Makes the readings of one sensor under one configuration."""

    __slots__ = ("_encoder", "_score", "_sensor", "_specs")

    def __init__(self, setup: DeviceSetup) -> None:
        self._sensor = setup.sensor
        self._specs = {spec.name: spec for spec in setup.model.channels}
        self._encoder = ReadingEncoder(setup.sensor, tuple(self._specs), setup.configuration, {})
        self._score = source_score(setup.calibration_age_days)

    def reading(self, sample: Sample, stamp: Stamp, *, warming_up: bool) -> Record:
        """The record of a sample. Raises ValueError for a channel that the catalogue does not list for this model."""
        unlisted = sample.channels.keys() - self._specs.keys()
        if unlisted:
            raise ValueError(f"{self._sensor}: the driver gave channels not in the catalogue: {sorted(unlisted)}")
        channels = {
            name: _judge(spec, sample.channels.get(name), sample.flags.get(name, Flag.NOT_EVALUATED), warming_up)
            for name, spec in self._specs.items()
        }
        quality = reading_quality(self._score, (channel.flag for channel in channels.values()))
        data = self._encoder.encode(stamp, channels, quality)
        return Record(data, EntryType.READING.value, stamp.t_ns, self._sensor, _columns(channels))


def gap_record(gap: Gap, stamp: Stamp) -> Record:
    """The record of a gap; its body has `sensor`, `from`, `to`, `expected`, `causes`, and `frames` in hexadecimal."""
    body: dict[str, JsonValue] = {
        "sensor": gap.sensor,
        "from": rfc3339_from_ns(gap.from_ns),
        "to": rfc3339_from_ns(gap.to_ns),
        "expected": gap.expected,
        "causes": list(gap.causes),
        "frames": [frame.hex() for frame in gap.frames],
    }
    return Record(encode_entry(EntryType.GAP, stamp, body), EntryType.GAP.value, stamp.t_ns, gap.sensor)


def _judge(spec: ChannelSpec, raw: float | None, said: Flag, warming_up: bool) -> ChannelValue:
    if raw is None or not isfinite(raw):
        return ChannelValue(None, None, Flag.MISSING)
    # No further quality test has run, so that nothing here can be better than not evaluated.
    flag = worse(Flag.NOT_EVALUATED, said)
    if said is Flag.MISSING:
        flag = Flag.FAIL  # the instrument disowns a number it sent: kept as raw, and never used
    if not spec.minimum <= raw <= spec.maximum:
        flag = worse(flag, Flag.FAIL)
    if warming_up:
        flag = worse(flag, Flag.SUSPECT)
    return ChannelValue(raw, raw, flag)


def _columns(channels: Mapping[str, ChannelValue]) -> tuple[tuple[str, float | None, Flag], ...]:
    return tuple((name, channel.value, channel.flag) for name, channel in channels.items())
