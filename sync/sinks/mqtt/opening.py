# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Brings a session to where packets may be sent: connected, let in, listening for receipts, its status told.

Uses the network.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait

from sync.sinks.mqtt.session import Session, Will
from sync.sinks.mqtt.status_teller import StatusTeller
from sync.sinks.sink import Later, Stopped

OPENING_SECONDS = 15.0
_LOOK_SECONDS = 0.1
_FAILURE = 0x80


def greeted_session(
    make: Callable[[Will | None], Session | Stopped],
    status: StatusTeller,
    receipt_topic: str,
    cancelled: threading.Event,
) -> Session | Later | Stopped:
    """A session that is ready and has told the station's status, or none where the broker takes none."""
    while True:
        session = make(status.will())
        if isinstance(session, Stopped):
            return session
        end = opened_session(session, receipt_topic, cancelled)
        if end is None:
            status.greet(session, "online", cancelled)
            end = session.end
        if end is None:
            return session
        session.abandon()
        if cancelled.is_set() or not status.blamed(session):
            return end


def opened_session(session: Session, receipt_topic: str, cancelled: threading.Event) -> Later | Stopped | None:
    """None once the session is ready; otherwise why it is not, and then it is over."""
    until = time.monotonic() + OPENING_SECONDS
    if not _waited(session.open(), cancelled):
        session.end = Later("cancelled")
        return session.end
    _pump(session, lambda: session.connected, until, cancelled)
    if session.end is not None and not cancelled.is_set():
        session.abandon()
        _waited(session.examine(), cancelled)
    if receipt_topic and session.end is None:
        session.subscribe(receipt_topic)
        _pump(session, lambda: session.subscribed is not None, until, cancelled)
        if session.subscribed is not None and session.subscribed >= _FAILURE:
            session.disconnect()
            session.end = Stopped(
                f"the broker does not let this station listen on {receipt_topic}",
                "Ask whoever runs the broker to allow it, or leave the receipt topic empty.",
            )
    if session.end is not None:
        session.abandon()
    return session.end


def _waited(future: Future[None], cancelled: threading.Event) -> bool:
    """Whether it was done before `cancelled`."""
    while not wait([future], timeout=_LOOK_SECONDS).done:
        if cancelled.is_set():
            return False
    return True


def _pump(session: Session, ready: Callable[[], bool], until: float, cancelled: threading.Event) -> None:
    while session.end is None and not ready():
        if cancelled.is_set():
            session.end = Later("cancelled")
        elif time.monotonic() > until:
            session.end = Later("the broker takes connections but does not answer")
        else:
            session.pump(_LOOK_SECONDS)
