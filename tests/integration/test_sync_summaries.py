# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""The recorder's own hourly summaries on their way to real servers, through kills, amendments and a stick."""

import json
import math
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import tomli_w

from edge_daemon.domain.time import ns_from_rfc3339
from edge_daemon.log.entry import EntryType, decode_entry
from edge_daemon.log.summary import SummaryBody
from edge_daemon.log.summary_fold import Summaries
from edge_daemon.secrets.private_file import write_private
from tests.integration.test_sync_promises import (
    PATIENCE_S,
    at_the_gate,
    broker,
    database,
    ends_well,
    indices,
    influx,
    syncing,
)
from tests.integration.test_sync_stick import command, given, home_of
from tests.support.link import link
from tests.support.servers import free_port, influxql, mosquitto, program
from tests.support.subscriber import receiver
from tests.support.waiting import wait_until
from tests.unit.sync.influx_stand_in import Bucket
from tests.unit.sync.influx_stand_in import influx as stand_in
from tests.unit.sync.metered import COUNTER, OTHER, POWER, Metered
from tests.unit.sync.recorded import Recorded

pytestmark = pytest.mark.timeout(400)


@dataclass
class Plant:
    """A meter of record and another one that nobody planned, over some hours that the recorder has summarised."""

    meter: Metered
    other: Metered

    @property
    def log(self) -> Recorded:
        return self.meter.log.recorded

    def run(self, weather_s: int) -> "Plant":
        weather = self.log.sensor("weather")
        for _ in range(6):
            self.meter.run(40)
            self.other.run(40)
            self.log.readings("weather", weather, weather_s)
        self.meter.summarise()
        return self

    def readings(self) -> int:
        return sum(entry.type == EntryType.READING for entry in map(decode_entry, self.log.entries))

    def current(self) -> list[SummaryBody]:
        summaries = Summaries((index, decode_entry(data)) for index, data in enumerate(self.log.entries))
        return [told.body for key in summaries.hours() if (told := summaries.current(key))]

    def energy(self, meter: Metered) -> float:
        return math.fsum(
            one.energy.kilowatt_hours for one in self.current() if one.energy and one.sensor == meter.sensor
        )

    def amend(self) -> None:
        """Somebody worked on the meter of record for a while; the recorder tells the hours anew."""
        found = [index for index, data in enumerate(self.log.entries) if decode_entry(data).type == EntryType.READING]
        before = self.energy(self.meter)
        mine, channels = [self.meter.sensor], [POWER.name, COUNTER.name]
        self.log.amendment(
            "maintenance", found[len(found) // 3], found[len(found) // 2], sensors=mine, channels=channels
        )
        self.meter.summarise()
        assert self.energy(self.meter) < before - 1


def plant(weather_s: int = 600) -> Plant:
    meter = Metered().begin()
    configured = meter.log.recorded.sensor(OTHER, (POWER, COUNTER))
    return Plant(meter, Metered(log=meter.log, sensor=OTHER, configured=configured)).run(weather_s)


def total(port: int, metric: str, what: str = "sum(value)") -> float:
    statement = f"SELECT {what} FROM derived_metric WHERE metric_type = '{metric}'"
    series = json.loads(influxql(port, statement, "readings"))["results"][0].get("series")
    return float(series[0]["values"][0][1]) if series else 0.0


def same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)


def home_with(folder: Path, log: Recorded, destinations: dict[str, dict[str, object]]) -> Path:
    home = folder / "home"
    home.mkdir(mode=0o700)
    log.write(home / "buffer.sqlite3")
    write_private(home / "destinations.toml", tomli_w.dumps({"destinations": destinations}).encode())
    return home


def test_a_killed_sync_leaves_each_hour_once_and_an_amended_one_as_the_newest(tmp_path: Path) -> None:
    told = plant()
    with influx(tmp_path) as (server, front):
        home = home_with(tmp_path, told.log, {"cloud": database(front.url)})
        for _ in range(2):
            with syncing(home) as child:
                front.allow(1)
                at_the_gate(front, child)
                child.kill()
        front.allow(1_000_000)
        with syncing(home) as child:
            ends_well(child)
        hours = [one for one in told.current() if one.sensor == told.meter.sensor]
        assert len(hours) > 5
        assert total(server.port, "energy_generated_interval", "count(value)") == len(hours)
        assert same(total(server.port, "energy_generated_interval"), told.energy(told.meter))
        assert same(total(server.port, "check_energy_interval"), told.energy(told.other))
        assert same(total(server.port, "co2_reduced_kg"), 0.5 * told.energy(told.meter))
        assert same(total(server.port, "co2_reduced_tons"), 0.0005 * told.energy(told.meter))
        assert server.rows() == 2 * told.readings()
        assert total(server.port, "hour_mean", "count(value)") == sum(len(one.channels) for one in told.current())
        told.amend()
        told.log.write(home / "buffer.sqlite3")
        with syncing(home) as child:
            ends_well(child)
        assert total(server.port, "energy_generated_interval", "count(value)") == len(hours)
        assert same(total(server.port, "energy_generated_interval"), told.energy(told.meter))
        newest = max(index for index, data in enumerate(told.log.entries) if b'"type":"summary"' in data)
        assert total(server.port, "energy_generated_interval", "max(log_index)") == newest


def test_a_killed_broker_and_sync_leave_a_consumer_with_the_newest_of_each_hour(tmp_path: Path) -> None:
    program("mosquitto")
    told, port = plant(), free_port()
    told.amend()
    with ExitStack() as stack:
        server = stack.enter_context(mosquitto(tmp_path, port))
        far = stack.enter_context(receiver(port, hours=True))
        road = stack.enter_context(link(port, 600_000.0))
        home = home_with(tmp_path, told.log, {"broker": broker(road.port)})
        with syncing(home) as child:
            wait_until(lambda: len(far.hours) > 2, seconds=PATIENCE_S, what="some hours to arrive")
            far.subscribed.clear()
            server.kill()
            stack.enter_context(mosquitto(tmp_path, port))
            wait_until(far.subscribed.is_set, seconds=PATIENCE_S, what="the receiver to be back")
            held = indices(far)
            wait_until(lambda: indices(far) > held or not child.running, seconds=PATIENCE_S, what="more packets")
            child.kill()
        with syncing(home) as child:
            ends_well(child)
        wanted = {(one.sensor, ns_from_rfc3339(one.hour)): one for one in told.current()}
        wait_until(
            lambda: shown(far.current()) == energies(wanted.values()),
            seconds=PATIENCE_S,
            what="the newest of each hour",
        )
        wait_until(lambda: len(far.times()) == told.readings(), seconds=PATIENCE_S, what="every reading")
        totals = [one for one in far.current().values() if "total_energy_generated_kwh" in one["metrics"]]
        assert {one["sensor_id"] for one in totals} == {told.meter.sensor}


def energies(bodies: Iterable[SummaryBody]) -> dict[tuple[str, str], float]:
    return {(one.sensor, one.hour): one.energy.kilowatt_hours for one in bodies if one.energy}


def shown(current: dict[tuple[str, str], dict[str, dict[str, float]]]) -> dict[tuple[str, str], float]:
    names = ("total_energy_generated_kwh", "check_energy_kwh")
    return {key: one["metrics"][name] for key, one in current.items() for name in names if name in one["metrics"]}


def test_a_stick_takes_the_hours_along_and_its_receipt_speaks_of_them(tmp_path: Path) -> None:
    told, bucket, stick = plant(60), Bucket(), tmp_path / "stick"
    stick.mkdir()
    with stand_in(bucket) as url:
        cloud = {"kind": "influxdb", "url": url, "organisation": "org", "bucket": "bucket"}
        home = home_of(tmp_path / "station", {"cloud": cloud, "stick": {"kind": "file", "folder": str(stick)}})
        office = home_of(tmp_path / "office", {"here": cloud})
        told.log.write(home / "buffer.sqlite3")
        command(home, "run", "--json", "--destination", "stick")
        [bundle] = stick.glob("*.tar")
        command(office, "import", str(bundle), "--sure-after", "0", "--secrets-stdin", secrets=given("here"))
        carried = dict(bucket.points)
        assert sum(series.startswith("derived_metric,") for series, _ in carried) > 20
        assert f"cloud: {told.readings():,} readings more" in command(home, "receipt", str(stick))
        assert "cloud: 0 readings more" in command(home, "receipt", str(stick))
        command(home, "run", "--json", "--secrets-stdin", "--destination", "cloud", secrets=given("cloud"))
        assert bucket.points == carried
        # Without the receipt the station delivers the very same points itself.
        bucket.points.clear()
        (home / "delivery.sqlite3").unlink()
        for path in stick.glob("*.receipt.json"):
            path.unlink()
        command(home, "run", "--json", "--secrets-stdin", "--destination", "cloud", secrets=given("cloud"))
        assert bucket.points == carried
