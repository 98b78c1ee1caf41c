# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""A receiver of packets as the marketplace has one: keeps each packet once, by its hash. Uses the network."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from tests.support.waiting import wait_until

PACKETS = "carbon_marketplace/projects/+/sensors"
HOURS = "carbon_marketplace/projects/+/hours"
STATUS = "carbon_marketplace/projects/+/devices/+/status"


@dataclass
class Receiver:
    """`packets` by `local_hash`, and the messages of `hours` likewise, for a receiver that takes them; `copies` counts
    the packets with repetitions; `statuses` in the order they came."""

    client: Client
    packets: dict[str, dict[str, Any]] = field(default_factory=dict)
    hours: dict[str, dict[str, Any]] = field(default_factory=dict)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    copies: int = 0
    subscribed: threading.Event = field(default_factory=threading.Event)
    on_packet: Callable[[dict[str, Any]], None] = lambda _packet: None

    def take(self, message: MQTTMessage) -> None:
        told = json.loads(message.payload)
        if message.topic.endswith("/status"):
            self.statuses.append(told)
            return
        if message.topic.endswith("/hours"):
            self.hours[told["local_hash"]] = told
            return
        self.copies += 1
        self.packets[told["local_hash"]] = told
        self.on_packet(told)

    def current(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The message that counts for each sensor and hour: that with the highest index."""
        newest: dict[tuple[str, str], dict[str, Any]] = {}
        arrived = list(self.hours.values())
        for told in sorted(arrived, key=lambda told: int(told["index"])):
            newest[told["sensor_id"], told["period_start"]] = told
        return newest

    def times(self) -> set[tuple[str, float]]:
        """Which readings it holds: sensor and time."""
        return {
            (name, sensor["timestamp"])
            for told in list(self.packets.values())
            for name, sensor in told["sensors"].items()
        }


@contextmanager
def receiver(
    port: int, *, tls: str = "", credentials: tuple[str, str] | None = None, hours: bool = False
) -> Iterator[Receiver]:
    """A receiver that comes back by itself when the broker does; with `hours` one that takes summaries, too."""
    client = Client(CallbackAPIVersion.VERSION2, "", protocol=MQTTv5)
    receiver = Receiver(client)
    if tls:
        client.tls_set(tls)
    if credentials:
        client.username_pw_set(*credentials)

    def subscribe(*_: object) -> None:
        client.subscribe([(topic, 1) for topic in (PACKETS, STATUS, HOURS)[: 3 if hours else 2]])

    client.on_connect = subscribe
    client.on_subscribe = lambda *_: receiver.subscribed.set()
    client.on_message = lambda _client, _data, message: receiver.take(message)
    client.reconnect_delay_set(1, 1)
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        wait_until(receiver.subscribed.is_set, what="the receiver to be subscribed")
        yield receiver
    finally:
        client.disconnect()
        client.loop_stop()
