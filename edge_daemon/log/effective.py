# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""How a reading is to be read once all amendments are known: a function of the log and nothing else. Pure.

1. An amendment concerns a reading whose index, sensor and (where it gives times) reported time it names, and only
   readings before itself in the log. The reported time is the one without any `clock_offset`.
2. An amendment that a later one `replaces` does not count, whatever becomes of the later one. `withdrawal` does nothing
   but replace.
3. **Time**: `release_untrusted_time` lets held readings be used (rule 8 of `reported_time`). Of the `clock_offset`s
   that concern a reading the last one adds its `offset_us` to the reported time, and its `uncertainty_us` to the bound.
   A held time stays held.
4. **Sensor**: of the `wrong_plug`s the last one says that the reading is `reads_as`'s. Where that is not known (empty),
   all its channels fail.
5. **Calibration**: the value is the reading's own, which the calibration it names made of raw. A reading that a
   `wrong_plug` moves gets its values from raw anew, by what was in force at its index for the sensor it now counts for;
   a channel that has no finite value by that keeps its own and fails.
6. **Value**: of the `value_correction`s that concern a channel the last one gives `gain` x value + `offset`, in the
   channel's unit. `raw` stays, and so does what is missing.
7. **Flag**: the worst of the reading's own, those that later readings give it (`re`) and those of all `maintenance` and
   `as_found_failure` amendments (unless they say otherwise: fail for the first, suspect for the second). All channels
   fail of a reading that is in calibration (rules 4 and 5 of `calibrations`).
8. **Quality**: the reading's own, capped by the worst flag of its usable channels.

The original is never touched and stands beside the result.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from edge_daemon.domain.channel import ChannelValue, Flag, worse
from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import from_json
from edge_daemon.log.calibrations import NOTHING, ByChannel, Calibrations, InForce, calibrated
from edge_daemon.log.clock_history import Reported
from edge_daemon.log.entry import Entry, EntryType, LoggedReading
from edge_daemon.log.reported_time import Release
from edge_daemon.metrology.score import reading_quality

ALL = ""
"""Stands for every channel that has no entry of its own."""

NO_CALIBRATIONS = Calibrations()

DEFAULT_FLAG: Mapping[str, Flag] = MappingProxyType({"maintenance": Flag.FAIL, "as_found_failure": Flag.SUSPECT})


@dataclass(frozen=True, slots=True)
class Amendment:
    """An `amendment` entry at `index`. `start_ns` and `end_ns` bound the reported time, where it gives times."""

    index: int
    body: AmendmentBody
    start_ns: int | None
    end_ns: int | None

    def concerns(self, index: int, sensor: str, time_ns: int | None) -> bool:
        """Whether it speaks of this reading. `time_ns` is its reported time, None while that is held."""
        body = self.body
        if not body.first <= index <= body.last or index >= self.index or (body.sensors and sensor not in body.sensors):
            return False
        if self.start_ns is None and self.end_ns is None:
            return True
        if time_ns is None:
            return False
        return (self.start_ns is None or time_ns >= self.start_ns) and (self.end_ns is None or time_ns < self.end_ns)


@dataclass(frozen=True, slots=True)
class Change:
    """What amendments change of one reading; `by` are their indices. `flags` and `lines` are by channel or ALL.

    `lines` are (gain, offset). `uncertainty_ns` is added to the time's bound.
    """

    sensor: str
    offset_ns: int
    uncertainty_ns: int
    lines: Mapping[str, tuple[float, float]]
    flags: Mapping[str, Flag]
    by: tuple[int, ...]

    def flag(self, channel: str) -> Flag:
        """The flag that amendments give this channel at least."""
        return worse(self.flags.get(channel, Flag.GOOD), self.flags.get(ALL, Flag.GOOD))

    def value(self, channel: str, value: float | None) -> float | None:
        """The corrected value, in the channel's unit."""
        gain, offset = self.lines.get(channel, (1.0, 0.0))
        return None if value is None else gain * value + offset


@dataclass(frozen=True, slots=True)
class Amendments:
    """All amendments of a log in its order (`told`), and those of them that count (`in_force`)."""

    told: tuple[Amendment, ...] = ()
    in_force: tuple[Amendment, ...] = ()

    def after(self, index: int, entry: Entry) -> "Amendments":
        """The amendments once this entry is in the log; entries of other types change nothing.

        Raises ValueError for an amendment of a wrong form.
        """
        if entry.type != EntryType.AMENDMENT or (self.told and index <= self.told[-1].index):
            return self
        body = from_json(AmendmentBody, entry.body)
        start_ns, end_ns = (ns_from_rfc3339(text) if text else None for text in (body.start, body.end))
        amendment = Amendment(index, body, start_ns, end_ns)
        left = tuple(one for one in self.in_force if one.index != body.replaces)
        return Amendments((*self.told, amendment), left if body.kind == "withdrawal" else (*left, amendment))

    @property
    def releases(self) -> tuple[Release, ...]:
        """What `ReportedTime` must know."""
        return tuple(
            Release(
                one.index,
                one.body.first,
                min(one.body.last, one.index - 1),
                (one.body.offset_us or 0) * 1000,
                (one.body.uncertainty_us or 0) * 1000,
            )
            for one in self.in_force
            if one.body.kind == "release_untrusted_time"
        )

    def change(self, index: int, sensor: str, time_ns: int | None) -> Change | None:
        """What they change of the reading at `index`; None for nothing. `time_ns`: its reported time, None if held."""
        concerned = [one for one in self.in_force if one.concerns(index, sensor, time_ns)]
        return _change(sensor, concerned) if concerned else None


@dataclass(frozen=True, slots=True)
class Effective:
    """A reading as it is to be read now, and the original beside it, with its reported time before any `clock_offset`.

    `quality` is in hundredths; `amended_by` are indices of log entries. `made_with` are the calibrations that made its
    values, by channel; `in_calibration` is the entry because of which it is none of the site's.
    """

    index: int
    original: LoggedReading
    reported: Reported
    sensor: str
    time: Reported
    channels: Mapping[str, ChannelValue]
    quality: int
    amended_by: tuple[int, ...] = ()
    made_with: ByChannel = field(default_factory=lambda: NOTHING)
    in_calibration: int | None = None


def amendments_of(entries: Iterable[tuple[int, Entry]]) -> Amendments:
    """The amendments among these entries, which may come in any order. Raises ValueError for one of a wrong form."""
    amendments = Amendments()
    for index, entry in sorted(entries, key=lambda item: item[0]):
        amendments = amendments.after(index, entry)
    return amendments


def effective(
    index: int,
    reading: LoggedReading,
    reported: Reported,
    amendments: Amendments,
    settled: Iterable[tuple[str, Flag]] = (),
    calibrations: Calibrations = NO_CALIBRATIONS,
) -> Effective:
    """The reading at `index` as it is to be read.

    `reported` is what `ReportedTime` says of it when it knows `amendments.releases`; `settled` are the flags that later
    readings give its channels; `calibrations` all that the log says of them.
    """
    change = amendments.change(index, reading.sensor, None if reported.held else reported.time_ns)
    given: dict[str, Flag] = {}
    for name, flag in settled:
        given[name] = worse(given.get(name, Flag.GOOD), flag)
    originals, made_with = reading.channels, _named(reading, calibrations)
    if change is not None and change.sensor != reading.sensor:
        made_with = calibrations.of_reading(change.sensor, index, reading.configuration)
        originals = {name: _made_anew(value, made_with.get(name)) for name, value in originals.items()}
    run = calibrations.in_calibration(reading.sensor, index, reading.calibrations, reading.channels)
    least = Flag.GOOD if run is None else Flag.FAIL
    channels = {
        name: _channel(name, value, worse(given.get(name, Flag.GOOD), least), change)
        for name, value in originals.items()
    }
    capped = reading_quality(reading.quality, (value.flag for value in channels.values()))
    quality = min(reading.quality, capped)
    if change is None:
        return Effective(index, reading, reported, reading.sensor, reported, channels, quality, (), made_with, run)
    time = _moved(reported, change)
    return Effective(index, reading, reported, change.sensor, time, channels, quality, change.by, made_with, run)


def _named(reading: LoggedReading, calibrations: Calibrations) -> ByChannel:
    if not reading.calibrations:
        return NOTHING
    found = (
        (name, calibrations.made_with(index, name, reading.configuration))
        for name, index in reading.calibrations.items()
    )
    return {name: made for name, made in found if made is not None}


def _made_anew(original: ChannelValue, by: InForce | None) -> ChannelValue:
    if original.raw is None:
        return original
    value = calibrated(by.function if by else None, original.raw)
    if value is None:
        return replace(original, flag=worse(original.flag, Flag.FAIL))
    return replace(original, value=value)


def _channel(name: str, original: ChannelValue, settled: Flag, change: Change | None) -> ChannelValue:
    if original.flag is Flag.MISSING:
        return original
    flag = worse(original.flag, settled)
    if change is None:
        return replace(original, flag=flag)
    return ChannelValue(original.raw, change.value(name, original.value), worse(flag, change.flag(name)))


def _moved(reported: Reported, change: Change) -> Reported:
    if reported.uncertainty_ns is None:
        return reported
    bound_ns = reported.uncertainty_ns + change.uncertainty_ns
    return Reported(reported.time_ns + change.offset_ns, bound_ns, reported.standing)


def _change(sensor: str, concerned: Iterable[Amendment]) -> Change:
    offset_us, uncertainty_us, read_as = 0, 0, sensor
    lines: dict[str, tuple[float, float]] = {}
    flags: dict[str, Flag] = {}
    unknown = False
    by: list[int] = []
    for one in concerned:
        body = one.body
        by.append(one.index)
        match body.kind:
            case "clock_offset":
                offset_us, uncertainty_us = body.offset_us or 0, body.uncertainty_us or 0
            case "wrong_plug":
                read_as, unknown = body.reads_as or sensor, not body.reads_as
            case "value_correction":
                gain = 1.0 if body.gain is None else body.gain
                lines |= dict.fromkeys(body.channels, (gain, body.offset or 0.0))
            case "maintenance" | "as_found_failure":
                flag = DEFAULT_FLAG[body.kind] if body.flag is None else Flag(body.flag)
                for name in body.channels or (ALL,):
                    flags[name] = worse(flags.get(name, Flag.GOOD), flag)
    if unknown:
        flags[ALL] = worse(flags.get(ALL, Flag.GOOD), Flag.FAIL)
    return Change(read_as, offset_us * 1000, uncertainty_us * 1000, lines, flags, tuple(by))
