# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What amendments of later logs say of readings of closed ones, as entries that follow theirs. Reads logs and books.

A sensor that is found wrong after its log was closed was wrong before, too. The entry that says so names the closed log
and the calibration there since which it may be so (`AmendmentBody.also_in`); in the logs between, everything since that
day is concerned. It holds for the same instrument, wherever that was, and where it is not known for the same sensor.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from edge_daemon.domain.faults import BufferUnavailable, DamagedLog
from edge_daemon.log.amendment_body import AmendmentBody
from edge_daemon.log.bodies import from_json, to_json
from edge_daemon.log.entry import Entry, EntryType, Stamp, decode_entry, encode_entry
from edge_daemon.log.instruments import Instruments, Key
from sync.delivery.also import AlsoBook, Source
from sync.engine.logs import LogFile, Shelf
from sync.engine.pages import LogReplaced, Row

_UNREADABLE = (DamagedLog, BufferUnavailable, LogReplaced)
_UNNAMED = "unreadable"
"""What a log calls the one before it whose name could not be read: any of those that are here may be it."""


@dataclass(frozen=True, slots=True)
class _Told:
    """An amendment of the log `other` that speaks of readings of other logs: its entry, at `index`, and its body.

    `keys` are the instruments that it is about, by the sensor that they were at then, as far as they are known.
    """

    other: LogFile
    index: int
    entry: Entry
    body: AmendmentBody
    keys: Mapping[str, Key]


@dataclass(frozen=True, slots=True)
class _Part:
    """What one closed log takes from it, as an amendment of its own; `replaces` is the part that counts no longer."""

    source: Source
    told: _Told
    body: AmendmentBody
    replaces: Source | None = None


def with_later_amendments(shelf: Shelf, book: AlsoBook) -> Shelf:
    """The shelf, whose closed logs are followed by what later ones say of them. Raises as `AlsoBook` does.

    A log that cannot be read says nothing here; that is told of elsewhere.
    """
    told = [one for log in shelf.logs for one in _told_by(log)] if len(shelf.logs) > 1 else []
    if not told:
        return shelf
    logs: list[LogFile] = []
    for place, log in enumerate(shelf.logs):
        later = {one.account for one in shelf.logs[place + 1 :]}
        logs.append(_followed(log, [one for one in told if one.other.account in later], book))
    return replace(shelf, logs=tuple(logs), troubles=(*shelf.troubles, *_gone(shelf, told)))


def _gone(shelf: Shelf, told: list[_Told]) -> list[str]:
    """In words, what is said of logs whose files are not here; one that cannot be read is told of by itself."""
    here = {_UNNAMED, "", *(log.origin for log in shelf.logs)}
    over = {(one.other.account, one.body.replaces) for one in told}
    left = [one for one in told if one.body.also_in not in here and (one.other.account, one.index) not in over]
    return [
        f"entry {one.index} of {one.other.path.name} says that readings of the closed log {one.body.also_in} are not "
        "to be claimed as they are; its file is not here, so that no destination is told so"
        for one in ([] if shelf.troubles else left)
    ]


def _told_by(log: LogFile) -> list[_Told]:
    """The amendments of the log that name another one, and those that take the place of such a one."""
    found: dict[int, tuple[Entry, AmendmentBody]] = {}
    try:
        with log.pages() as pages:
            for row in pages.amendments():
                try:
                    entry = decode_entry(row.data)
                    body = from_json(AmendmentBody, entry.body)
                except ValueError:  # of a kind still to come: as for the log's own, delivery goes on without it
                    continue
                if body.also_in or body.replaces in found:
                    found[row.index] = entry, body
            instruments = pages.landmarks([]).calibrations.instruments if found else Instruments()
    except _UNREADABLE:
        return []
    return [_Told(log, index, *one, _keys(instruments, index, one[1])) for index, one in found.items()]


def _keys(instruments: Instruments, index: int, body: AmendmentBody) -> Mapping[str, Key]:
    found = {sensor: instruments.at(sensor, min(body.last, index - 1)) for sensor in body.sensors}
    return {sensor: stretch.key for sensor, stretch in found.items() if stretch is not None}


def _followed(log: LogFile, told: list[_Told], book: AlsoBook) -> LogFile:
    """The log, if it is closed, with what these say of it."""
    if not told or not log.closed:
        return log
    try:
        with log.pages() as pages:
            size, instruments = pages.size(), pages.landmarks([]).calibrations.instruments
    except _UNREADABLE:
        return log
    parts = list(_parts(log, size, instruments, told))
    indices = book.indices(log.account, size, [part.source for part in parts])
    rows = [Row(indices[part.source], _bytes(part, indices)) for part in parts]
    return replace(log, more=tuple(sorted(rows, key=lambda row: row.index)))


def _parts(log: LogFile, size: int, instruments: Instruments, told: list[_Told]) -> Iterator[_Part]:
    before: dict[tuple[str, int], list[_Part]] = {}
    for one in told:
        replaced = before.get((one.other.account, one.body.replaces), []) if one.body.replaces is not None else []
        mine = before[one.other.account, one.index] = []
        for part in replaced:
            body = replace(part.body, kind="withdrawal", evidence=one.body.evidence, person=one.body.person)
            source = Source(one.other.account, one.index, f"without {part.source.entry} {part.source.part}")
            yield _Part(source, one, body, part.source)
        if one.body.also_in and one.body.kind != "withdrawal":
            for body in _bodies(log, size, instruments, one):
                source = Source(one.other.account, one.index, f"{' '.join(body.sensors)} {body.first}")
                mine.append(_Part(source, one, body))
        yield from mine


def _bodies(log: LogFile, size: int, instruments: Instruments, one: _Told) -> Iterator[AmendmentBody]:
    """The amendment as it holds in the closed log, once for each stretch of its sensors that it concerns."""
    first, start = 0, one.body.also_made
    if log.origin == one.body.also_in and one.body.also_since is not None:
        first, start = one.body.also_since, ""
    plain = replace(one.body, start=start, end="", replaces=None, attachments=(), also_in="", also_since=None)
    plain = replace(plain, also_made="")
    for sensor in one.body.sensors:
        for since, until, at in _stretches(instruments, sensor, one.keys.get(sensor), size):
            if max(since, first) < until:
                yield replace(plain, first=max(since, first), last=until - 1, sensors=(at,))
    if not one.body.sensors:
        yield replace(plain, first=first, last=size - 1)


def _stretches(instruments: Instruments, sensor: str, key: Key | None, size: int) -> Iterator[tuple[int, int, str]]:
    """Where the instrument was in the closed log: from which entry to before which, at which sensor."""
    present = instruments.stretches.get(sensor, ())
    if key is None or not present:
        yield 0, size, sensor
    if key is None:
        return
    every = [one for many in instruments.stretches.values() for one in many]
    for one in sorted(every, key=lambda one: one.first):
        unnamed = one.sensor == sensor and one.key.model == key.model and not (one.key.serial and key.serial)
        if one.key == key or unnamed:
            yield one.first, size if one.until is None else one.until, one.sensor


def _bytes(part: _Part, indices: Mapping[Source, int]) -> bytes:
    body = replace(part.body, replaces=None if part.replaces is None else indices[part.replaces])
    entry = part.told.entry
    return encode_entry(EntryType.AMENDMENT, Stamp(entry.t_ns, entry.mono_us, entry.salt), to_json(body))
