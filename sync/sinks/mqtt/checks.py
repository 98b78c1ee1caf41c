# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""What can be known of a broker before the first packet, line by line. Connects; publishes the station's status."""

import threading
import time
from collections.abc import Callable, Iterator

from edge_daemon.domain.destination import MqttDestination
from sync.sinks.after_a_crash import as_set, line_of
from sync.sinks.mqtt.opening import opened_session
from sync.sinks.mqtt.receipt import stored_index
from sync.sinks.mqtt.session import Session
from sync.sinks.mqtt.status_teller import StatusTeller
from sync.sinks.mqtt.witness import Marks
from sync.sinks.sink import Check, Later, Stopped, Witness

_HERE = {"localhost", "127.0.0.1", "::1"}
_RETAINED_SECONDS = 1.0


def checks(
    made: Callable[[], Session | Stopped],
    destination: MqttDestination,
    origin: str,
    size: Callable[[], int],
    status: StatusTeller,
    marks: Marks,
) -> Iterator[Check]:
    """The lines, until one fails that makes the rest pointless. `size` tells how many entries the log has.

    Status and marks come last, each in its own session: a broker that does not allow one may end it.
    """
    session = made()
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
        if status.told:
            yield _status(session, status, destination)
    finally:
        session.disconnect()
        session.abandon()
    told = _mark(made, marks)
    if told is not None:
        asked = "write and read its topics ending in /marks/+"
        yield line_of(as_set(told, destination.resend_window_s), asked)


def _mark(made: Callable[[], Session | Stopped], marks: Marks) -> Witness | None:
    """What the broker shows of itself; None where it cannot be reached again."""
    nobody = threading.Event()
    session = made()
    if isinstance(session, Stopped) or opened_session(session, "", nobody) is not None:
        return None
    try:
        return marks.witness(session, "", nobody)
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


def _status(session: Session, status: StatusTeller, destination: MqttDestination) -> Check:
    title = "Status of the station"
    if session.end is None:
        status.greet(session, "offline", threading.Event())
    if session.end is not None or status.refusal:
        remedy = f"Whoever wants to see the station's state: let it publish to {status.topic}. Nothing else lacks it."
        return Check(title, "warning", _sentence(status.ended()), remedy)
    if destination.protocol == 5:
        return Check(title, "passed", f"The broker takes it, on {status.topic}.")
    return Check(title, "not_checked", f"The broker acknowledges it, on {status.topic}; so it may what it refuses.")


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


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
