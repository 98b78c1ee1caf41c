# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The monitoring API that other systems use (system interface): project status, sensor history, the live feed."""

import asyncio
import contextlib
from typing import Annotated

from fastapi import APIRouter, Query, Response, WebSocket, WebSocketDisconnect

from edge_daemon.api import messages as m
from edge_daemon.api.guard import SUBPROTOCOL
from edge_daemon.api.live import Subscription
from edge_daemon.api.routes_station import Wired
from edge_daemon.api.services import Services
from edge_daemon.api.views import latest, live_message
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.domain.faults import BadInput, Fault, Unknown
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.log.entry import EntryType, decode_entry, decode_reading
from edge_daemon.station.status import Condition

router = APIRouter(tags=["monitoring"])
UNITS_S = {"m": 60, "h": 3600, "d": 86_400}
PAGE = 500
MAX_HISTORY = 10_000
SLOW, NO_PROJECT, BEYOND, UNREADABLE = 4008, 4404, 4416, 4500


@router.get("/api/projects/{project_id}/status")
def status(project_id: str, wired: Wired) -> m.ProjectStatus:
    """How the project's station is doing. A sensor counts as active when it is measuring now."""
    _of_this_station(wired, project_id)
    recording = [i for i, s in wired.book.setup.sensors.items() if s.configuration.state == "recording"]
    present = [wired.board.of(sensor_id) for sensor_id in recording]
    active = [p for p in present if p.condition in {Condition.GOOD, Condition.WARMING_UP}]
    clock, newest_ns = wired.clock_history(), wired.summaries.newest_ns()
    newest = [latest(p.latest, clock, newest_ns) for p in present if p.latest]
    return m.ProjectStatus(
        project_id=project_id,
        status="offline" if not active else "active" if len(active) == len(recording) else "degraded",
        total_sensors=len(wired.book.setup.sensors),
        active_sensors=len(active),
        last_update=max((reading.time for reading in newest), default=None),
        data_quality_score=min((reading.quality for reading in newest), default=None),
    )


@router.get("/api/projects/{project_id}/sensors/{sensor_id}", response_model_exclude_none=True)
def history(
    project_id: str,
    sensor_id: str,
    wired: Wired,
    response: Response,
    timeframe: str = "24h",
    points: Annotated[int | None, Query(ge=2, le=MAX_HISTORY)] = None,
) -> list[m.HistoryPoint]:
    """Readings of the sensor's main channel in the last `timeframe` (like 15m, 24h, 7d), by their reported time.

    At most the newest 10,000: the header `Verifield-Left-Out: earlier` says when there are more. With `points`, the
    whole of any timeframe comes in at most so many: where there are more readings, those with the least and the
    greatest value of equal stretches of time, each as recorded, and the header is `Verifield-Left-Out: between`.
    """
    _of_this_station(wired, project_id)
    primary = wired.book.model(wired.book.sensor(sensor_id).configuration.model).primary
    now_ns = wired.now_ns()
    start_ns = now_ns - _seconds(timeframe) * NS_PER_S
    with wired.reader() as reader:
        if points is None:
            found = reader.readings(sensor_id, start_ns, MAX_HISTORY + 1)
            found, whole, left_out = found[-MAX_HISTORY:], len(found) <= MAX_HISTORY, "earlier"
        else:
            (found, whole), left_out = reader.extremes(sensor_id, primary, start_ns, now_ns, points), "between"
    if not whole:
        response.headers["Verifield-Left-Out"] = left_out
    clock, told = wired.clock_history(), wired.instruments.told
    answer = []
    for index, data in found:
        reading = decode_reading(data)
        value = reading.channels[primary].value if primary in reading.channels else None
        if value is not None:
            time = rfc3339_from_ns(clock.placed(index, reading.t_ns, reading.mono_us).time_ns)
            doubted = told.standing_at(sensor_id, index) == "unconfirmed"
            answer.append(
                m.HistoryPoint(
                    timestamp=time,
                    value=value,
                    quality=reading.quality / 100,
                    identity="unconfirmed" if doubted else None,
                )
            )
    return answer


@router.websocket("/ws/projects/{project_id}/live")
async def live(websocket: WebSocket, project_id: str) -> None:
    """Committed entries as they become durable, from log index `from` on when it is given."""
    wired: Services = websocket.app.state.services
    offered = websocket.scope.get("subprotocols", [])
    await websocket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
    if project_id != wired.book.setup.station.project_id:
        await websocket.close(NO_PROJECT, "no such project at this station")
        return
    asked = websocket.query_params.get("from", "")
    subscription = wired.hub.subscribe()
    sender = asyncio.create_task(_send(websocket, wired, subscription, int(asked) if asked.isdecimal() else None))
    try:
        with contextlib.suppress(WebSocketDisconnect):
            while True:
                await websocket.receive_text()
    finally:
        wired.hub.unsubscribe(subscription)
        sender.cancel()
        await asyncio.wait([sender])


async def _send(websocket: WebSocket, wired: Services, subscription: Subscription, start: int | None) -> None:
    """Old entries first, read in pages off the event loop; then what the hub hands over, without a hole or a repeat."""
    following = wired.head().size if start is None else start
    if following > wired.head().size:
        await websocket.close(BEYOND, "the log is not that long; a new log may have begun (see /api/log/head)")
        return
    with contextlib.suppress(WebSocketDisconnect):
        try:
            while start is not None and (page := await asyncio.to_thread(_page, wired, following)):
                await _say(websocket, message_of(wired, page))
                following = page[-1].index + 1
        except Fault as fault:
            await websocket.close(UNREADABLE, fault.title)
            return
        while message := await subscription.messages.get():
            if message.ports_changed:
                await _say(websocket, message.model_copy(update={"first": following, "last": following - 1}))
            elif message.last >= following:
                await _say(websocket, _from(message, following))
                following = message.last + 1
        await websocket.close(SLOW, "the client was too slow; connect again from the last index")


async def _say(websocket: WebSocket, message: m.Live) -> None:
    await websocket.send_text(message.model_dump_json())


def _from(message: m.Live, following: int) -> m.Live:
    if message.first >= following:
        return message
    readings = tuple(reading for reading in message.readings if reading.index >= following)
    events = tuple(event for event in message.events if event.index >= following)
    return message.model_copy(update={"first": following, "readings": readings, "events": events})


def message_of(wired: Services, batch: list[Committed]) -> m.Live:
    """The live message of these entries."""
    setup = wired.book.setup
    primaries = {
        sensor_id: wired.catalogue[sensor.configuration.model].primary
        for sensor_id, sensor in setup.sensors.items()
        if sensor.configuration.model in wired.catalogue
    }
    faults = {i: f.code for i in setup.sensors if (f := wired.board.of(i).fault)}
    return live_message(
        batch,
        setup.station.project_id,
        primaries,
        faults,
        wired.clock_history(),
        wired.now_ns(),
        wired.instruments.standings(),
        wired.summaries.newest_ns(),
    )


def ports_changed_message(wired: Services) -> m.Live:
    """Tells that a port came or went. Where it stands in the log is put in for each client."""
    project_id, now = wired.book.setup.station.project_id, rfc3339_from_ns(wired.now_ns())
    return m.Live(project_id=project_id, timestamp=now, first=0, last=-1, ports_changed=True)


def _page(wired: Services, start: int) -> list[Committed]:
    with wired.reader() as reader:
        found = reader.entries(start, PAGE)
    return [Committed(index, _record(data)) for index, data in found]


def _record(data: bytes) -> Record:
    entry = decode_entry(data)
    sensor = entry.body.get("sensor", "")
    kind = EntryType(entry.type).value if entry.type in set(EntryType) else entry.type
    return Record(data=data, type=kind, t_ns=entry.t_ns, sensor=sensor if isinstance(sensor, str) else "")


def _of_this_station(wired: Services, project_id: str) -> None:
    here = wired.book.setup.station.project_id
    if project_id != here:
        raise Unknown(f"this station belongs to project {here!r}, not {project_id!r}")


def _seconds(timeframe: str) -> int:
    number, unit = timeframe[:-1], timeframe[-1:]
    if unit not in UNITS_S or not number.isdecimal() or not 0 < int(number) <= 10_000:
        raise BadInput("timeframe", timeframe, "give a number and m, h or d, like 15m, 24h or 7d")
    return int(number) * UNITS_S[unit]
