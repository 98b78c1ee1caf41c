# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on the logs of this home, the current one and those closed before, and on the full check of the current one.

What can still be read of a damaged log is read from its salvaged copy.
"""

from contextlib import suppress
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from edge_daemon.api import messages as m
from edge_daemon.api import messages_logs as ml
from edge_daemon.api.check_views import check_message
from edge_daemon.api.gap_views import gap_page
from edge_daemon.api.paging import LIMIT, stretch_of, tell_next, time_of
from edge_daemon.api.routes_station import Wired
from edge_daemon.api.services import Services
from edge_daemon.buffer.closed import ClosedLog, closed_logs
from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.salvage import report_of
from edge_daemon.domain.faults import BadInput, Fault, Unknown
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.log.bodies import ConfigurationBody, from_json
from edge_daemon.log.entry import EntryType, NotAnEntry, decode_entry
from edge_daemon.station.entries import entries_of
from edge_daemon.station.past import amendments_in, clock_history_of

router = APIRouter(prefix="/api", tags=["logs"])
CURRENT = "current"
MAX_POINTS = 10_000
_PARTS = ("", "-wal")


@router.get("/logs")
def logs(wired: Wired) -> list[ml.LogMessage]:
    """All logs of this home, the current one first."""
    return [_current(wired), *(_closed(wired, log) for log in closed_logs(wired.closed_folder))]


@router.get("/logs/{log}/sensors")
def sensors(log: str, wired: Wired) -> list[ml.LogSensorMessage]:
    """The sensors that a log holds readings of."""
    with _reader(wired, log) as reader:
        units = _units(reader)
        return [
            ml.LogSensorMessage(sensor_id=sensor, readings=count, channels=units.get(sensor, {}))
            for sensor, count in reader.counts().items()
        ]


@router.get("/logs/{log}/sensors/{sensor_id}/plot")
def plot(
    log: str,
    sensor_id: str,
    wired: Wired,
    channel: str,
    start: Annotated[str, Query(alias="from")],
    end: Annotated[str, Query(alias="to")],
    points: Annotated[int, Query(ge=2, le=MAX_POINTS)] = 1000,
) -> m.Plot:
    """A curve out of any log, decimated to about this many points; extremes are never lost."""
    start_ns, end_ns = time_of("from", start), time_of("to", end)
    if end_ns <= start_ns:
        raise BadInput("to", end, "it must be later than `from`")
    with _reader(wired, log) as reader:
        units = _units(reader).get(sensor_id, {})
        curve = reader.plot(sensor_id, channel, start_ns, end_ns, points)
    # Where the configuration was lost with the damage, what was measured can still be shown, without its unit.
    if channel not in units and not curve.t_ns:
        raise Unknown(f"the log {log!r} knows no channel {channel!r} of a sensor {sensor_id!r}")
    return m.Plot(
        sensor_id=sensor_id,
        channel=channel,
        unit=units.get(channel, ""),
        start=rfc3339_from_ns(start_ns),
        resolution=curve.resolution,
        seconds=tuple((t_ns - start_ns) / NS_PER_S for t_ns in curve.t_ns),
        minimum=tuple(curve.minimum),
        maximum=tuple(curve.maximum),
        flag=tuple(curve.flag),
    )


@router.get("/logs/{log}/gaps")
def gaps(
    log: str,
    wired: Wired,
    request: Request,
    response: Response,
    since: str = "",
    until: str = "",
    after: Annotated[int, Query(ge=-1)] = -1,
    limit: Annotated[int, Query(ge=1, le=LIMIT)] = LIMIT,
    sensor: str = "",
) -> list[m.GapMessage]:
    """Intervals without readings in any log that touch the stretch, in log order, with the times that the log knows."""
    stretch = stretch_of(since, until)
    with _reader(wired, log) as reader:
        found = gap_page(reader, clock_history_of(reader), amendments_in(reader), stretch, after, limit, sensor)
    tell_next(response, request.url, found.page)
    return found.gaps


@router.get("/logs/{log}/entries")
def entries(
    log: str,
    wired: Wired,
    after: Annotated[int, Query(ge=-1)] = -1,
    limit: Annotated[int, Query(ge=1, le=LIMIT)] = 100,
) -> list[ml.EntryMessage]:
    """Entries of any log as they were recorded, from behind index `after` on. A salvaged log has holes."""
    with _reader(wired, log) as reader:
        found = reader.entries(after + 1, limit)
    return [ml.EntryMessage(index=index, entry=data.decode("utf-8", "backslashreplace")) for index, data in found]


@router.post("/log/check", status_code=202)
def begin_check(wired: Wired) -> ml.CheckMessage:
    """Begin the full check of the current log. One at a time."""
    return check_message(wired.checks.start())


@router.get("/log/check")
def check(wired: Wired) -> ml.CheckMessage:
    """How far the check is, or what the last one found."""
    return check_message(wired.checks.status())


@router.delete("/log/check")
def cancel_check(wired: Wired) -> ml.CheckMessage:
    """End the check that runs."""
    return check_message(wired.checks.cancel())


def _current(wired: Services) -> ml.LogMessage:
    head = wired.head()
    first, last = None, None
    with suppress(Fault), wired.reader() as reader:
        first, last = _times(reader, head.size)
    return ml.LogMessage(
        name=CURRENT,
        state="current",
        origin=head.origin,
        size=head.size,
        root=head.root.hex(),
        bytes=_bytes(wired.home / "buffer.sqlite3"),
        first=first,
        last=last,
    )


def _closed(wired: Services, log: ClosedLog) -> ml.LogMessage:
    """A log that cannot be read at all is listed all the same, with the trouble in words."""
    closing = log.closing
    origin, size, root = (closing.origin, closing.size, closing.root) if closing else ("", 0, "")
    first, last, salvage, trouble = None, None, None, log.failure
    try:
        with LogReader(log.readable) as reader:
            if closing is None and log.salvaged is None:
                head = reader.head()
                origin, size, root = head.origin, head.size, head.root.hex()
            first, last = _times(reader, size)
        report = report_of(log.salvaged) if log.salvaged else None
        if report:
            salvage = ml.SalvageMessage(
                size=report.size,
                copied=report.copied,
                changed=report.changed,
                unproven=report.unproven,
                unreadable=report.unreadable,
            )
    except Fault as fault:
        trouble = trouble or str(fault)
    busy = wired.salvaging()
    mine = busy if busy and busy.name == log.name else None
    return ml.LogMessage(
        name=log.name,
        state=_state(log),
        origin=origin,
        size=size,
        root=root,
        bytes=_bytes(log.file),
        first=first,
        last=last,
        cause=closing.cause if closing else "",
        closed=closing.time if closing else "",
        salvage=salvage,
        salvage_done=mine.done if mine else 0,
        salvage_of=mine.of if mine else 0,
        trouble=trouble,
    )


def _state(log: ClosedLog) -> Literal["closed", "damaged", "salvaged", "unreadable"]:
    if log.salvaged:
        return "salvaged"
    if log.failure:
        return "unreadable"
    return "damaged" if log.wants_salvage else "closed"


def _reader(wired: Services, name: str) -> LogReader:
    if name == CURRENT:
        return wired.reader()
    for log in closed_logs(wired.closed_folder):
        if name == log.name:
            return LogReader(log.readable)
    raise Unknown(f"this home has no log {name!r}")


def _units(reader: LogReader) -> dict[str, dict[str, str]]:
    """Channels and units by sensor, from the configurations in the log; the newest one counts."""
    units: dict[str, dict[str, str]] = {}
    after = -1
    while page := entries_of(reader, (EntryType.CONFIGURATION.value,), after=after):
        for index, entry in page:
            after = index
            if entry.body.get("subject") != "station":
                configured = from_json(ConfigurationBody, entry.body)
                units.setdefault(configured.sensor, {}).update({c.name: c.unit for c in configured.channels})
    return units


def _times(reader: LogReader, size: int) -> tuple[str | None, str | None]:
    first, last = reader.entries(0, 1), reader.entries(max(0, size - 1), 1) or reader.newest()
    return _time(first), _time(last)


def _time(found: list[tuple[int, bytes]]) -> str | None:
    try:
        return rfc3339_from_ns(decode_entry(found[0][1]).t_ns) if found else None
    except NotAnEntry:
        return None


def _bytes(file: Path) -> int:
    parts = (file.with_name(file.name + suffix) for suffix in _PARTS)
    return sum(part.stat().st_size for part in parts if part.exists())
