# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Routes on sensors: list, add, change, pause, remove, and their curves."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from edge_daemon.api import messages as m
from edge_daemon.api.routes_station import Wired
from edge_daemon.api.services import Services
from edge_daemon.api.views import identity_message, sensor_message, trouble
from edge_daemon.domain.connection import PortIdentity
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.time import NS_PER_S, ns_from_rfc3339, rfc3339_from_ns
from edge_daemon.log.entry import decode_reading
from edge_daemon.station.calibration_return import still_away
from edge_daemon.station.sensor_warnings import field_warning, identity_warning
from edge_daemon.station.sensors import SensorOrder

router = APIRouter(prefix="/api", tags=["sensors"])
MAX_POINTS = 10_000


@router.get("/sensors")
def sensors(wired: Wired) -> list[m.SensorMessage]:
    """All sensors of the station, as configured and as they are."""
    return [_message(wired, sensor_id) for sensor_id in wired.book.setup.sensors]


@router.get("/sensors/{sensor_id}")
def sensor(sensor_id: str, wired: Wired) -> m.SensorMessage:
    """One sensor."""
    return _message(wired, sensor_id)


@router.post("/sensors", status_code=201)
def add(new: m.NewSensor, wired: Wired) -> m.SensorMessage:
    """Begin to record a sensor on a port that is present."""
    wired.book.add(
        SensorOrder(
            sensor_id=new.sensor_id,
            model=new.model,
            port=_port(wired, new.port),
            name=new.name,
            interval_ns=_nanoseconds(new.interval_s),
            settings=new.settings,
            serial=new.serial,
            person=new.person,
        )
    )
    return _message(wired, new.sensor_id)


@router.patch("/sensors/{sensor_id}")
def change(sensor_id: str, asked: m.SensorChange, wired: Wired) -> m.SensorMessage:
    """Change name, port, interval or settings; pause or go on. Each change is an entry in the log."""
    wired.book.change(
        sensor_id,
        name=asked.name,
        port=_port(wired, asked.port) if asked.port is not None else None,
        interval_ns=_nanoseconds(asked.interval_s),
        settings=asked.settings,
        paused=asked.paused,
        value_ranges=asked.value_ranges,
        required_fields=_required(wired, sensor_id, asked.required_fields),
        person=asked.person,
    )
    return _message(wired, sensor_id)


@router.delete("/sensors/{sensor_id}", status_code=204)
def remove(sensor_id: str, wired: Wired, person: str = "") -> Response:
    """Stop recording a sensor. What it recorded stays."""
    wired.book.remove(sensor_id, person)
    wired.board.forget(sensor_id)
    return Response(status_code=204)


@router.get("/sensors/{sensor_id}/plot")
def plot(
    sensor_id: str,
    wired: Wired,
    channel: str,
    start: Annotated[str, Query(alias="from")],
    end: Annotated[str, Query(alias="to")],
    points: Annotated[int, Query(ge=2, le=MAX_POINTS)] = 1000,
) -> m.Plot:
    """A curve decimated to about this many points; extremes are never lost."""
    names = {c.name: c.unit for c in wired.book.sensor(sensor_id).configuration.channels}
    if channel not in names:
        raise BadInput("channel", channel, f"channels of this sensor are {', '.join(names)}")
    start_ns, end_ns = _time("from", start), _time("to", end)
    if end_ns <= start_ns:
        raise BadInput("to", end, "it must be later than `from`")
    with wired.reader() as reader:
        curve = reader.plot(sensor_id, channel, start_ns, end_ns, points)
    return m.Plot(
        sensor_id=sensor_id,
        channel=channel,
        unit=names[channel],
        start=rfc3339_from_ns(start_ns),
        resolution=curve.resolution,
        seconds=tuple((t_ns - start_ns) / NS_PER_S for t_ns in curve.t_ns),
        minimum=tuple(curve.minimum),
        maximum=tuple(curve.maximum),
        flag=tuple(curve.flag),
    )


def _message(wired: Services, sensor_id: str) -> m.SensorMessage:
    found = wired.book.sensor(sensor_id)
    model = wired.book.model(found.configuration.model)
    newest_ns = wired.summaries.newest_ns()
    told = sensor_message(found, model, wired.board.of(sensor_id), wired.clock_history(), newest_ns)
    identity, newest = wired.instruments.present(sensor_id), wired.board.of(sensor_id).latest
    reading = decode_reading(newest.record.data) if newest else None
    proof = wired.proving.warning(sensor_id)
    away_ns = wired.calibration.away_since_ns(sensor_id)
    away = None if away_ns is None else still_away(sensor_id, away_ns)
    notable = (proof, identity_warning(identity), field_warning(found.configuration, reading), away)
    due = wired.calibration_history.warnings(sensor_id)
    faults = [*wired.devices.risks(sensor_id), *(fault for fault in notable if fault), *due]
    warnings = tuple(trouble(fault, wired.now_ns()) for fault in faults)
    return told.model_copy(update={"warnings": warnings, "identity": identity_message(identity)})


def _required(wired: Services, sensor_id: str, fields: tuple[str, ...] | None) -> tuple[str, ...] | None:
    channels = wired.book.sensor(sensor_id).configuration.channels
    known = {channel.name for channel in channels} | {channel.wire_field for channel in channels if channel.wire_field}
    for field in fields or ():
        if field not in known:
            raise BadInput("required_fields", field, f"this sensor gives {', '.join(sorted(known))}")
    return fields


def _port(wired: Services, key: str) -> PortIdentity:
    present = {port.identity.key: port.identity for port in wired.ports()}
    if key.startswith(("tcp:", "pty:/dev/")):  # a device on the network, or a capture that is played, is never listed
        return PortIdentity.from_key(key)
    if key not in present:
        raise BadInput("port", key, f"ports present now: {', '.join(sorted(present)) or 'none'}")
    return present[key]


def _nanoseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * NS_PER_S)


def _time(field: str, text: str) -> int:
    try:
        return ns_from_rfc3339(text)
    except ValueError as wrong:
        raise BadInput(field, text, f"give a time like 2026-11-23T08:15:30Z ({wrong})") from wrong
