# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on quality: the limits of a sensor's tests, why a reading is flagged, and what does not fit together."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from edge_daemon.api import messages_quality as q
from edge_daemon.api.paging import LIMIT, read_page, stretch_of, tell_next
from edge_daemon.api.routes_station import Wired
from edge_daemon.api.services import Services
from edge_daemon.domain.limits import Limits
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.log.amendment_body import AnomalyBody
from edge_daemon.log.bodies import from_json
from edge_daemon.log.entry import Entry, EntryType
from edge_daemon.station.limits import limits_in_force
from edge_daemon.station.reasons import Explained, explain
from edge_daemon.station.reported_at import fold_before

router = APIRouter(prefix="/api", tags=["quality"])


@router.get("/sensors/{sensor_id}/limits")
def limits(sensor_id: str, wired: Wired) -> q.LimitsReply:
    """The limits of every channel, as they are set and as they are in force."""
    return _limits(wired, sensor_id)


@router.put("/sensors/{sensor_id}/limits")
def set_limits(sensor_id: str, asked: q.LimitsRequest, wired: Wired) -> q.LimitsReply:
    """Set the limits of some channels. The configuration entry names every old and new value."""
    given = {name: None if one is None else Limits(**one.model_dump()) for name, one in asked.channels.items()}
    wired.book.set_limits(sensor_id, given, asked.person)
    return _limits(wired, sensor_id)


@router.get("/sensors/{sensor_id}/why")
def why(sensor_id: str, index: Annotated[int, Query(ge=0)], wired: Wired) -> q.Why:
    """Why the reading at this index has its flags, in words, and how it is to be read by now."""
    with wired.reader() as reader:
        history = wired.clock_history()
        fold = fold_before(reader, wired.summaries, history)
        found = explain(reader, sensor_id, index, history, wired.amendments.amendments, before=fold)
    return _why(sensor_id, found)


@router.get("/anomalies")
def anomalies(
    wired: Wired,
    request: Request,
    response: Response,
    since: str = "",
    until: str = "",
    after: Annotated[int, Query(ge=-1)] = -1,
    limit: Annotated[int, Query(ge=1, le=LIMIT)] = LIMIT,
) -> q.AnomaliesReply:
    """Rules across sensors that hold now, and those that began and ended within the stretch."""
    stretch = stretch_of(since, until)
    with wired.reader() as reader:
        page = read_page(
            reader,
            EntryType.NOTE.value,
            after,
            limit,
            likely=lambda event: stretch.holds(event.t_ns),
            wanted=lambda _, entry: entry.body.get("subject") == "anomaly",
        )
    tell_next(response, request.url, page)
    present = tuple(
        q.AnomalyMessage(
            rule=one.rule, event="begin", sensors=one.sensors, text=one.text, time=rfc3339_from_ns(one.since_ns)
        )
        for one in wired.anomalies()
    )
    return q.AnomaliesReply(present=present, past=tuple(_anomaly(index, entry) for index, entry in page.entries))


def _limits(wired: Services, sensor_id: str) -> q.LimitsReply:
    found = wired.book.sensor(sensor_id)
    channels = {one.name: q.LimitsMessage(**asdict(one.limits)) for one in found.configuration.channels}
    in_force = {name: q.LimitsMessage(**asdict(one)) for name, one in limits_in_force(found.configuration).items()}
    return q.LimitsReply(sensor_id=sensor_id, configuration=found.index, channels=channels, in_force=in_force)


def _why(sensor_id: str, found: Explained) -> q.Why:
    now = found.effective
    channels = {
        name: q.WhyChannel(
            unit=found.units.get(name, ""),
            raw=own.raw,
            value=own.value,
            flag=int(own.flag),
            effective_value=now.channels[name].value,
            effective_flag=int(now.channels[name].flag),
            reasons=tuple(q.ReasonMessage(test=one.test, text=one.text) for one in found.reasons.get(name, ())),
        )
        for name, own in now.original.channels.items()
    }
    return q.Why(
        sensor_id=sensor_id,
        index=now.index,
        effective_sensor_id=now.sensor,
        time=rfc3339_from_ns(now.time.time_ns),
        original_time=rfc3339_from_ns(now.reported.time_ns),
        standing=now.time.standing.value,
        uncertainty_s=None if now.time.uncertainty_ns is None else now.time.uncertainty_ns / NS_PER_S,
        quality=now.original.quality / 100,
        effective_quality=now.quality / 100,
        amended_by=now.amended_by,
        channels=channels,
    )


def _anomaly(index: int, entry: Entry) -> q.AnomalyMessage:
    told = from_json(AnomalyBody, entry.body)
    return q.AnomalyMessage(
        rule=told.rule, event=told.event, sensors=told.sensors, text=told.text, time=told.at, index=index
    )
