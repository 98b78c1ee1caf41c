# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Hourly summaries at real servers: the newest is what a query shows, and nothing about them keeps readings back."""

import json
import socketserver
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from edge_daemon.domain.destination import InfluxDestination, MqttDestination
from edge_daemon.log.summary import HOUR_NS, SummaryBody
from edge_daemon.secrets.secret import Secret
from sync.packets.item import Item
from sync.packets.summary import AirHour, Metric, OutgoingSummary
from sync.sinks.influxdb import InfluxSink
from sync.sinks.influxdb.sink import V1
from sync.sinks.mqtt import MqttSink
from sync.sinks.sink import Delivered, Later, Outcome, Refused, Stopped, Waiting
from tests.support.outgoing import ORIGIN, STATION, T0, readings
from tests.support.servers import free_port, influxdb_1, influxql, mosquitto
from tests.support.subscriber import Receiver, receiver
from tests.support.summarised import HOUR, WIRE, body, channel, energy, summary, withdrawn
from tests.support.waiting import wait_until

TIME = HOUR * HOUR_NS
RECEIPTS = "carbon_marketplace/projects/mangroves/receipts"
WAITING = Waiting(ORIGIN, 100, T0)
GONE = tuple(map(Metric, ("energy_generated_interval", "co2_reduced_kg", "co2_reduced_tons")))


def measured(sensor: str, kilowatt_hours: float, *, replaces: int | None = None) -> SummaryBody:
    return body(sensor, channels={}, energy=energy(kilowatt_hours), replaces=replaces)


def outcomes(sink: InfluxSink | MqttSink, items: Sequence[Item]) -> list[Outcome]:
    return list(sink.deliver(sink.chunks(items), threading.Event()))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    with influxdb_1(tmp_path, port):
        influxql(port, "CREATE DATABASE readings")
        yield port


def influx_at(port: int) -> InfluxSink:
    destination = InfluxDestination("server", f"http://127.0.0.1:{port}", "coast", "readings")
    return InfluxSink(destination, Secret("token"), endpoint=V1)


def asked(port: int, what: str, metric: str) -> list[Any]:
    """The first row of a query on a metric, without its time."""
    statement = f"SELECT {what} FROM derived_metric WHERE metric_type = '{metric}'"
    series = json.loads(influxql(port, statement, "readings"))["results"][0].get("series")
    return list(series[0]["values"][0][1:]) if series else []


def test_a_total_adds_up_the_newest_of_each_meter_of_record(database: int) -> None:
    first = [summary(10, measured("meter-1", 2.0)), summary(11, measured("meter-2", 4.0))]
    check = summary(12, measured("meter-3", 100.0), counts="none")
    with closing(influx_at(database)) as sink:
        sent: list[Item] = [*readings(1, first=9), *first, check]
        assert [type(outcome) for outcome in outcomes(sink, sent)] == [Delivered]
        assert asked(database, "sum(value)", "energy_generated_interval") == [6.0]
        newer = summary(20, measured("meter-1", 5.0, replaces=10))
        assert isinstance(outcomes(sink, [newer])[0], Delivered)
        assert asked(database, "sum(value)", "energy_generated_interval") == [9.0]
        assert asked(database, "sum(value)", "co2_reduced_kg") == [4.5]
        gone = summary(21, withdrawn("meter-2", replaces=11), gone=GONE)
        assert isinstance(outcomes(sink, [gone])[0], Delivered)
        for metric, total in zip(GONE, (5.0, 2.5, 0.0025), strict=True):
            assert asked(database, "sum(value)", metric.type) == [total]
        assert asked(database, "sum(value)", "check_energy_interval") == [100.0]
        state = "energy_generated_interval' AND sensor_id = 'meter-2"
        assert asked(database, "state, accepted, log_index", state) == ["withdrawn", 0, 21]
        assert {line.title: line.verdict for line in sink.check(WAITING)}["Field types"] == "passed"


def test_means_and_the_index_are_found_by_what_was_measured(database: int) -> None:
    air = (AirHour(TIME, 55, "pm2_5"),)
    first = summary(10, body(), air=air)
    none = {"temperature": channel(None), "wind": channel(2.0, "m/s")}
    newer = summary(20, body(channels=none, replaces=10), air=(AirHour(TIME, None),))
    wind, temperature = "hour_mean' AND measurement_type = 'wind_speed", "hour_mean' AND measurement_type = 'primary"
    with closing(influx_at(database)) as sink:
        assert isinstance(outcomes(sink, [first])[0], Delivered)
        assert asked(database, "value, minimum, maximum, uncertainty, unit", wind) == [7.2, 3.6, 14.4, 1.8, "km/h"]
        assert asked(database, "value, dominant", "calculated_aqi") == [55.0, "pm2_5"]
        assert isinstance(outcomes(sink, [newer])[0], Delivered)
    assert asked(database, "value, uncertainty, state", wind) == [7.2, -1.0, "current"]
    assert asked(database, "value, maximum, state", temperature) == [0.0, 0.0, "no_value"]
    assert asked(database, "value, state", "calculated_aqi") == [0.0, "no_value"]


def test_a_bucket_with_other_fields_is_told_and_refuses_in_its_own_words(database: int) -> None:
    line = f'derived_metric,sensor_id=meter-1 value="text" {TIME}'.encode()
    urllib.request.urlopen(f"http://127.0.0.1:{database}/write?db=readings", data=line, timeout=30).close()
    with closing(influx_at(database)) as sink:
        told = next(line for line in sink.check(WAITING) if line.title == "Field types")
        assert told.verdict == "failed"
        assert "In derived_metric of this bucket value is string, not float: hourly summaries" in told.words
        (outcome,) = outcomes(sink, [summary(10, measured("meter-1", 2.0))])
    assert isinstance(outcome, Refused)
    assert "field type conflict" in outcome.words


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    with mosquitto(tmp_path, port):
        yield port


def mqtt_at(port: int, **settings: Any) -> MqttSink:
    destination = MqttDestination("broker", "127.0.0.1", port, **{"tls": False, **settings})
    return MqttSink(destination, None, origin=ORIGIN, station=STATION)


def mixed() -> list[Item]:
    """Readings with summaries between them."""
    some = readings(8, 2, first=10)
    hours = [summary(20, measured("meter-1", 2.0)), summary(30, measured("meter-1", 5.0, replaces=20))]
    return [*some[:4], hours[0], *readings(4, 2, first=21), hours[1]]


def shown(far: Receiver) -> list[float]:
    return [told["metrics"]["total_energy_generated_kwh"] for told in far.current().values()]


@pytest.mark.parametrize("protocol", [5, 4])
def test_who_takes_packets_sees_no_new_form_and_who_takes_hours_the_newest(
    broker: int, protocol: Literal[4, 5]
) -> None:
    told = mixed()
    with (
        receiver(broker) as old,
        receiver(broker, hours=True) as new,
        closing(mqtt_at(broker, protocol=protocol)) as sink,
    ):
        for _ in range(2):
            assert {type(outcome) for outcome in outcomes(sink, told)} == {Delivered}
        wait_until(lambda: len(old.times()) == len(new.times()) == 8, what="all readings to arrive")
        wait_until(lambda: len(new.hours) == 2, what="both summaries")
        wait_until(lambda: old.copies == new.copies == 8, what="every copy")
        assert all("sensors" in packet for packet in old.packets.values())
        assert old.hours == {}
        assert shown(new) == [5.0]


@pytest.mark.parametrize("settings", [{}, {"receipt_topic": RECEIPTS}])
def test_nobody_taking_hours_keeps_no_reading_back(broker: int, settings: dict[str, str]) -> None:
    told = mixed()
    with receiver(broker) as far, closing(mqtt_at(broker, **settings)) as sink:
        if settings:
            confirm(far, 10_000)
            wait_until(lambda: isinstance(outcomes(sink, told[:1])[0], Delivered), what="the receipt to be heard")
        found = outcomes(sink, told)
        assert [outcome.chunk.last for outcome in found if isinstance(outcome, Refused)] == [20, 30]
        assert all("hourly summaries" in outcome.words for outcome in found if isinstance(outcome, Refused))
        assert [outcome.chunk.last for outcome in found if isinstance(outcome, Delivered)] == [11, 13, 22, 24]
        wait_until(lambda: len(far.times()) == 8, what="all readings to arrive")


def test_a_destination_that_wants_no_hours_gets_none_and_sets_none_aside(broker: int) -> None:
    with receiver(broker, hours=True) as far, closing(mqtt_at(broker, hours=False)) as sink:
        told = outcomes(sink, mixed())
        assert told
        assert all(isinstance(one, Delivered) for one in told)
        last = max(item.index for item in mixed() if not isinstance(item, OutgoingSummary))
        wait_until(lambda: last in [packet["last"] for packet in far.packets.values()], what="the last reading")
        assert shown(far) == []


def confirm(far: Receiver, index: int) -> None:
    message = json.dumps({"log": ORIGIN, "stored": index})
    far.client.publish(RECEIPTS, message, qos=1, retain=True).wait_for_publish(30)


def settled(sink: MqttSink, items: Sequence[Item]) -> dict[int, str]:
    """Send as a drain does until all are settled; what was refused, with the words."""
    waiting, refused = list(items), dict[int, str]()

    def through() -> bool:
        for outcome in outcomes(sink, waiting):
            assert not isinstance(outcome, Stopped)
            if isinstance(outcome, Refused):
                refused[outcome.chunk.last] = outcome.words
            if isinstance(outcome, Delivered | Refused):
                waiting[:] = [item for item in waiting if item.index > outcome.chunk.last]
        return not waiting

    wait_until(through, seconds=60, what="everything to be settled")
    return refused


def test_a_station_that_may_not_publish_hours_still_delivers_readings(tmp_path: Path) -> None:
    port, rights = free_port(), tmp_path / "rights"
    topics = ("readwrite carbon_marketplace/projects/mangroves/sensors", "read carbon_marketplace/#")
    rights.write_text("".join(f"topic {topic}\n" for topic in topics))
    rights.chmod(0o600)
    server = mosquitto(tmp_path, port, f"acl_file {rights}")
    with server, receiver(port, hours=True) as far, closing(mqtt_at(port)) as sink:
        refused = settled(sink, mixed())
        assert list(refused) == [20, 30]
        assert all("hourly summar" in words for words in refused.values())
        wait_until(lambda: len(far.times()) == 8, what="all readings to arrive")
        assert far.hours == {}


@contextmanager
def abrupt_broker(goodbye: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A broker that ends the connection, perhaps with a last word, at anything but packets; the packets it took."""
    taken: list[bytes] = []

    class Station(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while kind := self.rfile.read(1):
                length, shift = 0, 0
                while (digit := self.rfile.read(1)[0]) & 0x80:
                    length, shift = length | (digit & 0x7F) << shift, shift + 7
                content = self.rfile.read(length | digit << shift)
                if kind[0] >> 4 == 1:
                    self.wfile.write(bytes.fromhex("2003000000"))
                elif kind[0] >> 4 == 3:
                    end = 2 + int.from_bytes(content[:2])
                    if not content[2:end].endswith(b"/sensors"):
                        self.wfile.write(goodbye)
                        return
                    taken.append(content[end:])
                    self.wfile.write(b"\x40\x02" + content[end : end + 2])

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Station) as server:
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield server.server_address[1], taken
        finally:
            server.shutdown()
            serving.join()


@pytest.mark.parametrize("goodbye", [b"", bytes.fromhex("e0028700")])
def test_a_broker_that_ends_the_connection_at_a_summary_gets_no_more_of_them(goodbye: bytes) -> None:
    """As some do where a station may not publish to a topic; MQTT 5 has a DISCONNECT with reason 0x87 for it."""
    with abrupt_broker(goodbye) as (port, taken), closing(mqtt_at(port)) as sink:
        refused = settled(sink, mixed())
        assert list(refused) == [20, 30]
        assert all("ends the connection whenever an hourly summary is sent" in words for words in refused.values())
    assert len({packet[2:] for packet in taken}) == 4


def test_no_receipt_is_waited_for_of_a_summary(broker: int) -> None:
    hour = summary(20, measured("meter-1", 2.0))
    with receiver(broker, hours=True) as far, closing(mqtt_at(broker, receipt_topic=RECEIPTS)) as sink:
        assert isinstance(outcomes(sink, [hour])[0], Delivered)
        wait_until(lambda: len(far.hours) == 1, what="the summary to arrive")


def test_who_took_hours_before_is_waited_for(broker: int) -> None:
    hours = [summary(20, measured("meter-1", 2.0)), summary(30, measured("meter-2", 3.0))]
    with closing(mqtt_at(broker)) as sink:
        with receiver(broker, hours=True):
            assert isinstance(outcomes(sink, hours[:1])[0], Delivered)

        def missed() -> bool:
            (outcome,) = outcomes(sink, hours[1:])
            assert isinstance(outcome, Delivered | Later)
            return isinstance(outcome, Later) and "nobody at the broker takes this project's hourly" in outcome.words

        wait_until(missed, what="the broker to have noticed that the receiver is gone")
        with receiver(broker, hours=True) as far:
            assert settled(sink, hours[1:]) == {}
            wait_until(lambda: far.hours, what="the summary to arrive")


def test_a_summary_that_is_too_large_is_refused_alone(tmp_path: Path) -> None:
    port = free_port()
    many = {f"channel_{number}": channel(1.0) for number in range(40)}
    big = body(channels=many, energy=energy(2.0))
    wires = {name: replace(WIRE["wind"], field=name) for name in many}
    told: list[Item] = [*readings(1, first=10), summary(15, big, channels=wires), *readings(1, first=16)]
    with mosquitto(tmp_path, port, "max_packet_size 1500"), receiver(port, hours=True), closing(mqtt_at(port)) as sink:
        found = outcomes(sink, told)
    assert [type(outcome) for outcome in found] == [Delivered, Refused, Delivered]
