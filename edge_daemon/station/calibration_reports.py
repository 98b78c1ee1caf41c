# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Gathers what a calibration report says from the log, and makes it. Reads the log.

Only entries up to the verdict count, so that a report asked for years later is the one of the day it was signed. That
of a calibration which was carried over is made from the closed log where it was signed, and has the same bytes as then.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from edge_daemon.buffer.reader import LogReader
from edge_daemon.calibration.closed_log import ClosedLog, of_amendment
from edge_daemon.documents.calibration_record import CalibrationRecord, Installation, Item, PlannedInterval, Proof
from edge_daemon.documents.calibration_report import calibration_report
from edge_daemon.domain.faults import DamagedLog, Unknown
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import InstallationBody, LogBody, from_json
from edge_daemon.log.calibration_body import (
    CALIBRATION_BODIES,
    CalibrationBody,
    CalibrationCommand,
    CalibrationConditions,
    CalibrationDecision,
    CalibrationPoint,
    CalibrationSkip,
    CalibrationStart,
    CalibrationVerdict,
    StandardBody,
)
from edge_daemon.log.entry import Entry, EntryType, decode_entry, leaf_hash
from edge_daemon.log.instruments import TYPES, Key, fold
from edge_daemon.log.plan import plan_of
from edge_daemon.log.setup import Setup
from edge_daemon.station.calibration_origin import bytes_at, made_in
from edge_daemon.station.device_word import device_says, told_sensitivity
from edge_daemon.station.entries import entries_of
from edge_daemon.station.recorded_calibrations import Past, past_of

PAGE = 500
_SOURCES = {
    "device": "read from the device",
    "adapter": "read from its adapter",
    "label": "typed from its label",
    "unknown": "how it is known was not recorded",
}


@dataclass(frozen=True, slots=True)
class _Told:
    index: int
    t_ns: int
    body: CalibrationBody


class CalibrationReports:
    """Makes reports. `reader` opens a connection of its own; `program` is the version that makes them; `closed` is the
    folder of the logs that came before."""

    def __init__(self, reader: Callable[[], LogReader], program: str, closed: Path) -> None:
        self._reader = reader
        self._program = program
        self._closed = closed

    def pdf(self, index: int) -> bytes:
        """The report of the verdict at this index, or of the one that was carried over there. Raises Unknown where
        there is none, DamagedLog, OSError."""
        with self._reader() as reader, made_in(reader, index, self._closed) as (there, signed):
            record = self.record(there, signed)
        return calibration_report(record)

    def record(self, reader: LogReader, index: int) -> CalibrationRecord:
        """What the report says. Raises as `pdf`."""
        data = bytes_at(reader, index)
        verdict_entry = decode_entry(data)
        verdict = _body(verdict_entry)
        if not isinstance(verdict, CalibrationVerdict):
            raise Unknown(f"entry {index} is no signed calibration, so there is no report of it")
        run = list(_run(reader, verdict.run, index))
        started = next((told for told in run if isinstance(told.body, CalibrationStart)), None)
        if started is None or not isinstance(started.body, CalibrationStart):
            raise DamagedLog(f"the run that entry {index} ends has no beginning at entry {verdict.run}")
        opened = from_json(LogBody, decode_entry(bytes_at(reader, 0)).body)
        points = tuple((told.index, told.t_ns, told.body) for told in run if isinstance(told.body, CalibrationPoint))
        commands = tuple((told.index, told.body) for told in run if isinstance(told.body, CalibrationCommand))
        named = {*(point.standard for _, _, point in points), *(command.standard for _, command in commands)}
        used = sorted(standard for standard in named if standard is not None)
        setup, item = self._item(reader, started.body, started.index, index)
        past = past_of(_entries(reader, (EntryType.CALIBRATION.value, *TYPES), started.index - 1))
        return CalibrationRecord(
            station=setup.station,
            item=item,
            proof=Proof(opened.origin, index, leaf_hash(data).hex()),
            program=self._program,
            start=started.body,
            started_ns=started.t_ns,
            verdict=verdict,
            signed_ns=verdict_entry.t_ns,
            points=points,
            standards={one: from_json(StandardBody, decode_entry(bytes_at(reader, one)).body) for one in used},
            conditions=next((one.body for one in reversed(run) if isinstance(one.body, CalibrationConditions)), None),
            decisions=tuple(one.body for one in run if isinstance(one.body, CalibrationDecision)),
            commands=commands,
            skips=tuple(one.body for one in run if isinstance(one.body, CalibrationSkip)),
            demo=opened.demo,
            before=past.function(verdict.before),
            device_words=_own_word(started.body, past, setup),
            sensitivity=_sensitivity(started.body, setup),
            planned=_planned(reader, started.body, index),
            installations=tuple(_installations(reader, started.body.sensor, started.index, index)),
            closed_log=_closed_log(reader, verdict),
        )

    def _item(self, reader: LogReader, start: CalibrationStart, first: int, last: int) -> tuple[Setup, Item]:
        setup, before = Setup(), list(_entries(reader, (EntryType.LOG.value, *TYPES), last))
        for index, entry in before:
            setup = setup.after(index, entry)
        stretch = fold((index, entry) for index, entry in before if entry.type != EntryType.LOG).at(start.sensor, first)
        sensor = setup.sensors.get(start.sensor)
        return setup, Item(
            maker=start.maker,
            title=start.title or start.model,
            serial="" if start.serial.startswith("~") else start.serial,
            serial_known_by=_SOURCES[stretch.source.value] if stretch else _SOURCES["unknown"],
            firmware=stretch.firmware if stretch else "",
            sensor=start.sensor,
            sensor_name=sensor.configuration.name if sensor else "",
        )


def _closed_log(reader: LogReader, verdict: CalibrationVerdict) -> ClosedLog | None:
    if verdict.impact is None:
        return None
    return of_amendment(from_json(AmendmentBody, decode_entry(bytes_at(reader, verdict.impact)).body))


def _own_word(start: CalibrationStart, past: Past, setup: Setup) -> tuple[str, ...]:
    sensor = setup.sensors.get(start.sensor)
    if sensor is not None and start.channel != sensor.configuration.primary:
        return ()
    settings = sensor.configuration.settings if sensor else {}
    known = past.recorded(Key(start.model, start.serial), start.channel)
    return device_says(start.device, settings, known, start.unit)


def _sensitivity(start: CalibrationStart, setup: Setup) -> float | None:
    sensor = setup.sensors.get(start.sensor)
    return told_sensitivity(start.device, sensor.configuration.settings if sensor else {})


def _planned(reader: LogReader, start: CalibrationStart, last: int) -> PlannedInterval | None:
    plan = plan_of(_entries(reader, (EntryType.PLAN.value,), last))
    named = plan.of(start.sensor, start.channel)
    if named is None or plan.body is None:
        return None
    return PlannedInterval(plan.index, named.calibration_interval_days, plan.body.methodology)


def _installations(reader: LogReader, sensor: str, first: int, last: int) -> Iterator[Installation]:
    for index, entry in _entries(reader, (EntryType.INSTALLATION.value,), last, first):
        if entry.body.get("sensor") == sensor:
            yield index, entry.t_ns, from_json(InstallationBody, entry.body)


def _run(reader: LogReader, run: int, last: int) -> Iterator[_Told]:
    for index, entry in _entries(reader, (EntryType.CALIBRATION.value,), last, run - 1):
        body = _body(entry)
        if index == run or getattr(body, "run", None) == run:
            yield _Told(index, entry.t_ns, body)


def _body(entry: Entry) -> CalibrationBody:
    kind = CALIBRATION_BODIES.get(str(entry.body.get("event", ""))) if entry.type == EntryType.CALIBRATION else None
    if kind is None:
        raise Unknown(f"this entry of type {entry.type} is no calibration")
    try:
        return from_json(kind, entry.body)
    except ValueError as error:
        raise DamagedLog(f"a calibration entry has a wrong form: {error}") from error


def _entries(reader: LogReader, types: tuple[str, ...], last: int, after: int = -1) -> Iterator[tuple[int, Entry]]:
    """All entries of these types after `after` up to `last`, in log order."""
    while True:
        page = entries_of(reader, types, after=after, limit=PAGE)
        yield from ((index, entry) for index, entry in page if index <= last)
        if len(page) < PAGE or page[-1][0] >= last:
            return
        after = page[-1][0]
