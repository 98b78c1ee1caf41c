# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Plans one sensor of a settings file against the station as it is. Pure: does nothing itself."""

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import TypeVar

from edge_daemon.domain.connection import PortIdentity, network_port
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.instrument import InstrumentModel
from edge_daemon.log.bodies import ConfigurationBody
from edge_daemon.log.setup import ConfiguredSensor
from edge_daemon.station.sensors import SensorOrder
from edge_daemon.station.settings.document import SensorSettings, StationSettings
from edge_daemon.station.settings.models import model_named
from edge_daemon.station.settings.plan import Present, ProbeFirst, SensorChange, SerialLabel, Step
from edge_daemon.station.settings.report import FieldReport, Verdict, refused
from edge_daemon.station.settings.sensor_fields import Taken, default_interval, usable_fields

SENSOR_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)

PROBED_FIRST = "set up paused; it records once a probe has shown its model, or a person has said it"

# A field of the file → the field of SensorChange that it decides, where the names differ.
DECIDES = {
    "interval": "interval_ns",
    "collection_interval": "interval_ns",
    "baud": "line",
    "value_range": "value_ranges",
    "address": "settings",
}
T = TypeVar("T")


def sensor_steps(sensor: SensorSettings, station: StationSettings, present: Present) -> Iterator[Step]:
    """What to do for one sensor of the file. `present` must know what was done for the sensors before it."""
    now = present.setup.sensors.get(sensor.sensor_id)
    try:
        model = _model(sensor, now, present)
    except BadInput as wrong:
        yield _unusable(sensor, wrong)
        return
    taken = usable_fields(sensor, model, now, present)
    if station.interval_ns is not None:
        default_interval(sensor, station.interval_ns, station.where["interval"], model, taken)
    _port(sensor, model, now, present, taken)
    if now is not None:
        yield _changed(sensor, now.configuration, taken)
        yield from _labelled(sensor, now)
    elif taken.change.port is None:
        yield Step(refused(taken.reports, "the sensor was not added, because it has no port"))
    else:
        probed = sensor.probe_first and not taken.change.paused
        yield _added(sensor, model, taken, taken.change.port, paused=probed or bool(taken.change.paused))
        if probed:
            yield Step((FieldReport(sensor.place, Verdict.TAKEN, PROBED_FIRST),), ProbeFirst(sensor.sensor_id))


def _model(sensor: SensorSettings, now: ConfiguredSensor | None, present: Present) -> InstrumentModel:
    if not SENSOR_ID.fullmatch(sensor.sensor_id):
        raise BadInput("", sensor.sensor_id, "a sensor's id has 1 to 64 letters, digits, '.', '_' or '-'")
    if not sensor.model:
        raise BadInput("model", "", f"the model is missing; known models are {', '.join(sorted(present.catalogue))}")
    model = model_named(sensor.model, present.catalogue)
    if now is not None and now.configuration.model != model.model:
        told = f"{sensor.sensor_id} records a {now.configuration.model}; remove that sensor first, or use another id"
        raise BadInput("model", sensor.model, told)
    if now is None and not sensor.port:
        raise BadInput("port", "", "the port is missing")
    return model


def _unusable(sensor: SensorSettings, wrong: BadInput) -> Step:
    at = f"{sensor.place}.{wrong.field}" if wrong.field else sensor.place
    others = (FieldReport(path, Verdict.TAKEN, "") for path in sensor.where.values() if path != at)
    words = f"{wrong.value}: {wrong.allowed}" if wrong.value else wrong.allowed
    return Step((FieldReport(at, Verdict.NEEDS_PERSON, words), *refused(others, "the sensor was not taken")))


def _added(sensor: SensorSettings, model: InstrumentModel, taken: Taken, port: PortIdentity, *, paused: bool) -> Step:
    if sensor.serial:
        taken.say(sensor.where["serial"], Verdict.TAKEN, "kept as read from the label")
    asked = taken.change
    order = SensorOrder(
        sensor_id=sensor.sensor_id,
        model=model.model,
        port=port,
        name=asked.name or "",
        interval_ns=asked.interval_ns,
        line=asked.line,
        settings=asked.settings,
        serial=sensor.serial,
        stated_calibration_date=asked.stated_calibration_date,
        paused=paused,
        value_ranges=asked.value_ranges,
        required_fields=asked.required_fields or (),
    )
    return Step(tuple(taken.reports), order)


def _changed(sensor: SensorSettings, now: ConfigurationBody, taken: Taken) -> Step:
    change = _difference(now, taken.change)
    asked = {each.name for each in fields(change) if getattr(change, each.name) is not None} - {"sensor_id"}
    reports = tuple(_as_before(report, sensor, asked) for report in taken.reports)
    return Step(reports, change if asked else None)


def _difference(now: ConfigurationBody, asked: SensorChange) -> SensorChange:
    """What of it is not so already."""
    settings = None if asked.settings is None else {**now.settings, **asked.settings}
    return SensorChange(
        sensor_id=now.sensor,
        name=_new(asked.name, now.name),
        port=None if asked.port and asked.port.key == now.connection.port else asked.port,
        line=None if str(asked.line) == now.connection.line else asked.line,
        interval_ns=_new(asked.interval_ns, now.interval_ns),
        settings=_new(settings, dict(now.settings)),
        paused=_new(asked.paused, now.state == "paused"),
        stated_calibration_date=_new(asked.stated_calibration_date, now.stated_calibration_date),
        value_ranges=_new(asked.value_ranges, dict(now.value_ranges)),
        required_fields=_new(asked.required_fields, now.required_fields),
    )


def _new(asked: T | None, have: object) -> T | None:
    return None if asked == have else asked


def _as_before(report: FieldReport, sensor: SensorSettings, asked: set[str]) -> FieldReport:
    """A field that is taken but changes nothing is unchanged."""
    ours = next((name for name, path in sensor.where.items() if path == report.path), report.path).partition(".")[0]
    if report.verdict is not Verdict.TAKEN or DECIDES.get(ours, ours) in asked:
        return report
    return replace(report, verdict=Verdict.UNCHANGED, words="as before")


def _labelled(sensor: SensorSettings, now: ConfiguredSensor) -> Iterator[Step]:
    if not sensor.serial:
        return
    at = sensor.where["serial"]
    if now.installation is not None and now.installation.serial == sensor.serial:
        yield Step((FieldReport(at, Verdict.UNCHANGED, "as before"),))
    else:
        label = SerialLabel(sensor.sensor_id, sensor.serial)
        yield Step((FieldReport(at, Verdict.TAKEN, "kept as read from the label"),), label)


def _port(
    sensor: SensorSettings, model: InstrumentModel, now: ConfiguredSensor | None, present: Present, taken: Taken
) -> None:
    if "port" not in sensor.where:
        return
    at = sensor.where["port"]
    identity, words = _named_port(sensor.port, present)
    if not words and now is not None and now.configuration.connection.port != identity.key:
        kept = f"{sensor.port} is not here at the moment; the sensor keeps {now.configuration.connection.port}"
        taken.say(at, Verdict.NEEDS_PERSON, kept)
        return
    busy = next((other for other in _neighbours(sensor, identity, present) if _clash(model, other, present)), None)
    if busy is not None:
        told = f"the sensor {busy!r} is set up on this port, and one of the two needs a port of its own"
        taken.say(at, Verdict.NEEDS_PERSON, told)
        return
    taken.change = replace(taken.change, port=identity)
    taken.say(at, Verdict.TAKEN, words or f"kept as {identity.key}")
    if not words:
        here = "not here at the moment; plug the instrument in and choose its port for this sensor"
        taken.say(at, Verdict.NEEDS_PERSON, here)


def _named_port(text: str, present: Present) -> tuple[PortIdentity, str]:
    """The port of this name or key, and what is to be said; nothing for a mere name that is not here.

    A name such as /dev/ttyUSB0 goes to whatever is plugged in first, so that it may mean another adapter tomorrow.
    """
    for port in present.ports:
        if text in {port.device, port.identity.key}:
            return port.identity, f"{port.identity.key}, which is here"
    try:
        identity = PortIdentity.from_key(text)
    except BadInput:
        return PortIdentity.from_key(f"port:{text}"), ""
    if network_port(identity) is not None:
        return identity, f"{identity.key}, reached over the network"
    return identity, "not here at the moment: recording begins when it is plugged in"


def _neighbours(sensor: SensorSettings, identity: PortIdentity, present: Present) -> list[str]:
    others = present.setup.sensors.items()
    return [name for name, s in others if name != sensor.sensor_id and s.configuration.connection.port == identity.key]


def _clash(model: InstrumentModel, other: str, present: Present) -> bool:
    """Whether the two cannot share a port: one that speaks by itself would be heard as the other."""
    there = present.catalogue.get(present.setup.sensors[other].configuration.model)
    return there is None or present.speaks_alone(model) or present.speaks_alone(there)
