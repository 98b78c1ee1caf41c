# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Packets to an MQTT broker with QoS 1, the log as their queue. Uses the network.

Without a receipt topic a PUBACK is delivery, and an unclean break puts the last minutes in doubt. With one, only the
receiver's own word is (`sync.sinks.mqtt.receipt`): a packet that it has not confirmed is not delivered.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from edge_daemon.domain.destination import MqttDestination
from edge_daemon.domain.station import Station
from edge_daemon.secrets.secret import Secret
from sync.packets.packet import groups
from sync.packets.packet_writer import PacketWriter
from sync.packets.reading import Outgoing
from sync.sinks.mqtt.checks import checks
from sync.sinks.mqtt.opening import opened_session
from sync.sinks.mqtt.reasons import outcome_of_ack
from sync.sinks.mqtt.receipt import stored_index
from sync.sinks.mqtt.session import Session, Will
from sync.sinks.mqtt.status import State, StationStatus, status_payload
from sync.sinks.mqtt.topics import packets_topic, status_topic
from sync.sinks.resend import ResendWindow
from sync.sinks.sink import Check, Chunk, Delivered, Later, Outcome, Refused, Stopped, Waiting

IN_FLIGHT = 100
MOST_UNCONFIRMED = 2_000
SILENCE_SECONDS = 20.0
"""So long without an acknowledgement, or a receipt, and the run ends with Later."""

BRIEF_SECONDS, SUSPICIOUS = 60.0, 3
"""Brokers that do not say "session taken over" (as MQTT 5 asks) just close: told by connections that do not last."""

FADED_SECONDS = 3.0
"""So long without an answer before the end, and it was the link: that says nothing about other stations."""

_SHARED_ID = "does another station use the same device id, as after copying a laptop's disk?"
_LOOK_SECONDS = 0.2
_GOODBYE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Sent:
    """`number` is None for a chunk that was not sent because it is too large; `receipt`: it takes one to deliver it."""

    chunk: Chunk
    number: int | None
    receipt: bool


class MqttSink:
    """One broker; one log (`origin`) of one station for as long as the sink lives. `secret` is the password.

    `carrier`: another machine delivers for the station, and does not throw out the station's own connection.
    Raises BadInput where the project's or the device's name cannot stand in a topic.
    """

    def __init__(
        self,
        destination: MqttDestination,
        secret: Secret | None,
        *,
        origin: str,
        station: Station,
        status: Callable[[], StationStatus] | None = None,
        carrier: bool = False,
    ) -> None:
        self.name = destination.name
        self._destination = destination
        self._secret = secret
        self._origin = origin
        self._status = status
        self._packets = PacketWriter(origin, destination.hash_form)
        self._topic = packets_topic(station)
        self._status_topic = status_topic(station)
        self._client_id = f"verifield-{station.device_id}{'-carrier' if carrier else ''}"
        self._session: Session | None = None
        self._opened_at = 0.0
        self._thrown_out = 0
        self._window = ResendWindow()
        self._stored = -1
        self._bad_receipt = ""

    def check(self, waiting: Waiting) -> Iterator[Check]:
        """Connect under another client name, so that a running sync is not thrown out; publish nothing."""
        session = self._made(f"{self._client_id}-check", will=None)
        return checks(session, self._destination, waiting.origin)

    def chunks(self, readings: Sequence[Outgoing]) -> list[Chunk]:
        """One chunk is one packet."""
        packets = map(self._packets.packet, groups(readings))
        return [Chunk(packet.payload, packet.first, packet.last, packet.count) for packet in packets]

    def deliver(self, chunks: Iterable[Chunk], cancelled: threading.Event) -> Iterator[Outcome]:
        """Publish the chunks, a bounded number of them ahead of their acknowledgements."""
        session = self._ready(cancelled)
        if isinstance(session, Later | Stopped):
            if not cancelled.is_set():
                yield session
            return
        supply, sent, heard = iter(chunks), deque[_Sent](), time.monotonic()
        unacknowledged, more = 0, True
        while not cancelled.is_set():
            before = len(session.acknowledged), self._stored
            while more and self._room(session, len(sent), unacknowledged):
                chunk = next(supply, None)
                if more := chunk is not None:
                    sent.append(self._send(session, chunk))
                    unacknowledged = session.unacknowledged
            if not sent:
                return
            session.pump(_LOOK_SECONDS)
            unacknowledged = session.unacknowledged
            if before != (len(session.acknowledged), self._stored):
                heard = time.monotonic()
            while sent and (outcome := self._told(session, sent[0])) is not None:
                sent.popleft()
                yield outcome
                if not isinstance(outcome, Delivered):
                    return
            if session.end is not None:
                yield self._broken(session.end)
                return
            if time.monotonic() - heard > SILENCE_SECONDS:
                yield self._silent(session)
                return

    def close(self) -> None:
        """Say goodbye, so that the broker does not take the station for lost."""
        session, self._session = self._session, None
        if session is None:
            return
        if session.connected and session.end is None:
            number = self._publish_status(session, "offline")
            until = time.monotonic() + _GOODBYE_SECONDS
            while number is not None and number not in session.acknowledged and session.end is None:
                if time.monotonic() > until:
                    break
                session.pump(_LOOK_SECONDS)
        session.disconnect()
        session.abandon()

    def _ready(self, cancelled: threading.Event) -> Session | Later | Stopped:
        """The connection that there is, or a new one."""
        if self._session is not None:
            self._session.pump(0)
            if self._session.end is None:
                return self._session
            lost = self._broken(self._session.end)
            if isinstance(lost, Stopped) or self._thrown_out >= SUSPICIOUS:
                return lost
            if lost.resend_from is not None:
                return replace(lost, after_s=0.0)
        session = self._made(self._client_id, self._will())
        if isinstance(session, Stopped):
            return session
        session.on_message = self._take_receipt
        opened = opened_session(session, self._destination.receipt_topic, cancelled)
        if opened is not None:
            return opened if cancelled.is_set() else self._broken(opened)
        self._session, self._opened_at = session, time.monotonic()
        self._publish_status(session, "online")
        return session

    def _made(self, client_id: str, will: Will | None) -> Session | Stopped:
        try:
            return Session(self._destination, self._secret, client_id, will)
        except OSError as error:
            return Stopped(
                f"a certificate or key file cannot be used: {error}",
                "Check the files of the authority (CA), the client's certificate and its key.",
            )

    def _room(self, session: Session, sent: int, unacknowledged: int) -> bool:
        ahead = MOST_UNCONFIRMED if self._destination.receipt_topic else IN_FLIGHT
        return session.end is None and sent < ahead and unacknowledged < min(IN_FLIGHT, session.receive_maximum)

    def _send(self, session: Session, chunk: Chunk) -> _Sent:
        # A packet below what is stored already is a correction, of which a receipt could say nothing.
        receipt = bool(self._destination.receipt_topic) and chunk.last > self._stored
        fits = session.fits(self._topic, chunk.payload)
        return _Sent(chunk, session.publish(self._topic, chunk.payload) if fits else None, receipt)

    def _told(self, session: Session, sent: _Sent) -> Outcome | None:
        """What is known of the chunk by now; None as long as it is open."""
        if sent.number is None:
            words = (
                f"the broker takes packets of {session.packet_maximum} bytes, this one has {len(sent.chunk.payload)}"
            )
            return Refused(sent.chunk, words, too_large=True)
        if sent.number not in session.acknowledged:
            return None
        outcome = outcome_of_ack(*session.acknowledged[sent.number], sent.chunk)
        if isinstance(outcome, Delivered):
            if sent.receipt and sent.chunk.last > self._stored:
                return None
            self._window.acknowledged(sent.chunk.first, sent.chunk.last)
        del session.acknowledged[sent.number]
        return outcome

    def _broken(self, end: Later | Stopped) -> Later | Stopped:
        if self._session is not None:
            # A link that fails leaves what was sent without an answer first; who is thrown out is so in the midst.
            faded = self._session.unanswered_seconds > FADED_SECONDS
            self._session.abandon()
            self._session = None
            brief = not faded and time.monotonic() - self._opened_at < BRIEF_SECONDS
            self._thrown_out = self._thrown_out + 1 if brief else 0
            if isinstance(end, Later) and self._thrown_out >= SUSPICIOUS:
                end = replace(end, words=f"{end.words}, {self._thrown_out} times soon after it was made; {_SHARED_ID}")
        if isinstance(end, Stopped) or self._destination.receipt_topic:
            return end
        return replace(end, resend_from=self._window.broken())

    def _silent(self, session: Session) -> Later | Stopped:
        if session.unacknowledged == 0 and self._destination.receipt_topic:
            words = (
                f"the receiver has confirmed nothing on {self._destination.receipt_topic} for {SILENCE_SECONDS:.0f} s"
            )
            return Later(f"{words}; its last message there: {self._bad_receipt}" if self._bad_receipt else words)
        return self._broken(Later(f"the broker has acknowledged nothing for {SILENCE_SECONDS:.0f} s"))

    def _take_receipt(self, payload: bytes) -> None:
        try:
            stored = stored_index(payload, self._origin)
        except ValueError as error:
            self._bad_receipt = str(error)
            return
        if stored is not None:
            self._stored, self._bad_receipt = max(stored, self._stored), ""

    def _publish_status(self, session: Session, state: State) -> int | None:
        payload = self._status_now(state)
        return None if payload is None else session.publish(self._status_topic, payload, retain=True)

    def _will(self) -> Will | None:
        payload = self._status_now("lost")
        return None if payload is None else Will(self._status_topic, payload)

    def _status_now(self, state: State) -> bytes | None:
        if self._status is None:
            return None
        return status_payload(self._status(), state, self._origin, time.time_ns())
