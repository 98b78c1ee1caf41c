# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The account of instruments: what a device, its adapter and people say, and what may be recorded."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count

import pytest

from edge_daemon.acquisition.custody import PENDING, IdentityMismatch
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.domain.connection import PortIdentity, PortKind
from edge_daemon.domain.faults import BadInput, Conflict, DiskFull, Overloaded
from edge_daemon.domain.instrument import InstrumentModel, SerialSource
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.instruments.driver import Identity
from edge_daemon.log.bodies import Body, InstallationBody, from_json
from edge_daemon.log.entry import Entry, EntryType, Stamp, decode_entry
from edge_daemon.log.instruments import Instruments
from edge_daemon.log.setup import Setup
from edge_daemon.station.instruments import InstrumentBook
from edge_daemon.station.journal import Journal, record_of
from edge_daemon.station.sensors import SensorBook, SensorOrder

SENSOR = "sun"
MODEL = "hukseflux_sr30"
ADAPTER = PortIdentity(PortKind.PHYSICAL, "0403", "6001", "FT-9")
OTHER_ADAPTER = replace(ADAPTER, serial="FT-10")


class World:
    """A log in memory, a sensor book and the account beside it."""

    def __init__(self, catalogue: Mapping[str, InstrumentModel]) -> None:
        self.records: list[Record] = []
        self._kept: list[Record] = []
        self.full = False
        self.busy = False
        self._times = count(1_795_000_000_000_000_000)
        self._journal = Journal(self, self._stamp)
        self.sensors = SensorBook(
            Setup(), self._journal, catalogue, lambda _: "1", demo=False, on_change=lambda _: None
        )
        self.book = self._account(Instruments(), catalogue)
        self._catalogue = catalogue

    def _account(self, seen: Instruments, catalogue: Mapping[str, InstrumentModel]) -> InstrumentBook:
        return InstrumentBook(seen, lambda: self.sensors.setup, self.keep, self.write, catalogue)

    def _stamp(self) -> Stamp:
        return Stamp(next(self._times), 5, bytes(16))

    def append(self, record: Record, timeout_s: float) -> int:
        assert timeout_s > 0
        if self.full:
            raise DiskFull("no room")
        return self._commit(record)

    def keep(self, body: Body) -> None:
        if self.busy:
            raise Overloaded("very many wait")
        self._kept.append(record_of(body, self._stamp()))

    def write(self, body: Body) -> tuple[int, Entry]:
        return self._journal.write(body)

    def flush(self) -> None:
        """The log's writer comes to what was kept."""
        kept, self._kept = self._kept, []
        for record in kept:
            self._commit(record)

    def _commit(self, record: Record) -> int:
        self.flush()
        self.records.append(record)
        index = len(self.records) - 1
        if hasattr(self, "book"):
            if record.type == EntryType.INSTALLATION:
                self.sensors.installed(index, decode_entry(record.data))
            self.book.committed([Committed(index, record)])
        return index

    def restarted(self) -> None:
        """The recorder starts again and knows only what the log says."""
        self.flush()
        self.book = self._account(self.book.told, self._catalogue)

    def installations(self) -> list[InstallationBody]:
        self.flush()
        entries = [decode_entry(record.data) for record in self.records if record.type == EntryType.INSTALLATION]
        return [from_json(InstallationBody, entry.body) for entry in entries]

    def events(self) -> list[str]:
        return [body.event for body in self.installations()]

    def reads(self, serial: str = "", firmware: str = "") -> object:
        """The device is connected, says who it is, and measures."""
        self.book.connected(SENSOR)
        self.book.identified(SENSOR, Identity(serial, firmware))
        refusal = self.book.refusal(SENSOR, asking=False)
        self.flush()
        return refusal

    def unplugged(self) -> None:
        self.book.doubted(SENSOR, "unplugged")


def world_of(*, own_adapter: bool = False, serial: str = "") -> World:
    catalogue = dict(load_catalogue())
    catalogue[MODEL] = replace(catalogue[MODEL], own_adapter=own_adapter)
    world = World(catalogue)
    world.sensors.add(SensorOrder(SENSOR, MODEL, ADAPTER, serial=serial))
    return world


@pytest.fixture
def world() -> World:
    return world_of()


def test_what_the_device_says_is_recorded_once_and_again_only_when_it_differs(world: World) -> None:
    assert world.reads("2507", "105") is None
    world.unplugged()
    assert world.reads("2507", "105") is None
    assert world.events() == ["installed"]
    assert world.reads("2507", "106") is None
    assert world.events() == ["installed", "described"]
    told = world.book.present(SENSOR)
    assert told is not None
    assert (told.key.serial, told.source, told.firmware) == ("2507", SerialSource.DEVICE, "106")
    setup = world.sensors.sensor(SENSOR).installation
    assert setup is not None
    assert setup.serial == "2507"


def test_another_number_stops_and_the_right_one_goes_on_by_itself(world: World) -> None:
    world.reads("2507")
    world.unplugged()
    fault = world.reads("2509")
    assert isinstance(fault, IdentityMismatch)
    assert "2509" in str(fault)
    assert "2507" in str(fault)
    world.book.answer(SENSOR, "wrong_plug", "", "Ana")
    world.unplugged()
    assert isinstance(world.reads("2509"), IdentityMismatch)
    world.unplugged()
    assert world.reads("2507") is None
    assert world.events() == ["installed", "stopped", "wrong_plug", "confirmed"]


def test_a_restart_forgets_no_stop(world: World) -> None:
    world.reads("2507")
    world.reads("2509")
    world.restarted()
    world.book.doubted(SENSOR, "daemon_off")
    assert isinstance(world.book.refusal(SENSOR, asking=False), IdentityMismatch)
    assert isinstance(world.reads("2509"), IdentityMismatch)
    assert world.reads("2507") is None
    assert world.events() == ["installed", "stopped", "confirmed"]


def test_a_replacement_counts_from_the_persons_word_on(world: World) -> None:
    world.reads("2507")
    world.reads("2509")
    with pytest.raises(BadInput, match="2509"):
        world.book.answer(SENSOR, "replaced", "1111", "Ana")
    with pytest.raises(Conflict, match="replaced"):
        world.book.answer(SENSOR, "confirmed", "", "Ana")
    world.book.answer(SENSOR, "replaced", "", "Ana")
    assert world.book.refusal(SENSOR, asking=False) is None
    body = world.installations()[-1]
    assert (body.event, body.serial, body.serial_source, body.person) == (
        "installed",
        "2509",
        SerialSource.DEVICE,
        "Ana",
    )


def test_a_device_that_is_still_being_asked_waits_and_one_that_does_not_say_is_unconfirmed(world: World) -> None:
    world.reads("2507")
    world.unplugged()
    world.book.connected(SENSOR)
    assert world.book.refusal(SENSOR, asking=True) == PENDING
    assert world.book.refusal(SENSOR, asking=False) is None
    assert world.events() == ["installed", "unconfirmed"]
    assert world.reads("2507") is None
    assert world.events() == ["installed", "unconfirmed", "confirmed"]


def test_without_a_number_one_tap_confirms_and_each_doubt_is_an_entry(world: World) -> None:
    assert world.reads() is None
    assert world.book.refusal(SENSOR, asking=False) is None
    world.unplugged()
    world.book.doubted(SENSOR, "no_reply")
    assert world.reads() is None
    world.book.doubted(SENSOR, "power_loss")
    assert world.reads() is None
    assert [(body.event, body.cause) for body in world.installations()] == [
        ("installed", ""),
        ("unconfirmed", "unplugged"),
        ("unconfirmed", "power_loss"),
    ]
    world.book.answer(SENSOR, "confirmed", "L-7", "Ana")
    world.book.answer(SENSOR, "confirmed", "", "Ana")
    assert world.events()[3:] == ["confirmed"]
    told = world.book.present(SENSOR)
    assert told is not None
    assert (told.key.serial, told.source, told.standing) == ("L-7", SerialSource.LABEL, "confirmed")
    with pytest.raises(BadInput, match="replaced"):
        world.book.answer(SENSOR, "confirmed", "L-8", "Ana")


def test_a_wrong_plug_without_a_number_waits_for_the_word_that_it_is_right(world: World) -> None:
    world.reads()
    with pytest.raises(Conflict, match="nothing speaks against"):
        world.book.answer(SENSOR, "wrong_plug", "", "Ana")
    world.unplugged()
    world.reads()
    world.book.answer(SENSOR, "wrong_plug", "", "Ana")
    world.unplugged()
    assert isinstance(world.reads(), IdentityMismatch)
    world.book.answer(SENSOR, "confirmed", "", "Ana")
    assert world.book.refusal(SENSOR, asking=False) is None


def test_a_label_is_upgraded_by_the_device_and_a_misread_one_mended() -> None:
    world = world_of(serial="0002507")
    assert world.reads("2507") is None
    assert [(body.event, body.serial_source) for body in world.installations()] == [
        ("installed", SerialSource.LABEL),
        ("described", SerialSource.DEVICE),
    ]
    misread = world_of(serial="2570")
    assert isinstance(misread.reads("2507"), IdentityMismatch)
    misread.book.answer(SENSOR, "confirmed", "2507", "Ana")
    assert misread.book.refusal(SENSOR, asking=False) is None
    assert [key.name for key in misread.book.told.known()] == ["2507"]


def test_an_adapter_that_belongs_to_the_instrument_tells_its_number() -> None:
    world = world_of(own_adapter=True)
    assert world.book.refusal(SENSOR, asking=False) is None
    world.unplugged()
    assert world.book.refusal(SENSOR, asking=False) is None
    assert [(body.event, body.serial, body.serial_source) for body in world.installations()] == [
        ("installed", "FT-9", SerialSource.ADAPTER)
    ]
    world.book.connected(SENSOR)
    world.sensors.change(SENSOR, port=OTHER_ADAPTER)
    world.book.connected(SENSOR)
    assert isinstance(world.book.refusal(SENSOR, asking=False), IdentityMismatch)


def test_an_adapter_of_its_own_says_nothing_but_another_port_is_a_doubt(world: World) -> None:
    world.reads()
    world.sensors.change(SENSOR, port=OTHER_ADAPTER)
    assert world.reads() is None
    assert [(body.event, body.cause) for body in world.installations()] == [("installed", ""), ("unconfirmed", "moved")]


def test_the_mismatch_names_the_sensor_whose_instrument_it_is(world: World) -> None:
    world.sensors.add(SensorOrder("shade", MODEL, OTHER_ADAPTER, serial="2509"))
    world.reads("2507")
    assert "instrument of shade" in str(world.reads("2509"))


def test_what_cannot_be_recorded_now_is_recorded_before_the_next_reading(world: World) -> None:
    world.reads()
    world.unplugged()
    world.busy = True
    assert isinstance(world.book.refusal(SENSOR, asking=False), Overloaded)
    world.full = True
    with pytest.raises(DiskFull):
        world.book.answer(SENSOR, "replaced", "L-2", "Ana")
    world.busy = world.full = False
    assert world.book.refusal(SENSOR, asking=False) is None
    assert world.events() == ["installed", "unconfirmed"]


def test_a_removed_sensor_begins_anew(world: World) -> None:
    world.reads("2507")
    world.sensors.remove(SENSOR)
    world.sensors.add(SensorOrder(SENSOR, MODEL, ADAPTER))
    assert world.reads("2509") is None
    assert world.book.told.standing_at(SENSOR, len(world.records)) == "confirmed"


def test_a_number_from_the_settings_names_an_instrument_that_had_none(world: World) -> None:
    world.reads()
    world.sensors.label(SENSOR, "L-7", "Ana")
    assert world.events() == ["installed", "described"]
    assert [key.name for key in world.book.told.known()] == ["L-7"]
    assert world.book.refusal(SENSOR, asking=False) is None
