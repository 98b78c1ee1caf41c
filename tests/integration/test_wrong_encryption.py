# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""TLS towards a port without it, and the other way round: said at once with what to do, instead of tried for ever."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from edge_daemon.domain.destination import InfluxDestination
from edge_daemon.secrets.secret import Secret
from sync.sinks.influxdb import InfluxSink
from sync.sinks.mqtt import MqttSink
from sync.sinks.sink import Later, Stopped
from tests.integration.test_sink_mqtt import WAITING, sink_at
from tests.support.certificates import Authority
from tests.support.outgoing import readings
from tests.support.servers import free_port, influxdb_1, mosquitto

PLANTED = "planted-password-9c41"
TLS_GREETING = b"\x16"
GO_SAYS = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"
NO_TLS, ONLY_TLS = "answers without encryption", "is for encrypted connections"


@dataclass
class Port:
    """A port that answers who speaks plainly with `plain`, and resets the connection of who does not; or, with
    `context`, speaks TLS. Without an answer it resets. `heard` is what it was told unencrypted."""

    number: int
    plain: bytes = b""
    context: ssl.SSLContext | None = None
    heard: list[bytes] = field(default_factory=list)

    def serve(self, station: socket.socket) -> None:
        with station, suppress(OSError):
            station.settimeout(20)
            if station.recv(1, socket.MSG_PEEK) == TLS_GREETING and self.context is not None:
                with self.context.wrap_socket(station, server_side=True) as encrypted:
                    encrypted.recv(65_536)
                return
            self.heard.append(station.recv(65_536))
            if not self.heard[-1].startswith(TLS_GREETING) and self.plain:
                station.sendall(self.plain)
                station.shutdown(socket.SHUT_WR)
                while station.recv(65_536):  # closing before everything is read would reset the connection
                    pass
                return
            station.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@contextmanager
def port(plain: bytes = b"", context: ssl.SSLContext | None = None) -> Iterator[Port]:
    with socket.create_server(("127.0.0.1", 0)) as listening, ExitStack() as stack:
        told = Port(listening.getsockname()[1], plain, context)

        def listen() -> None:
            while True:
                try:
                    station, _ = listening.accept()
                except OSError:  # the test has ended
                    return
                serving = threading.Thread(target=told.serve, args=(station,))
                stack.callback(serving.join)
                serving.start()

        accepting = threading.Thread(target=listen)
        accepting.start()
        try:
            yield told
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            accepting.join()


def tls(folder: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*Authority(folder, "authority").sign("localhost"))
    return context


def influx_at(url: str) -> InfluxSink:
    return InfluxSink(InfluxDestination("cloud", url, "coast", "readings"), Secret(PLANTED))


def mqtt_at(number: int, protocol: Literal[4, 5], *, encrypted: bool) -> MqttSink:
    return sink_at(number, Secret(PLANTED), username="station", protocol=protocol, tls=encrypted)


def stops(sink: MqttSink | InfluxSink, words: str) -> str:
    """The check and the delivery both stop with these words; the remedy."""
    [line] = [line for line in sink.check(WAITING) if line.verdict == "failed"]
    assert (words in line.words, line.temporary) == (True, False), line
    cancelled = threading.Event()
    seen = sink.witness("", cancelled)
    (outcome,) = sink.deliver(sink.chunks(readings(3)), cancelled)
    for told in (seen, outcome):
        assert isinstance(told, Stopped), told
        assert words in told.words
        assert told.remedy == line.remedy
    return line.remedy


@pytest.mark.parametrize("protocol", [5, 4])
def test_tls_towards_a_plain_broker_stops_with_what_to_do(tmp_path: Path, protocol: Literal[4, 5]) -> None:
    number = free_port()
    with (
        mosquitto(tmp_path, number, "allow_anonymous false"),
        closing(mqtt_at(number, protocol, encrypted=True)) as sink,
    ):
        assert "8883" in stops(sink, NO_TLS)


@pytest.mark.parametrize("protocol", [5, 4])
def test_plain_mqtt_towards_a_broker_with_tls_stops_with_what_to_do(tmp_path: Path, protocol: Literal[4, 5]) -> None:
    number = free_port()
    certificate, key = Authority(tmp_path, "authority").sign("localhost")
    settings = (f"certfile {certificate}", f"keyfile {key}")
    with mosquitto(tmp_path, number, *settings), closing(mqtt_at(number, protocol, encrypted=False)) as sink:
        assert "Switch encryption on" in stops(sink, ONLY_TLS)


@pytest.mark.parametrize("protocol", [5, 4])
def test_the_question_to_a_broker_that_resets_holds_no_name_and_no_secret(protocol: Literal[4, 5]) -> None:
    with port(b"\x20\x02\x00\x05") as plain, closing(mqtt_at(plain.number, protocol, encrypted=True)) as sink:
        stops(sink, NO_TLS)
    asked = [heard for heard in plain.heard if not heard.startswith(TLS_GREETING)]
    assert asked
    assert not any(word in heard for heard in asked for word in (PLANTED.encode(), b"station", b"verifield"))


def test_a_port_that_resets_in_either_way_is_tried_again() -> None:
    with port() as dead:
        for encrypted in (True, False):
            with closing(mqtt_at(dead.number, 5, encrypted=encrypted)) as sink:
                (outcome,) = sink.deliver(sink.chunks(readings(3)), threading.Event())
                assert isinstance(outcome, Later), outcome
        for scheme in ("https", "http"):
            with closing(influx_at(f"{scheme}://127.0.0.1:{dead.number}")) as other:
                (outcome,) = other.deliver(other.chunks(readings(3)), threading.Event())
                assert isinstance(outcome, Later), outcome


def test_https_towards_a_plain_database_stops_with_what_to_do(tmp_path: Path) -> None:
    number = free_port()
    with influxdb_1(tmp_path, number), closing(influx_at(f"https://127.0.0.1:{number}")) as sink:
        assert "http:// address" in stops(sink, NO_TLS)


def test_the_question_to_a_database_that_resets_holds_no_token() -> None:
    with (
        port(b"HTTP/1.1 204 No Content\r\n\r\n") as plain,
        closing(influx_at(f"https://127.0.0.1:{plain.number}")) as sink,
    ):
        stops(sink, NO_TLS)
    asked = [heard for heard in plain.heard if not heard.startswith(TLS_GREETING)]
    assert asked
    assert not any(PLANTED.encode() in heard or b"uthorization" in heard for heard in asked)


@pytest.mark.parametrize("plain", [b"", GO_SAYS])
def test_http_towards_an_encrypted_database_sets_nothing_aside_and_stops(tmp_path: Path, plain: bytes) -> None:
    """Some servers reset, some answer 400 in plain: that is no refusal of what was sent."""
    with port(plain, tls(tmp_path)) as encrypted, closing(influx_at(f"http://127.0.0.1:{encrypted.number}")) as sink:
        assert "https:// address" in stops(sink, ONLY_TLS)
