# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Lines to real servers: InfluxDB 1.6 shows that what was acknowledged is there, once; VictoriaMetrics speaks v2."""

import json
import ssl
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from edge_daemon.domain.destination import InfluxDestination
from edge_daemon.secrets.secret import Secret
from sync.sinks.influxdb import InfluxSink
from sync.sinks.influxdb.sink import V1
from sync.sinks.sink import Chunk, Delivered, Outcome, Refused, Stopped, Waiting
from tests.support.certificates import Authority
from tests.support.delivering import BETWEEN_CHUNKS, deliver_all
from tests.support.outgoing import ORIGIN, T0, readings
from tests.support.processes import running
from tests.support.servers import free_port, influxdb_1, influxql, listens, program, victoria_metrics
from tests.support.waiting import wait_until

TOKEN = Secret("planted-token-77aa")
WAITING = Waiting(ORIGIN, 100, T0)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    with influxdb_1(tmp_path, port):
        influxql(port, "CREATE DATABASE readings")
        yield port


def sink_of_1(port: int, database: str = "readings") -> InfluxSink:
    return InfluxSink(InfluxDestination("server", f"http://127.0.0.1:{port}", "coast", database), TOKEN, endpoint=V1)


def sink_of_2(url: str, token: Secret = TOKEN) -> InfluxSink:
    return InfluxSink(InfluxDestination("server", url, "coast", "readings"), token)


def outcomes(sink: InfluxSink, chunks: list[Chunk]) -> list[Outcome]:
    return list(sink.deliver(chunks, threading.Event()))


def counted(port: int, field: str = "value") -> int:
    told = json.loads(influxql(port, f"SELECT count({field}) FROM sensor_reading", "readings"))
    series = told["results"][0].get("series")
    return int(series[0]["values"][0][1]) if series else 0


def test_every_reading_is_there_once_even_when_sent_twice(port: int) -> None:
    told = readings(5000, 4)
    with closing(sink_of_1(port)) as sink:
        for _ in range(2):
            assert deliver_all(sink, told) == []
        assert counted(port) == counted(port, "raw") == counted(port, "flag") == 10_000
        verdicts = {line.title: line.verdict for line in sink.check(WAITING)}
    assert verdicts["Field types"] == "passed"
    keys = influxql(port, "SHOW TAG KEYS FROM sensor_reading", "readings")
    for tag in ("device_id", "measurement_type", "project_id", "sensor_id", "sensor_type"):
        assert f'"{tag}"' in keys


def test_a_killed_server_costs_no_reading(tmp_path: Path) -> None:
    port, told = free_port(), readings(20_000, 4)
    with ExitStack() as stack:
        server = stack.enter_context(influxdb_1(tmp_path, port))
        influxql(port, "CREATE DATABASE readings")
        killed = False

        def kill_once(chunk: Chunk) -> None:
            nonlocal killed
            if chunk.last > told[7000].index and not killed:
                killed = True
                server.kill()
                stack.enter_context(influxdb_1(tmp_path, port))

        with closing(sink_of_1(port)) as sink:
            delays = deliver_all(sink, told, on_delivered=kill_once)
        assert any(delay.unclean for delay in delays)
        assert counted(port) == 40_000


def test_a_field_of_another_type_is_refused_in_the_servers_words_and_checked_before(port: int) -> None:
    body = f'sensor_reading,sensor_id=sensor_0 value="text" {T0}'.encode()  # types hold within a shard of time
    urllib.request.urlopen(f"http://127.0.0.1:{port}/write?db=readings", data=body, timeout=30).close()
    with closing(sink_of_1(port)) as sink:
        line = next(line for line in sink.check(WAITING) if line.title == "Field types")
        assert line.verdict == "failed"
        assert "value is string, not float" in line.words
        (outcome,) = outcomes(sink, sink.chunks(readings(3)))
    assert isinstance(outcome, Refused)
    assert "field type conflict" in outcome.words


def test_a_missing_database_stops(port: int) -> None:
    with closing(sink_of_1(port, "elsewhere")) as sink:
        (outcome,) = outcomes(sink, sink.chunks(readings(3)))
    assert isinstance(outcome, Stopped)
    assert 'database not found: "elsewhere"' in outcome.words


@pytest.fixture
def victoria(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    with victoria_metrics(tmp_path, port):
        yield port


def test_the_path_of_version_2_against_a_server_at_speed(victoria: int) -> None:
    url = f"http://127.0.0.1:{victoria}"
    told = readings(20_000, 4)
    with closing(sink_of_2(url)) as sink:
        assert {delay.words for delay in deliver_all(sink, told)} <= {BETWEEN_CHUNKS, "the server has just begun"}
        verdicts = {line.title: line.verdict for line in sink.check(WAITING)}
    assert verdicts["Retention"] == verdicts["Field types"] == "not_checked"
    wait_until(lambda: _samples(url, told[-1].t_ns) == 40_000, seconds=60, what="all samples to be seen")


def _samples(url: str, last_ns: int) -> float:
    question = {
        "query": 'sum(count_over_time(sensor_reading_value{project_id="mangroves"}[30d]))',
        "time": str(last_ns // 10**9 + 1),
        "nocache": "1",
    }
    with urllib.request.urlopen(f"{url}/api/v1/query?{urllib.parse.urlencode(question)}", timeout=30) as reply:
        result = json.load(reply)["data"]["result"]
    return float(result[0]["value"][1]) if result else 0.0


@contextmanager
def guarded(folder: Path, behind: int) -> Iterator[str]:
    """A proxy that lets in the token `right-token` alone."""
    users = {"users": [{"bearer_token": "right-token", "url_prefix": f"http://127.0.0.1:{behind}"}]}
    (folder / "users.yml").write_text(json.dumps(users))
    port = free_port()
    command = [program("vmauth"), f"-auth.config={folder / 'users.yml'}", f"-httpListenAddr=127.0.0.1:{port}"]
    with running(command, output=folder / "vmauth.log") as child:
        wait_until(lambda: listens(port) or not child.running, seconds=60, what="the proxy to listen")
        yield f"http://127.0.0.1:{port}"


def test_a_proxy_that_repeats_a_wrong_token_does_not_give_it_away(tmp_path: Path, victoria: int) -> None:
    with guarded(tmp_path, victoria) as url:
        with closing(sink_of_2(url)) as sink:
            (outcome,) = outcomes(sink, sink.chunks(readings(3)))
            assert isinstance(outcome, Stopped)
            assert "(hidden)" in outcome.words
            assert TOKEN.reveal() not in repr(outcome) + repr(list(sink.check(WAITING)))
        with closing(sink_of_2(url, Secret("right-token"))) as sink:
            assert isinstance(outcomes(sink, sink.chunks(readings(3)))[-1], Delivered)


@contextmanager
def encrypted(context: ssl.SSLContext) -> Iterator[str]:
    """A server that takes whatever is sent to this address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Server(HTTPServer):
        def handle_error(self, *_: object) -> None:
            """Nothing: whom it turned away says why."""

    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield f"https://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            serving.join()


def test_tls_takes_no_unknown_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = Authority(tmp_path, "authority")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.sign("localhost"))
    with encrypted(context) as url:
        with closing(sink_of_2(url)) as sink:
            (outcome,) = outcomes(sink, sink.chunks(readings(3)))
            assert isinstance(outcome, Stopped)
            assert "certificate" in outcome.remedy
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        with closing(sink_of_2(url)) as sink:
            assert isinstance(outcomes(sink, sink.chunks(readings(3)))[-1], Delivered)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_wants_a_client_certificate_is_no_matter_of_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: ssl.TLSVersion
) -> None:
    authority = Authority(tmp_path, "authority")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.sign("localhost"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.file)
    context.maximum_version = context.minimum_version = version
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    with encrypted(context) as url, closing(sink_of_2(url)) as sink:
        (outcome,) = outcomes(sink, sink.chunks(readings(3)))
        assert isinstance(outcome, Stopped)
        assert "client certificate" in outcome.remedy
