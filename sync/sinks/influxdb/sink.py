# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Readings to an InfluxDB 2 bucket: ready-made lines, compressed, two requests under way. Uses the network.

Source: InfluxDB OSS 2 API, `POST /api/v2/write`. Only 204 is delivery.
"""

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from edge_daemon.domain.destination import InfluxDestination
from edge_daemon.secrets.secret import Secret
from sync.packets.item import Item
from sync.sinks.after_a_crash import as_set
from sync.sinks.influxdb.answers import Answer, Reply, outcome_of, unclean
from sync.sinks.influxdb.batch import BatchSize, chunks_of
from sync.sinks.influxdb.checks import checks
from sync.sinks.influxdb.connection import Connection
from sync.sinks.influxdb.witness import ask_witness
from sync.sinks.sink import Check, Chunk, Delivered, Later, Outcome, Refused, Stopped, Waiting, Witness

IN_FLIGHT = 2
"""While the server works on one request the next one is on its way."""

_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class WriteEndpoint:
    """Where lines are posted to, and the name of the parameter that holds the bucket."""

    path: str
    bucket_parameter: str


V2 = WriteEndpoint("/api/v2/write", "bucket")
V1 = WriteEndpoint("/write", "db")
"""Servers of version 1 before 1.8, and the older interface of version 2."""


@dataclass(frozen=True, slots=True)
class _UnderWay:
    chunk: Chunk
    future: Future[Reply]


class InfluxSink:
    """One bucket; one log for as long as the sink lives. `secret` is the token."""

    def __init__(self, destination: InfluxDestination, secret: Secret, *, endpoint: WriteEndpoint = V2) -> None:
        self.name = destination.name
        self._destination = destination
        self._path = endpoint.path
        self._query = {
            "org": destination.organisation,
            endpoint.bucket_parameter: destination.bucket,
            "precision": "ns",
        }
        self._connection = Connection(destination.url, destination.organisation, secret)
        self._size = BatchSize()
        self._abandoned: list[_UnderWay] = []
        self._several = False

    def check(self, waiting: Waiting) -> Iterator[Check]:
        """Ask the server; writes nothing."""
        return checks(self._connection, self._destination, self._path, self._query, waiting)

    def witness(self, known: str, cancelled: threading.Event) -> Witness | Later | Stopped:
        """When the server's process began: a database may keep what it took lately in memory."""
        told = ask_witness(self._connection, cancelled)
        if isinstance(told, Later):
            # Of who is watched, whatever gets in the way of a look is a break.
            return replace(told, unclean=told.unclean or self._destination.resend_window_s > 0)
        if isinstance(told, Stopped):
            return told
        dropped = self._connection.was_dropped()
        # Who began earlier than the one before is another: several processes stand behind the address.
        self._several = self._several or (bool(told.name) and told.name < known)
        told = as_set(replace(told, name="") if self._several else told, self._destination.resend_window_s)
        if told.watched and dropped:
            return Later("the server has ended the connection between two requests", 0.0, unclean=True)
        return told

    def chunks(self, items: Sequence[Item]) -> list[Chunk]:
        """Compressed lines of as many readings as the server takes quickly."""
        return list(chunks_of(items, self._size.readings))

    def deliver(self, chunks: Iterable[Chunk], cancelled: threading.Event) -> Iterator[Outcome]:
        """Post the chunks."""
        under_way: deque[_UnderWay] = deque()
        try:
            yield from self._posted(iter(chunks), under_way, cancelled)
        finally:
            # Nobody waits for them any more; what they bring must not take the place of what is sent after them.
            self._abandoned = [one for one in (*self._abandoned, *under_way) if not one.future.done()]

    def close(self) -> None:
        """Cut what is under way: it was not told as delivered."""
        self._connection.close()

    def _posted(
        self, supply: Iterator[Chunk], under_way: deque[_UnderWay], cancelled: threading.Event
    ) -> Iterator[Outcome]:
        ahead: Chunk | None = None
        while not cancelled.is_set():
            while len(under_way) < IN_FLIGHT:
                ahead = ahead or next(supply, None)
                # Of two requests under way the server may take either first: a correction waits for what it corrects.
                if ahead is None or self._in_the_way(ahead, under_way, cancelled):
                    break
                under_way.append(_UnderWay(ahead, self._post(ahead)))
                ahead = None
            if not under_way:
                return
            if not _done(under_way[0].future, cancelled):
                return
            sent = under_way.popleft()
            outcome = self._judge(sent.chunk, sent.future.result())
            yield outcome
            if not isinstance(outcome, Delivered):
                return

    def _in_the_way(self, ahead: Chunk, under_way: Iterable[_UnderWay], cancelled: threading.Event) -> bool:
        if any(_overlap(ahead, one.chunk) for one in under_way):
            return True
        return not all(_done(one.future, cancelled) for one in self._abandoned if _overlap(ahead, one.chunk))

    def _post(self, chunk: Chunk) -> Future[Reply]:
        if not chunk.payload:
            nothing: Future[Reply] = Future()
            nothing.set_result(Answer(204, {}, ""))
            return nothing
        return self._connection.begin("POST", self._path, self._query, chunk.payload, {"Content-Encoding": "gzip"})

    def _judge(self, chunk: Chunk, reply: Reply) -> Outcome:
        outcome = outcome_of(reply, chunk, datetime.now(UTC))
        if isinstance(outcome, Delivered):
            if chunk.payload:
                self._size.taken(chunk.count, reply.seconds)
            return replace(outcome, came_back=self._connection.was_dropped())
        if isinstance(outcome, Refused) and outcome.too_large:
            self._size.shrink()
        elif isinstance(outcome, Later) and unclean(reply):
            self._size.shrink()
            return replace(outcome, unclean=True)
        return outcome


def _done(future: Future[Reply], cancelled: threading.Event) -> bool:
    """Wait for the reply; whether it came before `cancelled`."""
    while not wait([future], timeout=_LOOK_SECONDS).done:
        if cancelled.is_set():
            return False
    return True


def _overlap(one: Chunk, other: Chunk) -> bool:
    return one.first <= other.last and other.first <= one.last
