# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Closings over a CO2 sensor, by hand and by schedule: what the log holds of them, and what is refused."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from edge_daemon.acquisition.clock import Instant
from edge_daemon.buffer.record import Committed, Record
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.connection import PortIdentity, PortKind
from edge_daemon.domain.faults import BadInput, BufferUnavailable, Conflict, Unknown
from edge_daemon.domain.instrument import OptionValue
from edge_daemon.domain.station import Station
from edge_daemon.instruments.catalogue import load_catalogue
from edge_daemon.log.entry import EntryType, Stamp, decode_entry, decode_reading
from edge_daemon.log.reading_encoder import encode_reading
from edge_daemon.log.setup import Setup, fold
from edge_daemon.metrology.soil_flux import Air, Chamber, flux_term
from edge_daemon.station.flux_chamber import Phase
from edge_daemon.station.flux_desk import FluxDesk, flux_sensor
from edge_daemon.station.flux_model import on_ports, version_of, with_computed
from edge_daemon.station.flux_settings import Schedule
from edge_daemon.station.journal import Journal
from edge_daemon.station.sensors import SensorBook, SensorOrder
from edge_daemon.station.status import StatusBoard

WALL_NS = 1_795_000_000_000_000_000
PORT = PortIdentity(PortKind.PHYSICAL, "0403", "6001", "A1")
FLUX = "scd30.soil_flux"
NS = 1_000_000_000

BY_HAND: Mapping[str, OptionValue] = {
    "volume_cm3": 5200.0,
    "area_cm2": 320.0,
    "temperature": "scd30/temperature",
    "humidity": "scd30/humidity",
    "pressure": "101.3",
    "dead_band_s": 20.0,
    "observation_s": 100.0,
    "precision_ppm": 1.0,
}


@dataclass
class Bench:
    """A log in memory, a clock that is told the time, and the desk, whose thread is not started."""

    records: list[Record] = field(default_factory=list)
    seconds: float = 100.0
    full: bool = False

    def __post_init__(self) -> None:
        self.board = StatusBoard(lambda: self.now().wall_ns)
        self.begin(Setup(station=Station("d", "p")))

    def begin(self, setup: Setup) -> None:
        catalogue = with_computed(load_catalogue())
        version = version_of(lambda _name: "1")
        journal = Journal(self, self.stamp)
        self.book = SensorBook(setup, journal, catalogue, version, demo=False, on_change=lambda _setup: None)
        self.desk = FluxDesk(self.book, self.board, self, self.stamp, self.keep)

    def restart(self) -> None:
        self.begin(fold((index, decode_entry(record.data)) for index, record in enumerate(self.records)))

    # the log
    def append(self, record: Record, timeout_s: float) -> int:
        assert timeout_s > 0
        self.records.append(record)
        return len(self.records) - 1

    def keep(self, record: Record) -> None:
        if self.full:
            raise BufferUnavailable("no room")
        self.append(record, 1)

    def stamp(self) -> Stamp:
        now = self.now()
        return Stamp(now.wall_ns + len(self.records), now.boot_us, bytes(16))

    # the clock
    def now(self) -> Instant:
        us = round(self.seconds * 1e6)
        return Instant(WALL_NS + us * 1000, us, us * 1000)

    def boot_id(self) -> str:
        return "boot"

    def synchronised(self) -> bool:
        return True

    def keeps_time_when_off(self) -> bool:
        return True

    # what happens
    def read(self, ppm: float, flag: Flag = Flag.NOT_EVALUATED, sensor: str = "scd30") -> None:
        values = {"co2": ppm, "temperature": 20.0, "humidity": 43.0}
        channels = {name: ChannelValue(number, number, flag) for name, number in values.items()}
        stamp = self.stamp()
        data = encode_reading(stamp, sensor, channels, 90, 0, {})
        record = Record(data, EntryType.READING.value, stamp.t_ns, sensor)
        item = Committed(self.append(record, 1), record)
        self.board.committed([item])
        self.desk.committed([item])

    def go_on(self, seconds: int, flag: Flag = Flag.NOT_EVALUATED) -> None:
        """CO2 gathers from the moment this is called; the desk looks each second."""
        for second in range(seconds):
            self.read(1500 - 1080 * math.exp(-0.0016 * second), flag)
            self.seconds += 1
            self.desk.tick()

    def silence(self, seconds: float) -> None:
        self.seconds += seconds
        self.desk.tick()

    def logged(self, kind: EntryType) -> list[dict[str, Any]]:
        entries = [decode_entry(record.data) for record in self.records]
        return [dict(entry.body) for entry in entries if entry.type == kind and entry.body.get("sensor") == FLUX]

    def readings(self) -> list[Any]:
        return [decode_reading(record.data) for record in self.records if record.sensor == FLUX and record.values]


@pytest.fixture
def bench() -> Bench:
    bench = Bench()
    bench.book.add(SensorOrder("scd30", "sensirion_scd30", PORT, "Soil plot 3"))
    bench.read(418)
    bench.seconds += 1
    return bench


def close(bench: Bench, **more: OptionValue) -> Any:
    return bench.desk.close_chamber("scd30", {**BY_HAND, **more}, "", "Ana")


def phase(bench: Bench) -> Phase | None:
    closing = bench.desk.standing("scd30").closing
    return None if closing is None else closing.phase


def test_a_closing_by_hand_becomes_a_reading_with_its_configuration_and_a_note(bench: Bench) -> None:
    standing = close(bench)
    assert (standing.sensor, standing.next_ns) == (FLUX, None)
    assert standing.closing.phase is Phase.CLOSED
    bench.go_on(40)
    assert phase(bench) is Phase.MEASURING
    for second in range(40, 125):
        bench.read(1500 - 1080 * math.exp(-0.0016 * second))
        bench.seconds += 1
        bench.desk.tick()
    (reading,) = bench.readings()
    value = reading.channels["soil_flux"]
    # Vapour that stays the same enters twice, and cancels: the slope of wet CO2 times the term of dry air.
    assert value.value == pytest.approx(1.728 * flux_term(Chamber(5200, 320), Air(101.3, 20)), rel=1e-5)
    assert value.flag is Flag.NOT_EVALUATED
    assert reading.channels["fit"].value == 1
    assert reading.channels["samples"].value == 101
    assert reading.channels["water_vapour"].value == pytest.approx(9.9, abs=0.2)
    configured = bench.book.setup.sensors[FLUX]
    assert reading.configuration == configured.index
    assert (configured.configuration.kind, configured.configuration.connection.port) == ("soil_flux", "computed:scd30")
    assert configured.configuration.settings["volume_cm3"] == 5200
    assert configured.configuration.settings["co2_sensor"] == "scd30"
    begun, done = bench.logged(EntryType.NOTE)
    assert "Chamber closed over scd30" in begun["text"]
    assert "Curve" in done["text"]
    assert done["person"] == "Ana"
    assert "in entries" in done["text"]
    assert phase(bench) is Phase.EVALUATED


def test_a_doubtful_flux_is_flagged_and_says_why(bench: Bench) -> None:
    close(bench, precision_ppm=0.001, most_ratio=1.0)
    bench.go_on(130, Flag.GOOD)
    (reading,) = bench.readings()
    assert reading.channels["soil_flux"].flag is Flag.SUSPECT
    assert reading.channels["fit"].value == 0
    assert "scatter" in bench.logged(EntryType.NOTE)[-1]["text"]


def test_a_second_closing_uses_the_same_sensor_and_writes_no_second_configuration(bench: Bench) -> None:
    for _ in range(2):
        close(bench)
        bench.go_on(130)
    assert len(bench.readings()) == 2
    assert len(bench.logged(EntryType.CONFIGURATION)) == 1
    close(bench, volume_cm3=6000.0)
    assert len(bench.logged(EntryType.CONFIGURATION)) == 2


def test_while_one_is_under_way_another_is_refused(bench: Bench) -> None:
    close(bench)
    with pytest.raises(Conflict, match="under way"):
        close(bench)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"volume_cm3": 0.0}, "volume_cm3"),
        ({"area_cm2": -1.0}, "area_cm2"),
        ({"pressure": ""}, "pressure"),
        ({"pressure": "1013"}, "pressure"),
        ({"pressure": "scd30/humidity"}, "pressure"),
        ({"temperature": "warm"}, "temperature"),
        ({"temperature": "nobody/temperature"}, "temperature"),
        ({"humidity": "120"}, "humidity"),
        ({"observation_s": 5.0}, "observation_s"),
        ({"dead_band_s": -1.0}, "dead_band_s"),
        ({"precision_ppm": 0.0}, "precision_ppm"),
        ({"precision_ppm": float("nan")}, "precision_ppm"),
        ({"every_s": 60.0}, "every_s"),
        ({"every_s": 600.0, "first_closing": "tomorrow"}, "first_closing"),
    ],
)
def test_wrong_settings_are_refused_by_name_and_nothing_is_written(
    bench: Bench, settings: dict[str, OptionValue], field: str
) -> None:
    before = len(bench.records)
    with pytest.raises(BadInput) as caught:
        close(bench, **settings)
    assert caught.value.field == field
    assert len(bench.records) == before


def test_a_sensor_without_co2_or_none_at_all_is_refused(bench: Bench) -> None:
    with pytest.raises(Unknown):
        bench.desk.close_chamber("nobody", BY_HAND, "", "")
    bench.book.add(SensorOrder("wind", "gill_windsonic", PortIdentity(PortKind.PHYSICAL, "0403", "6001", "A2")))
    with pytest.raises(BadInput, match="co2_sensor"):
        bench.desk.close_chamber("wind", BY_HAND, "", "")
    with pytest.raises(Unknown, match="no chamber"):
        bench.desk.standing("scd30")


def test_an_aborted_closing_leaves_a_note_and_no_reading(bench: Bench) -> None:
    close(bench)
    bench.go_on(30)
    bench.desk.abort("scd30", "Ana")
    assert phase(bench) is Phase.ABORTED
    bench.go_on(120)
    assert bench.readings() == []
    assert "stopped by Ana" in bench.logged(EntryType.NOTE)[-1]["text"]
    assert bench.logged(EntryType.GAP) == []
    with pytest.raises(Conflict):
        bench.desk.abort("scd30", "Ana")


def test_a_sensor_that_falls_silent_ends_the_closing(bench: Bench) -> None:
    close(bench)
    bench.go_on(30)
    bench.silence(40)
    assert phase(bench) is Phase.ABORTED
    assert "no CO2 reading" in bench.logged(EntryType.NOTE)[-1]["text"]


def test_an_automatic_chamber_closes_again_and_again_and_after_a_restart(bench: Bench) -> None:
    standing = close(bench, every_s=600.0)
    first_ns = bench.now().wall_ns
    assert standing.closing.phase is Phase.CLOSED
    assert standing.next_ns == first_ns + 600 * NS
    bench.go_on(130)
    assert len(bench.readings()) == 1
    bench.seconds += 600 - 130
    bench.go_on(130)
    assert len(bench.readings()) == 2
    bench.restart()
    bench.desk.tick()
    assert bench.desk.standing("scd30").next_ns == first_ns + 1200 * NS
    bench.seconds += 600 - 130
    bench.go_on(130)
    assert len(bench.readings()) == 3
    bench.desk.abort("scd30", "Ana")
    assert bench.desk.standing("scd30").next_ns is None
    bench.seconds += 600 - 130
    bench.go_on(130)
    assert len(bench.readings()) == 3


def test_a_chamber_that_began_earlier_today_is_joined_at_its_next_closing(bench: Bench) -> None:
    standing = close(bench, every_s=600.0, first_closing="2026-11-18T10:00:00Z")
    assert standing.closing is None
    assert standing.next_ns is not None
    assert standing.next_ns > bench.now().wall_ns


def test_scheduled_closings_that_fail_or_are_missed_are_gaps(bench: Bench) -> None:
    close(bench, every_s=600.0)
    bench.go_on(30)
    bench.silence(100)
    bench.silence(600)
    gaps = bench.logged(EntryType.GAP)
    assert [gap["causes"] for gap in gaps] == [["closing_aborted"], ["closing_missed"]]
    assert all(gap["expected"] == 1 for gap in gaps)
    assert all(gap["from"] < gap["to"] for gap in gaps)


def test_closings_while_the_recorder_was_off_are_one_gap(bench: Bench) -> None:
    close(bench, every_s=600.0)
    bench.go_on(130)
    ended_ns = bench.now().wall_ns
    bench.seconds += 2000
    bench.restart()
    bench.desk.start("power_loss", lambda _sensor: ended_ns)
    bench.desk.stop()
    bench.desk.tick()
    (gap,) = bench.logged(EntryType.GAP)
    assert (gap["expected"], gap["causes"]) == (3, ["power_loss"])
    assert bench.readings() != []


def test_a_first_closing_that_was_cut_off_is_a_gap(bench: Bench) -> None:
    close(bench, every_s=600.0)
    bench.go_on(30)
    bench.restart()
    bench.desk.start("killed", lambda _sensor: None)
    bench.desk.stop()
    (gap,) = bench.logged(EntryType.GAP)
    assert (gap["expected"], gap["causes"]) == (1, ["killed"])


def test_a_source_that_is_gone_stops_the_schedule_with_a_fault(bench: Bench) -> None:
    close(bench, every_s=600.0)
    bench.book.remove("scd30")
    bench.silence(700)
    fault = bench.board.of(FLUX).fault
    assert fault is not None


def test_what_the_disk_cannot_take_is_written_when_it_can(bench: Bench) -> None:
    close(bench)
    bench.go_on(118)
    bench.full = True
    with pytest.raises(BufferUnavailable):
        bench.go_on(10)
    assert bench.readings() == []
    bench.full = False
    bench.desk.tick()
    assert len(bench.readings()) == 1
    assert len(bench.logged(EntryType.NOTE)) == 2


def test_stopping_the_recorder_ends_a_closing_on_record(bench: Bench) -> None:
    bench.desk.start("daemon_off", lambda _sensor: None)
    close(bench)
    bench.desk.stop()
    assert "recorder was stopped" in bench.logged(EntryType.NOTE)[-1]["text"]


def test_a_computed_sensor_has_no_port_to_open(bench: Bench) -> None:
    close(bench)
    assert set(bench.book.setup.sensors) == {"scd30", FLUX}
    assert set(on_ports(bench.book.setup).sensors) == {"scd30"}
    bench.book.change(FLUX, name="Plot 3")
    bench.book.remove(FLUX)
    bench.desk.tick()
    with pytest.raises(Unknown):
        bench.desk.standing("scd30")


def test_names_stay_within_what_a_sensor_may_be_called() -> None:
    assert flux_sensor("scd30") == FLUX
    assert len(flux_sensor("x" * 64)) == 64


@pytest.mark.parametrize(("now", "following"), [(0, 100), (100, 100), (101, 150), (150, 150), (151, 200)])
def test_a_schedule(now: int, following: int) -> None:
    assert Schedule(100, 50).next_ns(now) == following
