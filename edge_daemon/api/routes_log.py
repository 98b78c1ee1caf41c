# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on the log: its head, gaps, notes and visits. Everything is read from the entries' bytes.

Lists take a stretch of time (`since`, `until`: RFC 3339) and an index to go on `after`; while more may follow, a reply
names its next page in a `Link` header.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from edge_daemon.api import messages as m
from edge_daemon.api.gap_views import gap_page
from edge_daemon.api.paging import LIMIT, read_page, stretch_of, tell_next, time_of
from edge_daemon.api.routes_station import Wired
from edge_daemon.domain.time import ns_from_rfc3339, rfc3339_from_ns
from edge_daemon.log.bodies import NoteBody, VisitBody, from_json
from edge_daemon.log.entry import Entry, EntryType

router = APIRouter(prefix="/api", tags=["log"])
After = Annotated[int, Query(ge=-1)]
Limit = Annotated[int, Query(ge=1, le=LIMIT)]


@router.get("/log/head")
def head(wired: Wired) -> m.HeadMessage:
    """Origin, size and root of the log as it is durable now."""
    now = wired.head()
    return m.HeadMessage(origin=now.origin, size=now.size, root=now.root.hex())


@router.get("/gaps")
def gaps(
    wired: Wired,
    request: Request,
    response: Response,
    since: str = "",
    until: str = "",
    after: After = -1,
    limit: Limit = LIMIT,
    sensor: str = "",
) -> list[m.GapMessage]:
    """Intervals without readings that touch the stretch, with their causes, in log order.

    Their times are those that are known by now. One without a time is told wherever it may have been.
    """
    stretch = stretch_of(since, until)
    with wired.reader() as reader:
        found = gap_page(reader, wired.clock_history(), wired.amendments.amendments, stretch, after, limit, sensor)
    tell_next(response, request.url, found.page)
    return found.gaps


@router.get("/notes")
def notes(
    wired: Wired,
    request: Request,
    response: Response,
    since: str = "",
    until: str = "",
    after: After = -1,
    limit: Limit = LIMIT,
) -> list[m.NoteMessage]:
    """What people wrote down about moments within the stretch, whenever they wrote it, in log order."""
    stretch = stretch_of(since, until)
    with wired.reader() as reader:
        page = read_page(
            reader,
            EntryType.NOTE.value,
            after,
            limit,
            likely=lambda _: True,
            wanted=lambda _, entry: stretch.holds(ns_from_rfc3339(from_json(NoteBody, entry.body).at)),
        )
    tell_next(response, request.url, page)
    return [_note(index, entry) for index, entry in page.entries]


@router.post("/notes", status_code=201)
def add_note(new: m.NewNote, wired: Wired) -> m.NoteMessage:
    """Write a remark about a moment into the log. Without `at` it is about now."""
    if new.sensor_id:
        wired.book.sensor(new.sensor_id)
    at = rfc3339_from_ns(wired.now_ns() if new.at is None else time_of("at", new.at))
    return _note(*wired.journal.write(NoteBody(new.text, at, new.person, new.sensor_id)))


@router.get("/visits")
def visits(
    wired: Wired,
    request: Request,
    response: Response,
    since: str = "",
    until: str = "",
    after: After = -1,
    limit: Limit = LIMIT,
) -> list[m.VisitMessage]:
    """Who came or left within the stretch, in log order."""
    stretch = stretch_of(since, until)
    with wired.reader() as reader:
        page = read_page(
            reader,
            EntryType.VISIT.value,
            after,
            limit,
            likely=lambda event: stretch.holds(event.t_ns),
            wanted=lambda *_: True,
        )
    tell_next(response, request.url, page)
    return [_visit(index, entry) for index, entry in page.entries]


@router.post("/visits", status_code=201)
def add_visit(new: m.NewVisit, wired: Wired) -> m.VisitMessage:
    """A person comes or leaves."""
    return _visit(*wired.journal.write(VisitBody(new.event, new.person, new.place)))


def _note(index: int, entry: Entry) -> m.NoteMessage:
    note = from_json(NoteBody, entry.body)
    time = rfc3339_from_ns(entry.t_ns)
    return m.NoteMessage(index=index, time=time, at=note.at, text=note.text, person=note.person, sensor_id=note.sensor)


def _visit(index: int, entry: Entry) -> m.VisitMessage:
    visit = from_json(VisitBody, entry.body)
    time = rfc3339_from_ns(entry.t_ns)
    return m.VisitMessage(index=index, time=time, event=visit.event, person=visit.person, place=visit.place)
