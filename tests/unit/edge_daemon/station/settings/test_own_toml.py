# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a station exports changes nothing on itself and makes the same station elsewhere, but for who it is."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_daemon.domain.connection import LineSettings, Parity, PortIdentity
from edge_daemon.domain.destination import FileDestination, InfluxDestination, MqttDestination
from edge_daemon.domain.station import Location, Station
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.log.bodies import ConfigurationBody
from edge_daemon.station.destinations import DestinationBook
from edge_daemon.station.sensors import SensorOrder
from edge_daemon.station.settings.own_toml import FORMAT
from edge_daemon.station.settings.report import Outcome, Verdict
from tests.support.settings_desks import CATALOGUE, Desk

HEAD = f'format = "{FORMAT}"\n'
names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,12}", fullmatch=True)
words = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).map(str.strip).filter(bool)
spans = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)).filter(lambda span: span[0] < span[1])


@st.composite
def orders(draw: st.DrawFn) -> list[SensorOrder]:
    found = []
    for number, sensor_id in enumerate(draw(st.lists(names, unique=True, max_size=4))):
        model = CATALOGUE[draw(st.sampled_from(sorted(CATALOGUE)))]
        port = draw(st.sampled_from([f"usb:0403:6001:A{number}", f"usb:1a86:7523@1-2.{number}", f"port:COM{number}"]))
        interval_ns = draw(st.integers(model.interval.minimum_ns, 86_400_000_000_000))
        found.append(
            SensorOrder(
                sensor_id=sensor_id,
                model=model.model,
                port=PortIdentity.from_key(port),
                name=draw(words),
                interval_ns=interval_ns,
                line=draw(st.sampled_from([None, LineSettings(38_400, 7, Parity.EVEN, 2)])),
                serial=draw(st.one_of(st.just(""), words)),
                stated_calibration_date=draw(st.sampled_from([None, "2025-01-15"])),
                paused=draw(st.booleans()),
                value_ranges=draw(st.dictionaries(st.sampled_from([c.name for c in model.channels]), spans)),
                required_fields=tuple(draw(st.lists(st.sampled_from(["value", "unit", "status"]), unique=True))),
            )
        )
    return found


stations = st.builds(
    Station,
    device_id=st.just("vf-here"),
    project_id=st.just("project-1"),
    name=st.one_of(st.just(""), words),
    location=st.one_of(
        st.none(),
        st.builds(
            Location, st.floats(-90, 90), st.floats(-180, 180), st.one_of(st.none(), st.floats(-400, 9000)), words
        ),
    ),
)


def configured(desk: Desk) -> dict[str, ConfigurationBody]:
    return {name: replace(s.configuration, person="") for name, s in desk.book.setup.sensors.items()}


@settings(max_examples=60)
@given(stations, orders())
def test_an_export_is_no_news_at_home_and_makes_the_same_sensors_elsewhere(
    station: Station, sensors: list[SensorOrder]
) -> None:
    with TemporaryDirectory() as folder:
        here, there = Desk(Path(folder) / "here"), Desk(Path(folder) / "there")
        if station != here.book.setup.station:
            here.book.describe_station(station)
        for order in sensors:
            here.book.add(order)
        DestinationBook(here.folder).put(InfluxDestination("i", "https://influx.example", "o", "b"))
        document = here.desk.export().document
        before = here.written()
        assert here.take(document, {"influxdb.i.token": "t"}).outcome is Outcome.ALL
        assert here.written() == before
        assert there.take(document, {"influxdb.i.token": "t"}).outcome is Outcome.ALL
        assert configured(there) == configured(here)
        assert there.book.setup.station == here.book.setup.station
        serials = (
            {n: s.installation and s.installation.serial for n, s in d.book.setup.sensors.items()}
            for d in (here, there)
        )
        assert next(serials) == next(serials)
        assert there.desk.export().document == document


@pytest.mark.parametrize("model", sorted(load_catalogue()))
def test_a_sensor_of_every_model_travels_whole(model: str, tmp_path: Path) -> None:
    here, there = (Desk(tmp_path / name, catalogue=load_catalogue()) for name in ("here", "there"))
    here.book.add(SensorOrder("s", model, PortIdentity.from_key("port:COM1"), name="n"))
    assert there.take(here.desk.export().document).outcome is Outcome.ALL
    assert configured(there) == configured(here)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "home")


def test_an_export_holds_no_secret_and_names_those_that_are_needed(desk: Desk) -> None:
    book = DestinationBook(desk.folder)
    for destination in (MqttDestination("m", "h", username="u"), FileDestination("f", "/media/stick")):
        book.put(destination)
    desk.take(desk.desk.export().document, {"mqtt.m.password": "hunter2-and-more"})
    told = desk.desk.export()
    assert told.secrets == ("mqtt.m.password",)
    assert "#   mqtt.m.password" in told.document
    assert "hunter2" not in told.document


def test_a_device_id_travels_only_as_where_the_file_comes_from(desk: Desk) -> None:
    document = desk.desk.export().document
    assert "vf-here" in document
    assert "device_id" not in document[document.index("[station]") :]
    report = desk.take(HEAD + "[station]\ndevice_id = 'vf-other'")
    assert report.of("station.device_id")[0].verdict is Verdict.NOT_TAKEN
    assert desk.book.setup.station.device_id == "vf-here"


def test_a_secret_that_is_missing_or_belongs_nowhere_is_told(desk: Desk) -> None:
    document = HEAD + "[destinations.i]\nkind = 'influxdb'\nurl = 'http://i'\norganisation = 'o'\nbucket = 'b'"
    report = desk.take(document, {"influxdb.j.token": "t"})
    assert report.of("influxdb.i.token")[0].verdict is Verdict.NEEDS_PERSON
    assert report.of("influxdb.j.token")[0].verdict is Verdict.NOT_TAKEN
    report = desk.take(document, {"influxdb.i.token": "t"})
    assert report.of("influxdb.i.token")[0].verdict is Verdict.TAKEN
    assert desk.take(document).outcome is Outcome.ALL


def test_a_password_written_into_the_file_is_refused_unseen(desk: Desk) -> None:
    report = desk.take(HEAD + "[destinations.m]\nkind = 'mqtt'\nhost = 'h'\npassword = 'hunter2'")
    assert report.of("destinations.m.password")[0].verdict is Verdict.NOT_TAKEN
    assert "hunter2" not in repr(report)
    assert b"hunter2" not in desk.written()


SENSOR = "[sensors.w]\nmodel = 'WindSonic'\nport = 'port:COM1'\n"


@pytest.mark.parametrize("wrong", ["colour = 'red'", "output = 5", "output = 'sideways'", "output = [1]"])
def test_a_new_sensor_with_a_wrong_setting_records_nothing_under_the_default(desk: Desk, wrong: str) -> None:
    report = desk.take(HEAD + SENSOR + f"settings = {{ {wrong} }}")
    assert report.of(f"sensors.w.settings.{wrong.partition(' ')[0]}")[0].verdict is Verdict.NOT_TAKEN
    assert report.of("sensors.w")[0].verdict is Verdict.NEEDS_PERSON
    assert desk.book.sensor("w").configuration.state == "paused"
    again = desk.take(HEAD + SENSOR + "paused = false")
    assert again.of("sensors.w.paused")[0].verdict is Verdict.TAKEN
    assert desk.book.sensor("w").configuration.state == "recording"


def test_what_lies_in_a_devices_memory_is_not_claimed_to_be_changed(desk: Desk) -> None:
    sensor = "[sensors.c]\nmodel = 'SCD30'\nport = 'port:COM2'\nsettings = { altitude_m = %d }"
    assert desk.take(HEAD + sensor % 350).outcome is Outcome.ALL
    report = desk.take(HEAD + sensor % 700)
    assert report.of("sensors.c.settings.altitude_m")[0].verdict is Verdict.NEEDS_PERSON
    assert desk.book.sensor("c").configuration.settings["altitude_m"] == 350


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("interval_s = 0.1", "interval_s"),
        ("interval_s = -1", "interval_s"),
        ("line = '9600'", "line"),
        ("paused = 'yes'", "paused"),
        ("value_ranges = { co2 = [0, 1] }", "value_ranges.co2"),
        ("stated_calibration_date = 5", "stated_calibration_date"),
        ("name = ['a']", "name"),
    ],
)
def test_a_wrong_field_of_a_sensor_is_named_and_the_sensor_is_there(desk: Desk, line: str, path: str) -> None:
    report = desk.take(HEAD + SENSOR + line)
    assert [field.verdict for field in report.of(f"sensors.w.{path}")] == [Verdict.NOT_TAKEN]
    assert desk.book.sensor("w").configuration.connection.port == "port:COM1"


def test_a_changed_file_changes_just_that(desk: Desk) -> None:
    desk.take(HEAD + SENSOR + "interval_s = 1\nserial = 'Y1'")
    before = desk.book.sensor("w").configuration
    report = desk.take(HEAD + SENSOR + "interval_s = 2\nserial = 'Y2'\nstated_calibration_date = 2025-01-15")
    changed = {field.path for field in report.fields if field.verdict is Verdict.TAKEN}
    assert changed == {"sensors.w.interval_s", "sensors.w.serial", "sensors.w.stated_calibration_date"}
    after = desk.book.sensor("w")
    wanted = replace(before, interval_ns=2_000_000_000, stated_calibration_date="2025-01-15")
    assert after.configuration == wanted
    assert after.installation is not None
    assert after.installation.serial == "Y2"


def test_a_setting_that_the_file_does_not_state_stays(desk: Desk) -> None:
    sensor = "[sensors.c]\nmodel = 'SCD30'\nport = 'port:COM2'\nsettings = { altitude_m = 350 }"
    desk.take(HEAD + sensor)
    before = desk.written()
    report = desk.take(HEAD + sensor)
    assert {field.verdict for field in report.fields} == {Verdict.UNCHANGED}
    assert desk.written() == before
