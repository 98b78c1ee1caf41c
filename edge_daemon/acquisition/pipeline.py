# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""From a decoded sample to the record of a reading. Pure.

A value is never altered or dropped: what is wrong with it is said by its flag, which is the worst of what the quality
tests, the instrument itself and its warm-up say. What a test can say only once the next sample is there goes into a
later reading. No calibration is applied here yet, so that a channel's value is its raw value and a reading names no
calibration.
"""

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from math import isfinite

from edge_daemon.acquisition.gaps import Gap
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.buffer.record import Record
from edge_daemon.domain.channel import ChannelValue, Flag, worse
from edge_daemon.domain.limits import NO_LIMITS, at_site
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.instruments.driver import Sample
from edge_daemon.log.canonical import JsonValue
from edge_daemon.log.entry import EntryType, ReadingEncoder, Settled, Stamp, encode_entry
from edge_daemon.metrology.qartod import ChannelTests, Verdict
from edge_daemon.metrology.score import reading_quality, source_score

INSTRUMENT = "instrument"
WARM_UP = "warm_up"
_BAD = (Flag.SUSPECT, Flag.FAIL)

Locate = Callable[[Record, Callable[[int], None]], None]
"""Calls back with the log index of a record that was accepted, now or once it is durable (`Whereabouts.locate`)."""


class Pipeline:
    """Makes the readings of one sensor under one configuration. Used by one thread.

    `failing` names, by channel, what the newest reading did not pass: tests, `instrument` (it doubts its own number) or
    `warm_up`.
    """

    __slots__ = ("_encoder", "_locate", "_previous", "_score", "_sensor", "_settled", "_tests", "failing")

    def __init__(self, setup: DeviceSetup, locate: Locate = lambda _record, _told: None) -> None:
        self.failing: Mapping[str, tuple[str, ...]] = {}
        self._sensor = setup.sensor
        self._locate = locate
        self._tests = {
            spec.name: ChannelTests(
                (spec.minimum, spec.maximum),
                at_site(setup.limits.get(spec.name, NO_LIMITS), setup.value_ranges.get(spec.name)),
            )
            for spec in setup.model.channels
        }
        self._encoder = ReadingEncoder(setup.sensor, tuple(self._tests), setup.configuration, {})
        self._score = source_score(setup.calibration_age_days)
        self._previous: Record | None = None
        self._settled: deque[Settled] = deque()

    def reading(self, sample: Sample, stamp: Stamp, *, warming_up: bool) -> Record:
        """The record of a sample, which must be told of by `recorded` or `refused` before the next one.

        Raises ValueError for a channel that the catalogue does not list for this model.
        """
        unlisted = sample.channels.keys() - self._tests.keys()
        if unlisted:
            raise ValueError(f"{self._sensor}: the driver gave channels not in the catalogue: {sorted(unlisted)}")
        channels: dict[str, ChannelValue] = {}
        failing: dict[str, tuple[str, ...]] = {}
        for name, tests in self._tests.items():
            raw = sample.channels.get(name)
            if raw is not None and not isfinite(raw):
                raw = None
            verdict = tests.judge(stamp.mono_us, raw)
            said = sample.flags.get(name)
            channels[name] = _judged(raw, verdict, said, warming_up)
            if raw is not None and (verdict.failing or said is not None or warming_up):
                failing[name] = _failing(verdict, said, warming_up)
            if verdict.previous in _BAD:
                self._settle(name, verdict.previous)
        self.failing = failing
        quality = reading_quality(self._score, (channel.flag for channel in channels.values()))
        settles = tuple(self._settled.popleft() for _ in range(len(self._settled))) if self._settled else ()
        data = self._encoder.encode(stamp, channels, quality, settles)
        return Record(data, EntryType.READING.value, stamp.t_ns, self._sensor, _columns(channels), settles)

    def recorded(self, record: Record) -> None:
        """The log has accepted this reading."""
        self._previous = record

    def refused(self, record: Record) -> None:
        """The log did not take this reading: what it was to say of others waits, and it says nothing of the next."""
        self._settled.extendleft(reversed(record.settles))
        self.gap()

    def gap(self) -> None:
        """Samples were lost before the next one."""
        self._previous = None
        for tests in self._tests.values():
            tests.gap()

    def _settle(self, channel: str, flag: Flag) -> None:
        previous = self._previous
        if previous is None:
            return
        own = next(own for name, _, own in previous.values if name == channel)
        if worse(own, flag) is not own:
            self._locate(previous, partial(self._found, channel, flag))

    def _found(self, channel: str, flag: Flag, index: int) -> None:
        # Called in the writer's thread too: a deque takes an item at one end from any thread.
        self._settled.append((index, channel, flag))


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


def _judged(raw: float | None, verdict: Verdict, said: Flag | None, warming_up: bool) -> ChannelValue:
    if raw is None:
        return ChannelValue(None, None, Flag.MISSING)
    flag = verdict.flag
    if said is not None:
        # An instrument that disowns a number it sent: kept as raw, and never used.
        flag = worse(flag, Flag.FAIL if said is Flag.MISSING else said)
    if warming_up:
        flag = worse(flag, Flag.SUSPECT)
    return ChannelValue(raw, raw, flag)


def _failing(verdict: Verdict, said: Flag | None, warming_up: bool) -> tuple[str, ...]:
    names = [test.value for test in verdict.failing]
    if said is not None and said is not Flag.GOOD:
        names.append(INSTRUMENT)
    return (*names, WARM_UP) if warming_up else tuple(names)


def _columns(channels: Mapping[str, ChannelValue]) -> tuple[tuple[str, float | None, Flag], ...]:
    return tuple((name, channel.value, channel.flag) for name, channel in channels.items())
