# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What a meter counted between two entries, from a real log."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge_daemon.buffer.reader import LogReader
from edge_daemon.buffer.record import Record
from edge_daemon.calibration.impact import deduction
from edge_daemon.domain.channel import ChannelValue, Flag
from edge_daemon.domain.instrument import SerialSource
from edge_daemon.domain.time import NS_PER_S
from edge_daemon.log.bodies import ChannelBody, InstallationBody, NoteBody
from edge_daemon.log.entry import encode_reading
from edge_daemon.log.instruments import fold
from edge_daemon.log.plan import Plan
from edge_daemon.log.plan_body import Counts, Parameter, PlanBody
from edge_daemon.station.calibration_energy import MeterEnergy
from edge_daemon.station.entries import entries_of
from tests.support.logged_station import CO2, LoggedStation

COUNTER = ChannelBody("energy", "Wh", 0, 1e12, "energy_total", "kWh", 0.001)


class Meter:
    def __init__(self, station: LoggedStation, folder: Path) -> None:
        self.station = station
        self.folder = folder
        self.plan = Plan()
        self.configuration = station.write(replace(CO2, sensor="m", channels=(COUNTER,), primary="energy"))
        self.install("A")

    def install(self, serial: str) -> int:
        return self.station.write(InstallationBody("m", "fake", serial, SerialSource.LABEL))

    def counts(self, watt_hours: float | None) -> int:
        self.station.second += 60
        flag = Flag.GOOD if watt_hours is not None else Flag.MISSING
        value = ChannelValue(watt_hours, watt_hours, flag)
        stamp = self.station.stamp()
        data = encode_reading(stamp, "m", {"energy": value}, 100, self.configuration, {})
        record = Record(data, "reading", stamp.t_ns, "m", (("energy", watt_hours, flag),))
        return self.station.writer.append(record, 30.0)

    def something(self) -> int:
        return self.station.write(NoteBody("here", "2026-11-23T00:00:00.000000000Z", "Ana"))

    def between(self, first: int, last: int, sensor: str = "m") -> float | None:
        energy = self.energy().between(sensor, first, last)
        return None if energy is None else energy.kilowatt_hours

    def since(self, seconds_ago: int, last: int) -> float | None:
        energy = self.energy().since("m", self.station.stamp().t_ns - seconds_ago * NS_PER_S, last)
        return None if energy is None else energy.kilowatt_hours

    def energy(self) -> MeterEnergy:
        told = fold(entries_of(self.station.reader, ("installation", "configuration")))
        reader = lambda: LogReader(self.folder / "buffer.sqlite3")  # noqa: E731  # as the recorder gives one
        return MeterEnergy(reader, lambda: self.station.setup, lambda: told, lambda: self.plan)


@pytest.fixture
def meter(tmp_path: Path) -> Iterator[Meter]:
    with LoggedStation(tmp_path) as station:
        yield Meter(station, tmp_path)


def test_the_difference_is_of_the_readings_inside_and_in_kilowatt_hours(meter: Meter) -> None:
    meter.counts(1_000.0)
    first = meter.something()
    meter.counts(None)
    for watt_hours in (2_000.0, 500_000.0, 10_002_000.0):
        meter.counts(watt_hours)
    last = meter.something()
    meter.counts(99_000_000.0)
    assert meter.between(first, last) == pytest.approx(10_000.0)


def test_nothing_is_told_that_is_not_sure(meter: Meter) -> None:
    first = meter.something()
    meter.counts(5_000.0)
    meter.counts(4_000.0)
    backwards = meter.something()
    assert meter.between(first, backwards) is None, "the counter went back"
    meter.station.second += 3_600
    alone = meter.something()
    assert meter.between(first, alone) is None, "the last reading was long before"
    assert meter.between(first, alone, "co2-1") is None, "no counter"
    assert meter.between(first, alone, "none") is None
    meter.install("B")
    meter.counts(9_000.0)
    assert meter.between(first, meter.something()) is None, "another meter"


def test_what_was_counted_since_a_moment_begins_with_the_reading_after_it(meter: Meter) -> None:
    for watt_hours in (1_000.0, 2_000.0, 500_000.0, 10_002_000.0):
        meter.counts(watt_hours)
    last = meter.something()
    assert meter.since(150, last) == pytest.approx(10_000.0)
    assert meter.since(3_600, last) is None, "there is no reading within ten minutes of it"


@pytest.mark.parametrize("register", ["delivered", "received"])
@pytest.mark.parametrize(("counts", "flow"), [(None, "export"), ("adds", "export"), ("subtracts", "import")])
def test_what_is_claimed_is_less_whatever_the_register_is_called(
    meter: Meter, register: str, counts: Counts | None, flow: str
) -> None:
    settings = {"energy": register}
    meter.station.write(replace(CO2, sensor="m", channels=(COUNTER,), primary="energy", settings=settings))
    if counts is not None:
        one = Parameter("e", "kWh", "m", "energy", "record", 60.0, "0.2S", 365, 600.0, "Ana", counts=counts)
        meter.plan = Plan(1, PlanBody((one,), "Ana"))
    first = meter.something()
    meter.counts(0.0)
    meter.counts(10_000_000.0)
    energy = meter.energy().between("m", first, meter.something())
    assert energy is not None
    found = deduction(0.002, 0.0035, energy)
    assert found.claimable_kwh == pytest.approx(9_965.0 if flow == "export" else 10_035.0)
    assert f"kWh {flow} count" in found.words
