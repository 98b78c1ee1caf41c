# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Our own settings file (TOML): reads it, and writes the one of a station as it is. Pure. Never a secret in it.

`[exported_from]` says which device a file comes from. It is not read: a device's id belongs to one home alone, so a
file that is handed on must not carry it on. Who wants to give a new home an id states `device_id` in `[station]`.
"""

import tomllib
from collections.abc import Iterable, Mapping

import tomli_w

from edge_daemon.domain.destination import Destination, from_plain, to_plain
from edge_daemon.domain.faults import BadInput
from edge_daemon.domain.station import Location, Station
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.bodies import InstallationBody
from edge_daemon.log.setup import ConfiguredSensor, Setup
from edge_daemon.station.settings.document import Draft, SensorSettings, StatedDestination, StationSettings
from edge_daemon.station.settings.report import FieldReport, Verdict
from edge_daemon.station.settings.table import Table

FORMAT = "verifield-settings-1"
HEADER = "Settings of a Verifield station. `verifield-daemon provision FILE` applies them."


def read_own_toml(data: bytes) -> Draft:
    """What the file says. Raises BadInput where it is no such file at all."""
    try:
        content = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput("file", "(its content)", f"TOML in UTF-8 is needed: {error}") from error
    if content.get("format") != FORMAT:
        raise BadInput("format", str(content.get("format", "")), f"this program reads format = {FORMAT!r}")
    notes: list[FieldReport] = []
    table = Table("", {name: value for name, value in content.items() if name != "format"}, notes)
    origin = table.table("exported_from")
    if origin is not None:
        table.note(
            "exported_from", Verdict.NOT_NEEDED, "says where the file comes from; a home keeps its own device id"
        )
    station = table.table("station") or Table("station", {}, notes)
    settings = StationSettings(
        device_id=station.text("device_id"),
        project_id=station.text("project_id"),
        name=station.text("name"),
        location=station.location("location"),
        sensors=tuple(_sensor(sensor_id, each) for sensor_id, each in table.tables("sensors")),
        destinations=tuple(_destinations(table)),
        where=station.where,
    )
    station.nothing_left()
    table.nothing_left()
    return Draft(settings, (), tuple(notes))


def write_own_toml(setup: Setup, destinations: Mapping[str, Destination]) -> str:
    """The station as a file. The comment at its head names the secrets that are to be given apart from it."""
    content: dict[str, object] = {
        "format": FORMAT,
        "exported_from": {"device_id": setup.station.device_id},
        "station": _station(setup.station),
        "sensors": {name: _plain_sensor(setup.sensors[name]) for name in sorted(setup.sensors)},
        "destinations": {name: to_plain(destinations[name]) for name in sorted(destinations)},
    }
    return "".join(f"# {line}\n" for line in _head(destinations.values())) + "\n" + tomli_w.dumps(content)


def _head(destinations: Iterable[Destination]) -> list[str]:
    names = sorted(d.secret_name for d in destinations if d.secret_name)
    if not names:
        return [HEADER, "It needs no secrets."]
    told = "Secrets are not in this file. Give them on standard input, one `name=value` a line:"
    return [HEADER, told, *(f"  {name}" for name in names)]


def _station(station: Station) -> dict[str, object]:
    plain: dict[str, object] = {"project_id": station.project_id}
    if station.name:
        plain["name"] = station.name
    if station.location:
        plain["location"] = _place(station.location)
    return plain


def _place(place: Location) -> dict[str, object]:
    plain = {"latitude": place.latitude, "longitude": place.longitude, "elevation": place.elevation}
    stated: dict[str, object] = {name: value for name, value in plain.items() if value is not None}
    return stated | ({"address": place.address} if place.address else {})


def _plain_sensor(sensor: ConfiguredSensor) -> dict[str, object]:
    now = sensor.configuration
    plain: dict[str, object] = {
        "model": now.model,
        "name": now.name,
        "port": now.connection.port,
        "line": now.connection.line,
        "interval_s": _seconds(now.interval_ns),
        "paused": now.state == "paused",
    }
    if isinstance(sensor.installation, InstallationBody):
        plain["serial"] = sensor.installation.serial
    if now.stated_calibration_date:
        plain["stated_calibration_date"] = now.stated_calibration_date
    if now.required_fields:
        plain["required_fields"] = list(now.required_fields)
    if now.value_ranges:
        plain["value_ranges"] = {name: list(span) for name, span in now.value_ranges.items()}
    if now.settings:
        plain["settings"] = dict(now.settings)
    return plain


def _seconds(interval_ns: int) -> int | float:
    return interval_ns // NS_PER_S if interval_ns % NS_PER_S == 0 else interval_ns / NS_PER_S


def _sensor(sensor_id: str, table: Table) -> SensorSettings:
    sensor = SensorSettings(
        sensor_id=sensor_id,
        place=table.place,
        model=table.text("model"),
        port=table.text("port"),
        name=table.text("name"),
        paused=table.flag("paused"),
        interval_ns=table.interval_ns("interval_s"),
        line=table.line("line"),
        settings=table.options("settings"),
        serial=table.text("serial"),
        stated_calibration_date=table.date("stated_calibration_date", our="stated_calibration_date"),
        value_ranges=table.spans("value_ranges"),
        required_fields=table.texts("required_fields"),
        where=table.where,
        doubtful=table.refused("settings"),
    )
    table.nothing_left()
    return sensor


def _destinations(whole: Table) -> Iterable[StatedDestination]:
    for name, table in whole.tables("destinations"):
        plain = dict(table.take_all())
        try:
            destination = from_plain(name, plain)
        except BadInput as wrong:
            table.refuse(wrong.field, f"the destination is not taken: {wrong.allowed}")
        else:
            yield StatedDestination(destination, {table.path(field): f"{value}" for field, value in plain.items()})
