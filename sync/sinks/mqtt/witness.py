# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Marks that a broker keeps for a station, behind its packets: what it was told before one, it has while it has that.

A broker says nothing of its process, but one that dies comes back with an older mark, or with none: it keeps messages
and retained ones in the same file. On the log's own topic (`sync.sinks.mqtt.topics.mark_topic`), retained:

    {"log": "verifield/log/…", "acked": 123456, "late": 7}

Every packet up to before the index `acked` lay with the broker, and so did late deliveries up to number `late`. A
message {"log": …, "asked": …}, not retained, comes back at once: behind the mark, if there is one. Uses a session's
network.
"""

import json
import threading
import time
import uuid
from collections.abc import Callable

from sync.sinks.mqtt.session import Session
from sync.sinks.sink import Mark, Witness

AGE_S, UNKNOWN_AGE_S = 3600.0, 90.0
"""A broker that keeps nothing has handed on by then what it took; mosquitto writes its file every half hour."""

ANSWER_SECONDS, LATE_SECONDS = 10.0, 1.0
_LOOK_SECONDS = 0.1
_FAILURE = 0x80
_MOST_CUT = 2
"""Brokers that end the connection instead of saying that a topic is not allowed."""


class Marks:
    """The marks for one log; `topic` gives the topic of a name. For one thread."""

    def __init__(self, origin: str, topic: Callable[[str], str]) -> None:
        self._origin = origin
        self._topic = topic
        self._kept: tuple[Session, Witness] | None = None
        self._cut = 0
        self._allowed = True

    def witness(self, session: Session, known: str, cancelled: threading.Event) -> Witness:
        """The broker's witness; meaningless where the session has ended, or `cancelled` is set, when it returns."""
        if self._kept is not None and self._kept[0] is session:
            return self._kept[1]
        if not self._allowed:
            return Witness("", UNKNOWN_AGE_S)
        name = known or uuid.uuid4().hex[:16]
        reading = _Reading(self._origin)
        answers = reading.ask(session, self._topic(name), cancelled)
        if session.end is not None:
            self._cut += 1
            self._allowed = self._cut < _MOST_CUT
        elif not cancelled.is_set():
            self._allowed, self._cut = answers, 0
        if not self._allowed or session.end is not None:
            return Witness("", UNKNOWN_AGE_S)
        if known and reading.mark is None:
            name = uuid.uuid4().hex[:16]
        there = Witness(name, AGE_S, leave=self._leaver(session, self._topic(name)))
        self._kept = (session, there)
        return Witness(name, AGE_S, has=reading.mark if known else None, leave=there.leave)

    def _leaver(self, session: Session, topic: str) -> Callable[[Mark], None]:
        def leave(mark: Mark) -> None:
            if session.end is None and session.unacknowledged < session.receive_maximum:
                told = {"log": self._origin, "acked": mark.acked, "late": mark.late}
                session.publish(topic, json.dumps(told).encode(), retain=True, heeded=False)

        return leave


class _Reading:
    """One look at a mark's topic."""

    def __init__(self, origin: str) -> None:
        self.mark: Mark | None = None
        self._origin = origin
        self._asked = uuid.uuid4().hex
        self._answered = False

    def ask(self, session: Session, topic: str, cancelled: threading.Event) -> bool:
        """Read the topic; returns whether the broker lets the station write and read there."""
        session.heard[topic] = self._take
        session.subscribe(topic)
        if not _pumped(session, lambda: session.subscribed is not None, ANSWER_SECONDS, cancelled):
            return False
        if session.subscribed is None or session.subscribed >= _FAILURE:
            return False
        _pumped(session, lambda: session.unacknowledged < session.receive_maximum, ANSWER_SECONDS, cancelled)
        asked = json.dumps({"log": self._origin, "asked": self._asked}).encode()
        session.publish(topic, asked, heeded=False)
        answered = _pumped(session, lambda: self._answered, ANSWER_SECONDS, cancelled)
        if answered and self.mark is None:
            # Some brokers look for retained messages in the background.
            _pumped(session, lambda: self.mark is not None, LATE_SECONDS, cancelled)
        session.unsubscribe(topic)
        return answered

    def _take(self, payload: bytes) -> None:
        try:
            told = json.loads(payload)
        except ValueError:
            return
        match told:
            case {"asked": asked}:
                self._answered = self._answered or asked == self._asked
            case {"log": self._origin, "acked": int(acked), "late": int(late)}:
                self.mark = Mark(acked, late)


def _pumped(session: Session, ready: Callable[[], bool], seconds: float, cancelled: threading.Event) -> bool:
    until = time.monotonic() + seconds
    while not ready():
        if session.end is not None or cancelled.is_set() or time.monotonic() > until:
            return False
        session.pump(_LOOK_SECONDS)
    return True
