# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Explains a reading's flags in words, from the log. Reads the log."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from edge_daemon.acquisition.calibrating import FAILED, IN_CALIBRATION, OVERDUE
from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.faults import Unknown
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.bodies import ConfigurationBody, from_json
from edge_daemon.log.calibration_body import ValueFunction
from edge_daemon.log.calibration_due import overdue_ns, until
from edge_daemon.log.calibrations import Calibrations, calibrated
from edge_daemon.log.clock_history import ClockHistory
from edge_daemon.log.effective import Amendments, Effective, effective
from edge_daemon.log.entry import EntryType, LoggedReading, NotAnEntry, decode_reading
from edge_daemon.log.plan import Plan
from edge_daemon.log.reported_time import ReportedTime
from edge_daemon.metrology.qartod import Test
from edge_daemon.metrology.reasons import GAP, Tested, explained, replay
from edge_daemon.station.limits import limits_in_force
from edge_daemon.station.past import calibrations_of, entry_at, plan_in
from edge_daemon.station.reported_at import FoldBefore

MOST_SAMPLES = 1_000
CURVE_POINTS = 100
SETTLING_INTERVALS = 50
_BREAKS = (EntryType.GAP.value, EntryType.BOOT.value)
_BAD = (Flag.SUSPECT, Flag.FAIL)
_ANY = (-inf, inf)

_Logged = tuple[int, LoggedReading]


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks against a value, and words: a test's name, `instrument`, `missing`, `amendment`,
    `calibration`, `calibration_failed` or `calibration_overdue`."""

    test: str
    text: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A reading as recorded and as it is to be read, with the reasons by channel (none: nothing speaks against it)."""

    effective: Effective
    units: Mapping[str, str]
    reasons: Mapping[str, tuple[Reason, ...]]


def explain(
    reader: LogReader,
    sensor: str,
    index: int,
    history: ClockHistory,
    amendments: Amendments,
    most: int = MOST_SAMPLES,
    before: FoldBefore | None = None,
) -> Explained:
    """Why the channels of this reading have their flags.

    `before` tells what is known of the readings before it; without, nothing. A flat line that is longer than the `most`
    samples looked at is told by the curve's extremes. Raises Unknown where there is no such reading of the sensor.
    """
    reading = _reading(reader, sensor, index)
    configuration = from_json(ConfigurationBody, entry_at(reader, reading.configuration).body)
    channels = _tested(configuration)
    settled = tuple(_settled(reader, index, reading, configuration.interval_ns))
    fold = before(index, amendments.releases) if before else ReportedTime(history, amendments.releases)
    told = fold.after(index, entry_at(reader, index)).reported
    assert told is not None, "a fold that was given an entry reports it"
    calibrations, plan = calibrations_of(reader), plan_in(reader, index)
    now = effective(index, reading, told, amendments, settled, calibrations)
    rows = _rows(reader, index, reading, channels, most)
    functions = _functions(calibrations, reading)
    judged = {name: replace(one, span=_ANY) if functions.get(name) else one for name, one in channels.items()}
    verdicts = replay(_samples(reader, reading, rows, calibrations), judged)
    reasons = {}
    for name, value in reading.channels.items():
        tests = set(verdicts[name].failing) if name in verdicts else set()
        if any(channel == name for channel, _ in settled):
            tests.add(Test.SPIKE)
        if (
            len(rows) == most
            and value.flag in _BAD
            and name in channels
            and _is_flat(reader, reading, name, channels[name])
        ):
            tests.add(Test.FLAT_LINE)
        if name in channels and functions.get(name) and _is_beyond(value, channels[name], functions[name]):
            tests.add(Test.GROSS_RANGE)
        of_calibration = tuple(_calibration(calibrations, plan, now, name))
        reasons[name] = (
            *_reasons(value, channels.get(name), tests, explained_else=bool(of_calibration)),
            *of_calibration,
            *_amended(amendments, now, name),
        )
    units = {channel.name: channel.unit for channel in configuration.channels}
    return Explained(now, units, reasons)


def _reading(reader: LogReader, sensor: str, index: int) -> LoggedReading:
    rows = reader.entries(index, 1) if index >= 0 else []
    try:
        reading = decode_reading(rows[0][1]) if rows and rows[0][0] == index else None
    except NotAnEntry as error:
        raise Unknown(f"entry {index} is no reading: {error}") from error
    if reading is None or reading.sensor != sensor:
        raise Unknown(f"{sensor} has no reading at index {index}")
    return reading


def _tested(configuration: ConfigurationBody) -> dict[str, Tested]:
    limits = limits_in_force(configuration)
    return {one.name: Tested((one.minimum, one.maximum), limits[one.name], one.unit) for one in configuration.channels}


def _settled(reader: LogReader, index: int, reading: LoggedReading, interval_ns: int) -> Iterator[tuple[str, Flag]]:
    end_ns = reading.t_ns + SETTLING_INTERVALS * interval_ns + 60 * NS_PER_S
    for _, later in _logged(reader.readings(reading.sensor, reading.t_ns, MOST_SAMPLES, end_ns)):
        yield from ((channel, flag) for of, channel, flag in later.settles if of == index)


def _rows(
    reader: LogReader, index: int, reading: LoggedReading, channels: Mapping[str, Tested], most: int
) -> list[tuple[int, bytes]]:
    """The sensor's readings up to this one, as far back as a test looks."""
    longest_s = max((max(one.limits.flat_s or (0.0,)) for one in channels.values()), default=0.0)
    longest_s = max(longest_s, 120.0, *(one.limits.deviation_s for one in channels.values()))
    start_ns = reading.t_ns - round(longest_s * NS_PER_S)
    return [row for row in reader.readings(reading.sensor, start_ns, most, reading.t_ns + 1) if row[0] <= index]


def _samples(
    reader: LogReader, reading: LoggedReading, rows: Sequence[tuple[int, bytes]], calibrations: Calibrations
) -> Iterator[tuple[int, Mapping[str, float | None]] | None]:
    """The samples that the tests judged, with a break wherever they began anew: as the pipeline does it."""
    breaks = _breaks(reader, reading.sensor, rows[0][0], rows[-1][0])
    functions = _functions(calibrations, reading)
    before, run_before = -1, calibrations.during(reading.sensor, rows[0][0])
    for place, one in _logged(rows):
        same = one.configuration == reading.configuration and _functions(calibrations, one) == functions
        run = calibrations.during(reading.sensor, place)
        if not same or run != run_before or any(before < at < place for at in breaks):
            yield GAP
        before, run_before = place, run
        if same:
            yield one.mono_us, {name: value.value for name, value in one.channels.items()}


def _breaks(reader: LogReader, sensor: str, first: int, last: int) -> Sequence[int]:
    events = reader.events(_BREAKS, after=first, limit=MOST_SAMPLES)
    return [event.index for event in events if event.index < last and event.sensor in {"", sensor}]


def _logged(rows: Sequence[tuple[int, bytes]]) -> Iterator[_Logged]:
    return ((index, decode_reading(data)) for index, data in rows)


def _functions(calibrations: Calibrations, reading: LoggedReading) -> dict[str, ValueFunction | None]:
    found = (
        (name, calibrations.made_with(index, name, reading.configuration))
        for name, index in reading.calibrations.items()
    )
    return {name: made.function for name, made in found if made is not None}


def _is_beyond(value: ChannelValue, of: Tested, function: ValueFunction | None) -> bool:
    """Whether the instrument put out what it cannot, or what has no finite value."""
    if value.raw is None:
        return False
    return not of.span[0] <= value.raw <= of.span[1] or calibrated(function, value.raw) is None


def _calibration(calibrations: Calibrations, plan: Plan, now: Effective, name: str) -> Iterator[Reason]:
    reading, index = now.original, now.index
    if now.in_calibration is not None:
        words = f"It was being calibrated (entry {now.in_calibration}): what it measured then is not of the site."
        yield Reason(IN_CALIBRATION, words)
    if name in calibrations.doubted(reading.sensor, index):
        words = (
            "Its last calibration failed, or was broken off after the instrument had been changed, or a setting was "
            "changed since that makes other values. Calibrate it."
        )
        yield Reason(FAILED, words)
    made, planned = calibrations.for_sensor(reading.sensor, index).get(name), plan.of(reading.sensor, name)
    days = planned.calibration_interval_days if planned else None
    ends_ns = overdue_ns(made, days) if made is not None else None
    if made is not None and ends_ns is not None and reading.t_ns >= ends_ns:
        yield Reason(OVERDUE, f"Its calibration was due on {until(made, days)}. Calibrate it.")


def _reasons(value: ChannelValue, of: Tested | None, tests: set[Test], *, explained_else: bool) -> Iterator[Reason]:
    if value.value is None:
        yield Reason("missing", "The instrument gave no value.")
        return
    if of is not None:
        for test in (test for test in Test if test in tests):
            raw = value.raw if value.raw is not None else value.value
            outside = test is Test.GROSS_RANGE and not of.span[0] <= raw <= of.span[1]
            yield Reason(test.value, explained(test, raw if outside else value.value, of))
    if value.flag in _BAD and not explained_else and not tests - {Test.SPIKE}:
        yield Reason("instrument", "The instrument itself doubted this number, or had not warmed up.")


def _is_flat(reader: LogReader, reading: LoggedReading, name: str, of: Tested) -> bool:
    limits = of.limits
    if limits.flat_s is None or limits.flat_tolerance <= 0:
        return False
    start_ns = reading.t_ns - round(limits.flat_s[0] * NS_PER_S)
    curve = reader.plot(reading.sensor, name, start_ns, reading.t_ns + 1, CURVE_POINTS)
    low = [value for value in curve.minimum if value is not None]
    high = [value for value in curve.maximum if value is not None]
    if limits.flat_above is not None and low and min(low) <= limits.flat_above:
        return False
    return bool(low and high) and max(high) - min(low) < limits.flat_tolerance


def _amended(amendments: Amendments, now: Effective, name: str) -> Iterator[Reason]:
    for one in amendments.in_force:
        if one.index in now.amended_by and (not one.body.channels or name in one.body.channels):
            text = f"{one.body.kind.replace('_', ' ').capitalize()}, by {one.body.person}: {one.body.evidence}"
            yield Reason("amendment", text)
