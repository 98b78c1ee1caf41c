# SPDX-FileCopyrightText: 2026 The Verifield Authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the station's own entries: stamps a typed body, encodes it, appends it durably. Waits for the disk."""

from collections.abc import Callable
from typing import Protocol

from edge_daemon.buffer.record import Record
from edge_daemon.log.bodies import TYPE_OF, Body, to_json
from edge_daemon.log.entry import Entry, Stamp, decode_entry, encode_entry

APPEND_TIMEOUT_S = 15.0


class Appender(Protocol):
    """Anything that makes a record durable and tells its index (the log's writer)."""

    def append(self, record: Record, timeout_s: float) -> int:
        """Index of the record once it is durable. Raises DiskFull, BufferUnavailable or Overloaded."""


def record_of(body: Body, stamp: Stamp) -> Record:
    """The body as a record, ready for the log."""
    kind = TYPE_OF[type(body)]
    data = encode_entry(kind, stamp, to_json(body))
    return Record(data=data, type=kind.value, t_ns=stamp.t_ns, sensor=getattr(body, "sensor", ""))


class Journal:
    """Appends typed bodies. `stamp` gives the time of the entry, from the station's clock."""

    def __init__(self, appender: Appender, stamp: Callable[[], Stamp]) -> None:
        self._appender = appender
        self._stamp = stamp

    def write(self, body: Body) -> tuple[int, Entry]:
        """Index and entry of the body, durable. Raises what `Appender.append` raises."""
        record = record_of(body, self._stamp())
        return self._appender.append(record, APPEND_TIMEOUT_S), decode_entry(record.data)
