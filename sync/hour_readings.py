# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Gathers what one hour of reported time is computed from, and writes its tables. Reads a log's file (`mode=ro`, short
ranges), writes CSV files.

The query columns say where to look, and only where nothing ever corrected the clock; what is read are the bytes, by the
same rules as the recorder's own summaries.
"""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.buffer.reader import LogReader
from edge_daemon.domain.channel import Flag
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import ConfigurationBody, from_json
from edge_daemon.log.calibrations import Calibrations
from edge_daemon.log.calibrations import fold as calibrations_of
from edge_daemon.log.clock_history import ClockHistory, Reported, clock_history
from edge_daemon.log.effective import Amendments, Effective, amendments_of, effective
from edge_daemon.log.entry import Entry, EntryType, LoggedReading, decode_entry, decode_reading
from edge_daemon.log.plan import Plan
from edge_daemon.log.reported_time import ReportedTime
from edge_daemon.log.summarising import Hour
from edge_daemon.log.summary import HOUR_NS
from edge_daemon.log.summary_continuity import Continuity, continuity_of
from edge_daemon.log.summary_energy import energy_of_hour, measures_energy
from edge_daemon.log.summary_fold import Summaries
from sync.bundle import PAGE, Source
from sync.bundle_period import indices_between
from sync.evidence.reading_form import is_reading
from sync.hour_table import MeasuredHour, table_text

LANDMARKS = (
    EntryType.BOOT,
    EntryType.CLOCK,
    EntryType.CONFIGURATION,
    EntryType.INSTALLATION,
    EntryType.CALIBRATION,
    EntryType.AMENDMENT,
    EntryType.PLAN,
    EntryType.SUMMARY,
)
_MOVES_TIME = frozenset({"clock_offset", "release_untrusted_time"})
_NEAR_NS = 2 * HOUR_NS
_UNUSUAL = re.compile("[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class _Known:
    """What the log says besides its readings."""

    entries: Mapping[int, Entry]
    history: ClockHistory
    amendments: Amendments
    calibrations: Calibrations
    summaries: Summaries
    continuity: Continuity

    def configuration(self, index: int) -> ConfigurationBody:
        return from_json(ConfigurationBody, self.entries[index].body)

    def plan_at(self, index: int) -> Plan:
        plans = [at for at, entry in self.entries.items() if entry.type == EntryType.PLAN and at < index]
        return Plan().after(plans[-1], self.entries[plans[-1]]) if plans else Plan()

    def metered(self) -> list[str]:
        """The sensors that ever measured power or energy."""
        configured = (
            self.configuration(index)
            for index, entry in self.entries.items()
            if entry.type == EntryType.CONFIGURATION and entry.body.get("subject") != "station"
        )
        return sorted({body.sensor for body in configured if measures_energy(body)})

    @property
    def clock_is_plain(self) -> bool:
        """Whether every reading's time is that of the laptop's clock."""
        told = (entry.body.get("event") for entry in self.entries.values() if entry.type == EntryType.CLOCK)
        moved = any(one.body.kind in _MOVES_TIME for one in self.amendments.in_force)
        return not moved and not {"fix", "step"} & set(map(str, told))


def whole_hour(start_ns: int | None) -> int | None:
    """The begin of an hour (UTC ns). Raises BadInput for a time within one."""
    if start_ns is not None and start_ns % HOUR_NS:
        raise BadInput("--csv-hour", rfc3339_from_ns(start_ns), "write the begin of an hour, as 2026-11-23T08:00:00Z")
    return start_ns


def write_tables(source: Source, start_ns: int, sensors: Collection[str], bundle: Path) -> list[Path]:
    """The tables of this hour, each in a file beside the bundle that is named after it, the sensor and the hour.

    Raises BadInput where no sensor measured energy in the hour or a file is there already; the bundle stays.
    """
    written = []
    for hour in measured_hours(source.buffer, source.signed.checkpoint.size, start_ns, sensors):
        sensor = _UNUSUAL.sub("_", hour.sensor)
        named = rfc3339_from_ns(start_ns)[:13].replace("-", "")
        path = bundle.with_name(f"{bundle.stem}-{sensor}-{named}Z.csv")
        try:
            with path.open("x", encoding="utf-8", newline="") as file:
                file.write(table_text(hour))
        except FileExistsError as error:
            raise BadInput("--csv-hour", str(path), "it exists already; the bundle was written") from error
        written.append(path)
    if not written:
        words = "no sensor that was asked for measured power or energy in this hour; the bundle was written"
        raise BadInput("--csv-hour", rfc3339_from_ns(start_ns), words)
    return written


def measured_hours(buffer: Path, size: int, start_ns: int, sensors: Collection[str]) -> Iterator[MeasuredHour]:
    """The hour from `start_ns` (UTC ns) on of these sensors (none named: all) that measured energy in it, as the first
    `size` entries of the log tell it. Raises BufferUnavailable, DamagedLog, NotAnEntry."""
    with LogReader(buffer) as reader:
        known = _known(reader, size)
        first, end = 0, size
        if known.clock_is_plain:
            found = indices_between(buffer, start_ns - _NEAR_NS, start_ns + HOUR_NS + _NEAR_NS)
            first, end = (min(found), min(size, max(found) + 1)) if found else (0, 0)
        for sensor in known.metered():
            if not sensors or sensor in sensors:
                readings = list(_readings(reader, known, sensor, start_ns, range(first, end)))
                hour = _hour(known, sensor, start_ns, readings)
                if hour is not None:
                    yield hour


def _known(reader: LogReader, size: int) -> _Known:
    entries: dict[int, Entry] = {}
    after, types = -1, [kind.value for kind in LANDMARKS]
    while found := reader.events(types, after=after):
        for event in found:
            if event.index < size:
                entries[event.index] = decode_entry(reader.entries(event.index, 1)[0][1])
        after = found[-1].index
    told = entries.items()
    history, amendments, calibrations = clock_history(told), amendments_of(told), calibrations_of(told)
    return _Known(entries, history, amendments, calibrations, Summaries(told), continuity_of(told))


def _readings(reader: LogReader, known: _Known, sensor: str, start_ns: int, span: range) -> Iterator[Effective]:
    """Those of the hour and of the ones beside it, as they are to be read now."""
    moved = any(one.body.kind == "wrong_plug" for one in known.amendments.in_force)
    mark = b"" if moved else f'"sensor":{json.dumps(sensor, ensure_ascii=False)}'.encode()
    fold = ReportedTime(known.history, known.amendments.releases)
    kept: dict[int, tuple[LoggedReading, Reported]] = {}
    settled: dict[int, list[tuple[str, Flag]]] = {}
    for index, data in _entries(reader, span):
        if not is_reading(data) or mark not in data:
            continue
        reading = decode_reading(data)
        entry = Entry(1, EntryType.READING, reading.t_ns, reading.mono_us, reading.salt, {"sensor": reading.sensor})
        fold = fold.after(index, entry)
        for earlier, channel, flag in reading.settles:
            settled.setdefault(earlier, []).append((channel, flag))
        reported = fold.reported
        if reported is None or reported.held:
            continue
        change = known.amendments.change(index, reading.sensor, reported.time_ns)
        counts_for = change.sensor if change else reading.sensor
        time_ns = reported.time_ns + (change.offset_ns if change else 0)
        if counts_for == sensor and start_ns - HOUR_NS <= time_ns < start_ns + 2 * HOUR_NS:
            kept[index] = reading, reported
    for index, (reading, reported) in kept.items():
        yield effective(index, reading, reported, known.amendments, settled.get(index, ()), known.calibrations)


def _entries(reader: LogReader, span: range) -> Iterator[tuple[int, bytes]]:
    for at in range(span.start, span.stop, PAGE):
        yield from reader.entries(at, min(PAGE, span.stop - at))


def _hour(known: _Known, sensor: str, start_ns: int, readings: list[Effective]) -> MeasuredHour | None:
    inside = [one for one in readings if start_ns <= one.time.time_ns < start_ns + HOUR_NS]
    if not inside:
        return None
    number = start_ns // HOUR_NS
    told = known.summaries.current((sensor, number))
    last = told.body.last if told is not None else None
    plan = known.plan_at(_latest(inside) if last is None else last)
    configuration = known.configuration(inside[-1].original.configuration)
    swaps_of = known.continuity.swaps_of
    hour = Hour(sensor, number, readings, (), known.configuration, known.plan_at, swaps_of, known.calibrations)
    energy = energy_of_hour(readings, start_ns, configuration, sensor, plan, hour.same_meter, hour.unbroken)
    if energy is None:
        return None
    joined = hour.same_meter, hour.unbroken
    return MeasuredHour(sensor, start_ns, readings, configuration, plan, *joined, energy, told)


def _latest(readings: Iterable[Effective]) -> int:
    return max(one.index for one in readings)
