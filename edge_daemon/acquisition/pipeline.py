# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""From a decoded sample to the record of a reading. Pure.

A value is what the calibration in force makes of raw, and a reading names that calibration. Raw is never altered and
nothing is dropped: what is wrong with a value is said by its flag, which is the worst of what the quality tests, the
instrument itself, its warm-up and its calibration say. What a test can say only once the next sample is there goes into
a later reading. How a channel is judged stands in `judging`. A run of calibration begins a channel's tests anew: the
instrument sees gases then and not the site.
"""

from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from math import inf, isfinite

from edge_daemon.acquisition.calibrating import Doubt, InUse, in_use
from edge_daemon.acquisition.gaps import Gap
from edge_daemon.acquisition.setup import DeviceSetup
from edge_daemon.buffer.record import Record
from edge_daemon.domain.channel import Flag, worse
from edge_daemon.domain.limits import NO_LIMITS, at_site
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.instruments.driver import Sample
from edge_daemon.log.calibrations import UNCALIBRATED, Applied
from edge_daemon.log.canonical import JsonValue
from edge_daemon.log.computed_channels import by_these
from edge_daemon.log.entry import EntryType, ReadingEncoder, Settled, Stamp, encode_entry
from edge_daemon.log.judging import JudgedChannel
from edge_daemon.log.reading_encoder import Triple
from edge_daemon.metrology.qartod import Verdict
from edge_daemon.metrology.score import reading_quality

INSTRUMENT = "instrument"
WARM_UP = "warm_up"
_BAD = (Flag.SUSPECT, Flag.FAIL)
_READING = EntryType.READING.value

Locate = Callable[[Record, Callable[[int], None]], None]
"""Calls back with the log index of a record that was accepted, now or once it is durable (`Whereabouts.locate`)."""


class Pipeline:
    """Makes the readings of one sensor under one configuration. Used by one thread.

    `failing` names, by channel, what the newest reading did not pass: tests, `instrument` (it doubts its own number),
    `warm_up`, `calibration` (it is being calibrated), `calibration_failed` or `calibration_overdue`.
    """

    __slots__ = (
        "_calibration",
        "_channels",
        "_computed",
        "_configuration",
        "_encoder",
        "_in_use",
        "_locate",
        "_previous",
        "_primary",
        "_sensor",
        "_settled",
        "failing",
    )

    def __init__(self, setup: DeviceSetup, locate: Locate = lambda _record, _told: None) -> None:
        self.failing: Mapping[str, tuple[str, ...]] = {}
        self._sensor = setup.sensor
        self._locate = locate
        self._channels = {
            spec.name: JudgedChannel(
                (spec.minimum, spec.maximum),
                at_site(setup.limits.get(spec.name, NO_LIMITS), setup.value_ranges.get(spec.name)),
            )
            for spec in setup.model.channels
        }
        self._configuration = setup.configuration
        self._computed = setup.computed
        self._primary = setup.model.primary
        self._calibration = setup.calibration
        self._in_use = InUse(UNCALIBRATED, {}, 0, {}, inf, -inf)
        self._encoder = ReadingEncoder(setup.sensor, tuple(self._channels), setup.configuration, {})
        self._previous: Record | None = None
        self._settled: deque[Settled] = deque()

    def reading(self, sample: Sample, stamp: Stamp, *, warming_up: bool) -> Record:
        """The record of a sample, which must be told of by `recorded` or `refused` before the next one.

        Raises ValueError for a channel that the catalogue does not list for this model.
        """
        samples, at_us = sample.channels, stamp.mono_us
        if not samples.keys() <= self._channels.keys():
            unlisted = sorted(samples.keys() - self._channels.keys())
            raise ValueError(f"{self._sensor}: the driver gave channels not in the catalogue: {unlisted}")
        applied = self._calibration()
        if not self._in_use.holds(applied, stamp.t_ns):
            self._use(applied, stamp.t_ns)
        doubts = self._in_use.doubts
        only_tested = not (sample.flags or warming_up or doubts)
        channels: dict[str, Triple] = {}
        columns: list[tuple[str, float | None, Flag]] = []
        failing: dict[str, tuple[str, ...]] = {}
        for name, channel in self._channels.items():
            raw = samples.get(name)
            if raw is not None and not isfinite(raw):
                raw = None
            value = raw
            if raw is None or channel.function is None:
                verdict = channel.tests.judge(at_us, raw)
            else:
                value, verdict = channel.judge(at_us, raw)
            flag, failed, previous = verdict
            if only_tested:
                if failed:
                    failing[name] = tuple([test.value for test in failed])
            elif raw is not None:
                said, doubt = sample.flags.get(name), doubts.get(name)
                flag = _worst(flag, said, warming_up, doubt)
                if failed or said is not None or warming_up or doubt:
                    failing[name] = _failing(verdict, said, warming_up, doubt)
            channels[name] = raw, value, flag
            columns.append((name, value, flag))
            if previous in _BAD:
                self._settle(name, previous)
        self.failing = failing
        quality = reading_quality(self._in_use.score, {flag for _, _, flag in columns})
        settles = tuple(self._settled.popleft() for _ in range(len(self._settled))) if self._settled else ()
        data = self._encoder.encode_triples(stamp, channels, quality, settles)
        return Record(data, _READING, stamp.t_ns, self._sensor, tuple(columns), settles)

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
        for channel in self._channels.values():
            channel.tests.gap()

    def _use(self, applied: Applied, t_ns: int) -> None:
        """What readings are made with is another from here on, or a day older."""
        # The readings name this configuration, whatever the log holds by now.
        in_force = by_these(applied.in_force, self._computed)
        before, self._in_use = self._in_use, in_use(applied, self._channels, self._primary, t_ns, in_force)
        if self._in_use.named != before.named:
            self._encoder = ReadingEncoder(self._sensor, tuple(self._channels), self._configuration, self._in_use.named)
        for name, channel in self._channels.items():
            told = in_force.get(name)
            channel.calibrate(told.function if told else None)
        if applied.run != before.applied.run:
            self.gap()

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


def _worst(flag: Flag, said: Flag | None, warming_up: bool, doubt: Doubt | None) -> Flag:
    if said is not None:
        # An instrument that disowns a number it sent: kept as raw, and never used.
        flag = worse(flag, Flag.FAIL if said is Flag.MISSING else said)
    if warming_up:
        flag = worse(flag, Flag.SUSPECT)
    return flag if doubt is None else worse(flag, doubt[0])


def _failing(verdict: Verdict, said: Flag | None, warming_up: bool, doubt: Doubt | None) -> tuple[str, ...]:
    names = [test.value for test in verdict.failing]
    if said is not None and said is not Flag.GOOD:
        names.append(INSTRUMENT)
    if warming_up:
        names.append(WARM_UP)
    return (*names, doubt[1]) if doubt else tuple(names)
