# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Reads the configuration of the system's older field software (JSON). Pure.

Its fields: `device_id`, `project_id`, `location`, `collection_interval` (seconds), `max_buffer_size`, `mqtt` (`broker`,
`port`, `username`, `password`) and `sensors` by id (`type`, `model`, `port`, `baudrate`, `modbus_address`,
`calibration_date`, `value_range`, `required_fields`).
"""

import re

from edge_daemon.domain.destination import PLAIN_PORT, Destination, MqttDestination, from_plain
from edge_daemon.domain.faults import BadInput
from edge_daemon.log.strict_json import NotJson, parse_json
from edge_daemon.station.settings.document import (
    Draft,
    SensorSettings,
    StatedDestination,
    StatedSecret,
    StationSettings,
)
from edge_daemon.station.settings.report import FieldReport, Verdict
from edge_daemon.station.settings.table import Table

BROKER = "marketplace"
"""The name that the file's one broker goes by here."""

_MISNAMED = re.compile(r"(?i)\W*(?:winsen)?\W*mh\W*z\W*19")
_NO_LETTER = re.compile(r"(?i)\W*(?:winsen)?\W*mh\W*z\W*19\W*")
UNLETTERED = "winsen_mhz19b"
"""What an MH-Z19 without a letter is held to be until its probe, which guesses B and C apart."""

SENSEAIR = (
    "the old software's MH-Z19 command was a SenseAir one: the instrument is probed to learn which of the two it is, "
    "and nothing is recorded before"
)
NO_BUFFER = "nothing is ever dropped here: every reading stays on disk until it is delivered, and after"


def read_system_json(data: bytes) -> Draft:
    """What the file says. Raises BadInput where it is no JSON object at all."""
    try:
        content = parse_json(data)
    except NotJson as error:
        raise BadInput("file", "(its content)", f"JSON in UTF-8 is needed: {error}") from error
    if not isinstance(content, dict):
        raise BadInput("file", "(its content)", "a JSON object, { … }, is needed")
    notes: list[FieldReport] = []
    table = Table("", content, notes)
    destination, secrets = _broker(table)
    if table.number("max_buffer_size") is not None:
        table.note("max_buffer_size", Verdict.NOT_NEEDED, NO_BUFFER)
    settings = StationSettings(
        device_id=table.text("device_id"),
        project_id=table.text("project_id"),
        location=table.location("location"),
        interval_ns=table.interval_ns("collection_interval"),
        sensors=tuple(_sensor(sensor_id, each) for sensor_id, each in table.tables("sensors")),
        destinations=destination,
        where=table.where,
    )
    table.nothing_left()
    return Draft(settings, secrets, tuple(notes))


def _sensor(sensor_id: str, table: Table) -> SensorSettings:
    model = table.text("model")
    misnamed = _MISNAMED.match(model) is not None
    if misnamed:
        table.note("model", Verdict.NEEDS_PERSON, SENSEAIR)
    sensor = SensorSettings(
        sensor_id=sensor_id,
        place=table.place,
        kind=table.text("type", our="kind"),
        model=UNLETTERED if _NO_LETTER.fullmatch(model) else model,
        port=table.text("port"),
        baud=table.whole("baudrate", range(50, 4_000_001), our="baud"),
        address=table.whole("modbus_address", range(1, 248), our="address"),
        stated_calibration_date=table.date("calibration_date", our="stated_calibration_date"),
        value_ranges=table.spans("value_range"),
        on_the_wire=True,
        required_fields=table.texts("required_fields"),
        where=table.where,
        doubtful=table.refused("modbus_address"),
        probe_first=misnamed,
    )
    table.nothing_left()
    return sensor


def _broker(whole: Table) -> tuple[tuple[StatedDestination, ...], tuple[StatedSecret, ...]]:
    table = whole.table("mqtt")
    if table is None:
        return (), ()
    port_stated = table.has("port")
    password = table.secret("password")
    plain: dict[str, object] = {"kind": MqttDestination.kind, "host": table.text("broker")}
    plain["username"] = table.text("username")
    port = table.whole("port", range(1, 65_536))
    table.nothing_left()
    try:
        if port_stated and port is None:
            raise BadInput("broker", "", "the broker is not taken without its port: data could go elsewhere")
        destination = from_plain(BROKER, plain | ({} if port is None else {"port": port}))
    except BadInput as wrong:
        _drop(table, wrong, password=password is not None)
        return (), ()
    stated = (StatedDestination(destination, _words(table, destination)),)
    if password is None:
        return stated, ()
    return stated, (StatedSecret(destination.secret_name, table.path("password"), password),)


def _words(table: Table, destination: Destination) -> dict[str, str]:
    """What is said of each field of the broker; the port decides whether the line is encrypted, which must be seen."""
    words = dict.fromkeys(table.where.values(), f"for the destination {BROKER!r}")
    if "port" in table.where and isinstance(destination, MqttDestination):
        words[table.path("port")] = f"{destination.port}, {'with' if destination.tls else 'without'} TLS"
    if isinstance(destination, MqttDestination) and not destination.tls:
        clear = f"{PLAIN_PORT} is without TLS: password and data travel in clear; ask for the broker's TLS port"
        table.note("port", Verdict.NEEDS_PERSON, clear)
    return words


def _drop(table: Table, wrong: BadInput, *, password: bool) -> None:
    """One wrong field of a broker's address, and none of it is used: data must not go to another place."""
    cause = "broker" if wrong.field == "host" else wrong.field
    table.refuse(cause, wrong.allowed)
    for name in [*table.where, *(["password"] if password else [])]:
        if name != cause:
            table.refuse(name, "not taken, because the broker was not")
