# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Tells a broker the station's status, and finds out where it takes none. Uses a session's network.

No reading waits for a status. A broker that does not allow its topic says so (MQTT 5), or ends the connection at the
message, or does not let in who brings it as last will. So it is told with nothing else under way: what ends then, ends
because of it; and from then on this broker is told none.
"""

import time
from collections.abc import Callable
from threading import Event

from sync.sinks.mqtt.session import Session, Will
from sync.sinks.mqtt.status import State, StationStatus, status_payload

ANSWER_SECONDS, FADED_SECONDS = 10.0, 3.0
MOST_ENDS = 2
_LOOK_SECONDS = 0.1
_FAILURE = 0x80
_ENDED = "the broker ends the connection when this station tells its status on {}: readings go out without it"
_DENIED = "the broker takes no status from this station on {} ({}): readings go out without it"
_TURNED_AWAY = "the broker lets this station in only without its last will on {}: readings go out without a status"


class StatusTeller:
    """One broker. `refusal` says in words why it is told no status; empty as long as it is."""

    def __init__(self, topic: str, origin: str, status: Callable[[], StationStatus] | None) -> None:
        self.topic = topic
        self.refusal = ""
        self._origin = origin
        self._status = status
        self._ends = 0
        self._greeting = self._bare = False

    @property
    def told(self) -> bool:
        """Whether there is a status to tell."""
        return self._payload("offline") is not None

    def will(self) -> Will | None:
        """What the broker shall tell when the connection is lost."""
        payload = self._payload("lost")
        return None if payload is None else Will(self.topic, payload)

    def greet(self, session: Session, state: State, cancelled: Event) -> None:
        """Tell the status and wait for the answer, or the session's end.

        Some brokers acknowledge the message and then end the connection: so something without effect is asked behind
        it, whose answer shows that the connection outlived it.
        """
        self._greeting = False
        payload = self._payload(state)
        if payload is None:
            if self._bare:  # and without its last will it was let in
                self.refusal = _TURNED_AWAY.format(self.topic)
            return
        self._greeting = True
        number = session.publish(self.topic, payload, retain=True)
        session.unsubscribe(self.topic)
        until = time.monotonic() + ANSWER_SECONDS
        while session.end is None and not (session.unsubscribed and number in session.acknowledged):
            if cancelled.is_set() or time.monotonic() > until:
                break
            session.pump(_LOOK_SECONDS)
        code, name = session.acknowledged.pop(number, (0, ""))
        if code >= _FAILURE:
            self.refusal = _DENIED.format(self.topic, name)
        if session.end is None:
            self._ends = 0

    def blamed(self, session: Session) -> bool:
        """The session has ended at its beginning: whether that may be for the status, and another try is worth it."""
        if self._greeting:
            self._greeting = False
            if session.unanswered_seconds > FADED_SECONDS:  # a link that fades ends it, too
                return False
            self._ends += 1
            if self._ends >= MOST_ENDS and not self.refusal:
                self.refusal = _ENDED.format(self.topic)
            return True
        if self._status is None or self.refusal:
            return False
        turned_away = session.reached and not session.connected
        self._bare = turned_away and not self._bare
        return self._bare

    def ended(self) -> str:
        """Why a single try that has ended the session did so, in words."""
        return self.refusal or _ENDED.format(self.topic)

    def farewell(self, session: Session) -> None:
        """Tell that the station leaves; the answer is not waited for."""
        payload = self._payload("offline")
        if payload is not None:
            session.publish(self.topic, payload, retain=True, heeded=False)

    def _payload(self, state: State) -> bytes | None:
        if self._status is None or self.refusal or self._bare:
            return None
        return status_payload(self._status(), state, self._origin, time.time_ns())
