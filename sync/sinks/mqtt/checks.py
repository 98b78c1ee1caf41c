# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What can be known of a broker before the first packet, line by line. Connects; publishes nothing."""

import threading
import time
from collections.abc import Callable, Iterator

from edge_daemon.domain.destination import MqttDestination
from sync.sinks.mqtt.opening import opened_session
from sync.sinks.mqtt.receipt import stored_index
from sync.sinks.mqtt.session import Session
from sync.sinks.sink import Check, Later, Stopped

_HERE = {"localhost", "127.0.0.1", "::1"}
_RETAINED_SECONDS = 1.0


def checks(
    session: Session | Stopped, destination: MqttDestination, origin: str, size: Callable[[], int]
) -> Iterator[Check]:
    """The lines, until one fails that makes the rest pointless. `size` tells how many entries the log has."""
    if isinstance(session, Stopped):
        yield Check("Certificates", "failed", session.words, session.remedy)
        return
    receipts: list[bytes] = []
    session.on_message = receipts.append
    end = opened_session(session, destination.receipt_topic, threading.Event())
    if end is not None:
        remedy = end.remedy if isinstance(end, Stopped) else "Check the network, the broker's host name and the port."
        temporary = isinstance(end, Later)
        yield Check("Broker", "failed", end.words, remedy, temporary, isinstance(end, Stopped) or end.answered)
        return
    try:
        version = "5" if destination.protocol == 5 else "3.1.1"
        yield Check("Broker", "passed", f"It lets this station in (MQTT {version}).")
        yield _encrypted(destination)
        yield _acknowledging(destination)
        if destination.receipt_topic:
            until = time.monotonic() + _RETAINED_SECONDS
            while session.end is None and not receipts and time.monotonic() < until:
                session.pump(0.1)
            yield _receipts(receipts, origin, size())
    finally:
        session.disconnect()
        session.abandon()


def _encrypted(destination: MqttDestination) -> Check:
    if destination.tls:
        return Check("Encryption", "passed", "The connection is encrypted and the broker's certificate is accepted.")
    if destination.host in _HERE:
        return Check("Encryption", "passed", "The broker runs on this machine.")
    words = "Password and data travel unencrypted: whoever is on the way can read and change them."
    return Check("Encryption", "warning", words, "Use TLS (port 8883).")


def _acknowledging(destination: MqttDestination) -> Check:
    title = "Right to publish, and a receiver"
    if destination.protocol == 5:
        return Check(title, "not_checked", "Both show with the first packet: nothing is published for a check.")
    return Check(
        title,
        "not_checked",
        "MQTT 3.1.1 brokers acknowledge packets that they refuse or that nobody takes.",
        "Use MQTT 5 if the broker speaks it, or a receipt topic.",
    )


def _receipts(receipts: list[bytes], origin: str, size: int) -> Check:
    title = "Receipts"
    if not receipts:
        return Check(
            title, "not_checked", "None has come yet; packets count as delivered only once the receiver says so."
        )
    try:
        stored = stored_index(receipts[-1], origin, size)
    except ValueError as error:
        return Check(title, "failed", f"A receipt cannot be read: {error}.", "Tell whoever runs the receiver.")
    if stored is None:
        return Check(title, "passed", "The receiver sends receipts (the last one is about another log).")
    return Check(title, "passed", f"The receiver has stored everything up to entry {stored}.")
