# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What delivery promises, with real servers and real processes that are killed while they work.

Debian's InfluxDB 1.6 keeps what it acknowledged, through an adapter that has version 2's paths; mosquitto does not
keep it, which is what sending again is for.
"""

import gzip
import io
import json
import random
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from edge_daemon.secrets.private_file import write_private
from tests.support.influx_front import TOKEN, Front, influx_front
from tests.support.link import link
from tests.support.planted import holding, told_of_processes
from tests.support.processes import Child, running
from tests.support.servers import free_port, influxdb_1, influxql, mosquitto, program
from tests.support.subscriber import Receiver, receiver
from tests.support.waiting import wait_until
from tests.unit.sync.recorded import Recorded

pytestmark = pytest.mark.timeout(400)
READINGS = 6_000
PASSWORD = "planted-password-5b7d"
SECRETS = json.dumps({"influxdb.cloud.token": TOKEN, "mqtt.broker.password": PASSWORD}).encode()
PATIENCE_S = 60.0


def home_of(folder: Path, destinations: dict[str, dict[str, object]], readings: int = READINGS) -> Path:
    home = folder / "home"
    home.mkdir(mode=0o700)
    log = Recorded().begin()
    sensors = {name: log.sensor(name) for name in ("a", "b", "c")}
    for number in range(readings // 3):
        for name, cfg in sensors.items():
            log.reading(name, cfg, {"temperature": float(number % 50), "wind": 1.0})
    log.write(home / "buffer.sqlite3")
    write_private(home / "destinations.toml", tomli_w.dumps({"destinations": destinations}).encode())
    return home


def database(url: str) -> dict[str, object]:
    return {"kind": "influxdb", "url": url, "organisation": "org", "bucket": "readings"}


def broker(port: int, **more: object) -> dict[str, object]:
    return {"kind": "mqtt", "host": "127.0.0.1", "port": port, "tls": False, **more}


@contextmanager
def syncing(home: Path, *words: str) -> Iterator[Child]:
    """A sync of the home; its output begins anew."""
    output = home.parent / "said"
    output.unlink(missing_ok=True)
    command: list[str | Path] = [sys.executable, "-m", "sync", "run", "--json", "--secrets-stdin", "--home", home]
    with running([*command, *words], output=output, stdin=SECRETS) as child:
        yield child


def ends_well(child: Child) -> None:
    assert child.wait(seconds=PATIENCE_S) == 0, child.said()[-1500:]


def states(child: Child, state: str) -> int:
    return child.said().count(f'"state":"{state}"')


def at_the_gate(front: Front, child: Child) -> None:
    wait_until(lambda: front.waiting > 0 or not child.running, seconds=PATIENCE_S, what="a write at the gate")
    assert child.running, child.said()[-1500:]


def waits_again(child: Child, before: int) -> None:
    wait_until(lambda: states(child, "waiting") > before or not child.running, seconds=PATIENCE_S, what="it to wait")
    assert child.running, child.said()[-1500:]


def balanced(home: Path, readings: int = READINGS) -> None:
    with running(
        [sys.executable, "-m", "sync", "status", "--json", "--home", home], output=home.parent / "st"
    ) as child:
        assert child.wait(seconds=PATIENCE_S) == 0, child.said()[-1500:]
        told: dict[str, Any] = json.loads(child.said().splitlines()[-1])
    for item in told["destinations"]:
        [balance] = item["balances"]
        assert (balance["accepted"], balance["delivered"], balance["waiting"]) == (readings, readings, 0)
    assert told["alarms"] == []


@dataclass
class Influx:
    """The database in a folder on a port; it can be killed and started again."""

    folder: Path
    port: int
    stack: ExitStack = field(default_factory=ExitStack)
    child: Child | None = None

    def start(self) -> None:
        self.child = self.stack.enter_context(influxdb_1(self.folder, self.port))

    def kill(self) -> None:
        assert self.child is not None
        self.child.kill()

    def rows(self) -> int:
        told = json.loads(influxql(self.port, "SELECT count(value) FROM sensor_reading", "readings"))
        series = told["results"][0].get("series", [])
        return int(series[0]["values"][0][1]) if series else 0


@contextmanager
def influx(folder: Path) -> Iterator[tuple[Influx, Front]]:
    server = Influx(folder, free_port())
    with server.stack, influx_front(server.port) as front:
        server.start()
        influxql(server.port, "CREATE DATABASE readings")
        yield server, front


def test_database_network_and_sync_are_killed_and_every_reading_is_there_once(tmp_path: Path) -> None:
    chance = random.Random(8)
    with influx(tmp_path) as (server, front):
        home = home_of(tmp_path, {"cloud": database(front.url)})
        with syncing(home) as child:
            front.allow(chance.randint(1, 2))
            at_the_gate(front, child)
            before = states(child, "waiting")
            server.kill()
            front.allow(1)
            waits_again(child, before)
            server.start()
            front.allow(1)
            wait_until(lambda: front.writes == front.allowed, seconds=PATIENCE_S, what="a write to be let through")
            before = states(child, "waiting")
            front.network(up=False)
            waits_again(child, before)
            front.network(up=True)
            front.allow(1)
            at_the_gate(front, child)
            front.allow(1)
            child.kill()
        with syncing(home) as child:
            front.allow(1)
            at_the_gate(front, child)
            child.kill()
        front.allow(1_000_000)
        with syncing(home) as child:
            ends_well(child)
        assert server.rows() == 2 * READINGS
        balanced(home)


def test_it_goes_on_by_itself_when_the_network_returns(tmp_path: Path) -> None:
    with influx(tmp_path) as (server, front):
        front.allow(1_000_000)
        home = home_of(tmp_path, {"cloud": database(front.url)}, readings=300)
        front.network(up=False)
        with syncing(home) as child:
            waits_again(child, 0)
            front.network(up=True)
            ends_well(child)
        assert server.rows() == 600
        balanced(home, 300)


def test_cancelled_at_a_slow_server_it_loses_nothing(tmp_path: Path) -> None:
    with influx(tmp_path) as (server, front):
        home = home_of(tmp_path, {"cloud": database(front.url)})
        with syncing(home) as child:
            front.allow(1)
            at_the_gate(front, child)
            assert child.interrupt(seconds=PATIENCE_S) == 1
            assert '"state":"cancelled"' in child.said()
        front.allow(1_000_000)
        with syncing(home) as child:
            ends_well(child)
        assert server.rows() == 2 * READINGS
        balanced(home)


def indices(far: Receiver) -> int:
    """How many readings a consumer holds that takes each packet once, by its hash."""
    return sum(len(told["sensors"]) for told in list(far.packets.values()))


def test_the_broker_and_the_sync_are_killed_and_every_reading_is_there_once(tmp_path: Path) -> None:
    program("mosquitto")
    chance, port = random.Random(5), free_port()
    with ExitStack() as stack:
        server = stack.enter_context(mosquitto(tmp_path, port))
        far = stack.enter_context(receiver(port))
        road = stack.enter_context(link(port, 400_000.0))
        home = home_of(tmp_path, {"broker": broker(road.port)})
        with syncing(home) as child:
            wait_until(
                lambda: indices(far) > chance.randint(300, 1200), seconds=PATIENCE_S, what="some packets to arrive"
            )
            far.subscribed.clear()
            server.kill()
            server = stack.enter_context(mosquitto(tmp_path, port))
            wait_until(far.subscribed.is_set, seconds=PATIENCE_S, what="the receiver to be back")
            held = indices(far)
            wait_until(
                lambda: indices(far) > held + chance.randint(100, 400) or not child.running,
                seconds=PATIENCE_S,
                what="more packets",
            )
            child.kill()
        with syncing(home) as child:
            ends_well(child)
        # Each packet once by its hash, and each reading in one packet only.
        wait_until(lambda: len(far.times()) >= READINGS, seconds=PATIENCE_S, what="every reading to arrive")
        assert indices(far) == READINGS
        balanced(home)


def test_a_planted_secret_is_found_nowhere(tmp_path: Path) -> None:
    program("mosquitto")
    port = free_port()
    with influx(tmp_path) as (_, front), mosquitto(tmp_path, port), receiver(port):
        front.allow(1)
        home = home_of(
            tmp_path,
            {
                "cloud": database(front.url),
                "broker": broker(port, username="station"),
                "wrong": database(front.url),
                "stick": {"kind": "file", "folder": str(tmp_path)},
            },
            readings=3_000,
        )
        with syncing(home, "--destination", "cloud", "--destination", "broker", "--destination", "stick") as child:
            at_the_gate(front, child)
            seen = list(told_of_processes())
            front.network(up=False)
            waits_again(child, 0)
            front.network(up=True)
            front.allow(1_000_000)
            ends_well(child)
        balances = tmp_path / "status"
        for words in (
            ["status"],
            ["status", "--json"],
            ["run", "--check-only", "--json", "--destination", "wrong", "--secret-store", "memory"],
            ["set-aside", "list", "--json"],
            ["set-aside", "export", str(tmp_path / "aside.csv")],
        ):
            with running([sys.executable, "-m", "sync", *words, "--home", home], output=balances) as child:
                child.wait(seconds=PATIENCE_S)
        written = {path.name for path in tmp_path.rglob("*") if path.is_file()}
        assert {"said", "status", "aside.csv", "delivery.sqlite3"} <= written
        assert any(name.endswith(".tar") for name in written)
        for secret in (TOKEN.encode(), PASSWORD.encode()):
            assert holding(secret, tmp_path) == []
            assert not any(secret in content for content in seen)


def test_what_looks_for_a_secret_finds_it_however_it_is_packed(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "stick.tar", "w") as archive:
        packed = gzip.compress(b"a planted secret")
        member = tarfile.TarInfo("lines.gz")
        member.size = len(packed)
        archive.addfile(member, io.BytesIO(packed))
    with zipfile.ZipFile(tmp_path / "evidence.zip", "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("entries.txt", "a planted secret " * 9)
    assert holding(b"planted", tmp_path) == ["evidence.zip: entries.txt", "stick.tar: lines.gz: unpacked"]
    waiting = "import threading; threading.Event().wait(300)"
    with running([sys.executable, "-c", waiting, "planted-in-a-command-line"], output=tmp_path / "child"):
        wait_until(
            lambda: any(b"planted-in-a-command-line" in content for content in told_of_processes()),
            seconds=60,
            what="the process to run its own command",
        )
