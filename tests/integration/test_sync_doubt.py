# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Far ends that lose what they acknowledged, whenever they die: what is in doubt goes out again until it is there.

Debian's VictoriaMetrics loses what it took in the seconds before it is killed; mosquitto what it took since it last
wrote its file.
"""

import json
import signal
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from edge_daemon.secrets.private_file import write_private
from tests.integration.test_sync_promises import (
    PATIENCE_S,
    SECRETS,
    at_the_gate,
    balanced,
    broker,
    database,
    ends_well,
    home_of,
    syncing,
)
from tests.support.influx_front import Front, influx_front
from tests.support.processes import Child, running
from tests.support.servers import free_port, mosquitto, program, victoria_metrics
from tests.support.waiting import wait_until
from tests.unit.sync.recorded import ORIGIN, Recorded

pytestmark = pytest.mark.timeout(400)
READINGS = 6_000
PRIMARY = '{__name__="sensor_reading_value",measurement_type="primary"}'
RECEIPTS = "carbon_marketplace/projects/P1/receipts"


@dataclass
class Forgetful:
    """A database that loses the last seconds when it is killed, behind a front that lets writes through one by one."""

    folder: Path
    port: int
    front: Front
    stack: ExitStack
    child: Child | None = field(default=None, init=False)

    def start(self) -> None:
        self.child = self.stack.enter_context(victoria_metrics(self.folder, self.port))

    def kill(self) -> None:
        assert self.child is not None
        self.child.kill()

    def restart_at_a_break(self, child: Child) -> None:
        """It is killed while a write waits; the connection breaks, and it comes back."""
        at_the_gate(self.front, child)
        before = child.said().count('"state":"waiting"') + child.said().count("waiting,")
        self.kill()
        self.front.network(up=False)
        wait_until(
            lambda: child.said().count('"state":"waiting"') + child.said().count("waiting,") > before,
            seconds=PATIENCE_S,
            what="the break to be noticed",
        )
        self.start()
        self.front.network(up=True)

    def holds(self) -> int:
        """Readings as a reader sees them."""
        query = urllib.parse.urlencode({"match[]": PRIMARY, "reduce_mem_usage": "1"})
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/export?{query}", timeout=60) as reply:
            series = [json.loads(line) for line in reply.read().splitlines()]
        return len({(one["metric"]["sensor_id"], at) for one in series for at in one["timestamps"]})

    def holds_all(self, readings: int = READINGS) -> None:
        wait_until(lambda: self.holds() >= readings, seconds=PATIENCE_S, what="every reading to be there")
        assert self.holds() == readings


@contextmanager
def forgetful(folder: Path) -> Iterator[Forgetful]:
    port = free_port()
    with influx_front(port) as front, ExitStack() as stack:
        server = Forgetful(folder, port, front, stack)
        server.start()
        yield server


@pytest.mark.parametrize("first", [2, 4])
def test_a_database_that_dies_again_while_it_is_sent_what_it_lost(tmp_path: Path, first: int) -> None:
    with forgetful(tmp_path) as server:
        home = home_of(tmp_path, {"cloud": database(server.front.url)}, READINGS)
        with syncing(home) as child:
            for writes in (first, 4):
                server.front.allow(writes)
                server.restart_at_a_break(child)
            server.front.allow(1_000_000)
            ends_well(child)
        server.holds_all()
        balanced(home, READINGS)


def test_a_database_that_dies_after_a_sync_gets_the_last_minutes_again_with_the_next(tmp_path: Path) -> None:
    with forgetful(tmp_path) as server:
        home = home_of(tmp_path, {"cloud": database(server.front.url)}, READINGS)
        server.front.allow(1_000_000)
        with syncing(home) as child:
            ends_well(child)
        server.kill()
        # A sync that fails before it has seen the far end forgets nothing.
        command: list[str | Path] = [sys.executable, "-m", "sync", "run", "--secrets-stdin", "--home", home]
        with running(command, output=tmp_path / "failing", stdin=b"{}") as child:
            assert child.wait(seconds=PATIENCE_S) == 1
        server.start()
        before = server.front.writes
        with syncing(home) as child:
            ends_well(child)
        assert server.front.writes > before
        server.holds_all()
        balanced(home, READINGS)
        # It runs still: nothing goes out again.
        before = server.front.writes
        with syncing(home) as child:
            ends_well(child)
        assert server.front.writes == before


def test_cancelled_at_a_database_that_answers_no_more_and_then_dies(tmp_path: Path) -> None:
    with forgetful(tmp_path) as server:
        home = home_of(tmp_path, {"cloud": database(server.front.url)}, READINGS)
        with syncing(home) as child:
            server.front.allow(3)
            at_the_gate(server.front, child)
            assert server.child is not None
            server.child.process.send_signal(signal.SIGSTOP)
            server.front.allow(1_000_000)
            assert child.interrupt(seconds=PATIENCE_S) == 1
        server.kill()
        server.start()
        with syncing(home) as child:
            ends_well(child)
        server.holds_all()
        balanced(home, READINGS)


def test_a_receipt_tells_only_of_what_the_database_has_for_good(tmp_path: Path) -> None:
    """It is killed in the midst of an import, and again when all is delivered and nothing is certain yet."""
    stick, office = tmp_path / "stick", tmp_path / "office"
    stick.mkdir()
    office.mkdir(mode=0o700)
    with forgetful(tmp_path) as server:
        cloud = database(server.front.url)
        home = home_of(tmp_path, {"stick": {"kind": "file", "folder": str(stick)}, "cloud": cloud}, READINGS)
        with syncing(home, "--destination", "stick") as child:
            ends_well(child)
        [bundle] = stick.glob("*.tar")
        write_private(office / "destinations.toml", tomli_w.dumps({"destinations": {"cloud": cloud}}).encode())
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "sync",
            "import",
            bundle,
            "--home",
            office,
            "--secrets-stdin",
        ]
        with running([*command, "--sure-after", "15"], output=tmp_path / "import", stdin=SECRETS) as child:
            server.front.allow(3)
            server.restart_at_a_break(child)
            server.front.allow(1_000_000)
            child.wait_for_text("it is certain", seconds=PATIENCE_S)
            assert receipt(stick) < READINGS
            server.kill()
            server.start()
            assert child.wait(seconds=PATIENCE_S) == 0, child.said()[-1500:]
        server.holds_all()
        assert receipt(stick) == READINGS
        # The station believes it, and sends nothing of that again.
        before = server.front.writes
        with syncing(home) as child:
            ends_well(child)
        assert server.front.writes == before
        balanced(home, READINGS)


def receipt(stick: Path) -> int:
    told = [json.loads(path.read_bytes())["delivered"] for path in stick.glob("*.receipt.json")]
    return sum(last - first + 1 for runs in told for first, last in runs)


@dataclass
class Store:
    """Who takes packets when it comes by: the broker keeps them meanwhile. `times` of readings by sensor."""

    port: int
    times: set[tuple[str, str]] = field(default_factory=set)

    def take(self, message: MQTTMessage) -> None:
        told: dict[str, Any] = json.loads(message.payload)
        self.times |= {(sensor, str(one["timestamp"])) for sensor, one in told["sensors"].items()}

    @contextmanager
    def there(self) -> Iterator[None]:
        """As long as the block lasts."""
        client = Client(CallbackAPIVersion.VERSION2, "store", clean_session=False)
        subscribed: list[bool] = []

        def subscribe(*_: object) -> None:
            client.subscribe("carbon_marketplace/projects/P1/sensors", 1)

        client.on_connect = subscribe
        client.on_subscribe = lambda *_: subscribed.append(True)
        client.on_message = lambda _client, _data, message: self.take(message)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        try:
            wait_until(lambda: bool(subscribed), seconds=PATIENCE_S, what="the store to be subscribed")
            yield
        finally:
            client.disconnect()
            client.loop_stop()


def tell_receipt(port: int, stored: int) -> None:
    """The receiver says that it has everything up to this index."""
    client = Client(CallbackAPIVersion.VERSION2, "receipts")
    client.connect("127.0.0.1", port)
    client.loop_start()
    told = json.dumps({"log": ORIGIN, "stored": stored})
    client.publish(RECEIPTS, told, qos=1, retain=True).wait_for_publish(PATIENCE_S)
    client.disconnect()
    client.loop_stop()


def sync_with(home: Path, log: Recorded, port: int, *, receipts: bool) -> str:
    """What a sync says whose receiver has everything before it is asked."""
    log.write(home / "buffer.sqlite3")
    if receipts:
        tell_receipt(port, len(log.entries) - 1)
    with syncing(home) as child:
        ends_well(child)
        return child.said()


@pytest.mark.parametrize("receipts", ["", RECEIPTS], ids=["puback", "receipts"])
def test_a_broker_that_wrote_its_file_long_ago_gets_what_came_after_it(tmp_path: Path, receipts: str) -> None:
    """Readings in log order, readings whose time became known later, and a correction."""
    program("mosquitto")
    port = free_port()
    store = Store(port)
    settings = ("persistence true", f"persistence_location {tmp_path}/", "autosave_interval 0")
    home = home_of(tmp_path, {"broker": broker(port, receipt_topic=receipts) if receipts else broker(port)}, 0)
    (home / "buffer.sqlite3").unlink()
    log = Recorded().begin("untrusted")
    cfg = log.sensor("a")
    held = log.readings("a", cfg, 40)
    log.boot("boot-2", "trusted")
    before = log.readings("a", cfg, 300)
    with ExitStack() as stack:
        server = stack.enter_context(mosquitto(tmp_path, port, *settings))
        with store.there():
            sync_with(home, log, port, receipts=bool(receipts))
        server.process.send_signal(signal.SIGUSR1)
        file, mark = tmp_path / "mosquitto.db", f'"acked": {len(log.entries)}'.encode()
        wait_until(lambda: file.exists() and mark in file.read_bytes(), seconds=PATIENCE_S, what="the broker to write")
        log.fix("boot-1", offset_ns=-100 * 10**9)
        after = log.readings("a", cfg, 300)
        sync_with(home, log, port, receipts=bool(receipts))
        server.kill()
        stack.enter_context(mosquitto(tmp_path, port, *settings))
        said = sync_with(home, log, port, receipts=bool(receipts))
        again = [json.loads(line).get("again", 0) for line in said.splitlines()]
        # What the broker had written does not go out again.
        assert max(again) <= len(after) + len(held) + 10
        with store.there():
            readings = len(held) + len(before) + len(after)
            wait_until(lambda: len(store.times) >= readings, seconds=PATIENCE_S, what="every reading to arrive")
    balanced(home, readings)


def test_a_broker_that_allows_no_marks_gets_what_is_in_doubt_with_the_next_sync(tmp_path: Path) -> None:
    program("mosquitto")
    port = free_port()
    store = Store(port)
    rules = tmp_path / "acl"
    allowed = ("sensors", "devices/+/status")
    rules.write_text("".join(f"topic readwrite carbon_marketplace/projects/+/{topic}\n" for topic in allowed))
    settings = (f"acl_file {rules}",)
    home = home_of(tmp_path, {"broker": broker(port, resend_window_s=0)}, 300)
    with ExitStack() as stack:
        server = stack.enter_context(mosquitto(tmp_path, port, *settings))
        with store.there():
            pass
        with syncing(home) as child:
            ends_well(child)
        server.kill()
        stack.enter_context(mosquitto(tmp_path, port, *settings))
        with store.there():
            with syncing(home) as child:
                ends_well(child)
            wait_until(lambda: len(store.times) >= 300, seconds=PATIENCE_S, what="every reading to arrive")
    balanced(home, 300)


def test_a_broker_that_allows_no_marks_and_is_watched_may_die_after_each_sync(tmp_path: Path) -> None:
    port = free_port()
    store = Store(port)
    rules = tmp_path / "acl"
    rules.write_text("topic readwrite carbon_marketplace/projects/+/sensors\n")
    settings = (f"acl_file {rules}",)
    home = home_of(tmp_path, {"broker": broker(port)}, 300)
    for _ in range(2):
        with mosquitto(tmp_path, port, *settings) as server:
            with store.there():
                pass  # it is away while the broker keeps messages for it, and then dies with them
            with syncing(home) as child:
                # Nothing was set for this destination: by itself it stays until it is certain.
                child.wait_for_text("it is certain that it is kept", seconds=PATIENCE_S)
                assert child.interrupt(seconds=PATIENCE_S) == 1
            server.kill()
    soon = tomli_w.dumps({"destinations": {"broker": broker(port, resend_window_s=1)}})
    write_private(home / "destinations.toml", soon.encode())
    with mosquitto(tmp_path, port, *settings), store.there():
        with syncing(home) as child:
            ends_well(child)
        wait_until(lambda: len(store.times) >= 300, seconds=PATIENCE_S, what="every reading to arrive")
        with syncing(home) as child:
            ends_well(child)
        told = [json.loads(line) for line in child.said().splitlines()]
        assert {one["sent_bytes"] for one in told if one["event"] == "progress"} == {0}
    balanced(home, 300)
