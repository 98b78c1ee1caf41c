# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Opens the home's log, or begins a new one that names the old. Reads and moves files in the home.

One file holds one log. A log that must not be continued (damage, another computer, an older copy put back, a copy used
twice) is moved to `closed/` and never written again; the new log's first entry names it and says why.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Head
from edge_daemon.buffer.writer import LogWriter
from edge_daemon.domain.faults import DamagedLog
from edge_daemon.domain.station import Station
from edge_daemon.domain.time import rfc3339_from_ns
from edge_daemon.log.bodies import Body, LogBody, NoteBody, Predecessor, StationBody, from_json
from edge_daemon.log.carrying import carried, cut_off, still_away
from edge_daemon.log.entry import Entry, EntryType, Stamp, decode_entry
from edge_daemon.log.origin import new_origin
from edge_daemon.log.plan_body import PlanBody
from edge_daemon.log.setup import Setup, fold
from edge_daemon.log.tree import Frontier
from edge_daemon.station.calibration_cut_off import ends_of, found_under_way, starts_of
from edge_daemon.station.carried_record import results_in, waiting_certificates
from edge_daemon.station.entries import entries_of
from edge_daemon.station.journal import record_of
from edge_daemon.station.lost_key import lost_key
from edge_daemon.station.past import calibrations_of
from edge_daemon.station.putting_away import put_away
from edge_daemon.station.standards import carried_standards, register_of
from edge_daemon.station.witness import HeadWitness

MOST_PLANS = 1_000_000
LOST = "The log before could not be read, so these are not carried over: {}."
LOST_STANDARDS = "the register of standards (enter the standards again)"
LOST_CALIBRATIONS = (
    "the calibrations (calibrate again; a calibration that was under way ended with that log, and nothing of it takes "
    "effect)"
)
LOST_PLAN = "the plan (enter the plan again)"
SETUP_TYPES = (EntryType.LOG.value, EntryType.CONFIGURATION.value, EntryType.INSTALLATION.value)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the opening of a log depends on besides the file: who and where we are, and the time stamp to use.

    `key_gone` looks for a device key that was missed before, and says whether it surely is not there.
    """

    home: Path
    buffer: Path
    closed: Path
    machine: str
    program: str
    demo: bool
    stamp: Callable[[], Stamp]
    witness: HeadWitness
    key_gone: Callable[[], bool] = lambda: True


@dataclass(frozen=True, slots=True)
class Opened:
    """The writer of the current log and the setup it begins with. `closed` says why an older log was closed, if so."""

    writer: LogWriter
    setup: Setup
    closed: Predecessor | None = None


def open_log(around: Surroundings, station: Station) -> Opened:
    """Continue the home's log, or begin one, and keep its head witnessed from the start.

    `station` names device and project of a home that has no readable log yet, and the device of a copied home.

    A full disk stops none of this: what must be written then is as soon as there is room.

    Raises OSError, or what the writer raises, when the home cannot be written for another cause.
    """
    opened = _open_or_begin(around, station)
    around.witness.try_to_see(opened.writer.head(), around.home)
    return opened


def _open_or_begin(around: Surroundings, station: Station) -> Opened:
    if not around.buffer.exists():
        return _begin(around, Setup(station=station), None)
    try:
        writer = LogWriter.open(around.buffer)
    except DamagedLog as damage:
        return _succeed(around, station, _told(around.buffer), f"damaged: {damage}")
    cause = _reason_to_close(around, writer.head())
    if cause is None:
        return Opened(writer, setup_of(around.buffer))
    head = writer.head()
    writer.close()
    return _succeed(around, station, head, cause.text, another_device=cause.copied)


def setup_of(path: Path) -> Setup:
    """The setup in force at the end of the log in this file."""
    with LogReader(path) as reader:
        return fold(_entries(reader))


def _entries(reader: LogReader) -> Iterator[tuple[int, Entry]]:
    after = -1
    while page := entries_of(reader, SETUP_TYPES, after=after):
        yield from page
        after = page[-1][0]


@dataclass(frozen=True, slots=True)
class _Cause:
    """Why a log is closed. A `copied` home is another device from here on, and needs an id of its own."""

    text: str
    copied: bool


def _reason_to_close(around: Surroundings, head: Head) -> _Cause | None:
    with LogReader(around.buffer) as reader:
        first = from_json(LogBody, decode_entry(reader.entries(0, 1)[0][1]).body)
        seen = around.witness.last(head.origin)
        same = seen is None or seen.size > head.size or _root_at(reader, seen.size) == seen.root
    if first.machine and around.machine and first.machine != around.machine:
        return _Cause("the data folder was copied to another computer", copied=True)
    if lost_key(around.home) == head.origin and around.key_gone():
        return _Cause("the device key that signed for it is lost", copied=False)
    if seen is None:
        return None
    if seen.home != str(around.home.resolve()) and (Path(seen.home) / around.buffer.name).exists():
        return _Cause("the data folder is a copy of one that is still in place", copied=True)
    if seen.size > head.size or (seen.size == head.size and not same):
        lost = f"an older copy of the data folder was put back: entry {seen.size - 1} had been recorded already"
        return _Cause(lost, copied=False)
    if not same:
        anew = f"among its first {seen.size} entries are others than those that had been recorded: it was written anew"
        return _Cause(anew, copied=False)
    return None


def _root_at(reader: LogReader, size: int) -> str:
    try:
        return Frontier.load(size, reader.hashes).root().hex()
    except (ValueError, DamagedLog):
        return ""  # it is no longer what was recorded


def _told(path: Path) -> Head | None:
    try:
        with LogReader(path) as reader:
            return reader.head()
    except (DamagedLog, sqlite3.Error):
        return None


def _succeed(
    around: Surroundings, station: Station, head: Head | None, cause: str, *, another_device: bool = False
) -> Opened:
    setup = _readable_setup(around.buffer, station)
    if another_device:
        setup = replace(setup, station=replace(setup.station, device_id=station.device_id))
    origin = head.origin if head else "unreadable"
    predecessor = Predecessor(origin, head.size if head else 0, head.root.hex() if head else "", cause)
    registers, lost = _readable_registers(around.buffer, predecessor)
    if lost:  # a person must know
        registers = (*registers, NoteBody(LOST.format("; ".join(lost)), rfc3339_from_ns(around.stamp().t_ns), ""))
    make_way = put_away(around.buffer, around.closed, predecessor, around.stamp().t_ns)
    return _begin(around, setup, predecessor, make_way, registers)


def _readable_setup(path: Path, station: Station) -> Setup:
    try:
        setup = setup_of(path)
    except (DamagedLog, sqlite3.Error, ValueError):
        return Setup(station=station)
    return setup


def _readable_registers(path: Path, closed: Predecessor) -> tuple[tuple[Body, ...], tuple[str, ...]]:
    """What of the closed log holds on besides its setup, and which calibrations ended with it; and in words what cannot
    be read. Each by itself: damage to one loses none of the others.

    The plan comes last, since a tree measured with a calibration is told after it.
    """
    bodies: list[Body] = []
    lost: list[str] = []
    for words, read in (
        (LOST_STANDARDS, _standards),
        (LOST_CALIBRATIONS, _calibrations),
        (LOST_PLAN, _plan),
    ):
        try:
            with LogReader(path) as reader:
                bodies.extend(read(reader, closed))
        except (DamagedLog, sqlite3.Error, ValueError):
            lost.append(words)
    return tuple(bodies), tuple(lost)


def _standards(reader: LogReader, closed: Predecessor) -> tuple[Body, ...]:
    return carried_standards(register_of(reader), closed.origin)


def _calibrations(reader: LogReader, closed: Predecessor) -> tuple[Body, ...]:
    told = calibrations_of(reader)
    ended = cut_off(told, closed.origin, closed.cause, found_under_way(reader))
    away = still_away(told, closed.origin, starts_of(reader), ends_of(reader))
    return (*carried(told, closed.origin, results_in(reader)), *ended, *away, *waiting_certificates(reader, told))


def _plan(reader: LogReader, _: Predecessor) -> tuple[Body, ...]:
    plans = entries_of(reader, (EntryType.PLAN.value,), limit=MOST_PLANS)
    return (from_json(PlanBody, plans[-1][1].body),) if plans else ()


def _begin(
    around: Surroundings,
    setup: Setup,
    predecessor: Predecessor | None,
    make_way: Callable[[], None] | None = None,
    registers: Sequence[Body] = (),
) -> Opened:
    """A new log that first says again what holds, since readings may only name entries of their own log."""
    origin = new_origin(secrets.token_bytes(16), around.demo)
    opening = LogBody(
        origin=origin,
        device_id=setup.station.device_id,
        project_id=setup.station.project_id,
        program=around.program,
        machine=around.machine,
        demo=around.demo,
        predecessor=predecessor,
    )
    records = [record_of(body, around.stamp()) for body in (opening, *_carried_over(setup), *registers)]
    if make_way is None:
        writer = LogWriter.create(around.buffer, origin, records)
    else:
        writer = LogWriter.create(around.buffer, origin, records, make_way=make_way)
    return Opened(writer, fold((index, decode_entry(record.data)) for index, record in enumerate(records)), predecessor)


def _carried_over(setup: Setup) -> Iterator[Body]:
    station = setup.station
    if station.name or station.location:
        yield StationBody(station.device_id, station.project_id, station.name, station.location)
    for sensor in setup.sensors.values():
        yield replace(sensor.configuration, values_altered=False, altered=())
        if sensor.installation:
            yield sensor.installation
