# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on the log: its head, gaps, notes and visits. Everything is read from the entries' bytes."""

from fastapi import APIRouter

from edge_daemon.api import messages as m
from edge_daemon.api.routes_station import Wired
from edge_daemon.api.services import Services
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import ns_from_rfc3339, rfc3339_from_ns
from edge_daemon.log.bodies import GapBody, NoteBody, VisitBody, from_json
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.station.entries import entries_of

router = APIRouter(prefix="/api", tags=["log"])
PAGE = 1000


@router.get("/log/head")
def head(wired: Wired) -> m.HeadMessage:
    """Origin, size and root of the log as it is durable now."""
    now = wired.head()
    return m.HeadMessage(origin=now.origin, size=now.size, root=now.root.hex())


@router.get("/gaps")
def gaps(wired: Wired, after: int = -1, sensor: str = "") -> list[m.GapMessage]:
    """Intervals without readings, with their causes, in log order; at most 1,000 after this index."""
    return [
        m.GapMessage(
            index=index,
            sensor_id=gap.sensor,
            start=gap.start,
            end=gap.end,
            expected=gap.expected,
            causes=gap.causes,
        )
        for index, entry in _entries(wired, EntryType.GAP, after, sensor)
        for gap in [from_json(GapBody, entry.body)]
    ]


@router.get("/notes")
def notes(wired: Wired, after: int = -1) -> list[m.NoteMessage]:
    """What people wrote down, in log order; at most 1,000 after this index."""
    return [_note(index, entry) for index, entry in _entries(wired, EntryType.NOTE, after)]


@router.post("/notes", status_code=201)
def add_note(new: m.NewNote, wired: Wired) -> m.NoteMessage:
    """Write a remark about a moment into the log. Without `at` it is about now."""
    if new.sensor_id:
        wired.book.sensor(new.sensor_id)
    at = rfc3339_from_ns(wired.now_ns() if new.at is None else _time(new.at))
    return _note(*wired.journal.write(NoteBody(new.text, at, new.person, new.sensor_id)))


@router.get("/visits")
def visits(wired: Wired, after: int = -1) -> list[m.VisitMessage]:
    """Who was at the station and when, in log order; at most 1,000 after this index."""
    return [_visit(index, entry) for index, entry in _entries(wired, EntryType.VISIT, after)]


@router.post("/visits", status_code=201)
def add_visit(new: m.NewVisit, wired: Wired) -> m.VisitMessage:
    """A person comes or leaves."""
    return _visit(*wired.journal.write(VisitBody(new.event, new.person, new.place)))


def _entries(wired: Services, kind: EntryType, after: int, sensor: str = "") -> list[tuple[int, Entry]]:
    with wired.reader() as reader:
        return entries_of(reader, (kind.value,), sensor=sensor, after=after, limit=PAGE)


def _note(index: int, entry: Entry) -> m.NoteMessage:
    note = from_json(NoteBody, entry.body)
    time = rfc3339_from_ns(entry.t_ns)
    return m.NoteMessage(index=index, time=time, at=note.at, text=note.text, person=note.person, sensor_id=note.sensor)


def _visit(index: int, entry: Entry) -> m.VisitMessage:
    visit = from_json(VisitBody, entry.body)
    time = rfc3339_from_ns(entry.t_ns)
    return m.VisitMessage(index=index, time=time, event=visit.event, person=visit.person, place=visit.place)


def _time(text: str) -> int:
    try:
        return ns_from_rfc3339(text)
    except ValueError as wrong:
        raise BadInput("at", text, f"give a time like 2026-11-23T08:15:30Z ({wrong})") from wrong
