# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Packets to a real broker: what arrives, what a kill costs, who is let in."""

import hashlib
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from edge_daemon.domain.destination import MqttDestination
from edge_daemon.secrets.secret import Secret
from sync.sinks.mqtt import MqttSink, StationStatus
from sync.sinks.mqtt.sink import SUSPICIOUS
from sync.sinks.sink import Chunk, Delivered, Later, Outcome, Refused, Stopped, Waiting
from tests.support.certificates import Authority
from tests.support.delivering import deliver_all
from tests.support.outgoing import ORIGIN, STATION, T0, readings
from tests.support.processes import running
from tests.support.servers import free_port, mosquitto, program
from tests.support.subscriber import receiver
from tests.support.waiting import wait_until

WAITING = Waiting(ORIGIN, 100, T0)
STATUS = StationStatus("0.1.0", recording=True, disk_days=41.5, last_anchor_ns=T0, calibrations_due=("sensor_0",))


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    with mosquitto(tmp_path, port):
        yield port


def sink_at(port: int, secret: Secret | None = None, *, status: bool = False, **settings: Any) -> MqttSink:
    destination = MqttDestination("broker", "127.0.0.1", port, **{"tls": False, **settings})
    return MqttSink(destination, secret, origin=ORIGIN, station=STATION, status=(lambda: STATUS) if status else None)


def outcomes(sink: MqttSink, chunks: list[Chunk]) -> list[Outcome]:
    return list(sink.deliver(chunks, threading.Event()))


@pytest.mark.parametrize("protocol", [5, 4])
def test_every_reading_arrives_and_its_hash_verifies(port: int, protocol: Literal[4, 5]) -> None:
    told = readings(2000, 4)
    with receiver(port) as far_end, closing(sink_at(port, protocol=protocol)) as sink:
        chunks = sink.chunks(told)
        assert outcomes(sink, chunks) == [Delivered(chunk) for chunk in chunks]
        wait_until(lambda: len(far_end.times()) == 2000, what="all readings to arrive")
    for packet in far_end.packets.values():
        claimed = packet.pop("local_hash")
        text = json.dumps(packet, sort_keys=True, default=str)
        assert hashlib.sha256(text.encode()).hexdigest() == claimed


def test_a_killed_broker_costs_no_reading(tmp_path: Path) -> None:
    """Killed hard in the middle, it forgets what it had acknowledged; the window before goes out again."""
    port, told = free_port(), readings(24_000, 4)
    (tmp_path / "second").mkdir()
    with receiver_of_killed_broker(tmp_path, port) as (far_end, kill_and_restart), closing(sink_at(port)) as sink:
        delivered = 0

        def count(chunk: Chunk) -> None:
            nonlocal delivered
            delivered += 1
            if delivered == 2000:
                kill_and_restart()

        delays = deliver_all(sink, told, on_delivered=count)
        assert any(delay.unclean for delay in delays)
        wait_until(lambda: len(far_end.times()) == 24_000, seconds=60, what="every reading to have arrived")
    assert far_end.copies >= len(far_end.packets) == 6000


@contextmanager
def receiver_of_killed_broker(folder: Path, port: int) -> Iterator[tuple[Any, Callable[[], None]]]:
    with mosquitto(folder, port) as broker, receiver(port) as far_end, ExitStack() as stack:

        def kill_and_restart() -> None:
            broker.kill()
            far_end.subscribed.clear()
            stack.enter_context(mosquitto(folder / "second", port))
            wait_until(far_end.subscribed.is_set, seconds=60, what="the receiver to come back")

        yield far_end, kill_and_restart


def test_nobody_listening_is_no_delivery(port: int) -> None:
    with closing(sink_at(port)) as sink:
        (outcome,) = outcomes(sink, sink.chunks(readings(40)))
        assert isinstance(outcome, Later)
        assert "no matching subscribers" in outcome.words
        with receiver(port) as far_end:
            assert len(deliver_all(sink, readings(40))) == 0
            wait_until(lambda: len(far_end.times()) == 40, what="all readings to arrive")


def test_a_broker_that_is_not_there() -> None:
    with closing(sink_at(free_port())) as sink:
        (outcome,) = outcomes(sink, sink.chunks(readings(3)))
        assert isinstance(outcome, Later)
        assert not outcome.unclean
        (line,) = sink.check(WAITING)
    assert line.verdict == "failed"
    assert line.remedy


def test_a_broker_that_hangs_is_given_up_and_the_last_minutes_go_out_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    with mosquitto(tmp_path, port) as broker, receiver(port), closing(sink_at(port)) as sink:
        assert isinstance(outcomes(sink, sink.chunks(readings(3)))[-1], Delivered)
        monkeypatch.setattr("sync.sinks.mqtt.sink.SILENCE_SECONDS", 1.0)
        broker.process.send_signal(signal.SIGSTOP)
        try:
            (outcome,) = outcomes(sink, sink.chunks(readings(3)))
        finally:
            broker.process.send_signal(signal.SIGCONT)
        assert isinstance(outcome, Later)
        assert "acknowledged nothing" in outcome.words
        assert outcome.unclean
        monkeypatch.undo()
        deliver_all(sink, readings(3))


def test_a_link_that_fades_again_and_again_raises_no_suspicion_of_another_station(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.sinks.mqtt.sink.SILENCE_SECONDS", 1.0)
    monkeypatch.setattr("sync.sinks.mqtt.sink.FADED_SECONDS", 0.5)
    port = free_port()
    with mosquitto(tmp_path, port) as broker, receiver(port), closing(sink_at(port)) as sink:
        for _ in range(SUSPICIOUS + 1):
            wait_until(lambda: isinstance(outcomes(sink, sink.chunks(readings(1)))[-1], Delivered), what="a connection")
            broker.process.send_signal(signal.SIGSTOP)
            try:
                (outcome,) = outcomes(sink, sink.chunks(readings(1)))
            finally:
                broker.process.send_signal(signal.SIGCONT)
            assert isinstance(outcome, Later)
            assert "acknowledged nothing" in outcome.words
            assert "another station" not in outcome.words


def test_a_wrong_password_stops_and_is_not_told(tmp_path: Path) -> None:
    port, passwords = free_port(), tmp_path / "passwords"
    tool = [program("mosquitto_passwd"), "-b", "-c", str(passwords), "station", "right-password"]
    subprocess.run(tool, check=True, capture_output=True)
    settings = ("allow_anonymous false", f"password_file {passwords}")
    with mosquitto(tmp_path, port, *settings):
        for protocol in (5, 4):
            wrong = Secret("planted-wrong-password")
            with closing(sink_at(port, wrong, username="station", protocol=protocol)) as sink:
                (outcome,) = outcomes(sink, sink.chunks(readings(3)))
                assert isinstance(outcome, Stopped)
                assert "password" in outcome.remedy
                assert "planted" not in repr(outcome) + repr(list(sink.check(WAITING)))
        with (
            receiver(port, credentials=("station", "right-password")),
            closing(sink_at(port, Secret("right-password"), username="station")) as sink,
        ):
            assert isinstance(outcomes(sink, sink.chunks(readings(3)))[-1], Delivered)


def test_tls_with_the_authority_of_choice(tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path, "authority"), Authority(tmp_path, "stranger")
    certificate, key = authority.sign("localhost")
    port = free_port()
    settings = (f"cafile {authority.file}", f"certfile {certificate}", f"keyfile {key}", "require_certificate true")
    with mosquitto(tmp_path, port, *settings):
        mine, my_key = authority.sign("station-7")
        client: dict[str, Any] = {"client_certificate": str(mine), "client_key": str(my_key), "tls": True}
        with closing(sink_at(port, ca_file=str(stranger.file), **client)) as sink:
            (outcome,) = outcomes(sink, sink.chunks(readings(3)))
        assert isinstance(outcome, Stopped)
        assert "certificate" in outcome.words
        with closing(sink_at(port, ca_file=str(tmp_path / "missing.crt"), **client)) as sink:
            (outcome,) = outcomes(sink, sink.chunks(readings(3)))
        assert isinstance(outcome, Stopped)
        with closing(sink_at(port, ca_file=str(authority.file), **client)) as sink:
            lines = list(sink.check(WAITING))
            assert [line.verdict for line in lines] == ["passed", "passed", "not_checked", "passed"]
            (outcome,) = outcomes(sink, sink.chunks(readings(3)))
        assert isinstance(outcome, Later)  # let in; nobody listens
        assert "no matching subscribers" in outcome.words


def test_two_stations_with_one_id_are_told(port: int) -> None:
    """This broker only closes the connection of the one before: the words say what that may mean."""
    heard: list[str] = []
    with receiver(port), closing(sink_at(port)) as one, closing(sink_at(port)) as other:

        def told() -> bool:
            for sink in (one, other):
                outcome = outcomes(sink, sink.chunks(readings(1)))[-1]
                if isinstance(outcome, Later):
                    heard.append(outcome.words)
            return any("another station" in words for words in heard)

        wait_until(told, what="one of the two to suspect it")


def test_another_machine_that_delivers_for_the_station_throws_nobody_out(port: int) -> None:
    destination = MqttDestination("broker", "127.0.0.1", port, tls=False)
    carrier = MqttSink(destination, None, origin=ORIGIN, station=STATION, carrier=True)
    with receiver(port) as far_end, closing(sink_at(port)) as sink, closing(carrier):
        for _ in range(5):
            for one in (sink, carrier):
                assert isinstance(outcomes(one, one.chunks(readings(1)))[-1], Delivered)
        wait_until(lambda: far_end.copies == 10, what="all copies")
    assert len(far_end.packets) == 1  # both routes at once do no harm: a reader drops what it has seen


def test_cancelling_does_not_wait_for_a_broker_that_says_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, closing(sink_at(listening.getsockname()[1])) as sink:
        cancelled = threading.Event()
        told: list[Outcome] = []
        run = threading.Thread(target=lambda: told.extend(sink.deliver(sink.chunks(readings(3)), cancelled)))
        run.start()
        station, _ = listening.accept()
        with station:
            assert station.recv(4096)  # CONNECT, which stays without an answer
            cancelled.set()
            run.join(30)
            assert not run.is_alive()
    assert told == []


def test_a_session_taken_over_stops() -> None:
    """As MQTT 5 has it: DISCONNECT with reason 0x8E."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            station, _ = listening.accept()
            with station:
                station.recv(4096)
                station.sendall(bytes.fromhex("2003000000"))  # CONNACK: success, no properties
                station.recv(4096)
                station.sendall(bytes.fromhex("e0028e00"))
                station.shutdown(socket.SHUT_WR)
                while station.recv(4096):  # closing before everything is read would reset the connection
                    pass

        broker = threading.Thread(target=serve)
        broker.start()
        with closing(sink_at(listening.getsockname()[1])) as sink:
            (outcome,) = outcomes(sink, sink.chunks(readings(3)))
        broker.join()
    assert isinstance(outcome, Stopped)
    assert "Session taken over" in outcome.words
    assert "Two stations share one device id" in outcome.remedy


def test_a_check_does_not_throw_out_a_running_sync(port: int) -> None:
    with receiver(port), closing(sink_at(port)) as running_sink, closing(sink_at(port)) as tested:
        assert isinstance(outcomes(running_sink, running_sink.chunks(readings(1)))[-1], Delivered)
        assert next(iter(tested.check(WAITING))).verdict == "passed"
        assert isinstance(outcomes(running_sink, running_sink.chunks(readings(1)))[-1], Delivered)


def test_a_packet_too_large_for_the_broker_is_halved(tmp_path: Path) -> None:
    port = free_port()
    with mosquitto(tmp_path, port, "max_packet_size 1500"), receiver(port), closing(sink_at(port)) as sink:
        (outcome,) = outcomes(sink, sink.chunks(readings(8, 8)))
        assert isinstance(outcome, Refused)
        assert outcome.too_large
        assert isinstance(outcomes(sink, sink.chunks(readings(1)))[-1], Delivered)


def test_status_and_last_will(port: int, tmp_path: Path) -> None:
    with receiver(port) as far_end:
        with closing(sink_at(port, status=True)) as sink:
            assert isinstance(outcomes(sink, sink.chunks(readings(1)))[-1], Delivered)
        wait_until(lambda: [told["state"] for told in far_end.statuses] == ["online", "offline"], what="both statuses")
        assert far_end.statuses[0] | {"time": ""} == {
            "state": "online",
            "time": "",
            "log": ORIGIN,
            "version": "0.1.0",
            "recording": True,
            "disk_days": 41.5,
            "last_anchor": "2026-11-23T08:15:30.000000000Z",
            "calibrations_due": ["sensor_0"],
            "checkpoint": None,
        }
        script = f"""
import sys, threading
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from tests.integration.test_sink_mqtt import sink_at
from tests.support.outgoing import readings
sink = sink_at({port}, status=True)
list(sink.deliver(sink.chunks(readings(1)), threading.Event()))
print("delivered", flush=True)
threading.Event().wait(300)
"""
        with running([sys.executable, "-c", script], output=tmp_path / "station.log") as station:
            station.wait_for_text("delivered", seconds=60)
            station.kill()
        wait_until(lambda: far_end.statuses[-1]["state"] == "lost", seconds=60, what="the last will")
    with receiver(port) as later:
        wait_until(lambda: later.statuses, what="the retained status")
        assert later.statuses[0]["state"] == "lost"


def test_a_broker_that_wants_a_client_certificate_stops_with_what_to_do(tmp_path: Path) -> None:
    authority, port = Authority(tmp_path, "authority"), free_port()
    certificate, key = authority.sign("127.0.0.1")
    settings = (f"cafile {authority.file}", f"certfile {certificate}", f"keyfile {key}", "require_certificate true")
    with mosquitto(tmp_path, port, *settings), closing(sink_at(port, tls=True, ca_file=str(authority.file))) as sink:
        [told] = outcomes(sink, sink.chunks(readings(3)))
        assert isinstance(told, Stopped)
        assert "client certificate" in told.remedy
        [line] = sink.check(WAITING)
        assert (line.verdict, line.temporary) == ("failed", False), line.words


def test_two_projects_on_one_laptop_do_not_throw_each_other_out(port: int) -> None:
    destination = MqttDestination("broker", "127.0.0.1", port, tls=False)
    other = replace(STATION, project_id="another project")
    with (
        receiver(port),
        closing(sink_at(port)) as one,
        closing(MqttSink(destination, None, origin=ORIGIN, station=other)) as two,
    ):
        chunks = one.chunks(readings(3))
        assert outcomes(one, chunks) == [Delivered(chunk) for chunk in chunks]
        outcomes(two, two.chunks(readings(1)))
        assert outcomes(one, chunks) == [Delivered(chunk) for chunk in chunks]
