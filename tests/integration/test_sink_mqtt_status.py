# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Brokers that take no status from a station: readings go out without it, and the check says so."""

import json
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Literal

import pytest

from edge_daemon.secrets.secret import Secret
from sync.sinks.mqtt import MqttSink
from sync.sinks.sink import Check, Delivered, Later
from tests.integration.test_sink_mqtt import WAITING, outcomes, sink_at
from tests.integration.test_sync_promises import balanced, broker, ends_well, home_of, syncing
from tests.support.delivering import deliver_all
from tests.support.outgoing import readings
from tests.support.servers import free_port, mosquitto, program
from tests.support.subscriber import Receiver, receiver
from tests.support.waiting import wait_until

TITLE = "Status of the station"
_CONNECT, _PUBLISH, _UNSUBSCRIBE = 1, 3, 10
_WILL = 0x04


def status_line(sink: MqttSink) -> Check:
    (line,) = [line for line in sink.check(WAITING) if line.title == TITLE]
    return line


def station_at(port: int, protocol: int, password: str = "pw") -> MqttSink:
    return sink_at(port, Secret(password), username="station", protocol=protocol, status=True)


def rules(folder: Path, *more: str) -> tuple[str, ...]:
    """A broker whose station may publish packets, and `more`; the receiver may read everything."""
    passwords, rights = folder / "passwords", folder / "rights"
    for user in ("station", "far"):
        made = [] if passwords.exists() else ["-c"]
        subprocess.run(
            [program("mosquitto_passwd"), "-b", *made, passwords, user, "pw"], check=True, capture_output=True
        )
    topics = [f"topic write carbon_marketplace/projects/+/{topic}" for topic in ("sensors", *more)]
    rights.write_text("\n".join(["user station", *topics, "user far", "topic read #", ""]))
    rights.chmod(0o600)
    return "allow_anonymous false", f"password_file {passwords}", f"acl_file {rights}"


@contextmanager
def strict(folder: Path, *more: str) -> Iterator[tuple[int, Receiver]]:
    port = free_port()
    with mosquitto(folder, port, *rules(folder, *more)), receiver(port, credentials=("far", "pw")) as far:
        yield port, far


@pytest.mark.parametrize("protocol", [5, 4])
def test_a_broker_that_ends_the_connection_at_a_status_gets_the_readings(
    tmp_path: Path, protocol: Literal[4, 5]
) -> None:
    """As mosquitto 2.0 does, with its acknowledgement or behind it."""
    with strict(tmp_path) as (port, far):
        with closing(station_at(port, protocol)) as sink:
            line = status_line(sink)
            assert (line.verdict, line.remedy != "") == ("warning", True)
            assert "readings go out without it" in line.words
            delays = deliver_all(sink, readings(40, 4))
            wait_until(lambda: len(far.times()) == 40, what="all readings to arrive")
            told = [delay.words for delay in delays if "status" in delay.words]
            assert len(told) == 1, told
            assert not any("another station" in delay.words for delay in delays)
            chunks = sink.chunks(readings(4))
            assert outcomes(sink, chunks) == [Delivered(chunk) for chunk in chunks]  # and it stays so
        assert far.statuses == []


def test_a_status_that_is_taken_is_told_with_the_check(tmp_path: Path) -> None:
    with strict(tmp_path, "devices/+/status") as (port, far):
        for protocol, verdict in ((5, "passed"), (4, "not_checked")):
            with closing(station_at(port, protocol)) as sink:
                assert status_line(sink).verdict == verdict
        wait_until(lambda: [told["state"] for told in far.statuses] == ["offline"] * 2, what="both to be told")


def test_the_check_says_what_is_promised_of_a_broker_that_allows_no_marks(tmp_path: Path) -> None:
    with strict(tmp_path) as (port, _):
        for protocol in (5, 4):
            made = partial(sink_at, port, Secret("pw"), username="station", protocol=protocol)
            with closing(made(resend_window_s=0)) as sink, closing(made(resend_window_s=75)) as watched:
                *_, line = sink.check(WAITING)
                assert (line.title, line.verdict) == ("After a crash of the far end", "not_checked")
                assert "two crashes in a row" in line.words
                assert "/marks/" in line.remedy
                *_, line = watched.check(WAITING)
                assert "have held for 75 s after" in line.words


@contextmanager
def choosy(answer: bytes) -> Iterator[tuple[int, list[bool]]]:
    """A broker that gives this answer, and an end, to who connects with a last will; whether each one had one."""
    wills: list[bool] = []

    class Station(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while kind := self.rfile.read(1):
                length, shift = 0, 0
                while (digit := self.rfile.read(1)[0]) & 0x80:
                    length, shift = length | (digit & 0x7F) << shift, shift + 7
                content = self.rfile.read(length | digit << shift)
                if kind[0] >> 4 == _CONNECT:
                    if content[2:6] != b"MQTT":  # it is asked whether it speaks TLS
                        return
                    wills.append(bool(content[7] & _WILL))
                    self.wfile.write(answer if wills[-1] else b"\x20\x02\x00\x00")
                    if wills[-1]:
                        return
                elif kind[0] >> 4 == _PUBLISH:
                    end = 2 + int.from_bytes(content[:2])
                    assert content[2:end].endswith(b"/sensors")
                    self.wfile.write(b"\x40\x02" + content[end : end + 2])
                else:
                    assert kind[0] >> 4 != _UNSUBSCRIBE

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Station) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        try:
            yield server.server_address[1], wills
        finally:
            server.shutdown()
            serving.join()


@pytest.mark.parametrize("answer", [b"\x20\x02\x00\x05", b""])
def test_a_broker_that_turns_a_last_will_away_gets_the_readings(answer: bytes) -> None:
    with choosy(answer) as (port, wills), closing(sink_at(port, protocol=4, status=True)) as sink:
        chunks = sink.chunks(readings(8))
        (told,) = outcomes(sink, chunks)
        assert isinstance(told, Later)
        assert "without its last will" in told.words
        assert outcomes(sink, chunks) == [Delivered(chunk) for chunk in chunks]
        assert wills == [True, False]


def test_who_is_not_let_in_at_all_is_told_why(tmp_path: Path) -> None:
    with strict(tmp_path) as (port, _):
        for protocol in (5, 4):
            with closing(station_at(port, protocol, "wrong")) as sink:
                (told,) = outcomes(sink, sink.chunks(readings(3)))
                assert "password" in getattr(told, "remedy", ""), told


def test_a_whole_sync_goes_on_without_a_status_and_says_so(tmp_path: Path) -> None:
    port = free_port()
    rights = tmp_path / "rights"
    rights.write_text("topic readwrite carbon_marketplace/projects/+/sensors\n")
    rights.chmod(0o600)
    home = home_of(tmp_path, {"broker": {**broker(port), "protocol": 4, "resend_window_s": 1}}, 300)
    with mosquitto(tmp_path, port, f"acl_file {rights}"), receiver(port) as far:
        with syncing(home) as child:
            ends_well(child)
        wait_until(lambda: len(far.times()) == 300, what="every reading to arrive")
        told = [json.loads(line) for line in child.said().splitlines()]
    checks = {one["title"]: one["verdict"] for one in told if one.get("event") == "check"}
    assert checks[TITLE] == "warning"
    assert any("readings go out without it" in str(one.get("words")) for one in told if one["event"] == "progress")
    balanced(home, 300)
