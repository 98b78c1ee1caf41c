# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Packets to an MQTT broker with QoS 1, the log as their queue. Uses the network.

Without a receipt topic a PUBACK is delivery. With one, only the receiver's own word is (`sync.sinks.mqtt.receipt`): a
packet that it has not confirmed is not delivered. Hourly summaries, corrections and what goes out late are those of
which no receipt speaks: a PUBACK is their delivery in any case. What a broker loses after its PUBACK is told by the
mark that it keeps (`sync.sinks.mqtt.witness`).
"""

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

from edge_daemon.domain.destination import MqttDestination
from edge_daemon.domain.station import Station
from edge_daemon.log.checkpoint import Checkpoint
from edge_daemon.secrets.secret import Secret
from sync.packets.item import Item
from sync.packets.packet import groups
from sync.packets.packet_writer import PacketWriter
from sync.packets.reading import Outgoing
from sync.packets.summary import OutgoingSummary
from sync.packets.summary_packet import summary_payload
from sync.sinks.after_a_crash import as_set
from sync.sinks.mqtt.checks import checks
from sync.sinks.mqtt.hours_guard import HoursGuard
from sync.sinks.mqtt.opening import greeted_session
from sync.sinks.mqtt.reasons import NO_SUBSCRIBER, outcome_of_ack, outcome_of_hours_ack
from sync.sinks.mqtt.receipt import seen_head, stored_index
from sync.sinks.mqtt.session import PassPhraseWanted, Session, Will
from sync.sinks.mqtt.status import StationStatus
from sync.sinks.mqtt.status_teller import StatusTeller
from sync.sinks.mqtt.topics import hours_topic, mark_topic, packets_topic, status_topic
from sync.sinks.mqtt.witness import UNKNOWN_AGE_S, Marks
from sync.sinks.sink import Check, Chunk, Delivered, Later, Outcome, Refused, Stopped, Waiting, Witness

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


_BARE_KEY = (
    "Store a copy of the key without one, readable by this account alone (openssl pkey -in KEY -out NEW), and choose "
    "that file in the settings of this destination; or ask whoever runs the broker for another key."
)


@dataclass(frozen=True, slots=True)
class _Sent:
    """`number` is None for a chunk that was not sent, since the broker would refuse it; `receipt`: it takes one to
    deliver it."""

    chunk: Chunk
    number: int | None
    receipt: bool


class MqttSink:
    """One broker; one log (`origin`) of one station for as long as the sink lives. `secret` is the password.

    `carrier`: another machine delivers for the station, and does not throw out the station's own connection.
    `size` tells how many entries the log has by now, where that is known: no receipt can tell of more.
    `witnessed` gets each head of the log that the receiver says it has.
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
        size: Callable[[], int] = lambda: sys.maxsize,
        witnessed: Callable[[Checkpoint], None] = lambda _head: None,
    ) -> None:
        self.name = destination.name
        self._destination = destination
        self._secret = secret
        self._origin = origin
        self._size, self._entries = size, 0
        self._witnessed = witnessed
        self._packets = PacketWriter(origin, destination.hash_form)
        self._topic, self._hours_topic = packets_topic(station), hours_topic(station)
        self._status, self._status_told = StatusTeller(status_topic(station), origin, status), False
        self._fresh_status = partial(StatusTeller, status_topic(station), origin, status)
        # With the project, so that two homes on one laptop do not throw each other out.
        client = f"verifield-{station.project_id}-{station.device_id}"
        self._client_id = f"{client}-carrier" if carrier else client
        self._session: Session | None = None
        self._opened_at = 0.0
        self._thrown_out = 0
        self._mark_topic = partial(mark_topic, station)
        self._marks = None if carrier else Marks(origin, self._mark_topic)
        self._stored = -1
        self._bad_receipt = ""
        self._hours = HoursGuard()

    def check(self, waiting: Waiting) -> Iterator[Check]:
        """Connect under another client name, so that a running sync is not thrown out; publish the status alone."""
        made = partial(self._made, f"{self._client_id}-check", None)
        marks = Marks(self._origin, self._mark_topic)
        return checks(made, self._destination, waiting.origin, self._size, self._fresh_status(), marks)

    def witness(self, known: str, cancelled: threading.Event) -> Witness | Later | Stopped:
        """The mark that the broker has: see `sync.sinks.mqtt.witness`. A carrier leaves none."""
        session = self._ready(cancelled)
        if isinstance(session, Later | Stopped):
            return session
        if self._marks is None:
            return as_set(Witness("", UNKNOWN_AGE_S), self._destination.resend_window_s)
        told = self._marks.witness(session, known, cancelled)
        if session.end is not None:
            lost = self._broken(session.end)
            self._thrown_out = 0  # a mark that may not be left raises no suspicion of another station
            return lost
        return Later("cancelled") if cancelled.is_set() else as_set(told, self._destination.resend_window_s)

    def chunks(self, items: Sequence[Item]) -> list[Chunk]:
        """One chunk is one packet, or one summary."""
        made: list[Chunk] = []
        for kind, run in groupby(items, type):
            if kind is OutgoingSummary:
                made += [self._hour(told) for told in run if isinstance(told, OutgoingSummary)]
            else:
                packets = map(self._packets.packet, groups(told for told in run if isinstance(told, Outgoing)))
                made += [Chunk(packet.payload, packet.first, packet.last, packet.count) for packet in packets]
        return made

    def _hour(self, told: OutgoingSummary) -> Chunk:
        payload = summary_payload(told, self._destination.hash_form)
        return Chunk(payload, told.index, told.index, 1, place=self._hours_topic)

    def deliver(self, chunks: Iterable[Chunk], cancelled: threading.Event) -> Iterator[Outcome]:
        """Publish the chunks, a bounded number of them ahead of their acknowledgements."""
        session = self._ready(cancelled)
        if isinstance(session, Later | Stopped):
            if not cancelled.is_set():
                yield session
            return
        supply, sent, heard = iter(chunks), deque[_Sent](), time.monotonic()
        unacknowledged, more = 0, True
        ahead: Chunk | None = None
        while not cancelled.is_set():
            before = len(session.acknowledged), self._stored
            while more and self._room(session, len(sent), unacknowledged):
                ahead = ahead or next(supply, None)
                if more := ahead is not None:
                    if self._hours.waits(ahead, [one.chunk for one in sent]):
                        break
                    sent.append(self._send(session, ahead))
                    ahead, unacknowledged = None, session.unacknowledged
            if not sent:
                return
            session.pump(_LOOK_SECONDS)
            unacknowledged = session.unacknowledged
            if before != (len(session.acknowledged), self._stored):
                heard = time.monotonic()
            while sent and (outcome := self._told(session, sent[0])) is not None:
                sent.popleft()
                yield outcome
                alone = isinstance(outcome, Refused) and outcome.chunk.count == 1
                if not isinstance(outcome, Delivered) and not alone:
                    return
            if session.end is not None:
                yield from self._ended(session, session.end, [one.chunk for one in sent])
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
            self._status.farewell(session)
            until = time.monotonic() + _GOODBYE_SECONDS
            while session.unacknowledged and time.monotonic() < until and session.end is None:
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
            return replace(lost, after_s=0.0)
        made = partial(self._made, self._client_id)
        session = greeted_session(made, self._status, self._destination.receipt_topic, cancelled)
        if isinstance(session, Later | Stopped):
            return session if cancelled.is_set() else self._broken(session)
        self._session, self._opened_at = session, time.monotonic()
        if self._status.refusal and not self._status_told:
            self._status_told = True
            return Later(self._status.refusal, answered=True)
        return session

    def _made(self, client_id: str, will: Will | None) -> Session | Stopped:
        try:
            session = Session(self._destination, self._secret, client_id, will)
            session.on_message = self._take_receipt
            return session
        except PassPhraseWanted:
            return Stopped("the client's key is protected by a pass phrase, which nobody can enter here", _BARE_KEY)
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
        receipt = bool(self._destination.receipt_topic) and chunk.last > self._stored and not chunk.place
        topic = chunk.place or self._topic
        wanted = session.fits(topic, chunk.payload) and not (chunk.place and self._keeps_hours())
        return _Sent(chunk, session.publish(topic, chunk.payload) if wanted else None, receipt)

    def _keeps_hours(self) -> bool:
        """Whether no hourly summary is sent: the destination wants none, or the broker takes none."""
        return not self._destination.hours or bool(self._hours.refusal)

    def _told(self, session: Session, sent: _Sent) -> Outcome | None:
        """What is known of the chunk by now; None as long as it is open."""
        if sent.chunk.place and not self._destination.hours:
            return Delivered(sent.chunk)
        if sent.number is None and sent.chunk.place and self._hours.refusal:
            return Refused(sent.chunk, self._hours.refusal)
        if sent.number is None:
            words = (
                f"the broker takes packets of {session.packet_maximum} bytes, this one has {len(sent.chunk.payload)}"
            )
            return Refused(sent.chunk, words, too_large=True)
        if sent.number not in session.acknowledged:
            return None
        code, name = session.acknowledged[sent.number]
        if sent.chunk.place:
            wanted = code != NO_SUBSCRIBER or self._hours.wanted()
            outcome = outcome_of_hours_ack(code, name, sent.chunk, wanted=wanted)
            self._hours.answered(taken=isinstance(outcome, Delivered))
        else:
            outcome = outcome_of_ack(code, name, sent.chunk)
        if isinstance(outcome, Delivered) and sent.receipt and sent.chunk.last > self._stored:
            return None
        del session.acknowledged[sent.number]
        return outcome

    def _ended(self, session: Session, end: Later | Stopped, under_way: Sequence[Chunk]) -> Iterator[Outcome]:
        """The connection is over: whether a summary was what the broker ended it for, and what comes of it."""
        faded = session.unanswered_seconds > FADED_SECONDS
        culprit = None if faded else self._hours.ended(under_way)
        lost = self._broken(end)
        if not faded and any(chunk.place for chunk in under_way):
            # A summary that may not be published raises no suspicion of another station, and stops no reading.
            self._thrown_out = 0
            lost = Later(lost.words, unclean=True) if isinstance(lost, Stopped) else lost
        if culprit is not None:
            yield Refused(culprit, self._hours.refusal)
        yield lost

    def _broken(self, end: Later | Stopped) -> Later | Stopped:
        unclean = self._session is not None
        if self._session is not None:
            # A link that fails leaves what was sent without an answer first; who is thrown out is so in the midst.
            faded = self._session.unanswered_seconds > FADED_SECONDS
            self._session.abandon()
            self._session = None
            brief = not faded and time.monotonic() - self._opened_at < BRIEF_SECONDS
            self._thrown_out = self._thrown_out + 1 if brief else 0
            if isinstance(end, Later) and self._thrown_out >= SUSPICIOUS:
                end = replace(end, words=f"{end.words}, {self._thrown_out} times soon after it was made; {_SHARED_ID}")
        if isinstance(end, Stopped):
            return end
        return replace(end, unclean=unclean)

    def _silent(self, session: Session) -> Later | Stopped:
        if session.unacknowledged == 0 and self._destination.receipt_topic:
            words = (
                f"the receiver has confirmed nothing on {self._destination.receipt_topic} for {SILENCE_SECONDS:.0f} s"
            )
            words = f"{words}; its last message there: {self._bad_receipt}" if self._bad_receipt else words
            return Later(words, answered=True)
        return self._broken(Later(f"the broker has acknowledged nothing for {SILENCE_SECONDS:.0f} s"))

    def _take_receipt(self, payload: bytes) -> None:
        try:
            stored = stored_index(payload, self._origin)
            head = seen_head(payload, self._origin)
            if stored is not None and max(stored + 1, head.size if head else 0) > self._entries:
                self._entries = self._size()
            stored_index(payload, self._origin, self._entries)
            seen_head(payload, self._origin, self._entries)
        except ValueError as error:
            self._bad_receipt = str(error)
            return
        if stored is not None:
            self._stored, self._bad_receipt = max(stored, self._stored), ""
        if head is not None:
            self._witnessed(head)
