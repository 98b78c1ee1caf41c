# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Each configuration entry says how the channels are computed with the settings that hold from there on."""

import math
from itertools import count

import pytest

from edge_daemon.domain.connection import PortIdentity, PortKind
from edge_daemon.domain.station import Station
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.log.bodies import ConfigurationBody
from edge_daemon.log.computed_channels import relations_of
from edge_daemon.log.entry import Stamp, decode_entry
from edge_daemon.log.setup import Setup, fold
from edge_daemon.station.journal import Journal
from edge_daemon.station.sensors import SensorBook, SensorOrder
from tests.unit.edge_daemon.station.test_sensors import Disk

PORT = PortIdentity(PortKind.PHYSICAL, "0403", "6001", "A1")


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def book(disk: Disk) -> SensorBook:
    times = count(1_795_000_000_000_000_000)

    def stamp() -> Stamp:
        return Stamp(next(times), 5, bytes(16))

    return SensorBook(
        Setup(station=Station("d", "p")),
        Journal(disk, stamp),
        load_catalogue(),
        lambda _: "1",
        demo=False,
        on_change=lambda _setup: None,
    )


def recorded(disk: Disk) -> ConfigurationBody:
    entries = ((index, decode_entry(record.data)) for index, record in enumerate(disk.records))
    return fold(entries).sensors["stem"].configuration


def test_the_factor_follows_the_settings(book: SensorBook, disk: Disk) -> None:
    book.add(SensorOrder("stem", "dendrometer_mm", PORT))
    assert {name: (one.of, one.how, one.factor) for name, one in relations_of(recorded(disk)).items()} == {
        "diameter": ("compensated", "proportional", 2.0),
        "movement": ("compensated", "proportional", 1.0),
    }
    book.change("stem", settings={"dimension": "circumference"})
    assert relations_of(recorded(disk))["diameter"].factor == pytest.approx(1 / math.pi)
    book.record_changes("stem", {"dimension": "diameter"}, (), "Ana", altered=())
    assert relations_of(recorded(disk))["diameter"].factor == 1.0


def test_a_driver_that_cannot_tell_leaves_it_to_the_instrument(book: SensorBook, disk: Disk) -> None:
    book.add(SensorOrder("stem", "dendrometer_mm", PORT, settings={"gain": 0.0}))
    assert {one.how for one in relations_of(recorded(disk)).values()} == {"instrument"}


def test_what_no_catalogue_says_stands_in_no_entry(book: SensorBook, disk: Disk) -> None:
    book.add(SensorOrder("stem", "sensirion_scd30", PORT))
    assert relations_of(recorded(disk)) == {}
