# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The older field software's JSON becomes a station: each field is taken, or it is said why not."""

import json
from pathlib import Path
from typing import Any, NoReturn

import pytest

from edge_daemon.domain.connection import Port, PortIdentity
from edge_daemon.domain.destination import MqttDestination
from edge_daemon.domain.faults import SecretUnavailable
from edge_daemon.domain.station import UNASSIGNED, Location
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.station.destinations import DestinationBook
from edge_daemon.station.settings.report import Outcome, Report, Verdict
from edge_daemon.station.unproven import UnprovenModels
from tests.support.settings_desks import Desk

ADAPTER = Port("/dev/ttyUSB0", PortIdentity.from_key("usb:0403:6001:A1"))
PASSWORD = "hunter2-and-more"
CO2 = {
    "type": "co2",
    "model": "Sensirion SCD30",
    "port": "/dev/ttyUSB0",
    "baudrate": 19200,
    "modbus_address": 97,
    "calibration_date": "2025-01-15T00:00:00Z",
    "value_range": [0, 5000],
    "required_fields": ["value", "unit"],
}
WIND = {"type": "weather_station", "model": "WindSonic", "port": "port:/dev/ttyS0"}


def document(**more: Any) -> dict[str, Any]:
    return {
        "device_id": "edge_001",
        "project_id": "project-1",
        "location": {"latitude": -1.5, "longitude": 36.8, "elevation": 1200, "address": "Dune 4"},
        "collection_interval": 60,
        "max_buffer_size": 1000,
        "mqtt": {"broker": "broker.example", "port": 8883, "username": "edge", "password": PASSWORD},
        "sensors": {"co2_monitor": CO2, "mast": WIND},
        **more,
    }


def only(sensor: dict[str, Any], **more: Any) -> str:
    return json.dumps({"sensors": {"s": sensor}, **more})


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home", ports=[ADAPTER])


def verdicts(report: Report, path: str) -> list[Verdict]:
    found = [field.verdict for field in report.fields if field.path == path]
    assert found, f"nothing is said of {path}"
    return found


def words(report: Report, path: str) -> str:
    return " / ".join(field.words for field in report.of(path))


def test_a_whole_file_becomes_sensors_a_destination_and_a_secret(desk: Desk) -> None:
    report = desk.take(json.dumps(document()))
    co2 = desk.book.sensor("co2_monitor").configuration
    assert (co2.model, co2.connection.port, co2.connection.line) == ("sensirion_scd30", "usb:0403:6001:A1", "19200 8N1")
    assert (co2.interval_ns, co2.stated_calibration_date) == (60_000_000_000, "2025-01-15")
    assert (co2.value_ranges, co2.required_fields, co2.person) == ({"co2": (0, 5000)}, ("value", "unit"), "Ana")
    assert desk.book.sensor("mast").configuration.connection.port == "port:/dev/ttyS0"
    assert desk.book.setup.station.location == Location(-1.5, 36.8, 1200, "Dune 4")
    broker = DestinationBook(desk.folder).all()["marketplace"]
    assert broker == MqttDestination("marketplace", "broker.example", 8883, tls=True, username="edge")
    kept = desk.secrets.get("mqtt.marketplace.password")
    assert kept is not None
    assert kept.reveal() == PASSWORD
    assert "evidenced" in words(report, "sensors.co2_monitor.calibration_date")
    assert verdicts(report, "max_buffer_size") == [Verdict.NOT_NEEDED]
    assert "with TLS" in words(report, "mqtt.port")


def test_the_device_stays_itself_and_says_so(desk: Desk) -> None:
    report = desk.take(json.dumps(document()))
    assert desk.book.setup.station.device_id == "vf-here"
    assert verdicts(report, "device_id") == [Verdict.NOT_TAKEN]
    assert "vf-here" in words(report, "device_id")
    assert report.outcome is Outcome.PART


def test_a_home_without_a_project_takes_the_files_and_keeps_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home", ports=[ADAPTER], project=UNASSIGNED)
    report = desk.take(json.dumps(document(project_id="project-2")))
    assert verdicts(report, "project_id") == [Verdict.TAKEN]
    station = desk.book.setup.station
    assert (station.project_id, station.location is not None) == ("project-2", True)
    again = desk.take(json.dumps(document(project_id="project-2")))
    assert verdicts(again, "project_id") == [Verdict.UNCHANGED]
    assert verdicts(desk.take(json.dumps(document(project_id="x"))), "project_id") == [Verdict.NOT_TAKEN]


def test_another_project_is_another_home(desk: Desk) -> None:
    report = desk.take(json.dumps(document(project_id="project-2")))
    assert desk.book.setup.station.project_id == "project-1"
    assert verdicts(report, "project_id") == [Verdict.NOT_TAKEN]
    assert "home of its own" in words(report, "project_id")


def test_every_field_of_the_file_is_spoken_of(desk: Desk) -> None:
    said = {field.path for field in desk.take(json.dumps(document())).fields}
    plain = {key for key in document() if key not in {"mqtt", "sensors"}}
    sensors = {f"sensors.{name}.{key}" for name, each in document()["sensors"].items() for key in each}
    assert plain | sensors | {f"mqtt.{key}" for key in document()["mqtt"]} == said


def test_the_same_file_again_adds_nothing(desk: Desk) -> None:
    desk.take(json.dumps(document()))
    before = desk.written()
    report = desk.take(json.dumps(document()))
    assert desk.written() == before
    assert {field.verdict for field in report.fields} == {Verdict.UNCHANGED, Verdict.NOT_TAKEN, Verdict.NOT_NEEDED}


def test_the_password_is_nowhere_but_in_the_place_for_secrets(desk: Desk) -> None:
    report = desk.take(json.dumps(document()))
    assert PASSWORD not in repr(report)
    assert PASSWORD.encode() not in desk.written()
    assert verdicts(report, "mqtt.password") == [Verdict.TAKEN]


def test_without_a_place_for_secrets_all_but_the_password_is_taken(tmp_path: Path) -> None:
    def closed() -> NoReturn:
        raise SecretUnavailable("There is no keyring here.")

    desk = Desk(tmp_path / "home", ports=[ADAPTER], open_secrets=closed)
    report = desk.take(json.dumps(document()))
    assert verdicts(report, "mqtt.password") == [Verdict.NOT_TAKEN]
    assert "--secret-store" in words(report, "mqtt.password")
    assert PASSWORD not in repr(report)
    assert set(desk.book.setup.sensors) == {"co2_monitor", "mast"}
    assert "marketplace" in DestinationBook(desk.folder).all()


def test_port_1883_is_taken_and_called_what_it_is(desk: Desk) -> None:
    report = desk.take(json.dumps({"mqtt": {"broker": "broker.example", "port": 1883}}))
    assert verdicts(report, "mqtt.port") == [Verdict.TAKEN, Verdict.NEEDS_PERSON]
    assert "in clear" in words(report, "mqtt.port")


@pytest.mark.parametrize(
    ("mqtt", "path"),
    [
        ({"broker": "mqtts://broker", "port": 8883}, "mqtt.broker"),
        ({"port": 8883}, "mqtt.broker"),
        ({"broker": "broker.example", "port": "8883"}, "mqtt.port"),
    ],
)
def test_a_broker_with_one_wrong_field_is_not_used(desk: Desk, mqtt: dict[str, Any], path: str) -> None:
    report = desk.take(json.dumps({"mqtt": {**mqtt, "password": PASSWORD}, "collection_interval": 5}))
    assert verdicts(report, path) == [Verdict.NOT_TAKEN]
    assert verdicts(report, "mqtt.password") == [Verdict.NOT_TAKEN]
    assert DestinationBook(desk.folder).all() == {}
    assert desk.secrets.get("mqtt.marketplace.password") is None


def test_an_unknown_model_is_named_and_the_other_sensors_are_taken(desk: Desk) -> None:
    sensors = {"old": {**CO2, "model": "Davis Vantage Pro2"}, "mast": WIND}
    report = desk.take(json.dumps({"sensors": sensors}))
    assert set(desk.book.setup.sensors) == {"mast"}
    assert verdicts(report, "sensors.old.model") == [Verdict.NEEDS_PERSON]
    assert "sensirion_scd30" in words(report, "sensors.old.model")
    assert verdicts(report, "sensors.old.port") == [Verdict.NOT_TAKEN]


@pytest.mark.parametrize("model", ["MH-Z19C", "Winsen MH-Z19", "mhz19b"])
def test_the_instrument_that_the_old_software_spoke_to_wrongly_is_to_be_probed(desk: Desk, model: str) -> None:
    report = desk.take(only({**CO2, "model": model}))
    assert Verdict.NEEDS_PERSON in verdicts(report, "sensors.s.model")
    assert "SenseAir" in words(report, "sensors.s.model")
    assert "SenseAir" not in words(desk.take(only(CO2)), "sensors.s.model")


@pytest.mark.parametrize(
    ("field", "value", "path", "kept"),
    [
        ("baudrate", "fast", "baudrate", "connection"),
        ("calibration_date", "last spring", "calibration_date", "stated_calibration_date"),
        ("calibration_date", "2025-02-30", "calibration_date", "stated_calibration_date"),
        ("value_range", [5, 1], "value_range", "value_ranges"),
        ("value_range", {"no2": [0, 1]}, "value_range.no2", "value_ranges"),
        ("required_fields", "value", "required_fields", "required_fields"),
        ("colour", "red", "colour", "settings"),
    ],
)
def test_one_wrong_field_leaves_the_default_and_stops_no_other(
    desk: Desk, field: str, value: object, path: str, kept: str
) -> None:
    plain = Desk(desk.folder.parent / "plain", ports=[ADAPTER])
    plain.take(only({key: CO2[key] for key in CO2 if key != field}))
    report = desk.take(only({**CO2, field: value}))
    assert verdicts(report, f"sensors.s.{path}") == [Verdict.NOT_TAKEN]
    now, expected = (each.book.sensor("s").configuration for each in (desk, plain))
    assert getattr(now, kept) == getattr(expected, kept)
    assert now == expected


def test_a_new_sensor_with_an_unusable_address_does_not_listen_to_another_device(desk: Desk) -> None:
    report = desk.take(only({**CO2, "modbus_address": 300}))
    assert verdicts(report, "sensors.s.modbus_address") == [Verdict.NOT_TAKEN]
    assert verdicts(report, "sensors.s") == [Verdict.NEEDS_PERSON]
    assert desk.book.sensor("s").configuration.state == "paused"


@pytest.mark.parametrize("sensor_id", ["", "a b", "ä", "x" * 65])
def test_an_id_that_goes_on_no_wire_is_refused(desk: Desk, sensor_id: str) -> None:
    report = desk.take(json.dumps({"sensors": {sensor_id: WIND, "mast": WIND}}))
    assert set(desk.book.setup.sensors) == {"mast"}
    assert verdicts(report, f"sensors.{sensor_id}") == [Verdict.NEEDS_PERSON]


def test_an_interval_faster_than_the_instrument_leaves_its_own(desk: Desk) -> None:
    report = desk.take(json.dumps(document(collection_interval=1)))
    intervals = {name: s.configuration.interval_ns for name, s in desk.book.setup.sensors.items()}
    assert intervals == {"co2_monitor": 2_000_000_000, "mast": 1_000_000_000}
    assert verdicts(report, "collection_interval") == [Verdict.NOT_TAKEN, Verdict.TAKEN]


def test_ranges_of_the_wire_are_taken_in_the_channels_unit(desk: Desk) -> None:
    report = desk.take(
        only({**WIND, "value_range": {"wind_speed": [0, 216], "wind_direction": {"min": 0, "max": 360}}})
    )
    ranges = desk.book.sensor("s").configuration.value_ranges
    assert ranges == {"wind_direction": (0, 360), "wind_speed": (0, 60)}
    assert "m/s" in words(report, "sensors.s.value_range.wind_speed")


def test_a_field_that_the_model_cannot_give_is_a_persons_matter(desk: Desk) -> None:
    report = desk.take(only({**CO2, "required_fields": ["value", "no2"]}))
    assert desk.book.sensor("s").configuration.required_fields == ("value",)
    assert verdicts(report, "sensors.s.required_fields.no2") == [Verdict.NEEDS_PERSON]


def test_a_port_name_that_is_not_here_is_kept_and_a_person_is_asked(desk: Desk) -> None:
    report = desk.take(only({**WIND, "port": "/dev/ttyUSB7"}))
    assert desk.book.sensor("s").configuration.connection.port == "port:/dev/ttyUSB7"
    assert verdicts(report, "sensors.s.port") == [Verdict.TAKEN, Verdict.NEEDS_PERSON]


def test_a_port_that_a_person_chose_is_not_taken_back_by_a_name_that_is_not_here(desk: Desk) -> None:
    desk.take(only({**WIND, "port": "/dev/ttyUSB7"}))
    desk.book.change("s", port=ADAPTER.identity)
    report = desk.take(only({**WIND, "port": "/dev/ttyUSB7"}))
    assert desk.book.sensor("s").configuration.connection.port == "usb:0403:6001:A1"
    assert verdicts(report, "sensors.s.port") == [Verdict.NEEDS_PERSON]


def test_a_second_instrument_that_speaks_by_itself_never_joins_a_port(desk: Desk) -> None:
    report = desk.take(json.dumps({"sensors": {"a": WIND, "b": WIND}}))
    assert set(desk.book.setup.sensors) == {"a"}
    assert verdicts(report, "sensors.b.port") == [Verdict.NEEDS_PERSON]
    assert verdicts(report, "sensors.b.model") == [Verdict.NOT_TAKEN]


def test_another_model_under_a_known_id_changes_nothing(desk: Desk) -> None:
    desk.take(only(WIND))
    before = desk.written()
    report = desk.take(only({**CO2, "port": "port:/dev/ttyS1"}))
    assert desk.written() == before
    assert "records a gill_windsonic" in words(report, "sensors.s.model")


def test_a_full_disk_is_told_for_each_field_and_the_destination_is_still_kept(desk: Desk) -> None:
    desk.disk.full = True
    report = desk.take(json.dumps(document()))
    assert "no room" in words(report, "sensors.mast.model")
    assert not desk.book.setup.sensors
    assert verdicts(report, "mqtt.broker") == [Verdict.TAKEN]


def test_a_file_of_which_nothing_can_be_used_is_told_as_such(desk: Desk) -> None:
    assert desk.take(only({"model": "nothing"})).outcome is Outcome.NOTHING


@pytest.mark.parametrize(("model", "ours"), [("MH-Z19C", "winsen_mhz19c"), ("Winsen MH-Z19", "winsen_mhz19b")])
def test_a_new_mh_z19_records_nothing_until_it_is_probed(tmp_path: Path, model: str, ours: str) -> None:
    desk = Desk(tmp_path / "home", ports=[ADAPTER], catalogue=load_catalogue())
    report = desk.take(only({**CO2, "model": model, "type": "co2"}))
    now = desk.book.sensor("s").configuration
    assert (now.model, now.state) == (ours, "paused")
    assert UnprovenModels(desk.folder).all() == {"s": None}
    assert "records once a probe has shown its model" in words(report, "sensors.s")
    # What a person lets record is never stopped by the same file again.
    desk.book.change("s", paused=False)
    UnprovenModels(desk.folder).drop("s")
    desk.take(only({**CO2, "model": model, "type": "co2"}))
    assert desk.book.sensor("s").configuration.state == "recording"
    assert UnprovenModels(desk.folder).all() == {}


def test_a_file_that_cannot_be_written_leaves_it_paused_and_says_so(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "home", ports=[ADAPTER], catalogue=load_catalogue())
    (desk.folder / "unproven_models.json").mkdir()
    report = desk.take(only({**CO2, "model": "MH-Z19C", "type": "co2"}))
    assert Verdict.NOT_TAKEN in verdicts(report, "sensors.s")
    assert desk.book.sensor("s").configuration.state == "paused"
