# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Commands on sensors are entries first; what is refused changes nothing."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from edge_daemon.buffer.record import Record
from edge_daemon.domain.connection import PortIdentity, PortKind
from edge_daemon.domain.faults import BadInput, Conflict, DiskFull, Unknown
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.domain.station import UNASSIGNED, Location, Station
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.log.entry import Stamp, decode_entry
from edge_daemon.log.setup import Setup, fold
from edge_daemon.station.journal import Journal
from edge_daemon.station.sensors import SensorBook, SensorOrder

PORT = PortIdentity(PortKind.PHYSICAL, "0403", "6001", "A1")
OTHER_PORT = PortIdentity(PortKind.PHYSICAL, "0403", "6001", "A2")


class Disk:
    """Keeps records as the log's writer would, until it is told to be full."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.full = False

    def append(self, record: Record, timeout_s: float) -> int:
        assert timeout_s > 0
        if self.full:
            raise DiskFull("no room")
        self.records.append(record)
        return len(self.records) - 1


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def changes() -> list[Setup]:
    return []


@pytest.fixture
def book(disk: Disk, changes: list[Setup]) -> SensorBook:
    times = count(1_795_000_000_000_000_000)
    stamp: Callable[[], Stamp] = lambda: Stamp(next(times), 5, bytes(16))  # noqa: E731  # typed, for the journal
    setup = Setup(station=Station("d", "p"))
    catalogue = load_catalogue()
    return SensorBook(setup, Journal(disk, stamp), catalogue, lambda _: "1", demo=False, on_change=changes.append)


def order(sensor_id: str = "co2-1", **more: object) -> SensorOrder:
    return SensorOrder(sensor_id, "sensirion_scd30", PORT, **more)  # type: ignore[arg-type]  # a test's shorthand


def test_what_is_set_up_is_what_the_log_says(book: SensorBook, disk: Disk, changes: list[Setup]) -> None:
    book.add(order(serial="S-17", person="Ana"))
    book.add(replace(order("co2-2", name="Canopy"), port=OTHER_PORT))
    book.change("co2-1", paused=True, settings={"altitude_m": 350})
    book.remove("co2-2")
    told = fold((index, decode_entry(record.data)) for index, record in enumerate(disk.records))
    assert told.sensors == book.setup.sensors == changes[-1].sensors
    sensor = told.sensors["co2-1"]
    assert (sensor.configuration.state, sensor.configuration.settings["altitude_m"]) == ("paused", 350)
    assert sensor.installation is not None
    assert (sensor.installation.serial, sensor.installation.serial_source) == ("S-17", SerialSource.LABEL)
    assert [c.unit for c in sensor.configuration.channels] == ["ppm", "°C", "%"]


def test_the_entry_says_how_long_the_instrument_may_be_silent_by_itself(book: SensorBook) -> None:
    book.add(order())
    book.add(replace(order("wind-1"), model="gill_windsonic", port=OTHER_PORT))
    told = {name: sensor.configuration.silent_after_s for name, sensor in book.setup.sensors.items()}
    assert told == {"co2-1": 0.0, "wind-1": 10.0}


def test_a_change_that_changes_nothing_writes_nothing(book: SensorBook, disk: Disk) -> None:
    book.add(order())
    book.change("co2-1", name="co2-1", paused=False)
    assert len(disk.records) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (SensorOrder("x", "no_such", PORT), "model"),
        (order("x", interval_ns=1), "interval_s"),
        (order("x", settings={"colour": "red"}), "settings"),
    ],
)
def test_what_cannot_be_is_refused_by_name(book: SensorBook, disk: Disk, wrong: SensorOrder, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        book.add(wrong)
    assert refused.value.field == field
    assert not disk.records


def test_a_name_is_used_once_and_an_unknown_one_is_told(book: SensorBook) -> None:
    book.add(order())
    with pytest.raises(Conflict, match="co2-1"):
        book.add(order())
    with pytest.raises(Unknown, match="nothing"):
        book.remove("nothing")


def test_on_a_full_disk_nothing_takes_effect(book: SensorBook, disk: Disk, changes: list[Setup]) -> None:
    disk.full = True
    with pytest.raises(DiskFull):
        book.add(order())
    assert not book.setup.sensors
    assert not changes


def test_the_station_is_described_but_never_becomes_another(book: SensorBook) -> None:
    named = Station("d", "p", "North dune", Location(1.0, 2.0))
    assert book.describe_station(named) == named
    with pytest.raises(Conflict, match="data folder of its own"):
        book.describe_station(Station("d", "other"))


def test_sensors_share_a_port_only_when_they_can(book: SensorBook) -> None:
    book.add(order())
    with pytest.raises(Conflict, match="same address"):
        book.add(order("co2-2"))
    with pytest.raises(Conflict, match="speaks by itself"):
        book.add(SensorOrder("dust", "plantower_pms7003", PORT))
    with pytest.raises(Conflict, match="19200"):
        book.add(SensorOrder("meter", "schneider_pm5000", PORT))
    book.change("co2-1", paused=True)
    book.add(order("co2-2"))
    with pytest.raises(Conflict, match="same address"):
        book.change("co2-1", paused=False)


def test_meters_at_two_addresses_share_a_port(book: SensorBook) -> None:
    book.add(SensorOrder("meter-1", "schneider_pm5000", PORT, settings={"address": 1}))
    book.add(SensorOrder("meter-2", "schneider_pm5000", PORT, settings={"address": 2}))
    assert {"meter-1", "meter-2"} <= book.setup.sensors.keys()


def test_a_home_without_a_project_is_given_one_once(disk: Disk) -> None:
    journal = Journal(disk, lambda: Stamp(1_795_000_000_000_000_000, 5, bytes(16)))
    setup = Setup(station=Station("vf-1", UNASSIGNED))
    fresh = SensorBook(setup, journal, load_catalogue(), lambda _: "1", demo=False, on_change=lambda _: None)
    assert fresh.describe_station(Station("vf-1", "amazon-1", "North"), "Ana").project_id == "amazon-1"
    assert fresh.setup.station.project_id == "amazon-1"
    with pytest.raises(Conflict):
        fresh.describe_station(Station("vf-1", "amazon-2"))
