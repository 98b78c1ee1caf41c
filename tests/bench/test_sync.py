# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Speed of the destinations against the same servers fed ready-made payloads by the same clients, in one run."""

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from time import perf_counter

import pytest
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from edge_daemon.domain.destination import InfluxDestination, MqttDestination
from edge_daemon.secrets.secret import Secret
from sync.packets.reading import Outgoing
from sync.sinks.influxdb import InfluxSink
from sync.sinks.influxdb.connection import Connection
from sync.sinks.influxdb.sink import V1, V2, WriteEndpoint
from sync.sinks.mqtt import MqttSink
from sync.sinks.sink import Chunk, Delivered, Sink
from tests.support.outgoing import ORIGIN, STATION, readings
from tests.support.processes import running
from tests.support.servers import free_port, influxdb_1, influxql, mosquitto, victoria_metrics
from tests.support.subscriber import PACKETS

READINGS = 30_000
LINES = 2 * READINGS
PAGE = 4096
TOKEN = Secret("token")

Report = Callable[[str, object], None]


def pages(sink: Sink, told: Sequence[Outgoing]) -> Iterator[Chunk]:
    for start in range(0, len(told), PAGE):
        yield from sink.chunks(told[start : start + PAGE])


def drained_s(sink: Sink, told: Sequence[Outgoing]) -> tuple[float, list[Chunk]]:
    """Seconds from readings to the last acknowledgement, and what was sent."""
    start = perf_counter()
    outcomes = list(sink.deliver(pages(sink, told), threading.Event()))
    seconds = perf_counter() - start
    assert all(isinstance(outcome, Delivered) for outcome in outcomes)
    return seconds, [outcome.chunk for outcome in outcomes if isinstance(outcome, Delivered)]


@pytest.mark.parametrize("server", ["influxdb 1.6", "VictoriaMetrics"])
def test_lines_against_ready_made_ones(
    server: str, tmp_path: Path, record_property: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    port, told = free_port(), readings(READINGS, 4)
    is_first = server == "influxdb 1.6"
    with (influxdb_1 if is_first else victoria_metrics)(tmp_path, port):
        if is_first:
            influxql(port, "CREATE DATABASE readings")
        url, endpoint = f"http://127.0.0.1:{port}", V1 if is_first else V2
        ours_s, bare_s = [], []
        chunks: list[Chunk] = []
        for _ in range(3):
            with closing(InfluxSink(InfluxDestination("s", url, "o", "readings"), TOKEN, endpoint=endpoint)) as sink:
                seconds, chunks = drained_s(sink, told)
            ours_s.append(seconds)
            bare_s.append(posted_s(url, endpoint, [chunk.payload for chunk in chunks]))
    ours, bare = min(ours_s), min(bare_s)
    wire = sum(len(chunk.payload) for chunk in chunks) / READINGS
    record_property("lines_per_s", round(LINES / ours))
    record_property("ratio", round(bare / ours, 2))
    with capsys.disabled():
        print(
            f"\n{server}: {LINES / ours:,.0f} lines/s ({READINGS / ours:,.0f} readings/s), ready-made "
            f"{LINES / bare:,.0f} lines/s, ratio {bare / ours:.2f}; {wire:.0f} bytes on the wire per reading"
        )
    assert bare / ours >= 0.5


def posted_s(url: str, endpoint: WriteEndpoint, bodies: Sequence[bytes]) -> float:
    """The same client with the same bodies ready made, one after the other."""
    query = {"org": "o", endpoint.bucket_parameter: "readings", "precision": "ns"}
    with closing(Connection(url, "o", TOKEN)) as connection:
        start = perf_counter()
        for body in bodies:
            reply = connection.begin("POST", endpoint.path, query, body, {"Content-Encoding": "gzip"}).result()
            assert reply.status == 204  # type: ignore[union-attr]  # silence has none: that fails as well
        return perf_counter() - start


@pytest.mark.parametrize("sensors", [1, 4, 16])
def test_packets_against_the_brokers_own_rate(
    sensors: int, tmp_path: Path, record_property: Report, capsys: pytest.CaptureFixture[str]
) -> None:
    port, told = free_port(), readings(READINGS // (4 if sensors == 1 else 1), sensors)
    with mosquitto(tmp_path, port), receiving(port, tmp_path):
        destination = MqttDestination("b", "127.0.0.1", port, tls=False)
        ours_s, bare_s = [], []
        chunks: list[Chunk] = []
        for _ in range(3):
            with closing(MqttSink(destination, None, origin=ORIGIN, station=STATION)) as sink:
                seconds, chunks = drained_s(sink, told)
            ours_s.append(seconds)
            bare_s.append(published_s(port, [chunk.payload for chunk in chunks]))
    ours, bare = min(ours_s), min(bare_s)
    wire = sum(len(chunk.payload) for chunk in chunks) / len(told)
    record_property(f"readings_per_s_{sensors}", round(len(told) / ours))
    record_property(f"ratio_{sensors}", round(bare / ours, 2))
    with capsys.disabled():
        print(
            f"\nMQTT, {sensors} sensor(s): {len(told) / ours:,.0f} readings/s in {len(chunks) / ours:,.0f} packets/s; "
            f"ready made {len(chunks) / bare:,.0f} packets/s, ratio {bare / ours:.2f}; {wire:.0f} bytes a reading"
        )
    assert bare / ours > 0.05


RECEIVER = """
import sys, threading
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
client = Client(CallbackAPIVersion.VERSION2, "", protocol=MQTTv5)
client.on_connect = lambda *_: client.subscribe(sys.argv[2], qos=0)
client.on_subscribe = lambda *_: print("ready", flush=True)
client.connect("127.0.0.1", int(sys.argv[1]))
client.loop_forever()
"""


@contextmanager
def receiving(port: int, folder: Path) -> Iterator[None]:
    """Somebody in another process who takes the packets and does nothing with them."""
    with running([sys.executable, "-c", RECEIVER, str(port), PACKETS], output=folder / "receiver.log") as child:
        child.wait_for_text("ready", seconds=60)
        yield


def published_s(port: int, payloads: Sequence[bytes]) -> float:
    """paho as its users use it: its own thread, 100 in flight, the same topic and payloads ready made."""
    left, done = len(payloads), threading.Event()

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            done.set()

    client = Client(CallbackAPIVersion.VERSION2, "", protocol=MQTTv5)
    client.max_inflight_messages_set(100)
    client.on_publish = count
    ready = threading.Event()
    client.on_connect = lambda *_: ready.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    assert ready.wait(30)
    start = perf_counter()
    for payload in payloads:
        client.publish("carbon_marketplace/projects/mangroves/sensors", payload, qos=1)
    assert done.wait(120)
    seconds = perf_counter() - start
    client.disconnect()
    client.loop_stop()
    return seconds
