# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""From the daemon's values to the API's messages. Pure."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from edge_daemon.api.messages import (
    ChannelMessage,
    Latest,
    LatestValue,
    Live,
    LiveEvent,
    LiveReading,
    LiveSensor,
    ModelMessage,
    PortMessage,
    SensorIdentity,
    SensorMessage,
    Trouble,
)
from edge_daemon.buffer.record import Committed
from edge_daemon.domain.connection import Port, PortKind
from edge_daemon.domain.faults import Fault
from edge_daemon.domain.instrument import InstrumentModel, SerialSource
from edge_daemon.domain.time import NS_PER_S, rfc3339_from_ns
from edge_daemon.log.clock_history import ClockHistory
from edge_daemon.log.entry import EntryType, decode_reading
from edge_daemon.log.instruments import Standing, Stretch
from edge_daemon.log.reported_time import placed_after
from edge_daemon.log.setup import ConfiguredSensor, Setup
from edge_daemon.station.status import Condition, Present


def trouble(fault: Fault, since_ns: int) -> Trouble:
    """A present fault in words."""
    since = rfc3339_from_ns(since_ns)
    return Trouble(code=fault.code, title=fault.title, detail=str(fault), advice=fault.advice, since=since)


def channels(model: InstrumentModel) -> tuple[ChannelMessage, ...]:
    """The model's channels, in the catalogue's order."""
    return tuple(
        ChannelMessage(
            name=c.name,
            label=c.label,
            unit=c.unit,
            minimum=c.minimum,
            maximum=c.maximum,
            decimals=c.decimals,
            secondary=c.secondary,
        )
        for c in model.channels
    )


def model_message(model: InstrumentModel) -> ModelMessage:
    """A catalogue entry."""
    return ModelMessage(
        model=model.model,
        maker=model.maker,
        title=model.title,
        kind=model.kind,
        primary=model.primary,
        channels=channels(model),
        interval_s=model.interval.default_ns / NS_PER_S,
        minimum_interval_s=model.interval.minimum_ns / NS_PER_S,
        line=str(model.line),
        source=model.source,
    )


def port_message(port: Port, setup: Setup) -> PortMessage:
    """A port with the sensors configured on it."""
    key = port.identity.key
    on_it = tuple(i for i, s in setup.sensors.items() if s.configuration.connection.port == key)
    return PortMessage(
        device=port.device, key=key, kind=port.identity.kind, description=port.description, sensors=on_it
    )


def latest(item: Committed, history: ClockHistory, newest_ns: Mapping[str, int]) -> Latest:
    """A sensor's newest reading, from its entry's bytes. `newest_ns`: the sensors' newest reported times."""
    reading = decode_reading(item.record.data)
    placed = history.placed(item.index, reading.t_ns, reading.mono_us)
    placed = placed_after(placed, reading.t_ns, newest_ns.get(reading.sensor))
    return Latest(
        index=item.index,
        time=rfc3339_from_ns(placed.time_ns),
        standing=placed.standing.value,
        quality=reading.quality / 100,
        channels={
            name: LatestValue(raw=value.raw, value=value.value, flag=value.flag)
            for name, value in reading.channels.items()
        },
    )


def sensor_message(
    sensor: ConfiguredSensor,
    model: InstrumentModel,
    present: Present,
    history: ClockHistory,
    newest_ns: Mapping[str, int],
) -> SensorMessage:
    """A sensor as configured and as it is."""
    configuration, installation = sensor.configuration, sensor.installation
    paused = configuration.state == "paused"
    return SensorMessage(
        sensor_id=configuration.sensor,
        name=configuration.name,
        kind=configuration.kind,
        model=model.model,
        title=model.title,
        primary=model.primary,
        channels=channels(model),
        state="paused" if paused else "recording",
        condition=(Condition.PAUSED if paused else present.condition).value,
        fault=trouble(present.fault, present.since_ns) if present.fault and not paused else None,
        port=configuration.connection.port,
        port_kind=PortKind(configuration.connection.kind),
        interval_s=configuration.interval_ns / NS_PER_S,
        settings=dict(configuration.settings),
        serial=installation.serial if installation else "",
        serial_source=installation.serial_source if installation else SerialSource.UNKNOWN,
        stated_calibration_date=configuration.stated_calibration_date,
        value_ranges=dict(configuration.value_ranges),
        required_fields=configuration.required_fields,
        configuration=sensor.index,
        latest=latest(present.latest, history, newest_ns) if present.latest else None,
        failing={} if paused else dict(present.failing),
    )


def identity_message(present: Stretch | None) -> SensorIdentity | None:
    """Which instrument a sensor's readings count for."""
    if present is None:
        return None
    return SensorIdentity(
        standing=present.standing,
        id=present.key.name,
        serial=present.key.serial,
        firmware=present.firmware,
        since=present.first,
        cause=present.cause,
        found=present.found,
    )


def live_message(
    batch: Sequence[Committed],
    project_id: str,
    primaries: Mapping[str, str],
    faults: Mapping[str, str],
    history: ClockHistory,
    now_ns: int,
    identities: Mapping[str, Standing] = MappingProxyType({}),
    newest_ns: Mapping[str, int] = MappingProxyType({}),
) -> Live:
    """A batch of committed entries for subscribers. `primaries`: sensor → main channel; `faults`: sensor → code."""
    readings = tuple(_live_reading(item, history, newest_ns) for item in batch if item.record.type == EntryType.READING)
    sensors = {
        reading.sensor_id: LiveSensor(
            value=_primary(reading, primaries),
            status=faults.get(reading.sensor_id, "ok"),
            identity=identities.get(reading.sensor_id, "unknown"),
        )
        for reading in readings
    }
    # Who is silent has no reading to be told with.
    for sensor_id, code in faults.items():
        if sensor_id not in sensors:
            identity = identities.get(sensor_id, "unknown")
            sensors[sensor_id] = LiveSensor(value=None, status=code, identity=identity)
    return Live(
        project_id=project_id,
        timestamp=rfc3339_from_ns(now_ns),
        first=batch[0].index,
        last=batch[-1].index,
        sensors=sensors,
        readings=readings,
        events=tuple(_live_event(item) for item in batch if item.record.type != EntryType.READING),
    )


def _primary(reading: LiveReading, primaries: Mapping[str, str]) -> float | None:
    found = reading.channels.get(primaries.get(reading.sensor_id, ""))
    return found[1] if found else None


def _live_reading(item: Committed, history: ClockHistory, newest_ns: Mapping[str, int]) -> LiveReading:
    reading = decode_reading(item.record.data)
    placed = history.placed(item.index, reading.t_ns, reading.mono_us)
    placed = placed_after(placed, reading.t_ns, newest_ns.get(reading.sensor))
    return LiveReading(
        index=item.index,
        sensor_id=reading.sensor,
        time=rfc3339_from_ns(placed.time_ns),
        standing=placed.standing.value,
        quality=reading.quality / 100,
        channels={name: (v.raw, v.value, int(v.flag)) for name, v in reading.channels.items()},
    )


def _live_event(item: Committed) -> LiveEvent:
    record = item.record
    return LiveEvent(index=item.index, type=record.type, sensor_id=record.sensor, time=rfc3339_from_ns(record.t_ns))
