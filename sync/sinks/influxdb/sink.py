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
from sync.packets.reading import Outgoing
from sync.sinks.influxdb.answers import Answer, Reply, outcome_of, unclean
from sync.sinks.influxdb.batch import BatchSize, chunks_of
from sync.sinks.influxdb.checks import checks
from sync.sinks.influxdb.connection import Connection
from sync.sinks.resend import ResendWindow
from sync.sinks.sink import Check, Chunk, Delivered, Later, Outcome, Refused, Waiting

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
        self._window = ResendWindow()

    def check(self, waiting: Waiting) -> Iterator[Check]:
        """Ask the server; writes nothing."""
        return checks(self._connection, self._destination, self._path, self._query, waiting)

    def chunks(self, readings: Sequence[Outgoing]) -> list[Chunk]:
        """Compressed lines of as many readings as the server takes quickly."""
        return list(chunks_of(readings, self._size.readings))

    def deliver(self, chunks: Iterable[Chunk], cancelled: threading.Event) -> Iterator[Outcome]:
        """Post the chunks."""
        supply = iter(chunks)
        under_way: deque[tuple[Chunk, Future[Reply]]] = deque()
        ahead: Chunk | None = None
        while not cancelled.is_set():
            while len(under_way) < IN_FLIGHT:
                ahead = ahead or next(supply, None)
                # Of two requests under way the server may take either first: a correction waits for what it corrects.
                if ahead is None or any(_overlap(ahead, other) for other, _ in under_way):
                    break
                under_way.append((ahead, self._post(ahead)))
                ahead = None
            if not under_way:
                return
            chunk, future = under_way.popleft()
            while not wait([future], timeout=_LOOK_SECONDS).done:
                if cancelled.is_set():
                    return
            outcome = self._judge(chunk, future.result())
            yield outcome
            if not isinstance(outcome, Delivered):
                return

    def close(self) -> None:
        """Cut what is under way: it was not told as delivered."""
        self._connection.close()

    def _post(self, chunk: Chunk) -> Future[Reply]:
        if not chunk.payload:
            nothing: Future[Reply] = Future()
            nothing.set_result(Answer(204, {}, ""))
            return nothing
        return self._connection.begin("POST", self._path, self._query, chunk.payload, {"Content-Encoding": "gzip"})

    def _judge(self, chunk: Chunk, reply: Reply) -> Outcome:
        outcome = outcome_of(reply, chunk, datetime.now(UTC))
        if self._connection.was_dropped() and isinstance(outcome, Delivered):
            again = self._window.broken()
            if again is not None:
                return Later("the server dropped the connection and came back", after_s=0.0, resend_from=again)
        if isinstance(outcome, Delivered):
            if chunk.payload:
                self._size.taken(chunk.count, reply.seconds)
            self._window.acknowledged(chunk.first, chunk.last)
        elif isinstance(outcome, Refused) and outcome.too_large:
            self._size.shrink()
        elif isinstance(outcome, Later) and unclean(reply):
            self._size.shrink()
            return replace(outcome, resend_from=self._window.broken())
        return outcome


def _overlap(one: Chunk, other: Chunk) -> bool:
    return one.first <= other.last and other.first <= one.last
