# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Judges every reading again with the recorder's own tests, sensor by sensor, in constant memory. Pure.

Spike, rate of change, flat line and attenuation look back over readings. They begin anew where the log says that the
recorder did: after a gap, a start, a configuration of the sensor, a change of a channel's function. What came before is
not known at the begin of a run that is not the log's, around a run of calibration, and after another sensor of the same
port was configured (its worker begins all of them anew, a little later): there only what follows from a reading itself
counts, until nothing from before bears on a test any more.

What a flag must at least be is provable. That it is worse is not: an instrument may have doubted its own number, or
been warming up, and the log does not say so. A flag that a later reading gives (`re`) must follow from the spike test.
One that follows must come, at the latest, once more entries stand in between than the recorder ever holds back; that an
interruption lost it is possible.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import inf

from edge_daemon.domain.channel import Flag, worse
from edge_daemon.domain.limits import Limits, Span
from edge_daemon.log.calibration_body import ValueFunction
from edge_daemon.log.entry import Settled
from edge_daemon.log.in_force import InForce
from edge_daemon.log.judging import JudgedChannel, looks_back
from edge_daemon.metrology.qartod import Test
from sync.evidence.chain import Chain
from sync.evidence.doubts import Doubts
from sync.evidence.finding import Finding
from sync.evidence.places import Places
from sync.evidence.port_mates import PortMates
from sync.evidence.reading_form import ReadReading
from sync.evidence.warm_up import UNPLUGGED, WarmUps

HELD_BACK = 25_000
"""More entries than the recorder keeps in memory before they are durable: its queue, what is kept beside, one batch."""

MOST_PENDING = 10_000

_SEVERITY = {1: 0, 2: 1, 3: 2, 4: 3, 9: 4}
_NAMES = {3: "suspect", 4: "failed", 9: "missing"}
_BAD = (Flag.SUSPECT, Flag.FAIL)
_FAILED = frozenset({int(Flag.FAIL), int(Flag.MISSING)})

Judged = Mapping[str, tuple[Span, Limits]]
"""What a configuration says of each channel: its instrument's span, and the limits in force."""


@dataclass(slots=True)
class _Channel:
    """A channel's tests. Up to `open_until_us`, and for `open_samples` more, something from before may bear on them."""

    judged: JudgedChannel
    settles_us: int
    settles_samples: int
    open_until_us: float = -inf
    open_samples: int = 0
    used: bool = False

    def calibrate(self, function: ValueFunction | None) -> None:
        """Judge with this function; with another than before the tests begin anew."""
        if function is not self.judged.function and function != self.judged.function:
            self.judged.calibrate(function)
            if self.used:
                self.begin(None)
        self.used = True

    def begin(self, at_us: float | None) -> None:
        """Forget what was; None: as the recorder did, else from that time on it is not known what the recorder knew."""
        self.judged.tests.gap()
        self.open_until_us = -inf if at_us is None else at_us + self.settles_us
        self.open_samples = 0 if at_us is None else self.settles_samples

    def take_open(self, at_us: int) -> bool:
        """Whether the sample at this time cannot be judged by what came before it; counts it."""
        if self.open_samples:
            self.open_samples -= 1
            return True
        return self.settles_us > 0 and at_us <= self.open_until_us


@dataclass(slots=True)
class _Sensor:
    """What is known of a sensor's tests, and of the flags that later readings still have to give.

    `due` are by entry and channel (flag, whether it must still come). Of the entries in `unsure` it cannot be told:
    what came before the one after them is not known, or they are the last before a gap and may have been judged by a
    sample that the log did not take.
    """

    configuration: int
    channels: Mapping[str, _Channel]
    last: int = -1
    flags: Mapping[str, int] = field(default_factory=dict)
    due: dict[tuple[int, str], tuple[Flag, bool]] = field(default_factory=dict)
    unsure: Places = field(default_factory=Places)
    in_run: bool = False

    def begin(self, at_us: float | None) -> None:
        for channel in self.channels.values():
            channel.begin(at_us)
        self.due = {key: (flag, False) for key, (flag, _) in self.due.items()}
        self.flags = {}


@dataclass(slots=True)
class FlagReplay:
    """Takes the readings of a run that begins with entry `first`, and its gaps and starts, in order. Mutable.

    `better` are flags better than they must be and wrong `re`; `worse` those that the tests do not explain; `open`
    readings whose tests over several readings could not be repeated; `untold` flags that no later reading gave.
    """

    chain: Chain
    first: int
    better: Finding = field(default_factory=Finding)
    worse: Finding = field(default_factory=Finding)
    open: Finding = field(default_factory=Finding)
    untold: Finding = field(default_factory=Finding)
    settled: int = 0
    _sensors: dict[str, _Sensor] = field(default_factory=dict)
    _started: int = -1
    _gaps: dict[str, int] = field(default_factory=dict)
    _doubts: Doubts = field(init=False)
    _mates: PortMates = field(init=False)
    _warm_ups: WarmUps = field(init=False)

    def __post_init__(self) -> None:
        self._doubts = Doubts(self.chain)
        self._mates = PortMates(self.chain)
        self._warm_ups = WarmUps(self.chain)

    def started(self, index: int) -> None:
        """The recorder started."""
        self._started = index
        for sensor in self._sensors.values():
            self._forget_due(sensor)

    def gap(self, index: int, sensor: str, causes: Collection[str]) -> None:
        """A gap of this sensor was recorded."""
        self._gaps[sensor] = index
        if UNPLUGGED in causes:
            self._warm_ups.unplugged(sensor)

    def take(self, index: int, reading: ReadReading, judged: Judged) -> None:
        """The next reading, whose configuration says `judged`."""
        sensor = self._sensors.get(reading.sensor)
        if sensor is not None and reading.configuration < sensor.configuration:
            self.open.note(index, "its port was still being read under the configuration before")
            return
        sensor = self._begun(index, reading, judged, sensor)
        run = self._doubts.run(reading.sensor, index)
        around = run is not None or sensor.in_run or self._doubts.just_ended(reading.sensor, index, reading.mono_us)
        if not around or not self._is_in_run(index, reading, sensor, run):
            self._judge(index, reading, sensor)
        if reading.settles or sensor.due:
            self._settle(index, reading, sensor)
        sensor.last = index

    def end(self) -> None:
        """There is no more."""
        for sensor in self._sensors.values():
            self._forget_due(sensor)

    def _begun(self, index: int, reading: ReadReading, judged: Judged, sensor: _Sensor | None) -> _Sensor:
        """The sensor's state, begun anew where the log says so."""
        at_us = reading.mono_us
        if sensor is None or sensor.configuration != reading.configuration:
            if sensor is not None:
                self._forget_due(sensor)
            known = reading.configuration >= self.first
            last = -1 if sensor is None else sensor.last
            in_run = not known if sensor is None else sensor.in_run
            sensor = _Sensor(reading.configuration, _channels(judged), last, in_run=in_run)
            self._sensors[reading.sensor] = sensor
        else:
            known = True
            if self._started <= sensor.last and self._gaps.get(reading.sensor, -1) <= sensor.last:
                known = not self._mates.may_have_begun(index, reading)
                if known:
                    return sensor
        self._mates.begun(index, reading, self._started)
        known = known or self._started > sensor.last or self._gaps.get(reading.sensor, -1) > sensor.last
        sensor.unsure.note(sensor.last)
        sensor.begin(None if known else at_us)
        return sensor

    def _is_in_run(self, index: int, reading: ReadReading, sensor: _Sensor, run: int | None) -> bool:
        """In a run of calibration every channel fails, and with its begin and end the tests begin anew.

        Which of the readings straight after begin and end are in it cannot always be told.
        """
        all_failed = all(flag in _FAILED for *_, flag in reading.channels)
        if run is not None and not all_failed and not self._doubts.is_fresh(run, reading.mono_us):
            self.better.note(index, f"it lies in the calibration run that entry {run} began and is not failed")
        if not all_failed and not sensor.in_run:
            return False
        sensor.begin(reading.mono_us)
        sensor.unsure.note(sensor.last)
        sensor.in_run = all_failed
        return all_failed and run is not None

    def _judge(self, index: int, reading: ReadReading, sensor: _Sensor) -> None:
        at_us, named, known = reading.mono_us, reading.calibrations, self.chain.calibrations
        before, flags, unknown = sensor.flags, dict[str, int](), False
        warming_up = self._warm_ups.any and self._warm_ups.is_warming_up(index, reading)
        for name, raw, _, flag in reading.channels:
            flags[name] = flag
            channel = sensor.channels[name]
            made: InForce | None = None
            if named and name in named:
                made = known.computed.made_with(known.as_told(named[name], index), name, reading.configuration)
                if made is None:  # the check of the calibrations says so
                    channel.begin(at_us)
                    unknown = True
                    continue
            channel.calibrate(made.function if made else None)
            is_open = channel.take_open(at_us)
            if raw is None or channel.judged.function is None:
                verdict = channel.judged.tests.judge(at_us, raw)
            else:
                _, verdict = channel.judged.judge(at_us, raw)
            # Where it is not known what came before, the tests say nothing.
            due = Flag.GOOD if is_open and raw is not None else verdict.flag
            if raw is not None and (warming_up or self._doubts.any):
                due = worse(due, Flag.SUSPECT) if warming_up else due
                due = self._doubts.worst(due, flag, index, reading, name, made)
            unknown = unknown or is_open
            if flag != due:
                self._differs(index, name, flag, due, () if is_open else verdict.failing, is_open=is_open)
            if not is_open:
                self._expect(sensor, name, before, verdict.previous)
        if unknown:
            sensor.unsure.note(sensor.last)
            self.open.note(index, "what came before them, on which the tests look back, is not known for certain")
        sensor.flags = flags

    def _differs(self, index: int, name: str, flag: int, due: Flag, failing: Sequence[Test], *, is_open: bool) -> None:
        if _SEVERITY[flag] < _SEVERITY[due]:
            why = f" (did not pass: {', '.join(test.replace('_', ' ') for test in failing)})" if failing else ""
            self.better.note(index, f"{name} must at least be {_NAMES[due]}{why}, and is flagged {flag}")
        elif not is_open:
            self.worse.note(index, name)

    def _expect(self, sensor: _Sensor, name: str, before: Mapping[str, int], previous: Flag | None) -> None:
        """A later reading has to say of the one before what the spike test now says of it."""
        if previous in _BAD and name in before and _SEVERITY[before[name]] < _SEVERITY[previous]:
            sensor.due[sensor.last, name] = previous, True

    def _settle(self, index: int, reading: ReadReading, sensor: _Sensor) -> None:
        for settled in reading.settles:
            self._told(index, settled, sensor)
        # What the reading before had to know of was durable before this one was made.
        for key, (flag, must) in list(islice(sensor.due.items(), 8)):
            if must and key[0] + HELD_BACK < sensor.last:
                del sensor.due[key]
                words = f"{key[1]} stands out from its neighbours ({_NAMES[flag]}), and no later reading says so"
                self.better.note(key[0], words)
            elif len(sensor.due) > MOST_PENDING or (not must and key[0] + HELD_BACK < sensor.last):
                del sensor.due[key]
                self.untold.note(key[0], key[1])

    def _told(self, index: int, settled: Settled, sensor: _Sensor) -> None:
        of, name, flag = settled
        due = sensor.due.pop((of, name), None)
        if due is not None and due[0] == flag:
            self.settled += 1
        elif due is not None:
            self.better.note(index, f"it makes {name} of entry {of} {int(flag)}, where {int(due[0])} follows")
        elif of < self.first or of in sensor.unsure:
            self.open.note(index, "the readings on which a flag given later rests are not known for certain")
        else:
            self.better.note(index, f"it makes {name} of entry {of} {int(flag)}, which the tests do not say")

    def _forget_due(self, sensor: _Sensor) -> None:
        for of, name in sensor.due:
            self.untold.note(of, name)
        sensor.due.clear()


def _channels(judged: Judged) -> dict[str, _Channel]:
    return {name: _Channel(JudgedChannel(span, limits), *looks_back(limits)) for name, (span, limits) in judged.items()}
